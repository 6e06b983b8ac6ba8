"""The data collapse as a test: in the law's own units, do held-out pairs lie on one curve, and by their own labels?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import rankdata

from neurouniv.laws import PairwiseModel
from neurouniv.laws.constructor import call_of
from neurouniv.names import public
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import CHOICES, InputError, batch_dims, check_trajectory, need_variables, with_history
from neurouniv.tasks.origin import need_task, refuse_empty_guess
from neurouniv.theory.two_point import scales
from neurouniv.universality.held_out.condition_order import canonical_pairs
from neurouniv.universality.held_out.side_by_side import named_systems
from neurouniv.universality.held_out.splits import split_conditions

SHIFTS = np.linspace(-0.5, 1.5, 41)
"""When a pair passes half its height, in units of the time that was seen."""


@public
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
    held-out conditions, which nothing was fitted to. For p, permutations are ranked within every fold, and ranks
    multiplied over folds, for `overall_p` over systems too, as in Fisher's combination: so a fold does not decide alone
    because its constants are far off, as they are where conditions tell nothing about pairs. Systems that have the same
    conditions have them exchanged alike, so that `overall_p` holds though they share a geometry.

    Of systems that obey the law, but of other conditions than their labels say, 4.0 to 5.8 % reach p = .05 with 8 to 20
    conditions, whatever the noise; with 6 conditions 3 %, since the three of a fold have but 6 orders
    (`benchmarks/nulls.py`).

    Parameters
    ----------
    trajectories : one trajectory or a dict name -> trajectory; every batch element is a system of its own.
    law : an estimator with `eta_h` and `eta_y`; default `neurouniv.PairwiseModel(variables=("h",))`.
    folds, seed : of the conditions.
    permutations : how many; p is at least 1/(permutations + 1).

    Returns
    -------
    Dataset of `collapse` (system), `null` (permutation, system), `p` (system), and of all systems together `overall`,
    the mean over them, and `overall_p`. `system` is named "name, seed 3, layer 1".

    Raises
    ------
    InputError : a trajectory lacks dx2, dy2, the names of conditions or some pairs of them, or has too few to split.

    Source: van Rossem & Saxe (2024), the law of eq. 7 in its natural units; permutation as in Mantel (1967), combined
    as in Pesarin (2001), Multivariate Permutation Tests.
    """
    named = {"": trajectories} if isinstance(trajectories, xr.Dataset) else named_systems(trajectories)
    law = PairwiseModel(variables=("h",)) if law is None else law
    tables = [_ranks_of_system(name, traj, law, folds, permutations, seed) for name, traj in named.items()]
    table = xr.concat(tables, "system")
    collapse = table["collapse"].isel(permutation=0, drop=True)
    result = xr.Dataset(
        {
            "collapse": collapse,
            "null": table["collapse"].isel(permutation=slice(1, None)),
            "p": _share(table["rank"]),
            "overall": collapse.mean("system"),
            "overall_p": _share(table["rank"].mean("system")),
        }
    )
    result["collapse"].attrs = {"long_name": "R2 of held-out movies around one curve"}
    settings: dict[str, Any] = {"folds": folds, "permutations": permutations, "seed": seed, "law": call_of(law)}
    return with_history(result, "collapse_test", **settings)


def _ranks_of_system(name: str, traj: xr.Dataset, law: Any, folds: int, permutations: int, seed: int) -> xr.Dataset:
    """The R2, and the sum over folds of logarithms of ranks (permutation, system), the labels as they are first."""
    need_task(check_trajectory(traj, ("h", "first", "second")))
    refuse_empty_guess(traj)
    traj = traj.drop_vars(["y", "w", *CHOICES], errors="ignore")
    errors: list[np.ndarray] = []
    spreads: list[np.ndarray] = []
    ranks: list[np.ndarray] = []
    for fold, part in enumerate(split_conditions(traj, folds, 1, seed)):
        constants = law.clone().fit(part.train).constants_
        need_variables(constants, ("eta_h", "eta_y"), "A collapse", "Give a law with both rates: PairwiseModel().")
        left, size = _misfit(part.test, constants, permutations, seed + fold)
        errors, spreads, ranks = [*errors, left], [*spreads, size], [*ranks, np.log(_ranked(left))]
    error, spread, rank = (np.sum(each, axis=0) for each in (errors, spreads, ranks))
    spread = np.where(spread > 0, spread, np.nan)
    data = {"collapse": 1 - error / spread, "rank": np.where(np.isfinite(spread), rank, np.nan)}
    dims = ("permutation", "system")
    return xr.Dataset({key: (dims, value) for key, value in data.items()}, {"system": _labels(name, traj)})


