"""The test for change: whether one movie with known noise changes over time by more than its noise.

The entries of the conditions' Gram matrix, made independent (`neurouniv.fitting.whiteners.ByConditions`), are set
against their own mean over time: n (n - 1)/2 (T - 1) squares in units of their mean noise. It is an F test, since the
size of the noise is an estimate as well.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurouniv.fitting.noise import noise_line
from neurouniv.fitting.whiteners import ByConditions, whole

BOUND = 0.05
"""What a change larger than the bound would leave of the distribution of what was seen. The usual 5 %."""

FEWEST_RUNS = 3
"""So many runs there are at least where sampling variances are known."""


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
    squares = _squares(h, variance, ends)
    return np.nan if squares is None else squares.p


def tested(h: np.ndarray, variance: np.ndarray, ends: np.ndarray, runs: int) -> Change:
    """The p value of no change of one movie, and the most that its distances change.

    `runs` is how many the sampling variances were estimated from, which counts where there are two frames alone.
    """
    squares = _squares(h, variance, ends, runs)
    if squares is None:
        return Change(np.nan, np.nan)
    most = np.sqrt(_most(squares) / squares.h.size * squares.whitener.largest.item())
    return Change(squares.p, of_mean(most, squares.h))


def _squares(h: np.ndarray, variance: np.ndarray, ends: np.ndarray, runs: int = FEWEST_RUNS) -> _Squares | None:
    mask = _complete(h, ends)
    if mask is None:
        return None
    times = np.isfinite(h[mask]).all(0)
    h, variance = h[mask][:, times], variance[mask][:, times]
    if not (variance > 0).all():
        return None
    own_ends = np.unique(ends[:, mask], return_inverse=True)[1].reshape(2, -1)
    mean = np.maximum(h.mean(1), 0.0)  # if nothing changes, all frames have one geometry
    a, b = noise_line(variance.mean(1, keepdims=True), mean[:, None])
    whitener = ByConditions.of(a[None], b[None], mean[None, None], own_ends)
    white = whitener.white(h[None])[0]
    total = float(((white - white.mean(1, keepdims=True)) ** 2).sum())
    frames, conditions = white.shape[1], int(own_ends.max()) + 1
    # two frames do not tell how well the size of the noise is known: as well as residuals of so many runs
    of_noise = _freedom_of_noise(variance, h) if frames > 2 else (runs - 1) * (conditions - 1) * frames
    return _Squares(total, white.shape[0] * (frames - 1), float(of_noise), whitener, h)


def of_mean(size: float, h: np.ndarray) -> float:
    """`size` as a share of the mean distance; NaN where noise leaves none."""
    return float(size / np.nanmean(h)) if np.nanmean(h) > 0 else np.nan


def _freedom_of_noise(variance: np.ndarray, h: np.ndarray) -> float:
    """The degrees of freedom of the noise's size, told by how much it differs from frame to frame (pair, time).

    Sampling variances are themselves estimates. What follows the mean distance, as the noise of crossvalidated
    distances does, is no such difference; noise that changes otherwise makes the test careful.
    """
    size, signal = variance.mean(0), np.maximum(h.mean(0), 0.0)
    terms = np.stack([np.ones(len(size)), signal], axis=1)
    expected = np.maximum(terms @ np.linalg.lstsq(terms, size, rcond=None)[0], 0.1 * size.min())
    log_ratio = np.log(size / expected)
    spread = max((log_ratio**2).sum() / max(len(size) - 2, 1), 1e-6)
    return float(2 * variance.shape[1] / spread)


def _complete(h: np.ndarray, ends: np.ndarray) -> np.ndarray | None:
    """Which pairs (pair,) are all those of conditions that are there in every frame; None where some are missing."""
    frames = np.isfinite(h).any(0)
    finite = np.isfinite(h[:, frames])
    present = [bool(finite[(ends == condition).any(0)].any(0).all()) for condition in range(int(ends.max()) + 1)]
    conditions = np.flatnonzero(present)
    mask = np.isin(ends[0], conditions) & np.isin(ends[1], conditions)
    good = len(conditions) > 1 and mask.any() and finite[mask].all() and frames.sum() > 1
    return mask if good and whole(np.unique(ends[:, mask], return_inverse=True)[1].reshape(2, -1)) else None


def _most(squares: _Squares) -> float:
    """The largest noncentrality with which the statistic is no larger than it is in 5 % of cases."""
    from scipy import optimize  # slow to import, and help texts need the laws' names

    def excess(size: float) -> float:
        return noncentral_f(squares.sum / squares.freedom, squares.freedom, squares.estimated, size) - BOUND

    if excess(1e-9) <= 0:
        return 0.0
    high = squares.sum + squares.freedom
    while excess(high) > 0:
        high *= 2
    return float(optimize.brentq(excess, 1e-9, high))


def noncentral_f(ratio: float, freedom: float, estimated: float, size: float) -> float:
    """The distribution function of the noncentral F, with noncentrality `size`.

    SciPy's is NaN here and there in the far tails; a central F of the same mean and variance above the line
    (Patnaik 1949) stands there, which is within .01 wherever both are known.

    Examples
    --------
    >>> round(noncentral_f(1.5, 84, 500, 40.0), 3)
    0.554
    """
    from scipy import stats

    exact = stats.ncf.cdf(ratio, freedom, estimated, size)
    if np.isfinite(exact):
        return float(exact)
    same = (freedom + size) ** 2 / (freedom + 2 * size)
    return float(stats.f.cdf(ratio / (1 + size / freedom), same, estimated))
