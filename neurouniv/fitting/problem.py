"""A law and what was observed, made one least-squares problem on the fitted scale of its constants."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from neurouniv.fitting import Fit, least_squares
from neurouniv.fitting.least_squares import with_jacobian
from neurouniv.fitting.misfit import Weighting, weighting_of
from neurouniv.fitting.observed import Observed, places
from neurouniv.fitting.parameter import OF_SYSTEMS, Parameter
from neurouniv.fitting.start import LEAST, line_of

if TYPE_CHECKING:
    from neurouniv.laws.law import Law

Solved = tuple["Problem", Fit]
"""A fit, and the problem with the weights it was found with."""

SOME_PAIRS, SOME_TIMES = 48, 16
MOST_FLOOR = 2.0
"""A floor under a noisy start is at most so many times the mean of the first frame."""
LEAST_SHARE = 0.1
"""A modelled start keeps at least this share of what its stimuli predict, so that no distance starts at or below 0."""
KEPT = 0.8
"""A start that keeps more than this share of its own is at the level that it shows, which is not fitted."""
ROUGHLY = 1e-2
"""How little a restart may still gain when the best of them is chosen."""
MIRRORED = 0.4
"""The correlation, on the fitted scale, from which the other sign is tried."""
ROUNDS = 2
"""How often noise is taken anew about the fitted law."""


@dataclass(frozen=True)
class Problem:
    """The residuals of `law` on `seen`, as a function of theta (..., problem, parameter)."""

    law: Law
    seen: Observed
    parameters: list[Parameter]
    weighting: Weighting

    @classmethod
    def of(cls, law: Law, seen: Observed) -> Self:
        parameters = [*law.parameters(seen), *start_parameters(law, seen)]
        return cls(law, seen, parameters, weighting_of(law.weighting_for(seen), seen, predicted_names(law, seen)))

    @property
    def names(self) -> list[str]:
        """The variables that are both observed and predicted."""
        return predicted_names(self.law, self.seen)

    @property
    def centers(self) -> np.ndarray:
        """The middle of the bounds (system, parameter)."""
        if not self.parameters:
            return np.zeros((len(self.seen.dx2), 0))
        return np.stack([p.to_scale(p.center) for p in self.parameters], -1)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The lowest and highest theta (system, parameter)."""
        reach = [np.broadcast_to(p.reach, len(self.seen.dx2)) for p in self.parameters]
        reach = np.stack(reach, -1) if reach else np.zeros((len(self.seen.dx2), 0))
        return self.centers - reach, self.centers + reach

    def observed(self) -> np.ndarray:
        """(system, variable, pair, time)."""
        return self.seen.values[:, [self.seen.variables.index(name) for name in self.names]]

    @cached_property
    def far(self) -> np.ndarray:
        """What a prediction that cannot be followed counts as (system, variable, 1, 1)."""
        return 1e3 * np.abs(self._target[0]).max((-2, -1), keepdims=True)

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
        curves = self.law.curves_of(self.names, constants, start, dx2, dy2, elapsed, rtol=rtol)
        floor = constants.get("floor", np.zeros(1))[..., None]
        curves = curves | {"h": curves["h"] + floor} if "h" in curves else curves
        return np.stack(np.broadcast_arrays(*(curves[name] for name in self.names)), axis=-3)

    def error(self, theta: np.ndarray, system: np.ndarray) -> np.ndarray:
        """Predicted minus observed (..., problem, variable, pair, time); 0 where nothing was observed."""
        (observed, count), far = self._target, self.far[system]
        predicted = self.curves(theta, system, self.law.rtol)
        if not (np.isfinite(predicted).all() and (np.abs(predicted).max((-2, -1), keepdims=True) < far).all()):
            with np.errstate(invalid="ignore"):
                predicted = np.where(np.abs(predicted) < far, predicted, far)
        error = predicted - observed[system]
        if count is not None:
            error *= count[system]
        return np.broadcast_to(error, (*theta.shape[:-1], *error.shape[-3:]))

    def residual(self, theta: np.ndarray, system: np.ndarray) -> np.ndarray:
        """What the optimiser squares and sums: weighted errors, then priors, (..., problem, observation)."""
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
        at = self.names.index("h") if "h" in self.names else 0
        return self.seen.noise * self.weighting.variable[:, at]

    def taken(self, system: np.ndarray) -> Self:
        """The problems of the systems at these places, repeated where a place is."""
        own = [
            p._replace(**{name: part[system] if np.ndim(part := getattr(p, name)) else part for name in OF_SYSTEMS})
            for p in self.parameters
        ]
        return replace(self, seen=self.seen.taken(system), parameters=own, weighting=self.weighting.taken(system))

    def thinned(self, pairs: int) -> Self:
        """The problem on some of the pairs or, where the law couples all pairs, at some of the times."""
        if not self.law.pairwise:
            kept = places(self.seen.elapsed.shape[1], SOME_TIMES)
            return replace(self, seen=self.seen.seldom(kept), weighting=self.weighting.seldom(kept))
        if self._in_noise_units or self.seen.dx2.shape[1] <= pairs:
            return self
        return replace(self, seen=self.seen.thinned(pairs))

    def best(self) -> Fit:
        """Every restart on some of the pairs, the best on all pairs; then noise about the fit, and again."""
        rough = self.roughly()
        fit = rough.minimised(self.starts(), tolerance=1e-7 if rough is self else ROUGHLY)
        fit = rough.mirrored(fit)
        if rough is not self:
            fit = self.minimised(fit.theta[None])._replace(costs=fit.costs)
        return fit

    def mirrored(self, fit: Fit) -> Fit:
        """The better of `fit` and of what is found from it with every correlation's sign turned.

        A start with dy against dy* has an optimum of its own, which a start towards dy* hardly ever leads to.
        """
        turned = [i for i, p in enumerate(self.parameters) if p.kind == "correlation"]
        if not turned:
            return fit
        begin = [i for i, p in enumerate(self.parameters) if p.nuisance]
        starts = np.repeat(fit.theta[None], 3, axis=0)
        starts[..., turned] = -MIRRORED * np.sign(fit.theta[:, turned])
        starts[1, :, turned] *= 2
        starts[2][:, begin] = self.centers[:, begin]
        other = self.minimised(starts)
        better = other.costs.min(0) < fit.costs.min(0)
        chosen = [
            np.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old)
            for new, old in zip(other[:-1], fit[:-1], strict=True)
        ]
        return Fit(*chosen, np.concatenate([fit.costs, other.costs]))

    def roughly(self) -> Self:
        """The problem to compare restarts with: on some of the pairs, or solved less accurately."""
        law, some = self.law.roughly(), self.thinned(SOME_PAIRS)
        return some if law is self.law else replace(some, law=law)

    def starts(self) -> np.ndarray:
        """The law's guesses on the fitted scale (restart, system, parameter)."""
        guesses = self._guesses()
        given = [p.to_scale(guesses[..., i]) for i, p in enumerate(self.parameters[: guesses.shape[-1]])]
        extra = [np.broadcast_to(p.to_scale(p.center), guesses.shape[:2]) for p in self.parameters[len(given) :]]
        return np.stack([*given, *extra], -1) if self.parameters else np.zeros((1, len(self.seen.dx2), 0))

    def _guesses(self) -> np.ndarray:
        """The law's own, of distances from which a floor is taken off."""
        if not self.law.floor:
            return self.law.guesses(self.seen)
        law = copy.copy(self.law)
        law.floor = False
        return law.guesses(self.seen.lowered(line_of(self.seen.start["h"], self.seen.dx2, floor=True)[0]))

    def minimised(self, starts: np.ndarray, **settings: float) -> Fit:
        """The least squares from `starts` (restart, system, parameter)."""
        return least_squares(self.residual, starts, *self.bounds, difference=self.law.difference, **settings)

    def reweighted(self, theta: np.ndarray) -> Self:
        """The problem with its noise taken about the law at `theta` (system, parameter)."""
        predicted = self.curves(theta, np.arange(len(theta)), self.law.rtol)
        kind = self.law.weighting_for(self.seen)
        return replace(self, weighting=weighting_of(kind, self.seen, self.names, predicted, self.floor(theta)))

    def floor(self, theta: np.ndarray) -> np.ndarray:
        """What adds to every distance (system, 1)."""
        return self.constants(theta).get("floor", np.zeros((len(theta), 1)))

    def solved(self, theta: np.ndarray | None = None) -> Solved:
        """The fit, and the problem with the weights it was found with; near `theta`, where it is known about where."""
        if theta is not None:
            problem = self.reweighted(theta)
            return problem, problem.minimised(theta[None])
        problem, fit = self, self.best()
        for _ in range(ROUNDS if self.law.weighting_for(self.seen) == "noise" else 0):
            problem = problem.reweighted(fit.theta)
            fit = problem.minimised(fit.theta[None])._replace(costs=fit.costs)
        return problem, fit

    def slopes(self, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
        """Errors (system, variable, pair, time) at the fit, and their derivatives (..., parameter)."""
        full = self.observed().shape
        if self.weighting.whitener is None:
            return self._unweighted(fit, full)

        def flat(theta: np.ndarray, system: np.ndarray) -> np.ndarray:
            error = self.error(theta, system)
            return error.reshape(*error.shape[:-3], -1)

        value, jacobian = with_jacobian(flat, fit.theta, np.arange(len(fit.theta)), self.bounds[1], self.law.difference)
        return value.reshape(full), jacobian.reshape(*full, -1)

    def _unweighted(self, fit: Fit, full: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The same from the fit's own residuals, where every variable has one weight."""
        size, weight = int(np.prod(full[1:])), self.weighting.variable[..., None, None]
        error = fit.residual[:, :size].reshape(full) / weight
        return error, fit.jacobian[:, :size].reshape(*full, -1) / weight[..., None]


def predicted_names(law: Law, seen: Observed) -> list[str]:
    return [name for name in seen.variables if name in law.predicts]


def start_parameters(law: Law, seen: Observed) -> list[Parameter]:
    """What every law may need besides its own constants: the start where it is noisy, and a floor if asked for."""
    found, first = [], seen.start["h"]
    noisy = seen.variance is not None and law.starts_from_h
    slope = line_of(first, seen.dx2, bool(law.floor))[1]
    if noisy:
        least = LEAST * np.nanmax(np.abs(seen.values[:, 0]), axis=(-2, -1)) / seen.dx2.mean(-1)
        reach = np.where(seen.kept > KEPT, 0.0, 9.0)
        found.append(Parameter("h0_per_dx2", "positive", np.maximum(slope, least), reach=reach, nuisance=True))
    if law.floor:
        size = np.abs(first).mean(-1)
        most = MOST_FLOOR * size if noisy else np.maximum(first.min(-1), 0.1 * size)
        kind = {"kind": "real", "reach": 1.0} if noisy else {"kind": "part", "most": most}
        found.append(Parameter("floor", center=most / 2, **kind))
    return found


def begun(start: dict[str, np.ndarray], constants, kept: np.ndarray, dx2: np.ndarray) -> dict[str, np.ndarray]:
    """The start the law is solved from: a floor taken off, a noisy first frame drawn towards `h0_per_dx2` dx2.

    No distance starts below `LEAST_SHARE` of what its stimuli predict, by the fit or, if that is less, by the first
    frame alone: else a fit could lift distances that it keeps by a prediction that it does not use.
    """
    h, floor = start["h"], constants.get("floor", 0.0)
    if "h0_per_dx2" not in constants:
        return start | {"h": np.maximum(h - floor, 1e-9 * np.abs(h)) if "floor" in constants else h}
    h, per_dx2 = h - floor, constants["h0_per_dx2"]
    own = (h * dx2).sum(-1, keepdims=True) / (dx2**2).sum(-1, keepdims=True)
    least = LEAST_SHARE * np.clip(own, LEAST * per_dx2, per_dx2)
    return start | {"h": np.maximum((1 - kept) * per_dx2 * dx2 + kept * h, least * dx2)}
