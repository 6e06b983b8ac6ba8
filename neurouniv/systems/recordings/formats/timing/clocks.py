"""Clocks: the unit of times, and whether spikes or samples share the clock of the trials."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "min": 60.0}
GUESSES = {'"ms"': 1e-3, '"us"': 1e-6, '"1/30000"': 1 / 30000, '"1/25000"': 1 / 25000, '"1/20000"': 1 / 20000}
"""Units that a recording's times may be in, as the setting says them: the last are samples at 30, 25, 20 kHz."""
FAR = 50.0  # times as late as the other clock's last are no longer believed to be on one clock
SILENCE = 10.0  # mean intervals between spikes without any: nothing was recorded


def seconds_per(time_unit: Any) -> float:
    """How many seconds a unit of time has: "ms", a number of seconds, or a fraction as text.

    Raises
    ------
    InputError : it is neither.

    Examples
    --------
    >>> seconds_per(None), seconds_per("ms"), seconds_per("1/20000")
    (1.0, 0.001, 5e-05)
    """
    if time_unit is None:
        return 1.0
    try:
        seconds = SECONDS.get(time_unit) or float(Fraction(time_unit))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        seconds = np.nan
    if not (np.isfinite(seconds) and seconds > 0):
        raise InputError(
            f"`time_unit` is one of {', '.join(SECONDS)}, or the seconds that a unit of time has, such as "
            f'"1/30000" for samples at 30 kHz; got {time_unit!r}.'
        )
    return seconds


@dataclass(frozen=True)
class Span:
    """Times of `count` spikes or samples of the file `source`: the first and last in s; `what` messages call them."""

    what: str
    first: float
    last: float
    count: int
    source: str

    def slack(self) -> float:
        """How long after the last one it is still plausible that none came by chance, in s."""
        return SILENCE * (self.last - self.first) / max(self.count - 1, 1) if self.count > 1 else np.inf


def need_one_clock(span: Span, start: np.ndarray, stop: np.ndarray, time_unit: Any = None) -> None:
    """Refuse trials and spikes (or samples) whose times cannot be on the same clock in s.

    start, stop : (trial,) of each trial or window, in s. time_unit : as the user gave it; given, nothing is refused.

    Raises
    ------
    InputError : no trial lies where there are spikes, or one clock runs many times as long as the other.

    Examples
    --------
    >>> need_one_clock(Span("spikes", 0.1, 97.0, 500, "x.nwb"), np.array([0.0, 5.0]), np.array([2.0, 7.0]))
    """
    if not span.count or not start.size or time_unit is not None:
        return
    first, last = float(np.min(start)), float(np.max(stop))
    apart = not _inside(span, start, stop).any()
    later = span.last > FAR * last > 0
    earlier = np.isfinite(span.slack()) and last > FAR * (span.last + span.slack()) > 0
    if not (apart or later or earlier):
        return
    raise InputError(
        f"The {span.what} and the trials of {span.source} seem to have different clocks: {span.what} run "
        f"from {span.first:.10g} to {span.last:.10g} s, trials from {first:.10g} to {last:.10g} s"
        f"{', and no trial lies between' if apart else ''}. {_remedy(span, start, stop, later)} If they are in s and "
        f'right as they are: time_unit="s".'
    )


def _remedy(span: Span, start: np.ndarray, stop: np.ndarray, later: bool) -> str:
    guesses = [unit for unit, seconds in GUESSES.items() if later and _fits(span, start, stop, seconds)]
    if guesses:
        names = {'"ms"': "milliseconds", '"us"': "microseconds"}
        kind = names.get(guesses[0], "numbers of samples")
        others = f" (or {', '.join(guesses[1:])})" if guesses[1:] else ""
        return f"Are the times of the {span.what} {kind}? Then give time_unit={guesses[0]}{others}."
    trials_later = float(np.max(stop)) > FAR * span.last > 0
    if trials_later and _fits(span, start * 1e-3, stop * 1e-3, 1.0):
        return (
            "Are the times of the trials milliseconds? Write them in s, or give them: align=TIMES / 1000, "
            "window=(start, stop) in s."
        )
    if later and span.last - span.first > FAR * float(np.max(stop) - np.min(start)):
        return f'The unit of the times of the {span.what} is not known. Give its seconds, such as time_unit="1/32000".'
    after = f"{span.first - float(np.min(start)):.10g} s"
    return (
        f"Is their clock another one ({span.what} start {after} after the first trial)? Write both in s of one clock, "
        "or give the trials' times on it: align=TIMES, window=(start, stop)."
    )


def _fits(span: Span, start: np.ndarray, stop: np.ndarray, seconds: float) -> bool:
    """Whether nearly all trials lie among the times once these are in s, and the times do not run far beyond."""
    scaled = Span(span.what, span.first * seconds, span.last * seconds, span.count, span.source)
    return bool(_inside(scaled, start, stop).mean() >= 0.9 and scaled.last <= 20 * float(np.max(stop)))


def _inside(span: Span, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Which trials touch the time in which there are spikes."""
    return (stop > span.first - span.slack()) & (start < span.last + span.slack())


def tell_silence(span: Span, start: np.ndarray, stop: np.ndarray, counted: bool) -> None:
    """Warn of trials before the first or after the last spike of all units; else, where none is `counted`, of that."""
    outside = np.flatnonzero(~_inside(span, start, stop)) if span.count else np.arange(0)
    if outside.size:
        warn(
            f"{outside.size} of {start.size} trials of {span.source} ({some(outside)}, counted from 0) lie where no "
            f"unit has a spike; spikes run from {span.first:.6g} to {span.last:.6g} s. Their rates are 0, though "
            'perhaps nothing was recorded; keep the others: keep=("start_time", LOWEST, HIGHEST).'
        )
    elif not counted:
        warn(
            f"No spike of {span.source} lies in any trial or window, so all rates are 0; its {span.count} spikes run "
            f"from {span.first:.6g} to {span.last:.6g} s. Check `window` and `align`."
        )
