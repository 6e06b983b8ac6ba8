"""RDM movies of recordings, over sessions of learning or over the time within a trial."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.labels import appearing, joined, labelled
from neurouniv.rdm.movie.averages import means
from neurouniv.rdm.movie.cells import Cells, cells_of, folds_of
from neurouniv.rdm.movie.movie import Part, Recipe, movie
from neurouniv.rdm.movie.networks import predictions
from neurouniv.rdm.movie.no_values import tell_flat
from neurouniv.rdm.movie.options import Options, need_runs_alike
from neurouniv.rdm.movie.regions import Regions, parts_of, recorded_of, regions_of
from neurouniv.rdm.movie.repeats import KNOWN, repeats_of, variance_from_repeats
from neurouniv.rdm.movie.runs import need_runs
from neurouniv.rdm.noise.labelled import labelled as labelled_noise
from neurouniv.rdm.noise.precision import RESIDUALS
from neurouniv.rdm.noise.whitening import precision_of_parts
from neurouniv.schema import (
    CHOICES,
    LEARNING,
    ONE_FRAME,
    WITHIN_TRIAL,
    InputError,
    need_dims,
    need_variables,
    pair_indices,
)
from neurouniv.systems.recordings.checks.session_days import with_days

REMEDY = "`neurouniv.read_recording` makes one from a file."
WINDOWS = "windows of trials as sessions: `neurouniv.learning_axis(rec, windows=6)`"
NO_TIME = {
    "session": "time='session' needs the coordinate `session` (trial) with at least two sessions; this recording has "
    f"{{}} session. Read the files of several sessions at once, name the field (session=...), or make {WINDOWS}.",
    "latency": "time='latency' needs activity (trial, channel, latency) with the times within the trial; this "
    "recording has no latency, one value per trial and channel. Read it with its times (latency=..., of spikes in NWB "
    "window=... and bin=...), or leave time=None.",
}


def of_recording(rec: xr.Dataset, task: xr.Dataset | None, options: Options) -> xr.Dataset:
    """`h` (..., time, pair), and where known `h_var`, `choices` and `choices_w`, of a recording; see `trajectory`."""
    need_variables(rec, ("activity", "condition"), "A recording", REMEDY)
    need_dims(rec["activity"], ("trial", "channel"), "A recording's activity", REMEDY)
    need_dims(rec["condition"], ("trial",), "A recording's condition", REMEDY)
    rec = with_days(rec)
    names, task = joined(appearing(rec["condition"].values), task)
    measure = options.measure
    if measure.crossvalidated and "run" not in rec.variables:
        raise InputError(
            f"metric='{measure.name}' needs the coordinate `run` (trial), the independent parts to crossvalidate over; "
            f"the recording has {sorted(map(str, rec.coords))}. Add it, let `neurouniv.learning_axis` split the "
            "trials, or use metric='sqeuclidean', with distances that noise makes too large."
        )
    cells = cells_of(rec, names, by_run=measure.crossvalidated)
    time, axis_dim = _time(rec, cells, options.time)
    noise = labelled_noise(options.noise_precision, rec, cells, axis_dim, measure.crossvalidated)
    options = replace(options, noise_precision=noise)
    need_runs_alike(options)
    variables, coords = _distances(rec, cells, options)
    variables["trials"] = _trials(cells)
    if "output" in rec and axis_dim == "session":
        variables |= _behaviour(rec["output"], cells, task)
    coords |= {name: c.variable for name, c in rec.coords.items() if c.ndim == 0}
    single = len(cells.sessions) == 1 and axis_dim == "latency"
    gone = {axis_dim, "time", "session"} if single else {axis_dim, "time"}
    variables = {name: _on_time(array, axis_dim, single) for name, array in variables.items()}
    coords = {name: _on_time(array, axis_dim, single) for name, array in coords.items() if name not in gone}
    return labelled(xr.Dataset(variables, coords | {"time": time}), names, task)


def _time(rec: xr.Dataset, cells: Cells, wanted: str | None) -> tuple[xr.Variable, str]:
    """The time coordinate, and the dimension of the means that it lies along."""
    if len(cells.sessions) >= 2 and wanted != "latency":
        attrs = {"units": "sessions", **rec["session"].attrs, "axis": LEARNING}
        return xr.Variable("time", cells.sessions, attrs), "session"
    if "latency" in rec["activity"].dims and wanted != "session":
        attrs = {"units": "s", **rec["latency"].attrs, "axis": WITHIN_TRIAL}
        return xr.Variable("time", rec["latency"].values, attrs), "latency"
    if wanted is not None:
        raise InputError(NO_TIME[wanted].format("one" if "session" in rec.variables else "no"))
    attrs = {"units": "sessions", "axis": ONE_FRAME, "long_name": "the one session, one frame without a time axis"}
    return xr.Variable("time", cells.sessions, attrs), "session"


def _distances(
    rec: xr.Dataset, cells: Cells, options: Options
) -> tuple[dict[str, xr.Variable], dict[Hashable, xr.Variable]]:
    """`h` and, where known and asked for, `h_var` (region, subject, session, ..., pair); and their coordinates."""
    activity = rec["activity"].transpose("trial", "channel", ...)
    regions, recorded = regions_of(activity, options.regions), recorded_of(rec, cells)
    cells, recipe = _recipe(rec, cells, options)
    need_runs(cells, recipe)
    averages = means(activity, cells, recorded).data
    once = _noise_of_chunks(rec, options) and ("run" in rec.variables or cells.shape[1] == 1)
    if once:  # the means of the distances and of the noise are the same
        averages = averages.compute()
    precision = precision_of_parts(rec, cells, options, recorded, averages if once else None)
    if not isinstance(averages, np.ndarray) and np.ndim(options.noise_precision) > 2:
        averages = averages.compute()  # the frames of a chunk would not know which matrices are theirs
    parts, sizes = parts_of(regions, cells, recorded, precision)
    values = _movie(averages, parts, recipe, len(regions.channels))
    if isinstance(values, np.ndarray):
        there = (cells.counts.sum(axis=1) > 0)[None] & (sizes > 0)[..., None]
        frames = (1,) * (values.ndim - 4)
        there = there.reshape(*there.shape[:2], *frames, -1)
        tell_flat(values[0], there, cells.conditions, options.measure, lambda frame: _frame(rec, cells, frame))
    number, divide = _number(sizes, regions, cells, options)
    dims = (_region(regions), "subject", "session", *activity.dims[2:], "pair")
    attrs = {"per_channel": int(divide)} | ({"n_channels": int(number)} if number.ndim == 0 else {})
    shape = (*values.shape[1:2], -1, len(cells.sessions), *values.shape[3:])
    variables = {}
    for power, (name, each) in enumerate(zip(("h", "h_var"), values, strict=False), 1):
        whole = xr.Variable(dims, each.reshape(shape), attrs)
        divided = xr.Variable(dims, each.reshape(shape) / _beside(sizes, shape) ** power, attrs) if divide else whole
        variables[name] = _squeezed(divided, regions, cells)
    if "h_var" in variables:
        variables["h_var"].attrs["runs"] = int((cells.counts[cells.used] > 0).any(-1).sum(-1).min())
    return variables, _coords(activity, regions, cells, number)


def _frame(rec: xr.Dataset, cells: Cells, frame: tuple[int, ...]) -> str:
    """What a frame (region, block[, latency, ...]) is called in messages."""
    _, block, *others = frame
    session = f" in {cells.name(block)}" if cells.n_blocks > 1 else ""
    dims = rec["activity"].transpose("trial", "channel", ...).dims[2:]
    named = [(dim, rec[dim].values[i] if dim in rec.coords else i) for dim, i in zip(dims, others, strict=True)]
    return session + "".join(f" at {dim} {value:.6g}" if np.ndim(value) == 0 else "" for dim, value in named)


def _trials(cells: Cells) -> xr.Variable:
    """The number of trials ([subject, ]condition) in all sessions."""
    counts = cells.counts.sum(axis=1).reshape(-1, len(cells.sessions), len(cells.conditions)).sum(axis=1)
    dims = ("subject", "condition")
    return xr.Variable(dims, counts) if cells.subjects is not None else xr.Variable(dims[1:], counts[0])


def _recipe(rec: xr.Dataset, cells: Cells, options: Options) -> tuple[Cells, Recipe]:
    """How distances are computed, and the cells that this needs means of."""
    measure, variance, with_variance = options.measure, None, None
    if options.variance is not False and measure.crossvalidated:
        with_variance = _of_folds(cells, options)
    elif options.variance:
        if measure.name not in KNOWN:
            raise InputError(f"The sampling variance of metric='{measure.name}' is not known; leave variance=None.")
        cells, variance = repeats_of(rec, cells), variance_from_repeats
    elif _noise_of_chunks(rec, options) and "run" in rec.variables and not measure.crossvalidated:
        cells = replace(cells, fold=folds_of(rec, cells.block))
    asked = options.weighting, options.device, with_variance
    return cells, Recipe(measure, variance, cells.counts, *asked, partial(_place, cells))


def _place(cells: Cells, index: tuple[int, ...]) -> str:
    """What a mean (block, fold, condition[, channel, ...]) is called in messages; channels are counted from 0."""
    block, _, condition, *channel = index
    which = f", channel {channel[0]} (counted from 0)" if channel else ""
    return f" of condition '{cells.conditions[condition]}' in {cells.name(block)}{which}"


def _noise_of_chunks(rec: xr.Dataset, options: Options) -> bool:
    """Whether noise is estimated from the residuals of chunked activity, which takes means of every run."""
    return rec["activity"].chunks is not None and options.estimated and options.noise_precision == RESIDUALS


def _of_folds(cells: Cells, options: Options) -> Callable[..., Any] | None:
    """The distances of a crossvalidated measure with their variance, which is known for folds that count alike."""
    with_variance = options.measure.with_variance
    alike = options.weighting == "runs" or len(np.unique(cells.counts)) == 1
    if with_variance is not None and alike and cells.shape[1] >= 3:
        return with_variance
    if options.variance:
        raise InputError(
            "variance=True needs a metric whose sampling variance is known ('crossnobis'), at least 3 runs, "
            f"weighting='runs' and no noise of each run; got metric='{options.metric}', {cells.shape[1]} runs, "
            f"weighting='{options.weighting}' and {'' if options.noise_of_runs else 'no '}noise of each run. Leave "
            "variance=None."
        )
    return None


def _movie(averages: Any, parts: list[Part], recipe: Recipe, regions: int) -> Any:
    """`movie` of an array, or chunk by chunk of a chunked one: (1 or 2, region, block, ..., pair)."""
    if isinstance(averages, np.ndarray):
        return movie(averages, parts, recipe, regions)
    import dask.array as da

    others = tuple(range(4, averages.ndim))
    sizes = {-1: recipe.kinds, -2: regions, -3: len(pair_indices(averages.shape[2])[0])}
    return da.blockwise(
        lambda values: movie(values, parts, recipe, regions, alone=False),
        (-1, -2, 0, *others, -3),
        averages.rechunk(dict.fromkeys(range(4), -1)),
        tuple(range(averages.ndim)),
        new_axes=sizes,
        concatenate=True,
        dtype=float,
        meta=np.empty((0,) * (averages.ndim)),
    )


def _region(regions: Regions) -> Hashable:
    return "region" if regions.dim is None else regions.dim


def _squeezed(array: xr.Variable, regions: Regions, cells: Cells) -> xr.Variable:
    """(region, subject, ...) without the dimensions of regions and subjects where there are none."""
    without = {_region(regions): 0} if regions.dim is None else {}
    without |= {"subject": 0} if cells.subjects is None else {}
    return array.isel({dim: 0 for dim in without if dim in array.dims})


def _beside(sizes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The numbers of channels (region, block) beside an array (region, subject, session, ...); NaN where 0."""
    number = np.where(sizes > 0, sizes, np.nan)
    return number.reshape(len(sizes), -1, shape[2], *[1] * (len(shape) - 3))


