"""A learning axis from the order of trials, and folds from alternating trials, where a recording has neither."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, with_history
from neurouniv.systems.recordings.check import check_recording


def learning_axis(rec: xr.Dataset, windows: int = 6, folds: int = 4) -> xr.Dataset:
    """`rec` with `session` = window of trials and `run` = fold, for a recording of one session.

    Parameters
    ----------
    rec : recording, its trials in the order they were made.
    windows : how many windows of equal numbers of trials (1 ... windows; they differ by one trial at most).
    folds : how many folds (1 ... folds); within each window and condition, trials go to them in turn.

    Raises
    ------
    InputError : `rec` has sessions already, or a condition has fewer than `folds` trials in a window.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(8))}, {"condition": ("trial", list("abab" * 2))})
    >>> out = learning_axis(rec, windows=2, folds=2)
    >>> out.session.values.tolist(), out.run.values.tolist()
    ([1, 1, 1, 1, 2, 2, 2, 2], [1, 1, 2, 2, 1, 1, 2, 2])
    """
    rec = check_recording(rec)
    _need_count(windows, 1, "windows")
    if "session" in rec.coords and np.unique(rec.session).size > 1:
        raise InputError(
            f"This recording has {np.unique(rec.session).size} sessions already, and they are its learning axis; "
            '`with_runs` makes folds only. For windows of trials instead: rec.drop_vars("session").'
        )
    trials = rec.sizes["trial"]
    if trials < windows:
        raise InputError(f"{windows} windows need at least as many trials; {trials} came. Ask for fewer windows.")
    window = np.repeat(np.arange(windows), [part.size for part in np.array_split(np.arange(trials), windows)]) + 1
    attrs = {"units": "windows", "long_name": f"window of about {trials / windows:g} trials"}
    rec = rec.assign_coords(session=("trial", window, attrs))
    return with_history(_folded(rec, folds, "window"), "learning_axis", windows=windows, folds=folds)


def with_runs(rec: xr.Dataset, folds: int = 4) -> xr.Dataset:
    """`rec` with `run` = fold (1 ... folds): within each session and condition, trials go to the folds in turn.

    Raises
    ------
    InputError : a condition has fewer than `folds` trials in a session.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(4))}, {"condition": ("trial", list("abab"))})
    >>> with_runs(rec, folds=2).run.values.tolist()
    [1, 1, 2, 2]
    """
    return with_history(_folded(check_recording(rec), folds, "session"), "with_runs", folds=folds)


def _folded(rec: xr.Dataset, folds: int, part: str) -> xr.Dataset:
    _need_count(folds, 2, "folds")
    session = rec.session.values if "session" in rec.coords else np.ones(rec.sizes["trial"], dtype=int)
    sessions, s = np.unique(session, return_inverse=True)
    conditions, c = np.unique(rec.condition.values, return_inverse=True)
    cell = s * conditions.size + c
    count = np.bincount(cell, minlength=sessions.size * conditions.size)
    _need_enough(count.reshape(sessions.size, conditions.size), sessions, conditions, folds, part)
    order = np.argsort(cell, kind="stable")
    rank = np.empty_like(cell)
    rank[order] = np.arange(cell.size) - np.repeat(np.cumsum(count) - count, count)
    return rec.assign_coords(run=("trial", rank % folds + 1))


def _need_enough(count: np.ndarray, sessions: np.ndarray, conditions: np.ndarray, folds: int, part: str) -> None:
    short = np.argwhere(count < folds)
    if not len(short):
        return
    named = [f"'{conditions[c]}' in {part} {sessions[s]} ({count[s, c]})" for s, c in short[:5]]
    more = f" and {len(short) - 5} more" if len(short) > 5 else ""
    fewer = "windows or folds" if part == "window" else "folds"
    raise InputError(
        f"{folds} folds need {folds} trials of every condition in every {part}; fewer have {', '.join(named)}{more}. "
        f"Ask for fewer {fewer}, or leave these conditions out."
    )


def _need_count(value: int, least: int, name: str) -> None:
    if int(value) != value or value < least:
        raise InputError(f"`{name}` needs a whole number of at least {least}; {value!r} came.")
