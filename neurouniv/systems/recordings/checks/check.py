"""The check at the door of every recording: dimensions, labels, what was recorded, missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, need_dims, need_variables, some
from neurouniv.systems.recordings.assembly.fields import is_chunked
from neurouniv.systems.recordings.checks.dates import moments_of
from neurouniv.systems.recordings.checks.missing import without_missing
from neurouniv.systems.recordings.checks.session_days import with_days

REMEDY = "`neurouniv.read_recording` makes a recording from a file."
NO_LABEL = ("", "nan", "n/a", "NaN", "None", "<NA>", "NaT")


def tidy_labels(values: Any) -> np.ndarray:
    """Labels as strings, "45" for 45.0; a label that is missing (None, NaN, "", "n/a") becomes "".

    Examples
    --------
    >>> tidy_labels(np.array([45.0, 90.0, 0.1])).tolist()
    ['45', '90', '0.1']
    >>> tidy_labels(["car ", None, float("nan")]).tolist()
    ['car', '', '']
    """
    labels = [_tidy(value) for value in np.asarray(values).ravel()]
    return np.array(labels, dtype=str)


def _tidy(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.item() if value.size == 1 else ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return np.format_float_positional(value, trim="-")
    text = str(value).strip()
    return "" if text in NO_LABEL else text


def check_recording(rec: xr.Dataset, missing: str = "raise") -> xr.Dataset:
    """`rec` in its tidy form: `activity` (trial, channel[, latency]), `condition` (trial) as strings.

    Parameters
    ----------
    rec : Dataset with `activity` and the trial coordinate `condition`; `subject` (text), `session` (numbers) and
        `run` where known; `recorded` (trial, channel), where a channel was recorded, if not throughout.
    missing : what to do where activity that was recorded is NaN or infinite: "raise"; "drop_trials" or
        "drop_channels"; or "not_recorded": channels with nothing but NaN in a session were not recorded in it.
        Chunked (dask) activity is not looked through by "raise": `trajectory` checks it in its one pass.

    Raises
    ------
    InputError : something of the above is absent or unusable; the message says what and where.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(2))}, {"condition": ("trial", [0.0, 45.0])})
    >>> check_recording(rec).condition.values.tolist()
    ['0', '45']
    """
    need_variables(rec, ("activity", "condition"), "A recording", REMEDY)
    need_dims(rec.activity, ("trial", "channel"), "A recording's activity", REMEDY)
    need_dims(rec.condition, ("trial",), "A recording's condition", REMEDY)
    rec = rec.assign(activity=rec.activity.transpose("trial", "channel", ...)).set_coords("condition")
    rec = rec.assign_coords(condition=("trial", tidy_labels(rec.condition.values), rec.condition.attrs))
    _need_conditions(rec.condition.values)
    _need_times(rec)
    rec = _numbered_sessions(rec)
    _need_labels(rec, "run")
    rec = _named_subjects(rec)
    if "trial" not in rec.coords:
        rec = rec.assign_coords(trial=np.arange(rec.sizes["trial"]))
    _need_different_trials(rec)
    return without_missing(_with_recorded(_as_float(rec)), missing)


def need_latencies(latency: np.ndarray) -> None:
    """Raise `InputError` unless times within the trial are finite and increase."""
    if not np.isfinite(latency).all():
        raise InputError(f"`latency` needs finite times in seconds; {np.sum(~np.isfinite(latency))} are not.")
    steps = np.diff(latency)
    if (steps <= 0).any():
        step = int(np.argmax(steps <= 0))
        raise InputError(
            f"`latency` needs strictly increasing times in seconds; {latency[step + 1]:g} follows {latency[step]:g}. "
            "Sort the samples by time, or mend the times in the file."
        )


def _need_times(rec: xr.Dataset) -> None:
    if "latency" not in rec.activity.dims:
        return
    if "latency" not in rec.coords:
        raise InputError(
            f"The {rec.sizes['latency']} latencies of the activity need their times: "
            "`rec.assign_coords(latency=[...])`, in seconds."
        )
    try:
        latency = rec.latency.values.astype(float)
    except (TypeError, ValueError) as error:
        raise InputError(f"`latency` needs times in seconds; got {rec.latency.dtype}.") from error
    need_latencies(latency)


def _need_conditions(labels: np.ndarray) -> None:
    absent = np.flatnonzero(labels == "")
    if absent.size:
        raise InputError(
            f"Every trial needs a condition; {absent.size} of {labels.size} have none (trials {some(absent)}, "
            "counted from 0). Label them in the file, or leave them out with "
            '`keep=("field", [values])` or `keep=("field", lowest, highest)`.'
        )
    if np.unique(labels).size < 2:
        problem = f"all {labels.size} trials are '{labels[0]}'" if labels.size else "there is no trial"
        raise InputError(f"A recording needs at least two conditions; {problem}. Check the field given as `condition`.")


def _numbered_sessions(rec: xr.Dataset) -> xr.Dataset:
    if "session" not in rec.variables:
        return rec
    rec = with_days(rec)
    session = _numbers(rec.session.values)
    bad = np.flatnonzero(~np.isfinite(session).ravel())
    if bad.size:
        value = np.ravel(rec.session.values)[bad[0]]
        raise InputError(
            f"Sessions need to be numbers in the order of learning (days, 1 2 3 ...) or dates (2024-01-30); {bad.size} "
            f"of {session.size} are not, the first is {str(value)!r} (trial {bad[0]}). Number them in the file."
        )
    whole = (session == np.round(session)).all()
    return rec.assign_coords(session=(rec.session.dims, session.astype(int) if whole else session, rec.session.attrs))


def _numbers(values: np.ndarray) -> np.ndarray:
    """`values` as numbers, NaN where one is none; dates, which are left where one of them is missing, count as some."""
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.nan, 0.0)
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return np.array([_number(value) for value in values.ravel().tolist()]).reshape(values.shape)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan if moments_of([value]) is None else 0.0


def _need_labels(rec: xr.Dataset, name: str) -> None:
    if name not in rec.variables:
        return
    bad = np.flatnonzero(tidy_labels(rec[name].values) == "")
    if bad.size:
        raise InputError(
            f"Every trial needs a {name} where {name}s are given; {bad.size} of {rec[name].size} have none "
            f"(trials {some(bad)}). Fill them in the file, or read it without `{name}`."
        )


def _named_subjects(rec: xr.Dataset) -> xr.Dataset:
    if "subject" not in rec.variables:
        return rec
    _need_labels(rec, "subject")
    return rec.assign_coords(subject=(rec.subject.dims, tidy_labels(rec.subject.values).reshape(rec.subject.shape)))


def _need_different_trials(rec: xr.Dataset) -> None:
    """Trial numbers may start again with every subject, session and run, and come once in each."""
    parts = [name for name in ("subject", "session", "run") if name in rec.variables and rec[name].dims == ("trial",)]
    number = np.zeros(rec.sizes["trial"], dtype=np.int64)
    for name in (*parts, "trial"):
        code = np.unique(rec[name].values, return_inverse=True)[1]
        number = np.unique(number * (code.max(initial=0) + 1) + code, return_inverse=True)[1]
    first = np.unique(number, return_index=True)[1]
    again = np.setdiff1d(np.arange(number.size), first)
    if again.size:
        row = int(again[0])
        where = ", ".join(f"{name} {rec[name].values[row]}" for name in parts)
        raise InputError(
            f"Every trial needs its own number; trial {rec.trial.values[row]} comes "
            f"{int((number == number[row]).sum())} times{' in ' + where if where else ''}, and {again.size} of "
            f"{number.size} trials are such repeats. If numbers start again with every session or run, give `session` "
            "or `run`; if a file was joined twice, drop the copies; `rec.assign_coords(trial=range(rec.trial.size))` "
            "numbers them anew."
        )


def _with_recorded(rec: xr.Dataset) -> xr.Dataset:
    """`recorded` as booleans (trial, channel), gone where everything was recorded."""
    if "recorded" not in rec.variables:
        return rec
    if set(rec.recorded.dims) != {"trial", "channel"} or rec.recorded.dtype.kind not in "bui":
        raise InputError(
            "`recorded` says, true or false, where each channel was recorded, (trial, channel); "
            f"got {rec.recorded.dtype} {rec.recorded.dims}."
        )
    recorded = rec.recorded.transpose("trial", "channel").astype(bool)
    recorded = recorded.compute() if is_chunked(recorded.data) else recorded
    silent = np.flatnonzero(~recorded.values.any(axis=1))
    if silent.size:
        raise InputError(
            f"Every trial needs a recorded channel; {silent.size} of {recorded.sizes['trial']} have none (trials "
            f"{some(silent)}, counted from 0). Drop them: `rec.isel(trial=rec.recorded.any('channel'))`."
        )
    rec = rec.drop_vars("recorded")
    return rec if recorded.values.all() else rec.assign_coords(recorded=recorded.variable)


def _as_float(rec: xr.Dataset) -> xr.Dataset:
    kind = rec.activity.dtype.kind
    if kind == "f":
        return rec
    if kind not in "iub":
        why = {"c": "Take its real part, or its power: abs(activity) ** 2.", "O": "It may be ragged, or hold text."}
        raise InputError(
            f"Activity needs to be real numbers; got type {rec.activity.dtype}. "
            + why.get(kind, "Check the field given as `activity`.")
        )
    return rec.assign(activity=rec.activity.astype(float))
