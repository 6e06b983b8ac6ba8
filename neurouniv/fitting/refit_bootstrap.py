"""The bootstrap: the law fitted again to data drawn from the data, all draws in one batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurouniv.fitting.least_squares import Fit
from neurouniv.fitting.problem import Problem
from neurouniv.schema import InputError

OVER = ("conditions", "times")
REPEATS = 200
"""Draws for an interval. A convention: its ends then rest on 5 draws each."""
LEAST = 4
"""Conditions to draw from, at least. By hand: of three, most draws leave at most one pair."""


def bootstrap(problem: Problem, fit: Fit, over: str, repeats: int, seed: int) -> np.ndarray:
    """Constants on the fitted scale (repeat, system, parameter), from as many draws with replacement.

    over "conditions": a pair counts as often as both its conditions were drawn, together (pairs of a condition with
    itself are left out), which is too wide by up to sqrt(3) where pairs differ by noise alone; "times": a frame counts
    as often as it was drawn, the first always once, since it is given.
    """
    seen = problem.seen
    draws = _draws(problem, over, repeats, np.random.default_rng(seed))
    thetas = []
    for s in range(len(seen.dx2)):  # a batch of all systems times all draws would not fit in memory
        copies = problem.taken(np.full(repeats, s))
        resampled = replace(copies, seen=replace(copies.seen, weights=draws))
        theta = np.repeat(fit.theta[None, s], repeats, 0)
        thetas.append(resampled.minimised(theta[None], max_iterations=30).theta)
    return np.stack(thetas, axis=1)


def _draws(problem: Problem, over: str, repeats: int, rng: np.random.Generator) -> np.ndarray:
    """How often each observation counts (repeat, pair, time)."""
    seen = problem.seen
    pairs, times = seen.values.shape[2:]
    if over == "times":
        counts = rng.multinomial(times - 1, np.full(times - 1, 1 / (times - 1)), size=repeats)
        counts = np.concatenate([np.ones((repeats, 1)), counts], -1)
        return np.broadcast_to(counts[:, None], (repeats, pairs, times))
    if over != "conditions":
        raise InputError(f"A bootstrap is over one of {', '.join(map(repr, OVER))}; got {over!r}.")
    n = int(seen.ends.max()) + 1
    if seen.ends.ndim != 2 or n < LEAST:
        raise InputError(
            f"A bootstrap over conditions needs at least {LEAST} of them, and constants shared by all pairs; "
            f"got {n}. Use over='times'."
        )
    counts = rng.multinomial(n, np.full(n, 1 / n), size=repeats).astype(float)
    weights = counts[:, seen.ends[0]] * counts[:, seen.ends[1]]
    return np.broadcast_to(weights[..., None], (repeats, pairs, times))


def bootstrap_limits(problem: Problem, fit: Fit) -> tuple[np.ndarray, str]:
    """95 % percentile intervals (system, parameter, 2), over conditions where there are enough, else over times."""
    enough = problem.seen.ends.ndim == 2 and problem.seen.ends.max() + 1 >= LEAST
    over = "conditions" if enough else "times"
    draws = bootstrap(problem, fit, over, REPEATS, seed=0)
    ends = np.moveaxis(np.quantile(draws, [0.025, 0.975], axis=0), 0, -1)
    return ends, f"bootstrap over {over}, {REPEATS} draws"
