"""Columns of the tables of an NWB file as plain arrays, one value a row where that is what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import need_room_in, written_rows

NOT_VALUES = ("TimeSeriesReferenceVectorData",)
"""Columns that point to samples of series, not to values of a row."""


class Misplaced(InputError):
    """Values of a table that cannot be given to its rows."""


def columns_of(table: Any, source: str) -> dict[str, Any]:
    """Every column of a table: (row,) arrays; (row, n) where a row has n values; arrays of objects, ragged ones.

    A column of shape (row, 1) is (row,). A reference to rows of another table becomes that table's columns, nested
    under its name. References to series or to groups are left out.

    Warns
    -----
    NeurounivWarning : a column of several values, or of rows of another table, is damaged, and is left out.

    Raises
    ------
    InputError : a column was never written, or has another length than the table.
    """
    columns = {}
    for name in table.colnames:
        try:
            values = _column(table[name], f"'{table.name}/{name}'", source)
        except Misplaced as error:
            warn(f"{error} The column is left out.")
            continue
        if values is not None:
            columns[name] = values
    wrong = {name: len(a) for name, a in columns.items() if not isinstance(a, dict) and len(a) != len(table.id)}
    if wrong:
        name = next(iter(wrong))
        raise InputError(
            f"Columns of one table need as many values as it has rows; '{table.name}' in {source} has {len(table.id)} "
            f"rows and '{name}' {wrong[name]} values. The file is damaged or was written in part: write it again."
        )
    return columns


def row_numbers(table: Any, source: str) -> np.ndarray:
    """The number of each row: its id, where these differ.

    Warns
    -----
    NeurounivWarning : rows share an id; they are numbered from 0.
    """
    ids = np.ravel(stored(table.id.data, f"'{table.name}/id'", source))
    doubles = ids.size - np.unique(ids).size
    if not doubles:
        return ids
    warn(
        f"{doubles} of {ids.size} rows of '{table.name}' in {source} have the id of another row; each counts by "
        "itself, numbered from 0."
    )
    return np.arange(ids.size)


def _column(column: Any, name: str, source: str) -> Any:
    kinds = {kind.__name__ for kind in type(column).__mro__}
    if "VectorIndex" in kinds:
        of_target = {kind.__name__ for kind in type(column.target).__mro__}
        return None if of_target & {*NOT_VALUES, "DynamicTableRegion", "VectorIndex"} else ragged(column, name, source)
    if "DynamicTableRegion" in kinds:
        rows = stored(column.data, name, source)
        return _pointed_at(column.table, rows, name, source)
    if kinds & set(NOT_VALUES):
        return None
    return plain(stored(column.data, name, source), getattr(column, "elements", None))


def stored(data: Any, name: str, source: str) -> np.ndarray:
    """The values of a dataset in memory.

    Raises
    ------
    InputError : a part of it was never written.
    """
    need_room_in(data)
    unwritten = int((~written_rows(data)).sum())
    if unwritten:
        raise InputError(
            f"{name} in {source} was not written whole: {unwritten} of {len(data)} values are not in the file, and "
            "would be read as 0. Copy or export it again."
        )
    return np.asarray(data[:])


def ragged(column: Any, name: str, source: str) -> np.ndarray:
    """The values of each row of an indexed column, (row,) of arrays."""
    target, ends = column.target, np.ravel(stored(column.data, f"{name} (index)", source)).astype(np.int64)
    values = plain(stored(target.data, name, source), getattr(target, "elements", None))
    need_index(ends, len(values) if values is not None else 0, name, source)
    rows = np.empty(ends.size, dtype=object)
    for row, part in enumerate(np.split(values, ends)[: ends.size] if values is not None else ()):
        rows[row] = part  # one by one: numpy makes a table of parts of one length
    return rows


def need_index(ends: np.ndarray, size: int, name: str, source: str) -> None:
    """Refuse an index that cannot say where the values of each row end.

    Raises
    ------
    Misplaced : it decreases, ends beyond the values, or leaves values that belong to no row.
    """
    back = np.flatnonzero(np.diff(np.r_[0, ends]) < 0)
    wrong = ""
    if back.size:
        wrong = f"decreases at row {back[0]} ({ends[back[0]]} after {ends[max(back[0] - 1, 0)]})"
    elif ends.size and ends[-1] != size:
        kind = "beyond them" if ends[-1] > size else f"and {size - ends[-1]} belong to no row"
        wrong = f"ends at {ends[-1]} of {size} values, {kind}"
    if wrong:
        raise Misplaced(
            f"The index of {name} in {source}, which says where each row's values end, {wrong}. The file is damaged, "
            "or its index was written in too small a type of integer: export it again."
        )


def plain(values: np.ndarray, elements: Any) -> np.ndarray | None:
    """Values that are numbers or text; codes of an enumeration as its words; None for references."""
    if elements is not None and values.dtype.kind in "iu" and values.size:
        words = np.asarray(elements.data[:] if hasattr(elements, "data") else elements[:])
        if values.max() >= len(words) or values.min() < 0:
            raise Misplaced(f"A column of words has the code {values.max()}, and only {len(words)} words.")
        values = words[values]
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind == "O":
        flat = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values.ravel()]
        if not all(v is None or isinstance(v, (str, int, float, np.generic)) for v in flat):
            return None
        if all(isinstance(v, str) for v in flat):
            return np.array(flat, dtype=str).reshape(values.shape)
        out = np.empty(len(flat), dtype=object)
        out[:] = flat
        return out.reshape(values.shape)
    return values if values.dtype.kind in "biufU" else None


def _pointed_at(table: Any, rows: np.ndarray, name: str, source: str) -> dict[str, np.ndarray]:
    if rows.size and (rows.min() < 0 or rows.max() >= len(table.id)):
        raise Misplaced(
            f"{name} in {source} points to rows {rows.min()} to {rows.max()} of '{table.name}', which has "
            f"{len(table.id)} rows. The file is damaged: export it again."
        )
    columns = {}
    for own in table.colnames:
        if "VectorIndex" in {kind.__name__ for kind in type(table[own]).__mro__}:
            continue
        values = _column(table[own], f"'{table.name}/{own}'", source)
        if isinstance(values, np.ndarray):
            columns[own] = values[rows]
    return {"id": stored(table.id.data, f"'{table.name}/id'", source)[rows], **columns}


def lacking_columns(path: Path) -> dict[str, str]:
    """Tables of intervals in a file, by their path, with a column that NWB asks of them and that is not there."""
    import h5py

    lacking = {}

    def look(name: str, node: Any) -> None:
        if node.attrs.get("neurodata_type") == "TimeIntervals":
            lost = [column for column in ("start_time", "stop_time") if column not in node]
            lacking.update({name: lost[0]} if lost else {})

    with h5py.File(path, "r") as file:
        file.visititems(look)
    return lacking
