"""Whitened sums of products of RDMs, for all resamples at once, without a matrix of pairs by pairs.

The noise of two distances correlates where they share a condition (Diedrichsen et al. 2020, arXiv:2007.02789). With
equal noise in all conditions, whitening by that covariance is the inner product of double-centred -D/2, off-diagonal
entries counted twice: what is left of the entries after a_k + a_l (2 a_k on the diagonal) is fitted to them. This is
rsatoolbox's form of "cosine_cov" and "corr_cov", resamples included: there, a condition drawn twice stands for two
conditions whose mutual distance is missing. The a_k of its copies are equal, so with m the counts and N their sum,

    q_i a_i + 2 sum_j m_j a_j = b_i,   q_i = 2 N - 4 m_i + 4,   b_i = sum_j m_j d_ij

a diagonal and a rank-one part, solved in closed form. Where pairs are missing, sums run over the pairs that are
there, and one small system of equations is solved for every resample; so too where a q is 0, with a condition drawn by
just over half of a resample.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array

RESAMPLES_AT_ONCE = 64
"""So many resamples of a few frames stay in cache on a CPU."""


class Whitening:
    """What whitening takes off sums of products of distances, in every resample.

    Parameters
    ----------
    counts : (resample, condition), how often each condition was drawn.
    ends : (2, pair), the conditions of every pair that was observed.
    """

    def __init__(self, counts: Any, ends: np.ndarray):
        self.xp = array_namespace(counts)
        self.counts = counts
        self.place, self.neighbours = _neighbours(ends, counts.shape[1])
        self.complete = ends.shape[1] == counts.shape[1] * (counts.shape[1] - 1) // 2

    def taken_off(self, sums: list[Any], x: Any, y: Any, mean_x: Any = None, mean_y: Any = None) -> list[Any]:
        """Half of the `sums` [xy, xx, yy] (resample, ...) less what double centring takes off each.

        `x`, `y` (..., pair) are distances, of which `mean_x`, `mean_y` (resample, ...) are subtracted if given.
        """
        squares = [self._square(frames) for frames in (x, y)]
        count, found = self.counts.shape[0], [0.5 * s for s in sums]
        at_once = RESAMPLES_AT_ONCE if is_numpy_array(self.counts) else count
        for start in range(0, count, at_once):
            some = slice(start, start + at_once)
            means = [None if mean is None else mean[some] for mean in (mean_x, mean_y)]
            b = [self._borders(square, self.counts[some], mean) for square, mean in zip(squares, means, strict=True)]
            for whole, part in zip(found, self._products(self.counts[some], *b), strict=True):
                whole[some] -= part
        return found

    def _square(self, frames: Any) -> Any:
        """Distances (..., pair) as (..., condition, condition), 0 where there is none."""
        padded = self.xp.concat([frames, self.xp.zeros_like(frames[..., :1])], axis=-1)
        return self.xp.reshape(padded[..., self.place.reshape(-1)], (*frames.shape[:-1], *self.place.shape))

    def _borders(self, square: Any, m: Any, mean: Any) -> Any:
        """b = sum_j m_j d_ij over the other conditions (resample, ..., condition)."""
        xp, n = self.xp, m.shape[1]
        found = xp.reshape(m @ xp.reshape(square, (-1, n)).T, (m.shape[0], *square.shape[:-1]))
        if mean is not None:
            found -= mean[..., None] * _lifted(xp, m @ self._like(self.neighbours), found.ndim)
        return found

    def _products(self, m: Any, bx: Any, by: Any) -> list[Any]:
        """b' M^-1 b over all draws: of bx with by, bx with bx, by with by."""
        xp, ndim = self.xp, bx.ndim
        q = 2 * xp.sum(m, axis=1, keepdims=True) - 4 * m + 4
        if self.complete and bool(xp.all(xp.abs(q) > 0.5)):
            r = m / q
            scale = 2 / (1 + 2 * xp.sum(r, axis=1))
            solved = [_lifted(xp, r, ndim) * b for b in (bx, by)]
            sums = [xp.sum(one, axis=-1) for one in solved]
            scale, given = xp.reshape(scale, (-1, *[1] * (ndim - 2))), (bx, by)
        else:
            inverse = self._inverse(m)
            given = [_lifted(xp, m, ndim) * b for b in (bx, by)]
            solved = [xp.reshape(xp.reshape(b, (b.shape[0], -1, m.shape[1])) @ inverse, b.shape) for b in given]
            sums, scale = (0.0, 0.0), 0.0
        return [xp.vecdot(solved[i], given[j]) - scale * sums[i] * sums[j] for i, j in ((0, 1), (0, 0), (1, 1))]

    def _inverse(self, m: Any) -> Any:
        """The inverse over drawn conditions (resample, condition, condition)."""
        there, eye = self._like(self.neighbours), self._like(np.eye(m.shape[1]))
        diagonal = self.xp.where(m > 0, m * (2 * (m @ there) + 4), self.xp.ones_like(m))
        return self.xp.linalg.inv(2 * m[:, :, None] * there * m[:, None, :] + diagonal[:, None, :] * eye)

    def _like(self, array: np.ndarray) -> Any:
        return self.xp.asarray(array, dtype=self.counts.dtype, device=device(self.counts))


def _lifted(xp: Any, array: Any, ndim: int) -> Any:
    """(resample, condition) with ones between, to go with (resample, ..., condition)."""
    return xp.reshape(array, (array.shape[0], *[1] * (ndim - 2), array.shape[1]))


def _neighbours(ends: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The place of every two conditions' distance (condition, condition), or the one past the last; whether it is."""
    place = np.full((n, n), ends.shape[1])
    place[ends[0], ends[1]] = place[ends[1], ends[0]] = np.arange(ends.shape[1])
    return place, (place < ends.shape[1]).astype(float)
