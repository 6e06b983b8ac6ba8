"""Tables of trials in an NWB file: of intervals, of events, and series of events; and what is said where none is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.formats.nwb.columns import columns_of, row_numbers, stored

START, STOP = ("start_time", "timestamp", "timestamps"), "stop_time"
OTHER_TABLES = {"Units", "PlaneSegmentation", "ElectrodesTable"}
OTHER_NAMES = {"electrodes", "units", "invalid_times"}
SAMPLES = {"ImageSeries", "IndexSeries", "ElectricalSeries", "RoiResponseSeries", "TwoPhotonSeries", "SpatialSeries"}


@dataclass(frozen=True)
class Trials:
    """The trials of a file: `columns` of their table, called `name`, and the number `ids` of each.

    start, stop : in s; None where the table has none.
    """

    name: str
    columns: dict[str, Any]
    ids: np.ndarray
    start: np.ndarray | None
    stop: np.ndarray | None


def trials_of(nwb: Any, source: str, trials: str) -> Trials:
    """The trials in the table, or series of events, that `trials` names.

    Raises
    ------
    InputError : there is none of that name, or it is empty; the message lists what there is.
    """
    tables, events = all_tables(nwb), all_events(nwb)
    if trials in tables and len(tables[trials].id):
        table = tables[trials]
        columns = columns_of(table, source)
        start, stop = (_first(columns, names) for names in (START, (STOP,)))
        return Trials(trials, columns, row_numbers(table, source), _numbers(start), _numbers(stop))
    paths = [path for path in events if f"/{path}".endswith(f"/{trials.strip('/')}")]
    if len(paths) == 1:
        return _of_events(events[paths[0]], paths[0], source)
    raise InputError(_no_trials(nwb, source, trials, tables, events, len(paths)))


def all_tables(nwb: Any) -> dict[str, Any]:
    """Tables that say when something happened, by their name; by their path where two have one name."""
    items = [item for item in nwb.objects.values() if _is_table_of_times(item)]
    names = [item.name for item in items]
    return {item.name if names.count(item.name) == 1 else path_of(item): item for item in items}


def all_events(nwb: Any) -> dict[str, Any]:
    """Series of moments with a word, number or nothing for each (stimulus onsets, licks), by their path."""
    shown = {id(item) for item in (nwb.stimulus or {}).values()}
    items = [item for item in nwb.objects.values() if _is_series_of_events(item, id(item) in shown)]
    return dict(sorted((path_of(item), item) for item in items))


def path_of(item: Any) -> str:
    """The path of an object within the file."""
    names, node = [], item
    while node is not None and node.parent is not None:
        names.append(node.name)
        node = node.parent
    return "/".join(reversed(names))


def _kinds(item: Any) -> set[str]:
    return {kind.__name__ for kind in type(item).__mro__}


def _is_table_of_times(item: Any) -> bool:
    kinds = _kinds(item)
    if "DynamicTable" not in kinds or kinds & OTHER_TABLES or item.name in OTHER_NAMES:
        return False
    return "TimeIntervals" in kinds or any(name in item.colnames for name in START)


def _is_series_of_events(item: Any, is_stimulus: bool) -> bool:
    kinds = _kinds(item)
    moments = getattr(item, "timestamps", None)
    if moments is None or "VectorData" in kinds or kinds & SAMPLES or np.ndim(moments) != 1 or not len(moments):
        return False
    if "TimeSeries" not in kinds:
        return bool(kinds & {"Events", "LabeledEvents"})
    shape, kind = np.shape(item.data), np.dtype(getattr(item.data, "dtype", object)).kind
    labelled = shape == (len(moments),) or (len(shape) == 2 and shape == (len(moments), 1))
    return labelled and (kind in "SUObiu" or is_stimulus or "BehavioralEvents" in _kinds(item.parent))


def _of_events(series: Any, path: str, source: str) -> Trials:
    moments = stored(series.timestamps, f"'{path}/timestamps'", source).astype(float)
    columns: dict[str, Any] = {"start_time": moments}
    data = getattr(series, "data", None)
    if data is not None and len(data) == moments.size:
        values = stored(data, f"'{path}/data'", source).reshape(moments.size, -1)[:, 0]
        columns["label"] = _words(values, getattr(series, "labels", None))
    return Trials(path, columns, np.arange(moments.size), moments, None)


def _words(values: np.ndarray, labels: Any) -> np.ndarray:
    """Labels as text: words of a list of labels where the values number them."""
    if labels is not None and values.dtype.kind in "iu" and values.size and values.max() < len(labels):
        return np.asarray(labels[:]).astype(str)[values]
    if values.dtype.kind in "SO":
        return np.array([v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values])
    return values


def _first(columns: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((columns[name] for name in names if name in columns), None)


def _numbers(values: Any) -> np.ndarray | None:
    """Times as floats; None where they are none."""
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "iuf":
        return None
    return values.astype(float)


def listed_tables(tables: Mapping[str, Any]) -> str:
    """Names, numbers of rows and columns of tables, for a message."""
    texts = []
    for name, table in tables.items():
        own = [column for column in table.colnames if column not in (*START, STOP, "tags", "timeseries")]
        texts.append(f"'{name}' ({len(table.id)} rows{': ' if own else ''}{some(own, 6)})")
    return "; ".join(texts)


def _no_trials(
    nwb: Any, source: str, trials: str, tables: Mapping[str, Any], events: Mapping[str, Any], hits: int
) -> str:
    units = 0 if nwb.units is None else len(nwb.units.id)
    full = {name: table for name, table in tables.items() if len(table.id)}
    what = "no trials in" if trials in tables else "no"
    lines = [f"{source} has {units} units but {what} table '{trials}' of trials, so no conditions."]
    if hits > 1:
        lines = [f"`trials={trials!r}` names {hits} series of events in {source}; give a whole path."]
    lines.append(f"Tables of intervals found: {listed_tables(full) or 'none'}.")
    if events:
        names = [f"'{path}' ({len(series.timestamps)})" for path, series in events.items()]
        lines.append(f"Series of events found: {some(names)}.")
    lines.append(_next_call(source, full, events))
    return " ".join(lines)


def _next_call(source: str, tables: Mapping[str, Any], events: Mapping[str, Any]) -> str:
    best = max(tables, key=lambda name: len(tables[name].id), default=None)
    if best is not None:
        column = _likely_condition(columns_of(tables[best], source))
        window = "" if STOP in tables[best].colnames else ", window=(0, 0.5)"
        return (
            f'Name the table that holds the trials: read_recording("{source}", trials="{best}", condition="{column}"'
            f"{window})."
        )
    if events:
        path = next(iter(events))
        return (
            "Name the series that holds the moments of trials: "
            f'read_recording("{source}", trials="{path}", condition="label", window=(0, 0.5)).'
        )
    return (
        "Add trials with a column for the condition (pynwb: nwb.add_trial_column, nwb.add_trial), and read the file "
        "again."
    )


def _likely_condition(columns: Mapping[str, Any]) -> str:
    """The column of labels that repeat: of text rather than numbers, with few different values."""
    kinds = {}
    for name, column in columns.items():
        if name not in (*START, STOP) and isinstance(column, np.ndarray) and column.ndim == 1:
            known = [str(value) for value in column.tolist()]
            kinds[name] = (
                len(set(known)) > len(known) / 2 or len(set(known)) < 2,
                column.dtype.kind != "U",
                len(set(known)),
            )
    return min(kinds, key=kinds.__getitem__, default="COLUMN")
