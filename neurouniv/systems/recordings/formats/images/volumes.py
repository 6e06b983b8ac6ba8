"""Volumes of voxels, one of each trial or condition: a 4-D image, or several 3-D ones on one grid."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly
from neurouniv.untrusted.packed import unpacked_size
from neurouniv.untrusted.room import need_plausible

SPATIAL = 3
AT_ONCE = 2**26
"""Bytes of volumes that are looked at at once."""
MORE = 2**22
"""Bytes after an image that are counted at most."""
FARTHEST = 1e4
"""Millimetres from the origin, farther than any head."""


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
        return f"{'x'.join(map(str, self.shape))} voxels of {_by(sizes)} mm, the first at {_at(self.affine)}"


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

    def values(self, block: tuple[int, int, int], where: np.ndarray) -> np.ndarray:
        """The values (volume, voxel) of a block, scaled as the header says, at the voxels `where`.

        where : indices among the voxels of the grid, in the order of `array.ravel()`.
        """
        shape = self.grid.shape
        places = np.ravel_multi_index(np.unravel_index(where, shape), shape, order="F")
        return _real(np.take(self._held(block), places, axis=1))

    def every_value(self, block: tuple[int, int, int]) -> np.ndarray:
        """The values (volume, voxel) of a block at all voxels, in the order of files: x fastest."""
        return self._held(block)

    def _held(self, block: tuple[int, int, int]) -> np.ndarray:
        place, start, stop = block
        name, image = self.images[place]
        with told_plainly(Path(name), "an image"):
            is_series = len(image.shape) > SPATIAL
            held = np.asanyarray(image.dataobj[..., start:stop] if is_series else image.dataobj)
            return held.reshape(-1, stop - start, order="F").T


def loaded(path: Path) -> Any:
    """What nibabel makes of a file, which is whole; no value is kept yet.

    Raises
    ------
    InputError : it is damaged, or cut short. A file with more than its header tells of is warned of.
    """
    nibabel = import_extra("nibabel", "An image (NIfTI)")
    with told_plainly(path, "an image"), _quiet(), np.errstate(all="ignore"):
        image = nibabel.load(path, **({"keep_file_open": True} if path.name.endswith(".nii.gz") else {}))
        if isinstance(image, (nibabel.Nifti1Pair, nibabel.Cifti2Image)):
            _need_whole(Path(image.file_map["image"].filename), image.dataobj)
    return image


@contextmanager
def _quiet() -> Iterator[None]:
    """What nibabel logs of headers that it mends is not shown: what matters is told here."""
    logger = logging.getLogger("nibabel.global")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _need_whole(path: Path, values: Any) -> None:
    """The values that the header tells of are there, and nothing beside them; gzip's checksum is right."""
    end = values.offset + int(np.prod(values.shape, dtype=object)) * values.dtype.itemsize
    need_plausible(end, path.stat().st_size, "its values", path)
    size = path.stat().st_size if path.suffix != ".gz" else unpacked_size(path, end + MORE)
    if size < end:
        raise InputError(
            f"'{path}' is cut short or damaged: its header tells of {end} bytes ({values.shape} values of "
            f"{values.dtype}), and it holds {size}. Copy or export it again."
        )
    if size > end:
        warn(
            f"'{path.name}' holds {size - end} bytes more than the {values.shape} values of {values.dtype} that its "
            "header tells of; these are read. If the header is damaged, numbers are wrong: compare with another copy."
        )


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
    is_place = affine.shape == (4, 4) and bool(np.isfinite(affine).all()) and np.abs(affine).max() < FARTHEST
    if not is_place or abs(np.linalg.det(affine)) < 1e-12:
        raise InputError(
            f"'{name}' does not say where its voxels are: its affine is {np.round(affine, 3).tolist()}. Write it again "
            "with the affine of the images that it was made of."
        )
    _doubt_places(image, affine, name)
    return image


def _doubt_places(image: Any, affine: np.ndarray, name: str) -> None:
    """Warn of a header that says in two ways where its voxels are, or how large, where these differ."""
    zooms = np.array(getattr(image.header, "get_zooms", lambda: ())()[:SPATIAL], dtype=float)
    sizes = np.sqrt((affine[:SPATIAL, :SPATIAL] ** 2).sum(axis=0))
    says = ""
    if len(zooms) == SPATIAL and not np.allclose(sizes, zooms, rtol=0.02):
        says = f"voxels of {_by(zooms)} mm by their size, and of {_by(sizes)} mm by the affine"
    elif hasattr(image, "get_qform"):
        with np.errstate(all="ignore"):
            (first, code), (second, other) = image.get_sform(coded=True), image.get_qform(coded=True)
        if code == other > 0 and not np.allclose(first, second, atol=0.05 * sizes.max()):
            says = f"the first voxel at {_at(first)} by sform, and at {_at(second)} by qform, of the same code {code}"
    if says:
        warn(f"'{Path(name).name}' has {says}: places in mm, and so searchlights, may be wrong.")


def _by(sizes: np.ndarray) -> str:
    return "x".join(f"{size:.3g}" for size in sizes)


def _at(affine: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in affine[:SPATIAL, 3])


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


def _real(values: np.ndarray) -> np.ndarray:
    """`values` as floats of this machine; whole ones of two bytes, which fit, in single precision."""
    small = values.dtype.itemsize <= (4 if values.dtype.kind == "f" else 2)
    return values.astype(np.float32 if small else float, copy=False)
