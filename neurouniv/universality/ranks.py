"""Rank measures of similarity in which pairs count several times, for all resamples at once.

A pair's rank in a resample is what the pairs below it weigh, plus half of what its ties weigh, so every frame is
sorted once and ranks are differences of one running sum of weights. Kendall's tau needs every pair of pairs: one
matrix product with the signs of their differences, exact in single precision while sums of weights stay below 2^24.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from neurouniv.schema import InputError

RANKED = ("spearman", "rho-a", "tau-a")
RESAMPLES_AT_ONCE = 256
"""So many columns of weights stay in cache while ranks are read off them."""


def rank_similarity(weights: Any, observed: Any, predicted: Any, comparator: str) -> np.ndarray:
    """(resample, ...) from weights (resample, pair) and RDMs (..., pair) that broadcast; NaN where one is constant.

    "spearman" corrects for ties, "rho-a" and "tau-a" do not, as in rsatoolbox.

    Examples
    --------
    >>> one = np.array([[1.0, 2.0, 3.0, 4.0]])
    >>> rank_similarity(np.ones((1, 4)), one, one[:, [1, 0, 2, 3]], "tau-a").round(3)
    array([[0.667]])
    """
    if not is_numpy_array(weights):
        name = array_namespace(weights).__name__
        raise InputError(f"Ranks are compared on the CPU; arrays of {name} came. Leave `device` out.")
    shape = np.broadcast_shapes(observed.shape, predicted.shape)[:-1]
    number = [np.arange(a[..., 0].size).reshape(a.shape[:-1]) for a in (observed, predicted)]
    place = [np.broadcast_to(one, shape).ravel() for one in number]
    frames = [array.reshape(-1, array.shape[-1]) for array in (observed, predicted)]
    if comparator == "tau-a":
        return _tau(weights, frames, place).reshape(len(weights), *shape)
    blocks = [
        _rho(weights[start : start + RESAMPLES_AT_ONCE], frames, place, comparator == "spearman")
        for start in range(0, len(weights), RESAMPLES_AT_ONCE)
    ]
    return np.concatenate(blocks).reshape(len(weights), *shape)


def _rho(weights: np.ndarray, frames: list[np.ndarray], place: list[np.ndarray], ties: bool) -> np.ndarray:
    """Products of centred ranks (resample, frame), over their size or, without correction for ties, over n^3 - n."""
    columns, total = np.ascontiguousarray(weights.T), weights.sum(1)
    ranks = [[_centred_ranks(columns, total, frame) for frame in some] for some in frames]
    squares = [np.array([np.einsum("pr,pr,pr->r", columns, r, r) for r in some]) for some in ranks]
    for some in ranks[0]:
        some *= columns
    found = np.array([np.einsum("pr,pr->r", ranks[0][i], ranks[1][j]) for i, j in zip(*place, strict=True)])
    sizes = squares[0][place[0]], squares[1][place[1]]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = found / np.sqrt(sizes[0] * sizes[1]) if ties else 12 * found / (total**3 - total)
    return np.where((sizes[0] > 0) & (sizes[1] > 0), found, np.nan).T


def _centred_ranks(columns: np.ndarray, total: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """The rank of every pair in every resample, less the mean rank (pair, resample)."""
    order = np.argsort(frame)
    upto = np.zeros((len(frame) + 1, columns.shape[1]))
    for place, pair in enumerate(order):  # three times as fast as numpy's cumsum along the first axis
        np.add(upto[place], columns[pair], out=upto[place + 1])
    below, through = (np.searchsorted(frame[order], frame, side) for side in ("left", "right"))
    ranks = upto[below]
    ranks += ranks + columns if (through == below + 1).all() else upto[through]
    ranks -= total
    ranks /= 2
    return ranks


def _tau(weights: np.ndarray, frames: list[np.ndarray], place: list[np.ndarray]) -> np.ndarray:
    """Concordant less discordant pairs of pairs, over all of them (resample, frame)."""
    total = weights.sum(1)
    exact = np.float32 if (total**2).max() < 2**24 else np.float64
    counted, found, last = weights.astype(exact), [], -1
    for i, j in zip(*place, strict=True):
        if i != last:
            signs, last = _signs(frames[0][i], exact), i
        both = signs * _signs(frames[1][j], exact)
        found.append(np.einsum("rp,rp->r", counted @ both, counted, dtype=float))
    constant = [np.array([_constant(weights, frame) for frame in some]) for some in frames]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.array(found) / (total * (total - 1))
    return np.where(constant[0][place[0]] | constant[1][place[1]], np.nan, found).T


def _signs(frame: np.ndarray, dtype: type) -> np.ndarray:
    return np.sign(frame[:, None] - frame[None, :]).astype(dtype)


def _constant(weights: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Whether all pairs of a resample are equal (resample,)."""
    drawn = weights > 0
    return np.where(drawn, frame, -np.inf).max(1) <= np.where(drawn, frame, np.inf).min(1)
