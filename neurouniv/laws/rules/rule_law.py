"""A learning rule's law as an estimator: its constants and its start, integrated by the rule's own equations."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.integrated import MOST_STEPS, ROUGHLY, SOME_STEPS, IntegratedLaw, Solved
from neurouniv.laws.pairwise import PairwiseModel
from neurouniv.laws.rate_law import plateau
from neurouniv.laws.universal_scan import Grid
from neurouniv.theory.all_conditions import Start
from neurouniv.theory.rules.flow import Flow

GLIMPSE, FEW_STEPS = 1e-3, 50
"""The accuracy of a scan, and how many steps it may take: what is faster than that is not looked at. By hand."""
SCANNED = 20
"""How many conditions a scan looks at. By hand: a guess is all that it is for."""
RATIOS = 10.0 ** np.arange(-1.0, 1.01, 1.0)
PRIOR = 3.0
"""The standard deviation of the logarithm of a size that is not seen. By hand, as in the universal law."""
SPEEDS = 2.0 ** np.arange(-5.0, 1.01, 0.5)


class RuleLaw(IntegratedLaw):
    """The law of a learning rule, of all conditions at once, exact for linear two-layer networks that learn by it.

    Its first constants are `eta_h` and `eta_y`, the rates of encoder and decoder as in the universal law, per unit of
    time and of summed squared error. What is not seen of the start has a fitted size: `decoder0` of the decoder, in the
    rules that send errors through it, S(0) = Y0 G0^+ Y0' + `decoder0` I, unless the trajectory has it as `decoder`;
    `feedback0` of feedback weights that learn, R(0) = `feedback0` I. Outputs that are not seen start at 0, as do the
    products of feedback weights with anything else, which have mean 0 over random feedback.

    Parameters
    ----------
    kernel, means, depth, leak, exposure : see `neurouniv.UniversalModel`.
    settings : see `neurouniv.laws.law.Law`. `restarts` is 1 unless it is said.
    """

    theory: Any
    """The file of the rule's equations: its `State` and `velocity`."""
    own: ClassVar[tuple[str, ...]] = ()
    """The constants of the rule's equations beside eta_h and eta_y."""

    def __init__(self, *, restarts: int = 1, **settings: Any):
        super().__init__(restarts=restarts, **settings)

    def parameters(self, seen: Observed) -> list[Parameter]:
        eta_h, eta_y = PairwiseModel(start={}).parameters(self.through_kernel(seen))
        rates = [eta_h._replace(center=eta_h.center * self.grid(seen).unit), eta_y]
        return [*rates, *self.own_parameters(seen), *self.unseen_parameters(seen)]

    def own_parameters(self, seen: Observed) -> list[Parameter]:
        """The parameters of `own`."""
        return []

    def unseen_parameters(self, seen: Observed) -> list[Parameter]:
        """The sizes of what is not seen of the start."""
        parts = self.theory.State._fields
        parameters, size = [], 0.1 * seen.dy2.mean(-1) / plateau(seen).mean(-1)
        if "decoder" in parts and "decoder" not in seen.start:
            bounded = "y" in seen.start or seen.variance is not None
            parameters.append(Parameter("decoder0", "share", size, prior_sd=None if bounded else PRIOR))
        if "feedback" in parts:
            parameters.append(Parameter("feedback0", "share", 3 * size, reach=2 * PRIOR, prior_sd=PRIOR))
        return parameters

    def grid(self, seen: Observed) -> Grid:
        return Grid(ratios=RATIOS, speeds=SPEEDS, conditions=SCANNED)

    def _flow(self, rates, start, dx2, dy2, targets, often, end, rtol) -> Solved:
        known = {"decoder0": 0 * rates["eta_h"]} | rates
        begin = self._begin(known, start, dx2, dy2, targets, often)
        kernel = self._encoded(start, dx2, begin.gram, often).matrix
        constants = {name: rates[name] for name in ("eta_h", "eta_y", *self.own)} | self._matrices(begin)
        return Flow(
            self.theory.velocity, self._state(begin, known), constants, kernel, targets, end, means=self.means,
            exposure=often, rtol=rtol, max_steps=self.patience * steps_of(rtol),
        )  # fmt: skip

    def _matrices(self, begin: Start) -> Curves:
        """Constants that are matrices (element, ...), and known."""
        return {}

    def _state(self, begin: Start, constants: Curves) -> Any:
        unit = np.broadcast_to(np.eye(begin.output.shape[-2]), begin.decoder.shape)
        size = constants.get("feedback0", 0 * constants["eta_h"])[:, None, None]
        parts = begin._asdict() | {"pseudo": 0 * begin.output, "product": 0 * unit, "feedback": size * unit}
        return self.theory.State(**{name: parts[name] for name in self.theory.State._fields})


def steps_of(rtol: float) -> int:
    """How many steps a solution of this accuracy may take."""
    return FEW_STEPS if rtol >= GLIMPSE else SOME_STEPS if rtol >= ROUGHLY else MOST_STEPS
