"""Fits where noise is not known: a law is fitted, what it leaves tells the noise, and it is fitted again with that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from neurouniv.fitting.observed import Observed
from neurouniv.fitting.problem import Problem, Solved
from neurouniv.fitting.residual_noise import noise_of
from neurouniv.schema import history

if TYPE_CHECKING:
    from neurouniv.laws.law import Law

ROUNDS = 2
"""How often the law is fitted again with the noise that it left."""
NEGLIGIBLE = 1e-3
"""Noise below this share of the distances' root mean square is none."""
MISFIT = 4.0
"""What a law leaves beyond so many variances of the noise is misfit, whatever the noise; then the fit is as without."""
BIASED = ("sqeuclidean", "mahalanobis")
"""Squared distances that noise makes too large, by a constant."""
LINE, SEEN = ("level", "slope", "floor"), ("time", "pair")


def of_networks(traj: xr.Dataset) -> bool:
    """Whether a trajectory is of trained networks, which have no noise."""
    return any(str(line.get("step")) == "train" for line in history(traj))


def has_floor(traj: xr.Dataset) -> bool:
    """Whether noise makes all distances too large: those of recordings by a measure that is not crossvalidated."""
    return "h" in traj and traj["h"].attrs.get("metric") in BIASED and not of_networks(traj)


def is_unknown(law: Law, traj: xr.Dataset) -> bool:
    """Whether a fit of `law` has to find the noise of `traj`: by default where h alone is seen, and not of networks."""
    able = law.starts_from_h and law.per == "system" and "h_var" not in traj and "h" in (law.variables or ("h",))
    alone = not {"y", "w"} & set(law.variables or traj.data_vars)
    return able and (law.weighting == "noise" or (law.weighting is None and alone and not of_networks(traj)))


def solved(law: Law, traj: xr.Dataset) -> tuple[list[Solved], xr.DataArray | None]:
    """The fits of `law` to the systems of `traj`, some at a time, and the line of noise where it had to be found.

    The first fit takes all that distances change from frame to frame for noise.
    """
    if is_unknown(law, traj):
        line, found = _all_that_changes(law, traj), []
        for _ in range(1 + ROUNDS):
            known = with_variance(traj, line)
            if not bool((known["h_var"].mean(SEEN) > NEGLIGIBLE**2 * (traj["h"] ** 2).mean(SEEN)).any()):
                break
            problems = [Problem.of(law, piece) for piece in law.observed(known).pieces()]
            before = [fit.theta for _, fit in found] or [None] * len(problems)
            found = [one.solved(theta) for one, theta in zip(problems, before, strict=True)]
            noise, line = line, _noise_left(found)
        else:
            if np.median(np.concatenate([(fit.residual**2).mean(-1) for _, fit in found])) < MISFIT:
                return found, noise
    return [Problem.of(law, piece).solved() for piece in law.observed(traj).pieces()], None


def _all_that_changes(law: Law, traj: xr.Dataset) -> xr.DataArray:
    """The line of noise (..., line), if nothing but noise changes."""
    seen = law.observed(traj)
    h, ends = seen.values[:, seen.variables.index("h")], seen.ends
    return _labelled(seen, np.array([(*noise_of(one, one, ends, 0), 0.0) for one in h]))


def _noise_left(found: list[Solved]) -> xr.DataArray:
    """The line of noise (..., line) that the residuals of fits tell."""
    lines = np.concatenate([lines_of(problem, fit.theta) for problem, fit in found])
    return _labelled(found[0][0].seen, lines)


def _labelled(seen: Observed, lines: np.ndarray) -> xr.DataArray:
    dims, values = seen.labelled(lines, "line")
    return xr.DataArray(values, dict(seen.batch.coords) | {"line": list(LINE)}, dims)


def with_variance(traj: xr.Dataset, noise: xr.DataArray | None) -> xr.Dataset:
    """`traj` with the sampling variance that the line `noise` (..., line) gives its distances, where it has none."""
    if noise is None or "h_var" in traj:
        return traj
    frame = traj["h"].isel(time=0, pair=0)
    level, slope, floor = (noise.sel(line=name, drop=True).reindex_like(frame) for name in LINE)
    variance = level + slope * (traj["h"] - floor).clip(min=0)
    return traj.assign(h_var=variance.transpose(*traj["h"].dims))


def lines_of(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """The line that the variance of noise follows over distances, (system, line)."""
    seen, at, floor = problem.seen, problem.names.index("h"), problem.floor(theta)
    h = problem.observed()[:, at]
    expected = problem.curves(theta, np.arange(len(theta)), problem.law.rtol)[:, at] - floor[..., None]
    left = h - floor[..., None] - expected
    found = [noise_of(*one, seen.ends, len(problem.parameters)) for one in zip(left, expected, strict=True)]
    return np.concatenate([np.array(found), floor], axis=1)
