"""Spikes of the units of an NWB file, counted in windows of the trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.bins import CLOCK, bin_edges, spike_rates
from neurouniv.systems.recordings.formats.clocks import Span, need_one_clock, seconds_per, tell_silence
from neurouniv.systems.recordings.formats.nwb_columns import need_index, ragged, stored
from neurouniv.systems.recordings.formats.nwb_units import labels, regions


def has_spikes(units: Any) -> bool:
    """Whether a table of units is there and holds spike times."""
    return units is not None and "spike_times" in units.colnames and len(units) > 0


def read_spikes(
    units: Any, source: str, start: np.ndarray, stop: np.ndarray, window: Any, width: Any, time_unit: Any = None
) -> tuple[dict[str, Any], str, dict[str, np.ndarray]]:
    """What is given of the units (activity, channel, latency), its unit, and the labels of the channels.

    Warns
    -----
    NeurounivWarning : trials lie where no unit has a spike.

    Raises
    ------
    InputError : the index of spike times or the times are damaged, or they are on another clock than the trials.
    """
    edges, latency = bin_edges(start, stop, window, width)
    spikes, ends = _spike_times(units, source, time_unit)
    channel = np.asarray(units.id[:])
    if spikes.size:
        span = Span("spikes", float(spikes.min()), float(spikes.max()), spikes.size, source)
        need_one_clock(span, edges[:, 0], edges[:, -1], time_unit)
    rates = spike_rates(spikes, ends, edges)
    if spikes.size:
        tell_silence(span, edges[:, 0], edges[:, -1], bool(rates.any()))
    if "obs_intervals" in units.colnames:
        rates = _only_observed(rates, ragged(units["obs_intervals"], "'units/obs_intervals'", source), edges)
    given = {"activity": rates if latency is not None else rates[..., 0], "channel": channel}
    return given | {"latency": latency}, "spikes/s", labels(units) | regions(units, source)


def _spike_times(units: Any, source: str, time_unit: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times of all spikes in s, unit after unit, and where each unit's end."""
    name, column = "'units/spike_times'", units["spike_times"]
    if type(column).__name__ != "VectorIndex":
        raise InputError(
            f"{name} in {source} has no index (spike_times_index) that says which spikes are of which unit; it holds "
            f"{np.shape(column.data)} values. Write the units again: nwb.add_unit(spike_times=...)."
        )
    spikes = np.ravel(stored(column.target.data, name, source)).astype(float) * seconds_per(time_unit)
    ends = stored(column.data, f"{name} (index)", source).astype(np.int64)
    need_index(ends, spikes.size, name, source)
    if ends.size != len(units.id):
        raise InputError(
            f"The index of {name} in {source} has {ends.size} entries for {len(units.id)} units. The file is damaged: "
            "export it again."
        )
    _need_times(spikes, source)
    return spikes, ends


def _need_times(spikes: np.ndarray, source: str) -> None:
    bad = int((~np.isfinite(spikes)).sum())
    if bad:
        raise InputError(f"Spike times need to be finite; {bad} of {spikes.size} in {source} are not. Mend the file.")


def _only_observed(rates: np.ndarray, observed: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """NaN where a unit was not observed during the whole trial (its `obs_intervals`)."""
    first, last = edges[:, 0], edges[:, -1]
    is_observed = np.zeros(rates.shape[:2], dtype=bool)
    for unit, spans in enumerate(observed):
        spans = np.reshape(np.asarray(spans, dtype=float), (-1, 2))
        spans = spans[np.argsort(spans[:, 0])]
        latest = np.maximum.accumulate(np.r_[-np.inf, spans[:, 1]])  # the last end of the spans begun so far
        begun = np.searchsorted(spans[:, 0], first, side="right")
        is_observed[:, unit] = latest[begun] >= last - 10.0**-CLOCK
    return np.where(is_observed[..., None], rates, np.nan)
