"""Spikes of the units of an NWB file, counted in windows of the trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.bins import CLOCK, bin_edges, spike_rates

TAKEN = ("activity", "channel", "condition", "latency", "recorded", "run", "session", "subject", "trial")


def has_spikes(units: Any) -> bool:
    """Whether a table of units is there and holds spike times."""
    return units is not None and "spike_times" in units.colnames and len(units) > 0


def read_spikes(
    units: Any, source: str, start: np.ndarray, stop: np.ndarray, window: Any, width: Any
) -> tuple[dict[str, Any], str, dict[str, np.ndarray]]:
    """What is given of the units (activity, channel, latency), its unit, and the labels of the channels."""
    edges, latency = bin_edges(start, stop, window, width)
    index = units.spike_times_index
    spikes, ends = np.asarray(index.target.data[:], dtype=float), np.asarray(index.data[:], dtype=int)
    _need_times(spikes, source)
    rates = spike_rates(spikes, ends, edges)
    if "obs_intervals" in units.colnames:
        rates = _only_observed(rates, units["obs_intervals"][:], edges)
    given = {"activity": rates if latency is not None else rates[..., 0], "channel": np.asarray(units.id[:])}
    return given | {"latency": latency}, "spikes/s", labels(units)


def labels(table: Any) -> dict[str, np.ndarray]:
    """The columns of a table with one text or number for each row, such as `location` or `quality`."""
    columns = {}
    for name in table.colnames:
        values = table[name]
        if name in TAKEN or type(values).__name__ != "VectorData":
            continue
        array = np.asarray(values[:])
        if array.dtype == object and all(isinstance(value, str) for value in array.ravel()):
            array = array.astype(str)
        if array.ndim == 1 and array.dtype.kind in "biufU":
            columns[name] = array
    return columns


def _need_times(spikes: np.ndarray, source: str) -> None:
    bad = int((~np.isfinite(spikes)).sum())
    if bad:
        raise InputError(f"Spike times need to be finite; {bad} of {spikes.size} in {source} are not. Mend the file.")


def _only_observed(rates: np.ndarray, observed: Any, edges: np.ndarray) -> np.ndarray:
    """NaN where a unit was not observed during the whole trial (its `obs_intervals`)."""
    first, last = edges[:, :1], edges[:, -1:]
    spans = [np.reshape(np.asarray(spans, dtype=float), (-1, 2)) for spans in observed]
    is_observed = [((s[:, 0] <= first) & (s[:, 1] >= last - 10.0**-CLOCK)).any(-1) for s in spans]
    return np.where(np.stack(is_observed, axis=1)[..., None], rates, np.nan)
