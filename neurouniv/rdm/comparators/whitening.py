"""What whitening takes off inner products of RDMs, for all resamples at once, without a matrix of pairs by pairs.

The noise of two distances correlates where they share a condition (Diedrichsen et al. 2020, arXiv:2007.02789). With
equal noise in all conditions, whitening by that covariance is the inner product of double-centred -D/2, off-diagonal
entries counted twice: what is left of the entries after a_k + a_l (2 a_k on the diagonal) is fitted to them. This is
rsatoolbox's form of "cosine_cov" and "corr_cov", resamples included: there, a condition drawn twice stands for two
conditions whose mutual distance is missing. The a_k of its copies are equal, so with m the counts and N their sum,

    q_i a_i + 2 sum_j m_j a_j = b_i,   q_i = 2 N - 4 m_i + 4,   b_i = sum_j m_j d_ij

a diagonal and a rank-one part: with L = sum_i m_i b_i / q_i and c = 2 / (1 + 2 sum_i m_i / q_i), half the weighted sum
of products loses sum_i (m_i / q_i) b_i b_i and gains c L L. If the mean distance mu is taken off first, what it
changes sums up, by m_i (N - m_i) / q_i = m_i / 4 + (N / 2 - 1) m_i / q_i, to

    L - mu / 2 in L's place, and a gain of (N - 2) / 4 mu mu.

Where pairs are missing, sums run over the pairs that are there, and one small system of equations is solved for every
resample; so too where a q is not positive, with a condition drawn by just over half of a resample or more, and where
few conditions are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, to_device
from scipy.sparse import csr_array, issparse

from neurouniv.rdm.comparators.weighted_sums import Form, Rows, Stacked, sparse_if_few

ENOUGH = 5
"""With fewer conditions, whitening may leave so little that the closed form loses digits."""


class Places:
    """Where the distance of every two conditions is among the pairs (2, pair) that were observed."""

    def __init__(self, ends: np.ndarray, conditions: int):
        pairs = ends.shape[1]
        self.of = np.full((conditions, conditions), pairs)
        self.of[ends[0], ends[1]] = self.of[ends[1], ends[0]] = np.arange(pairs)
        self.ends, self.there = ends, self.of < pairs
        self.complete = pairs == conditions * (conditions - 1) // 2


def is_closed(counts: Any, places: Places) -> np.ndarray:
    """Which resamples are done in closed form (resample,)."""
    xp = array_namespace(counts)
    enough = xp.all(_q(counts) > 0.5, axis=1) & (xp.count_nonzero(counts, axis=1) >= ENOUGH)
    return np.asarray(to_device(enough, "cpu")) & places.complete


def closed_form(m: Any, weights: Any, places: Places, centred: bool) -> Form:
    """The whitened inner products of resamples m (resample, condition) with weights (resample, pair)."""
    xp, q = array_namespace(m), _q(m)
    r, number, size = m / q, 1, _size(weights)
    factor = 1 / q[:, places.ends[0]] + 1 / q[:, places.ends[1]]
    if centred:
        factor -= 0.5 / size
    more = weights * factor * xp.sqrt(2 / (1 + 2 * xp.sum(r, axis=1, keepdims=True)))
    if centred:
        beyond = xp.clip(xp.sum(m, axis=1, keepdims=True) - 2, 0.0, None)
        number, more = 2, xp.concat([more, weights * (xp.sqrt(beyond) / (2 * size))])
    weights = sparse_if_few(weights)
    if issparse(weights):
        return Form(weights, 0.5, [_borders_drawn(m, xp.sqrt(r), places)], [Stacked(csr_array(more), number)])
    return Form(weights, 0.5, [_Borders(m, xp.sqrt(r), places)], [Stacked(more, number)])


def solved_form(m: Any, weights: Any, places: Places, centred: bool) -> Form:
    """As `closed_form`, for any pairs and counts."""
    size, form_weights = _size(weights), sparse_if_few(weights)
    some = _solved_drawn if issparse(form_weights) else _Solved
    less: list[Rows] = [some(m, weights / size if centred else None, places)]
    if centred:
        less.append(Stacked(sparse_if_few(weights * (0.5 / size) ** 0.5), 1))
    return Form(form_weights, 0.5, less, [])


class _Borders:
    """(m_i / q_i)^(1/2) b_i, one condition i after the other."""

    def __init__(self, m: Any, scale: Any, places: Places):
        n = m.shape[1]
        others = [np.delete(np.arange(n), i) for i in range(n)]
        self.pairs = [places.of[i, other] for i, other in enumerate(others)]
        self.weights = [m[:, other] * scale[:, [i]] for i, other in enumerate(others)]

    def __call__(self, frames: Any) -> Iterator[Any]:
        for weights, pairs in zip(self.weights, self.pairs, strict=True):
            yield weights @ frames[pairs]


def _borders_drawn(m: np.ndarray, scale: np.ndarray, places: Places) -> Stacked:
    """The same of the k-th condition that each resample drew, one k after the other."""
    drawn, counts = _drawn(m)
    values = np.take_along_axis(scale, drawn, axis=1).T[:, :, None] * counts  # (k, resample, other)
    values *= ~np.eye(drawn.shape[1], dtype=bool)[:, None]
    return _sparse(values, places.of[drawn.T[:, :, None], drawn], places)


def _solved_drawn(m: np.ndarray, mean: np.ndarray | None, places: Places) -> Stacked:
    """The rows of `_Solved` for the conditions that each resample drew."""
    drawn, counts = _drawn(m)
    solve, neighbours = _solve(counts, places.there[drawn[:, :, None], drawn[:, None]].astype(float))
    first, second = np.triu_indices(drawn.shape[1], 1)
    pairs = places.of[drawn[:, first], drawn[:, second]]  # (resample, pair)
    values = solve[:, :, first] * counts[:, None, second] + solve[:, :, second] * counts[:, None, first]
    if mean is not None:
        mean = np.concatenate([mean, np.zeros_like(mean[:, :1])], axis=1)
        values -= neighbours[:, :, None] * np.take_along_axis(mean, pairs, axis=1)[:, None]
    values *= places.there[drawn[:, first], drawn[:, second]][:, None]
    return _sparse(values.swapaxes(0, 1), np.broadcast_to(pairs, (drawn.shape[1], *pairs.shape)), places)


def _drawn(m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The conditions that every resample drew, and how often (resample, k); others, 0 times, fill up."""
    most = max(1, int(np.count_nonzero(m, axis=1).max()))
    drawn = np.argsort(m == 0, axis=1, kind="stable")[:, :most]
    return drawn, np.take_along_axis(m, drawn, axis=1)


