"""Representational similarity: predicted with observed RDM, frame by frame, in rsatoolbox's numbers."""

from __future__ import annotations

from math import prod

import numpy as np
import xarray as xr

from neurouniv.rdm.comparators import Comparator, comparator_of
from neurouniv.rdm.comparators.table import similarities
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError, pair_indices


def similarity(observed: xr.DataArray, predicted: xr.DataArray, comparator: str = "corr") -> xr.DataArray:
    """As `rsatoolbox.rdm.compare`, every predicted with its observed RDM: (..., time, pair) twice to (..., time).

    Frames are matched along dimensions that both have; every frame of observed is compared with every one of predicted
    along the others, such as (time, pair) with (model, pair) to (time, model).

    NaN where a frame has fewer than three observed pairs, where one of the two RDMs is constant (for "cosine" and
    "cosine_cov": all zero), or where the prediction is not finite though the pair was observed. Pairs that were not
    observed are left out. `observed` carries the coordinates `first` and `second` (pair) where "corr_cov" and
    "cosine_cov" are asked for, since they whiten by which pairs share a condition (Diedrichsen et al. 2020).

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 4.0]], dims=("time", "pair"))
    >>> similarity(h, 7 * h + 1).round(12).values
    array([1.])
    """
    definition = comparator_of(comparator)
    observed, predicted = xr.align(observed, predicted, join="outer", copy=False)
    ends = ends_of(observed, definition)
    observed, predicted = (side.drop_vars(["first", "second"], errors="ignore") for side in (observed, predicted))
    both = [dim for dim in observed.dims if dim in predicted.dims and dim != "pair"]
    alone = [[dim for dim in side.dims if dim not in (*both, "pair")] for side in (observed, predicted)]

    def frames(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
        shape, pairs = seen.shape[: len(both)], seen.shape[-1]
        apart = [array.shape[len(both) : -1] for array in (seen, expected)]
        x, y = (
            array.reshape(prod(shape), prod(some), pairs) for array, some in zip((seen, expected), apart, strict=True)
        )
        return similarities(x, y, ends, definition).reshape((*shape, *apart[0], *apart[1]))

    scores = xr.apply_ufunc(
        frames,
        observed.transpose(*both, ..., "pair"),
        predicted.transpose(*both, ..., "pair"),
        input_core_dims=[[*dims, "pair"] for dims in alone],
        output_core_dims=[alone[0] + alone[1]],
    )
    return scores.transpose(*(dim for dim in observed.dims if dim != "pair"), ...)


def compare_frames(observed: np.ndarray, predicted: np.ndarray, ends: np.ndarray, comparator: Comparator) -> np.ndarray:
    """Row by row: two arrays (frame, pair), NaN where not observed, to (frame,); `ends` (2, pair) are conditions."""
    return similarities(observed[:, None], predicted[:, None], ends, comparator)[:, 0, 0]


def ends_of(observed: xr.DataArray, comparator: Comparator) -> np.ndarray:
    """The conditions of every pair (2, pair), from 0; any, where it does not matter which pairs share one."""
    if not comparator.whitened:
        number = observed.sizes["pair"]
        return np.stack(pair_indices(int(np.sqrt(2 * number)) + 2))[:, :number]
    if not are_named(observed):
        raise InputError(
            f"comparator={comparator.name!r} needs the coordinates first and second (pair), the names of the two "
            "conditions of every pair; add them with `.assign_coords`, or use comparator='corr'."
        )
    return Pairs.of(observed, "alphabet").ends
