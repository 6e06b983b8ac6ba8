"""Symmetrised Kullback-Leibler divergence of Poisson rates, plain and crossvalidated."""

from __future__ import annotations

from array_api_compat import array_namespace

from neurouniv.rdm.measures.crossvalidated import folds_alike, weighted
from neurouniv.rdm.measures.euclidean import not_negative
from neurouniv.rdm.measures.folds import need_folds, seen, trial_numbers, without_common_mean, without_fold_means
from neurouniv.rdm.measures.pairs import Array, centred, gram, of_gram, over_frames
from neurouniv.schema import InputError


def poisson(patterns: Array, prior_lambda: float = 1.0, prior_weight: float = 0.1) -> Array:
    """Symmetrised KL divergence (a - b) . (log a - log b) of Poisson rates: (..., condition, channel) -> (..., pair).

    Its unit is that of the rates, so counts and rates differ by the length of the window. As in rsatoolbox, whose
    "poisson" is this divided by the number of channels, a prior keeps rates from 0: a becomes
    (a + prior_lambda prior_weight) / (1 + prior_weight). (Schütt et al. 2023, eLife 82566.)

    Parameters
    ----------
    patterns : mean rates or counts, not negative; the pairs of a condition with a NaN are NaN.
    prior_lambda : the rate expected of a channel, in the unit of `patterns`.
    prior_weight : the weight of that expectation, in observations.

    Raises
    ------
    InputError : a rate is negative, or with its prior zero.

    Examples
    --------
    >>> import numpy as np
    >>> poisson(np.array([[1.0], [np.e]]), prior_weight=0.0).round(6).tolist()
    [1.718282]
    """

    def block(patterns: Array) -> Array:
        rates = _rates(patterns, prior_lambda, prior_weight)
        return not_negative(of_gram(gram(centred(rates), centred(array_namespace(rates).log(rates)))))

    return over_frames(block, 2, patterns)


def poisson_cv(
    folds: Array,
    prior_lambda: float = 1.0,
    prior_weight: float = 0.1,
    weights: Array | None = None,
    weighting: str = "training",
) -> Array:
    """Crossvalidated KL divergence of Poisson rates: (..., fold, condition, channel) -> (..., pair).

    The mean over all ordered pairs of different folds m, n of (a_m - b_m) . (log a_n - log b_n), with `poisson`'s
    prior. Two conditions of equal rates have 0 on average; a logarithm of noisy rates is biased, so others are
    unbiased only where counts are large. `rsatoolbox.rdm.calc_rdm(method="poisson_cv")` (0.3.2) returns one fold of
    this mean, its last.

    Parameters
    ----------
    folds : mean rates or counts per fold and condition, not negative; NaN where a fold lacks a condition.
    prior_lambda, prior_weight : as in `poisson`.
    weights, weighting : as in `crossnobis`. "training" compares the logarithm of each fold with the mean of all other
        trials; "trials" treats every fold's mean as that many equal trials, and equals
        `rsatoolbox.rdm.calc_rdm_unbalanced` where folds have at most one trial of a condition.

    Raises
    ------
    InputError : fewer than two folds, a rate is negative, or with its prior zero; `weighting` is neither.

    Examples
    --------
    >>> import numpy as np
    >>> poisson_cv(np.array([[[1.0], [np.e]], [[1.0], [np.e]]]), prior_weight=0.0).round(6).tolist()
    [1.718282]
    """
    need_folds(folds, 2, "A crossvalidated divergence")

    def block(folds: Array, weights: Array | None) -> Array:
        rates, present = seen(_rates(folds, prior_lambda, prior_weight))
        logs = _logs(rates, present)
        if weights is None:
            return folds_alike(without_fold_means(rates, present), without_fold_means(logs, present), present)
        counts = trial_numbers(weights, rates, present)
        rates, logs = _without_common_means(rates, logs, counts)
        if weighting == "trials":
            rates, logs = _divergence_as_product(rates, logs)
        return weighted(rates, logs, counts, weighting)

    return over_frames(block, 3, folds, (weights, 2))


def _rates(patterns: Array, prior_lambda: float, prior_weight: float) -> Array:
    xp = array_namespace(patterns)
    rates = (patterns + prior_lambda * prior_weight) / (1 + prior_weight)
    if bool(xp.any((patterns < 0) | (rates <= 0))):
        raise InputError(
            "Poisson divergences need rates or counts that are not negative, and more than zero with their prior; the "
            f"smallest is {float(xp.min(xp.where(xp.isnan(patterns), 0 * rates + 1, patterns))):.3g}, prior_lambda * "
            f"prior_weight {prior_lambda * prior_weight:g}. Give rates as recorded, without a baseline taken away, and "
            "a positive prior."
        )
    return rates


def _logs(rates: Array, present: Array | None) -> Array:
    """The logarithms of rates, 0 where missing."""
    xp = array_namespace(rates)
    if present is None:
        return xp.log(rates)
    there = present[..., None] > 0
    return xp.where(there, xp.log(xp.where(there, rates, xp.ones_like(rates))), xp.zeros_like(rates))


def _without_common_means(rates: Array, logs: Array, counts: Array) -> tuple[Array, Array]:
    """Both less what all folds and conditions share, which no difference sees and which costs accuracy."""
    xp = array_namespace(rates)
    present = xp.astype(counts > 0, rates.dtype)
    return without_common_mean(rates, present), without_common_mean(logs, present)


def _divergence_as_product(rates: Array, logs: Array) -> tuple[Array, Array]:
    """u, v with -u_i . v_j the divergence (a_i - a_j)(log a_i - log a_j) / 2, for single trials i and j."""
    xp = array_namespace(rates)
    entropy, ones = rates * logs, xp.ones_like(rates)
    return xp.concat([rates, logs, -entropy, ones], axis=-1) / 2, xp.concat([logs, rates, ones, -entropy], axis=-1)
