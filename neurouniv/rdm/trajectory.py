"""Activity becomes a trajectory: the distances between conditions, at every time."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.networks import of_networks
from neurouniv.rdm.recordings import of_recording
from neurouniv.schema import InputError, check_trajectory, with_history

METRICS = ("sqeuclidean", "crossnobis")


def trajectory(
    activity: xr.Dataset, task: xr.Dataset | None = None, metric: str = "sqeuclidean", noise: Any = None
) -> xr.Dataset:
    """The RDM movie of networks or of a recording, with the predictions' distances where outputs are known.

    Networks have `hidden` (..., time, condition, unit); a recording has `activity` (trial, channel[, latency]) with
    the trial coordinate `condition`, and `session` and `run` where known. Time is learning: the networks' time, or
    the sessions of a recording that has at least two (latency is then a batch). A recording of one session has the
    latency within the trial as its time, and its attribute `axis` says "within_trial". Every other dimension is a
    batch.

    Parameters
    ----------
    activity : Dataset of networks (`neurouniv.train`) or of a recording (`neurouniv.read_recording`).
    task : `stimuli` (condition, feature) and `targets` (condition, output), joined by the names of the conditions,
        whose order is the task's. Default: the task that networks carry.
    metric : "sqeuclidean", distances of the means over all trials of a session and condition, which noise makes too
        large; or "crossnobis", recordings only, crossvalidated over `run`: unbiased, negative where noise happens
        so. Trials are averaged within each run first, so runs count the same whatever their number of trials
        (rsatoolbox weights the other folds by their numbers; it agrees where these are equal).
    noise : for crossnobis, the precision matrix (channel, channel) of the noise, or "residuals" to estimate it from
        the trials; default None, plain crossvalidated squared Euclidean distances.

    Returns
    -------
    Dataset with `h` (..., time, pair): squared distances summed over channels, in squared units of activity (1 with
    noise); `h_var`, their sampling variance, with crossnobis of at least three runs; `y` and `w` where outputs are
    known (mean outputs of a recording: their noise adds to y). Coordinates `time`, `first` and `second` (pair), the
    names; `dx2` and `dy2` (pair), `stimuli` and `targets` with a task. NaN where a session lacks a condition.

    Raises
    ------
    InputError : the activity or the task cannot be used, conditions do not match, runs do not suffice.

    Examples
    --------
    >>> rec = xr.Dataset(
    ...     {"activity": (("trial", "channel"), [[0.0, 0.0], [3.0, 4.0], [0.0, 0.0], [6.0, 8.0]])},
    ...     {"condition": ("trial", ["a", "b", "a", "b"]), "session": ("trial", [1, 1, 2, 2])},
    ... )
    >>> trajectory(rec).h.values.tolist()
    [[25.0], [100.0]]
    """
    _check(activity, metric, noise)
    if "hidden" in activity:
        made, values, channel = of_networks(activity, task), activity["hidden"], "unit"
    else:
        made, values, channel = of_recording(activity, task, metric, noise), activity["activity"], "channel"
    units = values.attrs.get("units") if noise is None else None
    attrs = {
        "long_name": "squared representational distance",
        "units": _power(units, 2),
        "metric": metric,
        "noise": _told(noise),
        "n_channels": values.sizes[channel],
    }
    made["h"] = made["h"].assign_attrs(attrs)
    if "h_var" in made:
        made["h_var"] = made["h_var"].assign_attrs(
            long_name="sampling variance of h", units=_power(units, 4), method="crossnobis_variance over runs"
        )
    made = with_history(made.assign_attrs(activity.attrs), "trajectory", metric=metric, noise=_told(noise))
    return check_trajectory(made)


def _check(activity: Any, metric: str, noise: Any) -> None:
    if not isinstance(activity, xr.Dataset) or not {"hidden", "activity"} & set(activity.variables):
        found = sorted(map(str, activity.variables)) if isinstance(activity, xr.Dataset) else type(activity).__name__
        raise InputError(
            "A trajectory needs activity, an xarray.Dataset with `hidden` (networks, from `neurouniv.train`) or "
            f"`activity` (a recording, from `neurouniv.read_recording`); found {found}."
        )
    if metric not in METRICS:
        raise InputError(f"metric is one of {METRICS}; {metric!r} came.")
    if noise is not None and metric != "crossnobis":
        raise InputError(f"noise goes with metric='crossnobis'; metric={metric!r} came. Leave noise=None.")
    if metric == "crossnobis" and "hidden" in activity:
        raise InputError(
            "metric='crossnobis' needs trials in runs, which networks do not have: their activity has no noise. "
            "Use metric='sqeuclidean'."
        )


def _told(noise: Any) -> str:
    return "none" if noise is None else noise if isinstance(noise, str) else f"precision matrix {np.shape(noise)}"


def _power(units: str | None, power: int) -> str:
    """The unit of activity to a power.

    Examples
    --------
    >>> _power("spikes/s", 2), _power("V", 4), _power(None, 2)
    ('(spikes/s)^2', 'V^4', '1')
    """
    if not units or units == "1":
        return "1"
    return f"{units}^{power}" if units.isalpha() else f"({units})^{power}"
