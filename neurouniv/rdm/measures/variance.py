"""Sampling variance of crossvalidated distances, from how the folds differ."""

from __future__ import annotations

from array_api_compat import array_namespace

from neurouniv.rdm.measures.crossvalidated import differences_of_sums, folds_alike, shared
from neurouniv.rdm.measures.folds import need_folds, prepared, sum_of_folds
from neurouniv.rdm.measures.pairs import Array, both, divided, gram, of_gram, over_frames, upper


def crossnobis_variance(folds: Array, precision: Array | None = None) -> Array:
    """Sampling variance of `crossnobis`: a part that all pairs share and a part in proportion to the distance.

    With white noise of covariance Sigma per fold, Var = 8 tr(Sigma^2)/(n (n-1)) + (signal part), where the signal
    part grows with the distance (Diedrichsen, Provost & Zareamoghaddam 2016, arXiv 1607.01371, eq. 20 with n folds).
    tr(Sigma^2) is estimated without bias from residuals pooled over conditions (Himeno & Yamada 2014). The mean of the
    signal part is what the jackknife adds over pairs once its known excess for distances of zero is taken away.
    NaN where a pair has fewer than three folds.

    Parameters
    ----------
    folds, precision : as in `crossnobis`, all folds counting alike.

    Raises
    ------
    InputError : fewer than three folds.
    """
    return crossnobis_with_variance(folds, precision)[1]


def crossnobis_with_variance(folds: Array, precision: Array | None = None) -> tuple[Array, Array]:
    """`crossnobis` and `crossnobis_variance` at once, sooner than one after the other; they share most of the work.

    Examples
    --------
    >>> import numpy as np
    >>> h, h_var = crossnobis_with_variance(np.random.default_rng(0).normal(size=(4, 3, 5)))
    >>> h.shape, bool((h_var > 0).all())
    ((3,), True)
    """
    need_folds(folds, 3, "The variance of a crossvalidated distance")
    both = over_frames(_with_variance, 3, folds, (precision, 2))
    return both[..., 0, :], both[..., 1, :]


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
    need_folds(folds, 3, "The jackknife variance of a crossvalidated distance")

    def block(folds: Array, precision: Array | None) -> Array:
        return _jackknife(*_spread(*prepared(folds, precision)))

    return over_frames(block, 3, folds, (precision, 2))


def _with_variance(folds: Array, precision: Array | None) -> Array:
    """Distances and variances (frame, 2, pair)."""
    rows, present = prepared(folds, precision)
    if present is None:
        return _whole(rows)
    distances = folds_alike(rows, rows, present)
    return array_namespace(rows).stack([distances, _ragged_variance(rows, present, distances)], axis=-2)


def _ragged_variance(rows: Array, present: Array, distances: Array) -> Array:
    """Where folds lack conditions, NaN where a pair has too few."""
    xp = array_namespace(rows)
    spread, count = _spread(rows, present)
    jackknife = _jackknife(spread, count)
    has_jackknife = ~xp.isnan(jackknife)
    noise = 8 * _squared_noise(rows, present)[..., None] / xp.clip(count * (count - 1), 1)
    excess = noise * (1 + count / xp.clip(count - 2, 1))
    added = xp.sum(xp.where(has_jackknife, jackknife - excess, 0 * excess), axis=-1, keepdims=True)
    return noise + _in_proportion(xp.where(has_jackknife, distances, 0 * excess), added) + 0 * jackknife


def _whole(rows: Array) -> Array:
    """Distances and variances (frame, 2, pair) where nothing is missing: only the jackknife's sum over pairs counts.

    With t the sum of the folds x_i, the products of fold i with all others are

        m_i = x_i (t - x_i)' = t t' / 4 - u_i u_i',  u_i = x_i - t / 2,

    so one symmetric product u_i u_i' of every fold gives both the distances, of the mean of m_i, and how m_i differ.
    """
    xp = array_namespace(rows)
    n = rows.shape[-2]
    total = sum_of_folds(rows)
    rows -= total / n  # in place, for rows are made anew for this; what is left is small where folds are alike
    freedom = (n - 1) * (rows.shape[-3] - 1)
    noise = 8 * _trace_of_square(rows, freedom)[..., None] / (n * (n - 1))
    rows -= (1 / 2 - 1 / n) * total
    by_fold, total = xp.moveaxis(rows, -2, -3), total[..., 0, :]
    products = gram(by_fold, by_fold)
    mean = xp.sum(products, axis=-3) / n
    distances = of_gram(gram(total, total) / 4 - mean, symmetric=True) / (n - 1)
    products -= mean[..., None, :, :]
    spread = xp.sum(_sum_over_pairs(products), axis=-1)[..., None]
    added = _jackknife(spread, n) - noise * (1 + n / (n - 2)) * distances.shape[-1]
    return xp.stack([distances, noise + _in_proportion(distances, added)], axis=-2)


