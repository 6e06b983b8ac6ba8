"""Every observed with every predicted RDM, and with predicted ones whose conditions are in other orders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from neurouniv.rdm.comparators.comparator import Comparator
from neurouniv.rdm.comparators.own_unit import in_own_unit

LEAST_PAIRS = 3
FLAT = 1e-12
"""A frame is constant if no pair is further from the mean than so many times its largest value."""
AT_ONCE = 2**16
"""So many values (permutation, predicted frame, pair) are permuted at once."""


def similarity_table(
    observed: np.ndarray, predicted: np.ndarray, ends: np.ndarray, comparator: Comparator
) -> np.ndarray:
    """Arrays (observed frame, pair) and (predicted frame, pair), NaN: not observed, to (observed, predicted frame).

    NaN where a frame has fewer than three observed pairs, where one of the two is constant (not centred: zero), or
    where the prediction is not finite though the pair was observed. Pairs not observed are left out, frame by frame.

    Parameters
    ----------
    observed, predicted : frames of the same pairs.
    ends : the two conditions of every pair (2, pair), counted from 0.
    comparator : one of `COMPARATORS`.

    Examples
    --------
    >>> from neurouniv.rdm.comparators import comparator_of
    >>> ends, h = np.array([[0, 0, 1], [1, 2, 2]]), np.array([[1.0, 2.0, 4.0], [3.0, 1.0, 2.0]])
    >>> similarity_table(h, 7 * h + 1, ends, comparator_of("corr")).round(3)
    array([[ 1.   , -0.327],
           [-0.327,  1.   ]])
    """
    return similarities(observed[None], predicted[None], ends, comparator)[0]


def permuted_table(
    observed: np.ndarray, predicted: np.ndarray, ends: np.ndarray, comparator: Comparator, orders: np.ndarray
) -> np.ndarray:
    """`similarity_table` with the conditions of predicted RDMs in other orders (permutation, observed, predicted).

    Pair (i, j) of a permuted RDM is pair (order[i], order[j]) of the predicted one, as for a Mantel test (1967). A pair
    that was not observed stays so; one that was not predicted is missing at its new place.

    Parameters
    ----------
    observed, predicted, ends, comparator : as of `similarity_table`.
    orders : (permutation, condition), the conditions from 0.

    Examples
    --------
    >>> from neurouniv.rdm.comparators import comparator_of
    >>> ends, h = np.array([[0, 0, 1], [1, 2, 2]]), np.array([[1.0, 2.0, 4.0]])
    >>> permuted_table(h, h, ends, comparator_of("corr"), np.array([[0, 1, 2], [1, 0, 2]]))[:, 0, 0].round(3)
    array([1.   , 0.143])
    """
    observed, predicted = (np.asarray(frames, dtype=float) for frames in (observed, predicted))
    (number, pairs), once = predicted.shape, comparator.once
    if _every_pair(pairs, orders.shape[1]) and np.isfinite(observed).all():
        frames = once.other(_usable(predicted, comparator), ends)
        compare = partial(once.combine, once.one(_usable(observed, comparator), ends)[None])
    else:
        frames = np.concatenate([predicted, np.full((number, 1), np.nan)], axis=1)
        compare = partial(similarities, observed[None], ends=ends, comparator=comparator)
    tables = np.empty((len(orders), len(observed), number))
    at_once = max(1, AT_ONCE // max(1, frames.size))
    for start in range(0, len(orders), at_once):
        places = _places(ends, orders[start : start + at_once])
        table = compare(frames[:, places].reshape(1, -1, pairs))[0]
        tables[start : start + at_once] = table.reshape(len(observed), number, -1).transpose(2, 0, 1)
    return tables


def similarities(observed: np.ndarray, predicted: np.ndarray, ends: np.ndarray, comparator: Comparator) -> np.ndarray:
    """Many tables of `similarity_table` at once.

    (many, observed frame, pair) and (many, predicted frame, pair) to (many, observed frame, predicted frame).
    """
    observed, predicted = (np.asarray(frames, dtype=float) for frames in (observed, predicted))
    seen = np.isfinite(observed)
    if seen.all():
        return _compared(observed, predicted, ends, comparator)
    many, count, size = observed.shape
    table = np.full((many * count, predicted.shape[1]), np.nan)
    x = observed.reshape(-1, size)
    for rows, pairs in _rows_by_pairs(seen.reshape(-1, size)):
        if many == 1:
            some, expected = x[rows][None], predicted
        else:
            some, expected = x[rows][:, None], predicted[rows // count]
        table[rows] = _compared(some[..., pairs], expected[..., pairs], ends[:, pairs], comparator).reshape(
            len(rows), -1
        )
    return table.reshape(many, count, -1)


def _compared(x: np.ndarray, y: np.ndarray, ends: np.ndarray, comparator: Comparator) -> np.ndarray:
    """`similarities` of frames in which every pair was observed."""
    if ends.shape[1] < LEAST_PAIRS:
        return np.full((len(x), x.shape[1], y.shape[1]), np.nan)
    once, x, y = comparator.once, _usable(x, comparator), _usable(y, comparator)
    one, other = (once.one, once.other) if x.shape[1] <= y.shape[1] else (once.other, once.one)
    return once.combine(one(x, ends), other(y, ends))


def _usable(frames: np.ndarray, comparator: Comparator) -> np.ndarray:
    """Frames (..., pair), those of zeros instead that are not finite or constant but for rounding errors."""
    frames = frames if comparator.ranked else in_own_unit(frames)
    high, low = frames.max(-1, keepdims=True), frames.min(-1, keepdims=True)
    mask = np.isfinite(high) & np.isfinite(low)
    if comparator.centred:
        with np.errstate(invalid="ignore"):
            middle = frames.mean(-1, keepdims=True)
            mask &= np.maximum(high - middle, middle - low) > FLAT * np.maximum(np.abs(high), np.abs(low))
    return frames if mask.all() else np.where(mask, frames, 0.0)


def _rows_by_pairs(seen: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The rows of `seen` (frame, pair) that have the same pairs, and these, group by group."""
    patterns, group = np.unique(np.packbits(seen, axis=-1), axis=0, return_inverse=True)
    for number in range(len(patterns)):
        rows = np.flatnonzero(group.reshape(-1) == number)
        yield rows, np.flatnonzero(seen[rows[0]])


def _every_pair(pairs: int, conditions: int) -> bool:
    return pairs == conditions * (conditions - 1) // 2 >= LEAST_PAIRS


def _places(ends: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Where every pair of permuted RDMs is in the RDM itself (permutation, pair); one more than the last: nowhere."""
    pairs, conditions = ends.shape[1], orders.shape[1]
    places = np.full((conditions, conditions), pairs)
    places[ends[0], ends[1]] = places[ends[1], ends[0]] = np.arange(pairs)
    return places[orders[:, ends[0]], orders[:, ends[1]]]
