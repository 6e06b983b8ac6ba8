"""Least squares for many systems, starting points and perturbations in one computation.

scipy and scikit-learn fit one system at a time, so the Levenberg-Marquardt loop here is our own: the solutions
for all systems, restarts and finite differences of one iteration are one batched call of the law.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np

Residual = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Fit(NamedTuple):
    """What a fit found, per system: the best of its restarts."""

    theta: np.ndarray  # (system, parameter)
    residual: np.ndarray  # (system, observation)
    jacobian: np.ndarray  # (system, observation, parameter)
    settled: np.ndarray  # (system,): the optimiser converged
    at_bound: np.ndarray  # (system, parameter): -1 at the lower bound, 1 at the upper, 0 between or held
    costs: np.ndarray  # (restart, system): the sum of squares each restart ended with

    def taken(self, systems: np.ndarray) -> Self:
        """The fits of the systems at these places."""
        arrays = {name: part[systems] for name, part in self._asdict().items() if name != "costs"}
        return self._replace(**arrays, costs=self.costs[:, systems])


def least_squares(
    residual: Residual,
    starts: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    max_iterations: int = 100,
    difference: float = 1e-4,
    tolerance: float = 1e-7,
) -> Fit:
    """Minimise the sum of squared residuals of every system from every start (Levenberg 1944, Marquardt 1963).

    Parameters
    ----------
    residual : maps parameters (..., problem, parameter) and the system of every problem (problem,) to residuals
        (..., problem, observation).
    starts : (restart, system, parameter).
    low, high : (system, parameter), the bounds; a parameter whose bounds are equal is held there.
    difference : the step of finite differences.
    tolerance : a problem is settled when a step takes less than this share of its sum of squares away or moves its
        parameters by less, and where its slopes tell both of the next step, for parameters with the root of the share.

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
    value, jacobian = with_jacobian(residual, theta, system, high, difference)
    cost, damping = (value**2).sum(-1), np.full(len(theta), 1e-3)
    settled = np.full(len(theta), size == 0)
    for _ in range(max_iterations):
        unsettled = np.flatnonzero(~settled)
        if not unsettled.size:
            break
        rows = unsettled if unsettled.size < len(theta) else slice(None)  # a slice copies nothing
        step, reach, gain = _step(jacobian[rows], value[rows], damping[rows], theta[rows], low[rows], high[rows])
        near = (gain <= tolerance * cost[unsettled]) & (reach <= tolerance**0.5)
        settled[unsettled[near]] = True
        unsettled, step = unsettled[~near], step[~near]
        if not unsettled.size:
            continue
        proposed = np.clip(theta[unsettled] + step, low[unsettled], high[unsettled])
        new_value = residual(proposed, system[unsettled])
        new_cost, moved = (new_value**2).sum(-1), np.abs(proposed - theta[unsettled]).max(-1)
        better = new_cost <= cost[unsettled]
        little = (cost[unsettled] - new_cost <= tolerance * cost[unsettled]) | (moved < tolerance)
        settled[unsettled] = (better & little) | (damping[unsettled] > 1e6) | (moved == 0)
        damping[unsettled] = np.clip(np.where(better, damping[unsettled] / 5, damping[unsettled] * 4), 1e-12, 1e10)
        won = unsettled[better]
        if won.size:
            slopes = _slopes(residual, proposed[better], new_value[better], system[won], high[won], difference)
            if won.size == len(theta):
                theta, value, jacobian = proposed, new_value, slopes
            else:
                theta[won], value[won], jacobian[won] = proposed[better], new_value[better], slopes
            cost[won] = new_cost[better]
    best = cost.reshape(restarts, systems).argmin(0) * systems + np.arange(systems)
    at_bound = np.where(theta <= low + 1e-6, -1, np.where(theta >= high - 1e-6, 1, 0)) * (high > low)
    costs = cost.reshape(restarts, systems)
    return Fit(theta[best], value[best], jacobian[best], settled[best], at_bound[best], costs)


def with_jacobian(
    residual: Residual, theta: np.ndarray, system: np.ndarray, high: np.ndarray, difference: float
) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (..., observation) and forward differences (..., observation, parameter), in one call."""
    none, (nudges, sign) = np.zeros((1, *theta.shape)), _nudges(theta, high, difference)
    values = residual(theta + np.concatenate([none, nudges]), system)
    return values[0], _per_step(values[1:], values[0], sign)


def _slopes(
    residual: Residual, theta: np.ndarray, value: np.ndarray, system: np.ndarray, high: np.ndarray, difference: float
) -> np.ndarray:
    """Forward differences (..., observation, parameter) from the residuals `value` at theta."""
    nudges, sign = _nudges(theta, high, difference)
    return _per_step(residual(theta + nudges, system), value, sign)


def _nudges(theta: np.ndarray, high: np.ndarray, difference: float) -> tuple[np.ndarray, np.ndarray]:
    """A step in each parameter (parameter, ..., parameter), away from upper bounds, and its signed size."""
    size = theta.shape[-1]
    sign = np.where(theta + difference > high, -1.0, 1.0) * difference
    return np.eye(size).reshape(size, *(1,) * (theta.ndim - 1), size) * sign, sign


def _per_step(values: np.ndarray, value: np.ndarray, sign: np.ndarray) -> np.ndarray:
    slopes = values - value
    slopes /= np.moveaxis(sign, -1, 0)[..., None]
    return np.moveaxis(slopes, 0, -1)


def _step(jacobian, value, damping, theta, low, high) -> tuple[np.ndarray, ...]:
    """The damped Gauss-Newton step, how far the undamped one goes, and what it would take off the sum of squares.

    A parameter that a bound stops is left out.
    """
    gradient = (np.swapaxes(jacobian, -1, -2) @ value[..., None])[..., 0]
    stopped = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
    gradient = np.where(stopped, 0.0, gradient)
    normal = np.swapaxes(jacobian, -1, -2) @ jacobian
    normal = np.where(stopped[..., None, :] | stopped[..., None], 0.0, normal)
    diagonal = np.einsum("...ii->...i", normal)
    floor = 1e-12 * diagonal.max(-1, keepdims=True) + 1e-300
    ridge = damping[..., None] * diagonal + floor
    damped, whole = (
        np.linalg.solve(normal + amount[..., None] * np.eye(theta.shape[-1]), -gradient[..., None])[..., 0]
        for amount in (ridge, np.broadcast_to(floor, ridge.shape))
    )
    return np.clip(damped, -3.0, 3.0), np.abs(whole).max(-1), -(gradient * whole).sum(-1)
