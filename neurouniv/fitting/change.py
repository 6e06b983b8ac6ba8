"""Whether one movie with known noise changes over time by more than it.

The entries of the conditions' Gram matrix, made independent (`neurouniv.fitting.white.ByConditions`), are set against
their own mean over time: n (n - 1)/2 (T - 1) squares in units of their mean noise. It is an F test, since the size of
the noise is an estimate as well.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurouniv.fitting.noise import noise_line
from neurouniv.fitting.white import ByConditions, whole

BOUND = 0.05
"""What a change larger than the bound would leave of the distribution of what was seen. The usual 5 %."""


class Change(NamedTuple):
    """The p value of no change, and the most that distances change (root mean square), as a share of their mean."""

    p: float
    most: float


class _Squares(NamedTuple):
    """The sum of squared changes in units of their noise, its degrees of freedom, those of the noise's size, and what
    the squares are of."""

    sum: float
    freedom: int
    estimated: float
    whitener: ByConditions
    h: np.ndarray

    @property
    def p(self) -> float:
        from scipy import stats  # slow to import, and help texts need the laws' names

        return float(stats.f.sf(self.sum / self.freedom, self.freedom, self.estimated))


def p_of_change(h: np.ndarray, variance: np.ndarray, ends: np.ndarray) -> float:
    """The p value of no change of one movie (pair, time) with the sampling variance of every distance, or NaN.

    `ends` (2, pair) are the conditions of every pair, counted from 0; all pairs of some of them have to be there.
    """
    found = _squares(h, variance, ends)
    return np.nan if found is None else found.p


def tested(h: np.ndarray, variance: np.ndarray, ends: np.ndarray) -> Change:
    """The same with the most that distances change."""
    found = _squares(h, variance, ends)
    if found is None:
        return Change(np.nan, np.nan)
    most = np.sqrt(_most(found) / found.h.size * found.whitener.largest.item())
    return Change(found.p, of_mean(most, found.h))


def _squares(h: np.ndarray, variance: np.ndarray, ends: np.ndarray) -> _Squares | None:
    among = _complete(h, ends)
    if among is None:
        return None
    times = np.isfinite(h[among]).all(0)
    h, variance = h[among][:, times], variance[among][:, times]
    if not (variance > 0).all():
        return None
    own = np.unique(ends[:, among], return_inverse=True)[1].reshape(2, -1)
    mean = np.maximum(h.mean(1), 0.0)  # if nothing changes, all frames have one geometry
    a, b = noise_line(variance.mean(1, keepdims=True), mean[:, None])
    made = ByConditions.of(a[None], b[None], mean[None, None], own)
    white = made.white(h[None])[0]
    seen = float(((white - white.mean(1, keepdims=True)) ** 2).sum())
    return _Squares(seen, white.shape[0] * (white.shape[1] - 1), _freedom_of_noise(variance, h), made, h)


def of_mean(size: float, h: np.ndarray) -> float:
    """As a share of the mean distance; NaN where noise leaves none."""
    return float(size / np.nanmean(h)) if np.nanmean(h) > 0 else np.nan


def _freedom_of_noise(variance: np.ndarray, h: np.ndarray) -> float:
    """The degrees of freedom of the noise's size, told by how much it differs from frame to frame (pair, time).

    Sampling variances are themselves estimates. What follows the mean distance, as the noise of crossvalidated
    distances does, is no such difference; noise that changes otherwise makes the test careful.
    """
    size, signal = variance.mean(0), np.maximum(h.mean(0), 0.0)
    terms = np.stack([np.ones(len(size)), signal], axis=1)
    expected = np.maximum(terms @ np.linalg.lstsq(terms, size, rcond=None)[0], 0.1 * size.min())
    left = np.log(size / expected)
    spread = max((left**2).sum() / max(len(size) - 2, 1), 1e-6)
    return float(2 * variance.shape[1] / spread)


def _complete(h: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    """Which pairs (pair,) are all those of conditions that are there in every frame; None where some are missing."""
    frames = np.isfinite(h).any(0)
    there = np.isfinite(h[:, frames])
    present = [bool(there[(ends == one).any(0)].any(0).all()) for one in range(int(ends.max()) + 1)]
    some = np.flatnonzero(present)
    among = np.isin(ends[0], some) & np.isin(ends[1], some)
    good = len(some) > 1 and among.any() and there[among].all() and frames.sum() > 1
    return among if good and whole(np.unique(ends[:, among], return_inverse=True)[1].reshape(2, -1)) else None


def _most(found: _Squares) -> float:
    """The largest noncentrality with which the statistic is no larger than it is in 5 % of cases."""
    from scipy import optimize, stats  # slow to import, and help texts need the laws' names

    def left(size: float) -> float:
        return float(stats.ncf.cdf(found.sum / found.freedom, found.freedom, found.estimated, size)) - BOUND

    if left(1e-9) <= 0:
        return 0.0
    high = found.sum + found.freedom
    while left(high) > 0:
        high *= 2
    return float(optimize.brentq(left, 1e-9, high))
