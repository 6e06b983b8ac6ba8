"""An equation and what was observed, made one least-squares problem on the fitted scale of its constants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from neurouniv.fitting.equation import Equation
from neurouniv.fitting.least_squares import Fit, least_squares, with_jacobian
from neurouniv.fitting.misfit import Weighting, weighting_of
from neurouniv.fitting.modelled_start import begun, start_parameters
from neurouniv.fitting.observed import Observed, places
from neurouniv.fitting.parameter import OF_SYSTEMS, Parameter
from neurouniv.fitting.settings import FitSettings

SOME_PAIRS, SOME_TIMES = 48, 16
"""How many pairs or, where the law couples them, times a rough look takes. By hand: enough to compare restarts by."""
FAR = 1e3
"""Predictions beyond so many times the largest observation count as that. A convention: sums of squares stay finite."""


@dataclass(frozen=True)
class Problem:
    """The residuals of `equation` on `seen`, as a function of theta (..., problem, parameter)."""

    equation: Equation
    settings: FitSettings
    seen: Observed
    parameters: list[Parameter]
    weighting: Weighting

    @classmethod
    def of(cls, equation: Equation, settings: FitSettings, seen: Observed) -> Self:
        begin = start_parameters(seen, bool(settings.floor), equation.starts_from_h)
        kind = _weighting_kind(equation, settings, seen)
        weighting = weighting_of(kind, seen, _predicted_names(equation, seen))
        return cls(equation, settings, seen, [*equation.parameters(seen), *begin], weighting)

    @property
    def names(self) -> list[str]:
        """The variables that are both observed and predicted."""
        return _predicted_names(self.equation, self.seen)

    @property
    def weighting_kind(self) -> str:
        """The weighting in use: as asked for, else by noise where it is known."""
        return _weighting_kind(self.equation, self.settings, self.seen)

    @property
    def interval_method(self) -> str:
        """The method of intervals in use: as asked for, else the likelihood's where noise is known."""
        noise_is_known = self.weighting_kind == "noise" and self.seen.variance is not None
        return self.settings.intervals or ("likelihood" if noise_is_known else "sandwich")

    @property
    def centers(self) -> np.ndarray:
        """The middle of the bounds (system, parameter)."""
        if not self.parameters:
            return np.zeros((len(self.seen.dx2), 0))
        return np.stack([p.to_scale(p.center) for p in self.parameters], -1)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and highest theta (system, parameter)."""
        centers = self.centers
        reach = np.empty_like(centers)
        for i, p in enumerate(self.parameters):
            reach[:, i] = p.reach
        return centers - reach, centers + reach

    def observed(self) -> np.ndarray:
        """The observed values (system, variable, pair, time)."""
        return self.seen.values[:, [self.seen.variables.index(name) for name in self.names]]

    @cached_property
    def far(self) -> np.ndarray:
        """The value that stands for a prediction that cannot be followed (system, variable, 1, 1)."""
        return FAR * np.abs(self._target[0]).max((-2, -1), keepdims=True)

    @cached_property
    def _target(self) -> tuple[np.ndarray, np.ndarray | None]:
        """What was observed (system, variable, pair, time), and how much every entry counts: 0 where it was not.

        None where all entries count alike, which spares a look at each.
        """
        observed = self.observed()
        if self.seen.weights is None and np.isfinite(observed).all():
            return observed, None
        count = np.isfinite(observed).astype(float)
        if self.seen.weights is not None:
            count *= np.sqrt(self.seen.weights)[:, None]
        return np.nan_to_num(observed), count

    def constants(self, theta: np.ndarray, system: np.ndarray | slice = slice(None)) -> dict[str, np.ndarray]:
        """The constants at theta, each (..., problem, 1) to go with pairs."""
        return {p.name: p.from_scale(theta[..., i], system)[..., None] for i, p in enumerate(self.parameters)}

    def curves(self, theta: np.ndarray, system: np.ndarray, rtol: float) -> np.ndarray:
        """What the law predicts, (..., problem, variable, pair, time)."""
        constants = self.constants(theta, system)
        start = {name: value[system] for name, value in self.seen.start.items()}
        dx2, dy2 = self.seen.dx2[system], self.seen.dy2[system]
        start = begun(start, constants, self.seen.kept[system, None], dx2)
        elapsed = self.seen.elapsed[system, None]
        curves = self.equation.curves_of(self.names, constants, start, dx2, dy2, elapsed, rtol=rtol)
        floor = constants.get("floor", np.zeros(1))[..., None]
        curves = curves | {"h": curves["h"] + floor} if "h" in curves else curves
        return np.stack(np.broadcast_arrays(*(curves[name] for name in self.names)), axis=-3)

    def error(self, theta: np.ndarray, system: np.ndarray) -> np.ndarray:
        """Predicted minus observed (..., problem, variable, pair, time); 0 where nothing was observed."""
        (observed, count), far = self._target, self.far[system]
        predicted = self.curves(theta, system, self.equation.rtol)
        if not (np.isfinite(predicted).all() and (np.abs(predicted).max((-2, -1), keepdims=True) < far).all()):
            with np.errstate(invalid="ignore"):
                predicted = np.where(np.abs(predicted) < far, predicted, far)
        error = predicted - observed[system]
        if count is not None:
            error *= count[system]
        return np.broadcast_to(error, (*theta.shape[:-1], *error.shape[-3:]))

    def residual(self, theta: np.ndarray, system: np.ndarray) -> np.ndarray:
        """The residuals that the optimiser squares: weighted errors, then priors, (..., problem, observation)."""
        weighted = self.weighting(self.error(theta, system), system)
        flat = weighted.reshape(*weighted.shape[:-3], -1)
        unit = np.ones(len(system)) if self._in_noise_units else self._unit()[system]
        centers = self.centers
        weak = [
            ((theta[..., i] - centers[system, i]) / p.prior_sd * unit)[..., None]
            for i, p in enumerate(self.parameters)
            if p.prior_sd
        ]
        return np.concatenate([flat, *weak], axis=-1) if weak else flat

    @property
    def _in_noise_units(self) -> bool:
        return self.weighting.whitener is not None

    def _unit(self) -> np.ndarray:
        """What one unit of a prior costs (system,): one standard deviation of the noise in h, weighted as h is."""
        place = self.names.index("h") if "h" in self.names else 0
        return self.seen.noise * self.weighting.variable[:, place]

    def taken(self, system: np.ndarray) -> Self:
        """The problems of the systems at these places, repeated where a place is."""
        parameters = [
            p._replace(**{name: part[system] if np.ndim(part := getattr(p, name)) else part for name in OF_SYSTEMS})
            for p in self.parameters
        ]
        return replace(
            self, seen=self.seen.taken(system), parameters=parameters, weighting=self.weighting.taken(system)
        )

    def thinned(self, pairs: int) -> Self:
        """The problem on some of the pairs or, where the law couples all pairs, at some of the times."""
        if not self.equation.pairwise:
            frames = places(self.seen.elapsed.shape[1], SOME_TIMES)
            return replace(self, seen=self.seen.seldom(frames), weighting=self.weighting.seldom(frames))
        if self._in_noise_units or self.seen.dx2.shape[1] <= pairs:
            return self
        return replace(self, seen=self.seen.thinned(pairs))

    def roughly(self) -> Self:
        """The problem to compare restarts with: on some of the pairs, or solved less accurately."""
        equation, thinned = self.equation.roughly(), self.thinned(SOME_PAIRS)
        return thinned if equation is self.equation else replace(thinned, equation=equation)

    def minimised(self, starts: np.ndarray, max_iterations: int | None = None, tolerance: float | None = None) -> Fit:
        """The least squares from `starts` (restart, system, parameter), by default as well as the equation asks for."""
        low, high = self.bounds
        most = self.equation.iterations if max_iterations is None else max_iterations
        share = self.equation.tolerance if tolerance is None else tolerance
        return least_squares(self.residual, starts, low, high, most, self.equation.difference, share)

    def reweighted(self, theta: np.ndarray) -> Self:
        """The problem with its noise taken about the law at `theta` (system, parameter)."""
        predicted = self.curves(theta, np.arange(len(theta)), self.equation.rtol)
        weighting = weighting_of(self.weighting_kind, self.seen, self.names, predicted, self.floor(theta))
        return replace(self, weighting=weighting)

    def floor(self, theta: np.ndarray) -> np.ndarray:
        """The floor that adds to every distance (system, 1)."""
        return self.constants(theta).get("floor", np.zeros((len(theta), 1)))

    def slopes(self, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
        """Errors (system, variable, pair, time) at the fit, and their derivatives (..., parameter)."""
        full = self.observed().shape
        if self.weighting.whitener is None:
            return self._unweighted(fit, full)

        def flat(theta: np.ndarray, system: np.ndarray) -> np.ndarray:
            error = self.error(theta, system)
            return error.reshape(*error.shape[:-3], -1)

        value, jacobian = with_jacobian(
            flat, fit.theta, np.arange(len(fit.theta)), self.bounds[1], self.equation.difference
        )
        return value.reshape(full), jacobian.reshape(*full, -1)

    def _unweighted(self, fit: Fit, full: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The slopes from the fit's own residuals, where every variable has one weight."""
        size, weight = int(np.prod(full[1:])), self.weighting.variable[..., None, None]
        error = fit.residual[:, :size].reshape(full) / weight
        return error, fit.jacobian[:, :size].reshape(*full, -1) / weight[..., None]


def _predicted_names(equation: Equation, seen: Observed) -> list[str]:
    return [name for name in seen.variables if name in equation.predicts]


def _weighting_kind(equation: Equation, settings: FitSettings, seen: Observed) -> str:
    return settings.weighting or ("none" if seen.variance is None or "h" not in equation.predicts else "noise")
