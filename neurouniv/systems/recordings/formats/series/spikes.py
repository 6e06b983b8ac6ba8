"""Spikes of sorted units, counted around onsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.formats.series.spans import within
from neurouniv.systems.recordings.formats.timing.bins import bin_edges, need_finite, spike_rates

UNITS = "spikes/s"


@dataclass(frozen=True)
class Spikes:
    """Spike times in s of units.

    times : of all units, one unit after the other; `ends`: where each unit's end.
    ids : names of the units, as the software that sorted them has them. about : further labels, one value each.
    how : what is read, in words that hold for every session. left_out : what is not, in words.
    rate : samples a second of the recording, where known. spans : (span, 2) when it went on, in s, where known.
    lacks : what is not known and needed, in words: the rate of the samples that `times` are counted in.

    Examples
    --------
    >>> spikes = sorted_spikes(np.array([0.1, 0.2, 0.6]), np.array([7, 4, 7]))
    >>> spikes.ids.tolist(), spikes.activity(np.array([0.0]), (0.0, 0.5), None)[0].tolist()
    ([4, 7], [[2.0, 2.0]])
    """

    times: np.ndarray
    ends: np.ndarray
    ids: np.ndarray
    about: Mapping[str, np.ndarray] = field(default_factory=dict)
    how: str = ""
    left_out: str = ""
    rate: float | None = None
    spans: np.ndarray | None = None
    units: str = UNITS
    lacks: str = ""

    def what(self) -> str:
        """What there is, for messages."""
        first, last = self.span()
        unit = "samples" if self.lacks else "s"
        when = f" from {first:.10g} to {last:.10g} {unit}" if self.times.size else ""
        return f"{self.times.size} spikes of {self.ids.size} units{when}"

    def span(self) -> tuple[float, float]:
        """The first and the last spike."""
        return (float(self.times.min()), float(self.times.max())) if self.times.size else (0.0, 0.0)

    def moments(self, numbers: np.ndarray) -> np.ndarray | None:
        """The times of samples by their numbers; None where the rate is not known."""
        return None if self.rate is None else numbers / self.rate

    def activity(self, onsets: np.ndarray, window: Any, width: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Rates (trial, unit[, bin]) in spikes/s, and the bins' centres from the onset.

        Warns
        -----
        NeurounivWarning : trials lie before the first or after the last spike of all units, or in a pause.

        Raises
        ------
        InputError : no spike lies in any trial.
        """
        edges, latency = bin_edges(onsets, onsets, window, width)
        rates = spike_rates(self.times, self.ends, edges)
        self._need_spikes(rates, edges)
        covered = (
            np.ones(len(edges), dtype=bool) if self.spans is None else within(self.spans, edges[:, 0], edges[:, -1])
        )
        _tell_silent(edges, self.span(), covered)
        rates[~covered] = np.nan
        return (rates if latency is not None else rates[..., 0]), latency

    def _need_spikes(self, rates: np.ndarray, edges: np.ndarray) -> None:
        if self.ids.size and rates.any():
            return
        first, last = self.span()
        raise InputError(
            f"No spike lies in a trial: the {self.times.size} spikes of {self.ids.size} units "
            f"run from {first:.6g} to {last:.6g} s, the {len(edges)} trials from {edges.min():.6g} to "
            f"{edges.max():.6g} s. If "
            'onsets are in milliseconds or sample numbers, give onset_unit="ms" or "sample"; if the spikes are, '
            'spike_unit="ms" or "sample"; if they have different clocks, bring the onsets to that of the spikes.'
        )


def sorted_spikes(times: Any, clusters: Any, keep: np.ndarray | None = None, **known: Any) -> Spikes:
    """Spikes in any order, each with the unit it is of; `keep`: the units that are read, default all.

    Raises
    ------
    InputError : as many units as spikes are needed, or a time is not finite.
    """
    times, clusters = np.ravel(np.asarray(times, dtype=float)), np.ravel(clusters)
    if times.size != clusters.size:
        raise InputError(f"Every spike needs its time and its unit; got {times.size} times and {clusters.size} units.")
    need_finite(times)
    ids = np.unique(clusters) if keep is None else np.asarray(keep)
    unit = np.searchsorted(ids, clusters) if ids.size else np.zeros(clusters.size, dtype=int)
    inside = ids[np.minimum(unit, ids.size - 1)] == clusters if ids.size else np.zeros(clusters.size, dtype=bool)
    times, unit = times[inside], unit[inside]
    order = np.argsort(unit, kind="stable")
    ends = np.cumsum(np.bincount(unit, minlength=ids.size))
    return Spikes(times[order], ends, ids, **known)


def unit_by_unit(trains: list[Any], ids: Any = None, **known: Any) -> Spikes:
    """Spikes of an array of times for each unit; units are numbered from 0 unless they have names."""
    arrays = [np.ravel(np.asarray(train, dtype=float)) for train in trains]
    times = np.concatenate([*arrays, np.zeros(0)])
    need_finite(times)
    names = np.arange(len(arrays)) if ids is None else np.asarray(ids)
    return Spikes(times, np.cumsum([train.size for train in arrays], dtype=int), names, **known)


def _tell_silent(edges: np.ndarray, span: tuple[float, float], covered: np.ndarray) -> None:
    lost = np.flatnonzero(~covered)
    if lost.size:
        warn(
            f"The recording does not cover {lost.size} of {len(edges)} trials ({some(lost)}, counted from 0), which "
            "lie in its pauses or beyond its ends; their activity is NaN."
        )
    silent = np.flatnonzero(covered & ((edges[:, 0] > span[1]) | (edges[:, -1] < span[0])))
    if silent.size:
        warn(
            f"{silent.size} of {len(edges)} trials ({some(silent)}, counted from 0) lie before the first spike of all "
            f"units or after the last, {span[0]:.6g} to {span[1]:.6g} s; their rates are 0. If the recording did not "
            "go on there, leave these trials out of the table."
        )
