"""Fields of a file and a mapping become a recording: orientation, labels, what is kept, rows averaged into trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.axes import (
    CHANNEL,
    LATENCY,
    NOTHING,
    ROLES,
    TRIAL,
    Words,
    axes_as_said,
    axes_by_length,
    oriented,
    roles_of,
)
from neurouniv.systems.recordings.assembly.cells import stacked
from neurouniv.systems.recordings.assembly.fields import Fields, as_array
from neurouniv.systems.recordings.assembly.kept import kept_rows
from neurouniv.systems.recordings.assembly.left_out import with_channels, with_event
from neurouniv.systems.recordings.assembly.mapped import Mapped
from neurouniv.systems.recordings.assembly.named_dims import (
    dims_of,
    field_of,
    known_axes,
    labels_of_channels,
    need_on,
    tell_other_dimension,
)
from neurouniv.systems.recordings.assembly.nested import flattened
from neurouniv.systems.recordings.assembly.rows import one_row_per_trial
from neurouniv.systems.recordings.assembly.targets import TARGETS, target_column, with_field_named
from neurouniv.systems.recordings.checks.check import check_recording
from neurouniv.systems.recordings.checks.labels import tidied
from neurouniv.systems.recordings.checks.latencies import latencies_in_s
from neurouniv.systems.recordings.help.mapping_help import how_to_map

COLUMNS = ("condition", "subject", "session", "run", "trial")
SETTINGS = (*COLUMNS, TARGETS, "activity", "latency", "channel", "dims", "units", "keep", "keep_channels", "missing")
CHECK = "Check the field given as `activity`."


def assemble(fields: Fields, mapping: Mapping[str, Any]) -> xr.Dataset:
    """The recording that `mapping` describes in `fields`.

    A value of `mapping` is the name of a field (text) or the values themselves. What is not mapped is looked for
    under its own name, and `run` under "repeat" too. Axes of activity are told by the names of dimensions where the
    file has some, otherwise by `dims` or their lengths. Rows that share a `trial` (and session) are averaged.

    Raises
    ------
    InputError : no condition or activity can be told, lengths do not match or fit several readings, or the door check
        fails.
    """
    mapping = flattened(fields, mapping)
    mapped = Mapped(fields, mapping)
    condition, activity = mapped.column("condition"), mapped.value("activity")
    if condition is None or activity is None:
        raise InputError(how_to_map(fields, mapping, condition is None))
    if condition.size == 1:
        raise InputError(
            f"A recording needs at least two conditions, and `condition` one value for each trial; of {fields.source} "
            f"it is one value, '{condition[0]}'. Name the field that says the condition of each trial."
        )
    rows = condition.size
    activity, latency, known = _activity(mapped, activity)
    axes = _axes(mapped, activity.shape, rows, None if latency is None else latency.size, known)
    activity = oriented(activity, axes.roles)
    columns = _columns(mapped, condition, rows, axes.dim(TRIAL))
    mask = kept_rows(fields, mapping.get("keep"), rows)
    mask = with_event(fields, mask, columns["condition"])
    if not mask.all():
        columns = {name: column[mask] for name, column in columns.items()}
        activity = activity[np.flatnonzero(mask)]
    activity, columns = one_row_per_trial(activity, columns)
    rec = with_field_named(_labelled(mapped, activity, columns, latency, axes.dim(CHANNEL)), mapped)
    rec = with_channels(rec, mapping.get("keep_channels"), fields.source)
    return check_recording(rec, mapping.get("missing", "raise"))


@dataclass(frozen=True)
class Axes:
    """The role of every axis of activity, and its name in the file, "" where it has none."""

    roles: tuple[str, ...]
    names: tuple[str, ...]

    def dim(self, role: str) -> str:
        """The name of the only axis that has a role."""
        names = [name for of_axis, name in zip(self.roles, self.names, strict=False) if of_axis == role]
        return names[0] if len(names) == 1 else ""


def _activity(mapped: Mapped, activity: Any) -> tuple[Any, np.ndarray | None, dict[int, str]]:
    """Activity as one array, from one array or from one for each trial; its latencies; and which axes these tell."""
    activity, has_latency = as_array(activity), mapped.mapping.get("latency") is not None
    known: dict[int, str] = {}
    if activity.dtype.kind in "USTMmV":
        raise InputError(f"Activity needs to be real numbers; got type {activity.dtype}. {CHECK}")
    has_latency = has_latency or LATENCY in roles_of(mapped.mapping.get("dims", TRIAL))
    has_latency = has_latency or bool(set(dims_of(mapped, "latency")) & set(dims_of(mapped, "activity")) - {""})
    latency = mapped.value("latency") if activity.ndim != 2 or has_latency else None
    if activity.dtype == object and activity.ndim == 1 and any(np.ndim(trial) > 0 for trial in activity):
        activity, latency, known = stacked(activity, latency, mapped.fields.source)
    has_latency = activity.ndim > 2 or (has_latency and not _is_given(mapped, "activity"))
    if latency is None or not has_latency:
        return activity, None, known
    return activity, latencies_in_s(latency, mapped.fields.units_of.get(field_of(mapped, "latency") or "", "")), known


def _is_given(mapped: Mapped, word: str) -> bool:
    """Whether the reader worked it out itself."""
    return mapped.mapping.get(word) is None and word in mapped.fields.given


def _axes(mapped: Mapped, shape: tuple[int, ...], rows: int, latencies: int | None, known: dict[int, str]) -> Axes:
    """What the axes of activity are: as the reader has them, as `dims` says, by their names, or by their lengths."""
    dims, names, source = mapped.mapping.get("dims"), dims_of(mapped, "activity"), mapped.fields.source
    if _is_given(mapped, "activity"):
        if dims is not None:
            raise InputError(
                f"`dims` is for arrays whose axes have no names; those of {source} are known. Leave it out."
            )
        known = dict(enumerate(ROLES[: len(shape)]))
    elif len(names) == len(shape):
        known = known_axes(mapped, names, shape, rows)
    if dims is None:
        axes = Axes(axes_by_length(shape, rows, latencies, known, source, _words(mapped, names)), names)
        tell_other_dimension(mapped, names, axes.roles)
        return axes
    roles = axes_as_said(dims, shape, rows, latencies)
    wrong = [axis for axis, role in known.items() if roles[axis] != role]
    if wrong:
        axis = wrong[0]
        raise InputError(
            f'`dims` says that axis {axis} of the activity is "{roles[axis]}"; in {source} it is "{known[axis]}"'
            f"{f', the dimension {names[axis]!r}' if names else ''}. Leave `dims` out."
        )
    return Axes(roles, names)


def _words(mapped: Mapped, names: tuple[str, ...]) -> Words:
    """The names of dimensions for a message, and the one among them that has values, which may be the times."""
    if not any(names):
        return NOTHING
    values = {name: as_array(mapped.fields.tree[name]) for name in names if name in mapped.fields.tree}
    timed = [name for name, own in values.items() if own.ndim == 1 and own.dtype.kind in "iufm"]
    condition = dims_of(mapped, "condition")
    along = [dim for dim in names if dim and (dim,) != condition and dim.startswith("time")]
    of_times = mapped.fields.dims.items()
    timed += [field for field, dims in of_times if dims in [(d,) for d in along] and _is_rising(mapped.fields[field])]
    shown = f" ({', '.join(name or 'no name' for name in names)})"
    return Words(shown, f': latency="{timed[0]}"?' if timed else "")


def _is_rising(values: np.ndarray) -> bool:
    return values.dtype.kind in "iufm" and values.size > 1 and bool((np.diff(values) > np.zeros(1, values.dtype)).all())


def _columns(mapped: Mapped, condition: np.ndarray, rows: int, trial_dim: str) -> dict[str, np.ndarray]:
    """The labels of rows; `recorded` (row, channel) is one of them."""
    columns = {"condition": tidied(condition, "condition")}
    for name in COLUMNS[1:]:
        column = mapped.column(name, rows) if need_on(mapped, name, trial_dim, "trials") else None
        if column is not None:
            columns[name] = tidied(column, name) if name == "subject" else column
    if need_on(mapped, TARGETS, trial_dim, "trials"):
        columns |= target_column(mapped, rows)
    if "recorded" in mapped.fields.given:
        columns["recorded"] = np.asarray(mapped.fields.given["recorded"], dtype=bool)
    return columns


def _labelled(
    mapped: Mapped, activity: np.ndarray, columns: Mapping[str, np.ndarray], latency: np.ndarray | None, dim: str
) -> xr.Dataset:
    """The recording; `dim` is the dimension of channels in the file."""
    fields, channel = mapped.fields, mapped.value("channel") if need_on(mapped, "channel", dim, "channels") else None
    labels = {**labels_of_channels(fields, dim), **fields.channel_coords}
    if channel is None:
        channel = labels.pop(dim, np.arange(activity.shape[1]))
    if np.size(channel) != activity.shape[1]:
        raise InputError(f"`channel` has {np.size(channel)} values for {activity.shape[1]} channels.")
    coords: dict[str, Any] = {
        name: (("trial", "channel")[: column.ndim], column) for name, column in columns.items()
    } | {"channel": np.ravel(channel)}
    coords |= {name: ("channel", np.ravel(values)) for name, values in labels.items()}
    if latency is not None:
        coords["latency"] = ("latency", latency, {"units": "s"})
    dims = ROLES[: activity.ndim]
    own_units = fields.units_of.get(field_of(mapped, "activity") or "")
    units = mapped.mapping.get("units") or own_units or fields.units or "arbitrary"
    variables: dict[str, Any] = {"activity": (dims, activity, {"units": units})}
    variables |= {} if fields.residuals is None else {"residuals": fields.residuals}
    return xr.Dataset(variables, coords, _attributes(fields))


def _attributes(fields: Fields) -> dict[str, Any]:
    """What is known of the recording as a whole."""
    whole = {name: fields.given[name] for name in ("subject", "started") if np.size(fields.given.get(name, ())) == 1}
    return dict(fields.attrs) | {name: str(np.ravel(value)[0]) for name, value in whole.items()}
