"""Sliding windows over the time within a trial."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.inputs import need_recording
from neurouniv.names import public
from neurouniv.schema import InputError, need_dims, with_history


@public
def sliding_windows(rec: xr.Dataset, width: float, step: float | None = None) -> xr.Dataset:
    """The recording with its activity averaged over windows of latencies, of which `latency` are the centres.

    A window holds the latencies from its start to before its start + `width`; the first starts at the first latency,
    the last ends where latencies do (each latency lasts as long as the shortest step between two). All other
    variables and coordinates stay. Chunked activity stays lazy.

    Parameters
    ----------
    width : of a window, in the unit of `latency`.
    step : from the start of one window to the start of the next; default `width`: windows side by side.

    Raises
    ------
    InputError : no latencies, a width or step that is not positive or does not reach from one latency to the next.

    Examples
    --------
    >>> rec = xr.Dataset({"activity": (("trial", "channel", "latency"), [[[1.0, 3.0, 5.0, 7.0]]])},
    ...     {"latency": [0.0, 0.1, 0.2, 0.3]})
    >>> made = sliding_windows(rec, width=0.2, step=0.1)
    >>> made.activity.values.tolist(), made.latency.values.round(9).tolist()
    ([[[2.0, 4.0, 6.0]]], [0.05, 0.15, 0.25])
    """
    need_recording(rec, "Sliding windows")
    need_dims(rec["activity"], ("latency",), "Sliding windows", "Only activity with times within a trial has windows.")
    latency = _latencies(rec)
    step = width if step is None else step
    starts, stops = _windows(latency, float(width), float(step))
    centres = np.array([latency[a:b].mean() for a, b in zip(starts, stops, strict=True)])
    moved = {name: array for name, array in rec.data_vars.items() if "latency" in array.dims}
    averaged = {name: _averaged(array, starts, stops) for name, array in moved.items()}
    beside = [name for name, c in rec.variables.items() if "latency" in c.dims]
    result = rec.drop_vars(beside).assign(averaged)
    result = result.assign_coords(latency=("latency", centres, rec["latency"].attrs))
    return with_history(result, "sliding_windows", width=width, every=step)


def _latencies(rec: xr.Dataset) -> np.ndarray:
    if "latency" not in rec.coords:
        raise InputError("Sliding windows need the coordinate `latency`, the times within a trial. Add it.")
    latency = rec["latency"].values.astype(float)
    if len(latency) < 2 or not (np.diff(latency) > 0).all():
        raise InputError(
            f"Sliding windows need at least two latencies that increase; got {len(latency)}"
            f"{'' if len(latency) < 2 else ' that do not'}. Sort: `rec.sortby('latency')`."
        )
    return latency


def _windows(latency: np.ndarray, width: float, step: float) -> tuple[np.ndarray, np.ndarray]:
    """The first latency of every window, and the one after its last, as indices."""
    between = np.diff(latency).min()
    if not (width > 0 and step > 0):
        raise InputError(f"Windows need a positive width and step; got width={width:g} and step={step:g}.")
    slack = 1e-6 * between
    length = latency[-1] + between - latency[0]
    if width < between - slack or width > length + slack:
        raise InputError(
            f"Windows need a width from the step between latencies, {between:g}, to the length of a trial, {length:g}; "
            f"got width={width:g}. Is it in the unit of `latency`?"
        )
    number = int(np.floor((length - width) / step + 1e-6)) + 1
    edges = latency[0] + step * np.arange(number)
    starts, stops = np.searchsorted(latency, edges - slack), np.searchsorted(latency, edges + width - slack)
    full = stops > starts
    return starts[full], stops[full]


def _averaged(array: xr.DataArray, starts: np.ndarray, stops: np.ndarray) -> xr.DataArray:
    """Means over windows of latencies, in the order of the array's dimensions."""
    parts = [array.isel(latency=slice(a, b)).mean("latency", skipna=False) for a, b in zip(starts, stops, strict=True)]
    windows = xr.concat([part.reset_coords(drop=True) for part in parts], dim="latency")
    return windows.transpose(*array.dims).assign_attrs(array.attrs)
