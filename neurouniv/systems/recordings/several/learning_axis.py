"""A learning axis from the order of trials, and runs of alternating trials, where a recording has neither."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.quantities import need_whole
from neurouniv.renamed import renamed
from neurouniv.schema import InputError, with_history
from neurouniv.systems.recordings.checks.check import check_recording


@renamed(folds="runs")
@public
def learning_axis(rec: xr.Dataset, windows: int = 6, runs: int = 4) -> xr.Dataset:
    """`rec` with `session` = window of trials and `run` of alternating trials, for a recording of one session.

    Parameters
    ----------
    rec : recording, its trials in the order they were made; of several subjects, the windows are of each subject's.
    windows : how many windows of equal numbers of trials (1 ... windows; they differ by one trial at most).
    runs : how many runs (1 ... runs); within each window and condition, trials go to them in turn.

    Raises
    ------
    InputError : `rec` has sessions already, or a condition has fewer than `runs` trials in a window.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(8))}, {"condition": ("trial", list("abab" * 2))})
    >>> out = learning_axis(rec, windows=2, runs=2)
    >>> out.session.values.tolist(), out.run.values.tolist()
    ([1, 1, 1, 1, 2, 2, 2, 2], [1, 1, 2, 2, 1, 1, 2, 2])
    """
    rec = check_recording(rec)
    need_whole(windows, "windows")
    if "session" in rec.coords and np.unique(rec.session).size > 1:
        raise InputError(
            f"This recording has {np.unique(rec.session).size} sessions already, and they are its learning axis; "
            '`with_runs` makes runs only. For windows of trials instead: rec.drop_vars("session").'
        )
    subjects = _codes(rec, "subject")
    window = np.empty(rec.sizes["trial"], dtype=int)
    for subject in np.unique(subjects):
        here = np.flatnonzero(subjects == subject)
        if here.size < windows:
            raise InputError(f"{windows} windows need at least as many trials; got {here.size}. Ask for fewer windows.")
        for number, part in enumerate(np.array_split(here, windows), start=1):
            window[part] = number
    size = rec.sizes["trial"] / (windows * np.unique(subjects).size)
    attrs = {"units": "windows", "long_name": f"window of about {size:g} trials"}
    rec = rec.assign_coords(session=("trial", window, attrs))
    return with_history(_in_runs(rec, runs, "window"), "learning_axis", windows=windows, runs=runs)


@renamed(folds="runs")
@public
def with_runs(rec: xr.Dataset, runs: int = 4) -> xr.Dataset:
    """`rec` with `run` (1 ... runs): within each session (of a subject) and condition, trials take turns.

    Raises
    ------
    InputError : a condition has fewer than `runs` trials in a session.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(4))}, {"condition": ("trial", list("abab"))})
    >>> with_runs(rec, runs=2).run.values.tolist()
    [1, 1, 2, 2]
    """
    return with_history(_in_runs(check_recording(rec), runs, "session"), "with_runs", runs=runs)


def _in_runs(rec: xr.Dataset, runs: int, part: str) -> xr.Dataset:
    need_whole(runs, "runs", least=2)
    conditions, c = np.unique(rec.condition.values, return_inverse=True)
    block = _codes(rec, "subject", "session")
    cell = block * conditions.size + c
    count = np.bincount(cell, minlength=(block.max() + 1) * conditions.size)
    _need_enough(rec, count.reshape(-1, conditions.size), block, conditions, runs, part)
    order = np.argsort(cell, kind="stable")
    rank = np.empty_like(cell)
    rank[order] = np.arange(cell.size) - np.repeat(np.cumsum(count) - count, count)
    return rec.assign_coords(run=("trial", rank % runs + 1))


def _codes(rec: xr.Dataset, *names: str) -> np.ndarray:
    """One number from 0 for every different combination of labels of the trials."""
    code = np.zeros(rec.sizes["trial"], dtype=np.int64)
    for name in names:
        if name in rec.coords and rec[name].dims == ("trial",):
            code_of_name = np.unique(rec[name].values, return_inverse=True)[1]
            code = np.unique(code * (code_of_name.max() + 1) + code_of_name, return_inverse=True)[1]
    return code


def _need_enough(
    rec: xr.Dataset, count: np.ndarray, block: np.ndarray, conditions: np.ndarray, runs: int, part: str
) -> None:
    """Enough trials in each block (block, condition); a session may lack a condition, a window of our making not."""
    short = np.argwhere((count < runs) & ((count > 0) | (part == "window")))
    if not len(short):
        return
    named = [f"'{conditions[c]}' in {_place(rec, block, b, part)} ({count[b, c]})" for b, c in short[:5]]
    more = f" and {len(short) - 5} more" if len(short) > 5 else ""
    fewer = "windows or runs" if part == "window" else "runs"
    raise InputError(
        f"{runs} runs need {runs} trials of every condition in every {part}; fewer have {', '.join(named)}{more}. "
        f"Ask for fewer {fewer}, or leave these conditions out."
    )


def _place(rec: xr.Dataset, block: np.ndarray, number: int, part: str) -> str:
    trial = int(np.argmax(block == number))
    labels = {n: rec[n].values[trial] for n in ("session", "subject") if n in rec.coords and rec[n].dims == ("trial",)}
    return f"{part} {labels.get('session', 1)}" + (f" of {labels['subject']}" if "subject" in labels else "")
