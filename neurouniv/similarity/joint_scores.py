"""Scores that rest on all models together, as partial similarity, in the data and in every resample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurouniv.rdm.movie.threads import in_threads
from neurouniv.similarity.partial import need_cosine, similarities
from neurouniv.universality.inference.bootstrap import Fold, Resamples, Scores, means_over_subjects
from neurouniv.universality.inference.resampled_similarity import Resampled

AT_ONCE = 2**11
"""Similarities of models with models and with data in one resample, of one stretch of times."""
Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""`between` (resample, k, k, ...) and `own` (resample, k, ...), to one score of every model (resample, k, ...)."""


def joint_scores(statistic: Statistic, fold: Fold, drawn: Resamples, comparator: str = "corr") -> Scores:
    """A statistic of `neurouniv.similarity.partial` or `variance_partition.unique` in every resample, for `infer`.

    Parameters
    ----------
    statistic : such as `partial`, `regression`, `unique`, or one of them with its settings.
    fold : the data and all models, `predicted` (model, subject or 1, time or 1, pair).
    drawn : see `neurouniv.universality.inference.bootstrap.draw`.
    comparator : one that is a cosine of vectors.

    Returns
    -------
    As `neurouniv.universality.inference.bootstrap.bootstrap_scores` gives those of single models.

    Raises
    ------
    InputError : the comparator is no cosine of vectors.

    Examples
    --------
    >>> from neurouniv.similarity.partial import partial
    >>> from neurouniv.schema import pair_indices
    >>> from neurouniv.universality.inference.bootstrap import draw
    >>> rng, ends = np.random.default_rng(0), np.stack(pair_indices(6))
    >>> fold = Fold(rng.gamma(2.0, size=(3, 4, 15)), rng.gamma(2.0, size=(2, 1, 1, 15)), ends)
    >>> joint_scores(partial, fold, draw(6, 3, resamples=10)).both.shape
    (10, 2, 4)
    """
    need_cosine(comparator)
    n = drawn.conditions.shape[1]
    counts = np.concatenate([np.ones((1, n)), drawn.conditions, drawn.without])
    resampled = Resampled(counts, fold.ends, comparator)
    subjects, times, _ = fold.observed.shape
    at_once = max(1, AT_ONCE // (subjects * len(fold.predicted) * (1 + len(fold.predicted))))
    pieces: dict[int, Scores] = {}

    def stretch(start: int) -> None:
        some = slice(start, start + at_once)
        models = fold.predicted if fold.predicted.shape[2] == 1 else fold.predicted[:, :, some]
        pieces[start] = means_over_subjects(statistic(*similarities(resampled, fold.observed[:, some], models)), drawn)

    starts = range(0, times, at_once)
    in_threads(stretch, starts)
    return Scores(*(np.concatenate(parts, axis=-1) for parts in zip(*(pieces[s] for s in starts), strict=True)))
