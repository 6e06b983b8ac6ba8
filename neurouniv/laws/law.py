"""The estimator that all laws share: fit, predict and score. A law supplies its equation only."""

from __future__ import annotations

import copy
from dataclasses import fields
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import xarray as xr

from neurouniv.exploratory import BRIEFLY, exploratory
from neurouniv.fitting import r_squared, unknown_noise
from neurouniv.fitting.constants import constant_names, labelled
from neurouniv.fitting.diagnosis import in_sentences
from neurouniv.fitting.equation import Equation
from neurouniv.fitting.observed import Observed, need_times, observe
from neurouniv.fitting.prediction import Inputs, groups_of, of_systems, to_pairs
from neurouniv.fitting.problem import Problem
from neurouniv.fitting.settings import FitSettings
from neurouniv.fitting.sizes import Sound, filled, missing_constants, sound, without_empty
from neurouniv.fitting.start import start_of
from neurouniv.got import got
from neurouniv.laws.constructor import names_settings
from neurouniv.laws.fitted import Fitted
from neurouniv.laws.law_repr import Shown
from neurouniv.schema import (
    WITHIN_TRIAL,
    InputError,
    check_trajectory,
    choices_as_outputs,
    warn,
    with_history,
)
from neurouniv.tasks.origin import guesses, origin_of, refuse_empty_guess, remark

Predicted = TypeVar("Predicted", xr.Dataset, xr.DataArray)


class Law(Shown, Fitted, Equation):
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

    family: ClassVar[str]
    """Laws of one family are the same law in another form, and no rivals of each other; by default the law's name."""

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "name" in vars(cls) and "family" not in vars(cls):
            cls.family = cls.name

    @names_settings
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

    @property
    def fit_settings(self) -> FitSettings:
        """How the law is fitted, checked."""
        return FitSettings(**{setting.name: getattr(self, setting.name) for setting in fields(FitSettings)})

    def fit(self, traj: xr.Dataset) -> Self:
        """Fit the constants to `traj`, every batch element on its own, and return self.

        Raises
        ------
        InputError : the trajectory cannot be fitted, or its task is a guess that says nothing; the message says what
            it needs.

        Warns
        -----
        NeurounivWarning : where a fit ends at a bound, does not settle or describes nothing, or where the data leave
            its constants open; `constants_` says it too.
        """
        self.__dict__.pop("constants_", None)
        traj = check_trajectory(traj, ("h",)).compute()  # chunks are read once
        need_times(traj.sizes["time"])
        refuse_empty_guess(traj)
        traj, empty = self.sound(traj)
        law = self.form(traj)
        batch = unknown_noise.solved(law, law.fit_settings, traj, law.observed)
        constants = labelled(batch)
        if batch.noise is not None:
            constants = constants.assign(noise=batch.noise)
        if exploratory(traj):
            constants = with_remark(constants, BRIEFLY).assign_attrs(axis=WITHIN_TRIAL)
        for origin in guesses(traj).values():
            constants = with_remark(constants, remark(origin)).assign_attrs(origin_of(traj))
        constants = without_empty(constants, empty)
        self.constants_ = with_history(
            constants.assign_attrs(law=self.name), "fit", source=traj, law=self.name, **vars_of(self)
        )
        self._warn()
        return self

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        """The trajectory the fitted law expects, from `traj`'s own start, at its times or at `time`.

        Raises
        ------
        InputError : the law is not fitted; a time comes before the start, or the labels of batches or groups differ.
        """
        traj, empty = sound(traj)
        law = self._chosen(traj).form(traj)
        inputs = law._inputs(traj)
        time = xr.DataArray(_times(traj["time"] if time is None else time), dims="time", attrs=traj["time"].attrs)
        curves = inputs.call(law.curves, elapsed=inputs.elapsed(traj, time, self.clock), rtol=law.rtol)
        predicted = xr.Dataset({name: inputs.labelled(value, "time") for name, value in curves.items()})
        predicted = predicted.assign_coords(time=time).assign(h=predicted["h"] + inputs.floor)
        predicted = predicted.transpose(..., "time", "pair").assign_attrs(law=self.name)
        predicted = law._known(predicted, traj, empty).transpose(..., "time", "pair")
        predicted["h"].attrs = dict(traj["h"].attrs)
        task = {name: traj[name] for name in ("stimuli", "targets") if name in traj}
        return with_history(predicted.assign(task), "predict", source=self.constants_)

    def score(self, traj: xr.Dataset) -> xr.Dataset:
        """R2 of h (and of y and w where both are there), per batch element: 1 - SSE/SST over times and pairs."""
        predicted, traj = self.predict(traj), choices_as_outputs(traj).compute()
        names = [name for name in ("h", "y", "w") if name in traj and name in predicted]
        return xr.Dataset({name: _r2(traj[name], predicted[name]) for name in names})

    def final_structure(self, traj: xr.Dataset) -> xr.DataArray:
        """The distances at infinite time (..., pair), from `traj`'s own start."""
        traj, empty = sound(traj)
        law = self._chosen(traj).form(traj)
        inputs = law._inputs(traj)
        final = inputs.labelled(inputs.call(law.final)) + inputs.floor
        unsolved = (final.isnull() & inputs.start["h"].notnull()).any("pair")
        if bool(unsolved.any()):
            warn(
                f"The {self.name} law could not be solved to its end for {int(unsolved.sum())} of {unsolved.size} "
                "systems, which get NaN: its constants are far apart in size, or it diverges."
            )
        return law._known(final, traj, empty).transpose(*final.dims).rename("h").assign_attrs(traj["h"].attrs)

    def _chosen(self, traj: xr.Dataset) -> Self:
        """The law with the constants of the systems that `traj` has by their labels."""
        law = copy.copy(self)
        law.constants_ = of_systems(self.constants_, traj, constant_names(self.constants_))
        return law

    def _known(self, predicted: Predicted, traj: xr.Dataset, empty: xr.DataArray | None) -> Predicted:
        """What is predicted, NaN where a system has no constants or, as `empty` (...) says, no distance."""
        missing = missing_constants(self.constants_)
        if missing is not None and self.per in missing.dims:
            missing = to_pairs(missing, traj, self.per)
        for unknown in (empty, missing):
            predicted = predicted if unknown is None else predicted.where(~unknown)
        return predicted

    def clone(self) -> Self:
        """An unfitted copy with the same settings."""
        law = copy.copy(self)
        for name in type(self).fitted:
            law.__dict__.pop(name, None)
        return law

    def form(self, traj: xr.Dataset) -> Law:
        """The form in which the law is solved for `traj`, with its fitted constants; here with or without a floor."""
        if self.floor is not None or not self.starts_from_h:
            return self
        law = copy.copy(self)
        law.floor = "floor" in self.constants_ if hasattr(self, "constants_") else unknown_noise.has_floor(traj)
        return law

    def begin(self, traj: xr.Dataset) -> xr.Dataset:
        """The start of every pair, see `neurouniv.fitting.start.start_of`."""
        noise = self.constants_.get("noise") if hasattr(self, "constants_") else None
        return start_of(unknown_noise.with_variance(traj, noise), bool(self.floor))

    def sound(self, traj: xr.Dataset) -> Sound:
        """`traj` with distances in all that is fitted by itself, systems or groups of pairs in them."""
        return sound(traj, None if self.per == "system" else groups_of(traj, self.per), self.fits_zeros)

    def observed(self, traj: xr.Dataset) -> Observed:
        """The arrays of `traj` that this law is fitted to, by its settings."""
        seen = observe(traj, self.begin(traj), self.variables, self.clock)
        if self.per == "system":
            return seen
        if not self.pairwise:
            raise InputError(
                f"The {self.name} law couples all pairs of a system and takes per='system'; got {self.per!r}."
            )
        return seen.grouped(groups_of(traj, self.per))

    def problem(self, traj: xr.Dataset) -> Problem:
        """The least-squares problem of fitting this law to `traj`."""
        return Problem.of(self, self.fit_settings, self.observed(traj))

    def _inputs(self, traj: xr.Dataset) -> Inputs:
        """The fitted constants and the start of `traj`, joined by label for a prediction."""
        return Inputs.of(filled(self.constants_), self.begin(traj), traj, self.per, self.pairwise)

    def _warn(self) -> None:
        converged, identified = (self.constants_[name].values for name in ("converged", "identified"))
        messages, unusable = self.constants_["message"].values, int((~converged).sum())
        if unusable:
            warn(f"{unusable} of {converged.size} fits are not usable. {messages[~converged][0]}")
        elif not identified.all():
            warn(
                f"The constants of {(~identified).sum()} of {identified.size} fits are uncertain. "
                f"{messages[~identified][0]}"
            )


