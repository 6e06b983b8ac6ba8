"""Time courses: how far predicted distances are from observed ones, over all held-out pairs and times.

Distances are those of representations, h, and where outputs are known those of outputs, y.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import xarray as xr

from neurouniv.fitting import r_squared
from neurouniv.schema import finite

CORE = [["time", "pair"], ["time", "pair"]]
Labelled = TypeVar("Labelled", xr.Dataset, xr.DataArray)


def r2(observed: xr.DataArray, predicted: xr.DataArray) -> xr.DataArray:
    """1 - SSE/SST over times and pairs, SST about their mean: (..., time, pair) twice to (...).

    NaN in `observed` is left out. NaN where observed distances do not vary or an observed one was not predicted.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0], [3.0, 4.0]], dims=("time", "pair"))
    >>> float(r2(h, h)), float(r2(h, 0 * h + 2.5))
    (1.0, 0.0)
    """
    scores = xr.apply_ufunc(r_squared, *xr.broadcast(observed, predicted), input_core_dims=CORE)
    return scores.where(_fully_predicted(observed, predicted))


def r2_of_change(observed: xr.DataArray, predicted: xr.DataArray) -> xr.DataArray:
    """1 - SSE/SST as `r2`, SST about every pair's own mean over time: what stays as it is counts for nothing.

    A law that knows only which pairs are far apart and which near reaches a high `r2`; here it reaches 0.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 20.0], [3.0, 24.0]], dims=("time", "pair"))
    >>> float(r2_of_change(h, h.mean("time"))), round(float(r2(h, h.mean("time").broadcast_like(h))), 2)
    (0.0, 0.98)
    """
    total = deviations(observed, ("time",)).sum(("time", "pair"))
    error = ((observed - predicted) ** 2).sum(("time", "pair"))
    return (1 - error / total.where(total > 0)).where(_fully_predicted(observed, predicted))


def deviations(courses: xr.DataArray, about: tuple[str, ...]) -> xr.DataArray:
    """Squared deviations from the mean over `about`."""
    return (courses - courses.mean(about)) ** 2


def rms_error(observed: xr.DataArray, predicted: xr.DataArray) -> xr.DataArray:
    """Root-mean-square error over times and pairs, in units of h: (..., time, pair) twice to (...)."""
    error = ((observed - predicted) ** 2).mean(("time", "pair")) ** 0.5
    return error.where(_fully_predicted(observed, predicted))


def after_start(traj: Labelled, given: xr.Dataset | xr.DataArray) -> Labelled:
    """The frames of `traj` that had to be predicted: those after the first frame of `given`, which laws start from."""
    return traj.isel(time=np.flatnonzero(traj["time"].values > given["time"].values[0]))


def outputs_of(traj: xr.Dataset) -> xr.DataArray:
    """`y` of `traj` with the dimensions of `h`, and NaN where `h` is: outputs are scored where representations are.

    Examples
    --------
    >>> h = xr.DataArray([[[1.0], [np.nan]], [[1.0], [3.0]]], dims=("layer", "time", "pair"))
    >>> outputs_of(xr.Dataset({"h": h, "y": (("time", "pair"), [[5.0], [6.0]])})).values.tolist()
    [[[5.0], [nan]], [[5.0], [6.0]]]
    """
    h = traj["h"]
    return traj["y"].broadcast_like(h).transpose(*h.dims).where(h.notnull())


def side_by_side(folds: list[xr.DataArray]) -> xr.DataArray:
    """All folds' pairs in one array."""
    return xr.concat(folds, dim="pair", coords="minimal", compat="override", join="exact")


def _fully_predicted(observed: xr.DataArray, predicted: xr.DataArray) -> xr.DataArray:
    """Whether every distance that was observed has a finite prediction (...)."""
    return (finite(predicted) | ~finite(observed)).all(("time", "pair"))
