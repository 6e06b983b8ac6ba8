"""The noise ceiling: the best score that any prediction can reach, given the noise of data, or what their start tells.

Of time courses it is estimated from `h_var`, the sampling variance of every distance, where the trajectory has it; else
from `start_var`, the variance over networks of the same start (`neurouniv.start_ceiling`); else it is 1 for networks of
`neurouniv.train`, which have no noise; otherwise it is NaN, and `attrs["ceiling"]` says why. How well members (seeds,
subjects) predict one another is no ceiling of time courses (`neurouniv.universality.scores.other_members`): a law that
starts from a member's own first frame may pass it.
The sampling variance of outputs is not known, so that they have a ceiling for networks alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurouniv.names import public
from neurouniv.rdm.comparators import Comparator, comparator_of
from neurouniv.rdm.comparators.table import LEAST_PAIRS
from neurouniv.schema import (
    TRAJECTORY_DIMS,
    batch_dims,
    check_trajectory,
    framed,
    history,
    need_free_names,
    with_history,
)
from neurouniv.universality.scores.dynamics import after_start, deviations, outputs_of
from neurouniv.universality.scores.geometry import ends_of
from neurouniv.universality.scores.member_ceiling import ceiling_of_members

MEMBERS = ("seed", "subject", "member", "system")
BOUND = xr.DataArray(["lower", "upper"], dims="bound", name="bound")
LABELLED = BOUND.assign_coords(bound=BOUND)
"""To put labels on a result afterwards takes longer than a ceiling of one frame."""
START = (
    "from networks with the same start and new layers above (start_var): lower for the prediction by another of them, "
    "upper for the prediction from the start"
)
SAMPLING = "from the sampling variance of every distance (h_var): lower for a repetition, upper for the true distances"
NOTHING = "not estimable: the trajectory has no sampling variance (h_var)"
VARIANCES = ("h_var", "start_var")
CEILINGS = "geometry_ceiling", "dynamics_ceiling", "outputs_ceiling", "bound"


@public
def noise_ceiling(traj: xr.Dataset, comparator: str = "corr") -> xr.Dataset:
    """The ceiling of a trajectory: `geometry_ceiling` (..., time, bound), `dynamics_ceiling` (..., bound).

    Where outputs are known, `outputs_ceiling` (..., bound) too, of the time courses of y.

    **From sampling variance.** Per time, reliability = 1 - mean over pairs of h_var / variance over pairs of h (for
    "cosine": mean square), within [0, 1]. `lower` is the reliability: the correlation that a repetition of the
    experiment would reach. `upper` is its square root: what the truth itself would reach (Spearman 1904). For time
    courses the truth would reach R2 = 1 - mean h_var / variance of h, a repetition 1 - 2 mean h_var / variance.
    These hold for noise that is independent between pairs; noise shared by the pairs of a frame makes the true
    ceiling of the geometry higher. For rank and whitened comparators they are an approximation.

    **From the start.** Networks repeat exactly, but what a layer's start tells of them is limited by what lies above
    it: with `start_var` (`neurouniv.start_ceiling`) in the place of h_var, time courses have the same two bounds.
    Without it they are 1 for networks, and for outputs always.

    **From members** (a dimension seed, subject, member or system of size >= 2), of geometry alone. `lower` is the
    similarity of every member's RDM with the mean of the others', `upper` with the mean of all, RDMs normalised first
    as rsatoolbox's `boot_noise_ceiling` does; its mean over members is rsatoolbox's number (Nili et al. 2014). It
    bounds predictions that are the same for all members; a law that starts from every member's own first frame may
    pass it.

    The first frame is left out of ceilings of time courses, since laws are given it.

    Parameters
    ----------
    traj : a trajectory, or RDMs without a time axis, which are one frame.
    comparator : see `neurouniv.compare`.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 3.0], [1.0, 3.0, 5.0]], dims=("time", "pair"), coords={"time": [0.0, 1.0]})
    >>> traj = xr.Dataset({"h": h, "h_var": 0 * h + 1.0})
    >>> noise_ceiling(traj).geometry_ceiling.sel(bound="lower").values
    array([0.  , 0.75])
    """
    traj = check_trajectory(framed(traj)).compute()
    need_free_names(batch_dims(traj["h"]), CEILINGS, "A ceiling")
    late = after_start(traj, traj)
    ceilings = {"geometry_ceiling": geometry_ceiling(traj, comparator), "dynamics_ceiling": dynamics_ceiling(late)}
    if "y" in traj:
        ceilings["outputs_ceiling"] = unknown(outputs_of(late))
    result = xr.Dataset(of_networks(traj, ceilings), attrs={"ceiling": describe(traj), "comparator": comparator})
    return with_history(result, "noise_ceiling", source=traj, comparator=comparator)


def of_networks(traj: xr.Dataset, ceilings: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """The `ceilings` of `traj`, 1 where they are not known of networks, which would do the very same again."""
    if not _without_noise(traj):
        return dict(ceilings)
    by_members = member_dim(traj["h"]) is not None
    return {
        name: array if by_members and name == "geometry_ceiling" else array.fillna(1.0)
        for name, array in ceilings.items()
    }


def _without_noise(traj: xr.Dataset) -> bool:
    return any(str(step.get("step")) == "train" for step in history(traj)) and not has_variance(traj)


def geometry_ceiling(traj: xr.Dataset, comparator: str = "corr") -> xr.DataArray:
    """The ceiling of `similarity` at every frame (..., time, bound)."""
    definition, h = comparator_of(comparator), traj["h"]
    if has_variance(traj):
        return _bounds(*_reliability(h, traj["h_var"], definition))
    dim = member_dim(h)
    if dim is None:
        nothing = np.nan * h.isel(pair=0, drop=True).astype(float)
        return _bounds(nothing, nothing)
    ends = ends_of(h, definition)
    found = xr.apply_ufunc(
        lambda frames, _: ceiling_of_members(frames, ends, definition),
        h.drop_vars(["first", "second"], errors="ignore"),
        LABELLED,
        input_core_dims=[[dim, "pair"], ["bound"]],
        output_core_dims=[[dim, "bound"]],
    )
    return found.transpose(*(d for d in h.dims if d != "pair"), "bound")


def dynamics_ceiling(traj: xr.Dataset) -> xr.DataArray:
    """The ceiling of `r2` over all frames and pairs of `traj` (..., bound); NaN where no variance is known."""
    return _time_courses(traj, TRAJECTORY_DIMS)


def change_ceiling(traj: xr.Dataset) -> xr.DataArray:
    """The ceiling of `r2_of_change` over all frames and pairs of `traj` (..., bound); NaN as of `dynamics_ceiling`."""
    return _time_courses(traj, ("time",))


def _time_courses(traj: xr.Dataset, about: tuple[str, ...]) -> xr.DataArray:
    variance = variance_of(traj)
    return unknown(traj["h"]) if variance is None else from_variance(traj["h"], variance, about)


def from_variance(
    h: xr.DataArray, variance: xr.DataArray, about: tuple[str, ...], over: tuple[str, ...] = TRAJECTORY_DIMS
) -> xr.DataArray:
    """Bounds of an R2 of `h` whose total is about the mean over `about`, all summed `over` these dimensions."""
    spread = deviations(h, about).mean(over)
    share = variance.where(h.notnull()).mean(over) / spread.where(spread > 0)
    return _bounds(1 - 2 * share, 1 - share)


def unknown(courses: xr.DataArray) -> xr.DataArray:
    """The ceiling of time courses (..., time, pair) of which no variance is known: NaN (..., bound)."""
    nothing = np.nan * courses.astype(float).sum(TRAJECTORY_DIMS)
    return _bounds(nothing, nothing)


def describe(traj: xr.Dataset) -> str:
    """The source of the ceilings of `traj` in words, or why they cannot be estimated."""
    courses, geometry = _describe_courses(traj), describe_geometry(traj)
    if geometry.startswith(courses):
        return geometry
    return courses if courses.startswith(geometry) else f"{courses}; of geometry {geometry}"


def _describe_courses(traj: xr.Dataset) -> str:
    if not has_variance(traj) and variance_of(traj) is not None:
        return START
    if _without_noise(traj):
        return "1: a network has no noise; the part that its start determines is not known, see neurouniv.start_ceiling"
    return SAMPLING if has_variance(traj) else NOTHING


def describe_geometry(traj: xr.Dataset) -> str:
    """The source of the ceiling of every frame's geometry in words, or why it cannot be estimated."""
    dim = member_dim(traj["h"])
    if has_variance(traj):
        return SAMPLING
    if dim is not None:
        return (
            f"from {traj.sizes[dim]} members along {dim}: lower for the mean of the others, upper for the mean of all"
        )
    if _without_noise(traj):
        return "1: a network has no noise"
    return f"{NOTHING} and no dimension {', '.join(MEMBERS[:-1])} or {MEMBERS[-1]} with two or more members"


