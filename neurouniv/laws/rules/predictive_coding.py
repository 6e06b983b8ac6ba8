"""Errors that relax before weights learn."""

from __future__ import annotations

import numpy as np

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.rate_law import plateau
from neurouniv.laws.rules.rule_law import RuleLaw
from neurouniv.theory.rules import predictive_coding


class PredictiveCodingModel(RuleLaw):
    """The law of predictive coding: activity relaxes between prediction and target before weights learn.

    Three constants: `eta_h`, `eta_y` and `strength`, that of the output's error in units of the hidden layer's own (one
    over its variance), in units of h over those of y. Unseen and fitted: `decoder0`. Where `strength` times S is small
    the law is backprop's, and the two cannot be told apart.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: Whittington & Bogacz (2017); derived in `neurouniv.theory.rules.predictive_coding`.
    """

    name = "predictive_coding"
    theory = predictive_coding
    own = ("strength",)

    def own_parameters(self, seen: Observed) -> list[Parameter]:
        against = plateau(seen).mean(-1) / np.maximum(seen.dy2.mean(-1), 1e-300)
        return [Parameter("strength", "share", 0.3 * against, reach=8.0)]

    def pace(self, constants: Curves, dx2: np.ndarray, dy2: np.ndarray) -> np.ndarray:
        balanced = np.sqrt(constants["eta_y"] / constants["eta_h"] * dy2.mean(-1, keepdims=True))
        decoder = balanced / np.sqrt(dx2.mean(-1, keepdims=True)) + constants.get("decoder0", 0.0)
        return super().pace(constants, dx2, dy2) / (1 + constants["strength"] * decoder)
