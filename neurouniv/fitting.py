"""Least squares for many systems, starting points and perturbations in one computation; intervals; R2.

scipy and scikit-learn fit one system at a time, so the Levenberg-Marquardt loop here is our own: the solutions
for all systems, restarts and finite differences of one iteration are one batched call of the law.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import stats

Residual = Callable[[np.ndarray, np.ndarray], np.ndarray]
DIFFERENCE = 1e-4


class Fit(NamedTuple):
    """What a fit found, per system: the best of its restarts."""

    theta: np.ndarray  # (system, parameter)
    residual: np.ndarray  # (system, observation)
    jacobian: np.ndarray  # (system, observation, parameter)
    settled: np.ndarray  # (system,): the optimiser converged
    at_bound: np.ndarray  # (system, parameter): -1 at the lower bound, 1 at the upper, 0 between
    costs: np.ndarray  # (restart, system): the sum of squares each restart ended with


def least_squares(
    residual: Residual, starts: np.ndarray, low: np.ndarray, high: np.ndarray, max_iterations: int = 100
) -> Fit:
    """Minimise the sum of squared residuals of every system from every start (Levenberg 1944, Marquardt 1963).

    Parameters
    ----------
    residual : maps parameters (..., problem, parameter) and the system of every problem (problem,) to residuals
        (..., problem, observation).
    starts : (restart, system, parameter).
    low, high : (system, parameter), the bounds.

    Examples
    --------
    >>> target = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> fit = least_squares(lambda theta, system: theta - target[system], np.zeros((1, 2, 2)), target - 9, target + 9)
    >>> bool(np.allclose(fit.theta, target))
    True
    """
    restarts, systems, size = starts.shape
    system = np.tile(np.arange(systems), restarts)
    low, high = low[system], high[system]
    theta = np.clip(starts.reshape(restarts * systems, size), low, high)
    value, jacobian = _with_jacobian(residual, theta, system, high)
    cost, damping = (value**2).sum(-1), np.full(len(theta), 1e-3)
    settled = np.full(len(theta), size == 0)
    for _ in range(max_iterations):
        go = np.flatnonzero(~settled)
        if not go.size:
            break
        step = _step(jacobian[go], value[go], damping[go], theta[go], low[go], high[go])
        proposed = np.clip(theta[go] + step, low[go], high[go])
        new_value, new_jacobian = _with_jacobian(residual, proposed, system[go], high[go])
        new_cost, moved = (new_value**2).sum(-1), np.abs(proposed - theta[go]).max(-1)
        better = new_cost <= cost[go]
        little = (cost[go] - new_cost <= 1e-7 * cost[go]) | (moved < 1e-7)
        settled[go] = (better & little) | (damping[go] > 1e6) | (moved == 0)
        damping[go] = np.clip(np.where(better, damping[go] / 5, damping[go] * 4), 1e-12, 1e10)
        won = go[better]
        theta[won], value[won], jacobian[won] = proposed[better], new_value[better], new_jacobian[better]
        cost[won] = new_cost[better]
    best = cost.reshape(restarts, systems).argmin(0) * systems + np.arange(systems)
    at_bound = np.where(theta <= low + 1e-6, -1, np.where(theta >= high - 1e-6, 1, 0))
    found = (array[best] for array in (theta, value, jacobian, settled, at_bound))
    return Fit(*found, cost.reshape(restarts, systems))


def _with_jacobian(
    residual: Residual, theta: np.ndarray, system: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (..., observation) and forward differences (..., observation, parameter), in one call."""
    size = theta.shape[-1]
    sign = np.where(theta + DIFFERENCE > high, -1.0, 1.0) * DIFFERENCE
    nudges = np.concatenate([np.zeros((1, size)), np.eye(size)])
    nudges = nudges.reshape(size + 1, *(1,) * (theta.ndim - 1), size)
    values = residual(theta + nudges * sign, system)
    slopes = np.moveaxis(values[1:] - values[0], 0, -1) / sign[..., None, :]
    return values[0], slopes


