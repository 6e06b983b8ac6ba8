"""Weights that decay: with backprop, or with feedback that decays beside them until it is the decoder."""

from __future__ import annotations

import numpy as np

from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.integrated import between, elements
from neurouniv.laws.rules.rule_law import RuleLaw
from neurouniv.theory.rules import kolen_pollack, weight_decay


class WeightDecayModel(RuleLaw):
    """The law of backprop with weight decay.

    Three constants: `eta_h`, `eta_y` and `decay`, the rate at which weights forget, per unit of time. Unseen and
    fitted: `decoder0`. What the start had and the task does not need is forgotten, and the end does not depend on it.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: derived in `neurouniv.theory.rules.weight_decay`.
    """

    name = "weight_decay"
    theory = weight_decay
    own = ("decay",)

    def own_parameters(self, seen: Observed) -> list[Parameter]:
        """From what forgets a thousandth in the time that is seen to what forgets all in a tenth of it."""
        return [Parameter("decay", "share", 0.1 / seen.elapsed[:, -1], reach=4.6, rate=True)]

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        """The end, which depends on the task and the constants alone."""
        shape, natural, start, dx2, dy2 = elements(constants, start, dx2, dy2)
        often = self._often(start, dx2)
        targets = self._targets(start, dy2, often)
        kernel = self._encoded(start, dx2, self._gram(start, dx2, often), often).matrix
        rates = (natural[name] for name in ("eta_h", "eta_y", "decay"))
        gram = weight_decay.final(kernel, targets, *rates, means=self.means, exposure=often)
        return between(gram, symmetric=True).reshape(*shape, -1)


class KolenPollackModel(WeightDecayModel):
    """The law of Kolen-Pollack learning: feedback takes the decoder's own steps, and all weights decay.

    Three constants: `eta_h`, `eta_y` and `decay`, the rate at which weights forget, per unit of time. Unseen and
    fitted: `feedback0`. With time the rule becomes backprop with weight decay; it ends where that ends.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: Kolen & Pollack (1994), Akrout et al. (2019); derived in `neurouniv.theory.rules.kolen_pollack`.
    """

    name = "kolen_pollack"
    theory = kolen_pollack
