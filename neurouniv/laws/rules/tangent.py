"""The lazy learner whose representation moves as its first-order expansion says."""

from __future__ import annotations

import numpy as np

from neurouniv.laws.integrated import between, elements
from neurouniv.laws.rules.rule_law import RuleLaw
from neurouniv.theory.rules import tangent


class TangentModel(RuleLaw):
    """The law of a lazy learner, which learns as its first-order expansion about the start, in closed form.

    Two constants: `eta_h` and `eta_y`. Unseen and fitted: `decoder0`. Backprop's law tends to it where `decoder0` is
    large. The rival "lazy" is its case of a representation that does not move at all. Where distances start in
    proportion to the stimuli's, the movie holds two numbers for these three, and the constants cannot be told.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: Jacot, Gabriel & Hongler (2018); derived in `neurouniv.theory.rules.tangent`.
    """

    name = "tangent"
    theory = tangent

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        shape, natural, start, dx2, dy2 = elements(constants, start, dx2, dy2)
        often = self._often(start, dx2)
        targets = self._targets(start, dy2, often)
        flow = self._flow(natural, start, dx2, dy2, targets, often, None, self.rtol)
        return between(flow.final, symmetric=True).reshape(*shape, -1)

    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol) -> tangent.Flow:
        begin = self._begin(rates, start, dx2, dy2, targets, often)
        kernel = self._encoded(start, dx2, begin.gram, often).matrix
        constants = {name: rates[name] for name in ("eta_h", "eta_y")}
        state = self._state(begin, rates)
        return tangent.Flow(state, constants, kernel, targets, means=self.means, exposure=often)
