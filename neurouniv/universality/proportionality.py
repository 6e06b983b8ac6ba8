"""Two predictions with nothing fitted: within one system, final distance and learning rate follow dx dy*."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.stats import rankdata

from neurouniv.names import public
from neurouniv.schema import InputError, batch_dims, check_trajectory, need_free_names, with_history
from neurouniv.tasks.origin import need_task, refuse_empty_guess
from neurouniv.universality.held_out.condition_order import canonical_pairs
from neurouniv.universality.scores.baselines import baseline_rdms

QUANTITIES = ("final", "rate")
PREDICTORS = {"dx dy": "dx dy*", "input": "dx", "targets": "dy*", "class means": "class means"}
"""What the baselines are called here, where only the order of pairs counts and squares do not matter."""
LEAST_PAIRS = 6


@public
def proportionality(traj: xr.Dataset, permutations: int = 1000, seed: int = 0) -> xr.Dataset:
    """How well the order of pairs follows dx dy*, against conditions in random order.

    Where starts are small the law has every pair's distance end in proportion to dx dy* and learn at a rate in
    proportion to dx dy*, whatever the constants. Final distance is the mean of the last tenth of the frames. The
    rate of a pair is (u_end - u_0) / integral of u (1 - u) dt with u = h / h_end: 1/T of a logistic course, without
    a fit. Pairs whose distance ends at or below 0 have no rate.

    The null is that conditions carry no information on the pairs (Mantel 1967, Cancer Res.): names of conditions are
    permuted, so that the dependence of pairs that share one is kept, and p counts the permutations that do as
    well (one-sided, the observed order among them). Beside dx dy* stand the simpler predictors dx, dy*, the distances
    of the classes' mean stimuli (where there are classes) and the start's own distances, each with its p: dx dy* has
    to beat them to say more than they do.

    Of systems whose labels tell nothing, 5 % reach p = .05, with 4 conditions 1 to 2.5 % (there are but 24 orders of
    them), with 5 conditions 4 % (`benchmarks/nulls.py`).

    Parameters
    ----------
    traj : trajectory with dx2, dy2 and the names of the conditions; batch dimensions are systems.
    permutations : how many; p is at least 1/(permutations + 1).

    Returns
    -------
    Dataset of `correlation` (quantity, predictor, ...), Pearson's of ranks, `p` alike, and `n_pairs` (quantity, ...).

    Raises
    ------
    InputError : no dx2, dy2 or names of conditions, or not all pairs of at least four conditions.

    Source: van Rossem & Saxe (2024); scales H and T of the law in its natural units.

    Examples
    --------
    >>> from scipy.spatial.distance import pdist
    >>> x, y = np.random.default_rng(0).normal(size=(2, 8, 3))
    >>> dx2, dy2, time = pdist(x) ** 2, pdist(y) ** 2, np.linspace(0, 40, 30)
    >>> scale = np.sqrt(dx2 * dy2)
    >>> h = scale / (1 + 99 * np.exp(-scale * time[:, None]))
    >>> first, second = np.triu_indices(8, 1)
    >>> pair = {"first": first.astype(str), "second": second.astype(str), "dx2": dx2, "dy2": dy2}
    >>> coords = {"time": time, **{name: ("pair", values) for name, values in pair.items()}}
    >>> found = proportionality(xr.Dataset({"h": (("time", "pair"), h)}, coords))
    >>> found.correlation.sel(predictor="dx dy*").values.round(2).tolist(), float(found.p.max()) < 1
    ([1.0, 1.0], True)
    """
    traj = check_trajectory(traj, ("h", "first", "second")).compute()
    need_free_names(batch_dims(traj["h"]), ("quantity", "predictor", "correlation", "p", "n_pairs"), "Proportionality")
    need_task(traj)
    refuse_empty_guess(traj)
    pairs = canonical_pairs(traj)
    n = len(pairs.names)
    if traj.sizes["pair"] < LEAST_PAIRS or not pairs.is_complete:
        raise InputError(
            f"An order of pairs needs all pairs of at least 4 conditions; got {traj.sizes['pair']} pairs of {n} "
            "conditions. Select conditions, not pairs."
        )
    orders = _orders(n, permutations, seed)
    quantities = xr.concat([_final(traj), _rate(traj)], xr.Variable("quantity", list(QUANTITIES)))
    predictors = _predictors(traj)
    correlation, p, count = xr.apply_ufunc(
        lambda observed, rdms: _mantel(observed, rdms, pairs.ends, orders),
        quantities,
        predictors,
        input_core_dims=[["pair"], ["predictor", "pair"]],
        output_core_dims=[["predictor"], ["predictor"], []],
        vectorize=True,
    )
    result = xr.Dataset({"correlation": correlation, "p": p, "n_pairs": count.astype(int)})
    dims = ("quantity", "predictor", *batch_dims(traj["h"]))
    result = result.transpose(*dims, missing_dims="ignore")
    result["correlation"].attrs = {"long_name": "correlation of ranks over pairs"}
    result["p"].attrs = {"long_name": f"Mantel test, one-sided, {permutations} permutations of conditions"}
    return with_history(result, "proportionality", source=traj, permutations=permutations, seed=seed)


def _final(traj: xr.Dataset) -> xr.DataArray:
    count = max(1, traj.sizes["time"] // 10)
    return traj["h"].isel(time=slice(-count, None)).mean("time")


def _rate(traj: xr.Dataset) -> xr.DataArray:
    """1/T of the logistic that every pair would be, NaN where it does not end above 0 or never changes."""
    end = _final(traj)
    u = traj["h"] / end.where(end > 0)
    still = (u * (1 - u)).clip(min=0).fillna(0.0).integrate("time")
    return (u.isel(time=-1) - u.isel(time=0)) / still.where(still > 0)


def _predictors(traj: xr.Dataset) -> xr.DataArray:
    """The baselines and the start (predictor, ..., pair)."""
    rdms = baseline_rdms(traj)
    names = [name for name in PREDICTORS if name in rdms["baseline"]]
    arrays = [rdms.sel(baseline=name, drop=True) for name in names]
    arrays.append(traj["h"].isel(time=0).reset_coords(drop=True))
    return xr.concat(xr.broadcast(*arrays), xr.Variable("predictor", [*(PREDICTORS[name] for name in names), "start"]))


def _orders(n: int, permutations: int, seed: int) -> np.ndarray:
    """The names as they are and `permutations` random orders of them (order, condition)."""
    rng = np.random.default_rng(seed)
    return np.concatenate([np.arange(n)[None], rng.permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)])


def _mantel(
    observed: np.ndarray, predictors: np.ndarray, ends: np.ndarray, orders: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Correlation and p of every predictor (predictor,), and the number of pairs with a value in `observed` (pair,)."""
    mask = np.isfinite(observed)
    nothing = np.full(len(predictors), np.nan)
    if mask.sum() < LEAST_PAIRS or np.ptp(observed[mask]) == 0:
        return nothing, nothing, int(mask.sum())
    n = orders.shape[1]
    square = np.full((len(predictors), n, n), np.nan)
    square[:, *ends] = square[:, *ends[::-1]] = rankdata(predictors, axis=-1)
    first, second = (orders[:, end[mask]] for end in ends)
    permuted = square[:, first, second]
    permuted -= permuted.mean(-1, keepdims=True)
    rank = rankdata(observed[mask])
    rank -= rank.mean()
    size = np.sqrt((permuted**2).sum(-1) * (rank**2).sum())
    correlations = np.where(size > 0, permuted @ rank / np.where(size > 0, size, 1.0), np.nan)
    p = (correlations >= correlations[:, :1] - 1e-12).mean(-1)
    return correlations[:, 0], np.where(np.isfinite(correlations[:, 0]), p, np.nan), int(mask.sum())
