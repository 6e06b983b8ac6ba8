"""How similar members are to the mean of the others and of all: the ceiling of one model for all of them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.comparators import Comparator
from neurouniv.rdm.comparators.own_unit import in_own_unit
from neurouniv.rdm.comparators.table import similarities


def ceiling_of_members(h: np.ndarray, ends: np.ndarray, comparator: Comparator) -> np.ndarray:
    """The similarity of every member (..., member, pair) with a mean of RDMs: lower and upper (..., member, bound).

    `lower` is that with the mean of the others, `upper` with the mean of all, RDMs brought first to what their mean
    maximises: divided by their size, about their mean where that is what is compared, or as ranks. Means over members
    are those of `rsatoolbox.inference.boot_noise_ceiling` (Nili et al. 2014), which takes mean ranks for tau too, as an
    approximation (`pool_rdm`).

    Examples
    --------
    >>> from neurouniv.rdm.comparators import comparator_of
    >>> h, ends = np.array([[1.0, 2.0, 4.0], [1.0, 4.0, 5.0]]), np.array([[0, 0, 1], [1, 2, 2]])
    >>> ceiling_of_members(h, ends, comparator_of("corr")).round(3)
    array([[0.891, 0.972],
           [0.891, 0.972]])
    """
    (members, pairs), shape = h.shape[-2:], h.shape[:-1]
    frames = h.reshape(-1, members, pairs)
    everyone, others = _means(_normalised(frames, comparator), axis=1)
    lower = similarities(frames.reshape(-1, 1, pairs), others.reshape(-1, 1, pairs), ends, comparator)
    upper = similarities(frames, everyone, ends, comparator)
    return np.stack([lower.reshape(shape), upper.reshape(shape)], axis=-1)


def means(h: xr.DataArray, dim: str) -> tuple[xr.DataArray, xr.DataArray]:
    """The mean of all members, and for every member the mean of the others; missing ones are left out."""
    everyone, others = xr.apply_ufunc(_means, h, -1, input_core_dims=[[dim], []], output_core_dims=[["all"], [dim]])
    return everyone.isel(all=0), others


def _means(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """`means` along an axis, which is kept with size 1 in the first."""
    present = ~np.isnan(values)
    known = np.where(present, values, 0.0)
    total, count = known.sum(axis, keepdims=True), present.sum(axis, keepdims=True)
    rest = count - present
    return total / np.where(count > 0, count, np.nan), (total - known) / np.where(rest > 0, rest, np.nan)


def _normalised(frames: np.ndarray, comparator: Comparator) -> np.ndarray:
    """RDMs (..., pair) brought to what their mean maximises under `comparator`."""
    if comparator.ranked:
        return _ranks(frames)
    present = ~np.isnan(frames)
    count = np.maximum(present.sum(-1, keepdims=True), 1)
    known = in_own_unit(np.where(present, frames, 0.0))
    if comparator.centred:
        known = np.where(present, known - known.sum(-1, keepdims=True) / count, 0.0)
    size = np.sqrt(np.einsum("...p,...p->...", known, known)[..., None] / count)
    return np.where(present, known, np.nan) / np.where(size > 0, size, np.nan)


def _ranks(frames: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return rankdata(frames, axis=-1, nan_policy="omit")