def _number(sizes: np.ndarray, regions: Regions, cells: Cells, options: Options) -> tuple[xr.Variable, bool]:
    """The number of channels, without what it does not vary over but regions; and whether distances are divided by it.

    They are where it is asked, or where sums over channels cannot be compared between sessions or subjects.
    """
    values = sizes.reshape(len(sizes), -1, len(cells.sessions))
    number = xr.Variable((_region(regions), "subject", "session"), values, {"long_name": "number of channels"})
    for axis, dim in ((2, "session"), (1, "subject")):
        most = values.max(axis=axis, keepdims=True)
        if ((values == most) | (values == 0)).all():
            number, values = number.max(dim, keep_attrs=True), most
    number = _squeezed(number, regions, cells)
    differ = bool({"subject", "session"} & set(number.dims))
    if options.per_channel and not options.measure.power:
        raise InputError(f"metric='{options.metric}' does not grow with channels; leave per_channel=None.")
    return number, (differ and options.measure.power > 0) if options.per_channel is None else options.per_channel


def _coords(activity: xr.DataArray, regions: Regions, cells: Cells, number: xr.Variable) -> dict[Hashable, xr.Variable]:
    """What is known along the dimensions of distances, but of time and pairs."""
    coords = {dim: activity[dim].variable for dim in activity.dims[2:] if dim in activity.coords}
    coords |= {name: xr.Variable(regions.dim, values) for name, values in regions.coords.items()}
    coords["session"] = xr.Variable("session", cells.sessions)
    if cells.subjects is not None:
        coords["subject"] = xr.Variable("subject", cells.subjects)
    return coords | ({"n_channels": number} if number.ndim else {})


