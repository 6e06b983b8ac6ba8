"""Means of trials: the mean of every cell (block, fold, condition), in one pass over the activity."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.movie.cell_sums import cell_sums, divided, whole
from neurouniv.rdm.movie.cells import Cells
from neurouniv.rdm.movie.chunks import chunked_means
from neurouniv.schema import InputError, finite, some


def means(array: xr.DataArray, cells: Cells, recorded: np.ndarray | None = None) -> xr.Variable:
    """Mean over the trials of each cell: (trial, channel, ...) -> (block, fold, condition, channel, ...).

    NaN where a cell is empty. Chunked activity gives chunked means; then what is not finite is told when they are
    computed, by cell instead of by trial, so that no value is read twice.

    Parameters
    ----------
    array : activity, of dimensions `trial`, the channels' and any others.
    recorded : which channels (block, channel) have activity; the others may be NaN. Default: all.

    Raises
    ------
    InputError : `array` holds NaN or infinity; the message says in which trials and where else.
    """
    if array.dtype.kind not in "fiub":
        raise InputError(f"{array.name} needs to be real numbers; got type {array.dtype}.")
    array = array.transpose("trial", ...)
    dims = ("block", "fold", "condition", *array.dims[1:])
    if array.chunks is not None:
        return xr.Variable(dims, chunked_means(array, cells, recorded))
    averages = divided(cell_sums(array.values, cells.flat, cells.counts.size), cells.counts.ravel())
    averages = averages.reshape(*cells.shape, *array.shape[1:])
    if not whole(averages, cells.counts, recorded):
        need_finite(array, None if recorded is None else recorded[cells.block])
    return xr.Variable(dims, averages)


def need_finite(array: xr.DataArray, recorded: np.ndarray | None = None) -> None:
    """Raise `InputError`, naming trials and channels, unless `array` is finite where `recorded` (trial, channel)."""
    bad = ~finite(array)
    if recorded is not None:
        bad = bad & xr.DataArray(recorded, dims=("trial", "channel"))
    if not bool(bad.any()):
        return
    where = []
    for dim in array.dims:
        hit = bad.any([d for d in array.dims if d != dim]).values
        labels = array[dim].values[hit] if dim in array.coords else np.flatnonzero(hit)
        where.append(f"{dim} {some(labels)} ({hit.sum()} of {hit.size})")
    raise InputError(
        f"A trajectory needs finite {array.name}; {int(bad.sum())} of {bad.size} values are NaN or infinite, in "
        f"{', '.join(where)}. Drop these first, for example `rec.dropna('trial')` or `rec.dropna('channel')`."
    )
