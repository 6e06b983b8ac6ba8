"""The data collapse as a test: in the law's own units, do held-out pairs lie on one curve, and by their own labels?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.observed import ends_of
from neurouniv.laws import UniversalModel
from neurouniv.schema import InputError, batch_dims, check_trajectory, with_history
from neurouniv.theory.two_point import scales
from neurouniv.universality.splits import split_conditions

SHIFTS = np.linspace(-0.5, 1.5, 41)
"""When a pair passes half its height, in units of the time that was seen."""


def collapse_test(
    trajectories: xr.Dataset | Mapping[str, xr.Dataset],
    law: Any = None,
    folds: int = 2,
    permutations: int = 500,
    seed: int = 0,
) -> xr.Dataset:
    """Whether held-out pairs of every system collapse on one curve, more than with conditions in random order.

    Constants are fitted to the pairs outside a fold of the conditions. Pairs inside it are then brought to the law's
    own units, h/H and t/T, in which the law has no constants left and, for small starts, one curve: 1/(1 + exp(-t)),
    shifted in time by where each pair starts. `collapse` is the R2 of the held-out movies about that curve, the shift
    the best of a grid for every pair. H and T of a pair follow from dx2 and dy2; the null permutes the names of the
    held-out conditions, which nothing was fitted to, so that p is exact if conditions tell nothing about pairs.

    Parameters
    ----------
    trajectories : one trajectory or a dict name -> trajectory; every batch element is a system of its own.
    law : an estimator with `eta_h` and `eta_y`; default `neurouniv.UniversalModel(variables=("h",))`.
    folds, seed : of the conditions.
    permutations : how many; p is at least 1/(permutations + 1).

    Returns
    -------
    Dataset of `collapse` (system), `null` (permutation, system), `p` (system), and of all systems together, the mean
    over them: `overall`, `overall_p`. `system` is named "name, seed 3, layer 1".

    Raises
    ------
    InputError : a trajectory lacks dx2, dy2 or the names of conditions, or has too few of them to split.

    Source: van Rossem & Saxe (2024), the law of eq. 7 in its natural units; permutation as in Mantel (1967).
    """
    named = {"": trajectories} if isinstance(trajectories, xr.Dataset) else dict(trajectories)
    if not named:
        raise InputError("collapse_test needs at least one system, {name: trajectory}; none came.")
    law = UniversalModel(variables=("h",)) if law is None else law
    found = [_of_one(name, traj, law, folds, permutations, seed) for name, traj in named.items()]
    every = xr.concat(found, "system")
    made = xr.Dataset(
        {
            "collapse": every.isel(permutation=0, drop=True),
            "null": every.isel(permutation=slice(1, None)),
            "p": _rank(every),
            "overall": every.isel(permutation=0, drop=True).mean("system"),
            "overall_p": _rank(every.mean("system")),
        }
    )
    made["collapse"].attrs = {"long_name": "R2 of held-out movies about one curve"}
    settings = {"folds": folds, "permutations": permutations, "seed": seed, "law": repr(law)}
    return with_history(made, "collapse_test", **settings)


def _of_one(name: str, traj: xr.Dataset, law: Any, folds: int, permutations: int, seed: int) -> xr.DataArray:
    """The statistic (permutation, system), the labels as they are first."""
    check_trajectory(traj, ("h", "dx2", "dy2", "first", "second"))
    traj = traj.drop_vars(["y", "w"], errors="ignore")
    error, spread = 0.0, 0.0
    for fold, part in enumerate(split_conditions(traj, folds, 1, seed)):
        constants = law.clone().fit(part.train).constants_
        left, size = _misfit(part.test, constants, permutations, seed + fold)
        error, spread = error + left, spread + size
    statistic = 1 - error / np.where(spread > 0, spread, np.nan)
    return xr.DataArray(statistic, {"system": _labels(name, traj)}, ("permutation", "system"))


def _misfit(test: xr.Dataset, constants: xr.Dataset, permutations: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of squares about the curve (permutation, system) and about the mean (system,)."""
    dims = batch_dims(test["h"])
    h = _stacked(test["h"], test, (*dims, "pair", "time"))
    rates = (_stacked(constants[name], test, dims)[:, None] for name in ("eta_h", "eta_y"))
    distances = (_stacked(test[name], test, (*dims, "pair")) for name in ("dx2", "dy2"))
    with np.errstate(divide="ignore"):
        height, duration = scales(*rates, *distances)
    order = _orders(ends_of(test), permutations, seed)
    elapsed = test["time"].values - test["time"].values[0]
    error = np.full((permutations + 1, *h.shape[:2]), np.inf)
    for shift in SHIFTS * elapsed[-1]:
        curve = height[..., None] / (1 + np.exp(-np.clip((elapsed - shift) / duration[..., None], -500, 500)))
        error = np.minimum(error, np.nansum((h - np.swapaxes(curve[:, order], 0, 1)) ** 2, -1))
    mean = np.nanmean(h, (1, 2), keepdims=True)
    return error.sum(-1), np.nansum((h - mean) ** 2, (1, 2))


def _orders(ends: np.ndarray, permutations: int, seed: int) -> np.ndarray:
    """Which pair's labels every pair has (permutation, pair): its own first, then conditions in random order."""
    n = int(ends.max()) + 1
    place = np.zeros((n, n), dtype=int)
    place[*ends] = place[*ends[::-1]] = np.arange(ends.shape[1])
    shuffled = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)
    orders = np.concatenate([np.arange(n)[None], shuffled])
    return place[orders[:, ends[0]], orders[:, ends[1]]]


def _stacked(array: xr.DataArray, test: xr.Dataset, dims: tuple[Any, ...]) -> np.ndarray:
    """`array` with the batch dimensions of `test` as one, in front."""
    batch = batch_dims(test["h"])
    whole = array.broadcast_like(test["h"].isel(time=0, pair=0, drop=True)).transpose(*dims).values
    return whole.reshape(-1, *whole.shape[len(batch) :])


def _rank(statistic: xr.DataArray) -> xr.DataArray:
    """The share of permutations that do as well as the labels as they are, these among them."""
    return (statistic >= statistic.isel(permutation=0)).mean("permutation")


def _labels(name: str, traj: xr.Dataset) -> list[str]:
    """ "name, seed 3, layer 1" of every batch element."""
    dims = batch_dims(traj["h"])
    parts = [[f"{dim} {label}" for label in traj[dim].values] for dim in dims]
    return [", ".join(filter(None, (name, *labels))) for labels in product(*parts)]