def _ranked(error: np.ndarray) -> np.ndarray:
    """Ranks over the first axis, the least error first; what differs by rounding alone is alike."""
    with np.errstate(over="ignore"):
        return rankdata(error.astype(np.float32), axis=0)


def _misfit(test: xr.Dataset, constants: xr.Dataset, permutations: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums of squares about the curve (permutation, system) and about the mean (system,)."""
    dims = batch_dims(test["h"])
    h = _stacked(test["h"], test, (*dims, "pair", "time"))
    rates = (_stacked(constants[name], test, dims)[:, None] for name in ("eta_h", "eta_y"))
    distances = (_stacked(test[name], test, (*dims, "pair")) for name in ("dx2", "dy2"))
    with np.errstate(divide="ignore"):
        height, duration = scales(*rates, *distances)
    error = _errors(h, height, duration, test["time"].values - test["time"].values[0])
    order = _orders(canonical_pairs(test), permutations, seed)
    pairs = np.arange(order.shape[1])
    mean = np.nansum(h, (1, 2), keepdims=True) / np.maximum(np.isfinite(h).sum((1, 2), keepdims=True), 1)
    return np.stack([errors_of_system[pairs, order].sum(-1) for errors_of_system in error], -1), np.nansum(
        (h - mean) ** 2, (1, 2)
    )


def _errors(h: np.ndarray, height: np.ndarray, duration: np.ndarray, elapsed: np.ndarray) -> np.ndarray:
    """The sum of squares of every pair about the curve that every pair's labels give, (system, pair, label)."""
    mask = np.isfinite(h)
    filled, present = np.where(mask, h, 0.0), mask.astype(float)
    error = np.full((*height.shape, height.shape[1]), np.inf)
    for shift in SHIFTS * elapsed[-1]:
        curve = height[..., None] / (1 + np.exp(-np.clip((elapsed - shift) / duration[..., None], -500, 500)))
        curve = np.swapaxes(curve, -1, -2)
        error = np.fmin(error, present @ curve**2 - 2 * filled @ curve)
    return np.maximum(error + (filled**2).sum(-1)[..., None], 0.0)


def _orders(pairs: Pairs, permutations: int, seed: int) -> np.ndarray:
    """Which pair's labels every pair has (permutation, pair): its own first, then conditions in random order.

    Conditions are in their canonical order, which systems of one task have in common.
    """
    ends, n = pairs.ends, len(pairs.names)
    if not pairs.is_complete:
        raise InputError(
            f"The test of a collapse needs all pairs of its conditions; got {ends.shape[1]} pairs of {n} conditions. "
            "Select conditions, not pairs. A distance that was not observed is NaN."
        )
    place = pairs.square(np.arange(ends.shape[1])).astype(int)
    shuffled = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)
    orders = np.concatenate([np.arange(n)[None], shuffled])
    return place[orders[:, ends[0]], orders[:, ends[1]]]


def _stacked(array: xr.DataArray, test: xr.Dataset, dims: tuple[Any, ...]) -> np.ndarray:
    """`array` with the batch dimensions of `test` as one, in front."""
    batch = batch_dims(test["h"])
    whole = array.broadcast_like(test["h"].isel(time=0, pair=0, drop=True)).transpose(*dims).values
    return whole.reshape(-1, *whole.shape[len(batch) :])


def _share(rank: xr.DataArray) -> xr.DataArray:
    """The share of permutations that do as well as the labels as they are, these among them."""
    labelled = rank.isel(permutation=0)
    return (rank <= labelled + 1e-9).mean("permutation").where(labelled.notnull())


def _labels(name: str, traj: xr.Dataset) -> list[str]:
    """ "name, seed 3, layer 1" of every batch element."""
    dims = batch_dims(traj["h"])
    parts = [[f"{dim} {label}" for label in traj[dim].values] for dim in dims]
    return [", ".join(filter(None, (name, *labels))) for labels in product(*parts)]
