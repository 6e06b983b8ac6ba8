"""Rank measures in resamples that hold few of the pairs, as in folds dealt anew: any two of their pairs are compared.

With s the sign of the difference of two pairs, sum_q w_q s_pq is twice a pair's rank about the mean rank, and
sum_pq w_p w_q s_pq t_pq, of two frames, what is concordant less what is discordant. Ties have the sign 0. Frames are
sorted once, so that signs are of differences of small integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

AT_ONCE = 2**18
"""So many values (resample, pair, frame) stay in cache."""
FewStatistic = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Weights (resample, pair) and levels of two frames (resample, pair, ...), to (resample, ...)."""


class Few(NamedTuple):
    """Resamples that hold the same number of pairs, and which those are, and what they weigh (resample, pair)."""

    rows: np.ndarray
    pairs: np.ndarray
    weights: np.ndarray


def few_pairs(counts: np.ndarray, ends: np.ndarray, most: int) -> list[Few]:
    """The resamples (resample, condition) that hold no more than so many pairs, grouped by their number.

    Examples
    --------
    >>> few_pairs(np.array([[1.0, 2, 0], [2, 2, 2]]), np.array([[0, 0, 1], [1, 2, 2]]), most=2)[0].pairs
    array([[0]])
    """
    there = np.zeros((counts.shape[1],) * 2)
    there[tuple(ends)] = 1
    number = (((counts > 0) @ there) * (counts > 0)).sum(1).astype(int)
    groups = []
    for size in np.unique(number[(number > 0) & (number <= most)]):
        rows = np.flatnonzero(number == size)
        weights = [counts[row, ends[0]] * counts[row, ends[1]] for row in rows]
        pairs = np.stack([np.flatnonzero(row_weights) for row_weights in weights])
        groups.append(
            Few(rows, pairs, np.stack([row_weights[some] for row_weights, some in zip(weights, pairs, strict=True)]))
        )
    return groups


def similarity_of_few(
    few: Few, x: np.ndarray, y: np.ndarray, statistic: FewStatistic, exact: type = np.float64
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Some rows after the other, and their (resample, ...) from levels (pair, ...); NaN where one is constant.

    `exact` is the type in which sums of products of two weights are exact.
    """
    at_once = max(1, AT_ONCE // (few.pairs.shape[1] * max(x[0].size, y[0].size)))
    for start in range(0, len(few.rows), at_once):
        some = slice(start, start + at_once)
        pairs = few.pairs[some]
        weights: np.ndarray = few.weights[some].astype(exact)
        x_drawn, y_drawn = x[pairs], y[pairs]  # (resample, pair, ...)
        scores = statistic(weights, x_drawn, y_drawn)
        constant = [(frames == frames[:, :1]).all(1) for frames in (x_drawn, y_drawn)]
        yield few.rows[some], np.where(constant[0] | constant[1], np.nan, scores)


def rho_of_few(weights: np.ndarray, x: np.ndarray, y: np.ndarray, for_ties: bool) -> np.ndarray:
    """Sums of products of twice the centred ranks, over their size (`for_ties`) or, not corrected, over n^3 - n."""
    products, size, total = 0.0, [0.0, 0.0], _along(weights.sum(1, dtype=float), x)
    for p in range(x.shape[1]):
        ranks = [_summed(weights, np.sign(frames[:, [p]] - frames)).astype(float) for frames in (x, y)]
        weighed = ranks[0] * _along(weights[:, p], x)
        products = products + weighed * ranks[1]
        if for_ties:
            size = [size[0] + weighed * ranks[0], size[1] + _along(weights[:, p], x) * ranks[1] ** 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        if for_ties:
            return products / (np.sqrt(size[0]) * np.sqrt(size[1]))
        return 3 * products / (total**3 - total)


def tau_of_few(weights: np.ndarray, x: np.ndarray, y: np.ndarray, for_ties: bool) -> np.ndarray:
    """Concordant less discordant, over what is not tied in x and in y (`for_ties`) or, not corrected, over all."""
    total = _along(weights.sum(1, dtype=float), x)
    concordance = apart_x = apart_y = np.zeros(1)
    for p in range(x.shape[1] - 1):
        both = weights[:, [p]] * weights[:, p + 1 :]
        signs_x, signs_y = (np.sign(frames[:, [p]] - frames[:, p + 1 :]) for frames in (x, y))
        concordance = concordance + _summed(both, signs_x * signs_y)
        if for_ties:
            apart_x, apart_y = apart_x + _summed(both, signs_x**2), apart_y + _summed(both, signs_y**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        if for_ties:
            return concordance / (np.sqrt(apart_x, dtype=float) * np.sqrt(apart_y, dtype=float))
        return 2 * concordance / (total * (total - 1))


def _summed(weights: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """(resample, pair) and (resample, pair, ...) to (resample, ...)."""
    flat = signs.reshape(*signs.shape[:2], -1).astype(weights.dtype)
    return (weights[:, None] @ flat).reshape(len(signs), *signs.shape[2:])


def _along(array: np.ndarray, frames: np.ndarray) -> np.ndarray:
    return array.reshape(-1, *[1] * (frames.ndim - 2))
