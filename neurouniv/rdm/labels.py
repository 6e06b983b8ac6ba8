"""The labels of a trajectory: conditions joined with their task by name, and the two conditions of every pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.measures import sqeuclidean
from neurouniv.rdm.representable import need_representable
from neurouniv.schema import InputError, check_task, pair_indices, pair_labels, some
from neurouniv.tasks.origin import origin_of

CONDITION_FIELDS = ("condition", "conditions", "conds", "stimulus", "stimuli", "stim")
"""What the names of conditions are called elsewhere."""
NAMES_FROM, NUMBERS = "names_from", "numbers, since no names were given: joined with others by place"
"""The attribute that says where the names of conditions are from if nobody gave them, and what it says of numbers."""


def names_of(array: xr.DataArray | xr.Dataset, what: str) -> np.ndarray:
    """The names of the conditions along the dimension `condition`, as strings, each once."""
    if "condition" not in array.coords:
        raise InputError(
            f"{what} needs the coordinate `condition`, the names of its {array.sizes.get('condition', 0)} conditions, "
            "which joins it to other objects. Add it: `.assign_coords(condition=[...])`."
        )
    names = np.asarray(array["condition"].values).astype(str)
    kinds, counts = np.unique(names, return_counts=True)
    if (counts > 1).any():
        raise InputError(
            f"{what} needs a different name for every condition; got {listed(kinds[counts > 1])} more than once. "
            "Rename them, or average what belongs to one condition."
        )
    return names


def joined(names: np.ndarray, task: xr.Dataset | None) -> tuple[np.ndarray, xr.Dataset | None]:
    """The order of conditions: the task's where one is given, which must have the same `names` as the activity.

    Raises
    ------
    InputError : a condition is missing on either side; the message names it, and the side.
    """
    if len(names) < 2:
        raise InputError(f"Distances need at least two conditions; got {len(names)}: {listed(names)}.")
    if task is None:
        return names, None
    task = check_task(task)[["stimuli", "targets"]]
    wanted = names_of(task, "A task")
    untold, unseen = sorted(set(names) - set(wanted)), sorted(set(wanted) - set(names))
    if untold or unseen:
        sides = [
            f"the {side} lacks {len(absent)}: {listed(absent)}"
            for side, absent in (("task", untold), ("activity", unseen))
            if absent
        ]
        raise InputError(
            f"Activity and task need the same condition names; {'; '.join(sides)}. Keep what both have: "
            "`task.sel(condition=[...])`; `rec.isel(trial=rec.condition.isin(task.condition))` for a recording, "
            "`runs.sel(condition=[...])` for networks."
        )
    return wanted, task.assign_coords(condition=("condition", wanted, task["condition"].attrs))


def labelled(movie: xr.Dataset, names: np.ndarray, task: xr.Dataset | None) -> xr.Dataset:
    """`movie` (..., pair) with the coordinates `condition`, `first`, `second`, `pair` (the label of both) and, where a
    task is known, the task, `dx2` and `dy2` (..., pair), the squared distances of its stimuli and targets, and where
    it is from.
    """
    first, second = (names[place] for place in pair_indices(len(names)))
    pair = pair_labels(first, second)
    movie = movie.assign_coords(condition=names, first=("pair", first), second=("pair", second), pair=pair)
    if task is None:
        return movie
    movie = movie.assign(stimuli=task["stimuli"], targets=task["targets"]).assign_attrs(origin_of(task))
    return movie.assign_coords(
        dx2=_distances(task["stimuli"], "feature").assign_attrs(long_name="squared distance of the stimuli"),
        dy2=_distances(task["targets"], "output").assign_attrs(long_name="squared distance of the targets"),
    )


def _distances(array: xr.DataArray, last: str) -> xr.DataArray:
    """(..., condition, last) to squared distances (..., pair), with no labels but those of batches."""
    array = array.transpose(..., "condition", last)
    batch = array.dims[:-2]
    patterns = array.values.astype(float)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
        values = sqeuclidean(patterns)
    need_representable(values, patterns, str(array.name))
    labels = {dim: array[dim] for dim in batch if dim in array.coords}
    return xr.DataArray(values, dims=(*batch, "pair")).assign_coords(labels)


def over_pairs(function: Callable[..., Any], *arrays: xr.DataArray, channel: str) -> xr.DataArray:
    """`function` of arrays (..., condition, channel), which gives one value per pair of conditions (..., pair)."""
    pairs = len(pair_indices(arrays[0].sizes["condition"])[0])
    return xr.apply_ufunc(
        function,
        *arrays,
        input_core_dims=[["condition", channel]] * len(arrays),
        output_core_dims=[["pair"]],
        dask="parallelized",
        output_dtypes=[float],
        dask_gufunc_kwargs={"output_sizes": {"pair": pairs}, "allow_rechunk": True},
    )


def appearing(names: Sequence[str] | np.ndarray) -> np.ndarray:
    """Different names in the order in which they first appear, which is that of conditions without a task.

    Examples
    --------
    >>> appearing(["90", "180", "0", "90"]).tolist()
    ['90', '180', '0']
    """
    kinds, first = np.unique(np.asarray(names, dtype=str), return_index=True)
    return kinds[np.argsort(first)]


def listed(names: Sequence[str] | np.ndarray, most: int = 6) -> str:
    """Names in quotes, not more than `most` of them.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b', ..."
    """
    return some([f"'{name}'" for name in names], most)
