"""Sorted frames and running sums of weights in their order, for many resamples at once.

Weights are columns (pair, resample). Running sums are taken of a few rows at a time by a product with a triangular
matrix, then over those, which on a processor is several times as fast as adding row after row.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

LEAST = 16
"""Rows that are summed by one product; more where there are very many pairs."""


class Weighed(NamedTuple):
    """The weights of some resamples (pair and one without weight, resample), and sums of powers of them (resample,)."""

    columns: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    cubes: np.ndarray


def weighed(weights: np.ndarray, dtype: type = np.float64) -> Weighed:
    """From weights (pair, resample).

    Examples
    --------
    >>> weighed(np.array([[1.0], [2.0]])).cubes
    array([9.])
    """
    columns: np.ndarray = np.concatenate([weights, np.zeros_like(weights[:1])]).astype(dtype)
    return Weighed(columns, weights.sum(0), (weights**2).sum(0), (weights**3).sum(0))


class Sorted:
    """The order of a frame of pairs, and of frames within its ties; where ties begin and, last, where all end."""

    def __init__(self, *frames: np.ndarray):
        self.frame = frames[0]
        self.order = np.lexsort(frames[::-1]) if len(frames) > 1 else np.argsort(self.frame, kind="stable")
        apart = np.any([np.diff(frame[self.order]) != 0 for frame in frames], axis=0)
        self.starts = np.concatenate([[0], np.flatnonzero(apart) + 1, [len(self.order)]])
        self.tied = len(self.starts) <= len(self.order)

    @cached_property
    def blocks(self) -> np.ndarray:
        return in_blocks(self.order, max(LEAST, round((2 * len(self.order)) ** (1 / 3))))

    @cached_property
    def places(self) -> np.ndarray:
        """The place of every pair in the order."""
        return inverse(self.order)

    def ties(self, weights: Weighed, power: int) -> np.ndarray:
        """The sum over ties, a pair alone one too, of the 2nd or 3rd power of what it weighs (resample,)."""
        if not self.tied:
            return (weights.squares, weights.cubes)[power - 2]
        return np.sum(self.tie_weights(weights).astype(float) ** power, axis=0)

    def tie_weights(self, weights: Weighed) -> np.ndarray:
        """What every tie weighs (tie, resample)."""
        columns = weights.columns
        ones = np.ones(len(self.order), dtype=columns.dtype)
        return csr_array((ones, self.order, self.starts), shape=(len(self.starts) - 1, len(columns))) @ columns


class Workspace:
    """Arrays that are used again and again."""

    def __init__(self) -> None:
        self.arrays: dict[Any, np.ndarray] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """An array of that shape; what the last of that name held is lost."""
        size = prod(shape)
        if (name, dtype) not in self.arrays or self.arrays[name, dtype].size < size:
            self.arrays[name, dtype] = np.empty(size, dtype)
        return self.arrays[name, dtype][:size].reshape(shape)


def doubled_ranks(weights: Weighed, frame: Sorted, work: Workspace) -> np.ndarray:
    """Twice the rank of every pair (pair, resample), from 0: what is below weighs 2, the pair and its ties 1.

    The array is one of `work`.

    Examples
    --------
    >>> weights = weighed(np.array([[1.0], [2.0], [1.0]]))
    >>> doubled_ranks(weights, Sorted(np.array([3.0, 1.0, 3.0])), Workspace())[:, 0]
    array([6., 2., 6.])
    """
    shape, dtype = (*frame.blocks.shape, weights.columns.shape[1]), weights.columns.dtype
    drawn = np.take(weights.columns, frame.blocks, axis=0, out=work("drawn", shape, dtype), mode="clip")
    within, before = _triangular(*frame.blocks.shape, dtype)
    running = np.matmul(within, drawn, out=work("running", shape, dtype))
    running += (before @ (running[:, -1] + drawn[:, -1]))[:, None]
    running, drawn, place = running.reshape(-1, shape[-1]), drawn.reshape(-1, shape[-1]), frame.places
    if frame.tied:
        first, last = frame.starts[:-1], frame.starts[1:] - 1
        running = (running[first] - drawn[first] + running[last] + drawn[last]) / 2
        place = np.repeat(np.arange(len(first)), np.diff(frame.starts))[place]
    return np.take(running, place, axis=0, out=work("ranks", (len(place), shape[-1]), dtype), mode="clip")


def levels(frames: np.ndarray) -> np.ndarray:
    """Frames (..., pair) as small integers of the same order, ties the same one.

    Examples
    --------
    >>> levels(np.array([0.5, 0.1, 0.5]))
    array([1, 0, 1], dtype=int16)
    """
    order = np.argsort(frames, axis=-1)
    steps = np.diff(np.take_along_axis(frames, order, axis=-1), axis=-1, prepend=np.nan) > 0
    places = np.empty(frames.shape, np.int16 if frames.shape[-1] < 2**15 else np.int32)
    np.put_along_axis(places, order, np.cumsum(steps, axis=-1, dtype=places.dtype), axis=-1)
    return places


def in_blocks(order: np.ndarray, side: int) -> np.ndarray:
    """An order of pairs in blocks (block, row), the last filled with the row of weights that are 0.

    Examples
    --------
    >>> in_blocks(np.array([2, 0, 1]), 2)
    array([[2, 0],
           [1, 3]])
    """
    rows = np.full(-(-len(order) // side) * side, len(order))
    rows[: len(order)] = order
    return rows.reshape(-1, side)


def inverse(order: np.ndarray) -> np.ndarray:
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


@lru_cache(8)
def _triangular(blocks: int, side: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """What twice the rank is within a block, and what the blocks before add to it."""
    return 2 * np.tri(side, k=-1, dtype=dtype) + np.eye(side, dtype=dtype), np.tri(blocks, k=-1, dtype=dtype)
