"""Weight decay: all parameters shrink a little at every step."""

from __future__ import annotations

from torch import Tensor

from neurouniv.systems.learning_rules.feedback import Backprop, FeedbackAlignment
from neurouniv.systems.learning_rules.rule import LearningRule, LocalRule, Rate
from neurouniv.systems.networks import Pass


class Decaying(LocalRule[Pass]):
    """A rule whose parameters, biases too, shrink: theta <- theta - lr (what the rule asks for + decay theta).

    Attributes
    ----------
    decay : in units of the gradient per unit of the parameter.
    """

    decay = 1e-3

    def gradients(self, seen: Pass, error: Tensor) -> list[Tensor]:
        gradients = super().gradients(seen, error)
        return [g.add(p, alpha=self.decay) for g, p in zip(gradients, self.network.parameters, strict=True)]

    def learn(self, seen: Pass, error: Tensor, lr: Rate) -> None:
        LearningRule.learn(self, seen, error, lr)


class WeightDecay(Decaying, Backprop):
    """Backprop with weight decay: the gradient of the loss plus half of `decay` times the squared parameters."""


class KolenPollack(Decaying, FeedbackAlignment):
    """Feedback weights that change as the forward weights do and decay with them (Kolen & Pollack 1994).

    Every pathway takes the step of the forward weights it stands for, so that their difference shrinks by 1 - lr decay
    in every step, and the rule becomes backprop with weight decay; both are known at the synapse (Akrout et al. 2019).
    """

    moves_feedback = True

    def learn(self, seen: Pass, error: Tensor, lr: Rate) -> None:
        gaps = [W - B for W, B in zip(self.network.weights[1:], self.feedback, strict=True)]
        super().learn(seen, error, lr)
        for W, B, gap in zip(self.network.weights[1:], self.feedback, gaps, strict=True):
            B.copy_(W - gap * (1 - lr * self.decay))
