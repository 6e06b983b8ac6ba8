"""From the errors of all laws to the probability of every rule: a logistic regression on networks of known rules.

`calibration.json` has its weights and what they rest on; `benchmarks/which_rule.py` makes it. Priors of rules are
equal, so that a rule that is rare in brains is as likely here as one that is common.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.which_rule.candidates import CURVES, NONE, RULES
from neurouniv.which_rule.features import features

FILE = "calibration.json"
LAWS = (*RULES, *CURVES)
"""The laws whose errors probabilities rest on, in the order of the features."""


class Calibration(NamedTuple):
    """The regression, and the networks it was made of.

    `weights` (rule, feature) and `offset` (rule,) of the rules `names`; `like`, the designs of the networks; `right`,
    what was found of networks of tasks that were left out.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    offset: np.ndarray
    like: dict[str, Any]
    right: dict[str, Any]


@cache
def measured() -> Calibration:
    """The calibration that comes with the package."""
    with files("neurouniv.which_rule").joinpath(FILE).open(encoding="utf-8") as file:
        kept = json.load(file)
    return Calibration(
        tuple(kept["rules"]), np.array(kept["weights"]), np.array(kept["offset"]), kept["like"], kept["right"]
    )


def probabilities(features_: np.ndarray, weights: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """The probability of every rule (..., rule) from features (..., feature): a softmax.

    Examples
    --------
    >>> probabilities(np.array([0.0, 0.0]), np.zeros((4, 2)), np.zeros(4))
    array([0.25, 0.25, 0.25, 0.25])
    """
    score = features_ @ weights.T + offset
    odds = np.exp(score - score.max(-1, keepdims=True))
    return odds / odds.sum(-1, keepdims=True)


def probability(errors: xr.Dataset, among: list[str], members: str | None = None) -> xr.DataArray:
    """The probability (rule, ...) of the rules `among` and of none, given `errors`; NaN of rules without calibration.

    Parameters
    ----------
    errors : `error` (law, ...), sums of squared errors, `noise`, `squares` and `count` (...), see
        `neurouniv.which_rule.features`.
    members : a dimension whose members have one rule.

    What is left out of `among` counts as impossible.
    """
    known = measured()
    dims = [] if members is None else [members]
    wanted = [errors["error"].sel(law=list(LAWS)), errors["noise"], errors["squares"], errors["count"]]
    inner = [[*dims, "law"], dims, dims, dims]

    def of(error: np.ndarray, *totals: np.ndarray) -> np.ndarray:
        if members is None:
            error, totals = error[..., None, :], tuple(total[..., None] for total in totals)
        return probabilities(features(error, *totals), known.weights, known.offset)

    found = xr.apply_ufunc(of, *wanted, input_core_dims=inner, output_core_dims=[["rule"]])
    found = found.assign_coords(rule=list(known.names))
    possible = [name for name in known.names if name in among or name == NONE]
    found = found.sel(rule=possible)
    return (found / found.sum("rule")).reindex(rule=[*among, NONE]).transpose("rule", ...)
