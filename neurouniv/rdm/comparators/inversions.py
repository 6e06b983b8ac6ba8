"""How many entries of a sequence are out of order, of many sequences at once, and Kendall's tau by that count.

A sequence is cut into blocks of places, and its entries in order of size into blocks too. Entries of one block, of
either kind, are compared one by one, at one distance after the other, for all blocks and sequences in one step; where
both blocks differ, a table says how many entries each two have in common, and running sums the rest. That is of the
order of P^(3/2) work for P entries.
"""

from __future__ import annotations

import numpy as np

from neurouniv.rdm.comparators.signs import concordance, signs_are_faster
from neurouniv.rdm.comparators.sorted_frames import levels

LEAST = 128
"""With no more entries than these, all are compared one by one."""
SIDES = (32, 255)
"""Entries of a block: at least, and as many as a byte counts."""
AT_ONCE = 2**15
"""So many entries of sequences, and what is made of them, stay in cache."""


def tau(x: np.ndarray, y: np.ndarray, for_ties: bool) -> np.ndarray:
    """Kendall's tau of levels (many, observed, pair) with levels (many, predicted, pair): (many, observed, predicted).

    Concordant less discordant pairs of pairs, over those not tied in x and in y (`for_ties`: tau-b) or over all
    (tau-a). Levels are integers from 0 to the number of pairs.

    Examples
    --------
    >>> tau(np.array([[[0, 1, 2]]]), np.array([[[0, 2, 1], [0, 1, 1]]]), for_ties=True).round(3)
    array([[[0.333, 0.816]]])
    """
    size = x.shape[-1]
    apart_x = _apart(x)[:, :, None]
    apart_y = _apart(y)[:, None]
    if len(x) and signs_are_faster(x.shape[1], y.shape[1], size):
        scores = np.stack([2 * concordance(*tables) for tables in zip(x, y, strict=True)])
    else:
        scores = _discordance(x, y) + apart_x + apart_y - size**2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        scores /= np.sqrt(apart_x) * np.sqrt(apart_y) if for_ties else size * (size - 1)
    return np.where((apart_x == 0) | (apart_y == 0), np.nan, scores)


def in_levels(frames: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The levels of frames (..., pair), whichever conditions the pairs join."""
    return levels(frames)


def inversions(sequences: np.ndarray) -> np.ndarray:
    """How often an entry is smaller than one before it (sequence,), of integers (sequence, place) below their number.

    Examples
    --------
    >>> inversions(np.array([[0, 1, 2], [2, 1, 0], [1, 1, 0]]))
    array([0, 3, 2])
    """
    number, size = sequences.shape
    side = size if size <= LEAST else min(max(SIDES[0], round(size**0.5)), SIDES[1])
    blocks = -(-size // side)
    padded = np.empty((number, blocks * side), np.int16 if blocks * side < 2**15 else np.int32)
    padded[:, :size], padded[:, size:] = sequences, np.arange(size, blocks * side)
    total = _within(padded.reshape(number, blocks, side))
    if blocks == 1:
        return total
    places = np.argsort(padded, axis=-1, kind="stable")
    place_block = (places // side).astype(np.uint8 if blocks < 2**8 else np.int32)
    return total + _within(place_block.reshape(number, blocks, side)) + _across(places, blocks)


def _apart(frames: np.ndarray) -> np.ndarray:
    """How many pairs of pairs, in either order, are not tied (...), from levels (..., pair)."""
    size = frames.shape[-1]
    return (size**2 - _ties(np.sort(frames.reshape(-1, size), axis=-1))).reshape(frames.shape[:-1])


def _discordance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ties of both less what is discordant, twice and in either order (many, observed, predicted)."""
    (many, observed, size), predicted = x.shape, y.shape[1]
    x, y = x.reshape(-1, size), y.reshape(-1, size)
    of_x, of_y = np.divmod(np.arange(many * observed * predicted), predicted)
    of_y += of_x // observed * predicted
    scores, at_once = np.empty(len(of_x)), max(1, AT_ONCE // size)
    for start in range(0, len(scores), at_once):
        rows = slice(start, start + at_once)
        key = y[of_y[rows]].astype(np.int32 if size < 2**15 else np.int64) * size + x[of_x[rows]]
        key.sort(axis=-1)
        scores[rows] = _ties(key) - 4 * inversions(key % size)
    return scores.reshape(many, observed, predicted)


def _ties(ordered: np.ndarray) -> np.ndarray:
    """The sum over ties, an entry alone one too, of their squared size (sequence,), from sorted entries."""
    same, place = ordered[:, 1:] == ordered[:, :-1], np.arange(1, ordered.shape[-1])
    if not same.any():
        return np.full(len(ordered), ordered.shape[-1])
    start = np.maximum.accumulate(np.where(same, 0, place), axis=-1)
    return ordered.shape[-1] + 2 * (place - start).sum(-1)


def _within(blocks: np.ndarray) -> np.ndarray:
    """Inversions within blocks (sequence, block, entry), summed over them (sequence,)."""
    number, count, side = blocks.shape
    entries = np.ascontiguousarray(blocks.transpose(2, 0, 1)).reshape(side, -1)
    smaller = np.zeros(entries.shape, np.uint8)
    for distance in range(1, side):
        smaller[distance:] += (entries[distance:] < entries[:-distance]).view(np.uint8)
    return smaller.sum(0, dtype=np.uint16).reshape(number, count).sum(1, dtype=np.int64)


def _across(places: np.ndarray, blocks: int) -> np.ndarray:
    """Inversions between entries whose blocks differ both ways (sequence,), from the places in order of size."""
    number, size = places.shape
    block = np.repeat(np.arange(blocks), size // blocks)
    cell = block + blocks * (places // (size // blocks))
    cell += blocks**2 * np.arange(number)[:, None]
    shared = np.bincount(cell.ravel(), minlength=number * blocks**2).reshape(number, blocks, blocks)
    before = np.cumsum(shared[:, :-1, :0:-1], axis=1)
    larger = np.cumsum(before, axis=2)[:, :, ::-1]
    return np.einsum("rpv,rpv->r", shared[:, 1:, :-1], larger)
