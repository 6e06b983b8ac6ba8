"""Squared Euclidean and Mahalanobis distances: one batched matrix product for a whole movie."""

from __future__ import annotations

from neurouniv.rdm.measures.pairs import Array, centred, gram, of_gram, over_frames, whitened


def sqeuclidean(patterns: Array) -> Array:
    """Squared Euclidean distances: (..., condition, channel) -> (..., pair), in squared units of `patterns`.

    Patterns are centred first, so a large common offset costs no accuracy. rsatoolbox's "euclidean" is this divided by
    the number of channels.

    Examples
    --------
    >>> import numpy as np
    >>> sqeuclidean(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])).round(9).tolist()
    [25.0, 1.0, 18.0]
    """
    return mahalanobis(patterns)


def mahalanobis(patterns: Array, precision: Array | None = None) -> Array:
    """Squared Mahalanobis distances (a - b) P (a - b)': (..., condition, channel) -> (..., pair), without unit.

    Parameters
    ----------
    patterns : the conditions' mean patterns; the pairs of a condition with a NaN are NaN.
    precision : the precision P of the noise (..., channel, channel), positive definite; default the identity.

    Examples
    --------
    >>> import numpy as np
    >>> mahalanobis(np.array([[0.0, 0.0], [3.0, 4.0]]), np.diag([1.0, 0.25])).round(9).tolist()
    [13.0]
    """
    return over_frames(_distances, 2, patterns, (precision, 2))


def _distances(patterns: Array, precision: Array | None) -> Array:
    white = whitened(centred(patterns), precision)
    return not_negative(of_gram(gram(white, white), symmetric=True))


def not_negative(values: Array) -> Array:
    """`values` with 0, in place, where rounding made one negative; NaN stays."""
    values[values < 0] = 0
    return values
