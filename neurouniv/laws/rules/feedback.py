"""Errors through weights of their own, fixed or mirrored from the decoder."""

from __future__ import annotations

import numpy as np

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.rate_law import plateau
from neurouniv.laws.rules.rule_law import RuleLaw
from neurouniv.laws.universal_scan import Grid
from neurouniv.theory.all_conditions import Start
from neurouniv.theory.rules import feedback_alignment, weight_mirror

WIDE = 10.0 ** np.arange(-2.0, 2.01, 0.5)


class FeedbackAlignmentModel(RuleLaw):
    """The law of feedback alignment: errors through fixed random weights, in layers or directly.

    Two constants, `eta_h`, times the size of the feedback weights, which it absorbs, and `eta_y`; nothing of the start
    is fitted, so that it has one number fewer than backprop's law. Two conditions that start without outputs end at
    h = h0 + z^2, z^3/2 + h0 z = eta_h dx2 dy* / eta_y: from small starts at (2 eta_h dx2 dy* / eta_y)^(2/3), where
    backprop ends in proportion to dx dy*.

    What the start has and the law does not see, M(0) = D B' most of all, weighs where outputs are many and starts are
    not small. Of tanh networks that learn ten digits by feedback alignment (width 200, 5 seeds each), this law fits
    better than the universal one in 5, 4 and 1 of 5 at gains .1, .3 and .5 from h alone, and in 5 of 5 at each where
    outputs are seen too; of such networks that learn by backprop, the universal law in all.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: Lillicrap et al. (2016); the equations are derived in `neurouniv.theory.rules.feedback_alignment`.

    Examples
    --------
    >>> from neurouniv import UniversalModel, tasks, train, trajectory
    >>> network = {"width": 80, "gain": 0.5, "nonlinearity": "linear", "lr": 0.2, "epochs": 400, "record": 12}
    >>> runs = train(tasks.digits(per_class=1), rule="feedback_alignment", **network)
    >>> traj = trajectory(runs).isel(seed=0, layer=0).drop_vars(["y", "w", "output"])
    >>> own, backprop = (law.fit(traj).score(traj).h for law in (FeedbackAlignmentModel(), UniversalModel()))
    >>> bool(own > backprop), bool(own > 0.9)
    (True, True)
    """

    name = "feedback_alignment"
    theory = feedback_alignment

    def grid(self, seen: Observed) -> Grid:
        decoder = np.maximum(seen.dy2.mean(-1), 1e-300) / plateau(seen).mean(-1)
        return super().grid(seen)._replace(ratios=WIDE, unit=decoder**0.5)

    def pace(self, constants: Curves, dx2: np.ndarray, dy2: np.ndarray) -> np.ndarray:
        reach = constants["eta_h"] * np.sqrt(np.mean(dx2**2 * dy2, axis=-1, keepdims=True))
        return constants["eta_y"] ** (1 / 3) * reach ** (2 / 3)

    def _matrices(self, begin: Start) -> Curves:
        return {"feedback": np.broadcast_to(np.eye(begin.output.shape[-2]), begin.decoder.shape)}


class WeightMirrorModel(RuleLaw):
    """The law of weight mirrors: feedback weights that noise draws towards the decoder.

    Three constants: `eta_h`, `eta_y` and `mirror`, the rate of the mirror, per unit of time. Unseen and fitted:
    `decoder0`, `feedback0`. Backprop's law is where `mirror` is large, feedback alignment's where it is 0; there the
    three cannot be told apart.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: Akrout et al. (2019); derived in `neurouniv.theory.rules.weight_mirror`.
    """

    name = "weight_mirror"
    theory = weight_mirror
    own = ("mirror",)

    def own_parameters(self, seen: Observed) -> list[Parameter]:
        """From what mirrors a tenth in the time that is seen to what mirrors all in a tenth of it."""
        return [Parameter("mirror", "share", 1 / seen.elapsed[:, -1], reach=2.3, rate=True)]

    def pace(self, constants: Curves, dx2: np.ndarray, dy2: np.ndarray) -> np.ndarray:
        aligned = super().pace(constants, dx2, dy2)
        through = constants["eta_h"] * np.sqrt(constants["feedback0"] * np.mean(dx2**2 * dy2, axis=-1, keepdims=True))
        return np.minimum(aligned, np.maximum(constants["eta_y"] ** (1 / 3) * through ** (2 / 3), constants["mirror"]))