def _sparse(values: np.ndarray, pairs: np.ndarray, places: Places) -> Stacked:
    """Rows from values (k, resample, some) of pairs of the same shape."""
    number, resamples, _ = values.shape
    k, resample, some = np.nonzero(values)
    index = k * resamples + resample, pairs[k, resample, some]
    shape = (number * resamples, places.ends.shape[1])
    return Stacked(csr_array((values[k, resample, some], index), shape=shape), number)


class _Solved:
    """The rows of L^-1 diag(m) b, L L' the matrix that is to be inverted over the draws."""

    def __init__(self, m: Any, mean: Any, places: Places):
        self.m, self.mean, self.places = m, mean, places
        self.solve, self.neighbours = _solve(m, _like(places.there, m))

    def __call__(self, frames: Any) -> Iterator[Any]:
        xp, n = array_namespace(frames), self.m.shape[1]
        padded = xp.concat([frames, xp.zeros_like(frames[:1])])
        square = padded[self.places.of.reshape(-1)].reshape(n, -1)  # (condition, condition * frame)
        borders = (self.m @ square).reshape(self.m.shape[0], n, -1)
        solution = self.solve @ borders
        mean = None if self.mean is None else self.mean @ frames
        for k in range(n):
            yield solution[:, k] if mean is None else solution[:, k] - self.neighbours[:, [k]] * mean


def _solve(m: Any, there: Any) -> tuple[Any, Any]:
    """L^-1 diag(m) (resample, condition, condition), and the same of how many other draws every condition meets."""
    xp, number = array_namespace(m), (m[:, None] @ there)[:, 0]
    diagonal = xp.where(m > 0, m * (2 * number + 4), 1.0)
    matrix = 2 * m[:, :, None] * there * m[:, None, :] + diagonal[:, None, :] * _like(np.eye(m.shape[1]), m)
    solution = xp.linalg.inv(xp.linalg.cholesky(matrix)) * m[:, None, :]
    return solution, (solution @ number[:, :, None])[..., 0]


def _like(array: np.ndarray, m: Any) -> Any:
    return array_namespace(m).asarray(array, dtype=m.dtype, device=device(m))


def _size(weights: Any) -> Any:
    """The number of pairs, at least 1 (resample, 1)."""
    xp = array_namespace(weights)
    return xp.clip(xp.sum(weights, axis=1, keepdims=True), 1.0, None)


def _q(m: Any) -> Any:
    return 2 * array_namespace(m).sum(m, axis=1, keepdims=True) - 4 * m + 4
