"""Results as tables for readers: a Dataset becomes rows, numbers become few digits."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.numbers import with_interval, words
from neurouniv.schema import InputError


@dataclass(frozen=True)
class Table:
    """Rows under column names; cells are text, numbers (shown with 3 digits), truth values or None.

    sortable : whether a reader of a page may put rows in the order of a column; not where rows go on from each other.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""
    sortable: bool = True


def table_of(dataset: xr.Dataset, caption: str = "") -> Table:
    """`dataset` as a table: one row per element of its first variable, one column per variable.

    A variable with further dimensions becomes one column per element of them; intervals `NAME_interval`
    (..., bound) are written beside the value they belong to.

    Examples
    --------
    >>> fit = xr.Dataset(
    ...     {"eta": ("seed", [0.5, 2.0]), "eta_interval": (("seed", "bound"), [[0.4, 0.6], [1.0, 3.0]])}
    ... ).assign_coords(seed=[0, 1])
    >>> table_of(fit.assign(r2=("variable", [0.9, 0.8])).assign_coords(variable=["h", "y"])).rows
    [[0, '0.500 [0.400, 0.600]', 0.9, 0.8], [1, '2.00 [1.00, 3.00]', 0.9, 0.8]]
    """
    names = [name for name in dataset.data_vars if "bound" not in dataset[name].dims]
    if not names:
        raise InputError(f"A table needs a variable with a value; got {list(dataset.data_vars)}.")
    dims = dataset[names[0]].dims
    columns = {f"{name}{label}": part for name in names for label, part in _spread(dataset[name], dims)}
    rows = []
    for index in np.ndindex(*(dataset.sizes[dim] for dim in dims)):
        place = dict(zip(dims, index, strict=True))
        labels = [dataset[dim].values[i].item() if dim in dataset.coords else i for dim, i in place.items()]
        values = [_cell(part, place) for part in columns.values()]
        intervals = [_cell(dataset.get(f"{name}_interval"), place) for name in columns]
        rows.append([*labels, *(_with_interval(v, i) for v, i in zip(values, intervals, strict=True))])
    return Table([*map(str, dims), *columns], rows, caption)


def _spread(array: xr.DataArray, dims: Sequence[Hashable]) -> list[tuple[str, xr.DataArray]]:
    """`array` as parts that have no dimension but `dims`, each with what its column's name ends with."""
    further = [dim for dim in array.dims if dim not in dims]
    parts = []
    for index in np.ndindex(*(array.sizes[dim] for dim in further)):
        place = dict(zip(further, index, strict=True))
        labels = (array[dim].values[i] if dim in array.coords else i for dim, i in place.items())
        parts.append(("".join(f" {label}" for label in labels), array.isel(place)))
    return parts


def _cell(array: xr.DataArray | None, place: Mapping[Hashable, int]) -> Any:
    """The value, or the two ends of an interval, at the `place` of the row."""
    if array is None:
        return None
    cell = array.isel({dim: i for dim, i in place.items() if dim in array.dims})
    return cell.item() if cell.ndim == 0 else cell.values


def _with_interval(value: Any, interval: Any) -> Any:
    return value if interval is None else with_interval(float(value), *map(float, interval))


def cells(table: Table) -> dict[str, Any]:
    """Cells as text, with the columns of numbers marked for alignment."""
    rows = [list(row) for row in table.rows]
    ragged = [row for row in rows if len(row) != len(table.columns)]
    if ragged:
        raise InputError(
            f"A table with columns {list(table.columns)} needs {len(table.columns)} cells in every row; "
            f"got a row of {len(ragged[0])}: {ragged[0]}."
        )
    texts = [[words(cell) for cell in row] for row in rows]
    numeric = [all(_is_numeric(row[i]) for row in texts) for i in range(len(table.columns))]
    keys = [[_sort_key(cell) for cell in row] for row in rows]
    return {
        "columns": list(table.columns), "rows": texts, "numeric": numeric, "caption": table.caption,
        "keys": keys, "sortable": table.sortable,
    }  # fmt: skip


def _sort_key(cell: Any) -> str:
    """The number of a cell with all its digits, by which it is sorted and copied; "" where its text is."""
    if isinstance(cell, (int, np.integer)) and not isinstance(cell, bool):
        return str(int(cell))
    return repr(float(cell)) if isinstance(cell, (float, np.floating)) and np.isfinite(cell) else ""


def _is_numeric(text: str) -> bool:
    return re.fullmatch(r"[<>−-]?[\d.,×⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+%?( .*)?|–|−?∞", text) is not None
