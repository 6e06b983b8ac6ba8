"""Fits with unknown noise: a law is fitted, its residuals give the noise, and it is fitted again with that noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from neurouniv.fitting import optimum
from neurouniv.fitting.batch import Batch
from neurouniv.fitting.constants import need_names
from neurouniv.fitting.equation import Equation
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.optimum import Solved
from neurouniv.fitting.problem import Problem
from neurouniv.fitting.residual_noise import noise_of
from neurouniv.fitting.settings import FitSettings
from neurouniv.schema import choices_as_outputs, history

Look = Callable[[xr.Dataset], Observed]
"""What a law fits of a trajectory."""

ROUNDS = 2
"""How often the law is fitted again with the noise that it left. A convention; intervals then hold the truth as often
as where noise is known (`benchmarks/coverage.py`)."""
NEGLIGIBLE = 1e-3
"""Noise below this share of the distances' root mean square is none. A convention: above the error of solvers."""
MISFIT = 4.0
"""What a law leaves beyond so many variances of the noise is misfit, whatever the noise; then the fit is as without.
By hand: the law leaves twice the noise's standard deviation."""
BIASED = ("sqeuclidean", "mahalanobis")
"""Squared distances that noise makes too large, by a constant."""
LINE, SEEN = ("level", "slope", "floor"), ("time", "pair")


def of_networks(traj: xr.Dataset) -> bool:
    """Whether a trajectory is of trained networks, which have no noise."""
    return any(str(line.get("step")) == "train" for line in history(traj))


def has_floor(traj: xr.Dataset) -> bool:
    """Whether noise makes all distances too large: those of recordings by a measure that is not crossvalidated."""
    return "h" in traj and traj["h"].attrs.get("metric") in BIASED and not of_networks(traj)


def is_unknown(equation: Equation, settings: FitSettings, traj: xr.Dataset) -> bool:
    """Whether a fit has to find the noise of `traj`: by default where h alone is seen, and not of networks."""
    of_h = "h_var" not in traj and "h" in (settings.variables or ("h",))
    able = equation.starts_from_h and settings.per == "system" and of_h
    alone = not {"y", "w"} & set(settings.variables or choices_as_outputs(traj).data_vars)
    by_noise = settings.weighting == "noise"
    return able and (by_noise or (settings.weighting is None and alone and not of_networks(traj)))


def solved(equation: Equation, settings: FitSettings, traj: xr.Dataset, look: Look) -> Batch:
    """The fits to the systems of `traj`, and the line of noise where it had to be found.

    The first fit takes all that distances change from frame to frame for noise. A system that has none, or in which a
    law leaves more than noise, is fitted without.
    """
    seen = look(traj)
    need_names(seen.batch, [*(parameter.name for parameter in equation.parameters(seen)), "h0_per_dx2", "floor"])
    noisy, noise = np.zeros(len(seen.dx2), bool), None
    fits: list[Solved] = []
    if is_unknown(equation, settings, traj):
        noisy, fits, noise = _with_noise(equation, settings, traj, look, seen)
    if not noisy.all():
        fits = [*fits, *_fits(equation, settings, seen.taken(np.flatnonzero(~noisy)))]
    return Batch(fits, np.argsort(~noisy, kind="stable"), noise if noisy.any() else None)


def _with_noise(
    equation: Equation, settings: FitSettings, traj: xr.Dataset, look: Look, seen: Observed
) -> tuple[np.ndarray, list[Solved], xr.DataArray]:
    """Which systems have noise (system,), their fits, and the line of noise (..., line), NaN for the others.

    seen : what the law fits of `traj` as it is, without variances.
    """
    noise = line = _all_that_changes(seen)
    noisy, theta, fits = np.ones(len(seen.dx2), bool), None, []
    for _ in range(1 + ROUNDS):
        with_noise = with_variance(traj, line.fillna(0.0))
        some = with_noise["h_var"].mean(SEEN) > NEGLIGIBLE**2 * (traj["h"] ** 2).mean(SEEN)
        still = some.transpose(*seen.batch.dims).values.ravel() & noisy
        if not still.any():
            return still, [], noise
        theta = None if theta is None else theta[still[noisy]]
        fits = _fits(equation, settings, look(with_noise).taken(np.flatnonzero(still)), theta)
        noisy, theta = still, np.concatenate([fit.theta for _, fit in fits])
        noise, line = line, _labelled(seen, _placed(_noise_left(fits), noisy), line=LINE)
    described = np.concatenate([(fit.residual**2).mean(-1) for _, fit in fits]) < MISFIT
    noisy = _placed(described, noisy, 0.0) > 0
    return noisy, _chosen(fits, described), noise.where(_labelled(seen, noisy))


