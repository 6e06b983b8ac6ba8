"""The predictive log score: how likely a law's prediction makes held-out distances, in nats per distance.

Predictions are Gaussian about the law's curves. Where the trajectory has `h_var`, the noise is known: pairs that
share a condition correlate (`neurouniv.fitting.noise`), with the signal-dependent part at the law's own prediction,
so that the score is proper. Elsewhere errors count as independent, of the size they had in the training part.
Differences between laws do not depend on the unit of h; the score itself does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy.linalg import solve_triangular

from neurouniv.fitting.noise import MOST_PAIRS, noise_line, pair_covariance
from neurouniv.fitting.whiteners import ByConditions, whole
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import finite

AT_ONCE = 2**21
"""Entries of covariances held at once."""
FRAME = ["time", "pair"]
LEAST = 1e-6
"""Noise of at least this share of the largest variance needs no jitter."""
JITTER = 1e-9
"""A share of the mean variance, added to it: with few dimensions the covariance is singular to rounding."""


def log_density(test: xr.Dataset, predicted: xr.DataArray, spread: xr.DataArray | None) -> xr.Dataset:
    """`total` (...), the log density of the distances of `test`, and `count` (...), how many there are.

    Parameters
    ----------
    test : what was held out: `h` (..., time, pair) and, where known, `h_var`.
    predicted : (..., time, pair).
    spread : (...), the variance of errors in the training part, for data without `h_var`; None where unknown.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 4.0]], dims=("time", "pair"))
    >>> found = log_density(h.to_dataset(name="h"), h, xr.DataArray(1.0))
    >>> round(float(found.total / found["count"]), 4)  # -log(2 pi)/2
    -0.9189
    """
    observed, predicted = xr.broadcast(test["h"], predicted)
    if known_noise(test):
        ends, variance = _ends(test), test["h_var"].broadcast_like(observed)
        core = [FRAME, FRAME, FRAME]
        movies, settings = (observed, predicted, variance), {"ends": ends}
        total = xr.apply_ufunc(_under_known_noise, *movies, kwargs=settings, input_core_dims=core, vectorize=True)
    elif spread is None:
        total = np.nan * observed.isel(time=0, pair=0, drop=True)
    else:
        spread = spread.where(spread > 0)
        squares = (observed - predicted) ** 2 / spread + np.log(2 * np.pi * spread)
        total = -0.5 * squares.sum(FRAME, skipna=True).where(spread.notnull())
    predicted_fully = (finite(predicted) | observed.isnull()).all(FRAME)
    return xr.Dataset({"total": total.where(predicted_fully), "count": observed.notnull().sum(FRAME)})


def known_noise(traj: xr.Dataset) -> bool:
    """Whether the noise of `traj` is known."""
    return "h_var" in traj and bool((traj["h_var"] > 0).any())


def training_spread(constants: xr.Dataset, train: xr.Dataset) -> xr.DataArray | None:
    """The variance of a fit's errors (...), from its R2 and the variance of what it was fitted to."""
    if "r2" not in constants or "h" not in constants["variable"].values:
        return None
    unexplained = 1 - constants["r2"].sel(variable="h", drop=True)
    return unexplained * ((train["h"] - train["h"].mean(FRAME)) ** 2).mean(FRAME)


def _ends(test: xr.Dataset) -> np.ndarray | None:
    """The conditions of every pair (2, pair), counted from 0; None where they have no names or pairs are too many."""
    return Pairs.of(test, "alphabet").ends if are_named(test) and test.sizes["pair"] <= MOST_PAIRS else None


def _under_known_noise(h: np.ndarray, predicted: np.ndarray, variance: np.ndarray, ends: np.ndarray | None) -> Any:
    """The log density of one movie (time, pair) under known noise."""
    if not np.isfinite(h).any() or not np.isfinite(predicted[np.isfinite(h)]).all():
        return np.nan if np.isfinite(h).any() else 0.0
    if ends is None:
        mask = np.isfinite(h) & (variance > 0)
        return -0.5 * ((h - predicted) ** 2 / variance + np.log(2 * np.pi * variance))[mask].sum()
    a, b = noise_line(variance.T, h.T)
    if whole(ends) and np.isfinite(h).all() and (a > LEAST * (a.max() + b.max() * np.abs(h).max())).all():
        whitener = ByConditions.of(a, b, np.maximum(predicted, 0.0), ends)
        squares = (whitener.white((h - predicted).T) ** 2).sum()
        return -0.5 * (squares + whitener.log_determinant.sum() + h.size * np.log(2 * np.pi))
    rows = np.flatnonzero(np.isfinite(h).any(-1))
    pieces = np.array_split(rows, max(1, len(rows) * h.shape[1] ** 2 // AT_ONCE))
    return sum(_density_of_frames(h[piece], predicted[piece], a[piece], b[piece], ends) for piece in pieces)


def _density_of_frames(h: np.ndarray, predicted: np.ndarray, a: np.ndarray, b: np.ndarray, ends: np.ndarray) -> float:
    mask = np.isfinite(h)
    expected = np.where(np.isfinite(predicted), np.maximum(predicted, 0.0), 0.0)
    total = 0.0
    for covariance, frame, observed in zip(pair_covariance(a, b, expected, ends), h - predicted, mask, strict=True):
        block = covariance[np.ix_(observed, observed)]
        root = np.linalg.cholesky(block + JITTER * np.trace(block) / len(block) * np.eye(len(block)))
        white = solve_triangular(root, frame[observed], lower=True, check_finite=False)
        total -= 0.5 * (white**2).sum() + np.log(np.diagonal(root)).sum() + 0.5 * len(block) * np.log(2 * np.pi)
    return total
