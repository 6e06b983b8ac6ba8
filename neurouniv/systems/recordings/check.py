"""The check at the door of every recording: dimensions, labels, missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, need_dims, need_variables

REMEDY = "`neurouniv.read_recording` makes a recording from a file."
MISSING = ("raise", "drop_trials", "drop_channels")
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
    rec : Dataset with `activity` and the trial coordinate `condition`; `session` (numbers) and `run` where known.
    missing : what to do where activity is NaN or infinite: "raise", "drop_trials" or "drop_channels".

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
    rec = _numbered_sessions(rec)
    _need_runs(rec)
    if "trial" not in rec.coords:
        rec = rec.assign_coords(trial=np.arange(rec.sizes["trial"]))
    return _without_missing(_as_float(rec), missing)


def _need_conditions(labels: np.ndarray) -> None:
    absent = np.flatnonzero(labels == "")
    if absent.size:
        raise InputError(
            f"Every trial needs a condition; {absent.size} of {labels.size} have none (trials {_some(absent)}, "
            "counted from 0). Label them in the file, or leave them out with "
            '`keep=("field", lowest, highest)`.'
        )
    if np.unique(labels).size < 2:
        found = f"all {labels.size} trials are '{labels[0]}'" if labels.size else "there is no trial"
        raise InputError(f"A recording needs at least two conditions; {found}. Check the field given as `condition`.")


def _numbered_sessions(rec: xr.Dataset) -> xr.Dataset:
    if "session" not in rec.variables:
        return rec
    try:
        session = np.asarray(rec.session.values, dtype=float)
    except (TypeError, ValueError):
        session = np.full(rec.session.shape, np.nan)
    bad = np.flatnonzero(~np.isfinite(session).ravel())
    if bad.size:
        value = np.ravel(rec.session.values)[bad[0]]
        raise InputError(
            f"Sessions need to be numbers in the order of learning (days, 1 2 3 ...); {bad.size} of {session.size} "
            f"are not, the first is {value!r} (trial {bad[0]}). Number them in the file."
        )
    whole = (session == np.round(session)).all()
    return rec.assign_coords(session=(rec.session.dims, session.astype(int) if whole else session, rec.session.attrs))


def _need_runs(rec: xr.Dataset) -> None:
    if "run" not in rec.variables:
        return
    bad = np.flatnonzero(tidy_labels(rec.run.values) == "")
    if bad.size:
        raise InputError(
            f"Every trial needs a run where runs are given; {bad.size} of {rec.run.size} have none "
            f"(trials {_some(bad)}). Fill them in the file, or read it without `run`."
        )


def _as_float(rec: xr.Dataset) -> xr.Dataset:
    if rec.activity.dtype.kind == "f":
        return rec
    if rec.activity.dtype.kind not in "iub":
        raise InputError(
            f"Activity needs to be real numbers; type {rec.activity.dtype} came. Check the field given as `activity`."
        )
    return rec.assign(activity=rec.activity.astype(float))


def _without_missing(rec: xr.Dataset, missing: str) -> xr.Dataset:
    if missing not in MISSING:
        raise InputError(f"`missing` is one of {MISSING}; {missing!r} came.")
    bad = ~np.isfinite(rec.activity)
    count = int(bad.sum())
    if not count:
        return rec
    by_trial, by_channel = (bad.any([d for d in bad.dims if d != dim]).values for dim in ("trial", "channel"))
    if missing == "raise":
        raise InputError(
            f"Activity needs a finite value everywhere; {count} of {bad.size} are NaN or infinite, in "
            f"{by_trial.sum()} of {by_trial.size} trials ({_some(np.flatnonzero(by_trial))}, counted from 0) and "
            f"{by_channel.sum()} of {by_channel.size} channels ({_some(rec.channel.values[by_channel])}). "
            'Mend the file, or give `missing="drop_trials"` or `missing="drop_channels"`.'
        )
    dim, where = ("trial", by_trial) if missing == "drop_trials" else ("channel", by_channel)
    if where.all():
        raise InputError(f'`missing="{missing}"` would drop every {dim}: each has a NaN. Mend the file.')
    return rec.isel({dim: ~where})


def _some(values: np.ndarray, most: int = 5) -> str:
    """The first few of `values` as text."""
    return ", ".join(str(v) for v in values[:most].tolist()) + (", ..." if len(values) > most else "")
