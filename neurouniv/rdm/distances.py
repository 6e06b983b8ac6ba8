"""Squared distances between all pairs of conditions, from plain arrays with any leading batch dimensions.

NumPy arrays and torch tensors (CPU or CUDA) run through the same source. Pairs are in the order of
`scipy.spatial.distance.pdist`. Distances are sums over channels, never divided by their number (rsatoolbox divides).
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace, device

from neurouniv.schema import InputError, pair_indices

Array = Any
"""A NumPy array, a torch tensor, or another array that follows the array API standard."""


def sqeuclidean(patterns: Array) -> Array:
    """Squared Euclidean distances: (..., condition, channel) -> (..., pair), in squared units of `patterns`.

    One batched matrix product. Patterns are centred first, so a large common offset costs no accuracy.

    Examples
    --------
    >>> import numpy as np
    >>> sqeuclidean(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])).round(9).tolist()
    [25.0, 1.0, 18.0]
    """
    xp = array_namespace(patterns)
    products = difference_products(patterns, patterns)
    return xp.where(products < 0, xp.zeros_like(products), products)  # rounding only; NaN stays NaN


def difference_products(a: Array, b: Array) -> Array:
    """(a_i - a_j) . (b_i - b_j) for all pairs of conditions i < j: (..., condition, channel) twice -> (..., pair).

    Examples
    --------
    >>> import numpy as np
    >>> difference_products(np.array([[0.0], [2.0]]), np.array([[1.0], [4.0]])).tolist()
    [6.0]
    """
    return _products(_centred(a), _centred(b))


def crossnobis(folds: Array, precision: Array | None = None) -> Array:
    """Crossvalidated squared (Mahalanobis) distances: (..., fold, condition, channel) -> (..., pair).

    The mean over all ordered pairs of different folds m, n of (a_m - b_m) Sigma^-1 (a_n - b_n): unbiased when
    noise is independent between folds, so it can be negative. (Walther et al. 2016, NeuroImage, eq. 5.)
    Summed over n != m it needs no loop over pairs of folds: only the Gram matrix of the folds' sum and the sum of
    the folds' Gram matrices.

    Parameters
    ----------
    folds : means per fold and condition; NaN where a fold lacks a condition. A pair uses the folds that have both
        of its conditions, and is NaN where these are fewer than two.
    precision : Sigma^-1 (..., channel, channel), positive definite; default the identity.

    Examples
    --------
    >>> import numpy as np
    >>> crossnobis(np.array([[[0.0], [1.0]], [[0.0], [3.0]]])).tolist()
    [3.0]
    """
    _need_folds(folds, 2, "A crossvalidated distance")
    folds, present = _prepared(folds, precision)
    xp = array_namespace(folds)
    if _whole(present):
        count, total, beside = _sum(present[..., :1]), xp.sum(folds, axis=-3), _side_by_side(folds)
        sums = _products(total, total) - _products(beside, beside)
    else:
        products, mask = _of_folds(folds, present)
        count, sums = _sum(mask), _sum(products)
    return _divided(sums, count * (count - 1))


def crossnobis_variance(folds: Array, precision: Array | None = None) -> Array:
    """Sampling variance of `crossnobis`: a part that all pairs share and a part in proportion to the distance.

    With white noise of covariance Sigma per fold, Var = 8 tr(Sigma^2)/(n (n-1)) + (signal part), where the signal
    part grows with the distance (Diedrichsen, Provost & Zareamoghaddam 2016, arXiv 1607.01371, eq. 20 with n folds).
    tr(Sigma^2) is estimated without bias from residuals pooled over conditions (Himeno & Yamada 2014). The mean of the
    signal part is what the jackknife adds over pairs once its known excess for distances of zero is taken away.
    NaN where a pair has fewer than three folds.

    Raises
    ------
    InputError : fewer than three folds.
    """
    xp = array_namespace(folds)
    jackknife = jackknife_variance(folds, precision)
    prepared, present = _prepared(folds, precision)
    count = _sum(_both(present))
    noise = 8 * _squared_noise(prepared, present)[..., None] / xp.clip(count * (count - 1), 1)
    seen = xp.astype(~xp.isnan(jackknife), folds.dtype)
    excess = noise * (1 + count / xp.clip(count - 2, 1))
    added = xp.sum(xp.where(seen > 0, jackknife - excess, 0 * excess), axis=-1, keepdims=True)
    distance = xp.where(seen > 0, crossnobis(folds, precision), 0 * excess)
    distance = xp.clip(distance, 0)
    total = xp.sum(distance, axis=-1, keepdims=True)
    share = xp.where(total > 0, distance / xp.where(total > 0, total, xp.ones_like(total)), 0 * distance)
    return noise + share * xp.clip(added, 0) + 0 * jackknife


def jackknife_variance(folds: Array, precision: Array | None = None) -> Array:
    """Variance of `crossnobis` by leaving out one fold at a time; shapes as there.

    The jackknife (n-1)/n sum_i (d_-i - mean d_-i)^2, NaN where a pair has fewer than three folds. With m_i the sum
    of the products of fold i with all others, d_-i = (sum_j m_j - 2 m_i) / ((n-1)(n-2)), so that it is

        4 / (n (n-1) (n-2)^2) sum_i (m_i - mean m)^2.

    It is calibrated where distances are large against their noise, and too large where they are small: for a
    distance of zero its mean is 2 (n-1)/(n-2) times the true variance (Efron & Stein 1981, Ann. Statist.).

    Raises
    ------
    InputError : fewer than three folds.

    Examples
    --------
    >>> import numpy as np
    >>> jackknife_variance(np.array([[[0.0], [1.0]], [[0.0], [1.0]], [[0.0], [2.0]]])).round(4).tolist()
    [0.4444]
    """
    _need_folds(folds, 3, "The jackknife variance of a crossvalidated distance")
    products, mask = _of_folds(*_prepared(folds, precision))
    count = _sum(mask)
    mean = _divided(_sum(products), count)
    spread = _sum(mask * (products - mean[..., None, :]) ** 2)
    return _divided(4 * spread, count * (count - 1) * (count - 2) ** 2)


def _squared_noise(folds: Array, present: Array) -> Array:
    """tr(Sigma^2) of the noise of one fold (...,), from what is left of `folds` beside condition and fold means."""
    xp = array_namespace(folds)
    seen = xp.clip(xp.sum(present, axis=-2, keepdims=True), 1)[..., None]
    left = (folds - xp.sum(folds, axis=-3, keepdims=True) / seen) * present[..., None]
    rows = xp.reshape(left, (*left.shape[:-3], -1, left.shape[-1]))
    product = xp.matmul(xp.matrix_transpose(rows), rows)
    used = xp.sum(xp.astype(xp.any(present > 0, axis=-1), folds.dtype), axis=-1)
    named = xp.sum(xp.astype(xp.any(present > 0, axis=-2), folds.dtype), axis=-1)
    freedom = xp.clip(xp.sum(present, axis=(-2, -1)) - used - named + 1, 2)
    squared, plain = xp.sum(product**2, axis=(-2, -1)), xp.sum(rows**2, axis=(-2, -1))
    return xp.clip(squared - plain**2 / freedom, 0) / ((freedom - 1) * (freedom + 2))


def _prepared(folds: Array, precision: Array | None) -> tuple[Array, Array]:
    """`folds`, each less its mean, in coordinates where noise is white, 0 where missing; 1 where present, else 0.

    Differences do not see a fold's mean; taking it away first keeps them accurate.
    """
    xp = array_namespace(folds)
    missing = xp.any(xp.isnan(folds), axis=-1)
    present = xp.astype(~missing, folds.dtype)[..., None]
    folds = xp.where(missing[..., None], xp.zeros_like(folds), folds)
    mean = xp.sum(folds, axis=-2, keepdims=True) / xp.clip(xp.sum(present, axis=-2, keepdims=True), 1)
    folds = (folds - mean) * present
    if precision is not None:
        folds = xp.matmul(folds, xp.linalg.cholesky(precision)[..., None, :, :])
    return folds, present[..., 0]


def _of_folds(folds: Array, present: Array) -> tuple[Array, Array]:
    """m_i (..., fold, pair), the products of each fold's differences with the sum of all others', and which count.

    The second is 1 where a fold has both conditions, else 0: (..., fold, pair), or (..., fold, 1) if folds are whole.
    """
    xp = array_namespace(folds)
    if _whole(present):
        mask = present[..., :1]
        return _products(folds, xp.sum(folds, axis=-3, keepdims=True) - folds) * mask, mask
    shape, (fold, condition, channel) = folds.shape[:-3], folds.shape[-3:]
    mask = _both(present)
    frames = xp.reshape(folds, (-1, fold, condition, channel))  # one frame at a time bounds the memory
    masks = xp.reshape(mask, (-1, *mask.shape[-2:]))
    products = [_of_ragged_folds(frames[i, ...], masks[i, ...]) for i in range(frames.shape[0])]
    return xp.reshape(xp.stack(products), (*shape, *mask.shape[-2:])), mask


def _of_ragged_folds(folds: Array, both: Array) -> Array:
    """As `_of_folds`, by explicit differences: (fold, condition, channel) and (fold, pair) -> (fold, pair)."""
    xp = array_namespace(folds)
    first, second = (xp.asarray(index, device=device(folds)) for index in pair_indices(folds.shape[-2]))
    differences = (xp.take(folds, first, axis=-2) - xp.take(folds, second, axis=-2)) * both[..., None]
    others = xp.sum(differences, axis=0, keepdims=True) - differences
    return xp.sum(differences * others, axis=-1)


def _whole(present: Array) -> bool:
    """Whether every fold has all conditions or none."""
    xp = array_namespace(present)
    return bool(xp.all(xp.min(present, axis=-1) == xp.max(present, axis=-1)))


def _both(present: Array) -> Array:
    """1 where a fold has both conditions of a pair (..., fold, pair)."""
    xp = array_namespace(present)
    first, second = (xp.asarray(index, device=device(present)) for index in pair_indices(present.shape[-1]))
    return xp.take(present, first, axis=-1) * xp.take(present, second, axis=-1)


def _sum(of_folds: Array) -> Array:
    """Summed over folds: (..., fold, pair) -> (..., pair)."""
    return array_namespace(of_folds).sum(of_folds, axis=-2)


def _divided(sums: Array, count: Array) -> Array:
    """sums / count, NaN where count is not positive."""
    xp = array_namespace(sums)
    some = count > 0
    return xp.where(some, sums / xp.where(some, count, xp.ones_like(count)), xp.full_like(sums, float("nan")))


def _side_by_side(folds: Array) -> Array:
    """(..., fold, condition, channel) -> (..., condition, fold * channel): its Gram is the sum of the folds' Grams."""
    xp = array_namespace(folds)
    fold, condition, channel = folds.shape[-3:]
    return xp.reshape(xp.moveaxis(folds, -3, -2), (*folds.shape[:-3], condition, fold * channel))


