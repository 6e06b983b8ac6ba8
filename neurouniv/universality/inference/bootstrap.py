"""The bootstrap over conditions and subjects: scores of held-out predictions in every resample, batched.

Laws are not fitted again: what is resampled is the held-out data that fixed predictions are scored on, so intervals
tell how far a score would move with other conditions and subjects, given the fits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from neurouniv.devices import device_of, full_precision, is_gpu
from neurouniv.rdm.comparators import comparator_of
from neurouniv.rdm.movie.threads import in_threads
from neurouniv.schema import InputError
from neurouniv.universality.inference.resampled_similarity import Resampled, resampled_error

AT_ONCE = 2**9
"""Frames (law, subject, time) of one stretch of times on a processor: few, so that they stay in cache."""
ON_DEVICE = 2**25
"""Scores (resample, law, subject, time) at once on a graphics card."""
OF_ERRORS = ("r2", "log_error")
"""Scores of time courses, of all folds' pairs at once; the others compare RDMs, time by time."""


class Fold(NamedTuple):
    """Pairs that were held out together: what was observed, and what every law expected."""

    observed: np.ndarray  # (subject, time, pair)
    predicted: np.ndarray  # (law, subject or 1, time or 1, pair)
    ends: np.ndarray  # (2, pair), the conditions of every pair, counted from 0 over all folds


class Resamples(NamedTuple):
    """How often each condition (resample, condition) and each subject (resample, subject) was drawn.

    `units` (condition,), counted from 0: conditions of one unit are drawn, and left out, together; None: each alone.
    """

    conditions: np.ndarray
    subjects: np.ndarray
    units: np.ndarray | None = None

    @property
    def without(self) -> np.ndarray:
        """Every condition once but for those of one unit (unit, condition)."""
        units = np.arange(self.conditions.shape[1]) if self.units is None else self.units
        return 1.0 - (units == np.arange(units.max() + 1)[:, None])


class Scores(NamedTuple):
    """The scores of all laws (or what `bootstrap_scores` made of them) in the data, and in resamples of conditions, of
    subjects and of both.

    `each` is (law, subject, time); `conditions`, `subjects`, `both` (resample, law, time) are means over the subjects
    drawn; `without` (unit, law, time) leaves one unit of conditions out; `jackknife_each` (law, time) is the variance
    over units of single subjects, averaged over them.
    """

    each: np.ndarray
    conditions: np.ndarray
    subjects: np.ndarray
    both: np.ndarray
    without: np.ndarray
    jackknife_each: np.ndarray


def draw(
    n_conditions: int,
    n_subjects: int,
    resamples: int,
    seed: int | np.random.Generator = 0,
    units: np.ndarray | None = None,
) -> Resamples:
    """As many draws with replacement as there are conditions (or `units` of them) and subjects, `resamples` times.

    Examples
    --------
    >>> found = draw(5, 3, resamples=2)
    >>> found.conditions.sum(1), found.subjects.sum(1)
    (array([5., 5.]), array([3., 3.]))
    >>> draw(4, 1, resamples=2, seed=1, units=np.array([0, 0, 1, 1])).conditions
    array([[1., 1., 1., 1.],
           [2., 2., 0., 0.]])
    """
    rng = np.random.default_rng(seed)
    number = n_conditions if units is None else int(units.max()) + 1
    counts = [rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(float) for n in (number, n_subjects)]
    return Resamples(counts[0] if units is None else counts[0][:, units], counts[1], units)


def device_for(device: str, comparator: str) -> str:
    """The device that the bootstrap of a comparator runs on, told before there is any work to lose.

    Raises
    ------
    InputError : no such comparator or device, or a GPU for a comparator by ranks.

    Examples
    --------
    >>> device_for("cpu", "spearman")
    'cpu'
    """
    ranked, name = comparator_of(comparator).ranked, device_of(device)
    if ranked and is_gpu(name):
        if device != "auto":
            raise InputError(
                f"comparator={comparator!r} compares ranks, which are sorted on the CPU; got device={device!r}. "
                "Use device='cpu', or comparator='corr'."
            )
        return "cpu"
    return name


