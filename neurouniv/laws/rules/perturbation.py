"""Learning by trial: backprop in the mean, and told from it by the scatter of its steps alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.all_conditions import conditions_of
from neurouniv.laws.integrated import between, elements
from neurouniv.laws.rate_law import plateau
from neurouniv.laws.rules.rule_law import RuleLaw
from neurouniv.laws.universal_scan import Grid
from neurouniv.theory.all_conditions import Start
from neurouniv.theory.rules import perturbation

REST = 1e-9
"""What is below this share of the largest of its kind is 0. A convention: rounding."""


class HebbianModel(RuleLaw):
    """The law of reward-modulated Hebbian learning, in the mean over its noise.

    Constants: `eta_h` and `eta_y`; `exploration`, by which the scatter of steps makes distances grow; `blur`, the
    variance of the units' noise, which makes the decoder decay. Unseen and fitted: `decoder0`. With small steps
    `exploration` is 0, with small noise `blur` is; then the law is backprop's, and the rules cannot be told apart.

    Distances are those of the units' own activity: noise of the outputs and of hidden units counts alike. Where
    something is wrong for ever, or is always scattered, distances never stop growing: `final_structure` is infinite.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: Frémaux & Gerstner (2016); derived in `neurouniv.theory.rules.perturbation`.
    """

    name = "hebbian"
    family = "perturbation"
    theory = perturbation
    own: ClassVar[tuple[str, ...]] = ("exploration", "blur")

    def own_parameters(self, seen: Observed) -> list[Parameter]:
        n, time, dx2, dy2 = conditions_of(seen.dx2), seen.elapsed[:, -1], seen.dx2.mean(-1), seen.dy2.mean(-1)
        scatter = plateau(seen).mean(-1) / (time * n * dx2**2 * np.maximum(dy2, 1e-300))
        height = np.sqrt(np.maximum(dy2, 1e-300) * dx2)
        return [
            Parameter("exploration", "share", 0.1 * scatter, reach=9.0, rate=True),
            Parameter("blur", "share", 0.03 * height / n, reach=9.0),
        ]

    def grid(self, seen: Observed) -> Grid:
        return super().grid(seen)._replace(summed=("eta_h", "eta_y", "exploration"))

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        h = super().final(constants, start, dx2, dy2)
        return np.where(self._scattered_for_ever(constants, start, dx2, dy2), np.inf, h)

    def _scattered_for_ever(self, constants, start, dx2, dy2) -> np.ndarray:
        """Whether a distance (..., pair) still grows when all that stimuli can tell of the targets is learned."""
        shape, natural, start, dx2, dy2 = elements(constants, start, dx2, dy2)
        often = self._often(start, dx2)
        targets = self._targets(start, dy2, often)
        matrix, values, vectors = self._encoded(start, dx2, self._gram(start, dx2, often), often)
        reachable = vectors * (values > REST * values[:, :1])[:, None, :]
        aims = targets if often is None else targets * often[:, None] ** 0.5
        residue = ((aims - aims @ reachable @ reachable.mT) ** 2).sum(-2)
        wrong = residue > REST * (aims**2).sum((-2, -1))[:, None]
        sensitivity = matrix if often is None else matrix / often[..., None] ** 0.5
        explores = natural["exploration"][:, None] > 0
        by_blur = natural.get("blur", np.zeros(len(dx2)))[:, None] > 0
        scatter = between(sensitivity @ ((wrong | by_blur)[..., None] * sensitivity.mT), symmetric=True)
        return (explores & (scatter > REST * scatter.max(-1, keepdims=True))).reshape(*shape, -1)


class NodePerturbationModel(HebbianModel):
    """The law of node perturbation, in the mean over its noise: units try noise, and a network without noise is known.

    Three constants: `eta_h`, `eta_y` and `exploration`, by which the scatter of steps makes distances grow: the number
    of hidden units times eta_h^2, with time in steps. Unseen and fitted: `decoder0`. The mean step is the gradient's,
    so that with small steps the law is backprop's for any recording, and the rules cannot be told apart.

    Parameters
    ----------
    settings : see `neurouniv.laws.rules.rule_law.RuleLaw`.

    Source: Werfel, Xie & Seung (2005); derived in `neurouniv.theory.rules.perturbation`.
    """

    name = "node_perturbation"
    family = "perturbation"
    own = ("exploration",)

    def own_parameters(self, seen: Observed) -> list[Parameter]:
        return super().own_parameters(seen)[:1]

    def _matrices(self, begin: Start) -> Curves:
        return {"blur": 0 * begin.bias[:, 0]}
