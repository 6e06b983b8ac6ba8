"""Model RDMs that need no fit: the simple predictors that every law has to beat."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.classes import class_mean_distances
from neurouniv.rdm.pairs import Pairs
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.scores.geometry import similarity


def baseline_rdms(traj: xr.Dataset) -> xr.DataArray:
    """The RDMs that stimuli and targets alone suggest, squared distances (baseline, pair).

    "class means" are distances between the mean stimuli of the pairs' classes (see `class_mean_distances`), "input"
    is dx2, "dx dy" the square root of dx2 dy2 and "targets" dy2. What the trajectory does not tell is left out.

    Examples
    --------
    >>> traj = xr.Dataset(coords={"dx2": ("pair", [1.0, 4.0]), "dy2": ("pair", [4.0, 4.0])})
    >>> baseline_rdms(traj).sel(baseline="dx dy").values, baseline_rdms(traj).baseline.values.tolist()
    (array([2., 4.]), ['input', 'dx dy', 'targets'])
    """
    rdms = {}
    means = class_mean_distances(traj)
    if means is not None:
        rdms["class means"] = means
    distances = {name: traj[name].values for name in ("dx2", "dy2") if name in traj and traj[name].dims == ("pair",)}
    if "dx2" in distances:
        rdms["input"] = distances["dx2"]
    if len(distances) == 2:
        rdms |= {"dx dy": np.sqrt(distances["dx2"] * distances["dy2"]), "targets": distances["dy2"]}
    values = np.stack(list(rdms.values())) if rdms else np.empty((0, traj.sizes["pair"]))
    return xr.DataArray(values, dims=("baseline", "pair"), coords={"baseline": np.array(list(rdms), dtype=str)})


def baseline_similarity(traj: xr.Dataset, parts: list[Part], comparator: str) -> list[xr.DataArray]:
    """How similar the observed RDM is to every baseline (baseline, ..., time), for the test pairs of every fold.

    Baselines are those of the whole trajectory: class means are taken over all its stimuli, in whatever fold.
    """
    rdms = baseline_rdms(traj)
    if not rdms.sizes["baseline"]:
        return []
    similarities = [similarity(part.test["h"], rdms.isel(pair=_places(traj, part.test)), comparator) for part in parts]
    return [array.transpose("baseline", ..., "time") for array in similarities]


def _places(traj: xr.Dataset, test: xr.Dataset) -> np.ndarray:
    """Where the pairs of `test` stand in `traj`."""
    if test.sizes["pair"] == traj.sizes["pair"]:
        return np.arange(traj.sizes["pair"])
    place = {pair: i for i, pair in enumerate(Pairs.of(traj).keys)}
    return np.array([place[pair] for pair in Pairs.of(test).keys], dtype=int)
