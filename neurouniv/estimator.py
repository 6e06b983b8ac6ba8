"""The estimator every law shares: fit by its constants, predict, score. A law supplies its equation only."""

from __future__ import annotations

import copy
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import xarray as xr

from neurouniv.fitting import Fit, least_squares, r_squared, sandwich
from neurouniv.observed import Observed, observe, start_of
from neurouniv.schema import InputError, NeurounivWarning, batch_dims, with_history

Curves = dict[str, np.ndarray]
SOME_PAIRS = 48


class Parameter(NamedTuple):
    """One constant of a law: its name, scale, bounds and, where it cannot be seen, its declared prior.

    `center` (system,) is a value of about the right size; bounds lie `reach` away on the fitted scale: the
    logarithm for "positive" and "share" (a positive constant that may vanish), atanh for "correlation".
    A `rate` is per unit of time.
    """

    name: str
    kind: str
    center: np.ndarray
    reach: float = 14.0
    prior_sd: float | None = None
    rate: bool = False

    def to_scale(self, value: np.ndarray) -> np.ndarray:
        """The fitted scale of `value`."""
        return np.arctanh(value) if self.kind == "correlation" else np.log(value)

    def from_scale(self, theta: np.ndarray) -> np.ndarray:
        """The constant at `theta`."""
        return np.tanh(theta) if self.kind == "correlation" else np.exp(np.minimum(theta, 700.0))


