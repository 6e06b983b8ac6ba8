"""Fields of a file and a mapping become a recording: orientation, labels, what is kept, rows averaged into trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.assembly.cells import stacked
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.assembly.rows import kept_rows, one_row_per_trial
from neurouniv.systems.recordings.checks.check import check_recording, need_latencies, tidy_labels
from neurouniv.systems.recordings.help.mapping_help import how_to_map

COLUMNS = ("condition", "subject", "session", "run", "trial")
ALIASES = {"run": ("run", "repeat")}
SETTINGS = (*COLUMNS, "activity", "latency", "channel", "units", "keep", "missing")
LONGEST_LATENCY = 60.0
CHECK = "Check the field given as `activity`."


def assemble(fields: Fields, mapping: Mapping[str, Any]) -> xr.Dataset:
    """The recording that `mapping` describes in `fields`.

    A value of `mapping` is the name of a field (text) or the values themselves. What is not mapped is looked for
    under its own name, and `run` under "repeat" too. Rows that share a `trial` (and session) are averaged.

    Raises
    ------
    InputError : no condition or activity can be told, lengths do not match, or the door check fails.
    """
    condition = _column(fields, mapping, "condition")
    activity = _value(fields, mapping, "activity")
    if condition is None or activity is None:
        raise InputError(how_to_map(fields, mapping, condition is None))
    rows = condition.size
    activity, latency = _activity(fields, mapping, activity)
    activity = oriented(activity, rows, None if latency is None else latency.size)
    columns = _columns(fields, mapping, condition, rows)
    kept = kept_rows(fields, mapping.get("keep"), rows)
    if not kept.all():
        columns = {name: column[kept] for name, column in columns.items()}
        activity = activity[np.flatnonzero(kept)]
    activity, columns = one_row_per_trial(activity, columns)
    return check_recording(_labelled(fields, mapping, activity, columns, latency), mapping.get("missing", "raise"))


def oriented(activity: np.ndarray, rows: int, latencies: int | None) -> np.ndarray:
    """`activity` as (row, channel) or (row, channel, latency), from whatever order the file has.

    The first axis is the trials' if it has their length, otherwise the only axis that has. The latencies' axis is
    told by their number.

    Examples
    --------
    >>> oriented(np.zeros((5, 7, 30)), rows=30, latencies=5).shape
    (30, 7, 5)
    """
    shape = activity.shape
    if activity.dtype.kind in "USTMm":
        raise InputError(f"Activity needs to be real numbers; type {activity.dtype} came. {CHECK}")
    if activity.ndim == 1:
        activity = activity[:, None]
    axes = [axis for axis in range(activity.ndim) if activity.shape[axis] == rows]
    if not axes or (axes[0] != 0 and len(axes) > 1):
        raise InputError(
            f"Activity of shape {shape} has {'no' if not axes else 'more than one'} axis as long as the {rows} "
            "conditions, one per trial or row. Give the `condition` and the `activity` of the same trials."
        )
    activity = np.moveaxis(activity, axes[0], 0) if axes[0] else activity
    if latencies is None:
        if activity.ndim != 2:
            raise InputError(f"Activity of shape {shape} needs `latency`, the times in s of one of its axes.")
        return activity
    if activity.ndim == 2 and activity.shape[1] == latencies:  # MATLAB drops an axis of one channel
        return activity[:, None, :]
    if activity.ndim != 3 or latencies not in activity.shape[1:]:
        raise InputError(f"Activity of shape {shape} has no axis for the {latencies} latencies beside the trials'.")
    return activity if activity.shape[2] == latencies else activity.swapaxes(1, 2)


def _value(fields: Fields, mapping: Mapping[str, Any], name: str) -> Any:
    """What was mapped to `name`, or what the reader or the file calls so; None where there is nothing."""
    asked = mapping.get(name)
    if isinstance(asked, str):
        return fields[asked]
    if asked is not None:
        return as_array(asked)
    if name in fields.given:
        return fields.given[name]
    return next((fields[alias] for alias in ALIASES.get(name, (name,)) if alias in fields), None)


def _activity(fields: Fields, mapping: Mapping[str, Any], activity: Any) -> tuple[Any, np.ndarray | None]:
    """Activity as one array and its latencies, from one array or from one for each trial."""
    activity = as_array(activity)
    latency = _value(fields, mapping, "latency") if activity.ndim != 2 or mapping.get("latency") is not None else None
    if activity.dtype == object and activity.ndim == 1 and any(np.ndim(trial) > 0 for trial in activity):
        activity, latency = stacked(activity, latency, fields.source)
    needed = mapping.get("latency") is not None or activity.ndim == 3
    return activity, _seconds(latency) if needed and latency is not None else None


def _columns(fields: Fields, mapping: Mapping[str, Any], condition: np.ndarray, rows: int) -> dict[str, np.ndarray]:
    """The labels of rows; `recorded` (row, channel) is one of them."""
    columns = {"condition": tidy_labels(condition)}
    for name in COLUMNS[1:]:
        column = _column(fields, mapping, name, rows)
        if column is not None:
            columns[name] = tidy_labels(column) if name == "subject" else column
    if "recorded" in fields.given:
        columns["recorded"] = np.asarray(fields.given["recorded"], dtype=bool)
    return columns


def _column(fields: Fields, mapping: Mapping[str, Any], name: str, rows: int | None = None) -> np.ndarray | None:
    """One value per row; a single value for `subject`, `session` or `run` holds for all rows."""
    value = _value(fields, mapping, name)
    if value is None or (name == "subject" and name not in mapping and np.size(value) == 1):
        return None  # the one subject of a recording is an attribute of it
    if np.size(value) == 1 and rows is not None and name != "trial":
        value = np.full(rows, np.ravel(value)[0])
    column = np.squeeze(value) if np.size(value) > 1 else np.ravel(value)
    if column.ndim != 1:
        raise InputError(
            f"`{name}` needs one value per trial; shape {np.shape(value)} came from {fields.source}. One column of a "
            f'table: {name}="FIELD[:,0]", counted from 0.'
        )
    if rows is not None and column.size != rows:
        raise InputError(
            f"`{name}` has {column.size} values for {rows} conditions in {fields.source}; both need one value per "
            "trial or row."
        )
    return column.astype(np.int64) if column.dtype.kind in "iu" else column  # small unsigned types wrap around


def _seconds(value: Any) -> np.ndarray:
    try:
        latency = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"`latency` needs times in seconds; {np.asarray(value).dtype} came.") from error
    if latency.ndim == 2 and min(latency.shape) > 1:  # each trial its own, as FieldTrip keeps them
        if not np.allclose(latency, latency[0]):
            raise InputError("`latency` needs the same times in all trials; these differ from trial to trial.")
        latency = latency[0]
    latency = latency.ravel()
    need_latencies(latency)
    if np.abs(latency).max() > LONGEST_LATENCY:
        warn(
            f"Latencies run from {latency[0]:g} to {latency[-1]:g}; they are taken as seconds. If they are "
            "milliseconds, divide them by 1000 in the file."
        )
    return latency


def _labelled(
    fields: Fields, mapping: Mapping[str, Any], activity: np.ndarray, columns: Mapping[str, Any], latency: Any
) -> xr.Dataset:
    dims = ("trial", "channel", "latency")[: activity.ndim]
    channel = _value(fields, mapping, "channel")
    if channel is None:
        channel = np.arange(activity.shape[1])
    if np.size(channel) != activity.shape[1]:
        raise InputError(f"`channel` has {np.size(channel)} values for {activity.shape[1]} channels.")
    coords = {name: ("trial", "channel")[: column.ndim] for name, column in columns.items()}
    coords = {name: (dims_of, columns[name]) for name, dims_of in coords.items()} | {"channel": np.ravel(channel)}
    coords |= {name: ("channel", np.ravel(values)) for name, values in fields.channel_coords.items()}
    if latency is not None:
        coords["latency"] = ("latency", latency, {"units": "s"})
    units = mapping.get("units") or fields.units or "arbitrary"
    return xr.Dataset({"activity": (dims, activity, {"units": units})}, coords, _attributes(fields))


def _attributes(fields: Fields) -> dict[str, Any]:
    """What is known of the recording as a whole."""
    whole = {name: fields.given[name] for name in ("subject", "started") if np.size(fields.given.get(name, ())) == 1}
    return dict(fields.attrs) | {name: str(np.ravel(value)[0]) for name, value in whole.items()}
