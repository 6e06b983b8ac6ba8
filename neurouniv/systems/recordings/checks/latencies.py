"""Latencies, the times within a trial: in seconds, finite and increasing."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurouniv.schema import InputError, warn

SECONDS = {
    1.0: ("s", "sec", "secs", "second", "seconds"),
    1e-3: ("ms", "msec", "msecs", "millisecond", "milliseconds"),
    1e-6: ("us", "µs", "μs", "usec", "microsecond", "microseconds"),
    1e-9: ("ns", "nanosecond", "nanoseconds"),
    60.0: ("min", "minute", "minutes"),
}
NO_UNIT = ("", "1", "dimensionless")
LONGEST = 60.0


def latencies_in_s(value: Any, units: str = "") -> np.ndarray:
    """Times within the trial in s, from times in `units`, or from durations (timedelta).

    Raises
    ------
    InputError : they are no times or dates, differ between trials, or do not increase.

    Examples
    --------
    >>> latencies_in_s([0, 250], "ms").tolist(), latencies_in_s(np.array([0, 250], "m8[ms]")).tolist()
    ([0.0, 0.25], [0.0, 0.25])
    """
    latency = _numbers(value, units)
    if latency.ndim == 2 and min(latency.shape) > 1:  # each trial its own, as FieldTrip keeps them
        if not np.allclose(latency, latency[0]):
            raise InputError("`latency` needs the same times in all trials; these differ from trial to trial.")
        latency = latency[0]
    latency = latency.ravel()
    need_latencies(latency)
    if np.abs(latency).max(initial=0) > LONGEST:
        warn(
            f"Latencies run from {latency[0]:g} to {latency[-1]:g}; they are taken as seconds. If they are "
            "milliseconds, give them in s, latency=[0.1, 0.2, ...] (in a shell latency=0.1,0.2), or divide those "
            "of the file by 1000."
        )
    return latency


def need_latencies(latency: np.ndarray) -> None:
    """Raise `InputError` unless times within the trial are finite and increase."""
    if not np.isfinite(latency).all():
        raise InputError(f"`latency` needs finite times in seconds; {np.sum(~np.isfinite(latency))} are not.")
    steps = np.diff(latency)
    if (steps <= 0).any():
        step = int(np.argmax(steps <= 0))
        raise InputError(
            f"`latency` needs strictly increasing times in seconds; {latency[step + 1]:g} follows {latency[step]:g}. "
            "Sort the samples by time, or mend the times in the file."
        )


def _numbers(value: Any, units: str) -> np.ndarray:
    values = np.asarray(value)
    if values.dtype.kind == "m":
        missing = np.isnat(values)
        return np.where(missing, np.nan, values / np.timedelta64(1, "s"))
    if values.dtype.kind in "Mc":
        raise InputError(
            f"`latency` needs times in seconds from an event in the trial; got {values.dtype}. Dates become such times "
            'by (dates - event) / np.timedelta64(1, "s").'
        )
    try:
        numbers = values.astype(float)
    except (TypeError, ValueError) as error:
        raise InputError(f"`latency` needs times in seconds; got {values.dtype}.") from error
    if units.strip() in NO_UNIT:
        return numbers
    factor = next((factor for factor, names in SECONDS.items() if units.strip() in names), None)
    if factor is None:
        warn(f"`latency` has the units {units!r}, which are no known time; its values are taken as seconds.")
    return numbers if factor in (None, 1.0) else numbers * factor
