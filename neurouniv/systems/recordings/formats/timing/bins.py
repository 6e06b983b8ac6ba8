"""Bins of trials: their edges, and spikes counted in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.timing.window import start_stop

MOST = 100_000  # bins of a trial
CLOCK = 9  # decimals of a second that matter; a duration is a difference of large times


def spike_rates(spikes: np.ndarray, ends: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Rates (trial, unit, bin) of spikes from edges (trial, bin + 1); a bin holds its left edge, not its right.

    spikes : times in s of all units, one unit after the other; ends : where each unit's spikes end.

    Examples
    --------
    >>> spike_rates(np.array([0.1, 0.2, 1.5]), np.array([3]), np.array([[0.0, 0.5], [1.0, 2.0]]))[:, 0, 0].tolist()
    [4.0, 1.0]
    """
    rates = np.empty((len(edges), len(ends), edges.shape[1] - 1))
    for number, unit in enumerate(np.split(spikes, ends)[: len(ends)]):  # as many spikes as they have: ragged
        rates[:, number] = np.diff(np.searchsorted(np.sort(unit), edges), axis=-1)
    rates /= np.round(np.diff(edges, axis=-1), CLOCK)[:, None]
    return rates


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
    if count > MOST:
        raise InputError(f"`bin={width:g}` s gives {count:.3g} bins per trial. Is the window in ms? Both are in s.")
    if not np.isclose(count * width, last - first):
        raise InputError(f"`bin={width:g}` s does not divide the window of {last - first:g} s into whole bins.")
    return count


def need_finite(times: np.ndarray, source: str = "") -> None:
    """Raise `InputError` unless spike times, those of the file `source`, are finite."""
    bad = int((~np.isfinite(times)).sum())
    if bad:
        where = f" in {source}" if source else ""
        raise InputError(f"Spike times need to be finite; {bad} of {times.size}{where} are not. Mend the file.")