class Law(ABC):
    """A law of how distances change, fitted by its constants.

    Parameters
    ----------
    variables : which of "h", "y", "w" to fit; default all that the trajectory has.
    weighting : "none" sums squared errors as they are (the published objective); "range" divides every variable
        by its own range first, so that units of h do not change the weight of y and w.
    restarts : how many of the best starting points of the scan are optimised.

    Attributes
    ----------
    constants_ : Dataset over the batch dimensions of the trajectory: each constant with its 95 % interval
        `NAME_interval` (..., bound), `loss` (weighted sum of squares), `r2` (..., variable), `converged`, `message`.
    """

    name: ClassVar[str]

    def __init__(self, *, variables: tuple[str, ...] | None = None, weighting: str = "none", restarts: int = 3):
        self.variables = variables
        self.weighting = weighting
        self.restarts = restarts

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars_of(self).items())})"

    @abstractmethod
    def parameters(self, seen: Observed) -> list[Parameter]:
        """The constants to fit to `seen`."""

    @abstractmethod
    def guesses(self, seen: Observed) -> np.ndarray:
        """Starting points (restart, system, parameter), on the natural scale, the best first."""

    @abstractmethod
    def curves(
        self, constants: Mapping[str, np.ndarray], start: Curves, dx2: Any, dy2: Any, elapsed: Any, rtol: float = 1e-9
    ) -> Curves:
        """The variables the law predicts, each (..., pair, time), from `start` at `elapsed` (time,)."""

    @abstractmethod
    def final(self, constants: Mapping[str, np.ndarray], start: Curves, dx2: Any, dy2: Any) -> np.ndarray:
        """h at infinite time (..., pair)."""

    def fit(self, traj: xr.Dataset) -> Self:
        """Fit the constants to `traj`, every batch element on its own, and return self.

        Warns
        -----
        NeurounivWarning : where a fit ends at a bound, does not settle or describes nothing; `constants_` says it too.
        """
        seen = observe(traj, self.variables)
        parameters = self.parameters(seen)
        fit = self._optimise(seen, parameters)
        self.constants_ = self._constants(seen, parameters, fit)
        self.constants_ = with_history(self.constants_, "fit", source=traj, law=self.name, **vars_of(self))
        self._warn()
        return self

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        """The trajectory the fitted law expects, from `traj`'s own start, at its times or at `time`."""
        constants, start = self._aligned(traj)
        time = traj["time"] if time is None else np.atleast_1d(time)
        time = xr.DataArray(np.asarray(time), dims="time", attrs=traj["time"].attrs)
        elapsed = time.to_numpy().astype(float) - float(traj["time"][0])
        if not (np.isfinite(elapsed).all() and (elapsed >= 0).all()):
            raise InputError(
                f"A prediction starts where the trajectory starts, at {float(traj['time'][0]):g}; "
                f"times from {np.min(time.values):g} were asked for. Ask for later times."
            )
        order = np.argsort(elapsed)
        curves = self._call(self.curves, constants, start, elapsed=elapsed[order])
        dims = (*start["h"].dims, "time")
        coords = dict(start.coords) | dict(traj["pair"].coords)
        made = xr.Dataset({name: (dims, value) for name, value in curves.items()}, coords=coords)
        made = made.assign_coords(time=time.isel(time=order)).isel(time=np.argsort(order))
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
        """The distances at infinite time (..., pair), in closed form, from `traj`'s own start."""
        constants, start = self._aligned(traj)
        values = self._call(self.final, constants, start)
        coords = dict(start.coords) | dict(traj["pair"].coords)
        return xr.DataArray(values, dims=start["h"].dims, coords=coords, name="h", attrs=traj["h"].attrs)

    def clone(self) -> Self:
        """An unfitted copy with the same settings."""
        made = copy.copy(self)
        made.__dict__.pop("constants_", None)
        return made

    def _optimise(self, seen: Observed, parameters: list[Parameter]) -> Fit:
        """Every restart on some of the pairs, then the best of them on all pairs."""
        guesses = self.guesses(seen)
        if not parameters:
            guesses = np.zeros((1, len(seen.dx2), 0))
            return least_squares(self._residual(seen, parameters, guesses[0]), guesses, guesses[0], guesses[0])
        starts = np.stack([p.to_scale(guesses[..., i]) for i, p in enumerate(parameters)], -1)
        centers = np.stack([p.to_scale(p.center) for p in parameters], -1)
        reach = np.array([p.reach for p in parameters])
        rough = seen.thinned(SOME_PAIRS)
        fit = least_squares(self._residual(rough, parameters, centers), starts, centers - reach, centers + reach)
        if rough.dx2.shape == seen.dx2.shape:
            return fit
        residual = self._residual(seen, parameters, centers)
        return least_squares(residual, fit.theta[None], centers - reach, centers + reach)._replace(costs=fit.costs)

    def _residual(self, seen: Observed, parameters: list[Parameter], centers: np.ndarray):
        """The function of theta (..., system, parameter) that the optimiser minimises: misfit, then priors."""
        predicted_names = [name for name in seen.variables if name in self.predicts]
        keep = [seen.variables.index(name) for name in predicted_names]
        observed = seen.values[:, keep]
        missing = ~np.isfinite(observed)
        weight = self._weight(observed)[..., None, None]
        far = 1e3 * np.nanmax(np.abs(observed), axis=(-2, -1), keepdims=True)
        priors = [(i, p.prior_sd) for i, p in enumerate(parameters) if p.prior_sd]
        noise = np.where(seen.noise > 0, seen.noise, 0.01 * np.sqrt(np.nanmean(seen.values[:, 0] ** 2, axis=(-2, -1))))

        def residual(theta: np.ndarray, system: np.ndarray) -> np.ndarray:
            constants = {p.name: p.from_scale(theta[..., i])[..., None] for i, p in enumerate(parameters)}
            start = {name: value[system] for name, value in seen.start.items()}
            curves = self.curves(constants, start, seen.dx2[system], seen.dy2[system], seen.elapsed, rtol=1e-7)
            predicted = np.stack([curves[name] for name in predicted_names], axis=-3)
            error = np.where(np.isfinite(predicted), predicted, far[system]) - np.nan_to_num(observed[system])
            error = np.where(missing[system], 0.0, error) * weight[system]
            flat = error.reshape(*error.shape[:-3], -1)
            flat = np.broadcast_to(flat, (*theta.shape[:-1], flat.shape[-1]))
            weak = [((theta[..., i] - centers[system, i]) / sd * noise[system])[..., None] for i, sd in priors]
            return np.concatenate([flat, *weak], axis=-1)

        return residual

    def _weight(self, observed: np.ndarray) -> np.ndarray:
        """The weight of every variable (system, variable)."""
        if self.weighting == "none":
            return np.ones(observed.shape[:2])
        if self.weighting == "range":
            spread = np.nanmax(observed, axis=(-2, -1)) - np.nanmin(observed, axis=(-2, -1))
            return 1 / np.where(spread > 0, spread, 1.0)
        raise InputError(f"weighting is 'none' or 'range'; {self.weighting!r} came.")

    def _constants(self, seen: Observed, parameters: list[Parameter], fit: Fit) -> xr.Dataset:
        names = [name for name in seen.variables if name in self.predicts]
        shape = (len(seen.dx2), len(names), *seen.values.shape[2:])
        count = int(np.prod(shape[1:]))
        jacobian = fit.jacobian[:, :count].reshape(*shape, -1)
        scores = (fit.residual[:, :count].reshape(shape)[..., None] * jacobian).sum(1)
        normal = np.einsum("smi,smj->sij", fit.jacobian, fit.jacobian)
        errors = sandwich(np.swapaxes(scores, 1, 2), normal, seen.first, seen.second)
        data: dict[str, Any] = {}
        for i, p in enumerate(parameters):
            half = errors.quantile * errors.error[:, i]
            ends = p.from_scale(fit.theta[:, i, None] + half[:, None] * np.array([-1.0, 1.0]))
            units = {"units": f"per {seen.time_units}"} if p.rate else {}
            data[p.name] = *seen.labelled(p.from_scale(fit.theta[:, i])), units
            data[f"{p.name}_interval"] = *seen.labelled(ends, "bound"), units
        r2 = self._fitted_r2(seen, parameters, fit, names)
        converged, message = self._judge(parameters, fit, r2[:, 0], seen)
        data |= {
            "loss": seen.labelled((fit.residual[:, :count] ** 2).sum(-1)),
            "restart_loss": (("restart", *map(str, seen.batch.dims)), fit.costs.reshape(-1, *seen.batch.shape)),
            "r2": seen.labelled(r2, "variable"),
            "converged": seen.labelled(converged),
            "message": seen.labelled(np.array(message)),
        }
        coords = dict(seen.batch.coords) | {"bound": ["lower", "upper"], "variable": names}
        return xr.Dataset(data, coords=coords, attrs={"law": self.name, "interval_method": errors.method})

    def _fitted_r2(self, seen: Observed, parameters, fit: Fit, names: list[str]) -> np.ndarray:
        constants = {p.name: p.from_scale(fit.theta[:, i])[:, None] for i, p in enumerate(parameters)}
        curves = self.curves(constants, seen.start, seen.dx2, seen.dy2, seen.elapsed)
        observed = [seen.values[:, seen.variables.index(name)] for name in names]
        return np.stack([r_squared(o, curves[name]) for o, name in zip(observed, names, strict=True)], axis=-1)

    def _judge(self, parameters, fit: Fit, r2: np.ndarray, seen: Observed) -> tuple[np.ndarray, list[str]]:
        """Whether every fit may be used, and in words why not."""
        messages = []
        for s in range(len(r2)):
            faults = [
                f"{p.name} ended at its {'lower' if fit.at_bound[s, i] < 0 else 'upper'} bound "
                f"({float(p.from_scale(fit.theta[s, i])):.3g}), so these data do not determine it"
                for i, p in enumerate(parameters)
                if fit.at_bound[s, i] and not (p.kind == "share" and fit.at_bound[s, i] < 0)
            ]
            if not fit.settled[s]:
                faults.append("the optimiser did not settle; try more `restarts`")
            if not np.isfinite(r2[s]):
                faults.append("R2 of h is undefined: the distances do not vary, or their start is missing")
            elif r2[s] < 0:
                h = seen.values[s, seen.variables.index("h")] if "h" in seen.variables else seen.values[s, 0]
                mean = np.nanmean(h, axis=0)
                faults.append(
                    f"the {self.name} law does not describe these data: R2 of h is {r2[s]:.2f}, worse than their "
                    f"mean (the mean distance goes from {mean[0]:.3g} to {mean[-1]:.3g})"
                )
            messages.append("; ".join(faults))
        return np.array([not text for text in messages]), [text or "converged" for text in messages]

    def _warn(self) -> None:
        bad = np.atleast_1d(self.constants_["message"].values[~self.constants_["converged"].values])
        if bad.size:
            total = self.constants_["converged"].size
            warnings.warn(f"{bad.size} of {total} fits should not be used: {bad[0]}.", NeurounivWarning, stacklevel=3)

    def _aligned(self, traj: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
        """Constants and start on the same batch dimensions, joined by label."""
        if not hasattr(self, "constants_"):
            raise InputError(f"{type(self).__name__} is not fitted yet; call `fit(trajectory)` first.")
        fitted = [name for name in self.constants_ if f"{name}_interval" in self.constants_]
        start = start_of(traj)
        try:
            constants, start = xr.align(self.constants_[fitted], start, join="exact")
        except ValueError as error:
            raise InputError(
                f"The constants were fitted to {dict(self.constants_.sizes)} and the trajectory has "
                f"{dict(start.sizes)}; their labels differ. Select the same members of both. ({error})"
            ) from error
        template = xr.broadcast(start["h"], *constants.values())[0]
        dims = (*batch_dims(template, ("pair",)), "pair")
        return constants, start.map(lambda array: array.broadcast_like(template).transpose(*dims))

    def _call(self, method: Any, constants: xr.Dataset, start: xr.Dataset, **extra: Any) -> Any:
        template = start["h"].isel(pair=0, drop=True)
        values = {name: constants[name].broadcast_like(template).transpose(*template.dims) for name in constants}
        plain = {name: np.asarray(array.values, dtype=float)[..., None] for name, array in values.items()}
        first = {name: start[name].to_numpy() for name in ("h", "y", "w") if name in start}
        return method(plain, first, start["dx2"].to_numpy(), start["dy2"].to_numpy(), **extra)

    predicts: ClassVar[tuple[str, ...]] = ("h",)


def vars_of(law: Law) -> dict[str, Any]:
    """The settings of a law: what its constructor stored."""
    return {name: value for name, value in vars(law).items() if not name.endswith("_")}


def _r2(observed: xr.DataArray, predicted: xr.DataArray) -> xr.DataArray:
    core = [["time", "pair"], ["time", "pair"]]
    return xr.apply_ufunc(r_squared, observed, predicted, input_core_dims=core, join="exact")
