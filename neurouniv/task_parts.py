"""What stimuli, targets and the names of conditions have to be for a task to be one."""

from __future__ import annotations

from collections import Counter

import xarray as xr

from neurouniv.errors import InputError, some
from neurouniv.label_text import label_text
from neurouniv.trajectory_parts import need_real

NAMED = "Name them, each in its own way."


def need_task_parts(task: xr.Dataset) -> None:
    """Raise `InputError` unless a task has real numbers, some of each dimension, and names, if any, that differ.

    Examples
    --------
    >>> stimuli, targets = (("condition", "feature"), [[1.0], [2.0]]), (("condition", "output"), [[0.0], [1.0]])
    >>> need_task_parts(xr.Dataset({"stimuli": stimuli, "targets": targets}, {"condition": ["a", "a"]}))
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: A task needs a different name for every condition, by which it is joined; got a more \
than once. Name them, each in its own way.
    """
    for name in ("stimuli", "targets"):
        need_real(task[name], f"A task needs {name} as real numbers")
        if not task[name].size:
            raise InputError(f"A task needs {name} of at least one of each dimension; got {dict(task[name].sizes)}.")
    if "condition" in task.coords:
        _need_coordinate(task["condition"])


def _need_coordinate(condition: xr.DataArray) -> None:
    if getattr(condition.to_index(), "nlevels", 1) > 1:
        raise InputError(f"A task needs one name for every condition; got a MultiIndex. {NAMED}")
    need_names([label_text(name) for name in condition.values.tolist()])


def need_names(names: list[str]) -> list[str]:
    """`names` of conditions as text, if none is missing and all differ."""
    nameless = [place for place, name in enumerate(names) if not name]
    if nameless:
        raise InputError(
            f"A task needs a name for every condition; those in the places {some(nameless)} (counted from 0) have none "
            f"(empty, None or NaN). {NAMED}"
        )
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise InputError(
            f"A task needs a different name for every condition, by which it is joined; got {some(repeated)} more than "
            f"once. {NAMED}"
        )
    return names