def bootstrap_scores(
    folds: list[Fold],
    drawn: Resamples,
    comparator: str = "corr",
    reference: int | None = None,
    assigned: np.ndarray | None = None,
    device: str = "cpu",
    then: Callable[[np.ndarray, slice], np.ndarray] | None = None,
) -> Scores:
    """Score every law in every resample; scores are averaged over folds, then over subjects.

    Parameters
    ----------
    folds : what was held out. A resample counts where it is in a fold.
    drawn : see `draw`.
    comparator : see `neurouniv.compare`; or "r2" or "log_error", of all folds' pairs and times
        at once, which leave one time.
    reference : the law whose score is subtracted from every other's, resample by resample; None subtracts nothing.
    assigned : (partition, resample, condition), a fold of every drawn condition (from 0) as `rsatoolbox.inference.
        bootstrap_crossval` deals them anew in every resample; scores are those of pairs inside a fold. See `deal`.
    device : "cuda" (or "cuda:1") runs the products on a GPU.
    then : makes of the scores of all resamples (resample, law, subject, time) at a stretch of times something else of
        each, such as differences of every two laws, before means over subjects are taken.

    Examples
    --------
    >>> rng, ends = np.random.default_rng(0), np.array([[0, 0, 0, 1, 1, 2], [1, 2, 3, 2, 3, 3]])
    >>> h = rng.gamma(2.0, size=(3, 5, 6))
    >>> found = bootstrap_scores([Fold(h, np.stack([h, h**2]), ends)], draw(4, 3, resamples=10), reference=0)
    >>> found.each.shape, found.both.shape, float(np.nanmax(abs(found.both[:, 0])))
    ((2, 3, 5), (10, 2, 5), 0.0)
    """
    n = drawn.conditions.shape[1]
    if any(fold.ends.max() >= n for fold in folds):
        raise InputError(f"Resamples draw from all conditions that pairs have; they draw from {n} and pairs have more.")
    counts = np.concatenate([np.ones((1, n)), drawn.conditions, drawn.without])
    shape = np.broadcast_shapes(*(fold.predicted.shape[:-1] for fold in folds), folds[0].observed.shape[:-1])
    compare = _comparing(folds, counts, comparator, assigned, device)
    resamples = len(counts) * (1 if assigned is None else assigned.max() + 1)
    frames = ON_DEVICE // resamples if is_gpu(device) else AT_ONCE
    at_once = shape[2] if comparator in OF_ERRORS else max(1, frames // (shape[0] * shape[1]))

    def stretch(start: int) -> Scores:
        times = slice(start, start + at_once)
        scores = compare([_at(times, fold) for fold in folds])
        scores = scores if then is None else then(scores, times)
        return means_over_subjects(scores if reference is None else scores - scores[:, [reference]], drawn)

    starts = range(0, shape[2], at_once)
    pieces: dict[int, Scores] = {}
    if not is_gpu(device):
        in_threads(lambda start: pieces.update({start: stretch(start)}), starts)
    else:
        with full_precision(device):
            pieces = {start: stretch(start) for start in starts}
    return Scores(*(np.concatenate(parts, axis=-1) for parts in zip(*(pieces[s] for s in starts), strict=True)))


def _at(times: slice, fold: Fold) -> Fold:
    """A stretch of times; a prediction of one time stands for all."""
    predicted = fold.predicted if fold.predicted.shape[2] == 1 else fold.predicted[:, :, times]
    return Fold(fold.observed[:, times], predicted, fold.ends)


def deal(counts: np.ndarray, folds: int, partitions: int, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Random folds of the conditions that every resample has, of nearly equal size (partition, resample, condition)."""
    rng = np.random.default_rng(seed)
    order = np.where(counts > 0, rng.random((partitions, *counts.shape)), np.inf).argsort(-1).argsort(-1)
    return order % folds


def _comparing(
    folds: list[Fold], counts: np.ndarray, comparator: str, assigned: np.ndarray | None, device: str
) -> Callable[[list[Fold]], np.ndarray]:
    """The function that scores a stretch of times of the folds: (resample, law, subject, time)."""
    if comparator in OF_ERRORS:
        number = np.repeat(np.arange(len(folds)), [fold.ends.shape[1] for fold in folds])
        return lambda cut: resampled_error(counts, *_side_by_side(cut), comparator, number)
    resampled_folds = []
    for fold in folds:
        conditions, ends = np.unique(fold.ends, return_inverse=True)
        flat = _counts_by_fold(counts, assigned)[..., conditions].reshape(-1, len(conditions))
        resampled_folds.append(Resampled(_to_device(flat, device), ends.reshape(2, -1), comparator))

    def scores(cut: list[Fold]) -> np.ndarray:
        scores_of_folds = []
        for fold, resampled in zip(cut, resampled_folds, strict=True):
            array = resampled(_to_device(fold.observed[None], device), _to_device(fold.predicted, device))
            array = array.cpu().numpy() if is_gpu(device) else array
            scores_of_folds += list(array.reshape(-1, len(counts), *array.shape[1:]))
        return _mean_over_folds(scores_of_folds)

    return scores


def _to_device(array: np.ndarray, device: str) -> Any:
    if not is_gpu(device):
        return array
    import torch

    return torch.as_tensor(np.ascontiguousarray(array), device=device)


def _mean_over_folds(scores: list[np.ndarray]) -> np.ndarray:
    """The mean over the folds in which there is a score."""
    if len(scores) == 1:
        return scores[0]
    total: np.ndarray | float = 0.0
    scored: np.ndarray | float = 0.0
    for array in scores:
        mask = np.isfinite(array)
        whole = bool(mask.all())
        total, scored = total + (array if whole else np.where(mask, array, 0.0)), scored + (1 if whole else mask)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / scored)


def _side_by_side(folds: list[Fold]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of all folds: ends, observed and predicted."""
    return (
        np.concatenate([fold.ends for fold in folds], axis=-1),
        np.concatenate([fold.observed for fold in folds], axis=-1)[None],
        np.concatenate([fold.predicted for fold in folds], axis=-1),
    )


def _counts_by_fold(counts: np.ndarray, assigned: np.ndarray | None) -> np.ndarray:
    """Counts (fold, resample, condition), those of conditions outside a fold 0; the undealt resamples keep one fold."""
    if assigned is None:
        return counts[None]
    counts_of_folds = []
    for dealt_folds in assigned:
        whole = np.zeros(counts.shape, dtype=int)
        whole[1 : 1 + len(dealt_folds)] = dealt_folds
        whole[0], whole[1 + len(dealt_folds) :] = dealt_folds[0], dealt_folds[0]
        counts_of_folds += [np.where(whole == number, counts, 0.0) for number in range(int(assigned.max()) + 1)]
    return np.stack(counts_of_folds)


def means_over_subjects(scores: np.ndarray, drawn: Resamples) -> Scores:
    """The scores of one stretch of times, from all resamples (1 + resample + unit, law, subject, time)."""
    resamples, subjects = len(drawn.conditions), drawn.subjects
    data, resampled, without = scores[0], scores[1 : 1 + resamples], scores[1 + resamples :]
    ones = np.ones((1, subjects.shape[1]))
    n = np.isfinite(without).sum(0)
    jackknife = variance_over(without) * np.where(n > 1, (n - 1) ** 2 / np.maximum(n, 1), np.nan)
    return Scores(
        data,
        mean_over_subjects(resampled, ones),
        mean_over_subjects(data[None], subjects),
        mean_over_subjects(resampled, subjects),
        mean_over_subjects(without, ones),
        mean_over_subjects(jackknife[None], ones)[0],
    )


def mean_over_subjects(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The mean over subjects (resample, law, time), weighted (resample or 1, subject), of those that have a score."""
    mask = np.isfinite(scores)
    weights = weights[:, None, None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        if mask.all():
            return (weights @ scores)[:, :, 0] / weights.sum(-1)
        return ((weights @ np.where(mask, scores, 0.0)) / (weights @ mask))[:, :, 0]


def variance_over(scores: np.ndarray) -> np.ndarray:
    """The variance over the first axis, of those that are there; NaN for fewer than two."""
    mask = np.isfinite(scores)
    count = mask.sum(0)
    mean = np.where(mask, scores, 0.0).sum(0) / np.maximum(count, 1)
    squares = np.where(mask, scores - mean, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 1, np.einsum("r...,r...->...", squares, squares) / (count - 1), np.nan)
