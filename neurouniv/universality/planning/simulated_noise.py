"""Noise at the level of distances: movies of a known truth, as noisy as a trajectory that was measured.

Crossvalidated distances of pairs that share a condition have errors that correlate (`neurouniv.fitting.noise`). How
large they are is read off the `h_var` of the trajectory at hand; the part that grows with the signal is taken at the
truth. So studies are drawn in one matrix product, without neurons, trials or runs.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.noise import MOST_PAIRS, noise_line, pair_covariance
from neurouniv.quantities import is_number, shown
from neurouniv.rdm.pairs import Pairs, are_named
from neurouniv.schema import InputError

JITTER = 1e-9
"""A share of the mean variance, added to it: with few dimensions the covariance is singular to rounding."""
SMALLEST = 1e-70
"""Of standard deviations whose products doubles hold; the largest is one over it."""


class Noise(NamedTuple):
    """The noise of distances: a pair's variance is `a` + `b` h, both (..., time)."""

    a: xr.DataArray
    b: xr.DataArray

    @classmethod
    def of(cls, traj: xr.Dataset, noise_sd: float | None = None) -> Self:
        """The noise of `traj` by its `h_var`, or of the standard deviation `noise_sd`, in units of h.

        Raises
        ------
        InputError : neither is there, or `noise_sd` is not positive.

        Examples
        --------
        >>> h = xr.DataArray([[1.0, 2.0, 4.0]], dims=("time", "pair"))
        >>> found = Noise.of(xr.Dataset({"h": h, "h_var": 3 + 2 * h}))
        >>> found.a.values.round(6), found.b.values.round(6)
        (array([3.]), array([2.]))
        """
        frames = traj["h"].isel(pair=0, drop=True)
        if noise_sd is not None:
            if not (is_number(noise_sd) and SMALLEST <= noise_sd <= 1 / SMALLEST):
                raise InputError(
                    f"noise_sd is a positive standard deviation, in units of h, from {SMALLEST:g} to {1 / SMALLEST:g}; "
                    f"got {shown(noise_sd)}."
                )
            return cls(0.0 * frames.fillna(0.0) + float(noise_sd) ** 2, 0.0 * frames.fillna(0.0))
        if "h_var" not in traj or not bool((traj["h_var"] > 0).any()):
            raise InputError(
                "Studies like these data need their noise, the sampling variance `h_var` of every distance, which this "
                'trajectory lacks. Make it with `neurouniv.trajectory(recording, task, metric="crossnobis")` of a '
                "recording with at least three runs, or give noise_sd=..., the standard deviation of a distance."
            )
        variance = traj["h_var"].broadcast_like(traj["h"]).transpose(*traj["h"].dims)
        core, frame = [["time", "pair"], ["time", "pair"]], [["time"], ["time"]]
        return cls(*xr.apply_ufunc(_line, variance, traj["h"], input_core_dims=core, output_core_dims=frame))


def _line(variance: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return noise_line(np.swapaxes(variance, -1, -2), np.swapaxes(h, -1, -2))


def noisy_studies(
    like: xr.Dataset, truth: xr.DataArray, noise: Noise, studies: int, seed: int | list[int] = 0
) -> xr.Dataset:
    """Studies like `like` in which `truth` (..., time, pair) is true: `h` and `h_var` (study, ..., time, pair).

    What `like` lacks (NaN) they lack too; its task, times and names they keep, and of its other variables none.
    `h_var` is as `neurouniv.trajectory` estimates it: a part that all pairs share, and one in proportion to the
    distance as it came out.

    Examples
    --------
    >>> names = {"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])}
    >>> h = xr.DataArray(np.ones((500, 3)), names, ("time", "pair"))
    >>> made = noisy_studies(h.to_dataset(name="h"), h, Noise.of(h.to_dataset(name="h"), 0.1), studies=4)
    >>> float(np.corrcoef(made.h.stack(frame=("study", "time")))[0, 2].round(1)), dict(made.h_var.sizes)
    (0.3, {'study': 4, 'time': 500, 'pair': 3})
    """
    dims = (*(dim for dim in like["h"].dims if dim not in ("time", "pair")), "time", "pair")
    seen = like["h"].transpose(*dims)
    true = np.maximum(truth.transpose(*dims).values, 0.0)
    a, b = (part.transpose(*dims[:-1]).values for part in noise)
    errors, variance = _errors(true, a, b, _ends(like), studies, np.random.default_rng(seed))
    drawn = true + errors
    drawn = np.where(np.isfinite(seen.values), drawn, np.nan)
    made = like.drop_vars([name for name in like.data_vars if name not in ("stimuli", "targets")])
    labels = {"study": np.arange(studies)}
    for name, values in (("h", drawn), ("h_var", _estimated(drawn, a, variance))):
        made[name] = xr.DataArray(values, labels, ("study", *dims), attrs=dict(seen.attrs))
    return made


def _ends(like: xr.Dataset) -> np.ndarray | None:
    """The conditions of every pair (2, pair); None where pairs count as independent."""
    return Pairs.of(like).ends if are_named(like) and like.sizes["pair"] <= MOST_PAIRS else None


def _errors(
    true: np.ndarray, a: np.ndarray, b: np.ndarray, ends: np.ndarray | None, studies: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Noise (study, ..., time, pair), and its variance (..., time, pair)."""
    made, variance = rng.normal(size=(studies, *true.shape)), a[..., None] + b[..., None] * true
    if ends is None:
        return made * np.sqrt(variance), variance
    for frame in np.ndindex(a.shape):
        covariance = pair_covariance(a[frame], b[frame], true[frame], ends)
        size = np.trace(covariance) / len(covariance)
        root = np.linalg.cholesky(covariance + JITTER * size * np.eye(len(covariance)))
        made[(slice(None), *frame)] = made[(slice(None), *frame)] @ root.T
        variance[frame] = np.diagonal(covariance)
    return made, variance


def _estimated(drawn: np.ndarray, a: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The variance as it would be estimated: `a`, and the rest shared out in proportion to the distances above 0."""
    seen = np.isfinite(drawn)
    shown = np.where(seen, np.maximum(drawn, 0.0), 0.0)
    total = shown.sum(-1, keepdims=True)
    added = ((variance - a[..., None]) * seen).sum(-1, keepdims=True)
    signal = np.divide(added * shown, total, out=np.zeros_like(shown), where=total > 0)
    return np.where(seen, a[..., None] + signal, np.nan)
