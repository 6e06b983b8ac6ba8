"""Representational similarity: predicted with observed RDM, frame by frame, in rsatoolbox's numbers."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.comparators import Comparator, comparator_of
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError, pair_indices

LEAST_PAIRS = 3


def similarity(observed: xr.DataArray, predicted: xr.DataArray, comparator: str = "corr") -> xr.DataArray:
    """As `rsatoolbox.rdm.compare`, every predicted with its observed RDM: (..., time, pair) twice to (..., time).

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
    observed, predicted = xr.broadcast(observed, predicted)
    ends = _ends(observed, definition)

    def frames(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
        ours, theirs = (array.reshape(-1, array.shape[-1]) for array in (seen, expected))
        return compare_frames(ours, theirs, ends, definition).reshape(seen.shape[:-1])

    return xr.apply_ufunc(frames, observed, predicted, input_core_dims=[["pair"], ["pair"]])


def compare_frames(observed: np.ndarray, predicted: np.ndarray, ends: np.ndarray, comparator: Comparator) -> np.ndarray:
    """Row by row: two arrays (frame, pair), NaN where not observed, to (frame,); `ends` (2, pair) are conditions."""
    missing = ~np.isfinite(observed)
    complete = np.isfinite(predicted) | missing
    observed, predicted = np.where(missing, np.nan, observed), np.where(missing, np.nan, predicted)
    usable = complete.all(-1) & _informative(observed, comparator) & _informative(predicted, comparator)
    scores = np.full(len(observed), np.nan)
    once = np.ones((1, ends.max(initial=0) + 1))
    for rows in _rows_by_missing(missing, np.flatnonzero(usable)):
        pairs = np.flatnonzero(~missing[rows[0]])
        compare = comparator.kernel(once, ends[:, pairs])
        scores[rows] = compare(observed[np.ix_(rows, pairs)], predicted[np.ix_(rows, pairs)])[0]
    return scores


def _rows_by_missing(missing: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """`rows` in groups that miss the same pairs."""
    if not rows.size or not missing[rows].any():
        return [rows] if rows.size else []
    _, group = np.unique(missing[rows], axis=0, return_inverse=True)
    return [rows[group.reshape(-1) == g] for g in range(group.max() + 1)]


def _informative(frames: np.ndarray, comparator: Comparator) -> np.ndarray:
    """Whether every frame (frame, pair) has three pairs and differs from what the comparator takes as nothing."""
    present = np.isfinite(frames)
    count = present.sum(-1)
    values = np.where(present, frames, 0.0)
    about = (values.sum(-1) / np.maximum(count, 1))[:, None] if comparator.centred else 0.0
    largest = np.abs(values).max(-1, initial=0.0)
    spread = np.abs(np.where(present, values - about, 0.0)).max(-1, initial=0.0)
    return (count >= LEAST_PAIRS) & (spread > 1e-12 * largest)


def _ends(observed: xr.DataArray, comparator: Comparator) -> np.ndarray:
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
