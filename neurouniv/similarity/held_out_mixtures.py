"""Mixtures fitted to some conditions of some members, on the other conditions of the other members.

As `rsatoolbox.inference.crossval` with `sets_k_fold`: random partitions deal the conditions into folds, and the members
where there are two or more. Weights are those of pairs inside the conditions outside a fold; what is predicted are the
pairs inside it; pairs across the border are used by neither. Fixed models and laws are scored on the same pairs, so
that differences are fair, and `neurouniv.universality.inference.bootstrap.bootstrap_scores` gives them their errors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurouniv.rdm.comparators.table import LEAST_PAIRS
from neurouniv.schema import InputError
from neurouniv.similarity.mixtures import Mixture, fits, mixed
from neurouniv.universality.inference.bootstrap import Fold, deal

GROUPS = {2: 2, 6: 3, 12: 4, 20: 5}
"""From so many members on, into how many groups they are dealt, as rsatoolbox does."""


def crossvalidated(
    mixtures: Sequence[Mixture],
    data: np.ndarray,
    models: np.ndarray,
    ends: np.ndarray,
    comparator: str = "corr",
    *,
    folds: int = 2,
    partitions: int = 10,
    groups: int | None = None,
    units: np.ndarray | None = None,
    seed: int = 0,
) -> list[Fold]:
    """What all models and mixtures expect of the pairs of every fold, partition by partition.

    Times are fitted by themselves: where all folds of a long movie are too large for the memory, stretches of its times
    with the same seed give the same partitions. Where weights are fitted anew in every fold, errors over conditions
    take the spread of fits into account by `infer(..., fits=FITS / (folds - 1))`.

    Parameters
    ----------
    mixtures : what to fit; `terms` are places in `models`.
    data : (member, time, pair), NaN where not observed.
    models : (model, 1 or time, pair); a pair that one of them lacks is left out.
    ends : (2, pair), the two conditions of every pair, counted from 0.
    comparator : see `neurouniv.compare`.
    folds, partitions : into how many folds the conditions are dealt, how often. Folds in which fewer than three pairs
        are inside or outside lie in no partition that is used.
    groups : into how many the members are dealt; default 2, 3 of six or more, 4 of twelve, 5 of twenty, as in
        rsatoolbox. 1: weights are fitted to the other conditions of all members, as of one member alone.
    units : (condition,), counted from 0: conditions of one unit, a class, are in one fold. None: each is alone.
    seed : of the partitions.

    Returns
    -------
    Folds with `predicted` (models and then mixtures, member or 1, time, pair).

    Raises
    ------
    InputError : no partition can be used, or the numbers of folds and groups do not fit.

    Examples
    --------
    >>> from neurouniv.schema import pair_indices
    >>> rng, ends = np.random.default_rng(0), np.stack(pair_indices(8))
    >>> models = rng.gamma(2.0, size=(3, 1, 28))
    >>> data = models[0] + 2 * models[1] + 0.1 * rng.normal(size=(4, 5, 28))
    >>> parts = crossvalidated([Mixture("weighted", [0, 1, 2])], data, models, ends, partitions=3)
    >>> len(parts), parts[0].observed.shape, parts[0].predicted.shape
    (6, (4, 5, 6), (4, 4, 5, 6))
    """
    there = np.isfinite(models).all((0, 1))
    data, models, ends = data[..., there], models[..., there], ends[:, there]
    members, rng = len(data), np.random.default_rng(seed)
    groups = _groups(members) if groups is None else groups
    _check(folds, partitions, groups, members)
    conditions = int(ends.max(initial=-1)) + 1
    units = np.arange(conditions) if units is None else units
    dealt = deal(np.ones((1, int(units.max(initial=-1)) + 1)), folds, partitions, rng)[:, 0][:, units]
    group_of_members = deal(np.ones((1, members)), groups, partitions, rng)[:, 0]
    result = []
    for fold_of_conditions, group in zip(dealt, group_of_members, strict=True):
        first, second = fold_of_conditions[ends]
        inside = [(first == fold) & (second == fold) for fold in range(folds)]
        outside = [(first != fold) & (second != fold) for fold in range(folds)]
        if all(pairs.sum() >= LEAST_PAIRS for pairs in (*inside, *outside)):
            result += [
                _fold(mixtures, data, models, ends, comparator, group, train, test)
                for test, train in zip(inside, outside, strict=True)
            ]
    if not result:
        raise InputError(
            f"Mixtures are fitted to some conditions and predict others: each of {folds} folds needs three conditions "
            f"or more, and their pairs; none of {partitions} partitions of {len(np.unique(ends))} conditions has them. "
            f"{'Use folds=2' if folds > 2 else 'Use more conditions'}, or fixed models alone."
        )
    return result


def _groups(members: int) -> int:
    return max((number for least, number in GROUPS.items() if members >= least), default=1)


def _check(folds: int, partitions: int, groups: int, members: int) -> None:
    if folds < 2 or partitions < 1:
        raise InputError(f"Mixtures need folds >= 2 and partitions >= 1; got folds={folds}, partitions={partitions}.")
    if not 1 <= groups <= members:
        raise InputError(f"groups is between 1 and the number of members, {members}; got {groups}.")


def _fold(
    mixtures: Sequence[Mixture],
    data: np.ndarray,
    models: np.ndarray,
    ends: np.ndarray,
    comparator: str,
    group: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
) -> Fold:
    """One fold; every member's prediction has the weights of the members outside its group."""
    number = group.max() + 1
    training = group != np.arange(number)[:, None] if number > 1 else np.ones((1, len(group)), dtype=bool)
    by_time = models[:, 0] if models.shape[1] == 1 else models.swapaxes(0, 1)
    weights = fits(mixtures, data[..., train].swapaxes(0, 1), by_time[..., train], ends[:, train], comparator, training)
    predicted = np.empty((len(models) + len(mixtures), number, data.shape[1], int(test.sum())))
    predicted[: len(models)] = models[:, None, :, test]
    for place, (mixture, of_groups) in enumerate(zip(mixtures, weights, strict=True), len(models)):
        own = by_time[..., list(mixture.terms), :][..., test]
        predicted[place] = mixed(of_groups.swapaxes(0, 1), own)
    return Fold(data[..., test], predicted if number == 1 else predicted[:, group], ends[:, test])
