"""Results of several systems side by side: one dimension `system`, whatever batches and times each has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.got import got
from neurouniv.schema import InputError
from neurouniv.tasks.origin import ORIGIN, origin_of

CORE = ("law", "account", "time", "bound")
OF_ALL = {"n_constants", "flexible_numbers"}
"""Variables of laws and accounts alone, without members."""


def named_systems(trajectories: Any) -> dict[str, xr.Dataset]:
    """Trajectories by name.

    Raises
    ------
    InputError : anything but a dict with at least one.

    Examples
    --------
    >>> list(named_systems({1: xr.Dataset()}))
    ['1']
    """
    is_dict = isinstance(trajectories, Mapping) and not isinstance(trajectories, xr.Dataset)
    if not is_dict or not trajectories:
        raise InputError(
            "Several systems come as a dict, name -> trajectory, of at least one system; "
            f"got {'an empty one' if is_dict else got(trajectories)}. "
            "`neurouniv.trajectory` makes a trajectory from activity."
        )
    return {str(name): traj for name, traj in trajectories.items()}


def side_by_side(results: Mapping[str, xr.Dataset], trajectories: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Results (law, ..., time) of every system as one (law, system, member, time).

    Batch dimensions are stacked into `member`, whose labels are `member_name` (system, member); what is known of all
    subjects together stands at the first of them only. Times are joined, and what they are is told by the coordinates
    `time_units`, `time_axis`, `ceiling`, where tasks tell it `task_from` and, with errors, `errors_unit` and
    `errors_about` (system).
    """
    system = xr.DataArray(list(results), dims="system", name="system")
    stacked = [_as_members(result) for result in results.values()]
    table = xr.concat(
        stacked, system, data_vars="all", coords="minimal", compat="override", join="outer", combine_attrs="drop"
    )
    for text in ("message", "member_name"):
        table[text] = table[text].where(table[text].notnull(), "").astype(str)
    first = next(iter(results.values()))
    for name, array in first.data_vars.items():
        table[name].attrs = array.attrs
    table = table.assign_coords({name: coord for name, coord in first.coords.items() if coord.dims == ("law",)})
    table = table.set_coords("member_name")
    times = [trajectories[name]["time"].attrs for name in results]
    coords = {f"time_{key}": ("system", [str(time.get(key, "")) for time in times]) for key in ("units", "axis")}
    for name in ("ceiling", "errors_unit", "errors_about"):
        if all(name in result.attrs for result in results.values()):
            coords[name] = ("system", [result.attrs[name] for result in results.values()])
    if any(origin_of(result) for result in results.values()):
        coords[ORIGIN] = ("system", [str(result.attrs.get(ORIGIN, "")) for result in results.values()])
    table["time"].attrs = {key: value for key, value in times[0].items() if all(t.get(key) == value for t in times)}
    return table.assign_coords(coords).transpose(
        "law", "baseline", "account", "system", "member", "time", "bound", missing_dims="ignore"
    )


def shared_attrs(results: Mapping[str, xr.Dataset]) -> dict[str, Any]:
    """The attributes that all results have alike."""
    first, *others = (result.attrs for result in results.values())
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}


def _as_members(result: xr.Dataset) -> xr.Dataset:
    """`result` with all its batch dimensions as one, `member`, numbered from 0."""
    dims = [str(dim) for dim in result["converged"].dims if dim not in CORE]
    names = _member_names(result, dims)
    table = result.reset_coords(drop=True).drop_vars([dim for dim in dims if dim in result.coords])
    for name in set(result.data_vars) - OF_ALL:
        array = _at_first(table[name], {dim: result.sizes[dim] for dim in dims if dim not in table[name].dims})
        table[name] = array.stack(_member=dims, create_index=False) if dims else array.expand_dims("_member")
    table = table.drop_dims([dim for dim in dims if dim in table.dims]).rename(_member="member")
    return table.assign(member_name=("member", names)).assign_coords(member=np.arange(len(names)))


def _at_first(array: xr.DataArray, dims: dict[str, int]) -> xr.DataArray:
    """`array` with dimensions it lacks, NaN but for the first of each."""
    for dim, size in dims.items():
        first = xr.DataArray(np.arange(size) == 0, dims=dim)
        array = array.expand_dims({dim: size}).where(first)
    return array


def _member_names(result: xr.Dataset, dims: list[str]) -> list[str]:
    """The names of all members, such as "seed 3, layer 1"."""
    labels = [[f"{dim} {label}" for label in result[dim].values] for dim in dims]
    grid = np.meshgrid(*labels, indexing="ij") if labels else [np.array([""])]
    return [", ".join(parts) for parts in zip(*(axis.reshape(-1) for axis in grid), strict=True)]
