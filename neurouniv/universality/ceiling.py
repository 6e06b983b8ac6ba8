"""The noise ceiling: how well anything can predict these data, given how well they repeat.

It is estimated from `h_var`, the sampling variance of every distance, where the trajectory has it; otherwise
from how well members (seeds, subjects, systems) agree; it is 1 for one network, which has no noise; otherwise it is
NaN, and `attrs["ceiling"]` says why.
The sampling variance of outputs is not known, so that their ceiling comes from members alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from neurouniv.schema import check_trajectory, history, with_history
from neurouniv.universality.dynamics import after_start, deviations, outputs_of, r2, r2_of_change
from neurouniv.universality.geometry import LEAST_PAIRS, check_comparator, similarity

MEMBERS = ("seed", "subject", "member", "system")
BOUND = xr.DataArray(["lower", "upper"], dims="bound", name="bound")


def noise_ceiling(traj: xr.Dataset, comparator: str = "corr") -> xr.Dataset:
    """The noise ceiling of a trajectory: `geometry_ceiling` (..., time, bound), `dynamics_ceiling` (..., bound).

    Where outputs are known, `outputs_ceiling` (..., bound) too, of the time courses of y, from members.

    **From sampling variance.** Per time, reliability = 1 - mean over pairs of h_var / variance over pairs of h (for
    "cosine": mean square), within [0, 1]. `lower` is the reliability: the correlation that a repetition of the
    experiment would reach. `upper` is its square root: what the truth itself would reach (Spearman 1904). For time
    courses the truth would reach R2 = 1 - mean h_var / variance of h, a repetition 1 - 2 mean h_var / variance.
    These hold for noise that is independent between pairs; noise shared by the pairs of a frame makes the true
    ceiling of the geometry higher. For rank and whitened comparators they are an approximation.

    **From members** (a dimension seed, subject, member or system of size >= 2). `lower` is the similarity of every
    member's RDM with the mean of the others', `upper` with the mean of all, RDMs normalised first as rsatoolbox's
    `boot_noise_ceiling` does; its mean over members is rsatoolbox's number (Nili et al. 2014). For time courses,
    the R2 of every member's movie predicted by the mean movie of the others and of all. It bounds predictions that
    are the same for all members; a law that starts from every member's own first frame may pass it.

    The first frame is left out of ceilings of time courses, since laws are given it.

    Parameters
    ----------
    traj : a trajectory.
    comparator : see `neurouniv.compare`.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 3.0], [1.0, 3.0, 5.0]], dims=("time", "pair"), coords={"time": [0.0, 1.0]})
    >>> traj = xr.Dataset({"h": h, "h_var": 0 * h + 1.0})
    >>> noise_ceiling(traj).geometry_ceiling.sel(bound="lower").values
    array([0.  , 0.75])
    """
    traj = check_trajectory(traj).compute()
    late = after_start(traj, traj)
    made = {"geometry_ceiling": geometry_ceiling(traj, comparator), "dynamics_ceiling": dynamics_ceiling(late)}
    if "y" in traj:
        made["outputs_ceiling"] = members_ceiling(outputs_of(late))
    found = xr.Dataset(of_noise(traj, made), attrs={"ceiling": describe(traj), "comparator": comparator})
    return with_history(found, "noise_ceiling", source=traj, comparator=comparator)


def of_noise(traj: xr.Dataset, ceilings: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """The `ceilings` of `traj`; 1 each where it is of one network, which would do the very same again."""
    return {name: xr.ones_like(found) for name, found in ceilings.items()} if _exact(traj) else dict(ceilings)


def _exact(traj: xr.Dataset) -> bool:
    trained = any(str(step.get("step")) == "train" for step in history(traj))
    return trained and not has_variance(traj) and member_dim(traj["h"]) is None


def geometry_ceiling(traj: xr.Dataset, comparator: str = "corr") -> xr.DataArray:
    """The ceiling of `similarity` at every frame (..., time, bound)."""
    check_comparator(comparator)
    h = traj["h"]
    if has_variance(traj):
        return _bounds(*_reliability(h, traj["h_var"], comparator))
    dim = member_dim(h)
    if dim is None:
        nothing = np.nan * h.isel(pair=0, drop=True).astype(float)
        return _bounds(nothing, nothing)
    everyone, others = means(_normalised(h, comparator), dim)
    return _bounds(similarity(h, others, comparator), similarity(h, everyone, comparator))


def dynamics_ceiling(traj: xr.Dataset) -> xr.DataArray:
    """The ceiling of `r2` over all frames and pairs of `traj` (..., bound)."""
    h = traj["h"]
    if not has_variance(traj):
        return members_ceiling(h)
    return _from_variance(traj, ("time", "pair"))


def change_ceiling(traj: xr.Dataset) -> xr.DataArray:
    """The ceiling of `r2_of_change` over all frames and pairs of `traj` (..., bound).

    From members, every pair of a member keeps its own mean over time, and changes as those of the others do.
    """
    if not has_variance(traj):
        return members_ceiling(traj["h"] - traj["h"].mean("time"), r2_of_change)
    return _from_variance(traj, ("time",))


def _from_variance(traj: xr.Dataset, about: tuple[str, ...]) -> xr.DataArray:
    """Bounds of an R2 whose total is about the mean over `about`."""
    seen, h = ("time", "pair"), traj["h"]
    spread = deviations(h, about).mean(seen)
    share = traj["h_var"].where(h.notnull()).mean(seen) / spread.where(spread > 0)
    return _bounds(1 - 2 * share, 1 - share)


def members_ceiling(courses: xr.DataArray, score: Callable[..., xr.DataArray] = r2) -> xr.DataArray:
    """The ceiling of `score` of time courses (..., time, pair) from how well members agree (..., bound); else NaN."""
    dim = member_dim(courses)
    if dim is None:
        nothing = np.nan * courses.isel(time=0, pair=0, drop=True).astype(float)
        return _bounds(nothing, nothing)
    everyone, others = means(courses, dim)
    return _bounds(score(courses, others), score(courses, everyone))


def describe(traj: xr.Dataset) -> str:
    """In words, what the ceiling of `traj` is estimated from, or why it cannot be."""
    if has_variance(traj):
        return "from the sampling variance of every distance (h_var): lower a repetition, upper the truth"
    if _exact(traj):
        return "1: one network has no noise"
    dim = member_dim(traj["h"])
    if dim is not None:
        size = traj.sizes[dim]
        return f"from {size} members along {dim}: lower the mean of the others, upper the mean of all"
    return (
        f"not estimable: the trajectory has no sampling variance (h_var) and no dimension {', '.join(MEMBERS[:-1])} or "
        f"{MEMBERS[-1]} with two or more members"
    )


def has_variance(traj: xr.Dataset) -> bool:
    return "h_var" in traj and bool(np.isfinite(traj["h_var"]).any())


def member_dim(h: xr.DataArray) -> str | None:
    return next((dim for dim in MEMBERS if h.sizes.get(dim, 0) >= 2), None)


def _reliability(h: xr.DataArray, h_var: xr.DataArray, comparator: str) -> tuple[xr.DataArray, xr.DataArray]:
    """(lower, upper), each (..., time)."""
    count = h.notnull().sum("pair")
    if comparator.startswith("cosine"):
        spread = (h**2).mean("pair")
    else:  # unbiased, since it is set against an unbiased noise variance
        spread = h.var("pair") * count / (count - 1).clip(min=1)
    enough = (count >= LEAST_PAIRS) & (spread > 0)
    reliability = (1 - h_var.where(h.notnull()).mean("pair") / spread.where(enough)).clip(0, 1)
    return reliability, np.sqrt(reliability)


def _normalised(h: xr.DataArray, comparator: str) -> xr.DataArray:
    """RDMs brought to what their mean maximises under `comparator`, as `rsatoolbox.util.inference_util.pool_rdm`."""
    if comparator in ("spearman", "rho-a", "tau-a"):
        return xr.apply_ufunc(_ranks, h, input_core_dims=[["pair"]], output_core_dims=[["pair"]])
    if comparator.startswith("corr"):
        h = h - h.mean("pair")
    size = np.sqrt((h**2).mean("pair"))
    return h / size.where(size > 0)


def _ranks(frames: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return rankdata(frames, axis=-1, nan_policy="omit")


def means(h: xr.DataArray, dim: str) -> tuple[xr.DataArray, xr.DataArray]:
    """The mean of all members, and for every member the mean of the others; missing ones are left out."""
    present = h.notnull()
    total, count = h.fillna(0.0).sum(dim), present.sum(dim)
    others, rest = total - h.fillna(0.0), count - present
    return total / count.where(count > 0), others / rest.where(rest > 0)


def _bounds(lower: xr.DataArray, upper: xr.DataArray) -> xr.DataArray:
    return xr.concat([lower, upper], dim=BOUND).transpose(..., "bound")
