"""Scores of all models at all frames in the data and in resamples: similarities, partial ones, parts of variance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np

from neurouniv.similarity.joint_scores import joint_scores
from neurouniv.similarity.partial import Similarities, models_last, partial, regression, similarities
from neurouniv.similarity.variance_partition import r2_of_all, unique
from neurouniv.universality.inference.bootstrap import Fold, Resamples, Scores, bootstrap_scores
from neurouniv.universality.inference.resampled_similarity import Resampled

Control = Sequence[int] | Literal["others"] | None
"""Places of the models that are held fixed, or "others": of every model, all others."""


class Found(NamedTuple):
    """Scores (quantity, member, frame) of models, of differences between every two, and, parted, of R2, what is
    unique to each, and coefficients."""

    models: Scores
    differences: Scores
    parts: Scores
    pairs: np.ndarray  # (2, difference), the two models of each


def scored(
    folds: list[Fold], drawn: Resamples, comparator: str, control: Control, partition: bool, device: str
) -> Found:
    """All scores of models on the same pairs and in the same resamples."""
    fixed = [] if control is None or control == "others" else list(control)
    free_models = [place for place in range(len(folds[0].predicted)) if place not in fixed]
    pairs = np.array(list(combinations(range(len(free_models)), 2)), dtype=int).reshape(-1, 2).T

    def with_differences(own: np.ndarray, *_: Any) -> np.ndarray:
        return np.concatenate([own, own[:, pairs[0]] - own[:, pairs[1]]], axis=1)

    def jointly(between: np.ndarray, own: np.ndarray) -> np.ndarray:
        similarity = own if control is None else partial(between, own, fixed or None)[:, free_models]
        return np.concatenate([with_differences(similarity), *(_parts(between, own) if partition else [])], axis=1)

    if control is None and not partition:
        every = bootstrap_scores(folds, drawn, comparator, device=device, then=with_differences)
    else:
        every = joint_scores(jointly, folds[0], drawn, comparator)
    ends = len(free_models), len(free_models) + pairs.shape[1]
    own, differences, parts = slice(0, ends[0]), slice(*ends), slice(ends[1], None)
    return Found(_some(every, own), _some(every, differences), _some(every, parts), pairs)


def _parts(between: np.ndarray, own: np.ndarray) -> list[np.ndarray]:
    """R2 of all models, what is unique to each, and standardised coefficients."""
    return [r2_of_all(*models_last(between, own))[:, None], unique(between, own), regression(between, own)]


def in_data(fold: Fold, comparator: str) -> Similarities:
    """How similar models are to each other and to the data, no resample but the data themselves (1, model, ...)."""
    once = np.ones((1, int(fold.ends.max()) + 1))
    return similarities(Resampled(once, fold.ends, comparator), fold.observed, fold.predicted)


def _some(scores: Scores, quantities: slice) -> Scores:
    """The scores of some quantities; `each` and `jackknife_each` have them first, the others after resamples."""
    each, *resampled, jackknife = scores
    conditions, subjects, both, without = (part[:, quantities] for part in resampled)
    return Scores(each[quantities], conditions, subjects, both, without, jackknife[quantities])
