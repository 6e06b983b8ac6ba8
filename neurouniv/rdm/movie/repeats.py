"""The sampling variance of distances that are not crossvalidated, from how repeats of a condition differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from array_api_compat import array_namespace

from neurouniv.rdm.measures.pairs import floating, gram, of_gram, over_frames, upper, whitened
from neurouniv.rdm.movie.cells import Cells, folds_of
from neurouniv.schema import InputError

MOST = 8
"""The number of groups that repeats are dealt into where a recording has no runs."""
KNOWN = ("sqeuclidean", "mahalanobis")


def repeats_of(rec: xr.Dataset, cells: Cells) -> Cells:
    """`cells` with repeats of every condition as folds: the runs where a recording has them, else groups of trials.

    Raises
    ------
    InputError : no condition has two repeats.
    """
    if "run" in rec.variables:
        fold = folds_of(rec, cells.block)
    else:
        order = np.argsort(cells.flat, kind="stable")
        kinds, starts = np.unique(cells.flat[order], return_index=True)
        rank = np.empty(len(order), dtype=int)
        rank[order] = np.arange(len(order)) - starts[np.searchsorted(kinds, cells.flat[order])]
        fold = rank % MOST
    repeats = replace(cells, fold=fold)
    if not ((repeats.counts > 0).sum(axis=1) >= 2).any():
        raise InputError("variance=True needs a condition with two repeats; all have one. Leave variance=None.")
    return repeats


def over_folds(folds: Any, counts: Any) -> Any:
    """The mean over all trials: (..., fold, condition, channel) and numbers (..., fold, condition) -> (..., condition,
    channel), NaN where there are no trials.

    Examples
    --------
    >>> over_folds(np.array([[[1.0]], [[4.0]]]), np.array([[2], [1]])).tolist()
    [[2.0]]
    """
    xp = array_namespace(folds)
    number = xp.astype(xp.asarray(counts), folds.dtype)[..., None]
    sums = xp.sum(xp.where(number > 0, folds * number, xp.zeros_like(folds)), axis=-3)
    total = xp.sum(number, axis=-3)
    return xp.where(total > 0, sums / xp.where(total > 0, total, xp.ones_like(total)), xp.nan)


def variance_from_repeats(folds: Any, precision: Any, counts: Any) -> Any:
    """Sampling variance of the distance d'd of mean patterns: (..., fold, condition, channel) -> (..., pair).

    With noise of covariance Sigma per trial, the same for all conditions and Gaussian, the difference d of two means
    over n_i and n_j trials has a d' Sigma d as its part along the difference, a = 1/n_i + 1/n_j, and

        Var(d'd) = 4 a delta' Sigma delta + 2 a^2 tr(Sigma^2),   delta the true difference.

    Sigma is estimated from what the folds differ from the condition's mean, in each frame, and tr(Sigma^2) from it
    without bias (Himeno & Yamada 2014). d' Sigma d exceeds its value at delta by a tr(Sigma^2) on average, which is
    taken away. What is left of one pair is noisy where distances are small, so it is summed over pairs and given to
    each by its share of the distances less their noise bias a tr(Sigma), as `crossnobis_variance` does: right on
    average over pairs, and of each pair as far as noise is alike in all directions; too large, by a third with 6
    conditions, where no two conditions differ, since that sum is not let be negative. Where all folds have as many
    trials of every condition, shifts that the conditions of a fold share do not count.

    Parameters
    ----------
    folds : means per fold and condition, NaN where there are none.
    precision : (channel, channel) of the noise, by which distances are whitened, or None.
    counts : numbers of trials (..., fold, condition).
    """
    return over_frames(_variance, 3, folds, (precision, 2), (counts, 2))


def _variance(folds: Any, precision: Any, counts: Any) -> Any:
    xp = array_namespace(folds)
    folds = whitened(_without_common_mean(floating(folds)), precision)
    means = over_folds(folds, counts)
    residuals, freedom = _residuals(folds, means, counts)
    rows = xp.reshape(residuals, (*residuals.shape[:-3], -1, residuals.shape[-1]))
    products = xp.matmul(xp.matrix_transpose(rows), rows)  # the covariance times its degrees of freedom
    squared = xp.sum(products**2, axis=(-2, -1)) - xp.sum(rows**2, axis=(-2, -1)) ** 2 / xp.clip(freedom, 1)
    squared = xp.where(freedom > 1, xp.clip(squared, 0) / ((freedom - 1) * (freedom + 2)), xp.nan)[..., None]
    free = xp.clip(freedom, 1)[..., None]
    number = xp.sum(xp.astype(counts, folds.dtype), axis=-2)
    per_trial = xp.where(number > 0, 1 / xp.clip(number, 1), xp.nan)
    a = upper(per_trial[..., :, None] + per_trial[..., None, :])
    along = of_gram(gram(xp.matmul(means, products), means)) / free - a * squared
    bias = a * xp.sum(rows**2, axis=(-2, -1))[..., None] / free
    return 2 * a**2 * squared + _shared(4 * a * along, of_gram(gram(means, means), symmetric=True) - bias)


def _without_common_mean(folds: Any) -> Any:
    """Less the mean over folds and conditions, which no difference sees and which costs accuracy where it is large."""
    xp = array_namespace(folds)
    there = xp.astype(~xp.isnan(folds), folds.dtype)
    sums = xp.sum(xp.where(there > 0, folds, xp.zeros_like(folds)), axis=(-3, -2), keepdims=True)
    return folds - sums / xp.clip(xp.sum(there, axis=(-3, -2), keepdims=True), 1)


def _shared(values: Any, distances: Any) -> Any:
    """The sum of `values` over pairs, given to each by its share of the `distances` that are positive; NaN stays."""
    xp = array_namespace(values)
    is_known = ~xp.isnan(values)
    total = xp.clip(xp.sum(xp.where(is_known, values, xp.zeros_like(values)), axis=-1, keepdims=True), 0)
    positive = xp.clip(xp.where(is_known, distances, xp.zeros_like(values)), 0)
    whole = xp.sum(positive, axis=-1, keepdims=True)
    return total * positive / xp.where(whole > 0, whole, xp.ones_like(whole))


def _residuals(folds: Any, means: Any, counts: Any) -> tuple[Any, Any]:
    """What means leave of the folds, each times the root of its number of trials, and the degrees of freedom (...,)."""
    xp = array_namespace(folds)
    number = xp.astype(counts, folds.dtype)
    there = xp.astype(number > 0, folds.dtype)
    residuals = (folds - means[..., None, :, :]) * xp.sqrt(number)[..., None]
    residuals = xp.where(there[..., None] > 0, residuals, xp.zeros_like(residuals))
    freedom = xp.sum(there, axis=(-2, -1)) - xp.sum(xp.astype(xp.any(there > 0, axis=-2), folds.dtype), axis=-1)
    balanced = bool(xp.all(number == number[..., :1, :1]))
    if balanced:
        residuals = residuals - xp.mean(residuals, axis=-2, keepdims=True)
        freedom = freedom - (folds.shape[-3] - 1)
    return residuals, freedom
