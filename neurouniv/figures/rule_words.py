"""What figures and pages say of learning rules: their names and order, shares, places (layers, regions) and members."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, history, need_variables
from neurouniv.which_rule.candidates import NONE, in_words

REMEDY = "`neurouniv.rules(traj)` makes it; in a shell: neurouniv rules traj.nc --out rules.nc"
NEEDED = ("probability", "probability_each", "alike", "error_ratio", "error_ratio_interval")
UNKNOWN = "not known"


def is_rules(result: xr.Dataset) -> bool:
    """Whether it is of `neurouniv.rules`."""
    return "rule" in result.dims and "answer" in result.attrs and set(NEEDED) <= set(result.variables)


def need_rules(result: xr.Dataset, what: str) -> None:
    """Raise `InputError` unless it is of `neurouniv.rules`.

    Examples
    --------
    >>> need_rules(xr.Dataset(), "It")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: It needs ['probability', ...
    """
    need_variables(result, NEEDED, what, REMEDY)
    if not is_rules(result):
        raise InputError(f"{what} needs a result over `rule` with its answer; got {dict(result.sizes)}. {REMEDY}")


def batch_of(result: xr.Dataset) -> list[str]:
    """The dimensions that have an answer each, such as layers."""
    return [str(dim) for dim in result["probability"].dims if dim != "rule"]


def members_of(result: xr.Dataset) -> str:
    """The dimension whose members share one rule, "" where there is none."""
    return next((str(dim) for dim in result["probability_each"].dims if dim not in result["probability"].dims), "")


def level_of(result: xr.Dataset) -> float:
    """From which probability on a rule is told from all others; NaN where its history does not say.

    Examples
    --------
    >>> level_of(xr.Dataset())
    nan
    """
    steps = [line["settings"] for line in history(result) if line.get("step") == "rules"]
    return float(steps[-1].get("level", np.nan)) if steps else np.nan


def by_probability(result: xr.Dataset) -> list[str]:
    """Names of rules, the most probable first in the mean over all that is shown; without a probability by error.

    Examples
    --------
    >>> result = xr.Dataset({"probability": ("rule", [0.1, np.nan, 0.9]), "error_ratio": ("rule", [2.0, 1.5, 1.0])})
    >>> by_probability(result.assign_coords(rule=["lazy", "hebbian", "backprop"]))
    ['backprop', 'lazy', 'hebbian']
    """
    means = (
        result[name].mean([dim for dim in result[name].dims if dim != "rule"])
        for name in ("probability", "error_ratio")
    )
    probability, ratio = (mean.fillna(filling).values for mean, filling in zip(means, (-1.0, np.inf), strict=True))
    return [str(name) for name in result["rule"].values[np.lexsort((ratio, -probability))]]


def called(rule: str, result: xr.Dataset) -> str:
    """A rule in words; none of them with the curve that stands for it.

    Examples
    --------
    >>> called("lazy", xr.Dataset()), called("none", xr.Dataset(attrs={"curve": "gain"}))
    ('lazy learning', 'none of these (best curve: gain)')
    """
    return f"none of these (best curve: {result.attrs.get('curve', UNKNOWN)})" if rule == NONE else in_words(rule)


def calibration_of(result: xr.Dataset) -> str:
    """What the probabilities rest on, or that there are none.

    Examples
    --------
    >>> calibration_of(xr.Dataset({"probability": ("rule", [np.nan, np.nan])}))
    'There are no probabilities: they are for laws fitted to distances alone, and the rules of the default.'
    """
    if not result["probability"].notnull().any():
        return "There are no probabilities: they are for laws fitted to distances alone, and the rules of the default."
    return str(result.attrs.get("calibration", UNKNOWN))
