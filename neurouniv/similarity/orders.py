"""The permutation test: models with their conditions in other orders (Mantel 1967)."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np

from neurouniv.rdm.comparators import comparator_of
from neurouniv.rdm.comparators.table import permuted_table
from neurouniv.schema import InputError
from neurouniv.similarity.significance import Permuted
from neurouniv.universality.inference.bootstrap import Fold


def other_orders(conditions: int, count: int, seed: int) -> np.ndarray:
    """Orders of conditions (order, condition) other than the one there is: all where no more than `count` exist.

    Examples
    --------
    >>> other_orders(3, 1000, 0).tolist()
    [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    """
    if factorial(min(conditions, 12)) <= count + 1:
        return np.array(list(permutations(range(conditions)))[1:])
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(np.arange(conditions), (count, 1)), axis=1)


def permuted_scores(fold: Fold, comparator: str, count: int, seed: int) -> Permuted:
    """The mean similarity over members of every model at every frame, as it is and in other orders of conditions.

    Raises
    ------
    InputError : a pair of conditions is missing, which in another order would be another pair.
    """
    conditions, pairs = int(fold.ends.max()) + 1, fold.ends.shape[1]
    if pairs < conditions * (conditions - 1) // 2:
        raise InputError(
            f"test='permutation' needs every pair of the {conditions} conditions in every model; "
            f"{conditions * (conditions - 1) // 2 - pairs} are missing. Use test='bootstrap', or leave conditions out."
        )
    orders = np.concatenate([np.arange(conditions)[None], other_orders(conditions, count, seed)])
    models, members = fold.predicted[:, 0], len(fold.observed)
    definition = comparator_of(comparator)
    if models.shape[1] == 1:
        seen = fold.observed.reshape(-1, fold.observed.shape[-1])
        every = permuted_table(seen, models[:, 0], fold.ends, definition, orders)
        scores = every.reshape(len(orders), members, -1, len(models))
    else:
        frames = range(models.shape[1])
        tables = [permuted_table(fold.observed[:, f], models[:, f], fold.ends, definition, orders) for f in frames]
        scores = np.stack(tables, axis=2)
    with np.errstate(invalid="ignore"):
        there = np.isfinite(scores)
        mean = np.where(there, scores, 0.0).sum(1) / np.where(there.any(1), there.sum(1), np.nan)
    mean = np.swapaxes(mean, 1, 2)  # (order, model, frame)
    return Permuted(mean[0], mean[1:])
