"""Dissimilarities of the direction of patterns: 1 less the correlation, and 1 less the cosine."""

from __future__ import annotations

import math

import numpy as np
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


EXACT = 1e-30
"""Squares from it to its inverse are exact in single precision too; others need patterns in another unit."""


def _of_size_one(vectors: Array, patterns: Array) -> tuple[Array, Array]:
    """Both in a unit, a power of two for each condition, in which the pattern's largest value is about 1."""
    xp = array_namespace(patterns)
    largest = xp.max(xp.abs(patterns), axis=-1, keepdims=True)
    usable = (largest > 0) & (largest < math.inf)
    exponent = xp.floor(xp.log2(xp.where(usable, largest, xp.ones_like(largest))))
    for half in (xp.floor(exponent / 2), xp.ceil(exponent / 2)):  # one power of two may be too large for a double
        vectors, patterns = vectors / 2**half, patterns / 2**half
    return vectors, patterns


def _angles(vectors: Array, patterns: Array) -> Array:
    """Half the squared distances of `vectors` scaled to length 1, NaN where they are the rounding of `patterns`."""
    xp = array_namespace(vectors)
    with np.errstate(over="ignore"):
        squared = xp.vecdot(vectors, vectors)
    if not bool(xp.all((squared > EXACT) & (squared < 1 / EXACT))):
        vectors, patterns = _of_size_one(vectors, patterns)
        squared = xp.vecdot(vectors, vectors)
    rounding = (4 * xp.finfo(vectors.dtype).eps) ** 2 * xp.vecdot(patterns, patterns)
    length = xp.where(squared > rounding, xp.sqrt(squared), xp.full_like(squared, math.nan))
    directions = centred(vectors / length[..., None])
    return not_negative(of_gram(gram(directions, directions), symmetric=True)) / 2
