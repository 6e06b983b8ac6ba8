"""Networks of any architecture side by side, whose gradients torch finds."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from neurouniv.systems.networks.mlp import Pass
from neurouniv.systems.networks.nonlinearities import NONLINEARITIES
from neurouniv.systems.networks.start import scaled, xavier_normal


class Batched(ABC):
    """Networks of one architecture, one per member, as arrays with the leading dimension `member`.

    An architecture draws its parameters with `drawn` and `zeros` and says how stimuli become hidden layers.

    Parameters
    ----------
    gain, nonlinearity, generators, dtype, device : as of `MLP`.
    """

    def __init__(
        self,
        gain: float | Tensor,
        nonlinearity: str,
        generators: Sequence[torch.Generator],
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ):
        self.parameters: list[Tensor] = []
        self.function = NONLINEARITIES[nonlinearity].function
        self._gain, self._generators = gain, generators
        self._dtype, self._device = dtype, device

    def drawn(self, *shape: int) -> Tensor:
        """Weights (member, *shape), xavier-normal times gain, as a parameter."""
        weights = scaled(xavier_normal(shape, self._generators, self._dtype, self._device), self._gain)
        self.parameters.append(weights.requires_grad_())
        return weights

    def zeros(self, *shape: int) -> Tensor:
        """Biases (member, *shape) at zero, as a parameter."""
        members = len(self._generators)
        biases = torch.zeros(members, *shape, requires_grad=True, dtype=self._dtype, device=self._device)
        self.parameters.append(biases)
        return biases

    @abstractmethod
    def hidden(self, stimuli: Tensor) -> tuple[list[Tensor], Tensor]:
        """Every hidden layer (member, condition, unit) and the output, from `stimuli` (member, condition, feature)."""

    def forward(self, stimuli: Tensor) -> Pass:
        """Present `stimuli` (condition, feature), or each member its own (member, condition, feature)."""
        stimuli = stimuli.expand(len(self._generators), -1, -1)
        layers, output = self.hidden(stimuli)
        return Pass([stimuli, *layers], [], output)

    def present(self, stimuli: Tensor) -> Pass:
        """Present `stimuli` to learn from them: torch remembers what it needs for gradients."""
        with torch.enable_grad():
            return self.forward(stimuli)


def square_of(features: int) -> int:
    """The side of a square image of so many pixels, or 0."""
    side = math.isqrt(features)
    return side if side * side == features else 0