def _times(time: Any) -> np.ndarray:
    values = np.atleast_1d(np.asarray(None if isinstance(time, xr.Dataset) else time))
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise InputError(f"A prediction needs times, one number or a list of numbers; got {got(time)}.")
    return values


def need_law(law: Any) -> None:
    """Raise `InputError` unless `law` is a law, and no class of one."""
    if not isinstance(law, Law):
        remedy = f"Call it: {law.__name__}()." if isinstance(law, type) else "`neurouniv.UniversalModel()` is one."
        raise InputError(f"A law comes first, a neurouniv.Law; got {got(law)}. {remedy}")


def with_remark(constants: xr.Dataset, text: str, where: xr.DataArray | bool = True) -> xr.Dataset:
    """`constants` whose messages begin with a remark, of the systems that `where` (...) names."""
    message = xr.apply_ufunc(
        lambda said, has: in_sentences([text, said]) if has else said, constants["message"], where,
        vectorize=True, keep_attrs=True,
    )  # fmt: skip
    return constants.assign(message=message.astype(str))


def vars_of(law: Law) -> dict[str, Any]:
    """The settings of a law: what its constructor stored."""
    return {name: value for name, value in vars(law).items() if not name.endswith("_")}


def _r2(observed: xr.DataArray, predicted: xr.DataArray) -> xr.DataArray:
    core = [["time", "pair"], ["time", "pair"]]
    return xr.apply_ufunc(r_squared, observed, predicted, input_core_dims=core)
