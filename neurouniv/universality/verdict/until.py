"""The time until which a law holds: up to there its held-out predictions stay within the noise.

At every time, what a law misses is its mean squared error over held-out pairs, less the noise of a change since the
start, as a share of the variance over pairs of that change: 1 - R2 of which pairs have changed how much, beyond the
noise. The noise is that of both frames, by the sampling variance `h_var`, where it is known; else, of networks, the
variance given the start, `start_var` (`neurouniv.start_ceiling`), which no prediction from the start can do without.
Where neither is there it is not known, and so is what is missed: what other seeds or subjects leave of a member's
change is no measure of it, since they differ by their starts too, which the law is given.

A law *holds* at a time where it misses no more than a twentieth (`LEFT`), or where more may be chance: the lower end
of a one-sided 95 % interval by a jackknife over conditions is below that. It holds *until* the last time at which it
does: after that it fails at every time there is. A law that fails at all times holds until none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from scipy import stats

from neurouniv.rdm.pairs import Pairs
from neurouniv.universality.held_out.predictions import Prediction
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.scores import noise_ceiling
from neurouniv.universality.scores.dynamics import after_start, side_by_side

LEFT = 0.05
"""With enough data every law is seen to miss something; a share this small counts as nothing."""
TAIL = 10
"""The end of learning is the mean of the last tenth of the frames."""


class Until(NamedTuple):
    """The last time at which a law holds (NaN: at none), and whether that is the last there is."""

    time: float
    to_the_end: bool


def missed(expected: list[Prediction], parts: list[Part]) -> xr.Dataset:
    """The share of the change that a law misses (..., time): `missed`, and `missed_least`, its interval's lower end.

    Members (seeds, subjects) are pooled. NaN at the start, which is given, and where the noise is not known.
    """
    tests = [after_start(part.test, part.given) for part in parts]
    late = [after_start(prediction.h, part.given) for prediction, part in zip(expected, parts, strict=True)]
    h, predicted = side_by_side([test["h"] for test in tests]), side_by_side(late)
    start = side_by_side([_start(part) for part in parts])
    noise = side_by_side([_noise(test, part) for test, part in zip(tests, parts, strict=True)])
    members = [dim for dim in h.dims if dim in noise_ceiling.MEMBERS]
    excess = ((h - predicted) ** 2 - noise).mean(members)
    size = (_spread(h - start) - noise.mean("pair")).mean(members)
    size = size.where(size > 0)
    error = xr.apply_ufunc(
        _jackknife, excess, input_core_dims=[["pair"]], kwargs={"ends": _ends(tests)}, output_core_dims=[[]]
    )
    conditions = len(np.unique(_ends(tests)))
    least = excess.mean("pair") - stats.t.isf(0.05, max(conditions - 1, 1)) * error
    shares = xr.Dataset({"missed": excess.mean("pair") / size, "missed_least": least / size})
    return shares.reindex(time=parts[0].test["time"]).transpose(..., "time")


def until(missed_least: xr.DataArray) -> Until | None:
    """The last time at which the law holds; None where it is not known.

    Parameters
    ----------
    missed_least : (time,), of `missed`; NaN where not known.

    Examples
    --------
    >>> least = xr.DataArray([np.nan, 0.0, 0.2, 0.01, 0.3, 0.4], {"time": [0, 1, 2, 3, 4, 5]}, ("time",))
    >>> until(least), until(least.isel(time=slice(4)))
    (Until(time=3.0, to_the_end=False), Until(time=3.0, to_the_end=True))
    >>> until(0 * least + 1), until(np.nan * least)
    (Until(time=nan, to_the_end=False), None)
    """
    frames = missed_least.dropna("time")
    if not frames.size:
        return None
    holds = np.flatnonzero(frames.values <= LEFT)
    if not holds.size:
        return Until(np.nan, False)
    return Until(float(frames["time"].values[holds[-1]]), bool(holds[-1] == frames.size - 1))


def progress(traj: xr.Dataset) -> xr.DataArray:
    """The share of all change that is done at every time (..., time): 0 at the first frame, 1 at the end of learning.

    Changes of all pairs and members are projected on the whole change, from the first frame to the mean of the last
    tenth.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], {"time": [0, 1, 2]}, ("time", "pair"))
    >>> progress(h.to_dataset(name="h")).values
    array([0. , 0.5, 1. ])
    """
    change = traj["h"] - traj["h"].isel(time=0, drop=True)
    whole = change.isel(time=slice(-max(1, change.sizes["time"] // TAIL), None)).mean("time")
    dims = [dim for dim in change.dims if dim in ("pair", *noise_ceiling.MEMBERS)]
    size = (whole**2).where(change.notnull()).sum(dims)
    return ((change * whole).sum(dims) / size.where(size > 0)).rename("progress")


def _spread(change: xr.DataArray) -> xr.DataArray:
    """The variance over pairs, NaN where fewer than two are known."""
    beyond_one = change.count("pair") - 1
    return ((change - change.mean("pair")) ** 2).sum("pair") / beyond_one.where(beyond_one > 0)


def _start(part: Part, name: str = "h") -> xr.DataArray:
    return part.given[name].isel(time=0, drop=True)


def _noise(test: xr.Dataset, part: Part) -> xr.DataArray:
    """The variance of the noise of every change since the start, with the dimensions of h."""
    h = test["h"]
    variance = noise_ceiling.variance_of(test)
    if variance is None:
        return np.nan * h
    return (variance + _start(part, str(variance.name))).broadcast_like(h).where(h.notnull())


def _ends(tests: list[xr.Dataset]) -> np.ndarray:
    """Both conditions of every pair of all folds (2, pair), by name where they have names."""
    return np.concatenate([Pairs.of(test).labels for test in tests], axis=-1)


def _jackknife(values: np.ndarray, ends: np.ndarray) -> Any:
    """The standard error of a mean over pairs (..., pair), a condition left out at a time; NaN with less than three."""
    names = np.unique(ends)
    if len(names) < 3:
        return np.full(values.shape[:-1], np.nan)
    contains = (ends[:, :, None] == names).any(0).astype(float)
    mask = np.isfinite(values)
    filled = np.where(mask, values, 0.0)
    total, count = filled.sum(-1)[..., None] - filled @ contains, mask.sum(-1)[..., None] - mask @ contains
    left_out = total / np.maximum(count, 1)
    return np.sqrt((len(names) - 1) * left_out.var(-1))
