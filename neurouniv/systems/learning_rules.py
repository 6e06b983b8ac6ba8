"""Learning rules: what tells a hidden layer that the output was wrong. Backprop, and what brains might do instead.

Under all of them a weight changes by what it reads times what its units are taught, W <- W - lr delta^T a; they
differ in delta. With e = (output - target) / (N o), the derivative of half the mean squared error over N conditions
and o outputs, delta = e at the readout and delta_l = f'(z_l) * taught_l at hidden layer l.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from neurouniv.systems.networks import MLP, Pass, xavier_normal


class LearningRule(ABC):
    """A rule says what hidden layer l is taught; the delta rule does the rest.

    Parameters
    ----------
    network : the networks that learn.
    generators : one per member, from which fixed random pathways are drawn (after the network's own weights).
    """

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        self.network = network

    @abstractmethod
    def taught(self, layer: int, above: Tensor, error: Tensor) -> Tensor:
        """What reaches hidden layer `layer` (seed, condition, unit).

        From the delta of the layer `above` it (seed, condition, unit above) or from the output's `error`
        (seed, condition, output).
        """

    def deltas(self, seen: Pass, error: Tensor) -> list[Tensor]:
        """delta (seed, condition, unit) of every layer, the readout's last."""
        deltas = [error]
        for layer in reversed(range(len(seen.slopes))):
            deltas.insert(0, self.taught(layer, deltas[0], error).mul_(seen.slopes[layer]))
        return deltas

    def learn(self, seen: Pass, error: Tensor, lr: float) -> None:
        """One step, in place: W <- W - lr delta^T a, b <- b - lr sum of delta over conditions."""
        deltas = self.deltas(seen, error)
        for W, b, delta, a in zip(self.network.weights, self.network.biases, deltas, seen.activity, strict=True):
            W.baddbmm_(delta.mT, a, alpha=-lr)
            b.sub_(delta.sum(1, keepdim=True), alpha=lr)


class Backprop(LearningRule):
    """The gradient: errors return through the transpose of the forward weights."""

    def taught(self, layer: int, above: Tensor, error: Tensor) -> Tensor:
        return torch.bmm(above, self.network.weights[layer + 1])


class FeedbackAlignment(LearningRule):
    """Errors return layer by layer through fixed random weights (Lillicrap et al. 2016).

    The pathways have the shapes of the forward weights and are xavier-normal with gain 1, whatever the network's.
    """

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        self.feedback = [_fixed(W.shape[1:], W, generators) for W in network.weights[1:]]

    def taught(self, layer: int, above: Tensor, error: Tensor) -> Tensor:
        return torch.bmm(above, self.feedback[layer])


class DirectFeedbackAlignment(LearningRule):
    """The output's error reaches every hidden layer at once through fixed random weights (Nøkland 2016)."""

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        outputs = network.weights[-1].shape[1]
        self.feedback = [_fixed((outputs, W.shape[2]), W, generators) for W in network.weights[1:]]

    def taught(self, layer: int, above: Tensor, error: Tensor) -> Tensor:
        return torch.bmm(error, self.feedback[layer])


def _fixed(shape: Sequence[int], like: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    rows, columns = shape
    return xavier_normal((rows, columns), generators, like.dtype, like.device)


RULES: dict[str, type[LearningRule]] = {
    "backprop": Backprop,
    "feedback_alignment": FeedbackAlignment,
    "direct_feedback_alignment": DirectFeedbackAlignment,
}
