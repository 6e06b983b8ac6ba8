"""Populations with the distances one asks for, session by session: classical scaling."""

from __future__ import annotations

import numpy as np

from neurouniv.schema import InputError, pair_indices

ROUNDING = 1e-20
"""The share of the sum of squares that rounding may lose."""


def embedded(h: np.ndarray, units: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Patterns (session, condition, unit) with squared distances `h` (session, pair), and how much of h they follow.

    Distances become a centred Gram matrix (classical scaling, Torgerson 1952), its symmetric root the patterns, which
    one random orthogonal map spreads over the units: so patterns change smoothly where distances do. Where distances
    are not Euclidean no population has them; the nearest Gram matrix then takes their place, and the second value, the
    R2 of its distances over pairs (around each session's mean, all sessions together), is below 1.

    Raises
    ------
    InputError : fewer units than one less than the conditions.

    Examples
    --------
    >>> patterns, r2 = embedded(np.array([[9.0, 16.0, 25.0]]), 5, np.random.default_rng(0))
    >>> [round(float(((patterns[0, i] - patterns[0, j]) ** 2).sum()), 9) for i, j in ((0, 1), (0, 2), (1, 2))], r2
    ([9.0, 16.0, 25.0], 1.0)
    """
    conditions = round((1 + np.sqrt(1 + 8 * h.shape[-1])) / 2)
    if units < conditions - 1:
        raise InputError(
            f"A population with given distances between {conditions} conditions needs at least {conditions - 1} units; "
            f"got {units}. Give more `neurons` (of sensors that mix units a larger `width`) or fewer conditions."
        )
    values, vectors = np.linalg.eigh(gram_of(h))
    kept = np.maximum(values, 0.0)
    root = (vectors * np.sqrt(kept)[:, None, :]) @ vectors.swapaxes(1, 2)
    within = np.linalg.qr(np.vstack([np.ones(conditions), np.eye(conditions)[:-1]]).T)[0][:, 1:]  # across the mean
    spread = np.linalg.qr(rng.normal(size=(units, conditions - 1)))[0]
    followed = _distances((vectors * kept[:, None, :]) @ vectors.swapaxes(1, 2))
    return root @ within @ spread.T, _r2(h, followed)


def gram_of(h: np.ndarray) -> np.ndarray:
    """The centred Gram matrix (..., condition, condition) of squared distances (..., pair)."""
    conditions = round((1 + np.sqrt(1 + 8 * h.shape[-1])) / 2)
    first, second = pair_indices(conditions)
    square = np.zeros((*h.shape[:-1], conditions, conditions))
    square[..., first, second] = square[..., second, first] = h
    centring = np.eye(conditions) - 1 / conditions
    return -0.5 * centring @ square @ centring


def _r2(h: np.ndarray, followed: np.ndarray) -> float:
    lost = ((followed - h) ** 2).sum()
    if lost <= ROUNDING * (h**2).sum():
        return 1.0  # also where all distances are the same
    return float(1 - lost / ((h - h.mean(axis=1, keepdims=True)) ** 2).sum())


def _distances(gram: np.ndarray) -> np.ndarray:
    first, second = pair_indices(gram.shape[-1])
    squares = np.diagonal(gram, axis1=-2, axis2=-1)
    return squares[..., first] + squares[..., second] - 2 * gram[..., first, second]
