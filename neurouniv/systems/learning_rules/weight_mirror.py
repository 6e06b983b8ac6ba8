"""Weight mirrors: the feedback learns from noise what the forward weights are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from neurouniv.systems.learning_rules.feedback import FeedbackAlignment
from neurouniv.systems.learning_rules.noise import Noise
from neurouniv.systems.learning_rules.rule import Rate
from neurouniv.systems.networks import MLP, Pass


class WeightMirror(FeedbackAlignment):
    """Feedback alignment whose pathways learn to be the forward weights (Akrout et al. 2019).

    Before every step each layer fires noise xi of unit variance, as many patterns as there are conditions, and its
    pathway learns the correlation of the noise with what the layer above makes of it, and decays:

        B <- B + lr mirror (mean of W xi xi' - B)

    whose mean is lr mirror (W - B). Its noise grows with the width, and is averaged over about 1 / (lr mirror) steps.

    Attributes
    ----------
    mirror : how fast pathways learn, in units of the learning rate.
    """

    moves_feedback = True
    same_every_step = False
    mirror = 0.5

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        self.noise = Noise(generators, network.weights[0])

    def learn(self, seen: Pass, error: Tensor, lr: Rate) -> None:
        super().learn(seen, error, lr)
        conditions = error.shape[1]
        fired = self.noise.draw(*((conditions, B.shape[2]) for B in self.feedback))
        for B, W, xi in zip(self.feedback, self.network.weights[1:], fired, strict=True):
            answer = torch.bmm(torch.bmm(W, xi.mT), xi) / conditions
            B.add_((answer - B) * (self.mirror * lr))
