"""Two phases of learning, joined: the same conditions and members, one after the other in time."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.align import align
from neurouniv.schema import InputError, batch_dims, check_trajectory, need_free_names

OWN = "phase", "predicted", "unlearned", "r2", "moved", "r2_unlearned", "moved_unlearned"
"""Names in what is said of both phases."""
SAME = 1e-6
"""Targets whose squared distances differ by less than this share of the largest are the same. By hand: rounding."""


def joined(first: xr.Dataset, second: xr.Dataset, at: float | None) -> tuple[xr.Dataset, xr.Dataset, float]:
    """Both phases with conditions, members and task in the order of the first, and the time of the switch.

    Raises
    ------
    InputError : they are of other conditions or members, or do not follow each other.
    """
    check_trajectory(first), check_trajectory(second)
    for one in (first, second):
        need_free_names(batch_dims(one["h"]), OWN, "A prediction of the second phase")
    first, second = align(first, second, names=("the first phase", "the second phase"))
    switched = _switched(first, second, at)
    second = _members_of(first, second).isel(time=np.flatnonzero(second["time"].values >= switched))
    return first, _with_task_of(first, second), switched


def with_next_targets(first: xr.Dataset, second: xr.Dataset) -> xr.Dataset:
    """The first phase with the targets that hold after the switch, in the same outputs."""
    if "targets" in first and "targets" in second:
        before, later = (phase["targets"].transpose(..., "condition", "output") for phase in (first, second))
        if before.shape[-2:] != later.shape[-2:]:
            raise InputError(
                f"Both phases have targets of the same conditions and outputs; got {dict(before.sizes)} and "
                f"{dict(later.sizes)}. An output that one phase does not use has the target 0 there."
            )
        plain = later.drop_vars([name for name in later.coords if {"condition", "output"} & set(later[name].dims)])
        return first.assign(next_targets=plain)
    gap = np.abs(first["dy2"].values - second["dy2"].values).max()
    if gap > SAME * np.abs(first["dy2"].values).max():
        raise InputError(
            "The phases have different targets, and squared distances do not say how the new targets relate to the "
            "old. "
            "Give both phases their task: `neurouniv.trajectory(activity, task)`, or `targets` (condition, output)."
        )
    return first


def _members_of(first: xr.Dataset, second: xr.Dataset) -> xr.Dataset:
    """The second phase with its members in the order of the first one's."""
    labels = {dim: first[dim].values for dim in batch_dims(second["h"]) if dim in first.coords and dim in second.coords}
    try:
        return second.sel(labels)
    except KeyError as error:
        raise InputError(
            f"Both phases have the same members, joined by their labels; {error} is in the first phase alone. Select "
            "the same: `second.sel(...)`, `first.sel(...)`."
        ) from error


def _switched(first: xr.Dataset, second: xr.Dataset, at: float | None) -> float:
    """The time of the switch, once it is sure that it lies between the phases."""
    ends = first["time"].values[[0, -1]].astype(float)
    switched = float(ends[1] if at is None else at)
    times = second["time"].values.astype(float)
    if not (ends[1] <= switched <= times[-1]) or not (times > switched).any() or times[0] < ends[0]:
        raise InputError(
            f"The second phase goes on in the time of the first, after the switch; the first is from {ends[0]:g} to "
            f"{ends[1]:g}, the second from {times[0]:g} to {times[-1]:g}, the switch at {switched:g}. Count on: "
            "`second.assign_coords(time=second.time + first.time[-1])`."
        )
    return switched


def _with_task_of(first: xr.Dataset, second: xr.Dataset) -> xr.Dataset:
    """The second phase with the first one's squared distances of stimuli and, where it has none, of targets."""
    names = [name for name in ("dx2", "dy2") if name in first.coords and (name == "dx2" or name not in second.coords)]
    return second.assign_coords({name: (first[name].dims, first[name].values) for name in names})
