"""The free mixture: weighted RSA of simple RDMs, with weights fitted anew at every time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr

from neurouniv.fitting import r_squared
from neurouniv.fitting.prediction import of_systems
from neurouniv.fitting.start import start_of
from neurouniv.kinds import FITTED
from neurouniv.laws.constructor import names_settings
from neurouniv.laws.fitted import Fitted
from neurouniv.laws.law_repr import Shown
from neurouniv.names import one_of
from neurouniv.rdm.classes import class_mean_distances
from neurouniv.schema import InputError, batch_dims, check_trajectory, need_free_names, with_history
from neurouniv.tasks.origin import refuse_empty_guess

START, CONSTANT = "h(0)", "constant"
ALPHAS = np.geomspace(1e-4, 1e3, 15)
"""Penalties that ridge weights choose from, in units of the number of pairs."""
Solver = Callable[[np.ndarray, np.ndarray], np.ndarray]


class MixtureModel(Shown, Fitted):
    """Weighted RSA, anew at every time: h(t) = a(t) h(0) + b(t) dx2 + c(t) dy2 + d(t) dx dy* + e(t) class means + f(t).

    It is no law, since its weights at one time say nothing of another; it tells how much of a movie the simple RDMs of
    stimuli, targets and start hold, with as many numbers as terms x times. Beside it stands a law with few constants.

    "class means" are the squared distances between the mean stimuli of the pairs' classes, where there are classes:
    the coordinate `class_means` (pair) where the trajectory has it, else those of its own stimuli. dx dy* is
    sqrt(dx2 dy2). Between the times it was fitted to weights are linear, and after the last they stay.

    Parameters
    ----------
    weights : "free", least squares; "non-negative", least squares with no weight below 0 (Khaligh-Razavi &
        Kriegeskorte 2014); "ridge", with a penalty on standardised terms that leaving one pair out chooses.

    Attributes
    ----------
    constants_ : Dataset over the batch dimensions of `weight` (..., time, term), in units of h over those of the term,
        `r2` (..., variable), `converged`, `identified` and `message` as of a law.

    Source: weighted RSA as in Khaligh-Razavi & Kriegeskorte (2014), PLoS Comput. Biol. 10, e1003915.

    Examples
    --------
    >>> coords = {"time": [0.0, 1.0], "dx2": ("pair", [1.0, 2.0, 4.0]), "dy2": ("pair", [1.0, 3.0, 1.0])}
    >>> h = np.array([[1.0, 1.0, 2.0], [1.5, 3.5, 3.0]])
    >>> traj = xr.Dataset({"h": (("time", "pair"), h)}, coords)
    >>> fitted = MixtureModel().fit(traj)
    >>> bool(np.allclose(fitted.predict(traj).h, h)), fitted.constants_.term.values.tolist()
    (True, ['h(0)', 'dx2', 'dy2', 'dx dy*', 'constant'])
    """

    name: ClassVar[str] = "mixture"
    family: ClassVar[str] = "mixture"
    predicts: ClassVar[tuple[str, ...]] = ("h",)
    pairwise: ClassVar[bool] = True

    @names_settings
    def __init__(self, *, weights: str = "free"):
        self.weights = one_of(weights, SOLVERS, "weights")

    def clone(self) -> Self:
        """An unfitted copy with the same settings."""
        model = copy.copy(self)
        model.__dict__.pop("constants_", None)
        return model

    def fit(self, traj: xr.Dataset) -> Self:
        """Fit the weights of every time to `traj`, every batch element on its own, and return self.

        Raises
        ------
        InputError : no trajectory, one without dx2, dy2 or distances, or with a guess of them that says nothing.
        """
        traj = check_trajectory(traj, ("h",)).compute()
        need_free_names(batch_dims(traj["h"]), ("term", "weight", *FITTED.names), "A mixture")
        terms, h = _terms(traj), traj["h"].transpose(..., "time", "pair")
        refuse_empty_guess(traj)
        weight = xr.apply_ufunc(
            _weights, terms, h, kwargs={"solve": SOLVERS[self.weights]}, vectorize=True,
            input_core_dims=[["pair", "term"], ["time", "pair"]], output_core_dims=[["time", "term"]],
        ).assign_coords(time=traj["time"], term=terms["term"])  # fmt: skip
        constants = xr.Dataset({"weight": weight})
        r2 = xr.apply_ufunc(r_squared, h, _mixed(weight, terms), input_core_dims=[["time", "pair"]] * 2)
        constants["r2"] = r2.expand_dims(variable=["h"], axis=-1)
        enough = h.notnull().sum("pair").min("time") >= terms.sizes["term"]
        constants["converged"], constants["identified"] = xr.ones_like(enough, dtype=bool), enough
        few = f"There are fewer pairs than the {terms.sizes['term']} weights of a time."
        constants["message"] = xr.where(enough, "", few).astype(str)
        self.constants_ = with_history(constants, "fit", source=traj, law=self.name, weights=self.weights)
        return self

    def predict(self, traj: xr.Dataset, time: Any = None) -> xr.Dataset:
        """The mix, from the start and the task of `traj`, at its times or at `time`.

        Raises
        ------
        InputError : nothing is fitted, or the terms of `traj` are not those that were fitted.
        """
        weight = of_systems(self.constants_[["weight"]], traj, ["weight"])["weight"].reset_coords(drop=True)
        terms = _terms(traj)
        if terms["term"].values.tolist() != weight["term"].values.tolist():
            raise InputError(
                f"The weights were fitted to {weight['term'].values.tolist()} and the trajectory has "
                f"{terms['term'].values.tolist()}. Give both the same task."
            )
        time = traj["time"] if time is None else xr.DataArray(np.atleast_1d(time), dims="time")
        h = _mixed(_weights_at(weight, time), terms).transpose(..., "time", "pair")
        h = h.assign_coords({name: traj[name] for name in traj["h"].coords if "time" not in traj[name].dims})
        h.attrs = dict(traj["h"].attrs)
        predicted = xr.Dataset({"h": h}, attrs={"law": self.name})
        return with_history(predicted, "predict", source=self.constants_)


def _terms(traj: xr.Dataset) -> xr.DataArray:
    """The RDMs that are mixed (..., pair, term)."""
    start = start_of(traj)
    terms: dict[str, xr.DataArray] = {START: start["h"], "dx2": start["dx2"], "dy2": start["dy2"]}
    terms["dx dy*"] = (start["dx2"] * start["dy2"]) ** 0.5
    means = traj["class_means"].values if "class_means" in traj.coords else class_mean_distances(traj)
    if means is not None:
        terms["class means"] = xr.zeros_like(start["h"]) + xr.DataArray(means, dims="pair")
    terms[CONSTANT] = xr.ones_like(start["h"])
    label = xr.Variable("term", list(terms))
    return xr.concat([term.reset_coords(drop=True) for term in terms.values()], label).transpose(..., "pair", "term")


def _mixed(weight: xr.DataArray, terms: xr.DataArray) -> xr.DataArray:
    return xr.dot(weight, terms, dim="term").transpose(..., "time", "pair")


def _weights_at(weight: xr.DataArray, time: xr.DataArray) -> xr.DataArray:
    """The weights at `time`: linear between those that were fitted, and the nearest outside."""
    times = weight["time"].values.astype(float)
    moments = np.clip(time.values.astype(float), times[0], times[-1])
    before = np.clip(np.searchsorted(times, moments, side="right") - 1, 0, max(len(times) - 2, 0))
    after = np.minimum(before + 1, len(times) - 1)
    interval = times[after] - times[before]
    share = xr.DataArray((moments - times[before]) / np.where(interval > 0, interval, 1.0), dims="time")
    first, second = (weight.isel(time=place).drop_vars("time") for place in (before, after))
    return ((1 - share) * first + share * second).assign_coords(time=time.values)


def _weights(terms: np.ndarray, h: np.ndarray, solve: Solver) -> np.ndarray:
    """The weights (time, term) of one movie (time, pair); NaN at times at which nothing was seen."""
    size = np.sqrt((terms**2).mean(0))
    size = np.where(size > 0, size, 1.0)
    weights = np.full((len(h), terms.shape[1]), np.nan)
    observed = np.isfinite(h)
    patterns, of_time = np.unique(observed, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        times = np.flatnonzero(of_time.ravel() == k)
        if pattern.any():
            weights[times] = solve(terms[pattern] / size, h[np.ix_(times, pattern)]) / size
    return weights


def _free(terms: np.ndarray, h: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(terms, h.T, rcond=None)[0].T


def _non_negative(terms: np.ndarray, h: np.ndarray) -> np.ndarray:
    from scipy.optimize import nnls  # slow to import, and help texts need the laws' names

    return np.stack([nnls(terms, frame)[0] for frame in h])


def _ridge(terms: np.ndarray, h: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import RidgeCV  # slow to import, and help texts need the laws' names

    if len(terms) < 3:  # leaving one of two pairs out leaves nothing to choose by
        return _free(terms, h)
    spread = terms[:, :-1].std(0)
    spread = np.where(spread > 0, spread, 1.0)
    fitted = RidgeCV(ALPHAS * len(terms), alpha_per_target=True).fit(terms[:, :-1] / spread, h.T)
    return np.concatenate([fitted.coef_.reshape(len(h), -1) / spread, np.reshape(fitted.intercept_, (-1, 1))], axis=1)


SOLVERS: dict[str, Solver] = {"free": _free, "non-negative": _non_negative, "ridge": _ridge}
