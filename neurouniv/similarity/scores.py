"""Scores of all models at all frames in the data and in resamples: similarities, partial ones, parts of variance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from neurouniv.similarity.partial import partial_similarity, variance_parts
from neurouniv.universality.inference.bootstrap import Fold, Resamples, Scores, bootstrap_scores
from neurouniv.universality.inference.resampled_similarity import Resampled


class Asked(NamedTuple):
    """What is wanted of the models: which are held fixed (places), and whether variance is parted."""

    control: tuple[int, ...] | str | None = None
    partition: bool = False


class Found(NamedTuple):
    """Scores (quantity, member, frame) of models, of differences between every two, and of parts of variance."""

    models: Scores
    differences: Scores
    parts: Scores | None
    pairs: np.ndarray  # (2, difference), the two models of each


def scored(folds: list[Fold], drawn: Resamples, comparator: str, asked: Asked, device: str) -> Found:
    """All scores of models on the same pairs and in the same resamples."""
    make, models, parts = _maker(folds, drawn, comparator, asked)
    pairs = np.array(list(combinations(range(models), 2)), dtype=int).reshape(-1, 2).T

    def then(scores: np.ndarray, times: slice) -> np.ndarray:
        own, rest = make(scores, times)
        return np.concatenate([own, own[:, pairs[0]] - own[:, pairs[1]], rest], axis=1)

    every = bootstrap_scores(folds, drawn, comparator, device=device, then=then)
    ends = np.cumsum([models, pairs.shape[1], parts])
    own, differences, rest = (_some(every, slice(start, end)) for start, end in zip([0, *ends], ends, strict=False))
    return Found(own, differences, rest if parts else None, pairs)


def _maker(
    folds: list[Fold], drawn: Resamples, comparator: str, asked: Asked
) -> tuple[Callable[[np.ndarray, slice], tuple[np.ndarray, np.ndarray]], int, int]:
    """What makes of similarities (resample, model, member, frame) those that are wanted, and parts; numbers of both."""
    models = len(folds[0].predicted)
    if asked.control is None and not asked.partition:
        return lambda scores, times: (scores, scores[:, :0]), models, 0
    between = _between(folds[0], drawn, comparator)
    count = models if asked.control in (None, "others") else models - len(asked.control)

    def make(scores: np.ndarray, times: slice) -> tuple[np.ndarray, np.ndarray]:
        alike = between if between.shape[-1] == 1 else between[..., times]
        own = scores if asked.control is None else partial_similarity(alike, scores, asked.control)
        parts = variance_parts(alike, scores) if asked.partition else scores[:, :0]
        return own, parts

    some: Any = make(np.full((len(between), models, 1, 1), np.nan), slice(0, 1))
    return make, count, some[1].shape[1]


def _between(fold: Fold, drawn: Resamples, comparator: str) -> np.ndarray:
    """How similar models are to one another in the data and every resample (resample, model, model, frame or 1)."""
    n = drawn.conditions.shape[1]
    counts = np.concatenate([np.ones((1, n)), drawn.conditions, drawn.without])
    models = fold.predicted[:, 0]
    return Resampled(counts, fold.ends, comparator)(models[:, None], models[None])


def _some(scores: Scores, quantities: slice) -> Scores:
    """The scores of some quantities; `each` and `jackknife_each` have them first, the others after resamples."""
    each, *resampled, jackknife = scores
    conditions, subjects, both, without = (part[:, quantities] for part in resampled)
    return Scores(each[quantities], conditions, subjects, both, without, jackknife[quantities])
