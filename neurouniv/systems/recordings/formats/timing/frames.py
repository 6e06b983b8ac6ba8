"""When the samples of a series were taken: by a rate, or by their own times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.schema import InputError

SLACK = 1e-6  # of the time between two samples; what differs by less is the same moment


@dataclass(frozen=True)
class Frames:
    """`count` samples at `times` (s), or where these are None from `start` on at `rate` (1/s).

    written : (sample,) whether each is in the file; None: all are.

    Examples
    --------
    >>> frames = Frames(None, count=10, start=2.0, rate=5.0)
    >>> frames.before(np.array([2.0, 2.1, 2.2])).tolist(), frames.nearest(np.array([2.09, 2.11])).tolist()
    ([0, 1, 1], [0, 1])
    """

    times: np.ndarray | None
    count: int
    start: float = 0.0
    rate: float | None = None
    written: np.ndarray | None = None

    @property
    def period(self) -> float:
        """The time between two samples in s: the median where they have times of their own."""
        if self.times is None:
            return 1.0 / float(self.rate or 1.0)
        return float(np.median(np.diff(self.times))) if self.count > 1 else 1.0

    def span(self) -> tuple[float, float]:
        """When the first sample begins and the last one ends."""
        if self.times is None:
            return self.start, self.start + self.count * self.period
        return float(self.times[0]), float(self.times[-1]) + self.period

    def before(self, moments: np.ndarray) -> np.ndarray:
        """How many samples were taken before each moment."""
        if self.times is None:
            steps = np.ceil((moments - self.start) / self.period - SLACK)
            return np.clip(steps, 0, self.count).astype(int)
        return np.searchsorted(self.times, moments - SLACK * self.period)

    def nearest(self, moments: np.ndarray) -> np.ndarray:
        """The sample nearest to each moment."""
        if self.times is None:
            return np.clip(np.rint((moments - self.start) / self.period), 0, self.count - 1).astype(int)
        after = np.clip(np.searchsorted(self.times, moments), 1, max(self.count - 1, 1))
        earlier = moments - self.times[after - 1] <= self.times[np.minimum(after, self.count - 1)] - moments
        return np.where(earlier, after - 1, np.minimum(after, self.count - 1))

    def covers(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Whether all of the time from `first` to `last` lies within the series."""
        begin, end = self.span()
        slack = SLACK * self.period
        return (first >= begin - slack) & (last <= end + slack)

    def unbroken(self, zero: np.ndarray, first: int, last: int) -> np.ndarray:
        """Whether the samples from `zero + first` to `zero + last` exist, and none between them is missing."""
        low, high = zero + first, zero + last
        inside = (low >= 0) & (high < self.count) & self.held(low, high + 1)
        if self.times is None:
            return inside
        low, high = np.clip(low, 0, self.count - 1), np.clip(high, 0, self.count - 1)
        length = self.times[high] - self.times[low]
        return inside & (np.abs(length - (last - first) * self.period) < self.period / 2)

    def held(self, first: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Whether all samples from `first` up to `end`, which is not included, are in the file."""
        if self.written is None or self.written.all():
            return np.ones(np.shape(first), dtype=bool)
        lost = np.r_[0, np.cumsum(~self.written)]
        return lost[np.clip(end, 0, self.count)] == lost[np.clip(first, 0, self.count)]


def increasing(times: Any, count: int, what: str, source: str) -> np.ndarray:
    """`times` (s) of `count` samples as numbers.

    Raises
    ------
    InputError : there are more or fewer than samples, or they do not increase; `what` names the series.
    """
    times = np.asarray(times, dtype=float).ravel()
    if times.size != count:
        raise InputError(
            f"{what} in {source} has {times.size} times for {count} samples. Write it again "
            "with data of shape (samples, channels) and one time for each sample."
        )
    bad = np.flatnonzero(~(np.diff(times) > 0))
    if bad.size:
        raise InputError(
            f"The times of {what} in {source} need to increase; {times[bad[0] + 1]:g} s follows "
            f"{times[bad[0]]:g} s (sample {bad[0] + 1}). Sort the samples, or mend their clock."
        )
    return times