def _centred(patterns: Array) -> Array:
    """Less the mean over conditions; a condition that is missing (NaN) leaves the others as they are."""
    xp = array_namespace(patterns)
    mean = xp.mean(patterns, axis=-2, keepdims=True)
    return patterns - xp.where(xp.isnan(mean), xp.zeros_like(mean), mean)


def _products(a: Array, b: Array) -> Array:
    """As `difference_products`, of patterns that are centred."""
    xp = array_namespace(a, b)
    return _of_pairs(xp.matmul(a, xp.matrix_transpose(b)))


def _of_pairs(products: Array) -> Array:
    """G_ii + G_jj - G_ij - G_ji for all pairs i < j: (..., condition, condition) -> (..., pair)."""
    xp = array_namespace(products)
    n = products.shape[-1]
    i, j = pair_indices(n)
    flat = xp.reshape(products, (*products.shape[:-2], n * n))
    ii, jj, ij, ji = (
        xp.take(flat, xp.asarray(row * n + column, device=device(products)), axis=-1)
        for row, column in ((i, i), (j, j), (i, j), (j, i))
    )
    return ii + jj - ij - ji


def _need_folds(folds: Array, least: int, what: str) -> None:
    if folds.ndim < 3 or folds.shape[-3] < least:
        raise InputError(
            f"{what} needs folds (..., fold, condition, channel) with at least {least} folds; shape "
            f"{tuple(folds.shape)} came. Record more runs, or split the trials into more."
        )