def _step(jacobian, value, damping, theta, low, high) -> np.ndarray:
    """The damped Gauss-Newton step; a parameter that a bound stops is left out of it."""
    gradient = np.einsum("...mi,...m->...i", jacobian, value)
    stopped = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
    jacobian = np.where(stopped[..., None, :], 0.0, jacobian)
    normal = np.einsum("...mi,...mj->...ij", jacobian, jacobian)
    diagonal = np.einsum("...ii->...i", normal)
    floor = 1e-12 * diagonal.max(-1, keepdims=True) + 1e-300
    ridge = damping[..., None] * diagonal + floor
    step = np.linalg.solve(normal + ridge[..., None] * np.eye(theta.shape[-1]), -gradient[..., None])[..., 0]
    return np.clip(np.where(stopped, 0.0, step), -3.0, 3.0)


def r_squared(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """1 - SSE/SST over the last two axes (time, pair), SST about the mean; NaN is left out."""
    seen = np.isfinite(observed) & np.isfinite(predicted)
    count = seen.sum((-2, -1), keepdims=True)
    clean = np.where(seen, observed, 0.0)
    mean = clean.sum((-2, -1), keepdims=True) / np.maximum(count, 1)
    error = np.where(seen, clean - np.where(seen, predicted, 0.0), 0.0)
    total = np.where(seen, clean - mean, 0.0)
    sse, sst = (error**2).sum((-2, -1)), (total**2).sum((-2, -1))
    return np.where((sst > 0) & (count[..., 0, 0] > 1), 1 - sse / np.where(sst > 0, sst, 1.0), np.nan)


class Sandwich(NamedTuple):
    """Standard errors (system, parameter), the quantile for a 95 % interval and what was assumed, in words."""

    error: np.ndarray
    quantile: float
    method: str


def sandwich(scores: np.ndarray, normal: np.ndarray, first: np.ndarray, second: np.ndarray) -> Sandwich:
    """Standard errors that survive misfit which is correlated over time and between pairs.

    With five conditions or more, scores are summed within every pair over all times, and pairs that share a
    condition may be correlated (dyadic clusters: Aronow, Samii & Assenova 2015). With fewer, pairs are summed
    and scores may be correlated over time up to a quarter of the frames (Newey & West 1987).

    Parameters
    ----------
    scores : (system, time, pair, parameter): residual times its derivative.
    normal : (system, parameter, parameter), J'J with any prior.
    first, second : (pair,), the conditions of each pair.
    """
    n_conditions = len(np.union1d(first, second))
    if n_conditions >= 5:
        meat = _dyadic(scores.sum(1), first, second)
        freedom = n_conditions - 1
        quantile, method = float(stats.t.ppf(0.975, freedom)), "sandwich, dyadic clusters by condition"
    else:
        meat = _newey_west(scores.sum(2))
        quantile, method = float(stats.norm.ppf(0.975)), "sandwich, Newey-West over time"
    bread = np.linalg.pinv(normal, hermitian=True)
    variance = np.einsum("sij,sjk,ski->si", bread, meat, bread)
    return Sandwich(np.sqrt(np.maximum(variance, 0.0)), quantile, method)


def _dyadic(scores: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Sum over pairs that share a condition of s s'; the one-way sum where that is not positive."""
    names, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    pairs = np.arange(len(first))
    member = np.zeros((len(names), len(first)))
    member[place[: len(first)], pairs] = member[place[len(first) :], pairs] = 1.0
    by_condition = np.einsum("cp,spi->sci", member, scores)
    shared = np.einsum("sci,scj->sij", by_condition, by_condition)
    meat = shared - np.einsum("spi,spj->sij", scores, scores)
    proper = (np.linalg.eigvalsh(meat) > 0).all(-1) if meat.shape[-1] else np.ones(len(meat), bool)
    return np.where(proper[:, None, None], meat, shared)


def _newey_west(scores: np.ndarray) -> np.ndarray:
    """Long-run variance of scores (system, time, parameter) with Bartlett weights."""
    lags = max(1, scores.shape[1] // 4)
    meat = np.einsum("sti,stj->sij", scores, scores)
    for lag in range(1, lags + 1):
        cross = np.einsum("sti,stj->sij", scores[:, lag:], scores[:, :-lag])
        meat = meat + (1 - lag / (lags + 1)) * (cross + np.swapaxes(cross, 1, 2))
    return meat
