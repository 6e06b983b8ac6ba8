"""Plausibility of a recording: values that do not fit their unit, labels that nearly agree."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import xarray as xr

from neurouniv.schema import warn
from neurouniv.systems.recordings.assembly.fields import is_chunked
from neurouniv.systems.recordings.checks.dates import may_be_dates

SAMPLE = 100_000
PLAUSIBLE = {  # the median size of activity in a unit, from the smallest to the largest that is believed
    "V": (1e-10, 1e-2),
    "mV": (1e-7, 1e3),
    "µV": (1e-4, 1e4),
    "T": (1e-17, 1e-9),
    "fT": (1e-2, 1e6),
    "T/m": (1e-15, 1e-7),
    "spikes/s": (0.0, 2e3),
}
SAME_UNIT = {"uV": "µV", "μV": "µV", "Hz": "spikes/s", "volts": "V", "tesla": "T"}


def tell_doubts(rec: xr.Dataset) -> None:
    """Warn of values that look as if they were in another unit, of conditions that differ only in case or spaces, and
    of sessions that may be dates.

    Chunked (dask) activity is not looked at.
    """
    _doubt_units(rec)
    _doubt_labels(np.unique(rec.condition.values))
    _doubt_sessions(rec)


def _doubt_units(rec: xr.Dataset) -> None:
    units = str(rec.activity.attrs.get("units", ""))
    limits = PLAUSIBLE.get(SAME_UNIT.get(units, units))
    if limits is None or is_chunked(rec.activity.data):
        return
    size = typical_size(rec.activity.values)
    low, high = limits
    if size and not low <= size <= high:
        warn(
            f"Activity is said to be in {units}, and half of it is {'above' if size > high else 'below'} {size:.2g} "
            f"{units}; {low:g} to {high:g} {units} would be usual. If the values are in another unit (µV for V, fT for "
            "T), give `units`, or scale them in the file; distances are in squared units."
        )


def typical_size(values: np.ndarray) -> float:
    """The median absolute value, zeros and missing values left out, from an even sample of the values.

    Examples
    --------
    >>> typical_size(np.array([0.0, -2.0, 3.0, 4.0, np.nan]))
    3.0
    """
    flat = values.reshape(-1)
    sample = np.abs(flat[:: max(1, flat.size // SAMPLE)])
    sample = sample[np.isfinite(sample) & (sample > 0)]
    return float(np.median(sample)) if sample.size else 0.0


def _doubt_labels(names: np.ndarray) -> None:
    alike = defaultdict(list)
    for name in names.tolist():
        alike["".join(name.casefold().split())].append(name)
    doubles = [group for group in alike.values() if len(group) > 1]
    if doubles:
        groups = "; ".join(" and ".join(map(repr, group)) for group in doubles[:5])
        warn(
            f"Conditions that differ only in capitals or spaces count as different: {groups}. If they are the same, "
            "give them one name."
        )


def _doubt_sessions(rec: xr.Dataset) -> None:
    if "session" in rec.coords and rec.session.dtype.kind in "iu" and may_be_dates(rec.session.values):
        first, *_, last = np.unique(rec.session.values)
        warn(
            f"The sessions {first} ... {last} are taken as numbers, with these gaps between them. If they are dates, "
            "write them as such (2024-01-30): then sessions are days since the first."
        )
