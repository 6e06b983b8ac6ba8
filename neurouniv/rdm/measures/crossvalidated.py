"""Products of differences between independent folds, for measures of the form (a_i - a_j) . (b_i - b_j).

`a` and `b` are two descriptions of the same folds, side by side (..., condition, fold, channel), 0 where missing: both
the whitened patterns for crossnobis, rates and their logarithms for Poisson. `present` (..., condition, fold) is 1
where a fold has a condition, else 0; None says that nothing is missing.
"""

from __future__ import annotations

from array_api_compat import array_namespace

from neurouniv.rdm.measures.folds import same_conditions, side_by_side, sum_of_folds
from neurouniv.rdm.measures.pairs import Array, divided, gram, of_gram, upper
from neurouniv.schema import InputError

WEIGHTINGS = ("training", "trials")


def folds_alike(a: Array, b: Array, present: Array | None) -> Array:
    """The mean over all ordered pairs of different folds m, n of (a_mi - a_mj) . (b_ni - b_nj): (..., pair).

    Summed over n != m it needs no loop over pairs of folds: only the product of the folds' sums and the sum of the
    folds' own products. A pair uses the folds that have both of its conditions.
    """
    xp = array_namespace(a)
    if present is not None and not same_conditions(present):
        count = shared(present)
        across = of_shared_sums(a, b, present) - within_folds(a, b, present)
        return divided(across, count * (count - 1))
    across = of_gram(across_gram(a, b), symmetric=b is a)
    if present is None:
        return across / (a.shape[-2] * (a.shape[-2] - 1))
    count = xp.max(xp.sum(present, axis=-1), axis=-1)[..., None]
    return divided(across, count * (count - 1) + 0 * across)


def with_training_set(a: Array, b: Array, counts: Array) -> Array:
    """The mean over folds n of (A_ni - A_nj) . (b_ni - b_nj), A_n the mean of all trials outside fold n: (..., pair).

    `counts` (..., condition, fold) are the numbers of trials. A pair uses the folds that have both of its conditions,
    and have them outside too.
    """
    xp = array_namespace(a)
    trials = a * counts[..., None]
    outside = xp.sum(counts, axis=-1, keepdims=True) - counts
    usable = xp.astype((counts > 0) & (outside > 0), a.dtype)
    training = (xp.sum(trials, axis=-2, keepdims=True) - trials) / xp.clip(outside, 1)[..., None]
    sums = within_folds(training * usable[..., None], b * usable[..., None], usable)
    return divided(sums, shared(usable))


def with_single_trials(a: Array, b: Array, counts: Array) -> Array:
    """Mean products of trials from different folds, s_ii + s_jj - s_ij - s_ji: (..., pair).

    s_ij is the mean of a . b over all pairs of a trial of condition i and one of condition j in another fold; `counts`
    (..., condition, fold) are the numbers of trials. NaN where there is no such pair.
    """
    number = counts[..., None]
    products = across_gram(a * number, a * number if b is a else b * number)
    return of_gram(divided(products, array_namespace(a).round(across_gram(number, number))))


def weighted(a: Array, b: Array, counts: Array, weighting: str) -> Array:
    """One of the two weightings by the numbers of trials.

    Raises
    ------
    InputError : `weighting` is neither.
    """
    if weighting not in WEIGHTINGS:
        raise InputError(f"weighting is one of {WEIGHTINGS}; got {weighting!r}.")
    return (with_training_set if weighting == "training" else with_single_trials)(a, b, counts)


def across_gram(a: Array, b: Array) -> Array:
    """The sum over all ordered pairs of different folds m, n of a_mi . b_nj: (..., condition, condition)."""
    total = sum_of_folds(a)[..., 0, :]
    return gram(total, total if b is a else sum_of_folds(b)[..., 0, :]) - within_gram(a, b)


def within_gram(a: Array, b: Array) -> Array:
    """The sum over folds of a_mi . b_mj: (..., condition, condition)."""
    factor = side_by_side(a)
    return gram(factor, factor if b is a else side_by_side(b))


def within_folds(a: Array, b: Array, present: Array) -> Array:
    """The sum of (a_mi - a_mj) . (b_mi - b_mj) over the folds m that have both conditions: (..., pair)."""
    xp = array_namespace(a)
    squares = gram(present, xp.sum(a * b, axis=-1))  # of j, over the folds that have i
    products = within_gram(a, b)
    return upper(squares) + upper(squares, swapped=True) - upper(products) - upper(products, swapped=True)


def shared(present: Array) -> Array:
    """The number of folds that have both conditions: (..., pair)."""
    return upper(gram(present, present))


def differences_of_sums(rows: Array, present: Array) -> Array:
    """The sum of a_mi - a_mj over the folds that have both conditions: (..., condition, condition, channel)."""
    xp = array_namespace(rows)
    sums = xp.matmul(present[..., None, :, :], rows)  # of i, over the folds that have j
    return sums - xp.moveaxis(sums, -3, -2)


def of_shared_sums(a: Array, b: Array, present: Array) -> Array:
    """The product of the differences of sums over the folds that have both conditions: (..., pair)."""
    left = differences_of_sums(a, present)
    right = left if b is a else differences_of_sums(b, present)
    return upper(array_namespace(a).sum(left * right, axis=-1))
