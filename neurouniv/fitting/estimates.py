"""What a fit estimates: its constants with 95 % intervals, and how much of the data they describe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurouniv.fitting.intervals import Spread, likelihood, sandwich
from neurouniv.fitting.least_squares import Fit
from neurouniv.fitting.parameter import TOO_LARGE, Parameter
from neurouniv.fitting.problem import Problem
from neurouniv.fitting.profile import profile_limits
from neurouniv.fitting.refit_bootstrap import bootstrap_limits
from neurouniv.fitting.score import r_squared

FOLLOWED = 0.999
"""A prediction at this share of the largest that counts was cut off. A convention: rounding may not hide a cut."""


@dataclass(frozen=True)
class Estimates:
    """The estimates of every system, on the fitted scale."""

    theta: np.ndarray  # (system, parameter)
    limits: np.ndarray  # (system, parameter, 2): the ends of 95 % intervals
    method: str  # of the intervals, in words
    loss: np.ndarray  # (system,)
    restart_loss: np.ndarray  # (system, restart)
    r2: np.ndarray  # (system, variable)
    followed: np.ndarray  # (system,): the law could be solved to the end of the data
    excess: np.ndarray | None  # (system,): the mean squared residual in units of the noise, where it is known
    speed: np.ndarray  # (system, 3): sqrt(eta_h eta_y) with its interval; (system, 0) for laws without the two rates
    ratio: np.ndarray  # the same of eta_h/eta_y


def estimated(problem: Problem, fit: Fit) -> Estimates:
    error, slopes = problem.slopes(fit)
    spread = spread_of(problem, fit, error, slopes)
    limits, method = _limits(problem, fit, spread)
    observed = problem.observed()
    predicted = observed + error
    predicted = np.where(np.abs(predicted) < FOLLOWED * problem.far, predicted, np.nan)
    loss = (problem.weighting(error, np.arange(len(fit.theta))) ** 2).sum((-3, -2, -1))
    freedom = np.isfinite(observed).sum((-3, -2, -1)) - fit.theta.shape[-1]
    return Estimates(
        theta=fit.theta,
        limits=limits,
        method=method,
        loss=loss,
        restart_loss=fit.costs.T,
        r2=r_squared(observed, predicted),
        followed=(np.isfinite(predicted) | ~np.isfinite(observed)).all((-3, -2, -1)),
        excess=None if problem.weighting.whitener is None else loss / np.maximum(freedom, 1),
        speed=_combined(problem.parameters, fit.theta, spread, 0.5, 0.5),
        ratio=_combined(problem.parameters, fit.theta, spread, 1.0, -1.0),
    )


def spread_of(problem: Problem, fit: Fit, error: np.ndarray, slopes: np.ndarray) -> Spread:
    """The covariance of the constants on the fitted scale, by the law's method."""
    system = np.arange(len(fit.theta))
    derivatives = np.moveaxis(slopes, -1, 0)
    white = np.stack([problem.weighting(part, system) for part in derivatives]) if len(derivatives) else derivatives
    columns = white.reshape(*white.shape[:2], error[0].size)
    prior = fit.jacobian[:, columns.shape[-1] :]
    normal = np.einsum("ism,jsm->sij", columns, columns) + np.swapaxes(prior, 1, 2) @ prior
    if problem.interval_method in ("likelihood", "profile"):
        residual = problem.weighting(error, system)
        count = np.isfinite(problem.observed()).sum((-3, -2, -1))
        squares = (residual**2).sum((-3, -2, -1))
        noise_is_known = problem.weighting.whitener is not None
        return likelihood(normal, squares, count) if noise_is_known else _unknown_noise(normal, squares, count)
    back = [problem.weighting.back(part) for part in white]
    scores = np.stack([(error * part).sum(1) for part in back], -1) if back else np.zeros((*error[:, 0].shape, 0))
    return sandwich(np.swapaxes(scores, 1, 2), normal, problem.seen.ends)


def _unknown_noise(normal: np.ndarray, squares: np.ndarray, count: np.ndarray) -> Spread:
    """The likelihood's spread for independent errors of one size, which the residuals give."""
    size = squares / np.maximum(count - normal.shape[-1], 1)
    scaled = normal / np.where(size > 0, size, 1.0)[:, None, None]
    return likelihood(scaled, squares / np.where(size > 0, size, 1.0), count)._replace(
        method="likelihood, independent errors of estimated size"
    )


def _limits(problem: Problem, fit: Fit, spread: Spread) -> tuple[np.ndarray, str]:
    """The ends of 95 % intervals on the fitted scale (system, parameter, 2)."""
    half = spread.quantile * spread.error
    if problem.interval_method == "profile":
        limits, method = profile_limits(problem, fit, half), "profile " + spread.method
    elif problem.interval_method == "bootstrap":
        limits, method = bootstrap_limits(problem, fit)
    else:
        limits, method = np.stack([fit.theta - half, fit.theta + half], -1), spread.method
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
    ends = np.stack([middle, middle - half, middle + half], -1)
    return np.where(ends < TOO_LARGE, np.exp(np.minimum(ends, TOO_LARGE)), np.inf)