def _fits(equation: Equation, settings: FitSettings, seen: Observed, theta: np.ndarray | None = None) -> list[Solved]:
    """The fits to systems, as many at a time as fit in memory; near `theta` (system, parameter) where it is known."""
    fits: list[Solved] = []
    first = 0
    for piece in seen.pieces():
        last = first + len(piece.dx2)
        near = None if theta is None else theta[first:last]
        fits.append(optimum.solved(Problem.of(equation, settings, piece), near))
        first = last
    return fits


def _chosen(fits: list[Solved], some: np.ndarray) -> list[Solved]:
    """The fits of the systems that `some` (system,) says."""
    if some.all():
        return fits
    parts = np.split(some, np.cumsum([len(fit.theta) for _, fit in fits])[:-1])
    places = [(np.flatnonzero(part), fit) for part, fit in zip(parts, fits, strict=True) if part.any()]
    return [(problem.taken(systems), fit.taken(systems)) for systems, (problem, fit) in places]


def _placed(values: np.ndarray, where: np.ndarray, other: float = np.nan) -> np.ndarray:
    """`values` of the systems that `where` (system,) says, `other` for the rest."""
    placed = np.full((len(where), *values.shape[1:]), other)
    placed[where] = values
    return placed


def _all_that_changes(seen: Observed) -> xr.DataArray:
    """The line of noise (..., line), if nothing but noise changes."""
    h, ends = seen.values[:, seen.variables.index("h")], seen.ends
    return _labelled(seen, np.array([(*noise_of(movie, movie, ends, 0), 0.0) for movie in h]), line=LINE)


def _noise_left(fits: list[Solved]) -> np.ndarray:
    """The line of noise (system, line) that the residuals of fits give."""
    return np.concatenate([_lines_of(problem, fit.theta) for problem, fit in fits])


def _labelled(seen: Observed, values: np.ndarray, **last: tuple[str, ...]) -> xr.DataArray:
    dims, values = seen.labelled(values, *last)
    return xr.DataArray(values, dict(seen.batch.coords) | {dim: list(labels) for dim, labels in last.items()}, dims)


def with_variance(traj: xr.Dataset, noise: xr.DataArray | None) -> xr.Dataset:
    """`traj` with the sampling variance that the line `noise` (..., line) gives its distances, where it has none.

    A system alone is there once for every one of several whose noise is given.
    """
    if noise is None or "h_var" in traj:
        return traj
    frame = traj["h"].isel(time=0, pair=0)
    noise = noise.reset_coords(drop=True)
    level, slope, floor = (noise.sel(line=name, drop=True).reindex_like(frame) for name in LINE)
    variance = (level + slope * (traj["h"] - floor).clip(min=0)).transpose(..., *traj["h"].dims)
    return traj.assign(h=traj["h"].broadcast_like(variance).transpose(*variance.dims), h_var=variance)


def _lines_of(problem: Problem, theta: np.ndarray) -> np.ndarray:
    """The line that the variance of noise follows over distances, (system, line)."""
    seen, place, floor = problem.seen, problem.names.index("h"), problem.floor(theta)
    h = problem.observed()[:, place]
    expected = problem.curves(theta, np.arange(len(theta)), problem.equation.rtol)[:, place] - floor[..., None]
    residual = h - floor[..., None] - expected
    lines = [noise_of(*movie, seen.ends, len(problem.parameters)) for movie in zip(residual, expected, strict=True)]
    return np.concatenate([np.array(lines), floor], axis=1)
