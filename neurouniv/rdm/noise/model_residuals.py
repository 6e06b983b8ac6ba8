"""Noise from what a model left of a time series: the `residuals` (sample, channel) that come with betas of fMRI."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr

from neurouniv.rdm.movie.cells import Cells
from neurouniv.rdm.noise.precision import power_of
from neurouniv.rdm.noise.shrinkage import Moments, moments
from neurouniv.schema import InputError

RESIDUALS = "residuals"
FREEDOM = "sample_freedom"
"""The degrees of freedom that each sample counts for, over `sample`; else the attribute `freedom` is that of all."""


def are_shared(rec: xr.Dataset) -> bool:
    """Whether residuals are of the whole recording: no `sample_session` or `sample_subject` says whose they are."""
    return not {"sample_session", "sample_subject"} & set(rec[RESIDUALS].coords)


def freedom_of(residuals: xr.DataArray) -> np.ndarray:
    """The degrees of freedom that each sample counts for (sample,): one less than there are where nothing tells them.

    Examples
    --------
    >>> freedom_of(xr.DataArray(np.zeros((4, 2)), dims=("sample", "channel"))).tolist()
    [0.75, 0.75, 0.75, 0.75]
    """
    if FREEDOM in residuals.coords:
        return residuals[FREEDOM].values
    samples = residuals.sizes["sample"]
    return np.full(samples, residuals.attrs.get("freedom", samples - 1) / samples)


def moments_of_residuals(rec: xr.Dataset, cells: Cells) -> Callable[[int, np.ndarray], Moments]:
    """(block, channels) -> the moments of the residuals of a block, or of all where they are shared, less their mean.

    Raises
    ------
    InputError : a block has no residuals, or some that are not finite.
    """
    array = rec[RESIDUALS].transpose("sample", "channel")
    shared, owner, freedom = are_shared(rec), _owners(array, cells), freedom_of(array)

    def of_block(block: int, channels: np.ndarray) -> Moments:
        here = np.flatnonzero(shared | (owner == block))
        if not len(here):
            raise InputError(
                f"noise_precision='residuals' needs residuals of every session; {cells.name(block)} has none."
            )
        rows = np.asarray(array.isel(sample=here, channel=channels).values, dtype=float)
        if not np.isfinite(rows).all():
            raise InputError("Residuals need finite values; some are NaN or infinite. Leave those channels out.")
        sums = moments(rows - rows.mean(axis=0), float(freedom[here].sum()))
        return replace(sums, power=power_of(rows))

    return of_block


def _owners(array: xr.DataArray, cells: Cells) -> np.ndarray:
    """The block of every sample."""
    labels = {
        name: array[f"sample_{name}"].values for name in ("subject", "session") if f"sample_{name}" in array.coords
    }
    session = _places(labels.get("session"), cells.sessions, array.sizes["sample"])
    subject = _places(labels.get("subject"), cells.subjects, array.sizes["sample"])
    return subject * len(cells.sessions) + session


def _places(labels: np.ndarray | None, kinds: np.ndarray | None, samples: int) -> np.ndarray:
    if labels is None or kinds is None or len(kinds) == 1:
        return np.zeros(samples, dtype=int)
    return np.searchsorted(kinds, labels.astype(kinds.dtype))
