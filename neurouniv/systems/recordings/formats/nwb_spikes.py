"""Spikes of the units of an NWB file, counted in windows of the trials."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.window import start_stop

CLOCK = 9  # decimals of a second that matter; a duration is a difference of large times
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


def spike_rates(spikes: np.ndarray, ends: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Rates (trial, unit, bin) of spikes from edges (trial, bin + 1); a bin holds its left edge, not its right.

    spikes : times in s of all units, one unit after the other; ends : where each unit's spikes end.

    Examples
    --------
    >>> spike_rates(np.array([0.1, 0.2, 1.5]), np.array([3]), np.array([[0.0, 0.5], [1.0, 2.0]]))[:, 0, 0].tolist()
    [4.0, 1.0]
    """
    units = np.split(spikes, ends[:-1])  # as many spikes as they have: the one ragged dimension
    before = np.stack([np.searchsorted(np.sort(unit), edges) for unit in units], axis=1)
    return np.diff(before, axis=-1) / np.round(np.diff(edges, axis=-1), CLOCK)[:, None]


def bin_edges(start: np.ndarray, stop: np.ndarray, window: Any, width: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Edges (trial, bin + 1) in s of the bins of every trial, and the bins' centres from the trials' start.

    Without a window a trial is one bin; without a width a window is, and there are no centres.

    Examples
    --------
    >>> edges, latency = bin_edges(np.array([5.0]), np.array([9.0]), (0, 1), 0.5)
    >>> edges.tolist(), latency.tolist()
    ([[5.0, 5.5, 6.0]], [0.25, 0.75])
    """
    latency = None
    if window is None:
        if width is not None:
            raise InputError("`bin` needs `window=(start, stop)` too, so that all trials have the same bins.")
        edges = np.stack([start, stop], axis=-1)
    else:
        first, last = start_stop(window)
        count = 1 if width is None else bin_count(first, last, width)
        edges = np.asarray(start)[:, None] + np.linspace(first, last, count + 1)
        latency = None if width is None else np.linspace(first, last, 2 * count + 1)[1::2]
    bad = np.flatnonzero(~(np.diff(edges, axis=-1) > 0).all(-1))
    if bad.size:
        raise InputError(f"Trials need to stop after they start; {bad.size} do not, the first is trial {bad[0]}.")
    return edges, latency


def bin_count(first: float, last: float, width: Any) -> int:
    """How many bins of `width` s there are in a window.

    Raises
    ------
    InputError : the width is no positive number, or does not divide the window.
    """
    try:
        width = float(width)
    except (TypeError, ValueError) as error:
        raise InputError(f"`bin` is the width of a bin in s; got {width!r}.") from error
    if not width > 0:
        raise InputError(f"`bin` is the width of a bin in s and needs to be positive; got {width:g}.")
    count = max(1, round((last - first) / width))
    if not np.isclose(count * width, last - first):
        raise InputError(f"`bin={width:g}` s does not divide the window of {last - first:g} s into whole bins.")
    return count


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
