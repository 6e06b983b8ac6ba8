"""Volumes of voxels, one of each trial or condition: a 4-D image, or several 3-D ones on one grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

SPATIAL = 3
AT_ONCE = 2**26
"""Bytes of volumes that are looked at at once."""


@dataclass(frozen=True)
class Grid:
    """A grid of voxels: its shape (3 numbers) and its affine (4, 4), from indices to mm."""

    shape: tuple[int, ...]
    affine: np.ndarray

    def is_that_of(self, other: Grid) -> bool:
        """Whether two grids are the same, to a thousandth of a voxel."""
        size = np.abs(self.affine[:3, :3]).max()
        return self.shape == other.shape and bool(np.allclose(self.affine, other.affine, atol=1e-3 * size, rtol=0))

    def told(self) -> str:
        """The grid in words, for messages."""
        sizes = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        first = ", ".join(f"{value:.4g}" for value in self.affine[:3, 3])
        return (
            f"{'x'.join(map(str, self.shape))} voxels of {'x'.join(f'{s:.3g}' for s in sizes)} mm, the first at {first}"
        )


@dataclass(frozen=True)
class Stack:
    """Images of nibabel that are volumes one after the other, on one grid, read a few at a time.

    images : their names in messages, and the images.
    """

    images: tuple[tuple[str, Any], ...]

    @property
    def grid(self) -> Grid:
        """The grid of all volumes."""
        return grid_of(self.images[0][1])

    @property
    def counts(self) -> list[int]:
        """How many volumes every image has."""
        return [number_of_volumes(image) for _, image in self.images]

    def blocks(self, size: int | None = None) -> Iterator[tuple[int, int, int]]:
        """(image, first volume, one after the last): parts of images that are read at once."""
        per_volume = max(1, 8 * int(np.prod(self.grid.shape)))
        step = max(1, AT_ONCE // per_volume) if size is None else size
        for place, count in enumerate(self.counts):
            for start in range(0, count, step):
                yield place, start, min(start + step, count)

    def values(self, block: tuple[int, int, int], where: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The values (volume, voxel) of a block, scaled as the header says, at the voxels `where`."""
        place, start, stop = block
        name, image = self.images[place]
        with told_plainly(Path(name), "an image"):
            held = (
                image.dataobj[..., start:stop]
                if len(image.shape) > SPATIAL
                else np.asanyarray(image.dataobj)[..., None]
            )
            held = np.moveaxis(np.asanyarray(held).reshape(*image.shape[:SPATIAL], stop - start), -1, 0)
        return _real(held.reshape(stop - start, -1)[:, where], name)


def loaded(path: Path) -> Any:
    """What nibabel makes of a file; no value is read yet. `InputError` where it is damaged."""
    nibabel = import_extra("nibabel", "An image (NIfTI)")
    with told_plainly(path, "an image"):
        return nibabel.load(path, **({"keep_file_open": True} if path.name.endswith(".nii.gz") else {}))


def opened(path: Path) -> Any:
    """The image in a file, of which no value is read yet.

    Raises
    ------
    InputError : it is damaged, or no image of voxels with an affine.
    """
    return need_volumes(loaded(path), str(path))


def need_volumes(image: Any, name: str) -> Any:
    """`image`, if it is of 3 dimensions, or of 4, with numbers and a grid in space."""
    shape = tuple(map(int, image.shape))
    if len(shape) not in (SPATIAL, SPATIAL + 1) or 0 in shape:
        raise InputError(
            f"'{name}' needs to be a 3-D image, or 4-D with a volume for every trial; it has the shape {shape}. "
            "An image with more dimensions: save one of them at a time."
        )
    dtype = image.get_data_dtype()
    if dtype.kind not in "biuf":
        raise InputError(f"'{name}' needs real numbers; its voxels are {dtype}. Save the real part, or the magnitude.")
    affine = np.asarray(image.affine, dtype=float)
    if affine.shape != (4, 4) or not np.isfinite(affine).all() or abs(np.linalg.det(affine)) < 1e-12:
        raise InputError(
            f"'{name}' does not say where its voxels are: its affine is {np.round(affine, 3).tolist()}. Write it again "
            "with the affine of the images that it was made of."
        )
    return image


def number_of_volumes(image: Any) -> int:
    """How many volumes an image has."""
    return int(np.prod(image.shape[SPATIAL:], dtype=int))


def grid_of(image: Any) -> Grid:
    """The grid of an image's voxels."""
    return Grid(tuple(map(int, image.shape[:SPATIAL])), np.asarray(image.affine, dtype=float))


def stacked(images: Sequence[tuple[str, Any]]) -> Stack:
    """Images as one stack.

    Raises
    ------
    InputError : their grids differ; the message names two.
    """
    first, grid = images[0][0], grid_of(images[0][1])
    for name, image in images[1:]:
        need_grid(grid, first, grid_of(image), name)
    return Stack(tuple(images))


def need_grid(grid: Grid, name: str, other: Grid, other_name: str) -> None:
    """Raise `InputError` unless two images have one grid."""
    if not grid.is_that_of(other):
        raise InputError(
            f"'{Path(other_name).name}' needs the grid of '{Path(name).name}': {grid.told()}; it has {other.told()}. "
            "Nothing is resampled here: nilearn.image.resample_to_img(image, betas, interpolation='nearest') does it "
            "for masks and atlases."
        )


def _real(values: np.ndarray, name: str) -> np.ndarray:
    """`values` as real numbers; small whole ones, which single precision holds, in single precision."""
    if values.dtype.kind == "f":
        return values
    return values.astype(np.float32 if values.dtype.itemsize <= 2 else float)
