"""Distances from recorded trials: over sessions of learning, or over the time within a trial."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.rdm.averages import Cells, cells_of, means
from neurouniv.rdm.distances import crossnobis, crossnobis_variance, sqeuclidean
from neurouniv.rdm.labels import in_order, joined, labelled, over_pairs
from neurouniv.rdm.networks import predictions
from neurouniv.rdm.noise import RESIDUALS, given_precision, residual_precision
from neurouniv.schema import LEARNING, WITHIN_TRIAL, InputError, need_dims, need_variables

REMEDY = "`neurouniv.read_recording` makes one from a file."


def of_recording(rec: xr.Dataset, task: xr.Dataset | None, metric: str, noise: Any) -> xr.Dataset:
    """`h` (..., time, pair), and `h_var`, `y`, `w` where they can be known, of a recording; see `trajectory`."""
    need_variables(rec, ("activity", "condition"), "A recording", REMEDY)
    need_dims(rec["activity"], ("trial", "channel"), "A recording's activity", REMEDY)
    need_dims(rec["condition"], ("trial",), "A recording's condition", REMEDY)
    names, task = joined(in_order(rec["condition"].values), task)
    crossvalidated = metric == "crossnobis"
    if crossvalidated and "run" not in rec.variables:
        raise InputError(
            "metric='crossnobis' needs the coordinate `run` (trial), the independent parts to crossvalidate over; the "
            f"recording has {sorted(map(str, rec.coords))}. Add it, let `neurouniv.learning_axis` split the trials, "
            "or use metric='sqeuclidean', whose distances noise makes too large."
        )
    cells = cells_of(rec, names, by_run=crossvalidated)
    time, axis_dim = _time(rec, cells)
    variables = _crossvalidated(rec, cells, noise) if crossvalidated else {"h": _plain(rec["activity"], cells)}
    if "output" in rec and axis_dim == "session":
        variables |= _behaviour(rec["output"], cells, task)
    made = xr.Dataset({name: _on_time(array, axis_dim) for name, array in variables.items()})
    scalars = {name: c.variable for name, c in rec.coords.items() if c.ndim == 0}
    return labelled(made, names, task).assign_coords({**scalars, "time": time})


def _time(rec: xr.Dataset, cells: Cells) -> tuple[xr.Variable, str]:
    """The time coordinate, and the dimension of the means that it lies along."""
    if len(cells.sessions) >= 2:
        attrs = {"units": "sessions", **rec["session"].attrs, "axis": LEARNING}
        return xr.Variable("time", cells.sessions, attrs), "session"
    if "latency" in rec["activity"].dims:
        attrs = {"units": "s", **rec["latency"].attrs, "axis": WITHIN_TRIAL}
        return xr.Variable("time", rec["latency"].values, attrs), "latency"
    raise InputError(
        "A trajectory needs a time axis: at least two sessions, or latencies within the trial; this recording has one "
        "session and no latency. Make a learning axis from trial numbers: `neurouniv.learning_axis(rec, windows=6)`."
    )


def _plain(array: xr.DataArray, cells: Cells, dim: str = "channel") -> xr.DataArray:
    return _of_pairs(sqeuclidean, means(array, cells).isel(fold=0), ["condition", dim])


def _crossvalidated(rec: xr.Dataset, cells: Cells, noise: Any) -> dict[str, xr.DataArray]:
    _need_runs(cells)
    activity = rec["activity"]
    precision = _precision(activity, cells, noise)
    averages, core = means(activity, cells), ["fold", "condition", "channel"]
    made = {"h": _of_pairs(lambda folds: crossnobis(folds, precision), averages, core)}
    if cells.shape[1] >= 3:
        made["h_var"] = _of_pairs(lambda folds: crossnobis_variance(folds, precision), averages, core)
    return made


def _behaviour(output: xr.DataArray, cells: Cells, task: xr.Dataset | None) -> dict[str, xr.DataArray]:
    """`y` and `w` of mean outputs per session and condition, over all runs."""
    need_dims(output, ("trial", "output"), "A recording's output", "One value per trial and output.")
    mean = means(output, replace(cells, fold=np.zeros_like(cells.fold))).isel(fold=0)
    mean = mean.rename(session="time").assign_coords(condition=cells.conditions)
    made = predictions(mean, cells.conditions, task)
    return {name: array.rename(time="session") for name, array in made.items()}


def _precision(activity: xr.DataArray, cells: Cells, noise: Any) -> np.ndarray | None:
    if noise is None:
        return None
    if not isinstance(noise, str):
        return given_precision(noise, activity.sizes["channel"])
    if noise != RESIDUALS:
        raise InputError(f"noise is None, '{RESIDUALS}' or a precision matrix; {noise!r} came.")
    values = activity.transpose("trial", "channel", ...).values.astype(float)
    return residual_precision(values, cells.condition, cells.session, cells.fold)


def _need_runs(cells: Cells) -> None:
    """Every two conditions of a session need two runs in common."""
    there = (cells.counts > 0).astype(int)
    shared = np.einsum("sfc,sfd->scd", there, there)
    present = there.any(axis=1)
    short = np.argwhere(present[:, :, None] & present[:, None, :] & (shared < 2))
    if not len(short):
        return
    session, first, second = min(map(tuple, short), key=lambda at: (at[0], at[1] != at[2]))
    names, found = cells.conditions, int(shared[session, first, second])
    who = f"condition '{names[first]}' has" if first == second else f"'{names[first]}' and '{names[second]}' share"
    raise InputError(
        f"metric='crossnobis' needs every two conditions in at least 2 runs of every session; {who} "
        f"{found} run{'s' * (found != 1)} in session {cells.sessions[session]}. "
        "Drop the condition or session, merge sessions, or split the trials into runs: "
        "`neurouniv.learning_axis(rec, windows=6)`."
    )


def _of_pairs(function: Any, averages: xr.DataArray, core: list[str]) -> xr.DataArray:
    averages = averages.drop_vars([dim for dim in core if dim in averages.coords])
    return xr.apply_ufunc(function, averages, input_core_dims=[core], **over_pairs(averages.sizes["condition"]))


def _on_time(array: xr.DataArray, axis_dim: str) -> xr.DataArray:
    if axis_dim == "latency":
        array = array.isel(session=0).drop_vars("latency", errors="ignore")
    return array.rename({axis_dim: "time"}).transpose(..., "time", "pair")
