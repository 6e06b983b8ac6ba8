"""Sums of the trials of every cell, and the means that they give."""

from __future__ import annotations

import numpy as np

SLICE = 2**18
"""Values of trials that are converted at once where they are not doubles in the order of the recording."""
LONG = 2**12
"""Values of one trial from which on trials are added one by one, which reads them where they are."""


def cell_sums(values: np.ndarray, cell: np.ndarray, n_cells: int) -> np.ndarray:
    """Sums of the trials of each cell, in double precision: (trial, ...) and (trial,) -> (cell, ...).

    Long trials are added one by one, short ones by a one-hot sparse matrix product; other types and orders of memory
    are converted a slice at a time.

    Examples
    --------
    >>> cell_sums(np.array([[1.0], [2.0], [4.0]]), np.array([1, 0, 1]), 3).tolist()
    [[2.0], [5.0], [0.0]]
    """
    if values.dtype == float and values.flags.c_contiguous:
        sums = _one_hot(cell, n_cells) @ values.reshape(len(values), -1)
        return sums.reshape(n_cells, *values.shape[1:])
    sums = np.zeros((n_cells, *values.shape[1:]))
    if len(values) and values[0].size >= LONG and values[0].flags.forc:
        for trial, place in zip(values, cell, strict=True):
            sums[place] += trial
        return sums
    order = np.argsort(cell, kind="stable")
    step = max(1, SLICE // max(1, values[0].size)) if len(values) else 1
    for start in range(0, len(order), step):
        trials = order[start : start + step]
        first, last = cell[trials[0]], cell[trials[-1]] + 1
        rows = np.ascontiguousarray(values[trials], dtype=float).reshape(len(trials), -1)
        some_sums = _one_hot(cell[trials] - first, last - first) @ rows
        sums[first:last] += some_sums.reshape(last - first, *values.shape[1:])
    return sums


def divided(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Means (cell, ...) of `sums` (cell, ...), in place; NaN where a cell is empty."""
    if (counts == 1).all():
        return sums
    with np.errstate(invalid="ignore"):
        sums /= counts.reshape(-1, *[1] * (sums.ndim - 1))
    return sums


def whole(averages: np.ndarray, counts: np.ndarray, recorded: np.ndarray | None = None) -> bool:
    """Whether the means (block, fold, condition, channel, ...) are finite wherever there are trials."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(averages.sum()):  # sooner than a look at every value
            return True
    return all(
        bool(np.isfinite(averages[cell] if recorded is None else averages[cell][recorded[cell[0]]]).all())
        for cell in map(tuple, np.argwhere(counts > 0))
    )


def _one_hot(cell: np.ndarray, n_cells: int):
    """The sparse matrix (cell, trial) that sums trials by cell."""
    from scipy.sparse import csr_array

    order = np.argsort(cell, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=n_cells))])
    return csr_array((np.ones(len(cell)), order, starts), shape=(n_cells, len(cell)))
