"""Similarity of RDMs in which conditions count several times, for all resamples at once.

A bootstrap that draws condition i m_i times holds the distance of i and j m_i m_j times; distances of a condition with
itself are left out, as rsatoolbox does. Sums over a resample are therefore matrix products of weights (resample, pair)
with products of RDMs, and equal rsatoolbox's numbers at the same resamples.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, to_device

from neurouniv.rdm.comparators import Comparator, comparator_of
from neurouniv.rdm.comparators.table import LEAST_PAIRS


def resampled_similarity(counts: Any, ends: np.ndarray, observed: Any, predicted: Any, comparator: str = "corr") -> Any:
    """The similarity of predicted with observed RDMs in every resample of conditions: (resample, ...).

    NaN where a resample has fewer than three different observed pairs, where either RDM is constant (for
    "cosine" and "cosine_cov": zero) or where an observed pair has no finite prediction.

    Parameters
    ----------
    counts : (resample, condition), how often each condition was drawn.
    ends : (2, pair), the two conditions of every pair, counted from 0.
    observed, predicted : (..., pair), of as many dimensions, which broadcast but for the last. NaN: not observed.
        Arrays of numpy or, on any device, of torch; frames that miss the same pairs are compared together.
    comparator : see `neurouniv.compare`.

    Examples
    --------
    >>> ends, h = np.array([[0, 0, 1], [1, 2, 2]]), np.array([[1.0, 2.0, 4.0]])
    >>> resampled_similarity(np.array([[1.0, 1, 1], [2, 1, 0]]), ends, h, h**2, "cosine").round(4)
    array([[0.9641],
           [   nan]])
    """
    return Resampled(counts, ends, comparator)(observed, predicted)


class Resampled:
    """`resampled_similarity` of any frames in the same resamples, of which what they share is worked out once."""

    def __init__(self, counts: Any, ends: np.ndarray, comparator: str):
        self.counts, self.ends, self.comparator = counts, ends, comparator_of(comparator)
        self.whole = _CompleteFrames(counts, ends, self.comparator)

    def __call__(self, observed: Any, predicted: Any) -> Any:
        xp = array_namespace(self.counts, observed, predicted)
        if bool(xp.all(xp.isfinite(observed))):
            return self.whole(observed, predicted)
        shape = tuple(np.broadcast_shapes(observed.shape, predicted.shape))
        flat = [xp.reshape(xp.broadcast_to(array, shape), (-1, shape[-1])) for array in (observed, predicted)]
        pattern, which = _patterns(xp.isfinite(flat[0]))
        size = self.counts.shape[0], flat[0].shape[0]
        similarity = xp.full(size, xp.nan, dtype=observed.dtype, device=device(observed))
        for number, pairs in enumerate(pattern):
            rows, pairs = np.flatnonzero(which == number), np.flatnonzero(pairs)
            if len(pairs) < LEAST_PAIRS:
                continue
            frames = [array[rows][:, pairs] for array in flat]
            similarity[:, rows] = _CompleteFrames(self.counts, self.ends[:, pairs], self.comparator)(*frames)
        return xp.reshape(similarity, (self.counts.shape[0], *shape[:-1]))


class _CompleteFrames:
    """`resampled_similarity` of frames in which every pair was observed."""

    def __init__(self, counts: Any, ends: np.ndarray, comparator: Comparator):
        there, drawn = np.zeros((counts.shape[1],) * 2), np.asarray(to_device(counts, "cpu")) > 0
        there[ends[0], ends[1]] = 1
        self.few = np.flatnonzero(((drawn @ there) * drawn).sum(1) < LEAST_PAIRS)
        self.measure = comparator.kernel(counts, ends)

    def __call__(self, observed: Any, predicted: Any) -> Any:
        xp = array_namespace(observed, predicted)
        there = xp.isfinite(predicted)
        whole = bool(xp.all(there))
        similarity = self.measure(observed, predicted if whole else xp.where(there, predicted, 0.0))
        similarity[self.few] = xp.nan
        return similarity if whole else xp.where(xp.all(there, axis=-1), similarity, xp.nan)


def resampled_error(
    counts: np.ndarray, ends: np.ndarray, observed: np.ndarray, predicted: np.ndarray, score: str, fold: np.ndarray
) -> np.ndarray:
    """The error of predicted time courses in every resample: (..., time, pair) twice to (resample, ..., 1).

    With MSE the mean squared error over the times and pairs of a resample, "r2" is 1 - MSE/variance, the variance that
    of all the data, so that differences between laws are differences of errors; "log_error" is -log MSE, whose
    differences are ratios of errors, of which a few large distances do not decide. Every `fold` (pair) keeps its weight
    in every resample: else a fold without one of its few conditions would count less, and scores would seem to vary too
    little.
    """
    weights = _weights(counts, ends, fold)
    mask = np.isfinite(observed)
    number = np.maximum(mask.sum((-2, -1), keepdims=True), 1)
    middle = np.where(mask, observed, 0.0).sum((-2, -1), keepdims=True) / number
    spread = (np.where(mask, observed - middle, 0.0) ** 2).sum((-2, -1)) / number[..., 0, 0]
    error = np.where(mask, observed - predicted, 0.0)
    sse, count = (_total(weights, part.sum(-2)) for part in (error**2, mask.astype(float)))
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = 1 - sse / count / spread if score == "r2" else -np.log(sse / count)
        return np.where((spread > 0) & (count > 0) & np.isfinite(scores), scores, np.nan)[..., None]


def _weights(counts: np.ndarray, ends: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """How often every pair counts in every resample (resample, pair), summed over a fold as often as in the data."""
    weights = counts[:, ends[0]] * counts[:, ends[1]]
    for number in np.unique(fold):
        inside = fold == number
        total = weights[:, inside].sum(1, keepdims=True)
        weights[:, inside] *= inside.sum() / np.where(total > 0, total, 1.0)
    return weights


def _patterns(mask: Any) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of `mask` (frame, pair), and which of them every frame has."""
    patterns, which = np.unique(np.asarray(to_device(mask, "cpu")), axis=0, return_inverse=True)
    return patterns, which.reshape(-1)


def _total(weights: Any, frames: Any) -> Any:
    """Weighted sums over pairs: (resample, pair) and (..., pair) to (resample, ...)."""
    xp = array_namespace(weights, frames)
    flat = xp.reshape(frames, (-1, frames.shape[-1]))
    return xp.reshape(weights @ flat.T, (weights.shape[0], *frames.shape[:-1]))
