"""Activity kept condition by condition: cells of cells, cells of conditions x repeats, arrays with both axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn
from neurouniv.systems.recordings.assembly.fields import Fields, as_array

CELLS, TURNED = "cells", "cells.T"
CONDITION, REPEAT = "condition", "repeat"


def flattened(fields: Fields, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """`mapping` with activity and condition trial by trial, where it says that activity is kept by condition.

    `condition="cells"`: each cell (of two dimensions: each row of cells; "cells.T": each column) is a condition, and
    holds its trials; conditions are 1, 2, ... . `dims="condition,repeat,channel,latency"`: two axes of an array are the
    conditions and their repeats; `condition` may name a field with the conditions' labels.

    Warns
    -----
    NeurounivWarning : how cells of two dimensions are taken; repeats that are empty (NaN) are left out.

    Raises
    ------
    InputError : the field is not kept so, or the trials of a condition cannot be told from its channels.
    """
    words = _words(mapping.get("dims"))
    if CONDITION in words and mapping.get("activity") is not None:
        return dict(mapping) | _of_axes(fields, mapping, words)
    condition = mapping.get("condition")
    if isinstance(condition, str) and condition in (CELLS, TURNED) and condition not in fields:
        if mapping.get("activity") is None:
            raise InputError(f'`condition="{CELLS}"` needs the field that holds the cells: `activity`.')
        return dict(mapping) | _of_cells(_value(fields, mapping["activity"]), mapping)
    return dict(mapping)


def kept_by_condition(array: np.ndarray) -> str:
    """How cells hold activity condition by condition, in words; "" of any other field.

    Examples
    --------
    >>> cells = np.empty((2, 3), dtype=object)
    >>> for place in np.ndindex(cells.shape):
    ...     cells[place] = np.zeros((4, 5))
    >>> kept_by_condition(cells), kept_by_condition(np.zeros((2, 3)))
    ('2 conditions (rows) x 3 repeats', '')
    """
    if array.dtype != object or not array.size:
        return ""
    entries = array.ravel()
    if array.ndim == 2 and all(np.ndim(entry) and _is_numbers(entry) for entry in entries):
        return f"{array.shape[0]} conditions (rows) x {array.shape[1]} repeats"
    nested = array.ndim == 1 and all(_is_cells(entry) for entry in entries)
    return f"{array.size} conditions, each a cell of trials" if nested else ""


def _words(dims: Any) -> tuple[str, ...]:
    words = dims.split(",") if isinstance(dims, str) else dims if isinstance(dims, (list, tuple)) else ()
    return tuple(str(word).strip() for word in words)


def _value(fields: Fields, value: Any) -> np.ndarray:
    return fields[value] if isinstance(value, str) else as_array(value)


def _of_axes(fields: Fields, mapping: Mapping[str, Any], words: tuple[str, ...]) -> dict[str, Any]:
    activity = _value(fields, mapping["activity"])
    first = [words.index(word) for word in (CONDITION, REPEAT) if word in words]
    rest = [axis for axis in range(len(words)) if axis not in first]
    if len(words) != activity.ndim or len(set(words)) < len([w for w in words if w != "channel"]) or not rest:
        raise InputError(
            f"`dims` says {', '.join(words)}, and the activity has the shape {activity.shape}; it needs one word for "
            'each axis: "condition", "repeat", "channel", "latency".'
        )
    conditions = activity.shape[first[0]]
    repeats = activity.shape[first[1]] if len(first) > 1 else 1
    rows = activity.transpose(*first, *rest).reshape(conditions * repeats, *(activity.shape[axis] for axis in rest))
    labels = _labels(fields, mapping.get("condition"), conditions)
    number = np.repeat(np.arange(conditions), repeats)
    there = ~np.isnan(rows).all(axis=tuple(range(1, rows.ndim))) if rows.dtype.kind == "f" else np.ones(len(rows), bool)
    if not there.all():
        warn(f"{int((~there).sum())} of {there.size} repeats in {fields.source} are empty (NaN) and are left out.")
    dims = ("trial", *(words[axis] for axis in rest))
    return {"activity": rows[there], "condition": labels[number[there]], "dims": ",".join(dims)}


def _labels(fields: Fields, condition: Any, count: int) -> np.ndarray:
    if condition is None:
        return np.arange(1, count + 1)
    labels = np.ravel(_value(fields, condition))
    if labels.size != count:
        raise InputError(
            f"`dims` says that one axis is of {count} conditions; `condition` gives {labels.size} labels. It needs one "
            "for each condition; leave it out for 1, 2, ..."
        )
    return labels


def _of_cells(cells: np.ndarray, mapping: Mapping[str, Any]) -> dict[str, Any]:
    what = f'`condition="{mapping["condition"]}"`'
    if cells.dtype != object:
        raise InputError(
            f"{what} is for cells; the activity is an array of shape {cells.shape}. Say what its axes are: "
            'dims="condition,repeat,channel".'
        )
    if cells.ndim == 2:
        cells = cells.T if mapping["condition"] == TURNED else cells
        turned = "cells" if mapping["condition"] == TURNED else TURNED
        warn(
            f"Cells of {cells.shape[0]} conditions x {cells.shape[1]} repeats: if it is the other way round, "
            f'condition="{turned}".'
        )
        groups = [[entry for entry in row if np.size(entry)] for row in cells]
    else:
        groups = [_trials_of(entry, cells, what) for entry in cells]
    trials = [np.asarray(trial) for group in groups for trial in group]
    if not all(_is_numbers(trial) for trial in trials):
        raise InputError(f"{what} needs cells of numbers, or cells of cells of numbers; some hold something else.")
    activity = np.empty(len(trials), dtype=object)
    for number, trial in enumerate(trials):
        activity[number] = trial
    return {"activity": activity, "condition": np.repeat(np.arange(1, len(groups) + 1), [len(g) for g in groups])}


def _trials_of(entry: Any, cells: np.ndarray, what: str) -> list[np.ndarray]:
    """The trials of one condition: the cells within its cell, or the rows of its array along the axis that differs."""
    if _is_cells(entry):
        return [trial for trial in as_array(entry).ravel() if np.size(trial)]
    shapes = {np.shape(cell) for cell in cells}
    if not _is_numbers(entry) or len({len(shape) for shape in shapes}) > 1:
        raise InputError(f"{what} needs cells of numbers of as many dimensions, or cells of cells; these differ.")
    uneven = [axis for axis, sizes in enumerate(zip(*shapes, strict=True)) if len(set(sizes)) > 1]
    if len(uneven) != 1:
        listed = ", ".join("x".join(map(str, shape)) for shape in sorted(shapes)[:4])
        raise InputError(
            f"{what}: the axis of trials and that of channels cannot be distinguished, because arrays of all "
            "conditions "
            f"{'are' if not uneven else 'differ in several axes:'} {listed}. Make one array of trials, and a list with "
            "the condition of each."
        )
    return list(np.moveaxis(np.asarray(entry), uneven[0], 0))


def _is_cells(entry: Any) -> bool:
    several = isinstance(entry, (list, tuple)) or (isinstance(entry, np.ndarray) and entry.dtype == object)
    return several and np.size(as_array(entry)) > 0 and all(_is_numbers(item) for item in _flat(entry))


def _flat(entry: Sequence[Any] | np.ndarray) -> list[Any]:
    return list(entry.ravel()) if isinstance(entry, np.ndarray) else list(entry)


def _is_numbers(entry: Any) -> bool:
    return isinstance(entry, (np.ndarray, np.number, int, float)) and np.asarray(entry).dtype.kind in "biuf"
