"""Answers of many cells as one table with a row for every group of systems that was judged together."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.studies.reading.systems import apart


def rows_of(table: xr.Dataset, value: str, stack: xr.Dataset) -> xr.Dataset:
    """A table (cell, ..., label) with one dimension, group, for cells and all else that `value` was found apart for.

    value : the variable whose dimensions beside `cell` are layers, regions, latencies. stack : what the table was made
    of, which has the labels of cells; where a cell holds several seeds, the name of a row of one seed says which.
    """
    dims = [str(dim) for dim in table[value].dims]
    rest = [dim for dim in dims if dim != "cell" and (dim != "seed" or stack.sizes["seed"] > 1)]
    labels = {str(name): coord for part in (stack, table) for name, coord in part.coords.items()
              if coord.dims == ("cell",)}  # fmt: skip
    table = table.drop_vars([name for name in table.coords if name not in (*table.dims, *dims)]).assign_coords(labels)
    flat = table.stack(group=dims, create_index=False).transpose("group", ...)
    names = [_name(flat.isel(group=i), rest) for i in range(flat.sizes["group"])]
    return flat.drop_vars("cell").rename(id="cell").assign_coords(group=np.array(names, dtype=str))


def _name(row: xr.Dataset, rest: list[str]) -> str:
    return ", ".join([str(row["cell"].item()), *(f"{dim} {row[dim].item()}" for dim in rest if dim in row.coords)])


def joined_rows(tables: list[xr.Dataset]) -> xr.Dataset:
    """All rows below one another, every label (law, rule, rival) in its place; NaN, or an empty text, where a table has
    no such variable or label.

    Examples
    --------
    >>> one = xr.Dataset({"r2": (("group", "law"), [[0.9, 0.5]])}, {"group": ["a"], "law": ["gain", "step"]})
    >>> other = xr.Dataset({"r2": (("group", "law"), [[0.7]])}, {"group": ["b"], "law": ["step"]})
    >>> joined_rows([one, other])["r2"].values.tolist()
    [[0.9, 0.5], [nan, 0.7]]
    """
    axes = {dim: _union([table[dim].values for table in tables if dim in table.dims])
            for dim in dict.fromkeys(str(dim) for table in tables for dim in table.dims if dim != "group")}  # fmt: skip
    names = dict.fromkeys(str(name) for table in tables for name in table.variables if name not in (*axes, "group"))
    data: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for name in names:
        like = next(table[name] for table in tables if name in table.variables)
        parts = [_placed(table, name, like, axes) for table in tables]
        kinds = {part.dtype.kind for part in parts}
        whole = np.concatenate([part.astype(str) if kinds & {"U", "O"} else part for part in parts])
        (labels if any(name in table.coords for table in tables) else data)[name] = (like.dims, whole)
    groups = apart([str(name) for table in tables for name in table["group"].values])
    return xr.Dataset(data, {"group": groups, **axes, **labels})


def _union(columns: list[np.ndarray]) -> np.ndarray:
    return np.array(list(dict.fromkeys(label for column in columns for label in column.tolist())))


def _placed(table: xr.Dataset, name: str, like: xr.DataArray, axes: dict[str, np.ndarray]) -> np.ndarray:
    """A variable of a table (group, ...) with all labels of every axis."""
    own = [dim for dim in like.dims if dim != "group"]
    shape = (table.sizes["group"], *(len(axes[str(dim)]) for dim in own))
    if name not in table.variables:
        return np.full(shape, "") if like.dtype.kind in "UO" else np.full(shape, np.nan)
    values = table[name].transpose(*like.dims)
    if all(np.array_equal(table[dim].values, axes[str(dim)]) for dim in own):
        return values.values
    whole = np.full(shape, "", dtype=object) if like.dtype.kind in "UO" else np.full(shape, np.nan)
    places = [np.flatnonzero(np.isin(axes[str(dim)], table[dim].values)) for dim in own]
    ordered = values.sel({dim: axes[str(dim)][place] for dim, place in zip(own, places, strict=True)})
    whole[np.ix_(np.arange(shape[0]), *places)] = ordered.values
    return whole.astype(str) if whole.dtype == object else whole
