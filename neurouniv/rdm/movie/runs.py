"""Crossvalidation needs two runs of both conditions of a pair; a warning names those without."""

from __future__ import annotations

import numpy as np

from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.movie.cells import Cells
from neurouniv.rdm.movie.movie import Recipe
from neurouniv.schema import InputError, pair_indices, warn

REMEDY = (
    "Drop the condition or session, merge sessions, or split the trials into runs: "
    "`neurouniv.learning_axis(rec, windows=6)`."
)


def need_runs(cells: Cells, recipe: Recipe) -> None:
    """Tell in a warning which conditions of a block lack the runs that a crossvalidated measure needs.

    Raises
    ------
    InputError : no pair of conditions has them.
    """
    name = recipe.measure.name
    if not recipe.measure.crossvalidated:
        return
    if cells.shape[1] < 2:
        raise InputError(f"metric='{name}' needs at least 2 runs in a session; there is one. {REMEDY}")
    there = cells.counts[cells.used] > 0
    if there.all():
        return
    wanted, lost = _lost(cells, there, recipe)
    if not lost.any():
        return
    block = np.argwhere(lost)[0][0]
    shortage = (
        f"metric='{name}' needs every two conditions in at least 2 runs of every session; "
        f"{_short(there[block], lost[block], cells.conditions)} in {cells.name(cells.used[block])}"
    )
    if (lost == wanted).all():
        raise InputError(f"{shortage}, and no pair of conditions has them. {REMEDY}")
    warn(f"{shortage}. {lost.sum()} of {wanted.sum()} distances are missing (NaN). {REMEDY}")


def _lost(cells: Cells, there: np.ndarray, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of conditions in every block (block, pair), and those of them without a distance.

    What the measure makes NaN of patterns that are all the same, it makes NaN of any.
    """
    options = {} if recipe.weighting == "runs" else {"weights": cells.counts[cells.used], "weighting": recipe.weighting}
    first, second = pair_indices(there.shape[-1])
    has = np.asarray(there.any(axis=1))
    wanted = has[:, first] & has[:, second]
    blank = np.where(there, 1.0, np.nan)[..., None]
    return wanted, wanted & np.isnan(MEASURES[recipe.measure.name].distances(blank, **options))


def _short(there: np.ndarray, lost: np.ndarray, names: np.ndarray) -> str:
    """Which conditions of a block (fold, condition) have too few runs, or share too few."""
    first, second = (ends[lost] for ends in pair_indices(len(names)))
    runs = there.sum(axis=0)
    few = [condition for condition in np.unique([first, second]) if runs[condition] < 2]
    number = runs[few[0]] if few else int((there[:, first[0]] & there[:, second[0]]).sum())
    who = f"condition '{names[few[0]]}' has" if few else f"'{names[first[0]]}' and '{names[second[0]]}' share"
    return f"{who} {number} run{'' if number == 1 else 's'}"
