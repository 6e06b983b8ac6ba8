"""Chunked activity: sums of trials chunk by chunk, so that memory holds a few chunks beside the means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from neurouniv.rdm.movie.cell_sums import SLICE, cell_sums, divided, whole
from neurouniv.rdm.movie.cells import Cells
from neurouniv.rdm.noise.precision import one_hot, power_of
from neurouniv.rdm.noise.shrinkage import Moments, moments
from neurouniv.schema import InputError, some

if TYPE_CHECKING:
    import dask.array as da

TREE = 4
"""How many partial sums are added at once."""


@dataclass(frozen=True)
class Partial:
    """The sums (cell, ...) of the trials of some chunks, for those cells alone that have trials there."""

    cells: np.ndarray
    sums: np.ndarray


def chunked_means(array: xr.DataArray, cells: Cells, recorded: np.ndarray | None) -> da.Array:
    """As `averages.means`, of a chunked array (trial, channel, ...): lazy, and every chunk is read once.

    Chunks may divide any dimension. The sums of a chunk are kept for those cells that have trials in it, and added
    in a tree. That all is finite is seen in the means, since a sum with NaN or infinity is not; this is told when
    they are computed.
    """
    import dask.array as da

    values, n_cells, counts = array.data, cells.counts.size, cells.counts
    label = da.from_array(cells.flat, chunks=(values.chunks[0],))
    averages_of_cells = da.reduction(
        values,
        chunk=_partial,
        combine=_added,
        aggregate=lambda parts, axis, keepdims: _mean(_added(parts), counts.ravel()),
        axis=0,
        keepdims=True,
        concatenate=False,
        output_size=n_cells,
        dtype=float,
        meta=np.empty((0,) * values.ndim),
        split_every=TREE,
        weights=label.reshape(-1, *[1] * (values.ndim - 1)),
    )
    averages_of_cells = averages_of_cells.reshape(*cells.shape, *values.shape[1:])
    with_activity = np.ones((cells.n_blocks, values.shape[1]), dtype=bool) if recorded is None else recorded
    beside = (slice(None), None, None, slice(None), *[None] * (values.ndim - 2))
    return da.map_blocks(
        lambda averages, there: _checked(averages, there.reshape(len(averages), -1), cells, str(array.name)),
        averages_of_cells,
        da.from_array(with_activity, chunks=(-1, values.chunks[1]))[beside],
        dtype=float,
        meta=averages_of_cells._meta,
    )


def _partial(values: np.ndarray, label: np.ndarray, axis: Any, keepdims: bool) -> Partial:
    """The sums of one chunk; the labels come as large as it, all the same along the other dimensions."""
    kinds, cell = np.unique(label.reshape(len(values), -1)[:, 0], return_inverse=True)
    return Partial(kinds, cell_sums(np.asarray(values), cell, len(kinds)))


def _added(parts: Any, axis: Any = None, keepdims: bool = True) -> Partial:
    """The sum of partial sums, which come in nested lists."""
    parts = list(_leaves(parts))
    kinds = np.unique(np.concatenate([part.cells for part in parts]))
    if np.array_equal(kinds, parts[0].cells):
        sums, parts = parts[0].sums.copy(), parts[1:]
    else:
        sums = np.zeros((len(kinds), *parts[0].sums.shape[1:]))
    for part in parts:
        sums[np.searchsorted(kinds, part.cells)] += part.sums
    return Partial(kinds, sums)


def _leaves(parts: Any) -> Iterable[Partial]:
    if isinstance(parts, Partial):
        yield parts
        return
    for part in parts:
        yield from _leaves(part)


def _mean(partial: Partial, counts: np.ndarray) -> np.ndarray:
    """The means of all cells (cell, ...), NaN where empty."""
    sums = np.zeros((len(counts), *partial.sums.shape[1:]))
    sums[partial.cells] = partial.sums
    return divided(sums, counts)


def _checked(averages: np.ndarray, there: np.ndarray, cells: Cells, name: str) -> np.ndarray:
    """The means of a chunk, if they are finite wherever there are trials."""
    if whole(averages, cells.counts, there):
        return averages
    needed = (cells.counts > 0)[..., None] & there[:, None, None]
    bad = ~np.isfinite(averages).all(axis=tuple(range(4, averages.ndim))) & needed
    block, _, condition, _ = np.argwhere(bad)[0]
    raise InputError(
        f"A trajectory needs finite {name}; values are NaN or infinite in {int(bad.any(-1).sum())} of "
        f"{int(needed.any(-1).sum())} means over trials. The first is condition '{cells.conditions[condition]}' in "
        f"{cells.name(block)}, in channels {some(np.flatnonzero(bad[block].any((0, 1))))} of this chunk (counted from "
        "0). Drop these trials or channels first."
    )


def chunked_moments(array: xr.DataArray, cells: Cells, averages: np.ndarray) -> dict[int, Moments | None]:
    """As `noise.residual_moments` of each block, of a chunked array (trial, channel, ...), which is read once.

    Parameters
    ----------
    averages : means (block, fold, condition, channel, ...), from which what conditions and runs explain is fitted.
    """
    import dask

    values = array.data.rechunk({1: -1})
    fitted, free = _fitted(averages, cells)
    fitted = fitted.reshape(-1, *averages.shape[3:])
    frames = int(np.prod(values.shape[2:]))
    parts = []
    for chunk, *places in zip(values.to_delayed().ravel(), *_places(values.chunks), strict=True):
        trials, _, *others = places
        explained = dask.delayed(fitted[(slice(None), slice(None), *others)], pure=False)
        labels = cells.flat[trials], cells.block[trials]
        parts.append(dask.delayed(_residual_sums)(chunk, explained, *labels))
    while len(parts) > 1:
        parts = [dask.delayed(_added_sums)(parts[i : i + TREE]) for i in range(0, len(parts), TREE)]
    (sums,) = dask.compute(parts[0])
    return {
        block: Moments(len(cells.block[cells.block == block]) * frames, free[block] * frames, free[block], *sums[block])
        for block in sums
        if free[block] > 0
    }


def _fitted(averages: np.ndarray, cells: Cells) -> tuple[np.ndarray, dict[int, int]]:
    """Means of conditions plus shifts of runs, fitted to the means of each block; and the degrees of freedom left."""
    fit, free = np.zeros_like(averages), {}
    for block in map(int, cells.used):
        fold, condition = np.nonzero(cells.counts[block])
        weights = np.sqrt(cells.counts[block][fold, condition])
        design = np.concatenate([one_hot(condition), one_hot(fold)], axis=1) * weights[:, None]
        columns, sizes, _ = np.linalg.svd(design, full_matrices=False)
        columns = columns[:, sizes > 1e-10 * sizes[0]]
        here = averages[block, fold, condition].reshape(len(fold), -1) * weights[:, None]
        explained = (columns @ (columns.T @ here)) / weights[:, None]
        fit[block, fold, condition] = explained.reshape(len(fold), *averages.shape[3:])
        free[block] = int(cells.counts[block].sum()) - columns.shape[1]
    return fit, free


def _residual_sums(
    values: np.ndarray, explained: np.ndarray, cell: np.ndarray, block: np.ndarray
) -> dict[int, tuple[np.ndarray, np.ndarray, float]]:
    """Of each block, the products, squares and power of `shrinkage.Moments` of one chunk, some trials at a time."""
    by_block: dict[int, tuple[Any, ...]] = {}
    step = max(1, SLICE // max(1, values[0].size))
    for number in map(int, np.unique(block)):
        trials = np.flatnonzero(block == number)
        for start in range(0, len(trials), step):
            some_trials = trials[start : start + step]
            here = np.asarray(values[some_trials], dtype=float)
            rows = np.moveaxis(here - explained[cell[some_trials]], 1, -1).reshape(-1, values.shape[1])
            part = moments(rows, power=power_of(here))
            sums: tuple[Any, ...] = part.products, part.squares, part.power
            by_block[number] = tuple(map(np.add, by_block[number], sums)) if number in by_block else sums
    return by_block


def _added_sums(parts: list[dict[int, tuple]]) -> dict[int, tuple]:
    total: dict[int, tuple] = {}
    for part in parts:
        for block, sums in part.items():
            total[block] = tuple(map(np.add, total[block], sums)) if block in total else sums
    return total


def _places(chunks: tuple[tuple[int, ...], ...]) -> list[list[slice]]:
    """For every chunk, in the order of its array, its slice along each dimension: one list per dimension."""
    edges = [np.concatenate([[0], np.cumsum(sizes)]) for sizes in chunks]
    slices = [[slice(int(a), int(b)) for a, b in pairwise(edge)] for edge in edges]
    return [list(of_dim) for of_dim in zip(*product(*slices), strict=True)]
