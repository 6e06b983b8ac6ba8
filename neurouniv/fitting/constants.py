"""Labelled results: what a fit found, as the `constants_` of a law."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.fitting.batch import Batch
from neurouniv.fitting.diagnosis import Diagnosis, diagnosed
from neurouniv.fitting.estimates import Estimates, estimated
from neurouniv.fitting.problem import Problem
from neurouniv.kinds import FITTED
from neurouniv.schema import need_free_names

MORE_OF_FITS = "bound", "estimate", "line", "noise", "excess", "speed", "ratio"
"""Variables and dimensions that only some fits have."""


def constant_names(fitted: xr.Dataset) -> list[str]:
    """The names of the variables that are constants of a law: those with a 95 % interval beside them.

    Examples
    --------
    >>> constant_names(xr.Dataset({"eta_h": 0.5, "eta_h_interval": ("bound", [0.4, 0.6]), "loss": 0.1}))
    ['eta_h']
    """
    return [str(name) for name in fitted if f"{name}_interval" in fitted]


def need_names(batch: xr.DataArray, constants: Iterable[str]) -> None:
    """Raise `InputError` unless the labels of systems (...) have other names than what a fit gives of them."""
    own = [name for constant in constants for name in (constant, f"{constant}_interval")]
    need_free_names({*batch.dims, *batch.coords}, {*FITTED.names, *MORE_OF_FITS, *own}, "A fit")


def labelled(batch: Batch) -> xr.Dataset:
    """The constants of all systems of a batch and what may be said of them."""
    problems = [problem for problem, _ in batch.fits]
    estimates = [estimated(*fit) for fit in batch.fits]
    diagnoses = [diagnosed(*fit, estimate) for fit, estimate in zip(batch.fits, estimates, strict=True)]
    seen, rates = batch.seen, {p.name for problem in problems for p in problem.parameters if p.rate}
    per_time = {"units": f"per {seen.time_units}"}
    data: dict[str, Any] = {}
    for name, array in batch.gathered(list(map(_constants, problems, estimates))).items():
        units = per_time if name.removesuffix("_interval") in rates else {}
        data[name] = *seen.labelled(array, *["bound"] * (array.ndim - 1)), units
    arrays = batch.gathered(
        [_arrays(estimate) | _arrays(diagnosis) for estimate, diagnosis in zip(estimates, diagnoses, strict=True)]
    )
    coords: dict[Hashable, Any] = dict(seen.batch.coords) | {"bound": ["lower", "upper"], "variable": problems[0].names}
    if arrays["speed"].size:
        data["speed"] = *seen.labelled(arrays["speed"], "estimate"), per_time
        data["ratio"] = seen.labelled(arrays["ratio"], "estimate")
        coords["estimate"] = ["value", "lower", "upper"]
    data["restart_loss"] = *seen.labelled(arrays["restart_loss"], "restart"), {"long_name": "loss of every restart"}
    data["r2"] = seen.labelled(arrays["r2"], "variable")
    for name in ("loss", "excess", "converged", "identified", "message"):
        if name in arrays:
            data[name] = seen.labelled(arrays[name])
    return xr.Dataset(data, coords=coords, attrs={"interval_method": _method(batch, estimates)})


def _constants(problem: Problem, estimates: Estimates) -> dict[str, np.ndarray]:
    """Every constant (system,) and its interval (system, bound)."""
    arrays = {}
    for i, p in enumerate(problem.parameters):
        arrays[p.name] = p.from_scale(estimates.theta[:, i])
        arrays[f"{p.name}_interval"] = np.stack([p.end(estimates.limits[:, i, end]) for end in range(2)], -1)
    return arrays


def _arrays(part: Estimates | Diagnosis) -> dict[str, np.ndarray]:
    """The arrays (system, ...), but those with a place for every constant, which not all systems have."""
    arrays = {name: value for name, value in vars(part).items() if isinstance(value, np.ndarray)}
    return {name: array for name, array in arrays.items() if name not in ("theta", "limits")}


def _method(batch: Batch, estimates: Sequence[Estimates]) -> str:
    """The method of intervals in words, of systems with noise that had to be found and of those without."""
    if batch.noise is None:
        return estimates[0].method
    with_noise = f"{estimates[0].method}, noise estimated from residuals"
    count = int(batch.noise.notnull().all("line").sum())
    if count == len(batch.places):
        return with_noise
    return f"{with_noise} ({count} of {len(batch.places)}), or {estimates[-1].method} (without noise)"
