"""The order of an experiment: which condition is shown in which session and run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trials:
    """Index of session, run and condition of every trial (trial,), in the order of the experiment, from 0."""

    session: np.ndarray
    run: np.ndarray
    condition: np.ndarray

    def __len__(self) -> int:
        return len(self.session)

    @property
    def cell(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the trials' means stand in an array (session, condition, ...)."""
        return self.session, self.condition


def balanced(rng: np.random.Generator, sessions: int, conditions: int, repeats: int, runs: int) -> Trials:
    """Every condition `repeats` times a session, split evenly into runs, in a random order within a run.

    Examples
    --------
    >>> trials = balanced(np.random.default_rng(0), sessions=1, conditions=2, repeats=2, runs=2)
    >>> trials.run.tolist(), np.sort(trials.condition[:2]).tolist()
    ([0, 0, 1, 1], [0, 1])
    """
    session, repeat, condition = np.indices((sessions, repeats, conditions)).reshape(3, -1)
    run = repeat * runs // repeats
    order = np.lexsort((rng.random(run.size), run, session))
    return Trials(session[order], run[order], condition[order])


def once_a_run(trials: Trials) -> Trials:
    """One trial for every condition that a run of a session has, as its average or estimate would be."""
    rows = np.unique(np.stack([trials.session, trials.run, trials.condition]), axis=1)
    return Trials(*rows)
