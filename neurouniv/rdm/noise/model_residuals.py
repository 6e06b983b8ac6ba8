"""Noise from what a model left of a time series: the `residuals` (sample, channel) that come with betas of fMRI."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import xarray as xr

from neurouniv.rdm.movie.cells import Cells
from neurouniv.rdm.noise.precision import power_of
from neurouniv.rdm.noise.shrinkage import Moments, moments
from neurouniv.schema import InputError

RESIDUALS = "residuals"
FREEDOM = "sample_freedom"
"""The degrees of freedom that each sample counts for, over `sample`; else the attribute `freedom` is that of all."""


def moments_of_residuals(rec: xr.Dataset, cells: Cells) -> Callable[[np.ndarray, np.ndarray], Moments]:
    """(blocks, channels) -> the moments of the residuals there, each session's less its mean.

    Residuals of several sessions say by `sample_session` and `sample_subject` (sample) whose they are; without these
    they are shared by all blocks.

    Raises
    ------
    InputError : a block has no residuals, or some that are not finite.
    """
    array = rec[RESIDUALS].transpose("sample", "channel")
    owner = _owners(array, cells)
    samples = array.sizes["sample"]
    alike = np.full(samples, array.attrs.get("freedom", samples - 1) / samples)
    freedom = array[FREEDOM].values if FREEDOM in array.coords else alike

    def of_block(block: int, channels: np.ndarray) -> Moments:
        here = np.flatnonzero(owner == block)
        if not len(here):
            raise InputError(
                f"noise_precision='residuals' needs residuals of every session; {cells.name(block)} has none."
            )
        rows = np.asarray(array.isel(sample=here, channel=channels).values, dtype=float)
        if not np.isfinite(rows).all():
            raise InputError("Residuals need finite values; some are NaN or infinite. Leave those channels out.")
        sums = moments(rows - rows.mean(axis=0), float(freedom[here].sum()))
        return replace(sums, power=power_of(rows))

    return lambda blocks, channels: reduce(
        add, [of_block(block, channels) for block in (np.unique(owner) if owner.max() < 0 else blocks)]
    )


def _owners(array: xr.DataArray, cells: Cells) -> np.ndarray:
    """The block of every sample; -1 for all where they are of the whole recording."""
    labels = {
        name: array[f"sample_{name}"].values for name in ("subject", "session") if f"sample_{name}" in array.coords
    }
    if not labels:
        return np.full(array.sizes["sample"], -1)
    session = _places(labels.get("session"), cells.sessions, array.sizes["sample"])
    subject = _places(labels.get("subject"), cells.subjects, array.sizes["sample"])
    return subject * len(cells.sessions) + session


def _places(labels: np.ndarray | None, kinds: np.ndarray | None, samples: int) -> np.ndarray:
    if labels is None or kinds is None or len(kinds) == 1:
        return np.zeros(samples, dtype=int)
    return np.searchsorted(kinds, labels.astype(kinds.dtype))
