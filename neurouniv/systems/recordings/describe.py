"""A recording on one screen."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.systems.recordings.check import check_recording

ROWS, COLUMNS, NAME = 12, 10, 20


def describe(rec: xr.Dataset) -> str:
    """One screen of text: trials per condition and session, channels, time axis, runs, missing values.

    Parameters
    ----------
    rec : recording, see `neurouniv.systems.recordings.check.check_recording`, which raises what is wrong.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(4))}, {"condition": ("trial", list("abab"))})
    >>> print(describe(rec))
    4 trials, 4 channels, 2 conditions
    activity: 0 to 1 arbitrary, mean 0.25; no missing values
    sessions: none
    runs: none
    time within the trial: none
    trials per condition
      a     2
      b     2
    """
    rec = check_recording(rec)
    values = rec.activity.values
    units = rec.activity.attrs.get("units", "arbitrary")
    conditions = _in_order(np.unique(rec.condition.values))
    return "\n".join(
        [
            f"{rec.sizes['trial']} trials, {rec.sizes['channel']} channels, {conditions.size} conditions",
            f"activity: {values.min():.4g} to {values.max():.4g} {units}, mean {values.mean():.4g}; no missing values",
            f"sessions: {_distinct(rec, 'session')}",
            f"runs: {_distinct(rec, 'run')}",
            f"time within the trial: {_latencies(rec)}",
            *_table(rec, conditions),
        ]
    )


def _distinct(rec: xr.Dataset, name: str) -> str:
    if name not in rec.coords:
        return "none"
    found = np.unique(rec[name].values)
    return f"{found.size} ({found[0]})" if found.size == 1 else f"{found.size} ({found[0]} ... {found[-1]})"


def _latencies(rec: xr.Dataset) -> str:
    if "latency" not in rec.dims:
        return "none"
    latency = rec.latency.values
    return f"{latency.size} latencies from {latency[0]:.4g} to {latency[-1]:.4g} s"


def _table(rec: xr.Dataset, conditions: np.ndarray) -> list[str]:
    """Trials per condition, and per session where there are sessions; long tables are cut and say so."""
    session = rec.session.values if "session" in rec.coords else np.zeros(rec.sizes["trial"], dtype=int)
    sessions, s = np.unique(session, return_inverse=True)
    c = (rec.condition.values[:, None] == conditions).argmax(1)
    count = np.zeros((conditions.size, sessions.size), dtype=int)
    np.add.at(count, (c, s), 1)
    shown = [name[:NAME] for name in conditions[:ROWS].tolist()]
    width = max(map(len, shown))
    head = [f"  {'':<{width}} " + _row(sessions)] if sessions.size > 1 else []
    lines = head + [f"  {name:<{width}} " + _row(row) for name, row in zip(shown, count, strict=False)]
    title = "trials per condition" + (" (rows) and session (columns)" if sessions.size > 1 else "")
    cut = [f"  ... {conditions.size - ROWS} more conditions"] if conditions.size > ROWS else []
    cut += [f"  ... {sessions.size - COLUMNS} more sessions"] if sessions.size > COLUMNS else []
    return [title, *lines, *cut]


def _row(values: np.ndarray) -> str:
    return " ".join(f"{value:>5}" for value in values[:COLUMNS])


def _in_order(names: np.ndarray) -> np.ndarray:
    """Names that are all numbers by size, others by the alphabet."""
    try:
        return names[np.argsort(names.astype(float))]
    except ValueError:
        return names
