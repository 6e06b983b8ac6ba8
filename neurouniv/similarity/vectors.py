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
"""RDMs whose length about their mean is below this share of their length are constant."""


class Vectors(NamedTuple):
    """RDMs, about their mean if it is taken off, as `values` (..., entry) that count with `signs` (entry,), or all +1.

    `square` (...) is the inner product of each with itself.
    """

    values: np.ndarray
    square: np.ndarray
    signs: np.ndarray | None = None

    def times(self, other: Vectors) -> np.ndarray:
        """The inner products of these (..., a, entry) with others (..., b, entry): (..., a, b).

        Examples
        --------
        >>> both = Vectors(np.eye(2), np.ones(2))
        >>> both.times(both)
        array([[1., 0.],
               [0., 1.]])
        """
        signed = other.values if other.signs is None else other.values * other.signs
        return np.asarray(self.values @ signed.swapaxes(-2, -1))


class VectorSpace:
    """The vectors of RDMs of given pairs; what depends on the pairs alone is worked out once.

    Parameters
    ----------
    ends : (2, pair), the two conditions of every pair.
    comparator : as `neurouniv.rdm.comparators.comparator_of` gives it; of one by ranks, vectors are those of "corr".

    Examples
    --------
    >>> from neurouniv.rdm.comparators import comparator_of
    >>> VectorSpace(np.array([[0, 0, 1], [1, 2, 2]]), comparator_of("corr"))(np.array([[1.0, 2.0, 6.0]])).values
    array([[-2., -1.,  3.]])
    """

    def __init__(self, ends: np.ndarray, comparator: Comparator):
        self.centred, self.form = comparator.centred, _form(ends) if comparator.whitened else None

    def __call__(self, frames: np.ndarray) -> Vectors:
        """From RDMs (..., pair) without missing pairs."""
        frames, square = _about_mean(frames) if self.centred else (frames, _squares(frames))
        if self.form is None:
            return Vectors(frames, square)
        columns, form = frames.reshape(-1, frames.shape[-1]).T, self.form
        less, more = ([row[0] for rows in kind for row in rows(columns)] for kind in (form.less, form.more))
        entries = np.concatenate([columns * form.share**0.5, *(row[None] for row in (*less, *more))])
        signs = np.repeat([1.0, -1.0, 1.0], [len(columns), len(less), len(more)])
        square = (signs @ entries**2).reshape(square.shape)
        return Vectors(entries.T.reshape(*square.shape, -1), square, signs)


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


def _about_mean(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames about their mean, 0 where that is all there is, and their squared lengths (...)."""
    size = frames.shape[-1]
    mean = frames @ np.full(size, 1 / size)
    centred = frames - mean[..., None]
    square = _squares(centred)
    constant = square <= CONSTANT**2 * (square + size * mean**2)
    if constant.any():
        return np.where(constant[..., None], 0.0, centred), np.where(constant, 0.0, square)
    return centred, square


def _squares(frames: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("...p,...p->...", frames, frames))


def _form(ends: np.ndarray) -> Form:
    """The whitened inner product where every condition is there once."""
    conditions, ends = np.unique(ends, return_inverse=True)
    ends, once = ends.reshape(2, -1), np.ones((1, len(conditions)))
    places = Places(ends, len(conditions))
    make = closed_form if is_closed(once, places)[0] else solved_form
    return make(once, np.ones((1, ends.shape[1])), places, centred=False)
