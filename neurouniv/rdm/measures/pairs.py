"""From products of patterns to values for pairs of conditions, a block of frames at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array

from neurouniv.schema import pair_indices

Array = Any
"""A NumPy array, a torch tensor, or another array that follows the array API standard."""

BLOCK = 2**20
"""Bytes of patterns worked on at once on a CPU: with their products they stay in its cache (measured best)."""

LARGE_BLOCK = 2**28
"""The same elsewhere: enough to fill a GPU, and little of its memory."""


def difference_products(a: Array, b: Array) -> Array:
    """(a_i - a_j) . (b_i - b_j) for all pairs of conditions i < j: (..., condition, channel) twice -> (..., pair).

    Examples
    --------
    >>> import numpy as np
    >>> difference_products(np.array([[0.0], [2.0]]), np.array([[1.0], [4.0]])).tolist()
    [6.0]
    """
    return over_frames(lambda left, right: of_gram(gram(centred(left), centred(right))), 2, a, (b, 2))


def gram(a: Array, b: Array) -> Array:
    """The products of all rows: (..., condition, channel) twice -> (..., condition, condition)."""
    return array_namespace(a, b).matmul(a, array_namespace(b).matrix_transpose(b))


def of_gram(products: Array, symmetric: bool = False) -> Array:
    """G_ii + G_jj - G_ij - G_ji for all pairs i < j: (..., condition, condition) -> (..., pair)."""
    n = products.shape[-1]
    first, second, _ = _indices(n, products)
    squares = array_namespace(products).linalg.diagonal(products)
    values = upper(products)
    if symmetric:
        values *= -2
    else:
        values += upper(products, swapped=True)
        values *= -1
    values += _values_at(squares, first)
    values += _values_at(squares, second)
    return values


def upper(square: Array, swapped: bool = False) -> Array:
    """The entries (i, j), or (j, i) if `swapped`, of all pairs i < j: (..., condition, condition) -> (..., pair)."""
    n = square.shape[-1]
    first, second, flat = _indices(n, square)
    index = second * n + first if swapped else flat
    return _values_at(array_namespace(square).reshape(square, (*square.shape[:-2], n * n)), index)


def both(present: Array) -> Array:
    """The product of the values of the two conditions of every pair: (..., condition) -> (..., pair)."""
    first, second, _ = _indices(present.shape[-1], present)
    return _values_at(present, first) * _values_at(present, second)


def _values_at(values: Array, places: Array) -> Array:
    """`values[..., places]`, by `take`, which is sooner done."""
    return array_namespace(values).take(values, places, axis=-1)


def centred(patterns: Array) -> Array:
    """Less the mean over conditions, which no difference sees and which costs accuracy where it is large.

    A condition that is missing (NaN) leaves the others as they are.
    """
    xp = array_namespace(patterns)
    mean = xp.mean(patterns, axis=-2, keepdims=True)
    return patterns - xp.where(xp.isnan(mean), xp.zeros_like(mean), mean)


def whitened(patterns: Array, precision: Array | None) -> Array:
    """`patterns` (..., channel) in coordinates where noise of this precision is white.

    With P = L L' the Mahalanobis distance x P x' is the squared length of x L. `precision` (channel, channel), or one
    for each element of the leading dimensions, is positive definite; with None, `patterns` come back.
    """
    if precision is None:
        return patterns
    xp = array_namespace(patterns)
    root = xp.astype(xp.linalg.cholesky(on_device(precision, patterns)), patterns.dtype)
    if root.ndim > 2:
        between = (1,) * (patterns.ndim - root.ndim)
        return xp.matmul(patterns, xp.reshape(root, (*root.shape[:-2], *between, *root.shape[-2:])))
    rows = xp.reshape(patterns, (-1, patterns.shape[-1]))  # one large product is faster than many small ones
    return xp.reshape(xp.matmul(rows, root), patterns.shape)


def on_device(array: Array, like: Array) -> Array:
    """`array` as floating-point numbers of the kind and on the device of `like`, in its own precision."""
    return floating(array_namespace(like).asarray(array, device=device(like)))


def floating(array: Array) -> Array:
    """`array` as floating-point numbers: float32 and float64 stay, all others become float64."""
    xp = array_namespace(array)
    return array if xp.isdtype(array.dtype, "real floating") else xp.astype(array, xp.float64)


def divided(sums: Array, count: Array) -> Array:
    """sums / count, NaN where count is not positive."""
    xp = array_namespace(sums)
    some = count > 0
    return xp.where(some, sums / xp.where(some, count, xp.ones_like(count)), xp.full_like(sums, math.nan))


def over_frames(function: Callable[..., Array], core: int, patterns: Array, *others: tuple[Array | None, int]) -> Array:
    """`function` of `patterns` (..., core dimensions) and others, blocks of frames at a time: -> (..., pair).

    Frames are all leading dimensions. `others` are arrays with the number of their own core dimensions; their leading
    dimensions are broadcast against those of `patterns`, and what has none is given to every block whole.
    """
    xp = array_namespace(patterns)
    patterns = floating(patterns)
    arrays = [(None if array is None else on_device(array, patterns), core_dims) for array, core_dims in others]
    batches = [array.shape[: array.ndim - core_dims] for array, core_dims in arrays if array is not None]
    shape = np.broadcast_shapes(patterns.shape[: patterns.ndim - core], *map(tuple, batches))
    frames = _one_frame_axis(patterns, core, shape)
    arrays = [
        (array if array is None or array.ndim == core_dims else _one_frame_axis(array, core_dims, shape), core_dims)
        for array, core_dims in arrays
    ]
    step = _step(frames)
    blocks = []
    for start in range(0, max(1, frames.shape[0]), step):
        here = slice(start, start + step)
        blocks.append(function(frames[here, ...], *(_of_block(array, core_dims, here) for array, core_dims in arrays)))
    values = blocks[0] if len(blocks) == 1 else xp.concat(blocks, axis=0)
    return xp.reshape(values, (*shape, *values.shape[1:]))


def _of_block(array: Array | None, core: int, block: slice) -> Array | None:
    return array if array is None or array.ndim == core else array[block, ...]


def _one_frame_axis(array: Array, core: int, shape: tuple[int, ...]) -> Array:
    """(..., core) -> (frame, core), its leading dimensions broadcast to `shape`."""
    xp = array_namespace(array)
    core_shape = tuple(array.shape[array.ndim - core :])
    if tuple(array.shape[: array.ndim - core]) != shape:
        array = xp.broadcast_to(array, (*shape, *core_shape))
    return xp.reshape(array, (math.prod(shape), *core_shape))


def _step(frames: Array) -> int:
    """How many frames are worked on at once, so that all blocks are about as large: a small last one costs as much."""
    on_cpu = is_numpy_array(frames) or str(device(frames)).startswith("cpu")
    size = math.prod(frames.shape) * (4 if "32" in str(frames.dtype) else 8)
    blocks = max(1, round(size / (BLOCK if on_cpu else LARGE_BLOCK)))
    return max(1, math.ceil(frames.shape[0] / blocks))


def _indices(n: int, like: Array) -> tuple[Array, Array, Array]:
    """The first and second conditions of all pairs, and their places in a flattened square, on the device of `like`."""
    if is_numpy_array(like):
        return _kept_indices(n)
    xp = array_namespace(like)
    return tuple(xp.asarray(index, device=device(like)) for index in _kept_indices(n))


@lru_cache(maxsize=8)
def _kept_indices(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = pair_indices(n)
    return first, second, first * n + second
