"""A trajectory told in a line, for the terminal."""

from __future__ import annotations

from typing import Any

import xarray as xr

from neurouniv.schema import ONE_FRAME

AXES = {"learning": "learning", "within_trial": "within the trial"}
FRAME = (
    "one frame (one session, no latencies), which laws of learning cannot use: --windows 6 makes more; models of it: "
    "neurouniv rsa"
)
NO_TIME = "There is no time, which laws need: --map time=1,2,3; models of one frame: neurouniv rsa"


def movie_text(traj: xr.Dataset) -> str:
    """A trajectory in a line: distances, pairs, times, batches, units, and what is missing."""
    h, dims = traj.h, traj.h.sizes
    batches = "".join(f", {n} x {dim}" for dim, n in dims.items() if dim not in ("time", "pair"))
    missing = int(h.isnull().sum())
    gaps = f"; {missing} of {h.size} missing (NaN)" if missing else ""
    units = h.attrs.get("units", "1").removeprefix("1 ")
    pairs = "1 pair" if dims["pair"] == 1 else f"{dims['pair']} pairs"
    metric = h.attrs.get("metric", "unknown").replace("unknown", "distances")
    return (
        f"{metric} of {pairs} of {traj.sizes['condition']} conditions"
        f"{_times_text(traj)}{batches}{'' if units in ('1', 'unknown') else f', in {units}'}"
        f"{''.join(f', with {name}' for name in ('h_var', 'start_var') if name in traj)}{gaps}"
        f"{'' if 'time' in dims else f'. {NO_TIME}'}"
    )


def _times_text(traj: xr.Dataset) -> str:
    if "time" not in traj.h.dims:
        return ""
    time = traj.time
    if time.attrs.get("axis") == ONE_FRAME:
        return f", {FRAME}"
    ends = f"{time.values[0]:g} to {time.values[-1]:g} {time.attrs.get('units', '')}".strip()
    return f" at {time.size} times ({AXES.get(time.attrs.get('axis'), 'time')}, {ends})"


def movie_fields(traj: xr.Dataset) -> dict[str, Any]:
    """The same as numbers, for JSON.

    Examples
    --------
    >>> traj = xr.Dataset({"h": ("pair", [1.0])}, {"condition": ["a", "b"]})
    >>> movie_fields(traj)["pairs"], movie_fields(traj)["times"]
    (1, None)
    """
    h = traj["h"]
    time = traj["time"] if "time" in h.dims else None
    return {
        "metric": h.attrs.get("metric"),
        "units": h.attrs.get("units"),
        "conditions": traj.sizes["condition"],
        "pairs": h.sizes["pair"],
        "times": None if time is None else time.values.tolist(),
        "axis": None if time is None else time.attrs.get("axis"),
        "dims": {str(dim): size for dim, size in h.sizes.items()},
        "missing": int(h.isnull().sum()),
    }
