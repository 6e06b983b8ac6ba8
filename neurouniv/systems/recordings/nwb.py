"""NWB files: spikes counted in the trials of an NWB file, and the writing of a simulated recording as one."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.failures import import_extra, told_plainly
from neurouniv.systems.recordings.fields import Fields

SETTINGS = ("window", "bin", "trials")
CLOCK = 9  # decimals of a second that matter; a duration is a difference of large times


def read_nwb(path: Path, source: str, window: Any = None, bin: Any = None, trials: str = "trials") -> Fields:
    """Spike rates (spikes/s) of every unit in every trial.

    Parameters
    ----------
    window : (start, stop) in s from each trial's start; default the whole trial.
    bin : width in s of the bins a window is cut into; gives the dimension latency (bin centres).
    trials : the name of the table of trials.
    """
    pynwb = import_extra("pynwb", "An NWB file")
    with told_plainly(path, "an NWB file"), warnings.catch_warnings():
        # files of earlier NWB versions use fields since renamed, and carry their own copy of the format
        warnings.filterwarnings("ignore", message=".*is deprecated", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message="Ignoring the following cached namespace", category=UserWarning)
        with pynwb.NWBHDF5IO(str(path), "r") as file:
            nwb = file.read()
            table = _trials_table(nwb, source, trials)
            spikes, ends = _spike_times(nwb, source)
            observed = _column(nwb.units, "obs_intervals")
            columns = {name: _column(table, name) for name in table.colnames}
            channel, numbers = np.asarray(nwb.units.id[:]), np.asarray(table.id[:])
    edges, latency = _edges(columns["start_time"], columns["stop_time"], window, bin)
    rates = spike_rates(spikes, ends, edges)
    if observed is not None:
        rates = _only_observed(rates, observed, edges)
    given = {"activity": rates if bin is not None else rates[..., 0], "channel": channel, "latency": latency}
    if "trial" not in columns:
        given["trial"] = numbers
    return Fields(columns, source, f"Columns of its table '{trials}'", given, "spikes/s")


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


def _trials_table(nwb: Any, source: str, trials: str) -> Any:
    table = nwb.trials if trials == "trials" else (nwb.intervals or {}).get(trials)
    if table is not None and len(table):
        return table
    found = ", ".join(f"'{name}'" for name in (nwb.intervals or {})) or "none"
    units = 0 if nwb.units is None else len(nwb.units)
    raise InputError(
        f"{source} has {units} units but no table '{trials}' of trials, so no conditions; tables of intervals found: "
        f"{found}. Add trials with a column for the condition (pynwb: nwb.add_trial_column, nwb.add_trial), or name "
        f'another table: read_recording("{source}", trials="TABLE", condition="COLUMN")'
    )


def _spike_times(nwb: Any, source: str) -> tuple[np.ndarray, np.ndarray]:
    if nwb.units is None or "spike_times" not in nwb.units.colnames or not len(nwb.units):
        series = ", ".join(f"'{name}'" for name in (*nwb.acquisition, *nwb.processing)) or "nothing"
        raise InputError(
            f"{source} has trials but no units with spike times, which is what is read from NWB; acquisition and "
            f"processing hold {series}. Sort the spikes into units, or save trials x channels as netCDF or .mat."
        )
    index = nwb.units.spike_times_index
    return np.asarray(index.target.data[:], dtype=float), np.asarray(index.data[:], dtype=int)


def _column(table: Any, name: str) -> np.ndarray | None:
    """A column as an array; entries of several values (tags) stay objects."""
    if name not in table.colnames:
        return None
    values = table[name][:]
    try:
        return np.asarray(values)
    except ValueError:
        ragged = np.empty(len(values), dtype=object)
        ragged[:] = list(values)
        return ragged


def _edges(start: np.ndarray, stop: np.ndarray, window: Any, width: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Edges (trial, bin + 1) of the counting in s, and the bins' centres from the trials' start."""
    first, last = _numbers(window)
    if window is None:
        if width is not None:
            raise InputError("`bin` needs `window=(start, stop)` too, so that all trials have the same bins.")
        edges = np.stack([start, stop], axis=-1)
    else:
        count = 1 if width is None else max(1, round((last - first) / float(width)))
        if width is not None and not np.isclose(count * float(width), last - first):
            raise InputError(f"`bin={width}` s does not divide the window of {last - first:g} s into whole bins.")
        edges = np.asarray(start)[:, None] + np.linspace(first, last, count + 1)
    bad = np.flatnonzero(~(np.diff(edges, axis=-1) > 0).all(-1))
    if bad.size:
        raise InputError(f"Trials need to stop after they start; {bad.size} do not, the first is trial {bad[0]}.")
    return edges, None if width is None else np.linspace(first, last, 2 * count + 1)[1::2]


def _numbers(window: Any) -> tuple[float, float]:
    if window is None:
        return 0.0, 0.0
    try:
        first, last = map(float, window.split(",") if isinstance(window, str) else window)
    except (TypeError, ValueError) as error:
        raise InputError(f"`window` is (start, stop) in s from the trial's start; {window!r} came.") from error
    if not first < last:
        raise InputError(f"`window` needs to stop after it starts; {window!r} came.")
    return first, last


def _only_observed(rates: np.ndarray, observed: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """NaN where a unit was not observed during the whole trial (its `obs_intervals`)."""
    first, last = edges[:, :1], edges[:, -1:]
    spans = [np.atleast_2d(np.asarray(spans, dtype=float)) for spans in observed]
    seen = [((s[:, 0] <= first) & (s[:, 1] >= last - 10.0**-CLOCK)).any(-1) for s in spans]
    return np.where(np.stack(seen, axis=1)[..., None], rates, np.nan)
