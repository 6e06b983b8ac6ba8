"""Series of samples, such as fluorescence of cells, averaged around onsets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.formats.series.spans import within
from neurouniv.systems.recordings.formats.timing.bins import bin_edges
from neurouniv.systems.recordings.formats.timing.frames import Frames
from neurouniv.systems.recordings.formats.timing.window import start_stop

FRAME = "frame"
BLOCK = 2**22  # samples held at once


@dataclass(frozen=True)
class Samples:
    """Series of several cells or sensors, all with the same frames.

    values : (first, last) -> samples (cell, frame) of the cells from `first` up to, not including, `last`.
    count : of frames. clock : when they were taken; None where neither a rate nor times are known.
    ids : the cells' own names. about : further labels of them. units : of the values.
    how : what is read, in words that hold for every session. left_out : what is not, in words.
    numbers : of the frames, where some were left out; default 0, 1, 2, ... spans : (span, 2), when the recording went
    on, in s; default from the first to the last frame. total : of series, with those that are not read.

    Examples
    --------
    >>> data = np.arange(20.0).reshape(2, 10)
    >>> samples = Samples(lambda first, last: data[first:last], 10, Frames(None, 10, 0.0, 5.0), np.array([0, 1]))
    >>> samples.activity(np.array([1.0]), (0, 0.4), None)[0].tolist()
    [[5.5, 15.5]]
    """

    values: Callable[[int, int], np.ndarray]
    count: int
    clock: Frames | None
    ids: np.ndarray
    about: Mapping[str, np.ndarray] = field(default_factory=dict)
    how: str = ""
    left_out: str = ""
    units: str = "arbitrary"
    numbers: np.ndarray | None = None
    spans: np.ndarray | None = None
    total: int | None = None

    def what(self) -> str:
        """What there is, for messages."""
        rate = "" if self.clock is None else f" at {1 / self.clock.period:.6g}/s"
        return f"{self.total or self.ids.size} series of {self.count} frames{rate}"

    @property
    def lacks(self) -> str:
        """What is not known and needed, in words."""
        return "" if self.clock is not None else "the rate of its frames"

    def span(self) -> tuple[float, float]:
        """When the first frame begins and the last one ends, in s."""
        return self._clock.span()

    def moments(self, numbers: np.ndarray) -> np.ndarray | None:
        """The times of frames by their numbers; beyond the ends as if frames went on."""
        clock = self._clock
        own = np.arange(self.count) if self.numbers is None else self.numbers
        times = clock.start + np.arange(self.count) * clock.period if clock.times is None else clock.times
        beyond = numbers - np.clip(numbers, own[0], own[-1])
        return np.interp(numbers, own, times) + beyond * clock.period

    @property
    def _clock(self) -> Frames:
        if self.clock is None:
            raise InputError("Frames need a rate, or times of their own: give `rate` (frames/s).")
        return self.clock

    def activity(self, onsets: np.ndarray, window: Any, width: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Means (trial, cell[, bin]) of the samples in each window or bin (its left edge included), or each sample of
        the window, and the latencies.

        Warns
        -----
        NeurounivWarning : some trials are not covered by the series; their activity is NaN.

        Raises
        ------
        InputError : no trial is covered, or windows or bins are shorter than a frame.
        """
        clock, latency = self._clock, None
        if isinstance(width, str) and width == FRAME:
            edges = onsets[:, None] + np.array(start_stop(window))
            first, last = (round(edge / clock.period) for edge in start_stop(window))
            if last - first >= self.count:
                raise InputError(f"The window of {last - first} frames is longer than the series of {self.count}.")
            steps, zero = np.arange(first, last + 1), clock.nearest(onsets)
            covered, latency = clock.unbroken(zero, first, last) & clock.covers(onsets, onsets), steps * clock.period
            frames = np.clip(zero[:, None] + steps, 0, self.count - 1)
            activity = self._by_block(lambda block: block[:, frames], frames.shape)
        else:
            edges, latency = bin_edges(onsets, onsets, window, width)
            _need_wide(edges, clock)
            covered = clock.covers(edges[:, 0], edges[:, -1])
            before = clock.before(edges)
            _tell_gaps(before[covered], edges[covered], clock)
            activity = self._by_block(lambda block: bin_means(block, before), (len(before), before.shape[1] - 1))
        if self.spans is not None:
            covered &= within(self.spans, edges[:, 0], edges[:, -1])
        activity[~covered] = np.nan
        _tell_uncovered(activity, clock, edges)
        return (activity if latency is not None else activity[..., 0]), latency

    def _by_block(self, cut: Callable[[np.ndarray], np.ndarray], shape: tuple[int, int]) -> np.ndarray:
        """`cut` of all cells (trial, cell, bin), a block of cells in memory at a time; `shape`: (trial, bin)."""
        activity = np.empty((shape[0], self.ids.size, shape[1]))
        for first, last in self._blocks():
            activity[:, first:last] = cut(self.values(first, last)).swapaxes(0, 1)
        return activity

    def _blocks(self) -> Iterator[tuple[int, int]]:
        size = max(1, BLOCK // max(1, self.count))
        for first in range(0, max(1, self.ids.size), size):
            yield first, min(first + size, self.ids.size)


def bin_means(samples: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Means (cell, trial, bin) of samples (cell, frame) in bins that begin at frame `before[:, :-1]` and end before
    `before[:, 1:]`, (trial, bin + 1); NaN in a bin without a frame.

    Examples
    --------
    >>> bin_means(np.array([[1.0, 3.0, 5.0, 7.0]]), np.array([[0, 2, 4], [1, 1, 2]])).tolist()
    [[[2.0, 6.0], [nan, 3.0]]]
    """
    padded = np.concatenate([samples, np.zeros((len(samples), 1), dtype=samples.dtype)], axis=1)
    sums = np.add.reduceat(padded, before.ravel(), axis=1, dtype=float)
    sums, counts = sums.reshape(len(samples), *before.shape)[..., :-1], np.diff(before)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def _need_wide(edges: np.ndarray, clock: Frames) -> None:
    width = float(np.diff(edges[:1]).min(initial=np.inf)) if len(edges) else np.inf
    if width < clock.period * (1 - 1e-6):
        raise InputError(
            f"A window or bin needs to be at least the time between two frames, {clock.period:.4g} s; got {width:.4g} "
            's. For single frames: bin="frame".'
        )


def _tell_gaps(before: np.ndarray, edges: np.ndarray, clock: Frames) -> None:
    """Warn of windows or bins in which frames are missing: a bin has one frame more or less than its width tells."""
    lost = (np.diff(before) < np.diff(edges) / clock.period - 1.5).any(axis=1)
    if lost.any():
        warn(f"{lost.sum()} of {lost.size} trials lack frames; their means are over the frames that are there.")


def _tell_uncovered(activity: np.ndarray, clock: Frames, edges: np.ndarray) -> None:
    lost = np.flatnonzero(np.isnan(activity).all(axis=1).any(axis=-1))
    if not lost.size or not activity.shape[1]:
        return
    first, last = clock.span()
    what = f"Frames run from {first:.6g} to {last:.6g} s and do not cover {lost.size} of {len(activity)} trials"
    if lost.size == len(activity):
        raise InputError(
            f"{what}, which last from {edges.min():.6g} to {edges.max():.6g} s, each window "
            f"{edges[0, -1] - edges[0, 0]:g} s long. "
            'If the onsets are frame numbers or milliseconds, give onset_unit="frame" or "ms"; if they are on '
            "another clock, bring them to that of the frames, or give the frames' own `times`."
        )
    warn(f"{what} ({some(lost)}, counted from 0); their activity is NaN.")
