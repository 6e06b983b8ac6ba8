"""The noise of crossvalidated distances: variances, and the covariance of pairs that share a condition.

For distances crossvalidated over M runs, with D the products of pattern differences and X those of the noise of
condition means (Diedrichsen, Provost & Zareamoghaddam 2016, arXiv:1607.01371, eq. 20),

    Var = 4/M D o X + 2/(M (M - 1)) X o X        (o: entry by entry)

With equal noise in all conditions X = x times Z, where Z is 2 on the diagonal and +-1 for pairs that share a
condition. So the covariance is a R + b S, with R = (Z o Z)/4, S = (D o Z)/2, and on the diagonal a + b h: the
numbers a, as x^2, and b, as x, are read off the sampling variances `h_var` at each time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MOST_PAIRS = 1200
"""With more pairs than this, distances count as independent: whitening would cost pairs^3 per time."""


def noise_line(variance: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(a, b), each (..., time): the line a + b h that the `variance` (..., pair, time) follows, a > 0, b >= 0.

    The amount of noise x changes over time; b/sqrt(a) does not depend on it and is found from all times together,
    since a slope of its own at every time would be too noisy to weight distances by.

    Examples
    --------
    >>> h = np.array([[1.0], [2.0], [4.0]])
    >>> [float(part[0].round(6)) for part in noise_line(3 + 2 * h, h)]
    [3.0, 2.0]
    """
    finite = np.isfinite(variance) & np.isfinite(h)
    count = np.maximum(finite.sum(-2), 1)
    h, variance = np.where(finite, np.maximum(h, 0.0), 0.0), np.where(finite, variance, 0.0)
    seen = finite.any(-2)  # a time of which nothing is known has as much noise as others
    of_all = (variance.sum(-2) / count).sum(-1, keepdims=True) / np.maximum(seen.sum(-1, keepdims=True), 1)
    mean_h, mean = h.sum(-2) / count, np.maximum(np.where(seen, variance.sum(-2) / count, of_all), 1e-300)
    deviation_h = np.where(finite, h - mean_h[..., None, :], 0.0)
    deviation = np.where(finite, variance / mean[..., None, :] - 1, 0.0)
    products, squares = (deviation_h * deviation).sum(-2), (deviation_h**2).sum(-2)

    def root(ratio: np.ndarray) -> np.ndarray:
        """sqrt(a) (..., time) with which the line passes through the means."""
        reach = ratio[..., None] * mean_h
        return 2 * mean / (reach + np.sqrt(reach**2 + 4 * mean))

    def misfit(ratio: np.ndarray) -> np.ndarray:
        slope = ratio[..., None] * root(ratio) / mean
        return (slope**2 * squares - 2 * slope * products).sum(-1)

    size = mean_h.mean(-1)
    unit = np.sqrt(mean).mean(-1) / np.where(size > 0, size, 1.0)
    ratio = unit * np.exp(_least(lambda log: misfit(unit * np.exp(log)), -7.0, 7.0, unit.shape))
    ratio = np.where(misfit(ratio) < 0, ratio, 0.0)
    a = root(ratio)
    return a**2, ratio[..., None] * a


def _least(misfit: Callable[[np.ndarray], np.ndarray], low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
    """The argument between `low` and `high` at which every element's misfit is least, by grids that close in."""
    middle, half = np.full(shape, (low + high) / 2), (high - low) / 2
    while half > 1e-9:
        points = np.clip([middle + half * share for share in np.linspace(-1, 1, 21)], low, high)
        best = np.argmin([misfit(point) for point in points], axis=0)
        middle, half = np.take_along_axis(points, best[None], 0)[0], half / 5
    return middle


def pair_covariance(a: np.ndarray, b: np.ndarray, h: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Covariance of the distances at one time, (..., pair, pair), from the noise line and the distances h (..., pair).

    `ends` (2, pair) are the conditions of every pair, counted from 0.

    Examples
    --------
    >>> ends = np.array([[0, 0, 1], [1, 2, 2]])
    >>> pair_covariance(np.array(4.0), np.array(0.0), np.zeros(3), ends)
    array([[4., 1., 1.],
           [1., 4., 1.],
           [1., 1., 4.]])
    """
    shared = _shared(ends)
    covariance = a[..., None, None] * shared**2
    if not np.any(b > 0):
        return covariance
    products = _difference_products(h, ends)
    return covariance + b[..., None, None] * products * shared


def whitener(covariance: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """W (..., pair, pair) with W' W the inverse of the `covariance` of the pairs in `mask` (..., pair); 0 elsewhere."""
    both_observed = mask[..., :, None] & mask[..., None, :]
    size = np.einsum("...ii->...i", covariance).mean(-1)[..., None, None]
    eye = np.eye(covariance.shape[-1])
    proper = np.where(both_observed, covariance, 0.0) + np.where(mask[..., None, :], 1e-9, 1.0) * size * eye
    inverse = np.linalg.inv(np.linalg.cholesky(proper))
    return np.where(both_observed, inverse, 0.0)


def _shared(ends: np.ndarray) -> np.ndarray:
    """Z/2: 1 on the diagonal, +-1/2 for pairs that share a condition, with the sign of their common noise."""
    signs = np.zeros((ends.max() + 1, ends.shape[1]))
    pairs = np.arange(ends.shape[1])
    signs[ends[0], pairs], signs[ends[1], pairs] = 1.0, -1.0
    return signs.T @ signs / 2


def _difference_products(h: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(u_i - u_j).(u_k - u_l) of every two pairs, from distances made those of real patterns."""
    n, pairs = ends.max() + 1, np.arange(ends.shape[1])
    square = np.broadcast_to(np.mean(h, axis=-1)[..., None, None] * (1 - np.eye(n)), (*h.shape[:-1], n, n)).copy()
    square[..., ends[0], ends[1]] = square[..., ends[1], ends[0]] = h
    middle = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * middle @ square @ middle)
    patterns = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    contrast = np.zeros((ends.shape[1], n))
    contrast[pairs, ends[0]], contrast[pairs, ends[1]] = 1.0, -1.0
    differences = contrast @ patterns
    return differences @ np.swapaxes(differences, -1, -2)
