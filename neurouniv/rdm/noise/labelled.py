"""Precision matrices that differ between sessions, runs or latencies, joined with a recording by their labels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from neurouniv.rdm.movie.cells import Cells, column
from neurouniv.rdm.noise.precision import given_precision
from neurouniv.schema import InputError, some

ENDS = ("channel", "channel_")
"""The two dimensions of a precision matrix."""
SAME = 1e-9
"""The share of the span of times within which two are the same."""


def labelled(noise_precision: Any, rec: xr.Dataset, cells: Cells, time_dim: str, by_run: bool) -> Any:
    """`noise_precision` with names for the dimensions of several matrices; one matrix, a word and None stay.

    Parameters
    ----------
    time_dim : "session" or "latency", which is the trajectory's time.
    by_run : whether the measure has runs.

    Raises
    ------
    InputError : a plain stack of matrices of which it is not clear what they are of.
    """
    if isinstance(noise_precision, xr.DataArray) and set(ENDS) <= set(noise_precision.dims):
        if "time" in noise_precision.dims:
            noise_precision = _on_time(noise_precision, time_dim)
        return noise_precision.transpose(..., *ENDS)
    if noise_precision is None or isinstance(noise_precision, str) or np.ndim(noise_precision) < 3:
        return noise_precision
    if isinstance(noise_precision, xr.DataArray):
        raise InputError(
            f"noise_precision as a DataArray of several matrices needs the dimensions {ENDS}; it has "
            f"{noise_precision.dims}. Rename them: `noise_precision.rename(...)`."
        )
    return _of_stack(noise_precision, rec, cells, by_run)


def matrices_of(noise: xr.DataArray, rec: xr.Dataset, cells: Cells, runs: Cells) -> np.ndarray:
    """The precision of every block, fold and frame: (block, fold or 1, frame or 1, channel, channel).

    Parameters
    ----------
    noise : (..., channel, channel_), its other dimensions among subject, session, run and those of activity.
    runs : the cells with runs as folds.

    Raises
    ------
    InputError : an unknown dimension, one without labels, a label of the recording that `noise` lacks, or a matrix
        that is no precision.
    """
    others = tuple(dim for dim in rec["activity"].dims if dim not in ("trial", "channel"))
    noise = _with_channels(_known(noise, rec, others), rec)
    _need_precisions(noise)
    folds = runs.shape[1] if "run" in noise.dims else 1
    inner = tuple(rec.sizes[dim] for dim in others) if set(others) & set(noise.dims) else (1,) * len(others)
    shape = (cells.n_blocks, folds, *inner)
    places = []
    for dim in noise.dims[:-2]:
        along = ("block", "fold") if dim == "run" else ("block",) if dim in ("subject", "session") else (dim,)
        place = _of_runs(noise, rec, runs) if dim == "run" else _of_kinds(noise, dim, rec, cells)
        lengths = zip(("block", "fold", *others), shape, strict=True)
        places.append(np.broadcast_to(place.reshape([n if name in along else 1 for name, n in lengths]), shape))
    channels = noise.shape[-2:]
    return np.broadcast_to(noise.values[tuple(places)], (*shape, *channels)).reshape(*shape[:2], -1, *channels)


def _on_time(noise: xr.DataArray, time_dim: str) -> xr.DataArray:
    """`noise` with its dimension `time` called by what it is in the recording."""
    if time_dim in noise.dims:
        raise InputError(
            f"noise_precision has the dimensions `time` and `{time_dim}`, which are one here: the trajectory's time is "
            f"`{time_dim}`. Leave one out."
        )
    return noise.rename(time=time_dim)


def _of_stack(noise: Any, rec: xr.Dataset, cells: Cells, by_run: bool) -> xr.DataArray:
    """A plain stack of matrices as those of the one thing that there are so many of."""
    shape, sizes = np.shape(noise), {}
    if by_run and cells.n_blocks == 1:
        sizes["run"] = np.unique(column(rec, "run"))
    if len(cells.sessions) > 1:
        sizes["session"] = cells.sessions
    sizes |= {str(dim): rec[dim].values for dim in rec["activity"].dims if dim not in ("trial", "channel")}
    fitting = [dim for dim, labels in sizes.items() if len(labels) == shape[0]]
    if len(shape) != 3 or len(fitting) != 1:
        could = "there are so many of " + " and of ".join(fitting) if fitting else "none of these has so many"
        have = ", ".join(f"{len(labels)} of {dim}" for dim, labels in sizes.items()) or "one session and no latencies"
        raise InputError(
            f"noise_precision of the plain shape {shape} does not say what its matrices are of; {could} ({have}). Name "
            "them: noise_precision=xr.DataArray(matrices, dims=('run', 'channel', 'channel_'), coords={'run': [...]}), "
            "with any of 'subject', 'session', 'run' and 'latency'."
        )
    return xr.DataArray(np.asarray(noise), dims=(fitting[0], *ENDS), coords={fitting[0]: sizes[fitting[0]]})


def _known(noise: xr.DataArray, rec: xr.Dataset, others: Sequence[Hashable]) -> xr.DataArray:
    """`noise`, if the recording has all its dimensions, and each has labels."""
    own = [name for name in ("subject", "session", "run") if name in rec.variables]
    for dim in noise.dims[:-2]:
        if dim not in own and dim not in others:
            raise InputError(
                f"noise_precision has the dimension `{dim}`, which the recording lacks; it has "
                f"{[*own, *map(str, others)]}. Groups of channels take their own part of a matrix. "
                "Leave it out, or give a matrix of one of these."
            )
        if dim not in noise.coords:
            raise InputError(
                f"noise_precision is joined with the recording by labels; its dimension `{dim}` has none. Add them: "
                f"noise_precision.assign_coords({dim}=[...])."
            )
    return noise


def _with_channels(noise: xr.DataArray, rec: xr.Dataset) -> xr.DataArray:
    """`noise` with the channels of the recording, in its order; by place where one of them has no labels."""
    if "channel" in rec.coords:
        for end in ENDS:
            if end in noise.coords:
                noise = noise.isel({end: _places(noise, end, rec["channel"].values)})
    if noise.shape[-2:] != (rec.sizes["channel"],) * 2:
        raise InputError(
            f"noise_precision needs matrices of the recording's {rec.sizes['channel']} channels; got {noise.shape[-2:]}"
            " channels."
        )
    return noise


def _of_runs(noise: xr.DataArray, rec: xr.Dataset, runs: Cells) -> np.ndarray:
    """The place of the matrix of every run (block, fold) along `run`; 0 where a block has fewer runs."""
    label, places = column(rec, "run"), np.zeros(runs.shape[:2], dtype=int)
    cell, first = np.unique(np.stack([runs.block, runs.fold]), axis=1, return_index=True)
    places[tuple(cell)] = _places(noise, "run", label[first])
    return places


def _of_kinds(noise: xr.DataArray, dim: Hashable, rec: xr.Dataset, cells: Cells) -> np.ndarray:
    """The place of the matrix of every block, by its subject or session, or of every latency, along `dim`."""
    if dim not in ("subject", "session"):
        return _places(noise, dim, rec[dim].values)
    of_subject, of_session = np.divmod(np.arange(cells.n_blocks), len(cells.sessions))
    subjects = np.unique(rec["subject"].values.astype(str)) if dim == "subject" else None
    kinds, number = (cells.sessions, of_session) if subjects is None else (subjects, of_subject)
    wanted, places = np.unique(number[cells.used]), np.zeros(len(kinds), dtype=int)
    places[wanted] = _places(noise, dim, kinds[wanted])
    return places[number]


def _places(noise: xr.DataArray, dim: Hashable, wanted: np.ndarray) -> np.ndarray:
    """Where the `wanted` labels are along a dimension of `noise`."""
    labels = pd.Index(noise[dim].values)
    if not labels.is_unique:
        raise InputError(f"noise_precision has {dim} {some(labels[labels.duplicated()])} more than once. Drop copies.")
    numeric = labels.dtype.kind in "iuf" and np.asarray(wanted).dtype.kind in "iuf"
    if numeric:
        span = float(np.ptp(np.concatenate([labels.values, wanted]).astype(float)))
        apart = abs(labels.values[:, None].astype(float) - np.asarray(wanted, dtype=float))
        places = np.where(apart.min(axis=0) <= SAME * span, apart.argmin(axis=0), -1)
    else:
        places = labels.astype(str).get_indexer(np.asarray(wanted).astype(str))
    absent = np.unique(np.asarray(wanted)[places < 0])
    if len(absent):
        what = "channel" if dim == "channel_" else dim
        raise InputError(
            f"noise_precision is joined with the recording by labels; it lacks {what} {some(absent)} "
            f"({len(absent)} in all), and has {some(labels)}. Give a matrix for each, or leave those trials out."
        )
    return places


def _need_precisions(noise: xr.DataArray) -> None:
    """Raise `InputError`, naming the first that is none, unless all matrices are symmetric and positive definite."""
    matrices = noise.values.reshape(-1, *noise.shape[-2:]).astype(float)
    finite = np.isfinite(matrices).all(axis=(-2, -1))
    usable = np.where(finite[:, None, None], matrices, 0.0)
    largest = abs(usable).max(axis=(-2, -1))[:, None, None]
    transposed = usable.swapaxes(-1, -2)
    symmetric = (abs(usable - transposed) <= 1e-8 * abs(transposed) + 1e-10 * largest).all(axis=(-2, -1))
    good = finite & symmetric & (np.linalg.eigvalsh((usable + transposed) / 2)[:, 0] > 0)
    if good.all():
        return
    number = int(np.argmin(good))
    place = zip(noise.dims[:-2], np.unravel_index(number, noise.shape[:-2]), strict=True)
    where = ", ".join(f"{dim} {noise[dim].values[k]}" for dim, k in place)
    try:
        given_precision(matrices[number], matrices.shape[-1])
    except InputError as error:
        raise InputError(f"{error}{f' It is that of {where}.' if where else ''}") from None
