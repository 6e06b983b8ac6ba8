"""The setting `window`: from when to when, in seconds."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError


def start_stop(window: Any, since: str = "the trial's start") -> tuple[float, float]:
    """(start, stop) in s from a pair of numbers or from text, "start,stop", in brackets or not.

    Raises
    ------
    InputError : it is no pair of finite numbers, or it stops before it starts; `since` names its zero in the message.

    Examples
    --------
    >>> start_stop("-0.1, 0.5"), start_stop("(0,1)")
    ((-0.1, 0.5), (0.0, 1.0))
    """
    try:
        parts = window.split(",") if isinstance(window, str) else window
        start, stop = (float(part.strip(" ()[]") if isinstance(part, str) else part) for part in parts)
    except (TypeError, ValueError) as error:
        raise InputError(f"`window` is (start, stop) in s from {since}; got {window!r}.") from error
    if not (np.isfinite([start, stop]).all() and start < stop):
        raise InputError(f"`window` needs to stop after it starts, both in s from {since}; got {window!r}.")
    return start, stop


def times_within(times: np.ndarray, window: Any, what: str, since: str) -> slice:
    """Which of `times` (s, increasing) lie in `window`, both ends included; all without one.

    Raises
    ------
    InputError : the window goes beyond the times by more than half a step; `what` names what they are of.

    Examples
    --------
    >>> times_within(np.linspace(-0.2, 0.8, 11), (0, 0.5), "the epochs", "the event")
    slice(2, 8, None)
    """
    if window is None:
        return slice(0, times.size)
    start, stop = start_stop(window, since)
    half = np.diff(times).mean() / 2 if times.size > 1 else 0.0
    if start < times[0] - half or stop > times[-1] + half:
        raise InputError(f"`window={window!r}` goes beyond {what}, which run from {times[0]:g} to {times[-1]:g} s.")
    first, last = np.abs(times - start).argmin(), np.abs(times - stop).argmin()
    return slice(int(first), int(last) + 1)
