"""Which voxels of volumes are channels, and what is known of each: where it is, and of which region of an atlas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.formats.images.volumes import SPATIAL, Grid, Stack, grid_of, need_grid, opened
from neurouniv.systems.recordings.formats.tables.table_files import csv_frame
from neurouniv.untrusted.regular import is_file_at

DECIMALS = 4  # of coordinates in mm
LINE = re.compile(r"^\s*(\d+)[\s,;:=]+([^\s,;]+)")


@dataclass(frozen=True)
class Voxels:
    """Channels of volumes.

    where : their places among the voxels of the grid, in the order of `array.ravel()`.
    coords : x, y, z (mm) and, of an atlas, region; one value each. notes : how they were chosen, in words.
    """

    where: np.ndarray
    grid: Grid
    coords: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> np.ndarray:
        """Names of the channels: the indices of voxels, "12_40_7"."""
        indices = np.stack(np.unravel_index(self.where, self.grid.shape), axis=1)
        return np.array(["_".join(map(str, row)) for row in indices.tolist()])


@dataclass(frozen=True)
class Seen:
    """What one look at all values says of every voxel: which are finite throughout, and which vary."""

    finite: np.ndarray
    varying: np.ndarray

    def __and__(self, other: Seen) -> Seen:
        return Seen(self.finite & other.finite, self.varying)


def seen(stack: Stack) -> Seen:
    """One look at all values, a few volumes at a time."""
    low = high = None
    with np.errstate(invalid="ignore"):
        for block in stack.blocks():
            values = stack.every_value(block)
            lowest, highest = values.min(axis=0), values.max(axis=0)  # NaN stays
            low = lowest if low is None else np.minimum(low, lowest)
            high = highest if high is None else np.maximum(high, highest)
    if low is None or high is None:
        raise InputError("Images without volumes hold no recording.")
    finite = np.isfinite(low) & np.isfinite(high)
    return Seen(*(of.reshape(stack.grid.shape, order="F").ravel() for of in (finite, finite & (high > low))))


def voxels_of(stack: Stack, looked: Seen, settings: Mapping[str, Any]) -> Voxels:
    """The channels: voxels of the mask, of the atlas, or all that are finite and vary.

    Parameters
    ----------
    settings : `mask` (a path, an image or an array), `atlas` (the same, of whole numbers; or a path and that of its
        names, two together), `atlas_names` (a table or a mapping of numbers to names).

    Raises
    ------
    InputError : grids differ, a mask is no mask or empty, no voxel is left.
    """
    grid, name = stack.grid, stack.images[0][0]
    mask, atlas, names = settings.get("mask"), settings.get("atlas"), settings.get("atlas_names")
    if isinstance(atlas, (tuple, list)) and len(atlas) == 2:
        atlas, names = atlas
    if mask is None and atlas is None:
        return _voxels(looked.varying, grid, {}, _note(looked.varying, "they are finite and vary (no mask was given)"))
    inside = np.ones(grid.shape, dtype=bool).ravel() if mask is None else _mask(mask, grid, name)
    chosen = "of the mask" if mask is not None else "of the atlas"
    labels = None
    if atlas is not None:
        labels = _labels(atlas, grid, name)
        inside &= labels > 0
        chosen = "of the atlas" if mask is None else "of mask and atlas"
    channels = inside & looked.finite
    _tell_unusable(inside, looked, chosen)
    regions = {} if labels is None else {"region": _named(labels[channels], atlas, names)}
    return _voxels(channels, grid, regions, _note(channels, chosen))


def _voxels(channels: np.ndarray, grid: Grid, regions: Mapping[str, np.ndarray], note: str) -> Voxels:
    where = np.flatnonzero(channels)
    if not len(where):
        raise InputError(
            "No voxel is left: none is finite in all volumes, and varies, inside the mask or atlas. Check that the "
            "mask is that of these images, and that the images hold patterns."
        )
    indices = np.stack(np.unravel_index(where, grid.shape))
    points = (grid.affine[:SPATIAL, :SPATIAL] @ indices + grid.affine[:SPATIAL, SPATIAL:]).round(DECIMALS) + 0.0
    return Voxels(where, grid, dict(zip("xyz", points, strict=True)) | dict(regions), (note,))


def _note(channels: np.ndarray, chosen: str) -> str:
    return f"voxels: {int(channels.sum())} of {channels.size}, {chosen}"


def _tell_unusable(inside: np.ndarray, looked: Seen, chosen: str) -> None:
    """Warn of voxels of the mask that are left out, or that never vary."""
    lost, flat = int((inside & ~looked.finite).sum()), int((inside & looked.finite & ~looked.varying).sum())
    if lost:
        warn(f"{lost} of {int(inside.sum())} voxels {chosen} are NaN or infinite in some volume; they are left out.")
    if flat:
        warn(
            f"{flat} of {int(inside.sum())} voxels {chosen} have the same value in all volumes (outside of what was "
            "measured, as a rule); they are kept. A mask without them keeps them out of correlations and of noise."
        )


def _image(value: Any, grid: Grid, name: str, what: str) -> np.ndarray:
    """The values (voxel,) of a mask or atlas: an image on the grid, or an array of its shape."""
    if isinstance(value, (str, Path)):
        path = Path(value).expanduser()
        if not is_file_at(path):
            raise InputError(f"There is no {what} '{value}'.{' In a shell: ' + what + '=FILE.nii.gz' if what else ''}")
        value, other = opened(path), str(path)
    else:
        other = f"the {what}"
    if hasattr(value, "dataobj"):
        need_grid(grid, name, grid_of(value), other)
        value = np.asanyarray(value.dataobj)
    array = np.asarray(value)
    array = array[..., 0] if array.ndim == SPATIAL + 1 and array.shape[-1] == 1 else array
    if array.shape != grid.shape or array.dtype.kind not in "biuf":
        raise InputError(
            f"`{what}` needs one number for each voxel of '{Path(name).name}', {grid.shape}; it has the shape "
            f"{array.shape}{'' if array.dtype.kind in 'biuf' else f' and type {array.dtype}'}."
        )
    return array.ravel()


def _mask(value: Any, grid: Grid, name: str) -> np.ndarray:
    values = np.nan_to_num(_image(value, grid, name, "mask"))
    kinds = np.unique(values)
    if len(kinds[kinds != 0]) > 1:
        raise InputError(
            f"`mask` is 0 outside and one other number inside; this one holds {len(kinds)} numbers, "
            f"{kinds[0]:g} to {kinds[-1]:g}. Probabilities: save `map > 0.5`. Regions: give it as `atlas`."
        )
    if not kinds.any():
        raise InputError("`mask` has no voxel inside: all of it is 0.")
    return values != 0


def _labels(value: Any, grid: Grid, name: str) -> np.ndarray:
    values = np.nan_to_num(_image(value, grid, name, "atlas"))
    whole = np.round(values)
    if not np.allclose(values, whole, atol=1e-3) or not (whole > 0).any():
        raise InputError(
            "`atlas` holds a whole number for the region of each voxel, 0 outside; this one runs from "
            f"{values.min():.4g} to {values.max():.4g}. Probabilities: keep the most likely region of each voxel."
        )
    return whole.astype(int)


def _named(labels: np.ndarray, atlas: Any, names: Any) -> np.ndarray:
    """The region of each voxel, by its name where there is a table of them: given, or beside the atlas."""
    table = _names(names) if names is not None else _names_beside(atlas)
    if not table:
        return labels
    nameless = sorted(set(np.unique(labels).tolist()) - set(table))
    if nameless:
        warn(f"Regions {some(nameless)} of the atlas have no name in its table; they go by their numbers.")
    twice = [name for name in table.values() if list(table.values()).count(name) > 1]
    if twice:
        warn(f"Regions with the same name ('{twice[0]}', ...) are one region here. Name them apart to keep them apart.")
    kinds, code = np.unique(labels, return_inverse=True)
    return np.array([table.get(int(kind), str(kind)) for kind in kinds])[code]


def _names_beside(atlas: Any) -> dict[int, str]:
    if not isinstance(atlas, (str, Path)):
        return {}
    path = Path(atlas).expanduser()
    stem = path.name.split(".nii")[0]
    tables = (beside for ending in (".tsv", ".txt", ".csv") if (beside := path.with_name(stem + ending)).is_file())
    return next(map(_names, tables), {})


def _names(value: Any) -> dict[int, str]:
    """Numbers of regions and their names: a mapping, a list (from 1), or a table of text."""
    if isinstance(value, Mapping):
        return {int(number): str(name) for number, name in value.items()}
    if not isinstance(value, (str, Path)):
        return {number: str(name) for number, name in enumerate(value, 1)}
    path = Path(value).expanduser()
    if not is_file_at(path):
        raise InputError(f"There is no table of the atlas's regions '{value}'.")
    if path.suffix in (".tsv", ".csv"):
        frame = csv_frame(path)
        index = next((c for c in frame.columns if str(c).lower() in ("index", "id", "label", "value", "number")), None)
        name = next((c for c in frame.columns if str(c).lower() in ("name", "region", "roi", "abbreviation")), None)
        if index is not None and name is not None and frame[index].dtype.kind in "iu":
            return dict(zip(frame[index].astype(int).tolist(), frame[name].astype(str).tolist(), strict=True))
    matches = [LINE.match(line) for line in path.read_text(errors="replace").splitlines()]
    table = {int(match[1]): match[2] for match in matches if match}
    if not table:
        raise InputError(
            f"'{value}' does not name regions: it needs the columns index and name (BIDS _dseg.tsv), or lines such as "
            "'1 V1'."
        )
    return table