def _in_proportion(distance: Array, added: Array) -> Array:
    """`added` (..., 1), or 0 if it is negative, shared out among the pairs in proportion to their distances above 0."""
    xp = array_namespace(distance)
    distance = xp.clip(distance, 0)
    total = xp.sum(distance, axis=-1, keepdims=True)
    return distance * xp.where(total > 0, xp.clip(added, 0) / xp.where(total > 0, total, 0 * total + 1), 0 * total)


def _jackknife(spread: Array, count: Array | int) -> Array:
    """The jackknife variance from sum_i (m_i - mean m)^2 of n folds."""
    scale = count * (count - 1) * (count - 2) ** 2
    return 4 * spread / scale if isinstance(scale, int) else divided(4 * spread, scale)


def _deviations(apart: Array, mean: Array) -> Array:
    """A matrix G per fold, whose distances G_ii + G_jj - G_ij - G_ji are m_i less what all folds share.

    With x the mean over folds and e_i = x_i - x it is e_i ((n-2) x - e_i)', which stays accurate where folds are alike:
    (..., condition, fold, channel) and (..., condition, 1, channel) -> (..., fold, condition, condition).
    """
    xp = array_namespace(apart)
    others = (apart.shape[-2] - 2) * mean - apart
    return gram(xp.moveaxis(apart, -2, -3), xp.moveaxis(others, -2, -3))


def _sum_over_pairs(square: Array) -> Array:
    """The sum of (G_ii + G_jj - 2 G_ij)^2 over i < j, of symmetric G whose rows have the sum 0.

    (..., condition, condition) -> (...): C |g|^2 + (sum g)^2 + 2 |G|^2 over C conditions, g the diagonal.
    """
    xp = array_namespace(square)
    own, n = xp.linalg.diagonal(square), square.shape[-1]
    flat = xp.reshape(square, (*square.shape[:-2], n * n))
    return n * xp.vecdot(own, own) + xp.sum(own, axis=-1) ** 2 + 2 * xp.vecdot(flat, flat)


def _spread(rows: Array, present: Array | None) -> tuple[Array, Array | int]:
    """sum_i (m_i - mean m)^2 of every pair (..., pair), and the numbers of folds."""
    xp = array_namespace(rows)
    if present is None:
        mean = xp.mean(rows, axis=-2, keepdims=True)
        values = of_gram(_deviations(rows - mean, mean))
        return xp.sum((values - xp.mean(values, axis=-2, keepdims=True)) ** 2, axis=-2), rows.shape[-2]
    count, mask = shared(present), both(xp.matrix_transpose(present))
    products = mask * _of_ragged_folds(rows, present)
    mean = xp.sum(products, axis=-2) / xp.clip(count, 1)
    return xp.sum(mask * (products - mean[..., None, :]) ** 2, axis=-2), count


def _of_ragged_folds(rows: Array, present: Array) -> Array:
    """m_i, the products of each fold's differences with the sum of all others': (..., fold, pair)."""
    xp = array_namespace(rows)
    sums = differences_of_sums(rows, present)
    with_sums = xp.moveaxis(xp.matmul(rows, xp.matrix_transpose(sums)), -2, -3)
    folds = xp.moveaxis(rows, -2, -3)
    return upper(with_sums) + upper(with_sums, swapped=True) - of_gram(gram(folds, folds), symmetric=True)


def _squared_noise(rows: Array, present: Array) -> Array:
    """tr(Sigma^2) of the noise of one fold (...,), from what is left of `rows` beside condition and fold means."""
    xp = array_namespace(rows)
    number = xp.clip(xp.sum(present, axis=-1, keepdims=True), 1)[..., None]
    residuals = (rows - xp.sum(rows, axis=-2, keepdims=True) / number) * present[..., None]
    used = xp.sum(xp.astype(xp.any(present > 0, axis=-2), rows.dtype), axis=-1)
    named = xp.sum(xp.astype(xp.any(present > 0, axis=-1), rows.dtype), axis=-1)
    return _trace_of_square(residuals, xp.clip(xp.sum(present, axis=(-2, -1)) - used - named + 1, 2))


def _trace_of_square(residuals: Array, freedom: Array | int) -> Array:
    """tr(Sigma^2) without bias from residuals of that many degrees of freedom (Himeno & Yamada 2014)."""
    xp = array_namespace(residuals)
    rows = xp.reshape(residuals, (*residuals.shape[:-3], -1, residuals.shape[-1]))
    columns = xp.matrix_transpose(rows)
    product = gram(columns, columns) if rows.shape[-2] > rows.shape[-1] else gram(rows, rows)
    flat = xp.reshape(product, (*product.shape[:-2], -1))
    squared, plain = xp.vecdot(flat, flat), xp.sum(xp.linalg.diagonal(product), axis=-1)
    return xp.clip(squared - plain**2 / freedom, 0) / ((freedom - 1) * (freedom + 2))
