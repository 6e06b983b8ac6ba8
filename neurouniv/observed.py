"""What a law gets to see of a trajectory: plain arrays with one leading axis of systems, and the start.

Labels stay outside: `Observed` is made from a labelled trajectory once, and `Observed.labelled` puts labels back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import xarray as xr

from neurouniv.schema import OBSERVED, InputError, batch_dims, check_trajectory

LEAST_SHARE = 0.1
"""A noisy start keeps at least this share of what its stimuli predict, so that no distance starts at or below 0."""


@dataclass(frozen=True)
class Observed:
    """Arrays of a trajectory, dims (system, ...): every batch dimension is stacked into `system`."""

    values: np.ndarray  # (system, variable, pair, time), NaN where not observed
    variables: tuple[str, ...]
    start: dict[str, np.ndarray]  # h, and y and w where known: (system, pair)
    dx2: np.ndarray  # (system, pair)
    dy2: np.ndarray  # (system, pair)
    elapsed: np.ndarray  # (time,)
    first: np.ndarray  # (pair,)
    second: np.ndarray  # (pair,)
    noise: np.ndarray  # (system,): standard deviation of h's noise; 0 where unknown
    batch: xr.DataArray  # (batch...,): the labels of the systems
    time_units: str

    def thinned(self, pairs: int) -> Self:
        """At most `pairs` of the pairs, evenly spread over their order, for a first and rough look."""
        keep = np.unique(np.linspace(0, self.dx2.shape[1] - 1, pairs).astype(int))
        return replace(
            self,
            values=self.values[:, :, keep],
            start={name: value[:, keep] for name, value in self.start.items()},
            dx2=self.dx2[:, keep],
            dy2=self.dy2[:, keep],
            first=self.first[keep],
            second=self.second[keep],
        )

    def labelled(self, array: np.ndarray, *last: str) -> tuple[tuple[str, ...], np.ndarray]:
        """`array` (system, *last) as a (dims, values) pair with the batch dimensions restored."""
        return (*map(str, self.batch.dims), *last), array.reshape((*self.batch.shape, *array.shape[1:]))


def observe(traj: xr.Dataset, variables: tuple[str, ...] | None = None) -> Observed:
    """The arrays of `traj`; `variables` limits what is fitted (default: all of h, y, w that are there)."""
    start = start_of(traj)
    wanted = tuple(variables or (name for name in OBSERVED if name in traj))
    check_trajectory(traj, ("h", *wanted))
    dims = batch_dims(traj["h"])

    def stack(array: xr.DataArray, *last: str) -> np.ndarray:
        values = array.transpose(*dims, *last).to_numpy().astype(float)
        return values.reshape(-1, *values.shape[len(dims) :])

    template = traj["h"].isel(time=0, pair=0, drop=True)
    noise = np.sqrt(traj["h_var"].mean(("time", "pair"))) if "h_var" in traj else 0 * template
    return Observed(
        values=np.stack([stack(traj[name].broadcast_like(traj["h"]), "pair", "time") for name in wanted], axis=1),
        variables=wanted,
        start={name: stack(start[name], "pair") for name in OBSERVED if name in start},
        dx2=stack(start["dx2"], "pair"),
        dy2=stack(start["dy2"], "pair"),
        elapsed=_elapsed(traj["time"]),
        first=traj["first"].to_numpy(),
        second=traj["second"].to_numpy(),
        noise=stack(noise.broadcast_like(template)),
        batch=template,
        time_units=str(traj["time"].attrs.get("units", "unit of time")),
    )


def _elapsed(time: xr.DataArray) -> np.ndarray:
    if time.size < 3:
        raise InputError(f"A law is fitted to at least 3 times; {time.size} came. Record or window more of them.")
    values = time.to_numpy().astype(float)
    return values - values[0]


def start_of(traj: xr.Dataset) -> xr.Dataset:
    """The state every pair starts from: `h` (> 0), `y` and `w` where seen, and `dx2`, `dy2`, each (..., pair).

    It is the first frame. Where the trajectory carries its sampling variance `h_var`, the noisy first distances
    are shrunk towards their regression on dx2 by the share of their scatter that is noise (James & Stein 1961),
    since a law amplifies errors of its start.
    """
    check_trajectory(traj, ("h",))
    if "dx2" not in traj.coords or "dy2" not in traj.coords:
        raise InputError(
            "A law needs dx2 and dy2, the squared distances of stimuli and targets; this trajectory has none. "
            "Give the task: `neurouniv.trajectory(activity, task)`, with `neurouniv.tasks.from_arrays`."
        )
    first = traj.isel(time=0, drop=True)
    dx2, dy2 = first["dx2"].reset_coords(drop=True), first["dy2"].reset_coords(drop=True)
    _check_geometry(traj, dx2, dy2)
    expected = dx2 * (first["h"] * dx2).sum("pair") / (dx2**2).where(first["h"].notnull()).sum("pair")
    h = first["h"].fillna(expected)
    if "h_var" in traj:
        scatter = ((h - expected) ** 2).mean("pair")
        kept = (1 - first["h_var"].mean("pair") / scatter.where(scatter > 0)).clip(0, 1).fillna(0)
        floor = abs(traj["h"]).max(("time", "pair")) * 1e-4 * dx2 / dx2.mean()
        expected = np.maximum(expected, floor)
        h = np.maximum(expected + kept * (h - expected), LEAST_SHARE * expected)
    least = 1e-12 * abs(traj["h"]).max(("time", "pair")).clip(min=1e-300)
    start = {"h": h.clip(min=least), "dx2": dx2.clip(min=1e-9 * float(dx2.mean())), "dy2": dy2}
    if "y" in traj and "w" in traj:
        start |= {"y": first["y"], "w": first["w"]}
    dims = (*batch_dims(traj["h"]), "pair")
    template = traj["h"].isel(time=0, drop=True)
    return xr.Dataset({name: array.broadcast_like(template).transpose(*dims) for name, array in start.items()})


def _check_geometry(traj: xr.Dataset, dx2: xr.DataArray, dy2: xr.DataArray) -> None:
    if not float(dx2.max()) > 0 or not float(dy2.max()) > 0:
        raise InputError(
            "A law needs at least one pair with different stimuli and one with different targets; the largest "
            f"dx2 is {float(dx2.max()):g} and the largest dy2 {float(dy2.max()):g}. Check the task's arrays."
        )
    if not np.isfinite(traj["h"]).any():
        raise InputError("A law needs observed distances; every h of this trajectory is NaN.")
