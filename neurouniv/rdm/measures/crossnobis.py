"""Crossvalidated squared (Mahalanobis) distances: unbiased, so they can be negative."""

from __future__ import annotations

from itertools import combinations

from array_api_compat import array_namespace

from neurouniv.rdm.measures.crossvalidated import folds_alike, weighted
from neurouniv.rdm.measures.folds import need_folds, prepared, seen, trial_numbers, without_common_mean
from neurouniv.rdm.measures.pairs import Array, difference_products, divided, over_frames, whitened
from neurouniv.schema import InputError


def crossnobis(
    folds: Array, precision: Array | None = None, weights: Array | None = None, weighting: str = "training"
) -> Array:
    """Crossvalidated squared (Mahalanobis) distances: (..., fold, condition, channel) -> (..., pair).

    The mean over all ordered pairs of different folds m, n of (a_m - b_m) P (a_n - b_n)': unbiased when noise is
    independent between folds, so it can be negative. (Walther et al. 2016, NeuroImage, eq. 5.)

    Parameters
    ----------
    folds : means per fold and condition; NaN where a fold lacks a condition. A pair uses the folds that have both
        of its conditions, and is NaN where these are fewer than two.
    precision : the precision P of the noise (..., channel, channel), positive definite; default the identity.
    weights : the numbers of trials (..., fold, condition). Default: all folds count alike, whatever their numbers of
        trials. Then what all conditions of a fold share (a shift from run to run) never counts: the right choice unless
        numbers differ much. All choices are the same, and unbiased, where every fold has as many trials of every
        condition; with weights, shifts between folds do not cancel where numbers differ between conditions.
    weighting : with weights, "training": each fold against the mean of all trials of the others, as
        `rsatoolbox.rdm.calc_rdm` does; "trials": all pairs of trials in different folds count alike, as
        `rsatoolbox.rdm.calc_rdm_unbalanced` does. The last needs no fold that has both conditions, but what all
        patterns share does not cancel either where numbers differ: it adds noise, so take it away first.

    Raises
    ------
    InputError : fewer than two folds; `weighting` is neither.

    Examples
    --------
    >>> import numpy as np
    >>> crossnobis(np.array([[[0.0], [1.0]], [[0.0], [3.0]]])).tolist()
    [3.0]
    """
    need_folds(folds, 2, "A crossvalidated distance")
    if weights is None:
        return over_frames(_alike, 3, folds, (precision, 2))

    def block(folds: Array, precision: Array | None, weights: Array) -> Array:
        rows, present = seen(folds)
        counts = trial_numbers(weights, rows, present)
        present = array_namespace(rows).astype(counts > 0, rows.dtype)
        rows = rows * present[..., None]
        if weighting == "training":
            rows = without_common_mean(rows, present)
        white = whitened(rows, precision)
        return weighted(white, white, counts, weighting)

    return over_frames(block, 3, folds, (precision, 2), (weights, 2))


def crossnobis_of_precisions(folds: Array, precisions: Array) -> Array:
    """Crossvalidated squared Mahalanobis distances where every fold has noise of its own; shapes as in `crossnobis`.

    Folds m and n meet in the inverse of the mean of their two covariances, as in rsatoolbox given a list of precisions.

    Parameters
    ----------
    folds : as in `crossnobis`.
    precisions : of the mean of each fold (..., fold, channel, channel), positive definite.

    Raises
    ------
    InputError : fewer than two folds, or another number of precisions than of folds.

    Examples
    --------
    >>> import numpy as np
    >>> folds = np.array([[[0.0], [1.0]], [[0.0], [3.0]]])
    >>> crossnobis_of_precisions(folds, np.array([[[1.0]], [[0.2]]])).round(9).tolist()
    [1.0]
    """
    need_folds(folds, 2, "A crossvalidated distance")
    if precisions.shape[-3] != folds.shape[-3]:
        raise InputError(
            f"One precision for every fold is needed; got {precisions.shape[-3]} for {folds.shape[-3]} folds."
        )
    xp = array_namespace(folds)
    covariances, sums, count = xp.linalg.inv(precisions), 0, 0
    for m, n in combinations(range(folds.shape[-3]), 2):
        precision = xp.linalg.inv((covariances[..., m, :, :] + covariances[..., n, :, :]) / 2)
        patterns_m, patterns_n = (whitened(folds[..., fold, :, :], precision) for fold in (m, n))
        products = difference_products(patterns_m, patterns_n)
        there = ~xp.isnan(products)
        sums = sums + xp.where(there, products, xp.zeros_like(products))
        count = count + xp.astype(there, products.dtype)
    return divided(sums, count)


def _alike(folds: Array, precision: Array | None) -> Array:
    rows, present = prepared(folds, precision)
    return folds_alike(rows, rows, present)
