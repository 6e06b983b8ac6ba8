"""Missing values of activity: refused, dropped, or taken as channels that were not recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.assembly.fields import is_chunked

TOO_LARGE = 1e150  # the square of a larger value may be infinite
BLOCK = 2**22  # values looked at at once
MISSING = ("raise", "drop_trials", "drop_channels", "not_recorded")


def without_missing(rec: xr.Dataset, missing: str = "raise") -> xr.Dataset:
    """`rec` with no NaN, infinity or value too large to square, by what `missing` says; see `check_recording`.

    Raises
    ------
    InputError : there are some and `missing` is "raise", or nothing would be left, or `missing` is no such word.

    Examples
    --------
    >>> activity = np.array([[1.0, np.nan], [2.0, np.nan], [3.0, 4.0], [5.0, 6.0]])
    >>> coords = {"condition": ("trial", list("abab")), "session": ("trial", [1, 1, 2, 2])}
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), activity)}, coords)
    >>> without_missing(rec, "not_recorded").recorded.values.tolist()
    [[True, False], [True, False], [True, True], [True, True]]
    """
    if missing not in MISSING:
        raise InputError(f"`missing` is one of {MISSING}; got {missing!r}.")
    if missing == "raise" and is_chunked(rec.activity.data):
        return rec
    bad = _bad(rec)
    if missing == "not_recorded":
        rec, bad = _not_recorded(rec, bad)
    if not bad.any():
        return rec
    by_trial, by_channel = (np.asarray(bad.any(axis=axis)) for axis in (1, 0))
    if missing in ("raise", "not_recorded"):
        raise InputError(_missing_message(rec, bad, by_trial, by_channel, missing))
    dim, where = ("trial", by_trial) if missing == "drop_trials" else ("channel", by_channel)
    if where.all():
        raise InputError(f'`missing="{missing}"` would drop every {dim}: each has a NaN. Mend the file.')
    return rec.isel({dim: ~where})


def _bad(rec: xr.Dataset) -> np.ndarray:
    """How many values of a trial and channel (trial, channel) are missing though recorded, in one pass."""
    values = rec.activity.data
    if is_chunked(values):
        bad = _count_bad(values).compute()
    else:
        rows = max(1, BLOCK // max(1, int(np.prod(values.shape[1:]))))
        small = np.min_scalar_type(int(np.prod(values.shape[2:])))  # of many voxels a count is not larger than a value
        starts = range(0, max(1, len(values)), rows)
        bad = np.concatenate([_count_bad(values[start : start + rows]).astype(small) for start in starts])
    return np.where(rec.recorded.values, bad, 0) if "recorded" in rec.coords else bad


def _count_bad(values: Any) -> Any:
    axes = tuple(range(2, values.ndim))
    if values.dtype == np.float64 and (is_chunked(values) or _largest(values) > TOO_LARGE):
        return (~((values <= TOO_LARGE) & (values >= -TOO_LARGE))).sum(axis=axes)
    return (~np.isfinite(values)).sum(axis=axes)  # NumPy turns the mask in place


def _largest(values: np.ndarray) -> float:
    """The largest size of a value, NaN apart; no copy is made."""
    if not values.size:
        return 0.0
    return max(float(np.fmax.reduce(values, axis=None)), -float(np.fmin.reduce(values, axis=None)))


def _not_recorded(rec: xr.Dataset, bad: np.ndarray) -> tuple[xr.Dataset, np.ndarray]:
    """Channels without one value in all of a session (of a subject) marked as not recorded there."""
    per_trial = int(np.prod([size for dim, size in rec.activity.sizes.items() if dim not in ("trial", "channel")]))
    gone = bad == per_trial
    recorded = rec.recorded.values.copy() if "recorded" in rec.coords else np.ones(bad.shape, dtype=bool)
    block = np.zeros(len(bad), dtype=int)
    for name in ("subject", "session"):
        if name in rec.variables and rec[name].dims == ("trial",):
            code = np.unique(rec[name].values, return_inverse=True)[1]
            block = block * (code.max() + 1) + code
    for number in np.unique(block):
        here = block == number
        recorded[here] &= ~gone[here].all(axis=0)
    rec = rec.assign_coords(recorded=(("trial", "channel"), recorded))
    return rec, np.where(recorded, bad, 0)


def _missing_message(
    rec: xr.Dataset, bad: np.ndarray, by_trial: np.ndarray, by_channel: np.ndarray, missing: str
) -> str:
    is_large = bool((np.isfinite(rec.activity) & (np.abs(rec.activity.astype(float)) > TOO_LARGE)).any())
    what = f"NaN, infinite or too large to be squared (beyond {TOO_LARGE:g})" if is_large else "NaN or infinite"
    whole = '`missing="not_recorded"` for channels that a session lacks, '
    whole = whole if "session" in rec.coords and missing == "raise" else ""
    return (
        f"Activity needs a finite value everywhere; {bad.sum()} of {rec.activity.size} are {what}, in "
        f"{by_trial.sum()} of {by_trial.size} trials ({some(np.flatnonzero(by_trial))}, counted from 0) and "
        f"{by_channel.sum()} of {by_channel.size} channels ({some(_names(rec)[by_channel])}). "
        f'Mend the file, or give {whole}`missing="drop_trials"` or `missing="drop_channels"`.'
    )


def _names(rec: xr.Dataset) -> np.ndarray:
    return rec.channel.values if "channel" in rec.coords else np.arange(rec.sizes["channel"])
