"""The truth of a simulated recording: noise-free measurements, and their distances."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv.inputs import RECORDING, need_dataset
from neurouniv.names import public
from neurouniv.schema import LEARNING, InputError, check_task, pair_indices, with_history, with_pair_labels

TRUTHS = ("rate", "noise_free")


def true_means(rec: xr.Dataset) -> xr.DataArray:
    """The noise-free measurements of a simulated recording, labelled: (session, condition, channel[, latency]).

    In the recording `condition` and `session` label trials, so the truth carries their names beside it.

    Raises
    ------
    InputError : the recording is not simulated.
    """
    need_dataset(rec, "The truth", RECORDING)
    name = next((name for name in TRUTHS if name in rec), None)
    if name is None:
        raise InputError("Only a recording made by `neurouniv.simulate_brain` knows its noise-free `rate`.")
    labels = {"session": rec.rate_session.values, "condition": rec.rate_condition.values, "channel": rec.channel.values}
    labels |= {"latency": rec.latency} if "latency" in rec[name].dims else {}
    if not rec[name].size:
        raise InputError(f"The truth needs a channel, a session and a condition; got `{name}` {dict(rec[name].sizes)}.")
    dims = ("session", "condition", "channel", "latency")[: rec[name].ndim]
    return xr.DataArray(rec[name].transpose(*dims).values, labels, dims, name, rec[name].attrs)


def true_rates(rec: xr.Dataset) -> xr.DataArray:
    """The noise-free rates of simulated neurons: (session, condition, channel) in spikes/s; see `true_means`."""
    return true_means(rec)


@public
def true_trajectory(rec: xr.Dataset, task: xr.Dataset | None = None) -> xr.Dataset:
    """The trajectory that `neurouniv.trajectory` estimates from a simulated recording: `h` ([latency,] time, pair).

    Squared Euclidean distances between noise-free measurements, summed over the channels recorded in each session;
    over time = sessions. Conditions are in the order of the task they were learned in.

    Parameters
    ----------
    task : gives `dx2`, `dy2`, `stimuli` and `targets`, as there.

    Raises
    ------
    InputError : the recording is not simulated, or the task has other conditions.

    Examples
    --------
    >>> from neurouniv import tasks
    >>> from neurouniv.systems.brains import simulate_brain
    >>> rec = simulate_brain(tasks.xor(), world="static", neurons=10)
    >>> bool(np.ptp(true_trajectory(rec).h.values, axis=0).max() < 1e-9)
    True
    """
    means = true_means(rec)
    order = ("latency", "session", "condition", "channel")[4 - means.ndim :]
    values = means.transpose(*order).values
    there = _recorded(rec, means)
    flat = values.reshape(-1, *values.shape[-3:])
    h = np.array([[pdist(frame[:, use], "sqeuclidean") for frame, use in zip(of, there, strict=True)] for of in flat])
    names = means.condition.values
    first, second = pair_indices(len(names))
    units = f"({means.attrs.get('units', '1')})^2"
    traj = xr.Dataset(
        {"h": ((*order[:-3], "time", "pair"), h.reshape(*values.shape[:-3], *h.shape[1:]), {"units": units})},
        {
            "time": ("time", means.session.values, {"units": "sessions", "axis": LEARNING}),
            "first": ("pair", names[first]),
            "second": ("pair", names[second]),
            "condition": names,
        },
        rec.attrs,
    )
    traj = traj.assign_coords(latency=rec.latency) if "latency" in means.dims else traj
    return with_history(_with_task(with_pair_labels(traj), task), "true_trajectory")


def _recorded(rec: xr.Dataset, means: xr.DataArray) -> np.ndarray:
    """Which channels each session records (session, channel)."""
    if "recorded" not in rec.coords:
        return np.ones((means.sizes["session"], means.sizes["channel"]), dtype=bool)
    recorded = rec.recorded.transpose("trial", "channel").values
    return np.array([recorded[rec.session.values == session].all(axis=0) for session in means.session.values])


def _with_task(traj: xr.Dataset, task: xr.Dataset | None) -> xr.Dataset:
    if task is None:
        return traj
    task, names = check_task(task), traj.condition.values
    if sorted(names) != sorted(task.condition.values.astype(str)):
        raise InputError("The task needs the conditions that the recording was simulated with; its names differ.")
    task = task.assign_coords(condition=task.condition.values.astype(str)).sel(condition=names)
    stimuli, targets = (task[name].transpose("condition", ...) for name in ("stimuli", "targets"))
    traj = traj.assign(stimuli=stimuli, targets=targets)
    return traj.assign_coords(
        dx2=("pair", pdist(stimuli.values, "sqeuclidean")), dy2=("pair", pdist(targets.values, "sqeuclidean"))
    )
