"""Rows of a table of activity: those of one trial are averaged."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import is_chunked


def one_row_per_trial(
    activity: np.ndarray, columns: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Average the neighbouring rows that share a trial (and session); trials keep the order of the file.

    Parameters
    ----------
    activity : (row, channel[, latency]).
    columns : one value per row; without "trial" nothing is averaged.

    Raises
    ------
    InputError : rows of one trial lie apart, or differ in condition or run.

    Examples
    --------
    >>> rows, columns = one_row_per_trial(np.array([[1.0], [3.0], [5.0]]), {"trial": np.array([7, 7, 8])})
    >>> rows.ravel().tolist(), columns["trial"].tolist()
    ([2.0, 5.0], [7, 8])
    """
    if "trial" not in columns or not len(activity):
        return activity, dict(columns)
    number = _numbered(*(columns[name] for name in ("trial", "session", "subject") if name in columns))
    starts = np.flatnonzero(np.r_[True, number[1:] != number[:-1]])
    _need_whole_trials(columns, number, starts)
    if starts.size < len(activity):
        activity = _chunks_averaged(activity, starts) if is_chunked(activity) else _averaged(activity, starts)
    return activity, {name: column[starts] for name, column in columns.items()}


def _averaged(activity: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The mean of the rows from each start to the next."""
    counts = np.diff(np.r_[starts, len(activity)])
    sums = np.add.reduceat(activity, starts, axis=0, dtype=float)
    sums /= counts.reshape(-1, *[1] * (activity.ndim - 1))
    return sums


def _chunks_averaged(activity: Any, starts: np.ndarray) -> Any:
    """The same, lazily, of a dask array; chunks of rows are moved so that none cuts a trial."""
    import dask.array as da

    following = np.searchsorted(starts, np.cumsum(activity.chunks[0])[:-1])
    cuts = np.unique(np.r_[0, starts[following[following < starts.size]], len(activity)])
    parts = []
    for first, last in pairwise(cuts.tolist()):
        inside = starts[(starts >= first) & (starts < last)] - first
        part = activity[first:last].rechunk({0: -1})
        chunks = ((inside.size,), *part.chunks[1:])
        parts.append(part.map_blocks(_averaged, inside, chunks=chunks, dtype=float))
    return da.concatenate(parts)


def _numbered(*keys: np.ndarray) -> np.ndarray:
    """One whole number for every different combination of keys."""
    sortable = [key.astype(str) if key.dtype == object else key for key in keys]  # None, and labels of several types
    codes = [np.unique(key, return_inverse=True)[1] for key in sortable]
    return np.ravel_multi_index(codes, [code.max() + 1 for code in codes])


def _need_whole_trials(columns: Mapping[str, np.ndarray], number: np.ndarray, starts: np.ndarray) -> None:
    values, pieces = np.unique(number[starts], return_counts=True)
    if (pieces > 1).any():
        trial = columns["trial"][np.argmax(number == values[np.argmax(pieces > 1)])]
        raise InputError(
            f"The rows of trial {trial} lie in separate places of the file. If trial numbers start again, give "
            "`session` too; otherwise sort the rows."
        )
    first = np.repeat(starts, np.diff(np.r_[starts, number.size]))
    for name in ("condition", "run", "target"):
        if name in columns and (changed := columns[name] != columns[name][first]).any():
            row = int(np.argmax(changed))
            raise InputError(
                f"Trial {columns['trial'][row]} has more than one {name}: {columns[name][first[row]]} and "
                f"{columns[name][row]}. One trial needs one {name}; check the field given as `trial`."
            )
