"""Series of samples in an NWB file (ROI responses, electrical series, ...), read around the trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import written_rows
from neurouniv.systems.recordings.formats.nwb.columns import row_numbers, stored
from neurouniv.systems.recordings.formats.nwb.tables import path_of
from neurouniv.systems.recordings.formats.nwb.units import labels
from neurouniv.systems.recordings.formats.timing.bins import bin_edges
from neurouniv.systems.recordings.formats.timing.clocks import Span, need_one_clock, seconds_per
from neurouniv.systems.recordings.formats.timing.frames import Frames, increasing
from neurouniv.systems.recordings.formats.timing.window import start_stop
from neurouniv.untrusted.room import need_memory

NOT_SAMPLES = {"ImageSeries", "IntervalSeries", "AnnotationSeries", "IndexSeries"}
SHORT = {"volts": "V", "volt": "V", "amperes": "A", "meters": "m", "seconds": "s", "unknown": ""}
FRAME = "frame"


def all_series(nwb: Any) -> dict[str, Any]:
    """Every series of numbers in the file that has samples of one or several channels, by its path."""
    series = {}
    for item in nwb.objects.values():
        kinds = {kind.__name__ for kind in type(item).__mro__}
        if "TimeSeries" not in kinds or kinds & NOT_SAMPLES:
            continue
        shape, kind = np.shape(item.data), np.dtype(getattr(item.data, "dtype", object)).kind
        if len(shape) in (1, 2) and kind in "iuf" and shape[0]:
            series[path_of(item)] = item
    return dict(sorted(series.items()))


def named_series(candidates: Mapping[str, Any], name: str, source: str) -> Any:
    """The one series that a name or a part of a path means.

    Raises
    ------
    InputError : none or several have it.
    """
    hits = {path: item for path, item in candidates.items() if f"/{name.strip('/')}/" in f"/{path}/"}
    if len(hits) == 1:
        return next(iter(hits.values()))
    what = f"{len(hits)} series of that name" if hits else "no such series"
    raise InputError(
        f"`series={name!r}` needs to name one series; {source} has {what}: {listing(hits or candidates)}. Give a "
        "whole path."
    )


def listing(series_by_path: Mapping[str, Any], most: int = 12) -> str:
    """Paths, sizes and units of series, for a message."""
    shown = [
        f"'{path}' {'x'.join(map(str, np.shape(series.data)))} {series.unit}" for path, series in series_by_path.items()
    ]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return (", ".join(shown[:most]) or "none") + more


def read_series(
    series: Any, source: str, start: np.ndarray, stop: np.ndarray, window: Any, width: Any, time_unit: Any = None
) -> tuple[dict[str, Any], str, dict[str, np.ndarray]]:
    """What is given of a series (activity, channel, latency), its unit, and the labels of the channels.

    Activity is the mean of the samples in a trial, a window or a bin (its left edge included), or each sample of the
    window; NaN where there is none.

    Warns
    -----
    NeurounivWarning : some trials are not covered by the series, or samples in them were never written to the file.

    Raises
    ------
    InputError : its times run backwards or are on another clock than the trials, its channels are stored where samples
        should be, or bins are too narrow.
    """
    channel, about = _channels(series, source)
    frames = _frames(series, source, seconds_per(time_unit))
    span = Span(f"samples of '{path_of(series)}'", *frames.span(), frames.count, source)
    latency: np.ndarray | None
    if isinstance(width, str) and width == FRAME:
        need_one_clock(span, start, start, time_unit)
        activity, latency = _each_frame(series, frames, np.asarray(start, dtype=float), window)
    else:
        edges, latency = bin_edges(start, stop, window, width)
        need_one_clock(span, edges[:, 0], edges[:, -1], time_unit)
        _need_wide(latency, frames, source)
        activity = _means(series, frames, edges)
        activity = activity if latency is not None else activity[..., 0]
    _tell_uncovered(activity, frames, path_of(series), source)
    given = {"activity": _in_units(series, activity), "channel": channel, "latency": latency}
    return given, SHORT.get(series.unit, series.unit), about


def _frames(series: Any, source: str, seconds: float) -> Frames:
    """When samples were taken, in s, and which of them are in the file."""
    times = _sample_times(series, source)
    need_memory(16 * len(series.data), f"To hold the times of '{path_of(series)}', {source}")
    written = written_rows(series.data)
    if not written.all():
        lost = np.flatnonzero(~written)
        warn(
            f"'{path_of(series)}' in {source} was not written whole: {lost.size} of {written.size} samples are not in "
            f"the file (the first is number {lost[0]}) and would be read as 0; trials with such samples are NaN. Copy "
            "or export it again."
        )
    if times is not None:
        return Frames(times * seconds, written.size, written=written)
    start = float(series.starting_time or 0.0) * seconds
    return Frames(None, written.size, start, series.rate / seconds, written)


def _sample_times(series: Any, source: str) -> np.ndarray | None:
    """The times of a series' samples in s, None where a rate tells them.

    Raises
    ------
    InputError : there are neither, there are more or fewer than samples, or they do not increase.
    """
    if series.timestamps is None:
        if not series.rate or not series.rate > 0:
            raise InputError(f"'{series.name}' in {source} needs the times or the rate of its samples; it has neither.")
        return None
    times = stored(series.timestamps, f"'{series.name}/timestamps'", source)
    return increasing(times, series.data.shape[0], f"'{series.name}'", source)


def _channels(series: Any, source: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Numbers of the channels in the table they come from (ROIs, electrodes) and its labels; else 0, 1, 2, ..."""
    count = 1 if series.data.ndim == 1 else series.data.shape[1]
    region = getattr(series, "rois", None) or getattr(series, "electrodes", None)
    if region is None:
        return np.arange(count), {}
    rows = stored(region.data, f"the rows of '{path_of(series)}'", source).astype(int)
    if rows.size != count:
        sideways = " Samples come first, then channels: it is stored sideways." if rows.size == len(series.data) else ""
        raise InputError(
            f"'{path_of(series)}' in {source} has {count} channels for {rows.size} rows of its table.{sideways} Write "
            "it again with data of shape (samples, channels)."
        )
    if rows.size and (rows.min() < 0 or rows.max() >= len(region.table.id)):
        raise InputError(
            f"'{path_of(series)}' in {source} points to row {rows.max()} of its table '{region.table.name}', which has "
            f"{len(region.table.id)} rows. The file is damaged: export it again."
        )
    about = {name: values[rows] for name, values in labels(region.table).items()}
    plane = getattr(region.table, "imaging_plane", None)
    if plane is not None:
        about |= {"plane": np.full(count, plane.name), "location": np.full(count, str(plane.location))}
    return row_numbers(region.table, source)[rows], about


