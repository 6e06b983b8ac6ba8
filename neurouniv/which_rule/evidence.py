"""Held-out evidence on every rule: the errors of its law at conditions that it was not fitted to, and log scores."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add

import numpy as np
import xarray as xr
from tqdm import tqdm

from neurouniv.rdm.classes import named_classes
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import finite
from neurouniv.universality.held_out.predictions import predictions
from neurouniv.universality.held_out.predictor import Predictor
from neurouniv.universality.held_out.splits import among, partition
from neurouniv.universality.inference.differences import error_ratios
from neurouniv.universality.scores import dynamics
from neurouniv.universality.scores.log_score import log_density
from neurouniv.universality.scores.noise_ceiling import BOUND
from neurouniv.which_rule.candidates import CURVES

FRAME = ("time", "pair")
WIDTH = 1.96
"""Standard errors in half of a 95 % interval."""


class Evidence:
    """The predictions of every law for the pairs held out, and what they come to.

    Attributes
    ----------
    parts : the folds. predicted : law -> its predictions, one a fold.
    """

    def __init__(
        self, laws: Mapping[str, Predictor], traj: xr.Dataset, folds: int, partitions: int, seed: int, bar: tqdm
    ) -> None:
        self.parts = partition(traj, "conditions", folds, partitions, 0.5, seed)
        self.predicted = {name: predictions(law, self.parts, bar) for name, law in laws.items()}
        self.tests = [dynamics.after_start(part.test, part.given) for part in self.parts]
        self.classes = named_classes(traj)
        self.names = list(laws)

    @property
    def errors(self) -> xr.Dataset:
        """`error` (law, ...), sums of squared errors, and `noise`, `squares` and `count` (...) of the distances."""
        error = xr.concat([_summed(self._squares(name)) for name in self.names], self._law, coords="minimal")
        observed = [test["h"] for test in self.tests]
        noise = [test["h_var"].where(test["h"].notnull()) if "h_var" in test else 0 * test["h"] for test in self.tests]
        totals = {"noise": noise, "squares": [h**2 for h in observed], "count": [h.notnull() for h in observed]}
        return xr.Dataset({"error": error} | {name: _summed(parts).astype(float) for name, parts in totals.items()})

    @property
    def scores(self) -> xr.Dataset:
        """`r2`, `change_r2`, `error` (root mean square, in units of h), `log_score` and `converged` (law, ...)."""
        observed = dynamics.side_by_side([test["h"] for test in self.tests])
        rows = []
        for name in self.names:
            courses = self._courses(name)
            predicted, densities = dynamics.side_by_side(courses), self._densities(name, self.tests, courses)
            fits = self.predicted[name]
            member = observed.isel(time=0, pair=0, drop=True)
            converged = sum(fit.constants["converged"].broadcast_like(member).astype(float) for fit in fits) / len(fits)
            row = {
                "r2": dynamics.r2(observed, predicted), "change_r2": dynamics.r2_of_change(observed, predicted),
                "error": dynamics.rms_error(observed, predicted), "log_score": densities, "converged": converged,
            }  # fmt: skip
            rows.append(xr.Dataset(row))
        return xr.concat(rows, self._law, coords="minimal", join="exact")

    def ratios(self, reference: str, resamples: int, subjects: str | None, seed: int) -> xr.Dataset:
        """`error_ratio`, `error_ratio_interval` and `error_ratio_p` (law, ...): errors over those of `reference`."""
        return error_ratios(
            self.parts, self.predicted, reference, resamples=resamples, subjects=subjects, errors="jackknife",
            unit=None, classes=self.classes, seed=seed, device="cpu",
        )  # fmt: skip

    def log_differences(self, reference: str) -> xr.Dataset:
        """`log_score_difference` (law, ...) from the law `reference`, and its interval, by leaving out conditions."""
        names = np.unique(np.concatenate([Pairs.of(part.test).names for part in self.parts]))
        left_out = [self._log_scores_without(condition) for condition in names]
        each = xr.concat([score - score.sel(law=reference) for score in left_out], "left_out", coords="minimal")
        whole = self._log_scores_without(None)
        difference = whole - whole.sel(law=reference)
        n = each["left_out"].size
        spread = ((n - 1) / n * ((each - each.mean("left_out")) ** 2).sum("left_out", skipna=False)) ** 0.5
        ends = [difference - WIDTH * spread, difference + WIDTH * spread]
        interval = xr.concat(ends, xr.DataArray(BOUND, dims="bound", name="bound"), coords="minimal")
        return xr.Dataset({"log_score_difference": difference, "log_score_difference_interval": interval})

    @property
    def _law(self) -> xr.DataArray:
        return xr.DataArray(self.names, dims="law", name="law")

    def _log_scores_without(self, condition: str | None) -> xr.DataArray:
        """Log scores (law, ...) of the held-out pairs without this condition."""
        tests = [_without(test, condition) for test in self.tests]
        rows = []
        for name in self.names:
            courses = [_without(h.to_dataset(name="h"), condition)["h"] for h in self._courses(name)]
            rows.append(self._densities(name, tests, courses))
        return xr.concat(rows, self._law, coords="minimal")

    def _courses(self, name: str) -> list[xr.DataArray]:
        """The predictions of a law (..., time, pair), one a fold, after the frame that is given."""
        fits = zip(self.predicted[name], self.parts, strict=True)
        return [dynamics.after_start(fit.h, part.given) for fit, part in fits]

    def _squares(self, name: str) -> list[xr.DataArray]:
        """Squared errors of a law, infinite where it predicts nothing."""
        both = zip(self.tests, self._courses(name), strict=True)
        return [((test["h"] - h) ** 2).where(finite(h) | test["h"].isnull(), np.inf) for test, h in both]

    def _densities(self, name: str, tests: list[xr.Dataset], courses: list[xr.DataArray]) -> xr.DataArray:
        """The log score of a law (...), in nats per distance."""
        fits = self.predicted[name]
        densities = [log_density(test, h, fit.spread) for test, h, fit in zip(tests, courses, fits, strict=True)]
        total, count = (reduce(add, [density[part] for density in densities]) for part in ("total", "count"))
        return total / count.where(count > 0)


def best_curve(errors: xr.Dataset) -> xr.DataArray:
    """The name of the curve with the smallest error (...), which speaks for none of the rules."""
    return errors["error"].sel(law=list(CURVES)).idxmin("law")


def _summed(parts: list[xr.DataArray]) -> xr.DataArray:
    return reduce(add, [part.sum(FRAME) for part in parts])


def _without(test: xr.Dataset, condition: str | None) -> xr.Dataset:
    if condition is None:
        return test
    return among(test, [name for name in Pairs.of(test).names if name != condition])
