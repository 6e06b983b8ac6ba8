"""The optimum of a problem: restarts compared in a rough look, the best of them followed, its noise taken anew."""

from __future__ import annotations

import numpy as np

from neurouniv.fitting.guesses import starts
from neurouniv.fitting.least_squares import Fit
from neurouniv.fitting.problem import Problem

Solved = tuple[Problem, Fit]
"""A fit, and the problem with the weights it was found with."""

ROUGHLY = 1e-2
"""How little a restart may still gain when the best of them is chosen. By hand: restarts differ by much more."""
MIRRORED = 0.4
"""The correlation, on the fitted scale, from which the other sign is tried. By hand: with it and its double, 4 of 400
fits missed the better of two optima (`benchmarks/coverage.py`)."""
ROUNDS = 2
"""How often noise is taken anew about the fitted law. A convention: iteratively reweighted least squares settle in few
rounds."""


def solved(problem: Problem, theta: np.ndarray | None = None) -> Solved:
    """The fit, and the problem with the weights it was found with; near `theta`, where it is known about where."""
    if theta is not None:
        problem = problem.reweighted(theta)
        return problem, problem.minimised(theta[None])
    fit = best(problem)
    for _ in range(ROUNDS if problem.weighting_kind == "noise" else 0):
        problem = problem.reweighted(fit.theta)
        fit = problem.minimised(fit.theta[None])._replace(costs=fit.costs)
    return problem, fit


def best(problem: Problem) -> Fit:
    """The best fit: every restart in a rough look, then the best of them on all data."""
    rough = problem.roughly()
    fit = rough.minimised(starts(problem), tolerance=None if rough is problem else ROUGHLY)
    fit = _mirrored(rough, fit)
    if rough is not problem:
        fit = problem.minimised(fit.theta[None])._replace(costs=fit.costs)
    return fit


def _mirrored(problem: Problem, fit: Fit) -> Fit:
    """The better of `fit` and of what is found from it with every correlation's sign turned.

    A start with dy against dy* has an optimum of its own, which a start towards dy* hardly ever leads to.
    """
    correlations = [i for i, p in enumerate(problem.parameters) if p.kind == "correlation"]
    if not correlations:
        return fit
    nuisances = [i for i, p in enumerate(problem.parameters) if p.nuisance]
    others = np.repeat(fit.theta[None], 3, axis=0)
    others[..., correlations] = -MIRRORED * np.sign(fit.theta[:, correlations])
    others[1, :, correlations] *= 2
    others[2][:, nuisances] = problem.centers[:, nuisances]
    other = problem.minimised(others)
    better = other.costs.min(0) < fit.costs.min(0)

    def chosen(new: np.ndarray, old: np.ndarray) -> np.ndarray:
        return np.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)

    return Fit(
        theta=chosen(other.theta, fit.theta),
        residual=chosen(other.residual, fit.residual),
        jacobian=chosen(other.jacobian, fit.jacobian),
        settled=chosen(other.settled, fit.settled),
        at_bound=chosen(other.at_bound, fit.at_bound),
        costs=np.concatenate([fit.costs, other.costs]),
    )
