"""The starting points of the optimiser: a law's guesses, or the best of points scattered about the centers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurouniv.fitting.observed import Observed
from neurouniv.fitting.problem import Problem
from neurouniv.fitting.start import line_of

SCATTERED, WIDTH, SOME_PAIRS = 64, 4.0, 24
"""How many points are scattered, how far from the centers, and of how many pairs their misfit is taken. By hand."""


def starts(problem: Problem) -> np.ndarray:
    """The best starting points on the fitted scale (restart, system, parameter), as many as the settings ask for."""
    if not problem.parameters:
        return np.zeros((1, len(problem.seen.dx2), 0))
    guesses = _guesses(problem)[: problem.settings.restarts]
    guessed = [p.to_scale(guesses[..., i]) for i, p in enumerate(problem.parameters[: guesses.shape[-1]])]
    centers = [np.broadcast_to(p.to_scale(p.center), guesses.shape[:2]) for p in problem.parameters[len(guessed) :]]
    return np.stack([*guessed, *centers], -1)


def _guesses(problem: Problem) -> np.ndarray:
    """The law's guesses, else scattered ones (candidate, system, parameter), for distances without their floor."""
    seen = _lowered(problem.seen) if problem.settings.floor else problem.seen
    guesses = problem.equation.guesses(seen)
    if guesses is not None:
        return guesses
    return scattered(Problem.of(problem.equation, replace(problem.settings, floor=False), seen))


def _lowered(seen: Observed) -> Observed:
    """`seen` without the floor that the first frame shows."""
    return seen.lowered(line_of(seen.start["h"], seen.dx2, floor=True)[0])


def scattered(problem: Problem) -> np.ndarray:
    """Points about the centers on the natural scale (candidate, system, parameter), the best first.

    The centers and a Sobol sequence about them.
    """
    from scipy.stats import qmc  # slow to import, and help texts need the laws' names

    problem = problem.thinned(SOME_PAIRS)
    if not problem.parameters:
        return np.zeros((1, len(problem.seen.dx2), 0))
    low, high = problem.bounds
    reach = np.minimum((high - low) / 2, WIDTH)
    cube = qmc.Sobol(len(problem.parameters), scramble=False).random(SCATTERED)
    theta = problem.centers + (2 * cube[:, None] - 1) * reach
    theta = np.concatenate([problem.centers[None], theta])
    system = np.arange(len(problem.seen.dx2))
    loss = np.stack([(problem.residual(point, system) ** 2).sum(-1) for point in theta])
    theta = np.take_along_axis(theta, np.argsort(loss, axis=0)[..., None], 0)
    return np.stack([p.from_scale(theta[..., i]) for i, p in enumerate(problem.parameters)], -1)
