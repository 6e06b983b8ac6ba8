"""The precision of the noise that distances are whitened by, of the blocks and channels that they use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, reduce
from operator import add
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.memory import size_text
from neurouniv.rdm.movie.averages import means
from neurouniv.rdm.movie.cells import Cells, folds_of
from neurouniv.rdm.movie.chunks import chunked_moments
from neurouniv.rdm.movie.options import Options
from neurouniv.rdm.noise.labelled import ENDS, matrices_of
from neurouniv.rdm.noise.model_residuals import are_shared, moments_of_residuals
from neurouniv.rdm.noise.precision import (
    BASELINE,
    RESIDUALS,
    edges_of,
    given_precision,
    inverse,
    residual_moments,
    within,
)
from neurouniv.rdm.noise.shrinkage import Moments, need_noise, shrunk_covariance
from neurouniv.rdm.noise.units import over_runs, units_of
from neurouniv.schema import InputError, warn

Precision = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(blocks, channels) -> (channel, channel), the precision of the noise there; or, where it differs, (block, fold or 1,
frame or 1, channel, channel)."""
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
    made of sums over residuals, which are taken once, of each block (or run, by `noise_by`) and of all channels: those
    of some channels are part of them. It is that of `neurouniv.rdm.noise.precision.precision_of`, given these trials
    and channels.

    Parameters
    ----------
    recorded : which channels (block, channel) have activity; None for all.
    averages : means of the residuals' cells, where they are known: chunked activity is then read once less.
    """
    noise_precision = options.noise_precision
    if noise_precision is None:
        return None
    runs = replace(cells, fold=folds_of(rec, cells.block) if "run" in rec.variables else np.zeros_like(cells.block))
    if isinstance(noise_precision, xr.DataArray) and set(ENDS) <= set(noise_precision.dims):
        matrices = matrices_of(noise_precision, rec, cells, runs)
        if noise_precision.ndim == 2:
            return _part_of(matrices[0, 0, 0])
        is_one = options.measure.crossvalidated or not options.noise_of_runs
        matrices = matrices if is_one else over_runs(matrices, runs)
        part = _part_of(matrices)
        return lambda blocks, channels: part(blocks, channels)[blocks]
    if not isinstance(noise_precision, str):
        return _part_of(given_precision(noise_precision, rec.sizes["channel"]))
    if noise_precision not in (RESIDUALS, BASELINE):
        raise InputError(
            f"noise_precision is None, '{RESIDUALS}', '{BASELINE}' or a precision matrix; got {noise_precision!r}."
        )
    if noise_precision == RESIDUALS and RESIDUALS in rec.variables:
        _need_owned(rec, cells, options)
        return _estimates(moments_of_residuals(rec, cells), runs, options, shared=are_shared(rec))
    activity = rec["activity"].transpose("trial", "channel", ...)
    units = units_of(runs, options.noise_by)
    if noise_precision == BASELINE:
        activity = _before(activity, options.baseline)
        units = replace(units, condition=np.zeros_like(units.fold), conditions=np.array(["all"]))
        averages = None
    if activity.chunks is None:
        moments_of = _in_memory(activity, units)
    else:
        _few(np.arange(activity.sizes["channel"]))
        if averages is None or options.noise_by == "run":
            recorded = None if recorded is None else np.repeat(recorded, units.n_blocks // cells.n_blocks, axis=0)
            averages = np.asarray(means(activity, units, recorded).data)
        moments_of = _of_channels(chunked_moments(activity, units, averages).get)
    return _estimates(moments_of, runs, options)


def _estimates(moments_of: MomentsOf, runs: Cells, options: Options, shared: bool = False) -> Precision:
    """Estimates from moments of blocks, or of runs: of all together (once, if they are `shared`), or each its own."""

    def together(blocks: np.ndarray, channels: np.ndarray) -> np.ndarray:
        moments_of_blocks = [moments_of(int(block), _few(channels)) for block in (blocks[:1] if shared else blocks)]
        return _inverted([part for part in moments_of_blocks if part is not None], options)

    def each(blocks: np.ndarray, channels: np.ndarray) -> np.ndarray:
        there = runs.counts.sum(axis=-1) > 0
        there = there if options.noise_of_runs else there.any(axis=1, keepdims=True)
        precisions = np.tile(np.eye(len(channels)), (*there.shape, 1, 1, 1))
        for block, fold in np.argwhere(there):
            if block in blocks:
                part = moments_of(int(block * there.shape[1] + fold), _few(channels))
                whose = f"{f'run number {fold + 1} of ' if options.noise_of_runs else ''}{runs.name(block)}"
                precisions[block, fold] = _inverted([] if part is None else [part], options, whose)
        is_one = options.measure.crossvalidated or not options.noise_of_runs
        return (precisions if is_one else over_runs(precisions, runs))[blocks]

    return together if options.noise_by is None else each


def _need_owned(rec: xr.Dataset, cells: Cells, options: Options) -> None:
    """Residuals of a model that are each session's own, where sessions are to have noise of their own."""
    if options.noise_by == "run" or (options.noise_by == "session" and cells.n_blocks > 1 and are_shared(rec)):
        raise InputError(
            f"noise_by={options.noise_by!r} needs residuals with their {options.noise_by}; those of this "
            f"recording have none. Drop them, `rec.drop_vars('{RESIDUALS}')`, to use the residuals "
            "of trials within conditions; or leave noise_by=None."
        )


def _few(channels: np.ndarray) -> np.ndarray:
    """`channels`, of which there are not more than a covariance matrix has room for."""
    if len(channels) > MOST:
        raise InputError(
            f"The noise of {len(channels)} channels is a matrix of {size_text(8 * len(channels) ** 2)}. Name "
            "parts of them: regions=..., or searchlight=8 (mm) about every voxel, of a recording in memory (without "
            "`chunks`); or leave noise_precision=None."
        )
    return channels


def _inverted(parts: list[Moments], options: Options, whose: str = "") -> np.ndarray:
    """The precision (channel, channel) of the noise that these blocks share."""
    asked = f"noise_precision='{options.noise_precision}'" + (f" with noise_by='{options.noise_by}'" if whose else "")
    where = f" in {whose}" if whose else ""
    if not parts:
        needed = "conditions" if options.noise_of_runs else "conditions and runs"
        raise InputError(
            f"{asked} needs more trials than {needed} have means; these leave no degree of freedom{where}. Give a "
            f"precision matrix (channel, channel), or {'noise_by' if whose else 'noise_precision'}=None."
        )
    sums = reduce(add, parts)
    need_noise(sums, asked, where)
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
    """Of matrices (..., channel, channel), those of some channels."""

    @cache
    def covariance() -> np.ndarray:
        return np.linalg.inv(precision)

    def part(_: Any, channels: np.ndarray) -> np.ndarray:
        if len(channels) == precision.shape[-1]:
            return precision
        return np.linalg.inv(covariance()[..., channels[:, None], channels])

    return part
