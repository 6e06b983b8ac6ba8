"""Profiles: how much worse the best fit gets when one constant is held, as lmfit and pyPESTO users know them."""

from __future__ import annotations

import numpy as np

from neurouniv.fitting.intervals import NORMAL
from neurouniv.fitting.least_squares import Fit, least_squares
from neurouniv.fitting.problem import Problem

RISE = NORMAL**2
"""The rise of 2 log L at the ends of a 95 % interval."""
ROUNDS = 12
"""How often an end is tried. By hand."""


def profile(problem: Problem, fit: Fit, parameter: int, values: np.ndarray) -> np.ndarray:
    """The rise of the misfit (system, point) at `values` (system, point) of one parameter, the others fitted again.

    In units of 2 log L: sums of squares are divided by the noise, known or estimated from the residuals.
    """
    systems, points = values.shape
    system = np.repeat(np.arange(systems), points)
    repeated = problem.taken(system)
    theta = np.repeat(fit.theta, points, axis=0)
    theta[:, parameter] = values.reshape(-1)
    low, high = repeated.bounds
    low[:, parameter] = high[:, parameter] = theta[:, parameter]
    difference = problem.equation.difference
    refit = least_squares(repeated.residual, theta[None], low, high, max_iterations=30, difference=difference)
    squares = (refit.residual**2).sum(-1).reshape(systems, points)
    least = (fit.residual**2).sum(-1)[:, None]
    return (squares - least) / _unit(problem, fit)[:, None]


def _unit(problem: Problem, fit: Fit) -> np.ndarray:
    """What one unit of 2 log L is, as a sum of squares (system,)."""
    count = np.isfinite(problem.observed()).sum((-3, -2, -1)) - fit.theta.shape[-1]
    mean = (fit.residual**2).sum(-1) / np.maximum(count, 1)
    return np.maximum(mean, 1.0) if problem.weighting.whitener is not None else np.where(mean > 0, mean, 1e-300)


def profile_limits(problem: Problem, fit: Fit, half: np.ndarray) -> np.ndarray:
    """The ends at which every profile has risen by 3.84 (system, parameter, 2), by doubling and then by secants."""
    low, high = problem.bounds
    ends = np.empty((*fit.theta.shape, 2))
    for i in range(fit.theta.shape[1]):
        best = fit.theta[:, [i]]
        sides = np.array([-1.0, 1.0])
        room = np.concatenate([best - low[:, [i]], high[:, [i]] - best], -1)
        inside = np.zeros((len(best), 2))
        step = np.minimum(np.clip(half[:, [i]], 1e-3, 3.0) * np.ones((1, 2)), room)
        outside = np.full_like(step, np.nan)
        for _ in range(ROUNDS):
            rise = profile(problem, fit, i, best + sides * step)
            over = rise >= RISE
            inside = np.where(over, inside, step)
            outside = np.where(over, step, outside)
            guess = step * np.sqrt(RISE / np.maximum(rise, 1e-6))  # exact for a parabola
            middle = (inside + outside) / 2
            trusted = (guess >= inside) & (guess <= outside)
            step = np.where(np.isnan(outside), np.minimum(2 * step, room), np.where(trusted, guess, middle))
        ends[:, i] = best + sides * np.where(np.isnan(outside), room, step)
    return ends
