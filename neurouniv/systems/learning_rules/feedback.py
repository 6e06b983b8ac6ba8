"""Errors sent back through weights: the network's own transposed, or fixed random ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from neurouniv.systems.learning_rules.rule import LocalRule
from neurouniv.systems.networks import MLP, Pass, xavier_normal


class ErrorFeedback(LocalRule[Pass]):
    """delta is the error at the readout and delta_l = f'(z_l) * taught_l at hidden layer l; a rule says taught_l."""

    @abstractmethod
    def taught(self, layer: int, above: Tensor, error: Tensor) -> Tensor:
        """What reaches hidden layer `layer` (member, condition, unit).

        From the delta of the layer `above` it (member, condition, unit above) or from the output's `error`
        (member, condition, output).
        """

    def deltas(self, seen: Pass, error: Tensor) -> list[Tensor]:
        """delta (member, condition, unit) of every layer, the readout's last."""
        deltas = [error]
        for layer in reversed(range(len(seen.slopes))):
            deltas.insert(0, self.taught(layer, deltas[0], error).mul_(seen.slopes[layer]))
        return deltas

    def local(self, seen: Pass, error: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        return self.deltas(seen, error), seen.activity


class Backprop(ErrorFeedback):
    """The gradient: errors return through the transpose of the forward weights (Rumelhart, Hinton & Williams 1986)."""

    def taught(self, layer: int, above: Tensor, error: Tensor) -> Tensor:
        return torch.bmm(above, self.network.weights[layer + 1])


class FeedbackAlignment(ErrorFeedback):
    """Errors return layer by layer through fixed random weights (Lillicrap et al. 2016).

    The pathways have the shapes of the forward weights and are xavier-normal with gain 1, whatever the network's.
    """

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        self.feedback = [_fixed(W.shape[1:], W, generators) for W in network.weights[1:]]

    def taught(self, layer: int, above: Tensor, error: Tensor) -> Tensor:
        return torch.bmm(above, self.feedback[layer])


class DirectFeedbackAlignment(ErrorFeedback):
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
