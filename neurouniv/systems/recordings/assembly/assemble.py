"""Fields of a file and a mapping become a recording: orientation, labels, what is kept, rows averaged into trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.assembly.cells import stacked
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.assembly.kept import kept_rows
from neurouniv.systems.recordings.assembly.left_out import with_channels, with_event
from neurouniv.systems.recordings.assembly.mapped import Mapped
from neurouniv.systems.recordings.assembly.nested import flattened
from neurouniv.systems.recordings.assembly.rows import one_row_per_trial
from neurouniv.systems.recordings.assembly.targets import TARGETS, target_column, with_field_named
from neurouniv.systems.recordings.checks.check import check_recording, need_latencies, tidy_labels
from neurouniv.systems.recordings.help.mapping_help import how_to_map

COLUMNS = ("condition", "subject", "session", "run", "trial")
SETTINGS = (*COLUMNS, TARGETS, "activity", "latency", "channel", "units", "keep", "keep_channels", "missing")
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
    mapping = flattened(fields, mapping)
    mapped = Mapped(fields, mapping)
    condition, activity = mapped.column("condition"), mapped.value("activity")
    if condition is None or activity is None:
        raise InputError(how_to_map(fields, mapping, condition is None))
    rows = condition.size
    activity, latency = _activity(mapped, activity)
    activity = oriented(activity, rows, None if latency is None else latency.size)
    columns = _columns(mapped, condition, rows)
    kept = kept_rows(fields, mapping.get("keep"), rows)
    kept = with_event(fields, kept, columns["condition"])
    if not kept.all():
        columns = {name: column[kept] for name, column in columns.items()}
        activity = activity[np.flatnonzero(kept)]
    activity, columns = one_row_per_trial(activity, columns)
    rec = with_field_named(_labelled(mapped, activity, columns, latency), mapped)
    rec = with_channels(rec, mapping.get("keep_channels"), fields.source)
    return check_recording(rec, mapping.get("missing", "raise"))


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
        raise InputError(f"Activity needs to be real numbers; got type {activity.dtype}. {CHECK}")
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


def _activity(mapped: Mapped, activity: Any) -> tuple[Any, np.ndarray | None]:
    """Activity as one array and its latencies, from one array or from one for each trial."""
    activity, has_latency = as_array(activity), mapped.mapping.get("latency") is not None
    latency = mapped.value("latency") if activity.ndim != 2 or has_latency else None
    if activity.dtype == object and activity.ndim == 1 and any(np.ndim(trial) > 0 for trial in activity):
        activity, latency = stacked(activity, latency, mapped.fields.source)
    return activity, _seconds(latency) if (has_latency or activity.ndim == 3) and latency is not None else None


def _columns(mapped: Mapped, condition: np.ndarray, rows: int) -> dict[str, np.ndarray]:
    """The labels of rows; `recorded` (row, channel) is one of them."""
    columns = {"condition": tidy_labels(condition)}
    for name in COLUMNS[1:]:
        column = mapped.column(name, rows)
        if column is not None:
            columns[name] = tidy_labels(column) if name == "subject" else column
    columns |= target_column(mapped, rows)
    if "recorded" in mapped.fields.given:
        columns["recorded"] = np.asarray(mapped.fields.given["recorded"], dtype=bool)
    return columns


def _seconds(value: Any) -> np.ndarray:
    try:
        latency = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"`latency` needs times in seconds; got {np.asarray(value).dtype}.") from error
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
    mapped: Mapped, activity: np.ndarray, columns: Mapping[str, np.ndarray], latency: np.ndarray | None
) -> xr.Dataset:
    fields, channel = mapped.fields, mapped.value("channel")
    if channel is None:
        channel = np.arange(activity.shape[1])
    if np.size(channel) != activity.shape[1]:
        raise InputError(f"`channel` has {np.size(channel)} values for {activity.shape[1]} channels.")
    coords: dict[str, Any] = {
        name: (("trial", "channel")[: column.ndim], column) for name, column in columns.items()
    } | {"channel": np.ravel(channel)}
    coords |= {name: ("channel", np.ravel(values)) for name, values in fields.channel_coords.items()}
    if latency is not None:
        coords["latency"] = ("latency", latency, {"units": "s"})
    dims = ("trial", "channel", "latency")[: activity.ndim]
    units = mapped.mapping.get("units") or fields.units or "arbitrary"
    variables: dict[str, Any] = {"activity": (dims, activity, {"units": units})}
    variables |= {} if fields.residuals is None else {"residuals": fields.residuals}
    return xr.Dataset(variables, coords, _attributes(fields))


def _attributes(fields: Fields) -> dict[str, Any]:
    """What is known of the recording as a whole."""
    whole = {name: fields.given[name] for name in ("subject", "started") if np.size(fields.given.get(name, ())) == 1}
    return dict(fields.attrs) | {name: str(np.ravel(value)[0]) for name, value in whole.items()}
