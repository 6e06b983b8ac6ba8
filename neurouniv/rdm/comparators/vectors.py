"""RDMs as vectors whose inner product is their similarity, where every pair counts once.

Whitening is a projection (see `whitening`): with a the a_k that fit the entries, W x = x / 2 - a_k - a_l is a frame
again, and x' W y the inner product. So it is done to one of the two, and what is permuted is never whitened anew.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.sparse import csr_array

from neurouniv.rdm.comparators.inner_products import NOTHING
from neurouniv.rdm.comparators.sorted_frames import levels


def unit(frames: np.ndarray, ends: np.ndarray, centred: bool) -> np.ndarray:
    """Frames (..., pair) about their mean or, not `centred`, about 0, of length 1; NaN where nothing is left.

    Examples
    --------
    >>> unit(np.array([3.0, 4.0]), np.array([[0, 0], [1, 2]]), centred=False)
    array([0.6, 0.8])
    """
    frames = frames - frames.mean(-1, keepdims=True) if centred else frames
    length = _length(np.einsum("...p,...p->...", frames, frames))[..., None]
    return np.divide(frames, length, out=frames if centred else None)


def ranks(frames: np.ndarray, ends: np.ndarray, for_ties: bool) -> np.ndarray:
    """Ranks of frames (..., pair) about their mean, of length 1 or, not corrected `for_ties`, as if there were none.

    Examples
    --------
    >>> ranks(np.array([0.1, 7.0, 7.0]), np.array([[0, 0, 1], [1, 2, 2]]), for_ties=True).round(3)
    array([-0.816,  0.408,  0.408])
    """
    size = frames.shape[-1]
    doubled = _doubled_ranks(levels(frames).reshape(-1, size)).reshape(frames.shape)
    square = np.einsum("...p,...p->...", doubled, doubled)
    length = _length(square if for_ties else np.where(square > 0, (size**3 - size) / 3, 0.0))
    doubled /= length[..., None]
    return doubled


def whitened(frames: np.ndarray, ends: np.ndarray, centred: bool, dual: bool) -> np.ndarray:
    """Frames (..., pair) of length 1 under whitening by the pairs (2, pair) there are; `dual`: W times these.

    Examples
    --------
    >>> ends, h = np.array([[0, 0, 1], [1, 2, 2]]), np.array([1.0, 2.0, 4.0])
    >>> one, other = (whitened(h, ends, centred=False, dual=dual) for dual in (False, True))
    >>> float((one * other).sum().round(12))
    1.0
    """
    columns = frames.reshape(-1, frames.shape[-1]).T.copy()  # never the frames themselves, where there is one
    if centred:
        columns -= columns.mean(0)
    joined, solve = _borders(*(end.astype(np.int64).tobytes() for end in ends))
    borders = joined @ columns
    fit = solve @ borders
    before = np.einsum("pf,pf->f", columns, columns)
    square = 0.5 * before - np.einsum("nf,nf->f", borders, fit)
    if dual:
        columns = 0.5 * columns - fit[ends[0]] - fit[ends[1]]
    columns /= _length(np.where(square <= NOTHING * before, 0.0, square))
    return columns.T.reshape(frames.shape)


def products(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Inner products of vectors (many, observed, pair) with (many, predicted, pair): (many, observed, predicted)."""
    return x @ y.swapaxes(-1, -2)


def _length(square: np.ndarray) -> np.ndarray:
    return np.sqrt(np.where(square > 0, square, np.nan))


def _doubled_ranks(places: np.ndarray) -> np.ndarray:
    """Twice the ranks of levels (frame, pair), about their mean: what is below less what is above."""
    number, size = places.shape
    if (places.max(-1) == size - 1).all():  # no ties
        return 2.0 * places - (size - 1)
    level = places + size * np.arange(number)[:, None]
    count = np.bincount(level.reshape(-1), minlength=number * size).reshape(number, size)
    doubled = 2.0 * np.cumsum(count, axis=-1) - count - size
    return doubled.reshape(-1)[level]


@lru_cache(8)
def _borders(first: bytes, second: bytes) -> tuple[csr_array, np.ndarray]:
    """What sums frames over the pairs of every condition (condition, pair), and what makes of these sums its a."""
    ends = np.stack([np.frombuffer(end, np.int64) for end in (first, second)])
    pairs, n = ends.shape[1], int(ends.max()) + 1
    rows = csr_array((np.ones(2 * pairs), ends.T.reshape(-1), np.arange(0, 2 * pairs + 1, 2)), shape=(pairs, n))
    there = np.zeros((n, n))
    there[ends[0], ends[1]] = there[ends[1], ends[0]] = 1
    return csr_array(rows.T), np.linalg.inv(2 * there + np.diag(2 * there.sum(0) + 4))
