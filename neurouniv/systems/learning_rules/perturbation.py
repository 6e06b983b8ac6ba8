"""Learning by trial: what a small random change did to the loss tells where to go."""

from __future__ import annotations

import copy

from torch import Tensor

from neurouniv.systems.learning_rules.noise import disturbed, per_unit
from neurouniv.systems.learning_rules.rule import Exploring, LocalRule
from neurouniv.systems.networks import Pass


class WeightPerturbation(Exploring):
    """All parameters are tried a little away from where they are; they go where the loss fell (Werfel et al. 2005).

    With noise xi of unit variance on every weight and bias, the gradient's place is taken by

        (L(theta + sigma xi) - L(theta)) / sigma xi,

    whose mean is the gradient up to sigma^2 (Cauwenberghs 1993; Werfel, Xie & Seung 2005). Its noise grows with
    the number of parameters, so that learning rates have to be smaller by about as much.

    Attributes
    ----------
    sigma : the standard deviation of the trials.
    """

    sigma = 1e-3

    def gradients(self, seen: Pass, error: Tensor) -> list[Tensor]:
        xi = self.noise.draw(*(parameter.shape[1:] for parameter in self.network.parameters))
        moved = copy.copy(self.network)
        moved.weights = [W.add(x, alpha=self.sigma) for W, x in zip(self.network.weights, xi[::2], strict=True)]
        moved.biases = [b.add(x, alpha=self.sigma) for b, x in zip(self.network.biases, xi[1::2], strict=True)]
        losses = self.losses(moved.forward(seen.activity[0]).output, seen, error)
        change = (losses - self.losses(seen.output, seen, error)).sum(1)[:, None, None]
        return [x * (change / self.sigma) for x in xi]


class NodePerturbation(Exploring, LocalRule[Pass]):
    """The inputs of all units are tried a little away from where they are, anew for every condition.

    With noise xi of unit variance on every unit's input, what units are taught is

        delta = (l(z + sigma xi) - l(z)) / sigma xi,

    where l is the condition's contribution to the loss; a synapse needs its input, its unit's noise and one number for
    all (Werfel, Xie & Seung 2005; Fiete & Seung 2006; Hiratani et al. 2022). The mean is the gradient up to
    sigma^2; the noise grows with the number of units, not of weights.

    Attributes
    ----------
    sigma : the standard deviation of the trials.
    """

    sigma = 1e-3

    def local(self, seen: Pass, error: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        xi = self.noise.draw(*per_unit(self.network, seen.output.shape[1]))
        _, output = disturbed(self.network, seen.activity[0], [self.sigma * x for x in xi])
        change = self.losses(output, seen, error) - self.losses(seen.output, seen, error)
        return [x * (change / self.sigma)[..., None] for x in xi], seen.activity
