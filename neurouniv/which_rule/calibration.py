"""From the errors of all laws to the probability of every rule, by what was found of networks whose rule is known.

With m_r and n_r the misfit and the nats of the law of rule r (`neurouniv.which_rule.features`),

    p_r proportional to exp(b_r - beta m_r - gamma n_r)

beta says how much a law of the wrong rule misses beside one of the right rule, gamma how far errors that are noise are
independent (1 if they were), and b_r how often a law is best where another is right. For none of the rules, m and n are
those of the best curve. It is a conditional logit (McFadden 1974), fitted to networks under equal priors of rules, so
that a rule that is rare in brains is as likely here as one that is common. `calibration.json` has the constants and
what they rest on; `benchmarks/which_rule.py` makes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.which_rule.candidates import CURVES, NONE, RULES
from neurouniv.which_rule.features import features

FILE = "calibration.json"


class Calibration(NamedTuple):
    """The constants, and the networks that they were found from.

    `like` : the designs of the networks. `right` : the share of networks of tasks left out whose rule was named.
    """

    misfit: float
    nats: float
    offset: dict[str, float]
    like: dict[str, Any]
    right: dict[str, float]


@cache
def measured() -> Calibration:
    """The calibration that comes with the package."""
    with files("neurouniv.which_rule").joinpath(FILE).open(encoding="utf-8") as file:
        return Calibration(**json.load(file))


def probabilities(misfit: np.ndarray, nats: np.ndarray, offset: np.ndarray, beta: float, gamma: float) -> np.ndarray:
    """The probability of every rule (..., rule) from misfit and nats (..., rule) and offsets (rule,).

    Examples
    --------
    >>> probabilities(np.array([0.0, 0.0, np.log(2)]), np.zeros(3), np.zeros(3), beta=1.0, gamma=1.0)
    array([0.4, 0.4, 0.2])
    """
    score = offset - beta * misfit - gamma * nats
    odds = np.exp(score - score.max(-1, keepdims=True))
    return odds / odds.sum(-1, keepdims=True)


def of_rules(values: np.ndarray, rules: int) -> np.ndarray:
    """What laws have (..., law), rules first and then curves, as what rules and none have (..., rule)."""
    return np.concatenate([values[..., :rules], values[..., rules:].min(-1, keepdims=True)], axis=-1)


def probability(errors: xr.Dataset, among: Sequence[str], members: str | None = None) -> xr.DataArray:
    """The probability (rule, ...) of the rules `among` and of none, given `errors`; NaN of rules without calibration.

    Parameters
    ----------
    errors : `error` (law, ...), sums of squared errors, `noise`, `squares` and `count` (...), see
        `neurouniv.which_rule.features`.
    members : a dimension whose members have one rule.

    What is left out of `among` counts as impossible.
    """
    known, possible = measured(), [name for name in among if name in RULES]
    offset = np.array([known.offset[name] for name in (*possible, NONE)])
    dims = [] if members is None else [members]
    wanted = [errors["error"].sel(law=[*possible, *CURVES]), errors["noise"], errors["squares"], errors["count"]]

    def of(error: np.ndarray, *totals: np.ndarray) -> np.ndarray:
        if members is None:
            error, totals = error[..., None, :], tuple(total[..., None] for total in totals)
        misfit, nats = (of_rules(part, len(possible)) for part in features(error, *totals))
        return probabilities(misfit, nats, offset, known.misfit, known.nats)

    inner = [[*dims, "law"], dims, dims, dims]
    posterior = xr.apply_ufunc(of, *wanted, input_core_dims=inner, output_core_dims=[["rule"]])
    return posterior.assign_coords(rule=[*possible, NONE]).reindex(rule=[*among, NONE]).transpose("rule", ...)
