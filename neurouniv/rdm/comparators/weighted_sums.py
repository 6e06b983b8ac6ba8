"""Inner products of RDMs in resamples: a weighted sum over pairs, less or plus products of a few other weighted sums.

With w the weights of a resample and rows u and v over pairs, an inner product of x with y is

    share * sum_p w_p x_p y_p - sum_v (v'x)(v'y) + sum_u (u'x)(u'y)

"cosine" needs no row; "corr" takes off one, the mean; what whitening takes off and adds is in `whitening`. Where
resamples hold few of the pairs, as in folds dealt anew, weights and rows are sparse matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NamedTuple, Protocol

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array
from scipy.sparse import csr_array

FEW = 0.1
"""A sparse product is the faster one on a processor where less than this share of the weights is not 0."""


class Rows(Protocol):
    """Some rows' weighted sums of frames (pair, frame), one after the other: each (resample, frame)."""

    def __call__(self, frames: Any) -> Iterator[Any]: ...


class Stacked:
    """Rows over all pairs: a matrix (row * resample, pair), dense or sparse."""

    def __init__(self, matrix: Any, number: int):
        self.matrix, self.number = matrix, number

    def __call__(self, frames: Any) -> Iterator[Any]:
        sums = self.matrix @ frames
        return iter(sums.reshape(self.number, -1, sums.shape[-1]))


class Form(NamedTuple):
    """The inner products of some resamples."""

    weights: Any  # (resample, pair), dense or sparse
    share: float
    less: Sequence[Rows]
    more: Sequence[Rows]


class Frames(NamedTuple):
    """Frames to compare, x with y (pair, frame), and the products of which weighted sums are taken."""

    x: Any
    y: Any
    products: tuple[Any, Any, Any]
    shapes: tuple[tuple[int, ...], tuple[int, ...]]


def frames_of(x: Any, y: Any) -> Frames:
    """From arrays (..., pair) that broadcast."""
    xp = array_namespace(x, y)
    shapes = tuple(x.shape[:-1]), tuple(y.shape[:-1])
    x, y = (_by_pair(xp, frames) for frames in (x, y))
    both = x.reshape(-1, *shapes[0]) * y.reshape(-1, *shapes[1])
    return Frames(x, y, (both.reshape(x.shape[0], -1), x * x, y * y), shapes)


def inner_products(form: Form, frames: Frames) -> tuple[list[Any], list[Any]]:
    """Of x with y, x with x and y with y (resample, ...); then the weighted sums of the last two alone."""
    shapes = (np.broadcast_shapes(*frames.shapes), *frames.shapes)
    sums = [_shaped(form.weights @ one, shape) for one, shape in zip(frames.products, shapes, strict=True)]
    alone, sums = sums[1:], [form.share * one for one in sums] if form.less or form.more else sums
    for kind, add in ((form.less, False), (form.more, True)):
        for rows in kind:
            for pair in zip(rows(frames.x), rows(frames.y), strict=True):
                x, y = (_shaped(one, shape) for one, shape in zip(pair, frames.shapes, strict=True))
                _take(sums, x, y, add)
    return sums, alone


def sparse_if_few(matrix: Any) -> Any:
    """The same matrix, on a processor a sparse one if most of it is 0."""
    if not is_numpy_array(matrix) or np.count_nonzero(matrix) > FEW * matrix.size:
        return matrix
    return csr_array(matrix)


def _take(sums: list[Any], x: Any, y: Any, add: bool) -> None:
    for total, product in ((0, x * y), (1, x * x), (2, y * y)):
        if add:
            sums[total] += product
        else:
            sums[total] -= product


def _shaped(sums: Any, shape: tuple[int, ...]) -> Any:
    return sums.reshape(-1, *shape)


def _by_pair(xp: Any, frames: Any) -> Any:
    """(..., pair) to (pair, frame), in rows that lie together."""
    size = prod(frames.shape[:-1])
    rows = xp.empty((frames.shape[-1], size), dtype=frames.dtype, device=device(frames))
    rows[...] = frames.reshape(size, -1).T
    return rows
