"""When and how much courses of learning change: numbers read off arrays (..., time) and movies (..., time, pair)."""

from __future__ import annotations

import numpy as np

from neurouniv.schema import pair_indices
from neurouniv.theory import kernels

FLAT = 1e-6
"""A course that changes by less than this share of its size does not change. By hand: rounding."""


def correlation_distances(h: np.ndarray) -> np.ndarray:
    """1 - g_ij / sqrt(g_ii g_jj) of the centred Gram matrix G of squared distances `h` (..., pair), in `pdist` order.

    It is one minus the cosine of two patterns whose mean over conditions is taken out. Pearson's distance takes out
    the mean over units instead; the two agree where patterns have neither. NaN where a pattern is the mean itself.

    Examples
    --------
    >>> correlation_distances(np.array([4.0, 4.0, 4.0])).round(3)          # three conditions, evenly about their mean
    array([1.5, 1.5, 1.5])
    """
    first, second = pair_indices(round((1 + np.sqrt(1 + 8 * h.shape[-1])) / 2))
    square = np.zeros((*h.shape[:-1], second[-1] + 1, second[-1] + 1))
    square[..., first, second] = square[..., second, first] = h
    gram = kernels.of_distances(square)
    length = np.einsum("...ii->...i", gram)
    both = length[..., first] * length[..., second]
    there = (length[..., first] > 0) & (length[..., second] > 0)
    return np.where(there, 1 - gram[..., first, second] / np.sqrt(np.where(there, both, 1.0)), np.nan)


def passage(course: np.ndarray, time: np.ndarray, level: np.ndarray) -> np.ndarray:
    """When `course` (..., time) first comes to `level` (...), from above or below, between frames along a line.

    NaN where it never does.

    Examples
    --------
    >>> passage(np.array([4.0, 2.0, 1.0]), np.array([0.0, 1.0, 3.0]), np.array(1.5))
    array(2.)
    """
    level = level[..., None]
    side = np.sign(course[..., :1] - level)
    over = (course - level) * side <= 0
    place = np.maximum(over.argmax(-1), 1)[..., None]
    after, before = (np.take_along_axis(course, at, -1) for at in (place, place - 1))
    step = after - before
    share = np.clip((level - before) / np.where(step != 0, step, 1.0), 0.0, 1.0)
    when = time[place - 1] + share * (time[place] - time[place - 1])
    return np.where(over.any(-1), np.where(over[..., 0], time[0], when[..., 0]), np.nan)


def progress(movie: np.ndarray) -> np.ndarray:
    """How far distances (..., time, pair) have come on the way from the first to the last ones, (..., time).

    The change so far, projected on the whole change: 0 at first and 1 at last. NaN where nothing changes, or where a
    distance of either end is missing.

    Examples
    --------
    >>> progress(np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 1.0]]))
    array([0. , 0.5, 1. ])
    """
    whole = movie[..., -1:, :] - movie[..., :1, :]
    size, square = np.abs(movie[..., -1:, :]).max(-1), (whole**2).sum(-1)
    share = ((movie - movie[..., :1, :]) * whole).sum(-1) / np.where(square > 0, square, 1.0)
    return np.where(square > (FLAT * size) ** 2, share, np.nan)


def read(course: np.ndarray, time: np.ndarray, when: np.ndarray) -> np.ndarray:
    """`course` (..., time) at the times `when` (...), along a line between frames; NaN where `when` is.

    Examples
    --------
    >>> read(np.array([[0.0, 2.0], [4.0, 8.0]]), np.array([0.0, 1.0]), np.array([0.5, np.nan]))
    array([ 1., nan])
    """
    place = np.clip(np.searchsorted(time, np.nan_to_num(when), side="right"), 1, len(time) - 1)
    share = (when - time[place - 1]) / (time[place] - time[place - 1])
    before, after = (np.take_along_axis(course, at[..., None], -1)[..., 0] for at in (place - 1, place))
    return before + share * (after - before)


def alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pearson's correlation over pairs (..., pair) to (...); NaN where one of the two is not finite or does not vary.

    Examples
    --------
    >>> float(alike(np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 9.0])).round(6))
    1.0
    """
    with np.errstate(invalid="ignore"):
        deviations = [part - part.mean(-1, keepdims=True) for part in (one, other)]
        sizes = [np.linalg.norm(part, axis=-1) for part in deviations]
        vary = [size > FLAT * np.linalg.norm(part, axis=-1) for size, part in zip(sizes, (one, other), strict=True)]
        product = (deviations[0] * deviations[1]).sum(-1)
    return np.where(vary[0] & vary[1], product / np.where(vary[0] & vary[1], sizes[0] * sizes[1], 1.0), np.nan)
