"""The precision of the noise that distances are whitened by, of the blocks and channels that they use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, reduce
from operator import add
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.movie.averages import means
from neurouniv.rdm.movie.cells import Cells, folds_of
from neurouniv.rdm.movie.chunks import chunked_moments
from neurouniv.rdm.movie.options import Options
from neurouniv.rdm.noise.model_residuals import moments_of_residuals
from neurouniv.rdm.noise.precision import (
    BASELINE,
    RESIDUALS,
    edges_of,
    given_precision,
    inverse,
    residual_moments,
    within,
)
from neurouniv.rdm.noise.shrinkage import Moments, shrunk_covariance
from neurouniv.schema import InputError, warn

Precision = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(blocks, channels) -> (channel, channel), the precision of the noise there."""
MomentsOf = Callable[[int, np.ndarray], Moments | None]
"""(block, channels) -> sums over the residuals there; None where there is no degree of freedom."""
WIDE, MOST = 4096, 20_000
"""Channels of which sums over all are taken once, and no more than this many of which there is a matrix."""
SLACK = 0.1
"""The share of the latencies' span by which, and a step, a baseline may reach beyond them: windows move their ends."""


def precision_of_parts(
    rec: xr.Dataset,
    cells: Cells,
    options: Options,
    recorded: np.ndarray | None = None,
    averages: np.ndarray | None = None,
) -> Precision | None:
    """How the precision of some blocks and channels is had; None where the distances use none.

    A given matrix is over all channels; of some of them it is the inverse of their part of its inverse. An estimate is
    made of sums over residuals, which are taken once, of each block and of all channels: those of some channels are
    part of them. It is that of `neurouniv.rdm.noise.precision.precision_of`, given these trials and channels.

    Parameters
    ----------
    recorded : which channels (block, channel) have activity; None for all.
    averages : means of the residuals' cells, where they are known: chunked activity is then read once less.
    """
    noise_precision = options.noise_precision
    if noise_precision is None:
        return None
    if not isinstance(noise_precision, str):
        return _part_of(given_precision(noise_precision, rec.sizes["channel"]))
    if noise_precision not in (RESIDUALS, BASELINE):
        raise InputError(
            f"noise_precision is None, '{RESIDUALS}', '{BASELINE}' or a precision matrix; got {noise_precision!r}."
        )
    if noise_precision == RESIDUALS and RESIDUALS in rec.variables:
        left_by_model = moments_of_residuals(rec, cells)
        return lambda blocks, channels: _inverted([left_by_model(blocks, _few(channels))], options)
    activity = rec["activity"].transpose("trial", "channel", ...)
    fold = folds_of(rec, cells.block) if "run" in rec.variables else np.zeros_like(cells.block)
    cells = replace(cells, fold=fold)
    if noise_precision == BASELINE:
        activity = _before(activity, options.baseline)
        cells = replace(cells, condition=np.zeros_like(fold), conditions=np.array(["all"]))
        averages = None
    if activity.chunks is None:
        moments_of = _in_memory(activity, cells)
    else:
        _few(np.arange(activity.sizes["channel"]))
        averages = np.asarray(means(activity, cells, recorded).data) if averages is None else averages
        moments_of = _of_channels(chunked_moments(activity, cells, averages).get)

    def estimated(blocks: np.ndarray, channels: np.ndarray) -> np.ndarray:
        moments_of_blocks = [moments_of(int(block), _few(channels)) for block in blocks]
        return _inverted([part for part in moments_of_blocks if part is not None], options)

    return estimated


def _few(channels: np.ndarray) -> np.ndarray:
    """`channels`, of which there are not more than a covariance matrix has room for."""
    if len(channels) > MOST:
        raise InputError(
            f"The noise of {len(channels)} channels is a matrix of {len(channels) ** 2 * 8 / 2**30:.0f} GiB. Name "
            "parts of them: regions=..., or searchlight=8 (mm) about every voxel, of a recording in memory (without "
            "`chunks`); or leave noise_precision=None."
        )
    return channels


def _inverted(parts: list[Moments], options: Options) -> np.ndarray:
    """The precision (channel, channel) of the noise that these blocks share."""
    if not parts:
        raise InputError(
            f"noise_precision='{options.noise_precision}' needs more trials than conditions and runs have means; these "
            "leave no degree of freedom. Give a precision matrix (channel, channel), or noise_precision=None."
        )
    sums = reduce(add, parts)
    if np.trace(sums.products) <= 1e-28 * sums.power:  # nothing but rounding
        raise InputError(
            f"noise_precision='{options.noise_precision}' needs trials that vary; all trials of a condition and run "
            "are equal."
        )
    return inverse(shrunk_covariance(sums, options.shrinkage), sums, options.shrinkage)


def _before(activity: xr.DataArray, baseline: tuple[float | None, float | None] | None) -> xr.DataArray:
    """The part of `activity` in the baseline, by default the latencies before 0."""
    if "latency" not in activity.coords:
        raise InputError(
            "noise_precision='baseline' needs activity with latencies and their times; use noise_precision='residuals'."
        )
    latency = activity["latency"].values
    low, high = edges_of((None, 0.0) if baseline is None else baseline)
    inside = within(latency, low, high)
    _tell_beyond(latency, low, high)
    return activity.isel(latency=inside)


def _tell_beyond(latency: np.ndarray, low: float, high: float) -> None:
    """Tell of a baseline that reaches beyond the latencies; one in another unit does so by more than they span."""
    if len(latency) < 2:
        return
    span, step = latency.max() - latency.min(), np.diff(latency).max()
    ends = latency.min() - low, high - latency.max()
    beyond = max(((end - step) / span for end in ends if np.isfinite(end)), default=0.0)
    message = (
        f"The baseline goes from {low:g} to {high:g}, the latencies from {latency.min():g} to {latency.max():g} in "
        "their unit, s"
    )
    if beyond > 1:
        raise InputError(f"{message}. Is it in ms? Give it in s: baseline=({low / 1000:g}, {high / 1000:g}).")
    if beyond > SLACK:
        warn(f"{message}: noise is estimated from what is there.")


def _in_memory(activity: xr.DataArray, cells: Cells) -> MomentsOf:
    values = activity.values.reshape(*activity.shape[:2], -1)

    def of_some(block: int, channels: slice | np.ndarray) -> Moments | None:
        trials = np.flatnonzero(cells.block == block)
        here = values[:, channels]
        here = here if len(trials) == len(here) else here[trials]
        return residual_moments(here, cells.condition[trials], cells.fold[trials])

    if values.shape[1] > WIDE:
        return of_some
    return _of_channels(cache(lambda block: of_some(block, slice(None))))


def _of_channels(moments_of: Callable[[int], Moments | None]) -> MomentsOf:
    """The moments of some channels, as a part of those of all."""

    def of_some(block: int, channels: np.ndarray) -> Moments | None:
        sums = moments_of(block)
        if sums is None or len(channels) == len(sums.products):
            return sums
        part = np.ix_(channels, channels)
        return replace(sums, products=sums.products[part], squares=sums.squares[part])

    return of_some


def _part_of(precision: np.ndarray) -> Precision:
    @cache
    def covariance() -> np.ndarray:
        return np.linalg.inv(precision)

    def part(_: Any, channels: np.ndarray) -> np.ndarray:
        if len(channels) == len(precision):
            return precision
        return np.linalg.inv(covariance()[np.ix_(channels, channels)])

    return part
