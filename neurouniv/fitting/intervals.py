"""Intervals of constants: covariances on the fitted scale, and the method that gives them."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

NORMAL = NormalDist().inv_cdf(0.975)
WIDEST, LARGEST = 1e6, 1e100
"""An interval of a constant that spans more than this factor, or has an end beyond this size, says nothing. A
convention: far above every determined constant, and below where numbers overflow."""


class Spread(NamedTuple):
    """The covariance (system, parameter, parameter), the quantile for a 95 % interval and the method, in words."""

    covariance: np.ndarray
    quantile: float
    method: str

    @property
    def error(self) -> np.ndarray:
        """Standard errors (system, parameter)."""
        return np.sqrt(np.maximum(np.einsum("sii->si", self.covariance), 0.0))


def undetermined(low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """Whether an interval says nothing: an end is infinite or as good as that, or both are positive and far apart.

    Examples
    --------
    >>> undetermined(np.array([0.1, 0.0, 1e-9, -np.inf, np.nan]), np.array([0.2, 1e300, 1.0, 1.0, np.nan])).tolist()
    [False, True, True, True, False]
    """
    beyond = np.maximum(np.abs(low), np.abs(high)) > LARGEST
    return beyond | ((low > 0) & (high > WIDEST * np.abs(low)))


def likelihood(normal: np.ndarray, squares: np.ndarray, count: np.ndarray) -> Spread:
    """The inverse of the information, for residuals in units of their noise.

    Where the mean squared residual per degree of freedom is above 1, the law leaves more than noise, and errors
    grow by its root.

    Parameters
    ----------
    normal : (system, parameter, parameter), J'J with any prior.
    squares : (system,), the sum of squared residuals; count : (system,), how many there are.
    """
    freedom = np.maximum(count - normal.shape[-1], 1)
    excess = np.maximum(squares / freedom, 1.0)
    inverse = np.linalg.pinv(normal, hermitian=True)
    return Spread(excess[:, None, None] * inverse, NORMAL, "likelihood")


def sandwich(scores: np.ndarray, normal: np.ndarray, ends: np.ndarray) -> Spread:
    """Standard errors that survive misfit which is correlated over time and between pairs.

    With five conditions or more, scores are summed within every pair over all times, and pairs that share a
    condition may be correlated (dyadic clusters: Aronow, Samii & Assenova 2015), times N/(N - 1) for N conditions
    (Cameron, Gelbach & Miller 2011). With fewer, pairs are summed and scores may be correlated over time up to a
    quarter of the frames (Newey & West 1987).

    Parameters
    ----------
    scores : (system, time, pair, parameter): residual times its derivative.
    normal : (system, parameter, parameter), J'J with any prior.
    ends : (2, pair) or (2, system, pair), the conditions of each pair, counted from 0.
    """
    from scipy import special  # slow to import, and help texts need the laws' names

    conditions = ends.max() + 1
    if conditions >= 5 and ends.ndim == 2:
        meat = _dyadic(scores.sum(1), ends) * conditions / (conditions - 1)
        quantile = float(special.stdtrit(conditions - 1, 0.975))
        method = "sandwich, dyadic clusters by condition"
    else:
        meat = _newey_west(scores.sum(2))
        quantile, method = NORMAL, "sandwich, Newey-West over time"
    bread = np.linalg.pinv(normal, hermitian=True)
    return Spread(np.einsum("sij,sjk,skl->sil", bread, meat, bread), quantile, method)


def _dyadic(scores: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Sum over pairs that share a condition of s s'; the one-way sum where that is not positive."""
    pairs = np.arange(ends.shape[1])
    member = np.zeros((ends.max() + 1, ends.shape[1]))
    member[ends[0], pairs] = member[ends[1], pairs] = 1.0
    by_condition = np.einsum("cp,spi->sci", member, scores)
    shared = np.einsum("sci,scj->sij", by_condition, by_condition)
    meat = shared - np.einsum("spi,spj->sij", scores, scores)
    proper = np.linalg.eigvalsh(meat).min(-1) > 0 if meat.shape[-1] else np.ones(len(meat), bool)
    return np.where(proper[:, None, None], meat, shared)


def _newey_west(scores: np.ndarray) -> np.ndarray:
    """Long-run variance of scores (system, time, parameter) with Bartlett weights."""
    lags = max(1, scores.shape[1] // 4)
    meat = np.einsum("sti,stj->sij", scores, scores)
    for lag in range(1, lags + 1):
        cross = np.einsum("sti,stj->sij", scores[:, lag:], scores[:, :-lag])
        meat = meat + (1 - lag / (lags + 1)) * (cross + np.swapaxes(cross, 1, 2))
    return meat
