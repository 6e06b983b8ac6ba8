"""Representational similarity: predicted with observed RDM, frame by frame, by rsatoolbox's comparators."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.comparators import Comparator, comparator_of
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError

LEAST_PAIRS = 3


def similarity(observed: xr.DataArray, predicted: xr.DataArray, comparator: str = "corr") -> xr.DataArray:
    """`rsatoolbox.rdm.compare` of every predicted with its observed RDM: (..., time, pair) twice to (..., time).

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
    how = comparator_of(comparator)
    observed, predicted = xr.broadcast(observed, predicted)
    place, length = _places(observed, how)

    def frames(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
        ours, theirs = (_spread(array.reshape(-1, array.shape[-1]), place, length) for array in (seen, expected))
        return compare_frames(ours, theirs, how).reshape(seen.shape[:-1])

    return xr.apply_ufunc(frames, observed, predicted, input_core_dims=[["pair"], ["pair"]])


def compare_frames(observed: np.ndarray, predicted: np.ndarray, comparator: Comparator) -> np.ndarray:
    """Row by row: two arrays (frame, pair), NaN where not observed, to (frame,)."""
    from rsatoolbox.rdm import compare

    missing = ~np.isfinite(observed)
    complete = np.isfinite(predicted) | missing
    observed, predicted = np.where(missing, np.nan, observed), np.where(missing, np.nan, predicted)
    usable = complete.all(-1) & _informative(observed, comparator) & _informative(predicted, comparator)
    found = np.full(len(observed), np.nan)
    at_once = comparator.frames_at_once
    for rows in _alike(missing, np.flatnonzero(usable)):
        for some in np.split(rows, range(at_once, len(rows), at_once)):
            found[some] = np.diagonal(compare(observed[some], predicted[some], method=comparator.name))
    return found


def _alike(missing: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
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


def _places(observed: xr.DataArray, comparator: Comparator) -> tuple[np.ndarray, int]:
    """Where every pair goes in the pdist order of the sorted conditions, and the length of that order."""
    if not comparator.whitened:
        return np.arange(observed.sizes["pair"]), observed.sizes["pair"]
    if not are_named(observed):
        raise InputError(
            f"comparator={comparator.name!r} needs the coordinates first and second (pair), the names of the two "
            "conditions of every pair; add them with `.assign_coords`, or use comparator='corr'."
        )
    pairs = Pairs.of(observed, "alphabet")
    return pairs.pdist, len(pairs.names) * (len(pairs.names) - 1) // 2


def _spread(frames: np.ndarray, place: np.ndarray, length: int) -> np.ndarray:
    """`frames` (frame, pair) put into their places, NaN where no pair came."""
    spread = np.full((len(frames), length), np.nan)
    spread[:, place] = frames
    return spread
