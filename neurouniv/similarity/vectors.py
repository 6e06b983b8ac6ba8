"""RDMs as vectors, whose inner products are those by which a comparator is a cosine.

"cosine" takes the distances themselves, "corr" those about their mean. The whitened two have further entries, weighted
sums of distances of which each counts with its sign, +1 or -1: see `neurouniv.rdm.comparators.weighted_sums`. So a
matrix of pairs by pairs is never made, and inner products of very many RDMs are one product of matrices.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from neurouniv.rdm.comparators import Comparator
from neurouniv.rdm.comparators.weighted_sums import Form
from neurouniv.rdm.comparators.whitening import Places, closed_form, is_closed, solved_form

CONSTANT = 1e-12
"""RDMs whose spread about their mean is below this share of their largest entry are constant."""


class Vectors(NamedTuple):
    """RDMs `frames` (..., pair), about their mean if it is taken off, as `values` (..., entry) of `signs` (entry,)."""

    frames: np.ndarray
    values: np.ndarray
    signs: np.ndarray

    @property
    def square(self) -> np.ndarray:
        """The inner product of each with itself (...)."""
        return np.asarray(self.values**2 @ self.signs)

    def times(self, other: Vectors) -> np.ndarray:
        """The inner products of these (..., a, entry) with others (..., b, entry): (..., a, b).

        Examples
        --------
        >>> both = Vectors(np.eye(2), np.eye(2), np.ones(2))
        >>> both.times(both)
        array([[1., 0.],
               [0., 1.]])
        """
        return (self.values * self.signs) @ other.values.swapaxes(-2, -1)


def vectors_of(frames: np.ndarray, ends: np.ndarray, comparator: Comparator) -> Vectors:
    """RDMs (..., pair) without missing pairs, as vectors; of a comparator by ranks, distances about their mean.

    Parameters
    ----------
    frames : (..., pair).
    ends : (2, pair), the two conditions of every pair.
    comparator : as `neurouniv.rdm.comparators.comparator_of` gives it.

    Examples
    --------
    >>> from neurouniv.rdm.comparators import comparator_of
    >>> vectors_of(np.array([[1.0, 2.0, 6.0]]), np.array([[0, 0, 1], [1, 2, 2]]), comparator_of("corr")).values
    array([[-2., -1.,  3.]])
    """
    if comparator.centred:
        frames = _about_mean(frames)
    if not comparator.whitened:
        return Vectors(frames, frames, np.ones(frames.shape[-1]))
    form = _form(ends)
    columns = frames.reshape(-1, frames.shape[-1]).T
    less, more = ([row[0] for rows in kind for row in rows(columns)] for kind in (form.less, form.more))
    values = np.concatenate(
        [columns * form.share**0.5, *(np.reshape(part, (-1, columns.shape[1])) for part in (less, more))]
    )
    signs = np.repeat([1.0, -1.0, 1.0], [len(columns), len(less), len(more)])
    return Vectors(frames, values.T.reshape(*frames.shape[:-1], -1), signs)


def alike(there: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows that have the same pairs, and those pairs, group by group, from a mask (row, pair).

    Examples
    --------
    >>> [(rows.tolist(), pairs.tolist()) for rows, pairs in alike(np.array([[True, False], [True, True]]))]
    [([0], [0]), ([1], [0, 1])]
    """
    if there.all():
        yield np.arange(len(there)), np.arange(there.shape[1])
        return
    patterns, which = np.unique(np.packbits(there, axis=1), axis=0, return_inverse=True)
    for number in range(len(patterns)):
        rows = np.flatnonzero(which.reshape(-1) == number)
        yield rows, np.flatnonzero(there[rows[0]])


def _about_mean(frames: np.ndarray) -> np.ndarray:
    centred = frames - frames.mean(-1, keepdims=True)
    spread, largest = (np.abs(array).max(-1, keepdims=True, initial=0.0) for array in (centred, frames))
    return np.where(spread > CONSTANT * largest, centred, 0.0)


def _form(ends: np.ndarray) -> Form:
    """The whitened inner product where every condition is there once."""
    conditions, ends = np.unique(ends, return_inverse=True)
    ends, once = ends.reshape(2, -1), np.ones((1, len(conditions)))
    places = Places(ends, len(conditions))
    make = closed_form if is_closed(once, places)[0] else solved_form
    return make(once, np.ones((1, ends.shape[1])), places, centred=False)
