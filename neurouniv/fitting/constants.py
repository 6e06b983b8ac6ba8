"""What a fit found, as the labelled `constants_` of a law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting import Fit, diagnosis, r_squared
from neurouniv.fitting.intervals import Spread, likelihood, sandwich
from neurouniv.fitting.parameter import Parameter, joined
from neurouniv.fitting.problem import Problem, Solved
from neurouniv.fitting.profile import profile_limits
from neurouniv.fitting.refit_bootstrap import bootstrap_limits
from neurouniv.schema import InputError

FOLLOWED = 0.999
INTERVALS = ("sandwich", "likelihood", "profile", "bootstrap")


def estimated(problem: Problem, fit: Fit) -> dict[str, Any]:
    """Everything said of a fit, as arrays (system, ...)."""
    error, slopes = problem.slopes(fit)
    spread = spread_of(problem, fit, error, slopes)
    limits, method = _limits(problem, fit, spread)
    observed = problem.observed()
    predicted = observed + error
    predicted = np.where(np.abs(predicted) < FOLLOWED * problem.far, predicted, np.nan)
    weighted = problem.weighting(error, np.arange(len(fit.theta)))
    found = {
        "theta": fit.theta,
        "limits": limits,
        "loss": (weighted**2).sum((-3, -2, -1)),
        "restart_loss": fit.costs.T,
        "r2": r_squared(observed, predicted),
        "followed": (np.isfinite(predicted) | ~np.isfinite(observed)).all((-3, -2, -1)),
        "speed": _combined(problem.parameters, fit.theta, spread, 0.5, 0.5),
        "ratio": _combined(problem.parameters, fit.theta, spread, 1.0, -1.0),
    }
    if problem.weighting.whitener is not None:
        count = np.isfinite(observed).sum((-3, -2, -1)) - fit.theta.shape[-1]
        found["excess"] = found["loss"] / np.maximum(count, 1)
    return found | diagnosis.judged(problem, fit, found) | {"method": method}


def spread_of(problem: Problem, fit: Fit, error: np.ndarray, slopes: np.ndarray) -> Spread:
    """The covariance of the constants on the fitted scale, by the law's method."""
    system = np.arange(len(fit.theta))
    moved = np.moveaxis(slopes, -1, 0)
    white = np.stack([problem.weighting(part, system) for part in moved]) if len(moved) else moved
    flat = white.reshape(*white.shape[:2], error[0].size)
    prior = fit.jacobian[:, flat.shape[-1] :]
    normal = np.einsum("ism,jsm->sij", flat, flat) + np.swapaxes(prior, 1, 2) @ prior
    if problem.law.intervals_for(problem.seen) in ("likelihood", "profile"):
        residual = problem.weighting(error, system)
        count = np.isfinite(problem.observed()).sum((-3, -2, -1))
        squares = (residual**2).sum((-3, -2, -1))
        known = problem.weighting.whitener is not None
        return likelihood(normal, squares, count) if known else _unknown_noise(normal, squares, count)
    back = [problem.weighting.back(part) for part in white]
    scores = np.stack([(error * part).sum(1) for part in back], -1) if back else np.zeros((*error[:, 0].shape, 0))
    return sandwich(np.swapaxes(scores, 1, 2), normal, problem.seen.ends)


def _unknown_noise(normal: np.ndarray, squares: np.ndarray, count: np.ndarray) -> Spread:
    """Independent errors of one unknown size: the residuals tell it."""
    size = squares / np.maximum(count - normal.shape[-1], 1)
    scaled = normal / np.where(size > 0, size, 1.0)[:, None, None]
    return likelihood(scaled, squares / np.where(size > 0, size, 1.0), count)._replace(
        method="likelihood, independent errors of estimated size"
    )


def _limits(problem: Problem, fit: Fit, spread: Spread) -> tuple[np.ndarray, str]:
    """The ends of 95 % intervals on the fitted scale (system, parameter, 2)."""
    kind = problem.law.intervals_for(problem.seen)
    if kind not in INTERVALS:
        raise InputError(f"intervals is one of {', '.join(map(repr, INTERVALS))}, or None; {kind!r} came.")
    half = spread.quantile * spread.error
    if kind == "profile":
        found = profile_limits(problem, fit, half), "profile " + spread.method
    elif kind == "bootstrap":
        found = bootstrap_limits(problem, fit)
    else:
        found = np.stack([fit.theta - half, fit.theta + half], -1), spread.method
    limits, method = found
    for i, p in enumerate(problem.parameters):
        if p.kind != "real":  # others have bounds only so that the search ends: there the data say nothing
            limits[fit.at_bound[:, i] != 0, i] = -np.inf, np.inf
    return limits, method


def _combined(parameters: list[Parameter], theta: np.ndarray, spread: Spread, by_h: float, by_y: float) -> np.ndarray:
    """eta_h^by_h eta_y^by_y with its 95 % interval (system, 3); empty for laws without the two rates."""
    names = [p.name for p in parameters]
    if not {"eta_h", "eta_y"} <= set(names):
        return np.zeros((len(theta), 0))
    h, y = names.index("eta_h"), names.index("eta_y")
    middle = by_h * theta[:, h] + by_y * theta[:, y]
    c = spread.covariance
    variance = by_h**2 * c[:, h, h] + by_y**2 * c[:, y, y] + 2 * by_h * by_y * c[:, h, y]
    half = spread.quantile * np.sqrt(np.maximum(variance, 0.0))
    return np.exp(np.clip(np.stack([middle, middle - half, middle + half], -1), -700, 700))


def tabled(solved: Sequence[Solved]) -> xr.Dataset:
    """The labelled Dataset of all systems, from the fits of some at a time."""
    pieces, problems = [estimated(*one) for one in solved], [problem for problem, _ in solved]
    seen, names, parameters = problems[0].seen, problems[0].names, joined([one.parameters for one in problems])
    found = {key: np.concatenate([piece[key] for piece in pieces]) for key in pieces[0] if key != "method"}
    data: dict[str, Any] = {}
    for i, p in enumerate(parameters):
        units = {"units": f"per {seen.time_units}"} if p.rate else {}
        ends = np.stack([p.from_scale(found["limits"][:, i, end]) for end in range(2)], -1)
        data[p.name] = *seen.labelled(p.from_scale(found["theta"][:, i])), units
        data[f"{p.name}_interval"] = *seen.labelled(ends, "bound"), units
    for name, units in (("speed", f"per {seen.time_units}"), ("ratio", "")):
        if found[name].size:
            data[name] = *seen.labelled(found[name], "estimate"), {"units": units} if units else {}
    data["restart_loss"] = *seen.labelled(found["restart_loss"], "restart"), {"long_name": "loss of every restart"}
    data["r2"] = seen.labelled(found["r2"], "variable")
    for name in ("loss", "excess", "converged", "identified", "message"):
        if name in found:
            data[name] = seen.labelled(found[name])
    coords = dict(seen.batch.coords) | {"bound": ["lower", "upper"], "variable": names}
    if found["speed"].size:
        coords["estimate"] = ["value", "lower", "upper"]
    return xr.Dataset(data, coords=coords, attrs={"interval_method": pieces[0]["method"]})
