"""Time within a trial is not learning: which data are exploratory, and how that is said."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import WITHIN_TRIAL

BRIEFLY = "exploratory: time is within a trial, not learning"


def exploratory(data: xr.Dataset) -> list[str]:
    """Which systems of a trajectory, a fit or a comparison have their time within a trial; [""] for one without name.

    Examples
    --------
    >>> exploratory(xr.Dataset(coords={"time": ("time", [0.0], {"axis": "within_trial"})}))
    ['']
    >>> exploratory(xr.Dataset(coords={"time": [0.0]}))
    []
    """
    if "time_axis" in data.coords:
        within = np.atleast_1d(data["time_axis"].values == WITHIN_TRIAL)
        return [str(name) for name in np.atleast_1d(data["system"].values)[within]]
    axis = data["time"].attrs.get("axis") if "time" in data.variables else data.attrs.get("axis")
    return [""] if axis == WITHIN_TRIAL else []


def note(data: xr.Dataset) -> str:
    """The first line of what is told of `data`; empty where time is learning.

    Examples
    --------
    >>> note(xr.Dataset(coords={"time": ("time", [0.0], {"axis": "within_trial"})}))
    'Exploratory: time is within a trial, not learning.'
    """
    names = exploratory(data)
    of = f" in {', '.join(filter(None, names))}" if any(names) else ""
    return f"Exploratory: time is within a trial{of}, not learning." if names else ""
