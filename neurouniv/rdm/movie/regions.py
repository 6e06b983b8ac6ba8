"""Groups of channels, each with distances of its own: areas of a brain, searchlights, what a session recorded."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.movie.cells import Cells
from neurouniv.rdm.movie.movie import Part
from neurouniv.schema import InputError, some, warn

ROOM = 2**26
"""Values of precisions that are held at once."""


@dataclass(frozen=True)
class Precisions:
    """The precisions (region, ..., k, k) of the noise of regions, made when they are asked for: those of all
    searchlights of a brain are more than memory holds."""

    precision: Callable[[np.ndarray, np.ndarray], np.ndarray]
    blocks: np.ndarray
    channels: np.ndarray

    def __getitem__(self, some: slice) -> np.ndarray:
        return np.stack([self.precision(self.blocks, members) for members in self.channels[some]])


@dataclass(frozen=True)
class Regions:
    """Which channels every region has; `dim` is None where there is but one, of all channels."""

    channels: list[np.ndarray]
    dim: Hashable | None = None
    coords: dict[Hashable, Any] = field(default_factory=dict)


def regions_of(activity: xr.DataArray, regions: Any) -> Regions:
    """The regions that `regions` asks for: the name of a coordinate of channels, booleans (region, channel), or the
    searchlights of `neurouniv.searchlight`.

    Raises
    ------
    InputError : no such coordinate, channels that do not match, a region without channels.

    Examples
    --------
    >>> array = xr.DataArray(np.zeros((1, 3)), dims=("trial", "channel"))
    >>> regions_of(array.assign_coords(roi=("channel", ["V4", "IT", "V4"])), "roi").channels
    [array([1]), array([0, 2])]
    """
    if regions is None:
        return Regions([np.arange(activity.sizes["channel"])])
    if isinstance(regions, str):
        return _by_name(activity, regions)
    if isinstance(regions, xr.DataArray):
        return (_by_members if "neighbour" in regions.dims else _by_mask)(activity, regions)
    raise InputError(
        "regions is the name of a coordinate of channels, such as 'roi', a boolean DataArray (searchlight, channel), "
        f"or the searchlights of `neurouniv.searchlight(rec, radius)`; got a {type(regions).__name__}."
    )


def recorded_of(rec: xr.Dataset, cells: Cells) -> np.ndarray | None:
    """Which channels have activity in all trials of a block (block, channel); None where all have it everywhere."""
    if "recorded" not in rec.variables:
        return None
    recorded = rec["recorded"]
    if set(recorded.dims) != {"trial", "channel"} or recorded.dtype != bool:
        raise InputError(
            f"`recorded` needs to be boolean, (trial, channel); got {recorded.dtype} of the dimensions {recorded.dims}."
        )
    values = recorded.transpose("trial", "channel").values
    every = np.array([values[cells.block == block].all(axis=0) for block in range(cells.n_blocks)])
    every[np.setdiff1d(np.arange(cells.n_blocks), cells.used)] = False
    lost = np.array([(values[cells.block == block].any(axis=0) & ~every[block]).sum() for block in cells.used])
    if lost.any():
        warn(
            f"{int(lost[lost > 0][0])} channels were recorded in some trials only of "
            f"{cells.name(cells.used[np.argmax(lost > 0)])}; they are left out there. Drop those trials to keep them."
        )
    if not every[cells.used].any():
        raise InputError("A trajectory needs channels that were recorded in all trials of a session; there are none.")
    return None if every[cells.used].all() else every


def parts_of(
    regions: Regions,
    cells: Cells,
    recorded: np.ndarray | None,
    precision: Callable[[np.ndarray, np.ndarray], np.ndarray] | None,
) -> tuple[list[Part], np.ndarray]:
    """The batches of blocks and regions, and the number of channels (region, block) of each region in each block.

    Parameters
    ----------
    precision : (blocks, channels) -> (..., channel, channel), the precision of noise there; None if none is used.
    """
    sizes = np.zeros((len(regions.channels), cells.n_blocks), dtype=int)
    parts = []
    for blocks, there in _alike(cells, recorded):
        channels_of = [channels if there is None else channels[there[channels]] for channels in regions.channels]
        lengths = np.array([len(channels) for channels in channels_of])
        sizes[:, blocks] = lengths[:, None]
        for k in np.unique(lengths[lengths > 0]):
            numbers = np.flatnonzero(lengths == k)
            members = np.stack([channels_of[region] for region in numbers])
            parts.append(Part(blocks, numbers, members, precision and _noise(precision, blocks, members)))
    return parts, sizes


def _noise(precision: Callable[[np.ndarray, np.ndarray], np.ndarray], blocks: np.ndarray, members: np.ndarray) -> Any:
    """The precisions (region, ..., k, k), at once where memory has room."""
    noise = Precisions(precision, blocks, members)
    first = noise[:1]
    if len(members) == 1:
        return first
    return noise[:] if first.size * len(members) <= ROOM else noise


def _alike(cells: Cells, recorded: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """Blocks with the same channels, and which (channel,) these are; None for all."""
    if recorded is None:
        return [(cells.used, None)]
    kinds, kind = np.unique(recorded[cells.used], axis=0, return_inverse=True)
    return [(cells.used[kind.ravel() == number], there) for number, there in enumerate(kinds) if there.any()]


def _by_name(activity: xr.DataArray, name: str) -> Regions:
    owned = [str(c) for c, coord in activity.coords.items() if coord.dims == ("channel",)]
    if name not in owned:
        raise InputError(f"regions='{name}' needs a coordinate of that name over channels; found {owned}. Add it.")
    if name == "channel":
        raise InputError("regions='channel' would make every channel a region; name a coordinate that groups them.")
    labels = activity[name].values
    labels = labels.astype(str) if labels.dtype.kind in "OSU" else labels
    kinds, code = np.unique(labels, return_inverse=True)
    return Regions([np.flatnonzero(code == number) for number in range(len(kinds))], name, {name: kinds})


def _by_mask(activity: xr.DataArray, regions: xr.DataArray) -> Regions:
    if regions.ndim != 2 or "channel" not in regions.dims or regions.dtype != bool:
        raise InputError(
            "regions as a DataArray needs to be boolean, (searchlight, channel) with any name for the first; "
            f"got {regions.dtype} of the dimensions {regions.dims}."
        )
    dim = next(d for d in regions.dims if d != "channel")
    if "channel" in regions.coords and "channel" in activity.coords:
        regions = _joined(activity, regions)
    if regions.sizes["channel"] != activity.sizes["channel"]:
        raise InputError(
            f"regions needs the channels of the activity; it has {regions.sizes['channel']} of them, the activity "
            f"{activity.sizes['channel']}."
        )
    masks = regions.transpose(dim, "channel").values
    empty = np.flatnonzero(~masks.any(axis=1))
    if len(empty):
        raise InputError(f"Every region needs a channel; {len(empty)} have none ({dim} {some(empty)}). Drop these.")
    coords = {name: c.values for name, c in regions.coords.items() if c.dims == (dim,)}
    return Regions([np.flatnonzero(mask) for mask in masks], dim, coords)


def _by_members(activity: xr.DataArray, regions: xr.DataArray) -> Regions:
    """Searchlights by the places of their channels, whose first is the centre's."""
    dim = next(d for d in regions.dims if d != "neighbour")
    members = regions.transpose(dim, "neighbour").values
    names = activity["channel"].values if "channel" in activity.coords else np.arange(activity.sizes["channel"])
    inside = len(members) and members.max() < len(names)
    if not (inside and np.array_equal(names[members[:, 0]], regions["centre"].values)):
        raise InputError(
            "regions are searchlights of other channels than those of the activity. Make them again from this "
            "recording: "
            f"neurouniv.searchlight(rec, radius={regions.attrs.get('radius', 8.0):g})."
        )
    coords = {name: c.values for name, c in regions.coords.items() if c.dims == (dim,)}
    return Regions([row[row >= 0] for row in members], dim, coords)


def _joined(activity: xr.DataArray, regions: xr.DataArray) -> xr.DataArray:
    """`regions` with its channels in the order of the activity's, joined by name."""
    absent = set(activity["channel"].values.tolist()) ^ set(regions["channel"].values.tolist())
    if absent:
        raise InputError(
            f"regions needs the channels of the activity; {some(sorted(map(str, absent)))} "
            f"{'is' if len(absent) == 1 else 'are'} in one of the two alone."
        )
    return regions.sel(channel=activity["channel"].values)
