"""Kendall's count of discordant pairs of rows, weighted, for many resamples at once.

With rows in the order of x, and y their places in the order of y, two rows are discordant where the first has the
larger y. Both orders are cut into blocks. Rows of the same block, of x or of y, are compared one by one, by products
with small matrices of zeros and ones; where both blocks differ, running sums over the blocks of x say what weighs more
in y. That is of the order of P^(3/2) work for P rows where comparing all is P^2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from neurouniv.rdm.comparators.sorted_frames import Workspace, in_blocks, inverse

X_SIDE, Y_SIDE = 0.57, 1.0
"""Rows of a block, over the root of the number of rows."""
LEAST = 16


class Discordance(NamedTuple):
    """Which rows are discordant, whatever they weigh."""

    x: np.ndarray  # (block of x, row), the pairs in the order of x
    y: np.ndarray  # (block of y, row)
    within: np.ndarray  # (block of x, comparison, row): with the block's own rows; then of later blocks of y than each
    later: np.ndarray  # (row after the first block of x,): where the running sum of the latter is for this row
    across: np.ndarray  # (block of y, row, row): with the block's own rows that are in other blocks of x


def discordance(order: np.ndarray, places: np.ndarray, dtype: DTypeLike = np.float64) -> Discordance:
    """From the order of x (row,) and the places of its rows in the order of y."""
    size, y_order = len(order), inverse(places)
    x_side, y_side = (max(LEAST, round(side * size**0.5)) for side in (X_SIDE, Y_SIDE))
    x, y = in_blocks(order, x_side), in_blocks(order[y_order], y_side)
    rows = np.arange(x.size)
    rows[:size] = places
    y_block = np.minimum(rows // y_side, len(y) - 1)
    within = np.empty((len(x), x_side + len(y), x_side), dtype)
    within[:, :x_side] = rows.reshape(-1, 1, x_side) > rows.reshape(-1, x_side, 1)
    within[:, :x_side] *= np.tri(x_side, k=-1, dtype=dtype)
    within[:, x_side:] = y_block.reshape(-1, 1, x_side) > np.arange(len(y))[:, None]
    later = (np.arange(x_side, x.size) // x_side - 1) * within.shape[1] + x_side + y_block[x_side:]
    x_block = in_blocks(y_order, y_side) // x_side
    across = (x_block[:, None] < x_block[:, :, None]) & ~np.tri(y_side, dtype=bool)
    return Discordance(x, y, within, later, across.astype(dtype))


def discordant(columns: np.ndarray, rows: Discordance, work: Workspace) -> np.ndarray:
    """The sum of w_p w_q over discordant pairs of rows (resample,), from weights (pair and one that is 0, resample).

    Examples
    --------
    >>> columns, order, places = np.array([[1.0], [2.0], [3.0], [0.0]]), np.arange(3), np.array([2, 0, 1])
    >>> discordant(columns, discordance(order, places), Workspace())
    array([5.])
    """
    resamples, dtype, side = columns.shape[1], columns.dtype, rows.x.shape[1]
    drawn = np.take(columns, rows.x, axis=0, out=work("x", (*rows.x.shape, resamples), dtype), mode="clip")
    shape = (*rows.within.shape[:2], resamples)
    compared = np.matmul(rows.within, drawn, out=work("within", shape, dtype))
    total = np.einsum("bpr,bpr->r", compared[:, :side], drawn)
    running, compared = compared[:, side:], compared.reshape(-1, resamples)
    for block in range(1, len(running) - 1):
        running[block] += running[block - 1]
    rest = drawn[1:].reshape(-1, resamples)
    later = np.take(compared, rows.later, axis=0, out=work("later", rest.shape, dtype), mode="clip")
    total += np.einsum("pr,pr->r", later, rest)
    drawn = np.take(columns, rows.y, axis=0, out=work("y", (*rows.y.shape, resamples), dtype), mode="clip")
    compared = np.matmul(rows.across, drawn, out=work("across", drawn.shape, dtype))
    return total + np.einsum("bpr,bpr->r", compared, drawn)
