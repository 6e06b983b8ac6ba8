"""The range, mean and missing values of activity, in one pass that holds a block at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from neurouniv.systems.recordings.assembly.fields import is_chunked

if TYPE_CHECKING:
    import dask.array

BLOCK = 2**22  # values looked at at once


@dataclass(frozen=True)
class Values:
    """Lowest, highest and mean finite value of what was recorded; how many values, and how many of them missing."""

    low: float
    high: float
    mean: float
    count: int
    missing: int
    chunked: bool = False


def values_of(rec: xr.Dataset) -> Values:
    """The range, mean and number of missing values of a recording.

    Examples
    --------
    >>> activity = np.array([[1.0, np.nan], [3.0, 4.0]])
    >>> coords = {"condition": ("trial", ["a", "b"]), "recorded": (("trial", "channel"), [[True, False], [True, True]])}
    >>> values_of(xr.Dataset({"activity": (("trial", "channel"), activity)}, coords)).missing
    0
    """
    per_cell = int(np.prod(rec.activity.shape[2:]))
    recorded = rec.recorded.values.sum() if "recorded" in rec.coords else rec.sizes["trial"] * rec.sizes["channel"]
    count = int(recorded) * per_cell
    chunked = is_chunked(rec.activity.data)
    low, high, total, finite = (_of_chunks if chunked else _of_blocks)(rec.activity.data)
    mean = total / finite if finite else np.nan
    return Values(float(low), float(high), float(mean), count, max(0, count - int(finite)), chunked)


def _of_blocks(values: np.ndarray) -> tuple[float, float, float, int]:
    rows = max(1, BLOCK // max(1, int(np.prod(values.shape[1:]))))
    summaries = [_of_block(values[start : start + rows]) for start in range(0, len(values), rows)]
    low, high, total, finite = np.array(summaries).T
    return low.min(), high.max(), total.sum(), int(finite.sum())


def _of_chunks(values: dask.array.Array) -> tuple[float, float, float, int]:
    """The same of a dask array, each chunk looked at once."""
    import dask

    blocks = [dask.delayed(_of_block)(block) for block in values.to_delayed().ravel()]
    low, high, total, finite = np.array(dask.compute(*blocks)).T
    return low.min(), high.max(), total.sum(), int(finite.sum())


def _of_block(block: np.ndarray) -> tuple[float, float, float, int]:
    finite = np.isfinite(block)
    number = int(finite.sum())
    if number == block.size and number:
        return block.min(), block.max(), block.sum(dtype=float), number
    values = block[finite]
    return (values.min(), values.max(), values.sum(dtype=float), number) if number else (np.inf, -np.inf, 0.0, 0)
