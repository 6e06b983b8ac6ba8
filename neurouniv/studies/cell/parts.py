"""Several Datasets in one, each found again whole: a cell's file holds its comparison beside its trajectory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.storage import jsonable


def joined(dataset: xr.Dataset, parts: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """`dataset` with every variable, coordinate and dimension of each part, under its own name after the part's.

    Examples
    --------
    >>> traj, result = xr.Dataset({"h": ("time", [1.0, 2.0])}), xr.Dataset({"dynamics": ("law", [0.5])}, {"law": ["a"]})
    >>> whole = joined(traj, {"compare": result})
    >>> sorted(whole.variables), part(whole, "compare").identical(result)
    (['compare_dynamics', 'compare_law', 'h'], True)
    """
    for name, held in parts.items():
        called = {key: f"{name}_{key}" for key in {*held.variables, *held.dims}}
        moved = held.rename(called)
        dataset = dataset.assign_coords(moved.coords).assign(moved.data_vars)
        dataset = dataset.assign_attrs({f"{name}_attributes": json.dumps(held.attrs, default=jsonable)})
    return dataset


def part(dataset: xr.Dataset, name: str) -> xr.Dataset:
    """The part of that name, as it was.

    Raises
    ------
    InputError : there is no such part; `compare` and `rsa` are there where the study asks for them.
    """
    if f"{name}_attributes" not in dataset.attrs:
        there = [key.removesuffix("_attributes") for key in dataset.attrs if str(key).endswith("_attributes")]
        raise InputError(f"This cell has no part {name!r}; it has {there or 'none'}. Ask for it in the study's file.")
    mark = f"{name}_"
    own = [key for key in dataset.variables if str(key).startswith(mark)]
    held = dataset[own].drop_vars([key for key in dataset[own].coords if not str(key).startswith(mark)])
    attrs: dict[str, Any] = json.loads(dataset.attrs[f"{name}_attributes"])
    names = {key: str(key).removeprefix(mark) for key in {*held.variables, *held.dims}}
    held.attrs = attrs
    return held.rename(names)