def variance_of(traj: xr.Dataset) -> xr.DataArray | None:
    """The variance that no prediction can explain: the sampling variance, else that of networks of one start."""
    return next((traj[name] for name in VARIANCES if name in traj and np.isfinite(traj[name]).any()), None)


def has_variance(traj: xr.Dataset) -> bool:
    return "h_var" in traj and bool(np.isfinite(traj["h_var"]).any())


def member_dim(h: xr.DataArray) -> str | None:
    return next((dim for dim in MEMBERS if h.sizes.get(dim, 0) >= 2), None)


def _reliability(h: xr.DataArray, h_var: xr.DataArray, comparator: Comparator) -> tuple[xr.DataArray, xr.DataArray]:
    """(lower, upper), each (..., time)."""
    count = h.notnull().sum("pair")
    # unbiased where centred, since it is set against an unbiased noise variance
    squares = ((h - h.mean("pair")) ** 2).sum("pair")
    spread = squares / (count - 1).clip(min=1) if comparator.centred else (h**2).mean("pair")
    enough = (count >= LEAST_PAIRS) & (spread > 0)
    reliability = (1 - h_var.where(h.notnull()).mean("pair") / spread.where(enough)).clip(0, 1)
    return reliability, reliability**0.5


def _bounds(lower: xr.DataArray, upper: xr.DataArray) -> xr.DataArray:
    return xr.concat([lower, upper], dim=BOUND).transpose(..., "bound")
