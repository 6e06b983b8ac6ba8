"""Trials of a cell array (MATLAB, FieldTrip) become one array."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.assembly.axes import LATENCY, TRIAL

CLOCK = 6  # decimals of a second in which times of different trials agree


def stacked(activity: Any, latency: Any, source: str) -> tuple[np.ndarray, Any, dict[int, str]]:
    """Trials (an array each) as one array with the trial first, the latencies they share, and the axes that this tells.

    Cells of equal size tell no axis by themselves: each may be a trial, or a channel. Where trials have times of their
    own, cells are trials; where they differ in length, the axis that does is the latencies'.

    Parameters
    ----------
    activity : one array per trial, (channel,) or (channel, time) or (time, channel), all of as many channels.
    latency : None, the times of all trials, or one array of times per trial. Trials of different lengths are kept
        where all have a time; without times of their own, from their first sample as long as the shortest lasts,
        with a warning.

    Raises
    ------
    InputError : trials differ in more than one axis, or share no time, or are not numbers.

    Examples
    --------
    >>> trials = [np.zeros((3, 4)), np.ones((3, 5))]
    >>> array, times, known = stacked(trials, [np.arange(4) / 10, np.arange(5) / 10], "x.mat")
    >>> array.shape, times.tolist(), known
    ((2, 3, 4), [0.0, 0.1, 0.2, 0.3], {0: 'trial', 2: 'latency'})
    """
    trials = [np.squeeze(_numbers(trial, n, source)) for n, trial in enumerate(activity)]
    trials = _one_channel_kept(trials)
    shapes = sorted({trial.shape for trial in trials})
    if len(shapes) == 1:
        return np.stack(trials), _common(latency), {0: TRIAL} if _per_trial(latency, len(trials)) else {}
    axis = _uneven_axis(shapes, source)
    known = {0: TRIAL, axis + 1: LATENCY}
    if _per_trial(latency, len(trials)):
        return *_where_all_have_times(trials, [np.ravel(times) for times in latency], axis, source), known
    shortest = min(trial.shape[axis] for trial in trials)
    longest = max(trial.shape[axis] for trial in trials)
    warn(
        f"Trials in {source} last {shortest} to {longest} samples; the first {shortest} of each are kept. To align "
        "them otherwise, give the times of each trial as `latency`."
    )
    times = None if latency is None else np.ravel(np.asarray(latency, dtype=float))[:shortest]
    return np.stack([_cut(trial, slice(shortest), axis) for trial in trials]), times, known


def _numbers(trial: Any, n: int, source: str) -> np.ndarray:
    array = np.asarray(trial.toarray() if hasattr(trial, "toarray") else trial)
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"Activity kept trial by trial needs an array of real numbers for each; trial {n} (counted from 0) in "
            f"{source} holds {array.dtype if array.dtype != object else type(trial).__name__}."
        )
    return array


def _one_channel_kept(trials: list[np.ndarray]) -> list[np.ndarray]:
    """Trials with the axis of a single channel restored, where they differ in length; squeezing took it away."""
    uneven = len({trial.shape for trial in trials}) > 1 and all(trial.ndim <= 1 for trial in trials)
    return [trial.reshape(1, -1) for trial in trials] if uneven else trials


def _uneven_axis(shapes: list[tuple[int, ...]], source: str) -> int:
    sizes_of = ", ".join("x".join(map(str, shape)) for shape in shapes[:4]) + (", ..." if len(shapes) > 4 else "")
    axes = [axis for axis, sizes in enumerate(zip(*shapes, strict=False)) if len(set(sizes)) > 1]
    if len({len(shape) for shape in shapes}) > 1 or len(axes) != 1 or min(map(min, shapes)) == 0:
        raise InputError(
            f"Trials need the same channels and may differ in length only; in {source} they are {sizes_of}. Leave out "
            "the trials that are empty or of another recording."
        )
    return axes[0]


def _per_trial(latency: Any, trials: int) -> bool:
    return latency is not None and len(latency) == trials and np.size(latency[0]) > 1


def _common(latency: Any) -> Any:
    """The latencies of trials of equal length, as one array; trials that have times of their own need equal ones."""
    if latency is None or np.ndim(latency[0]) == 0:
        return latency
    rows = [np.ravel(np.asarray(times, dtype=float)) for times in latency]
    same = all(row.shape == rows[0].shape and np.allclose(row, rows[0], atol=10.0**-CLOCK) for row in rows)
    if not same:
        raise InputError("Trials need the same times (`latency`); these have as many samples but different times.")
    return rows[0]


def _where_all_have_times(
    trials: list[np.ndarray], latency: list[np.ndarray], axis: int, source: str
) -> tuple[np.ndarray, np.ndarray]:
    wrong = [n for n, (trial, times) in enumerate(zip(trials, latency, strict=True)) if trial.shape[axis] != times.size]
    if wrong:
        n = wrong[0]
        raise InputError(
            f"Trial {n} (counted from 0) in {source} has {trials[n].shape[axis]} samples and {latency[n].size} times; "
            "`latency` needs one time per sample."
        )
    rounded = [np.round(times.astype(float), CLOCK) for times in latency]
    shared = rounded[0]
    for times in rounded[1:]:
        shared = np.intersect1d(shared, times)
    if not shared.size:
        raise InputError(f"The trials in {source} share no time (`latency`). Sample them at the same times first.")
    cuts = [_cut(t, np.isin(times, shared), axis) for t, times in zip(trials, rounded, strict=True)]
    return np.stack(cuts), shared


def _cut(trial: np.ndarray, where: Any, axis: int) -> np.ndarray:
    return trial[where] if axis == 0 else trial[:, where]
