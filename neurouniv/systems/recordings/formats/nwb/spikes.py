"""Spikes of the units of an NWB file, counted in windows of the trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.nwb.columns import need_index, ragged, row_numbers, stored
from neurouniv.systems.recordings.formats.nwb.units import labels, regions
from neurouniv.systems.recordings.formats.timing.bins import CLOCK, bin_edges, need_finite, spike_rates
from neurouniv.systems.recordings.formats.timing.clocks import Span, need_one_clock, seconds_per, tell_silence


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
    if not spikes.size:
        raise InputError(f"The {len(units.id)} units of {source} have no spikes at all. Is the file finished?")
    span = Span("spikes", float(spikes.min()), float(spikes.max()), spikes.size, source)
    need_one_clock(span, edges[:, 0], edges[:, -1], time_unit)
    rates = spike_rates(spikes, ends, edges)
    tell_silence(span, edges[:, 0], edges[:, -1], bool(rates.any()))
    if "obs_intervals" in units.colnames:
        rates = _only_observed(rates, _observed(units, span, source, time_unit), edges, source)
    given = {"activity": rates if latency is not None else rates[..., 0], "channel": row_numbers(units, source)}
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
    ends = np.ravel(stored(column.data, f"{name} (index)", source)).astype(np.int64)
    need_index(ends, spikes.size, name, source)
    if ends.size != len(units.id):
        raise InputError(
            f"The index of {name} in {source} has {ends.size} entries for {len(units.id)} units. The file is damaged: "
            "export it again."
        )
    need_finite(spikes, source)
    return spikes, ends


def _observed(units: Any, span: Span, source: str, time_unit: Any) -> list[np.ndarray]:
    """For each unit the spans (span, 2) in s in which it was observed."""
    column = ragged(units["obs_intervals"], "'units/obs_intervals'", source)
    spans = [np.reshape(np.asarray(own, dtype=float), (-1, 2)) for own in column]
    last = max((float(own.max()) for own in spans if own.size), default=0.0)
    seconds = seconds_per(time_unit)
    if seconds != 1 and last > 0 and span.last > 0:  # are they kept in the unit of the spikes, or in s?
        apart = np.abs(np.log([last * seconds / span.last, last / span.last]))
        seconds = seconds if apart[0] <= apart[1] else 1.0
    return [own * seconds for own in spans]


def _only_observed(rates: np.ndarray, observed: list[np.ndarray], edges: np.ndarray, source: str) -> np.ndarray:
    """NaN where a unit was not observed during the whole trial (its `obs_intervals`).

    Raises
    ------
    InputError : no unit was observed in any trial.
    """
    first, last = edges[:, 0], edges[:, -1]
    is_observed = np.zeros(rates.shape[:2], dtype=bool)
    for unit, spans in enumerate(observed):
        spans = spans[np.argsort(spans[:, 0])]
        latest = np.maximum.accumulate(np.r_[-np.inf, spans[:, 1]])  # the last end of the spans begun so far
        begun = np.searchsorted(spans[:, 0], first, side="right")
        is_observed[:, unit] = latest[begun] >= last - 10.0**-CLOCK
    if not is_observed.any():
        ends = np.concatenate([spans.ravel() for spans in observed]) if observed else np.zeros(0)
        when = f"run from {np.nanmin(ends):.6g} to {np.nanmax(ends):.6g} s" if ends.size else "are empty"
        raise InputError(
            f"No trial of {source} lies within the obs_intervals of any unit, in which it says units were observed: "
            f"they {when}, trials from {first.min():.6g} to {last.max():.6g} s. Mend them, or take them out."
        )
    return np.where(is_observed[..., None], rates, np.nan)
