"""Cosine and correlation of RDMs, whitened or not, in which conditions count several times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array, to_device

from neurouniv.rdm.comparators.own_unit import in_own_unit
from neurouniv.rdm.comparators.weighted_sums import (
    Form,
    Stacked,
    frames_of,
    inner_products,
    sparse_if_few,
)
from neurouniv.rdm.comparators.whitening import Places, closed_form, is_closed, solved_form
from neurouniv.rdm.measures.pairs import floating

NOTHING = 1e-13
"""Sums of squares below this share of what they were before centring are rounding errors."""
AT_ONCE = 128
"""So many resamples of a few times stay in cache on a processor."""
KEPT = 2**20
"""With more weights than these, what depends on the resamples alone takes too much memory to be kept."""


class Products:
    """The similarity of frames in given resamples; what depends on the resamples alone is worked out once.

    Parameters
    ----------
    counts : (resample, condition), how often each condition was drawn.
    ends : (2, pair), the conditions of every pair that was observed.
    centred : whether frames are compared about their mean: correlation, else cosine.
    whitened : whether by the covariance that pairs have which share a condition.
    """

    def __init__(self, counts: Any, ends: np.ndarray, centred: bool, whitened: bool):
        self.counts, self.ends, self.centred, self.whitened = counts, ends, centred, whitened
        drawn = np.count_nonzero(np.asarray(to_device(counts, "cpu")), axis=1)
        self.kept = list(self._forms()) if (drawn * (drawn - 1)).sum() / 2 <= KEPT else None

    def __call__(self, x: Any, y: Any) -> Any:
        """(resample, ...) from frames (..., pair) that broadcast; NaN where one of the two is constant."""
        xp = array_namespace(x, y)
        x, y = in_own_unit(floating(x)), in_own_unit(floating(y))
        if self.centred:  # about the mean of all pairs first, so that nothing is lost in later differences
            x, y = (frames - xp.mean(frames, axis=-1, keepdims=True) for frames in (x, y))
        frames = frames_of(x, y)
        shape = np.broadcast_shapes(*frames.shapes)
        scores = xp.empty((self.counts.shape[0], *shape), dtype=x.dtype, device=device(x))
        for rows, form in self.kept or self._forms():
            scores[rows] = _similarity(xp, *inner_products(form, frames))
        return scores

    def _forms(self) -> Iterator[tuple[np.ndarray, Form]]:
        """The inner products of all resamples, a few rows of them after the other."""
        count = self.counts.shape[0]
        at_once = AT_ONCE if is_numpy_array(self.counts) else count
        every = np.arange(count)
        if not self.whitened:
            yield from self._some(every, at_once, partial(_plain_form, centred=self.centred))
            return
        places = Places(self.ends, self.counts.shape[1])
        closed = is_closed(self.counts, places)
        for make, rows, size in ((closed_form, closed, at_once), (solved_form, ~closed, AT_ONCE)):
            yield from self._some(every[rows], size, partial(make, places=places, centred=self.centred))

    def _some(self, rows: np.ndarray, size: int, make: Callable[[Any, Any], Form]) -> Iterator[tuple[np.ndarray, Form]]:
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            m = self.counts[some]
            yield some, make(m, m[:, self.ends[0]] * m[:, self.ends[1]])


def _plain_form(m: Any, weights: Any, centred: bool) -> Form:
    """Not whitened: centred, products of the weighted means are taken off, as often as there are pairs."""
    xp = array_namespace(m)
    size = xp.clip(xp.sum(weights, axis=1, keepdims=True), 1.0, None)
    less = [Stacked(sparse_if_few(weights / xp.sqrt(size)), 1)] if centred else []
    return Form(sparse_if_few(weights), 1.0, less, [])


def _similarity(xp: Any, sums: list[Any], alone: list[Any]) -> Any:
    scores = sums[0]
    for square, before in zip(sums[1:], alone, strict=True):
        scores /= xp.sqrt(xp.where(square <= NOTHING * before, xp.nan, square))
    return scores
