"""One set of constants fitted to several systems together, whatever their conditions and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np
import xarray as xr

from neurouniv.fitting import Fit, least_squares
from neurouniv.fitting.guesses import starts
from neurouniv.fitting.optimum import ROUNDS
from neurouniv.fitting.problem import Problem
from neurouniv.laws.law import Law
from neurouniv.schema import InputError, batch_dims


@dataclass(frozen=True)
class Shared:
    """The residuals of one law on several systems, as a function of one theta (..., problem, parameter)."""

    problems: Sequence[Problem]

    @classmethod
    def of(cls, law: Law, trajectories: Sequence[xr.Dataset]) -> Self:
        return cls([law.form(traj).problem(traj) for traj in trajectories])

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The widest bounds of all systems (1, parameter)."""
        low, high = zip(*(problem.bounds for problem in self.problems), strict=True)
        return reduce(np.minimum, low), reduce(np.maximum, high)

    def residual(self, theta: np.ndarray, system: np.ndarray) -> np.ndarray:
        return np.concatenate([problem.residual(theta, system) for problem in self.problems], axis=-1)

    def start(self) -> np.ndarray:
        """The best start for all systems together (1, parameter), of those that each would have alone."""
        begin = np.concatenate([starts(problem) for problem in self.problems])
        misfit = (self.residual(begin, np.zeros(1, int)) ** 2).sum(-1)[:, 0]
        return begin[np.nan_to_num(misfit, nan=np.inf).argmin()]

    def minimised(self, start: np.ndarray) -> Fit:
        """The least squares from `start` (1, parameter)."""
        difference = max(problem.equation.difference for problem in self.problems)
        return least_squares(self.residual, start[None], *self.bounds, difference=difference)

    def reweighted(self, theta: np.ndarray) -> Self:
        """The problems with their noise taken about what was fitted."""
        return type(self)([problem.reweighted(theta) for problem in self.problems])


def fit_shared(law: Law, trajectories: Sequence[xr.Dataset]) -> Law:
    """A copy of `law` with the constants that fit all `trajectories` best, a single system each, without intervals.

    Every system counts as it would alone, and starts at its own first frame. The optimiser starts where one of them
    would.

    Raises
    ------
    InputError : a trajectory of several systems, or systems that need different constants.

    Examples
    --------
    >>> from neurouniv import RIVALS, tasks, train, trajectory
    >>> runs = train(tasks.xor(), width=20, lr=0.05, epochs=200, seeds=range(2), record=9)
    >>> traj = trajectory(runs).isel(layer=0)
    >>> law = fit_shared(RIVALS["gain"](), [traj.isel(seed=0), traj.isel(seed=1)])
    >>> law.predict(traj.isel(seed=1)).h.dims
    ('time', 'pair')
    """
    if several := [dict(traj["h"].sizes) for traj in trajectories if batch_dims(traj["h"])]:
        raise InputError(f"Each trajectory is one system; got {several[0]}. Select members: `traj.isel(seed=0)`.")
    shared = Shared.of(law, trajectories)
    names = [[p.name for p in problem.parameters] for problem in shared.problems]
    if any(other != names[0] for other in names):
        raise InputError(
            f"Systems share constants that all of them have; they need {' and '.join(map(str, names))}. Give all the "
            "same variables: h alone, or h, y and w."
        )
    fit = shared.minimised(shared.start())
    for _ in range(ROUNDS if any(p.weighting_kind == "noise" for p in shared.problems) else 0):
        shared = shared.reweighted(fit.theta)
        fit = shared.minimised(fit.theta)
    return _with_constants(law, shared.problems[0], fit)


def _with_constants(law: Law, problem: Problem, fit: Fit) -> Law:
    fitted = law.clone()
    values = {p.name: float(p.from_scale(fit.theta[:, i])[0]) for i, p in enumerate(problem.parameters)}
    unknown = {f"{name}_interval": ("bound", [np.nan, np.nan]) for name in values}
    settled = bool(fit.settled[0])
    outcome = {"converged": settled, "message": "converged" if settled else "The optimiser did not converge."}
    fitted.constants_ = xr.Dataset(values | unknown | outcome, {"bound": ["lower", "upper"]}, {"law": law.name})
    return fitted
