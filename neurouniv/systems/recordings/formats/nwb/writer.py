"""A simulated recording written as an NWB file, so that it takes the path a user's file takes."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.inputs import need_path
from neurouniv.names import public
from neurouniv.quantities import need_seed
from neurouniv.schema import InputError, package_version, warn
from neurouniv.systems.recordings.checks.check import check_recording
from neurouniv.systems.recordings.formats.nwb.library import import_pynwb
from neurouniv.whole_files import whole

GAP = 0.5  # s between trials
SPIKES = "spikes/s"
START = datetime(2000, 1, 1, tzinfo=UTC)


@public
def write_nwb(rec: xr.Dataset, path: str | os.PathLike[str], window: float | None = None, seed: int = 0) -> Path:
    """Write spike counts as an NWB file of units and trials; `read_recording` gives the same rates back exactly.

    Parameters
    ----------
    rec : recording whose `activity` (trial, channel) is spikes/s, a whole number of spikes in each trial.
    path : the file, replaced in one step if it exists.
    window : length of each trial in s; default the attribute `window` of `rec`.
    seed : of the spike times, uniform within their trial.

    Returns
    -------
    The path written. Trials follow each other in the order of `rec`, with their condition, session and run; units keep
    the channels' numbers. Where `recorded` says that a unit was not, its `obs_intervals` do, and
    `read_recording(path, missing="not_recorded")` gives `recorded` back.

    Raises
    ------
    InputError : counts are not whole numbers, or there are latencies, or no window is known.
    FileNotFoundError : the folder does not exist.

    Warns
    -----
    NeurounivWarning : there are choices (`output`), which the file does not hold.

    Examples
    --------
    >>> rec = xr.Dataset(
    ...     {"activity": (("trial", "channel"), [[3.0, 0.0], [1.0, 2.0]])}, {"condition": ("trial", ["a", "b"])}
    ... )
    >>> write_nwb(rec, "simulated.nwb", window=1.0)  # doctest: +SKIP
    """
    rec = check_recording(rec)
    path = need_path(path, "write_nwb").expanduser()
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder '{path.parent}' to write '{path.name}' in. Make it first.")
    seed = need_seed(seed)
    tell_choices(rec)
    window = float(rec.attrs.get("window", 0) if window is None else window)
    counts = _whole_counts(rec, window)
    starts = np.arange(rec.sizes["trial"]) * (window + GAP)
    with whole(path) as written:
        _write(_file(rec, counts, starts, window, seed), written)
    return path


def tell_choices(rec: xr.Dataset) -> None:
    """Warn where a recording has choices, which NWB files of ours do not hold."""
    if "output" in rec:
        warn("NWB files of simulated spikes hold no choices; `output` is left out. .nc and .zarr keep it.")


def _whole_counts(rec: xr.Dataset, window: float) -> np.ndarray:
    """Spikes (trial, channel) in each trial."""
    units = rec.activity.attrs.get("units", SPIKES)
    if "sensors" in rec.attrs and units != SPIKES:
        raise InputError(
            f"NWB files of simulated brains hold spikes; activity of sensors='{rec.attrs['sensors']}' is in {units}. "
            "Write it as .nc or .zarr: `neurouniv.save(rec, path)`."
        )
    if rec.activity.dims != ("trial", "channel"):
        raise InputError(f"Spike counts need the dimensions ('trial', 'channel'); got {rec.activity.dims}.")
    if not window > 0:
        raise InputError("Spike counts need the length of a trial in s; give `window=`, or the attribute `window`.")
    spikes = rec.activity.values * window
    if "recorded" in rec.coords:
        spikes = np.where(rec.recorded.values, spikes, 0.0)
    counts = np.round(spikes)
    if (counts < 0).any() or np.abs(spikes - counts).max() > 1e-6:
        worst = spikes.flat[np.argmax(np.abs(spikes - counts) + (spikes < 0))]
        raise InputError(
            f"NWB holds single spikes, so every rate times the window of {window:g} s needs to be a whole number of "
            f"spikes; got {worst:g}. Simulate with noise of 1 or more."
        )
    return counts.astype(int)


def _spike_times(counts: np.ndarray, starts: np.ndarray, window: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Times of all spikes, unit after unit and sorted within each, and where each unit's end."""
    per_unit = counts.T
    ends = np.cumsum(per_unit.sum(1))
    unit = np.repeat(np.arange(len(per_unit)), per_unit.sum(1))
    start = np.repeat(np.broadcast_to(starts, per_unit.shape).ravel(), per_unit.ravel())
    within = np.random.default_rng(seed).uniform(0.01, 0.99, start.size)  # clear of the edges, whatever the rounding
    times = start + window * within
    return times[np.lexsort((times, unit))], ends


def _file(rec: xr.Dataset, counts: np.ndarray, starts: np.ndarray, window: float, seed: int) -> Any:
    pynwb = import_pynwb("Writing NWB")
    nwb = pynwb.NWBFile(
        session_description="Recording simulated by neurouniv; not from an animal.",
        identifier=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{seed} {rec.attrs}")),
        session_start_time=START,
        notes=json.dumps({"neurouniv": package_version(), **rec.attrs}, default=str),
    )
    times, ends = _spike_times(counts, starts, window, seed)
    names = rec.channel.values if rec.channel.dtype.kind in "iu" else np.arange(ends.size)
    observed = _observed(rec.recorded.values, starts, window) if "recorded" in rec.coords else None
    nwb.units = _units(times, ends, names, observed)
    if "subject" in rec.attrs:
        nwb.subject = pynwb.file.Subject(subject_id=str(rec.attrs["subject"]), description="simulated")
    nwb.trials = _trials(rec, starts, window)
    return nwb


def _observed(recorded: np.ndarray, starts: np.ndarray, window: float) -> list[np.ndarray]:
    """For each unit the spans (span, 2) in s of neighbouring trials in which it was recorded."""
    spans = []
    for unit in recorded.T:
        steps = np.diff(np.r_[0, unit.astype(int), 0])
        first, last = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
        spans.append(np.stack([starts[first], starts[last] + window], axis=1))
    return spans


def _units(times: np.ndarray, ends: np.ndarray, names: np.ndarray, observed: list[np.ndarray] | None) -> Any:
    from hdmf.common import VectorData, VectorIndex
    from pynwb.misc import Units

    spikes = VectorData(name="spike_times", description="spike times in s", data=times)
    columns = [spikes, VectorIndex(name="spike_times_index", data=ends, target=spikes)]
    if observed is not None:
        spans = VectorData(
            name="obs_intervals", description="when it was recorded, in s", data=np.concatenate(observed)
        )
        columns += [
            spans,
            VectorIndex(name="obs_intervals_index", data=np.cumsum(list(map(len, observed))), target=spans),
        ]
    return Units(name="units", description="simulated neurons", columns=columns, id=names)


def _trials(rec: xr.Dataset, starts: np.ndarray, window: float) -> Any:
    from hdmf.common import VectorData
    from pynwb.epoch import TimeIntervals

    columns = {"start_time": starts, "stop_time": starts + window}
    columns |= {name: rec[name].values.tolist() for name in ("condition", "session", "run") if name in rec.coords}
    data = [VectorData(name=n, description=f"{n} of the trial", data=values) for n, values in columns.items()]
    return TimeIntervals(name="trials", description="simulated trials", columns=data, id=np.arange(starts.size))


def _write(nwb: Any, path: Path) -> None:
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)
