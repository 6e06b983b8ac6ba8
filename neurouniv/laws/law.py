"""The estimator every law shares: fit by its constants, predict, score. A law supplies its equation only."""

from __future__ import annotations

import copy
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr

from neurouniv.exploratory import BRIEFLY, exploratory
from neurouniv.fitting import r_squared, unknown_noise
from neurouniv.fitting.constants import tabled
from neurouniv.fitting.observed import Observed, observe
from neurouniv.fitting.parameter import Parameter
from neurouniv.fitting.prediction import Known, groups_of
from neurouniv.fitting.problem import Problem
from neurouniv.fitting.start import start_of
from neurouniv.schema import WITHIN_TRIAL, InputError, NeurounivWarning, with_history

Curves = dict[str, np.ndarray]
SCATTERED, WIDTH = 64, 4.0
"""How many starting points a law without guesses of its own tries, and how far from the centers."""


class Law(ABC):
    """A law of how distances change, fitted by its constants.

    Parameters
    ----------
    variables : which of "h", "y", "w" to fit; default all that the trajectory has.
    weighting : "none" sums squared errors as they are (the published objective); "range" divides every variable
        by its own range first, so that units of h do not change the weight of y and w; "noise" is the likelihood:
        h is whitened by the covariance of its noise (pairs that share a condition are correlated) where the
        trajectory has its sampling variance `h_var`, else by noise that residuals tell, and other variables count
        by the size of their residuals. Default: "noise" where `h_var` is there, and where h alone is seen and not of
        trained networks, which have none; else "none".
    restarts : how many of the best starting points of the scan are optimised.
    per : whose constants: "system" shares them among all its pairs; "pair" gives every pair its own; the name of a
        coordinate (pair) gives them to every group of pairs with the same label.
    floor : fit a constant `floor` that adds to every distance, as the noise of distances that are not
        crossvalidated does; between 0 and the smallest distance at the start, or twice the mean of a noisy start.
        Default: where `neurouniv.trajectory` made h by "sqeuclidean" or "mahalanobis" of a recording.
    clock : the name of a coordinate (time) that counts learning time, such as the integral of a learning-rate
        schedule; rates are then per unit of the clock.
    intervals : "sandwich", for misfit that is correlated over time and pairs; "likelihood" (inverse information) or
        "profile", for errors that are noise; "bootstrap", over conditions or, where they are few, times. Default:
        "likelihood" with weighting by noise, else "sandwich". `constants_` names the method. Where noise is not known,
        its size is found from how residuals differ from one frame to the next (`neurouniv.fitting.unknown_noise`), and
        the first frame is as noisy as others; it counts as exact where `per` is not "system", where y and w are
        fitted too, and where noise is less than a quarter of what the law leaves. How often 95 % intervals hold the
        truth is measured in `benchmarks/README.md`.

    Attributes
    ----------
    constants_ : Dataset over the batch dimensions of the trajectory: each constant with its 95 % interval
        `NAME_interval` (..., bound); where the law has both rates, `speed` = sqrt(eta_h eta_y) and `ratio` =
        eta_h/eta_y (..., estimate: value, lower, upper); `loss` (weighted sum of squares), `restart_loss`
        (..., restart), `r2` (..., variable), `excess` (mean squared residual in units of the noise), `noise` (...,
        line), where it had to be found: the variance of h is level + slope (h - floor); `converged` (the fit may be
        used), `identified` (its data determine its constants) and `message` (in words).
    """

    name: ClassVar[str]
    predicts: ClassVar[tuple[str, ...]] = ("h",)
    pairwise: ClassVar[bool] = True
    """Every pair's course follows from its own start, dx2 and dy2, so that pairs can be left out or set apart."""
    starts_from_h: ClassVar[bool] = True
    """The law's curves start at the first frame."""
    difference: ClassVar[float] = 1e-5
    """The step of finite differences in the constants, above the error of `curves`."""
    rtol: ClassVar[float] = 1e-7
    """The accuracy of `curves` asked for in fits."""

    def __init__(
        self,
        *,
        variables: tuple[str, ...] | None = None,
        weighting: str | None = None,
        restarts: int = 3,
        per: str = "system",
        floor: bool | None = None,
        clock: str | None = None,
        intervals: str | None = None,
    ):
        self.variables = variables
        self.weighting = weighting
        self.restarts = restarts
        self.per = per
        self.floor = floor
        self.clock = clock
        self.intervals = intervals

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars_of(self).items())})"

    @abstractmethod
    def parameters(self, seen: Observed) -> list[Parameter]:
        """The constants to fit to `seen`."""

    @abstractmethod
    def curves(
        self, constants: Mapping[str, np.ndarray], start: Curves, dx2: Any, dy2: Any, elapsed: Any, rtol: float = 1e-9
    ) -> Curves:
        """The variables the law predicts, each (..., pair, time), from `start` at `elapsed` (..., 1 or pair, time).

        `constants` are (..., 1 or pair), `start`, `dx2` and `dy2` (..., pair).
        """

    def curves_of(self, names: Sequence[str], *state: Any, rtol: float) -> Curves:
        """The curves of some variables, where that is less work than all: the arguments are those of `curves`."""
        return self.curves(*state, rtol=rtol)

    @abstractmethod
    def final(self, constants: Mapping[str, np.ndarray], start: Curves, dx2: Any, dy2: Any) -> np.ndarray:
        """h at infinite time (..., pair)."""

    def guesses(self, seen: Observed) -> np.ndarray:
        """Starting points (restart, system, parameter), on the natural scale, the best first.

        Here: the best of points scattered about the centers (a Sobol sequence). Parameters that are left out at the
        end of the last axis start at their centers.
        """
        from scipy.stats import qmc  # slow to import, and help texts need the laws' names

        problem = Problem.of(self, seen).thinned(24)
        if not problem.parameters:
            return np.zeros((1, len(seen.dx2), 0))
        low, high = problem.bounds
        reach = np.minimum((high - low) / 2, WIDTH)
        cube = qmc.Sobol(len(problem.parameters), scramble=False).random(SCATTERED)
        theta = problem.centers + (2 * cube[:, None] - 1) * reach
        theta = np.concatenate([problem.centers[None], theta])
        system = np.arange(len(seen.dx2))
        loss = np.stack([(problem.residual(one, system) ** 2).sum(-1) for one in theta])
        order = np.argsort(loss, axis=0)[: self.restarts]
        chosen = np.take_along_axis(theta, order[..., None], 0)
        return np.stack([p.from_scale(chosen[..., i]) for i, p in enumerate(problem.parameters)], -1)

    def fit(self, traj: xr.Dataset) -> Self:
        """Fit the constants to `traj`, every batch element on its own, and return self.

        Raises
        ------
        InputError : the trajectory cannot be fitted; the message says what it needs.

        Warns
        -----
        NeurounivWarning : where a fit ends at a bound, does not settle or describes nothing, or where the data leave
            its constants open; `constants_` says it too.
        """
        self.__dict__.pop("constants_", None)
        solved, noise = unknown_noise.solved(self.form(traj), traj)
        found = tabled(solved)
        if noise is not None:
            method = f"{found.attrs['interval_method']}, noise found from residuals"
            found = found.assign(noise=noise).assign_attrs(interval_method=method)
        if exploratory(traj):
            told = np.char.add(f"{BRIEFLY}; ", found["message"].values.astype(str))
            found = found.assign(message=found["message"].copy(data=told)).assign_attrs(axis=WITHIN_TRIAL)
        self.constants_ = with_history(
            found.assign_attrs(law=self.name), "fit", source=traj, law=self.name, **vars_of(self)
        )
        self._warn()
        return self

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        """The trajectory the fitted law expects, from `traj`'s own start, at its times or at `time`.

        Raises
        ------
        InputError : the law is not fitted; a time comes before the start, or the labels of batches or groups differ.
        """
        law = self.form(traj)
        known = Known.of(law, traj)
        time = traj["time"] if time is None else np.atleast_1d(time)
        time = xr.DataArray(np.asarray(time), dims="time", attrs=traj["time"].attrs)
        curves = known.call(law.curves, elapsed=known.elapsed(traj, time, self.clock), rtol=law.rtol)
        made = xr.Dataset({name: known.labelled(value, "time") for name, value in curves.items()})
        made = made.assign_coords(time=time).assign(h=made["h"] + known.floor)
        made = made.transpose(..., "time", "pair").assign_attrs(law=self.name)
        made["h"].attrs = dict(traj["h"].attrs)
        carried = {name: traj[name] for name in ("stimuli", "targets") if name in traj}
        return with_history(made.assign(carried), "predict", source=self.constants_)

    def score(self, traj: xr.Dataset) -> xr.Dataset:
        """R2 of h (and of y and w where both are there), per batch element: 1 - SSE/SST over times and pairs."""
        predicted = self.predict(traj)
        names = [name for name in ("h", "y", "w") if name in traj and name in predicted]
        return xr.Dataset({name: _r2(traj[name], predicted[name]) for name in names})

    def final_structure(self, traj: xr.Dataset) -> xr.DataArray:
        """The distances at infinite time (..., pair), from `traj`'s own start."""
        law = self.form(traj)
        known = Known.of(law, traj)
        return (known.labelled(known.call(law.final)) + known.floor).rename("h").assign_attrs(traj["h"].attrs)

    def clone(self) -> Self:
        """An unfitted copy with the same settings."""
        made = copy.copy(self)
        made.__dict__.pop("constants_", None)
        return made

    def form(self, traj: xr.Dataset) -> Law:
        """The law as it is solved for `traj`, with the constants found so far; here with or without a floor."""
        if self.floor is not None or not self.starts_from_h:
            return self
        own = copy.copy(self)
        own.floor = "floor" in self.constants_ if hasattr(self, "constants_") else unknown_noise.has_floor(traj)
        return own

    def begin(self, traj: xr.Dataset) -> xr.Dataset:
        """Where every pair starts, see `neurouniv.fitting.start.start_of`."""
        noise = self.constants_.get("noise") if hasattr(self, "constants_") else None
        return start_of(unknown_noise.with_variance(traj, noise), bool(self.floor))

    def roughly(self) -> Self:
        """The law to look with before every restart but the best is left; here the law itself."""
        return self

    def weighting_for(self, seen: Observed) -> str:
        """The weighting in use: as asked for, else by noise where it is known."""
        return self.weighting or ("none" if seen.variance is None or "h" not in self.predicts else "noise")

    def intervals_for(self, seen: Observed) -> str:
        """The method of intervals in use: as asked for, else the likelihood's where noise is known."""
        known = self.weighting_for(seen) == "noise" and seen.variance is not None
        return self.intervals or ("likelihood" if known else "sandwich")

    def observed(self, traj: xr.Dataset) -> Observed:
        """What this law fits of `traj`, by its settings."""
        seen = observe(traj, self.begin(traj), self.variables, self.clock)
        if self.per == "system":
            return seen
        if not self.pairwise:
            raise InputError(
                f"The {self.name} law couples all pairs of a system; it takes per='system', and {self.per!r} came."
            )
        return seen.grouped(groups_of(self, traj))

    def _warn(self) -> None:
        good = self.constants_["identified"].values
        bad = np.atleast_1d(self.constants_["message"].values[~good])
        if bad.size:
            said = "should not be used" if not self.constants_["converged"].all() else "leave constants open"
            warnings.warn(f"{bad.size} of {good.size} fits {said}: {bad[0]}.", NeurounivWarning, stacklevel=3)


def vars_of(law: Law) -> dict[str, Any]:
    """The settings of a law: what its constructor stored."""
    return {name: value for name, value in vars(law).items() if not name.endswith("_")}


def _r2(observed: xr.DataArray, predicted: xr.DataArray) -> xr.DataArray:
    core = [["time", "pair"], ["time", "pair"]]
    return xr.apply_ufunc(r_squared, observed, predicted, input_core_dims=core, join="exact")