def _behaviour(output: xr.DataArray, cells: Cells, task: xr.Dataset | None) -> dict[str, xr.Variable]:
    """`choices` and `choices_w`, y and w of mean outputs per session and condition, over all runs."""
    need_dims(output, ("trial", "output"), "A recording's output", "One value per trial and output.")
    together = replace(cells, fold=np.zeros_like(cells.fold))
    values = means(output.transpose("trial", "output", ...), together).data[:, 0]
    values = values.reshape(-1, len(cells.sessions), *values.shape[1:])
    mean = xr.DataArray(values, dims=("subject", "time", "condition", "output"))
    mean = mean.isel(subject=0) if cells.subjects is None else mean
    choices = predictions(mean.assign_coords(condition=cells.conditions), cells.conditions, task)
    return {name: choices[of].rename(time="session").variable for name, of in CHOICES.items() if of in choices}


def _on_time(array: xr.Variable, axis_dim: str, single: bool) -> xr.Variable:
    """(..., subject, session, ...[, pair]) with its time axis named so, and last but pairs; no axis for one session."""
    if single and "session" in array.dims:
        array = array.isel(session=0)
    dims = ["time" if dim == axis_dim else dim for dim in array.dims]
    last = [dim for dim in ("time", "pair") if dim in dims]
    return xr.Variable(dims, array.data, array.attrs).transpose(*(dim for dim in dims if dim not in last), *last)
