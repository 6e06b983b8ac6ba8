"""Labels of the units or ROIs of an NWB file: quality, regions, and what else has one value for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.systems.recordings.formats.nwb.columns import plain, ragged, stored

TAKEN = ("activity", "channel", "condition", "latency", "recorded", "run", "session", "subject", "trial")
REGION = "location"
FEW = 3  # values of a row that are labels each, not an array of its own


def labels(table: Any) -> dict[str, np.ndarray]:
    """The columns of a table with one text or number for each row, such as `location` or `quality`.

    A column of shape (row, 1) counts; one of two or three values a row gives `iscell_0`, `iscell_1`, ...; ragged
    columns and those of more values are left out.
    """
    columns: dict[str, np.ndarray] = {}
    for name in table.colnames:
        column = table[name]
        kinds = {kind.__name__ for kind in type(column).__mro__}
        if name in TAKEN or "VectorData" not in kinds or kinds & {"VectorIndex", "DynamicTableRegion"}:
            continue
        values = _one_a_row(column, len(table.id))
        if values is not None and values.ndim == 1:
            columns[name] = values
        elif values is not None:
            columns |= {f"{name}_{k}": values[:, k] for k in range(values.shape[1])}
    return columns


def _one_a_row(column: Any, rows: int) -> np.ndarray | None:
    """A column of one, two or three texts or numbers a row, (row,) or (row, 2 or 3); None for any other."""
    shape = np.shape(column.data)
    if shape[:1] != (rows,) or len(shape) > 2 or (len(shape) == 2 and shape[1] > FEW):
        return None
    held = np.asarray(column.data[:])
    values = plain(_names(held) if held.dtype == object else held, getattr(column, "elements", None))
    return values if values is not None and values.dtype.kind in "biufU" else None


def _names(values: np.ndarray) -> np.ndarray:
    """References to objects of the file (groups of electrodes) by their names; other values as they are."""
    names = [getattr(value, "name", value) for value in values.ravel()]
    out = np.empty(len(names), dtype=object)
    out[:] = names
    return out.reshape(values.shape)


def regions(units: Any, source: str) -> dict[str, np.ndarray]:
    """The `location` of each unit, by its electrodes where these agree or by its peak channel; nothing where the table
    says it itself or does not say."""
    if REGION in units.colnames:
        return {}
    if "electrodes" in units.colnames:
        return _by_electrodes(units["electrodes"], source)
    if "peak_channel_id" in units.colnames:
        return _by_peak(units, source)
    return {}


def _by_peak(units: Any, source: str) -> dict[str, np.ndarray]:
    electrodes = units.get_ancestor("NWBFile").electrodes
    if REGION not in getattr(electrodes, "colnames", ()):
        return {}
    places = plain(np.asarray(electrodes[REGION].data[:]), None)
    ids, peaks = np.asarray(electrodes.id[:]), np.asarray(units["peak_channel_id"].data[:]).ravel()
    order = np.argsort(ids)
    rows = order[np.clip(np.searchsorted(ids[order], peaks), 0, ids.size - 1)] if ids.size else np.arange(0)
    if places is None or not ids.size or not np.array_equal(ids[rows], peaks):
        return {}
    return {REGION: places[rows].astype(str)}


def _by_electrodes(column: Any, source: str) -> dict[str, np.ndarray]:
    is_ragged = type(column).__name__ == "VectorIndex"
    region = column.target if is_ragged else column
    if REGION not in getattr(region.table, "colnames", ()):
        return {}
    places = plain(stored(region.table[REGION].data, "the electrodes' location", source), None)
    rows = (
        ragged(column, "'units/electrodes'", source) if is_ragged else stored(column.data, "'units/electrodes'", source)
    )
    if places is None or any(np.size(own) and np.max(own) >= len(places) for own in rows):
        return {}
    areas = [np.unique(places[np.ravel(own)].astype(str)) for own in rows]
    return {REGION: np.array(["/".join(names.tolist()) for names in areas], dtype=str)}