def _samples(series: Any, first: int, last: int) -> np.ndarray:
    """Samples (sample, channel) as the file has them."""
    return np.reshape(np.asarray(series.data[first:last], dtype=float), (last - first, -1))


def _means(series: Any, frames: Frames, edges: np.ndarray) -> np.ndarray:
    """Means (trial, channel, bin) of the samples in each bin; only the samples of one trial are held at a time."""
    before = frames.before(edges)
    channels = 1 if series.data.ndim == 1 else series.data.shape[1]
    out = np.full((len(edges), channels, edges.shape[1] - 1), np.nan)
    covered = frames.covers(edges[:, 0], edges[:, -1]) & frames.held(before[:, 0], before[:, -1])
    for trial in np.flatnonzero(covered):
        bounds = before[trial]
        data = np.concatenate([_samples(series, bounds[0], bounds[-1]), np.zeros((1, channels))])  # a bin may be empty
        sums, counts = np.add.reduceat(data, bounds[:-1] - bounds[0], axis=0), np.diff(bounds)[:, None]
        out[trial] = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0).T
    return out


def _each_frame(series: Any, frames: Frames, start: np.ndarray, window: Any) -> tuple[np.ndarray, np.ndarray]:
    """Samples (trial, channel, latency) of the window, and their times from the sample nearest to the start."""
    if window is None:
        raise InputError('`bin="frame"` needs `window=(start, stop)` too, so that all trials have the same frames.')
    first, last = (round(edge / frames.period) for edge in start_stop(window))
    steps = np.arange(first, last + 1)
    zero = frames.nearest(start)
    channels = 1 if series.data.ndim == 1 else series.data.shape[1]
    out = np.full((start.size, channels, steps.size), np.nan)
    for trial in np.flatnonzero(frames.unbroken(zero, first, last) & frames.covers(start, start)):
        out[trial] = _samples(series, zero[trial] + first, zero[trial] + last + 1).T
    return out, steps * frames.period


def _need_wide(latency: np.ndarray | None, frames: Frames, source: str) -> None:
    if latency is not None and latency.size > 1 and latency[1] - latency[0] < frames.period * (1 - 1e-6):
        raise InputError(
            f"`bin` needs to be at least the time between two samples, {frames.period:.4g} s in {source}; "
            f'got {latency[1] - latency[0]:.4g} s. For single samples: `bin="frame"`.'
        )


def _in_units(series: Any, activity: np.ndarray) -> np.ndarray:
    """Stored numbers times the conversions of the series: NWB says its unit holds after them."""
    by_channel = getattr(series, "channel_conversion", None)
    if by_channel is not None:
        factor = np.asarray(by_channel[:], dtype=float)
        activity = activity * factor.reshape(1, -1, *[1] * (activity.ndim - 2))
    return activity * float(series.conversion) + float(series.offset or 0.0)


def _tell_uncovered(activity: np.ndarray, frames: Frames, path: str, source: str) -> None:
    lost = np.flatnonzero(np.isnan(activity).all(axis=1).reshape(len(activity), -1).any(axis=1))
    if lost.size:
        first, last = frames.span()
        warn(
            f"'{path}' in {source} runs from {first:.6g} to {last:.6g} s and does not cover {lost.size} of "
            f"{len(activity)} trials ({some(lost)}, counted from 0)"
            "; their activity is NaN."
        )
