"""The RDM movie of an area's input, joined to the area's own trajectory by the names of conditions and by times."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.rdm.align import align
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, batch_dims, check_trajectory, need_dims, need_free_names, some, with_history

NAMES = "the trajectory", "its input"
OF_INPUT = "time", "pair"
AGREE = 1e-3
"""Distances of patterns may differ from those given by this share of the largest. By hand: above single precision."""


@public
def driven_by(traj: xr.Dataset, below: xr.Dataset, patterns: xr.DataArray | None = None) -> xr.Dataset:
    """The trajectory of an area with the RDM movie of the layer or area below it, for laws of an area that is driven.

    Pairs are joined by the names of their conditions and frames by their times; conditions and frames that only the
    input has are no fault, and its frames are kept. Batch dimensions (seed, subject) are joined by labels; one that the
    input lacks is the same input for all. Coordinates that are no dimensions, such as the layers' own names, are not
    compared. The input stays whole when times are split, and goes with its conditions when these are.

    Parameters
    ----------
    traj : the area's trajectory.
    below : the trajectory of its input: squared Euclidean distances or crossvalidated ones, in one unit over time.
    patterns : (..., time, condition, unit), where units are the same over time: the patterns whose distances `below`
        has. They tell what RDMs do not, how all patterns turn together.

    Returns
    -------
    `traj` with `input_h` (..., input_time, pair) and, with patterns, `input_patterns`
    (..., input_time, condition, input_unit).

    Raises
    ------
    InputError : the input lacks a pair, a frame or a member of the trajectory, has dimensions that it has not, other
        units of time, or patterns with other distances.

    Examples
    --------
    >>> from neurouniv import tasks, train, trajectory
    >>> runs = train(tasks.xor(), hidden_layers=2, layers=[0, 1], width=9, lr=0.1, epochs=9, record=4)
    >>> movie = trajectory(runs)
    >>> area = driven_by(movie.sel(layer=1), movie.sel(layer=0))
    >>> dict(area.input_h.sizes)
    {'seed': 1, 'input_time': 4, 'pair': 6}
    """
    check_trajectory(traj), check_trajectory(below)
    need_free_names(batch_dims(traj["h"]), ("input_time", "input_h", "input_unit"), "An area with its input")
    _need_frames(traj, below)
    h = _members(traj, _pairs(traj, below)["h"], OF_INPUT)
    h = h.reset_coords(drop=True).rename(time="input_time").transpose(..., "input_time", "pair")
    given = {"input_h": h.assign_attrs(long_name="squared distances of the input")}
    if patterns is not None:
        given["input_patterns"] = _patterns(traj, below, patterns, h)
    return with_history(traj.drop_dims("input_time", errors="ignore").assign(given), "driven_by")


def _pairs(traj: xr.Dataset, below: xr.Dataset) -> xr.Dataset:
    """The input with the pairs of the trajectory, in their order."""
    ours, theirs = align(traj, below, "inner", NAMES)
    if ours.sizes["pair"] < traj.sizes["pair"]:
        shared = set(Pairs.of(ours).keys)
        absent = [" and ".join(sorted(pair)) for pair in Pairs.of(traj).keys if pair not in shared]
        raise InputError(
            f"An area and its input are joined by the names of their conditions; the input has no distance between "
            f"{listed(absent)}. Name conditions alike, or keep the shared ones: "
            "`traj, below = neurouniv.align(traj, below, join='inner')`."
        )
    return theirs.drop_vars([name for name in theirs.coords if "pair" in theirs[name].dims])


def _need_frames(traj: xr.Dataset, below: xr.Dataset) -> None:
    ours, theirs = (one["time"].attrs.get("units") for one in (traj, below))
    if ours and theirs and ours != theirs:
        raise InputError(
            f"An area and its input have one clock; the trajectory's times are in {ours!r}, its input's in {theirs!r}. "
            "Give both the same: `below.assign_coords(time=traj.time)` where frames are the same."
        )
    absent = traj["time"].values[~np.isin(traj["time"].values, below["time"].values)]
    if absent.size:
        raise InputError(
            f"An area and its input are joined by the times of their frames; the input has none at {some(absent)} "
            f"({absent.size} of {traj.sizes['time']}). Its own are {some(below['time'].values)}. Keep the shared ones, "
            "`traj.sel(time=np.intersect1d(traj.time, below.time))`, or read the input between its frames, "
            "`below.interp(time=traj.time)`."
        )


def _members(traj: xr.Dataset, array: xr.DataArray, core: tuple[Hashable, ...]) -> xr.DataArray:
    """`array` with the members that the trajectory has, by their labels."""
    dims = batch_dims(array, core)
    extra = [str(dim) for dim in dims if dim not in traj["h"].dims]
    if extra:
        raise InputError(
            f"An input has the batch dimensions of the trajectory, {list(map(str, batch_dims(traj['h'])))}, or fewer; "
            f"it has {extra} too. Select one of each: `below.sel({extra[0]}=...)`."
        )
    for dim in dims:
        labels = [one[dim].values if dim in one.coords else np.arange(one.sizes[dim]) for one in (traj, array)]
        absent = labels[0][~np.isin(labels[0], labels[1])]
        if absent.size or (dim in traj.coords) != (dim in array.coords):
            raise InputError(
                f"An area and its input are joined by the labels of {str(dim)!r}; the input has {some(labels[1])} and "
                f"the trajectory {some(labels[0])}. If they belong together, give the input these labels: "
                f"`below.assign_coords({dim}=traj.{dim})`."
            )
        array = array.sel({dim: labels[0]})
    return array


def _patterns(traj: xr.Dataset, below: xr.Dataset, patterns: xr.DataArray, h: xr.DataArray) -> xr.DataArray:
    """The patterns (..., input_time, condition, input_unit), checked against the distances h."""
    remedy = "For networks use `runs.hidden.sel(layer=...)`."
    need_dims(patterns, ("time", "condition"), "An input's patterns", remedy)
    names = Pairs.of(traj).names
    known = patterns["condition"].values.astype(str) if "condition" in patterns.coords else np.array([], dtype=str)
    rest = [dim for dim in patterns.dims if dim not in ("time", "condition", *traj["h"].dims)]
    times = below["time"].values
    if len(rest) != 1 or not np.isin(names, known).all() or not np.isin(times, patterns["time"].values).all():
        raise InputError(
            "An input's patterns have the conditions and times of its trajectory, the batch dimensions of the area, "
            f"and one dimension of units more; got {dict(patterns.sizes)} with the conditions {some(known)}. {remedy}"
        )
    order = [list(known).index(name) for name in names]
    chosen = _members(traj, patterns.isel(condition=order).sel(time=times), ("time", "condition", *rest))
    chosen = chosen.reset_coords(drop=True).drop_vars("condition").rename({"time": "input_time", rest[0]: "input_unit"})
    chosen = chosen.transpose(..., "input_time", "condition", "input_unit").astype(float)
    first, second = Pairs.of(traj).ends
    distances = ((chosen.isel(condition=first) - chosen.isel(condition=second)) ** 2).sum("input_unit")
    apart = float(abs(distances.rename(condition="pair") - h).max() / abs(h).max())
    if not apart < AGREE:
        raise InputError(
            f"An input's patterns have the squared Euclidean distances of its trajectory; these are up to {apart:.2g} "
            f"of the largest away from them. Give both of one layer, in one unit. {remedy}"
        )
    label = traj["condition"] if "condition" in traj.coords else names
    return chosen.assign_coords(condition=label).assign_attrs(long_name="patterns of the input")
