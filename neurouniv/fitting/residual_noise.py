"""The size of unknown noise, from how a law's residuals differ from one frame to the next.

What noise adds to a distance is new in every frame, what a law misses lasts; so half the mean squared difference of
successive residuals is the variance of the noise, whatever the law misses slowly (von Neumann 1941). The variance is
taken to follow one line over distances in all frames, and pairs to share the noise of their conditions
(`neurouniv.fitting.noise`): then the entries of the Gram matrix, turned to the eigenvectors of what is expected, are
independent (`neurouniv.fitting.whiteners.ByConditions`), and the line that makes them most likely is found.
"""

from __future__ import annotations

import numpy as np

from neurouniv.fitting.whiteners import ByConditions, whole

STEEP = np.concatenate([[0.0], np.geomspace(1e-2, 1e2, 81)])
"""What a distance of average size adds to the variance, in units of the variance at distance 0."""


def noise_of(residual: np.ndarray, expected: np.ndarray, ends: np.ndarray, constants: int) -> tuple[float, float]:
    """(a, b) of the variance a + b h, from the `residual` of one law and the distances it `expected` (pair, time).

    Both are 0 where no pair has two residuals.

    Parameters
    ----------
    ends : (2, pair), the conditions of every pair, counted from 0.
    constants : how many numbers were fitted.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> h = np.tile(np.linspace(0, 4, 9000), (1, 2))
    >>> residual = rng.normal(size=h.shape) * np.sqrt(1 + 2 * h) + np.sin(np.linspace(0, 3, 18000))
    >>> [round(part, 1) for part in noise_of(residual, h, np.array([[0], [1]]), 0)]
    [1.0, 2.0]
    """
    if np.isfinite(residual).all() and whole(ends):
        squares, size = _of_conditions(residual, expected, ends)
    else:
        squares, size = _of_pairs(residual, expected)
    if not len(squares):
        return 0.0, 0.0
    squares = squares * len(squares) / max(len(squares) - constants, 1)
    return _likeliest(squares, size)


def _of_conditions(residual: np.ndarray, expected: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Squares whose expectation is a + b times the second array, of all pairs of some conditions."""
    step, middle = np.diff(residual) / np.sqrt(2), (expected[:, 1:] + expected[:, :-1]) / 2
    ones, zeros = np.ones((1, step.shape[1])), np.zeros((1, step.shape[1]))
    entries = ByConditions.of(ones, zeros, middle.T[None], ends).white(step[None])[0]
    return entries.T.ravel() ** 2, ByConditions.of(zeros, 4 * ones, middle.T[None], ends).variance.ravel()


def _of_pairs(residual: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same squares of pairs as if they were independent, each over the frames in which it was seen."""
    squares, size = [], []
    for course, h in zip(residual, expected, strict=True):
        mask = np.isfinite(course)
        squares.append(np.diff(course[mask]) ** 2 / 2)
        size.append((h[mask][1:] + h[mask][:-1]) / 2)
    return np.concatenate(squares), np.maximum(np.concatenate(size), 0.0)


def _likeliest(squares: np.ndarray, size: np.ndarray) -> tuple[float, float]:
    """(a, b) under which normal numbers of variance a + b size most likely have these squares."""
    mean = size.mean() if size.mean() > 0 else 1.0
    shape = 1 + STEEP[:, None] * size / mean
    level = (squares / shape).mean(-1)
    best = int(np.argmin(np.log(np.maximum(level, 1e-300)) + np.log(shape).mean(-1)))
    return float(level[best]), float(level[best] * STEEP[best] / mean)
