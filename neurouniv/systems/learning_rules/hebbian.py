"""Three factors: what came in, how the unit deviated, and whether the reward was better than expected."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from neurouniv.systems.learning_rules.noise import disturbed, per_unit
from neurouniv.systems.learning_rules.rule import Exploring, LocalRule
from neurouniv.systems.networks import MLP, Pass


class Hebbian(Exploring, LocalRule[Pass]):
    """Hebbian learning gated by the error of reward prediction (Frémaux & Gerstner 2016).

    Units explore: noise sigma xi is added to every unit's input, in every layer. A weight changes by

        dW = lr (R - <R>) xi a / sigma,

    presynaptic activity a times the postsynaptic unit's deviation from its mean, times the reward beyond its
    expectation; the reward R of a condition is minus its contribution to the loss, with the noise, and <R> is a running
    mean of its past rewards. This is REINFORCE for units with Gaussian noise (Williams 1992); on average it
    follows the gradient of the loss that the noise has blurred, whatever <R> is. Unlike node perturbation it never sees
    the network without noise. With minibatches of changing conditions <R> is an expectation for their place in the
    batch: noisier, right on average.

    Attributes
    ----------
    sigma : the standard deviation of the exploration.
    memory : the share of a new reward in the expected one.
    expected : <-R> (member, condition), from the first presentation on.
    """

    sigma = 0.1
    memory = 0.3

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        self.expected: Tensor | None = None

    def local(self, seen: Pass, error: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        xi = self.noise.draw(*per_unit(self.network, seen.output.shape[1]))
        activity, output = disturbed(self.network, seen.activity[0], [self.sigma * x for x in xi])
        losses = self.losses(output, seen, error)
        if self.expected is None or self.expected.shape != losses.shape:
            self.expected = self.losses(seen.output, seen, error)
        surprise = losses - self.expected
        self.expected = self.expected + self.memory * surprise
        return [x * (surprise / self.sigma)[..., None] for x in xi], activity
