"""Rank measures of similarity in which pairs count several times, for all resamples at once.

A pair's rank in a resample is what the pairs below it weigh, plus half of what its ties weigh; the sum of squares of
ranks about their mean depends only on what ties weigh, W: it is ((sum W)^3 - sum W^3) / 12. Kendall's tau counts
discordant pairs of pairs. Weights are integers, and so are the sums, in single precision where that is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from neurouniv.rdm.comparators.kendall import discordance, discordant
from neurouniv.rdm.comparators.small_resamples import (
    FewStatistic,
    few_pairs,
    rho_of_few,
    similarity_of_few,
    tau_of_few,
)
from neurouniv.rdm.comparators.sorted_frames import Sorted, Weighed, Workspace, doubled_ranks, levels, weighed
from neurouniv.schema import InputError

AT_ONCE = 2**18
"""So many weights (resample, pair) and what is made of them stay in cache."""
LEAST = 32
"""Resamples at once, however many pairs there are."""
FEW = 4
"""Pairs of a resample are compared two by two where there are fewer such comparisons than so many times all pairs."""
ManyStatistic = Callable[[list[Weighed], list[Sorted], list[Sorted], np.ndarray], np.ndarray]
"""Blocks of resamples, the different frames of x and of y, and which are compared, to (frame, resample)."""


class RankStatistic(NamedTuple):
    """What is made of ranks, in resamples of many pairs, which are sorted, and of few, compared one by one."""

    of_many: ManyStatistic
    of_few: FewStatistic


class Ranks:
    """The similarity of frames in given resamples, by ranks; what depends on the resamples alone is worked out once.

    Parameters
    ----------
    counts : (resample, condition), how often each condition was drawn.
    ends : (2, pair), the conditions of every pair that was observed.
    statistic : what is made of the ranks.

    Examples
    --------
    >>> ends, one = np.array([[0, 0, 1], [1, 2, 2]]), np.array([[1.0, 2.0, 3.0]])
    >>> Ranks(np.ones((1, 3)), ends, TAU_A)(one, one[:, [1, 0, 2]]).round(3)
    array([[0.333]])
    """

    def __init__(self, counts: Any, ends: np.ndarray, statistic: RankStatistic):
        if not is_numpy_array(counts):
            name = array_namespace(counts).__name__
            raise InputError(f"Ranks are compared on the CPU, in NumPy arrays; got arrays of {name}. Use device='cpu'.")
        self.statistic = statistic
        self.count, largest = len(counts), counts.sum(1).max() ** 2 / 2
        self.exact = np.float32 if largest**2 / 2 < 2**24 else np.float64
        self.few = few_pairs(counts, ends, most=int((FEW * ends.shape[1]) ** 0.5))
        self.rows = np.setdiff1d(np.arange(self.count), np.concatenate([[], *(few.rows for few in self.few)]))
        pieces = min(-(-len(self.rows) * ends.shape[1] // AT_ONCE), -(-len(self.rows) // LEAST))
        parts = np.array_split(counts[self.rows].T, max(1, pieces), axis=1)
        self.blocks = [weighed(m[ends[0]] * m[ends[1]], self.exact) for m in parts]

    def __call__(self, observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """(resample, ...) from frames (..., pair) that broadcast; NaN where one of the two is constant."""
        scores = np.empty((self.count, *np.broadcast_shapes(observed.shape[:-1], predicted.shape[:-1])))
        if len(self.rows):
            scores[self.rows] = _of_many(self.blocks, observed, predicted, self.statistic.of_many)
        if self.few:
            x, y = (np.ascontiguousarray(np.moveaxis(levels(frames), -1, 0)) for frames in (observed, predicted))
            for few in self.few:
                for rows, scores_of_few in similarity_of_few(few, x, y, self.statistic.of_few, self.exact):
                    scores[rows] = scores_of_few
        return scores


def _of_many(
    blocks: list[Weighed], observed: np.ndarray, predicted: np.ndarray, statistic: ManyStatistic
) -> np.ndarray:
    """Of all resamples in the blocks (resample, ...), frame by frame."""
    shape = np.broadcast_shapes(observed.shape[:-1], predicted.shape[:-1])
    number = [np.arange(a[..., 0].size).reshape(a.shape[:-1]) for a in (observed, predicted)]
    places = np.stack([np.broadcast_to(place, shape).ravel() for place in number], axis=1)
    x, y = ([Sorted(frame) for frame in frames.reshape(-1, frames.shape[-1])] for frames in (observed, predicted))
    return statistic(blocks, x, y, places).T.reshape(-1, *shape)


def _rho(blocks: list[Weighed], x: list[Sorted], y: list[Sorted], places: np.ndarray, for_ties: bool) -> np.ndarray:
    """Products of centred ranks (frame, resample), over their size (`for_ties`) or, not corrected, over n^3 - n."""
    return np.concatenate([_rho_of_block(block, x, y, places, for_ties) for block in blocks], axis=1)


def _rho_of_block(weights: Weighed, x: list[Sorted], y: list[Sorted], places: np.ndarray, for_ties: bool) -> np.ndarray:
    cubes = weights.total**3
    sizes = (np.stack([cubes - frame.ties(weights, 3) for frame in some]) for some in (x, y))
    size_x, size_y = (size[place] for size, place in zip(sizes, places.T, strict=True))
    scores = 3 * _products_of_ranks(weights, x, y, places)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores /= np.sqrt(size_x) * np.sqrt(size_y) if for_ties else cubes - weights.total
    return np.where((size_x > 0) & (size_y > 0), scores, np.nan)


def _products_of_ranks(weights: Weighed, x: list[Sorted], y: list[Sorted], places: np.ndarray) -> np.ndarray:
    """Four times the weighted sums of products of centred ranks (frame, resample)."""
    columns, work, last = weights.columns[:-1], Workspace(), -1
    products, ranks_of = np.empty((len(places), columns.shape[1])), {}
    ranks, shared = work("y", columns.shape, float), len(y) < len(places)
    for row in np.argsort(places[:, 0], kind="stable"):
        i, j = places[row]
        if i != last:
            centred, last = (doubled_ranks(weights, x[i], work) - weights.total) * columns, i
        if shared and j not in ranks_of:
            ranks_of[j] = doubled_ranks(weights, y[j], work).copy()
        ranks[...] = ranks_of[j] if shared else doubled_ranks(weights, y[j], work)
        np.einsum("pr,pr->r", centred, ranks, out=products[row])
    return products


def _tau(blocks: list[Weighed], x: list[Sorted], y: list[Sorted], places: np.ndarray, for_ties: bool) -> np.ndarray:
    """Concordant less discordant pairs of pairs (frame, resample), over those not tied (`for_ties`) or over all."""
    work, total = Workspace(), np.concatenate([block.total for block in blocks])
    tied = (np.stack([_tied(blocks, frame) for frame in some]) for some in (x, y))
    ties_x, ties_y = (ties[place] for ties, place in zip(tied, places.T, strict=True))
    scores = total**2 - ties_x - ties_y
    for row, (i, j) in zip(scores, places, strict=True):
        both = Sorted(x[i].frame, y[j].frame) if x[i].tied else x[i]
        unlike = discordance(both.order, Sorted(y[j].frame[both.order]).places, blocks[0].columns.dtype)
        row += _tied(blocks, both)
        row -= 4 * np.concatenate([discordant(block.columns, unlike, work) for block in blocks])
    apart_x, apart_y = total**2 - ties_x, total**2 - ties_y
    with np.errstate(invalid="ignore", divide="ignore"):
        scores /= np.sqrt(apart_x) * np.sqrt(apart_y) if for_ties else total * (total - 1)
    return np.where((apart_x > 0) & (apart_y > 0), scores, np.nan)


def _tied(blocks: list[Weighed], frame: Sorted) -> np.ndarray:
    """The sum over ties of the squared total weight of a tie (resample,)."""
    return np.concatenate([frame.ties(block, 2) for block in blocks])


SPEARMAN = RankStatistic(partial(_rho, for_ties=True), partial(rho_of_few, for_ties=True))
RHO_A = RankStatistic(partial(_rho, for_ties=False), partial(rho_of_few, for_ties=False))
TAU_A = RankStatistic(partial(_tau, for_ties=False), partial(tau_of_few, for_ties=False))
TAU_B = RankStatistic(partial(_tau, for_ties=True), partial(tau_of_few, for_ties=True))
