"""Capabilities of a recording: which measures can be computed, and what the others need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurouniv.systems.recordings.checks.values import Values


@dataclass(frozen=True)
class Possible:
    """A measure or a time axis, whether there can be one, and why or how."""

    what: str
    yes: bool
    why: str = ""


def possible(rec: xr.Dataset, values: Values) -> list[Possible]:
    """The time axes and measures of `neurouniv.trajectory`, each with whether this recording allows it."""
    if values.missing:
        reason = f'no measure until values are complete: {values.missing} are missing; see missing="drop_trials"'
        return [*_times(rec), Possible("distances", False, reason)]
    return [*_times(rec), _means(rec), _noise(rec), *_crossvalidated(rec), _poisson(values)]


def _times(rec: xr.Dataset) -> list[Possible]:
    sessions = np.unique(rec.session.values).size if "session" in rec.coords else 1
    make = "one session; learning_axis(rec, windows=...) makes sessions of windows of trials"
    over = f"over {sessions} sessions" + ("; no law, but change(traj) shows what changed" if sessions == 2 else "")
    learning = Possible("learning", sessions > 1, over if sessions > 1 else make)
    within = "latency" in rec.dims and rec.sizes["latency"] > 1
    as_batch = ", at every session" if sessions > 1 else ""
    reason = f"over {rec.sizes['latency']} latencies{as_batch}" if within else "there is no latency"
    axes = [learning, Possible("within the trial", within, reason)]
    one_frame = Possible("one RDM", True, "without a time axis; rsa(traj, models) compares it with models")
    return axes if learning.yes or within else [*axes, one_frame]


def _means(rec: xr.Dataset) -> Possible:
    counts = rec.recorded.values.sum(axis=1) if "recorded" in rec.coords else np.array([rec.sizes["channel"]])
    fewest = int(counts.min())
    if fewest < 3:
        reason = f"correlation no, it needs 3 channels and {fewest} {'is' if fewest == 1 else 'are'} there"
        return Possible("sqeuclidean, cosine", True, reason)
    return Possible("sqeuclidean, cosine, correlation", True, "of means, which noise makes too large")


def _noise(rec: xr.Dataset) -> Possible:
    cells = np.unique(_codes(rec, ("subject", "session", "condition"))).size
    spare = rec.sizes["trial"] - cells
    if spare > 0:
        trials = f"the {spare} trials" if spare > 1 else "the one trial"
        reason = f"the noise estimated from {trials} beyond one of each condition"
        return Possible("mahalanobis", True, reason)
    return Possible("mahalanobis", False, "no condition has two trials in a session, so there is no noise to estimate")


def _crossvalidated(rec: xr.Dataset) -> list[Possible]:
    what, variance = "crossnobis, poisson_cv", "h_var (needs 3 runs)"
    if "run" not in rec.coords:
        return [
            Possible(what, False, "there are no runs; with_runs(rec, runs=...) makes them"),
            Possible(variance, False),
        ]
    shared = pairs_by_runs(rec)
    two, three = (shared >= 2).sum(), (shared >= 3).sum()
    reason = f"{two} of {shared.size} pairs of conditions (over sessions) share 2 runs or more"
    if two < shared.size:
        reason += "; the others are missing, or make runs: with_runs(rec)"
    return [
        Possible(what, bool(two), reason),
        Possible(variance, bool(three), f"{three} of {shared.size} pairs"),
    ]


def pairs_by_runs(rec: xr.Dataset) -> np.ndarray:
    """In how many runs both conditions of a pair are, for every pair that a session (of a subject) has.

    Examples
    --------
    >>> coords = {"condition": ("trial", list("ababac")), "run": ("trial", [1, 1, 2, 2, 3, 3])}
    >>> pairs_by_runs(xr.Dataset(coords=coords)).tolist()
    [2, 1, 0]
    """
    block = _codes(rec, ("subject", "session"))
    condition, run = _codes(rec, ("condition",)), _codes(rec, ("run",))
    counts = []
    for number in np.unique(block):
        here = block == number
        conditions, c = np.unique(condition[here], return_inverse=True)
        runs, r = np.unique(run[here], return_inverse=True)
        there = np.zeros((conditions.size, runs.size), dtype=int)
        there[c, r] = 1
        counts.append((there @ there.T)[np.triu_indices(conditions.size, 1)])
    return np.concatenate(counts)


def fewest_repeats(rec: xr.Dataset) -> int:
    """The fewest trials that a condition has in a session (of a subject) in which it is at all.

    Examples
    --------
    >>> fewest_repeats(xr.Dataset(coords={"condition": ("trial", list("abbaa"))}))
    2
    """
    return int(np.bincount(_codes(rec, ("subject", "session", "condition"))).min())


def _poisson(values: Values) -> Possible:
    if values.low < 0:
        return Possible("poisson", False, f"it needs counts or rates; the smallest value is {values.low:.3g}")
    return Possible("poisson", True)


def _codes(rec: xr.Dataset, names: tuple[str, ...]) -> np.ndarray:
    """One number for every different combination of labels."""
    code = np.zeros(rec.sizes["trial"], dtype=np.int64)
    for name in names:
        if name in rec.coords:
            code_of_name = np.unique(rec[name].values, return_inverse=True)[1]
            code = np.unique(code * (code_of_name.max() + 1) + code_of_name, return_inverse=True)[1]
    return code
