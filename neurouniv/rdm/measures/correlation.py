"""Dissimilarities of the direction of patterns: 1 less the correlation, and 1 less the cosine."""

from __future__ import annotations

import math

from array_api_compat import array_namespace

from neurouniv.rdm.measures.euclidean import not_negative
from neurouniv.rdm.measures.pairs import Array, centred, gram, of_gram, over_frames


def correlation(patterns: Array) -> Array:
    """1 - Pearson's r over channels: (..., condition, channel) -> (..., pair), between 0 and 2, without unit.

    It is half the squared distance of the patterns less their means, scaled to length 1. A pattern that is the same in
    all channels has no correlation: its pairs are NaN.

    Examples
    --------
    >>> import numpy as np
    >>> correlation(np.array([[0.0, 1.0, 2.0], [5.0, 7.0, 9.0], [2.0, 1.0, 0.0]])).round(9).tolist()
    [0.0, 2.0, 2.0]
    """
    return over_frames(
        lambda block: _angles(block - array_namespace(block).mean(block, axis=-1, keepdims=True), block), 2, patterns
    )


def cosine(patterns: Array) -> Array:
    """1 - cosine of the angle: (..., condition, channel) -> (..., pair), between 0 and 2, without unit.

    Unlike the correlation it keeps what all channels share. A pattern of zeros has no angle: its pairs are NaN.

    Examples
    --------
    >>> import numpy as np
    >>> cosine(np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0]])).round(9).tolist()
    [0.0, 1.0, 1.0]
    """
    return over_frames(lambda block: _angles(block, block), 2, patterns)


def _angles(vectors: Array, patterns: Array) -> Array:
    """Half the squared distances of `vectors` scaled to length 1, NaN where they are the rounding of `patterns`."""
    xp = array_namespace(vectors)
    squared = xp.vecdot(vectors, vectors)
    rounding = (4 * xp.finfo(vectors.dtype).eps) ** 2 * xp.vecdot(patterns, patterns)
    length = xp.where(squared > rounding, xp.sqrt(squared), xp.full_like(squared, math.nan))
    directions = centred(vectors / length[..., None])
    return not_negative(of_gram(gram(directions, directions), symmetric=True)) / 2
