"""Backprop through any architecture, by torch's automatic differentiation of all members at once."""

from __future__ import annotations

import torch
from torch import Tensor

from neurouniv.systems.networks import Batched, Modules, Pass


class Autograd:
    """The gradient of every member's own loss; members do not mix, since none sees another.

    It offers what a `LearningRule` offers.
    """

    def __init__(self, network: Batched | Modules):
        self.network = network
        self.same_every_step = isinstance(network, Batched)  # what a module of the user's does is not known

    def gradients(self, seen: Pass, error: Tensor) -> list[Tensor]:
        """The gradient for every parameter, from the slope of the loss in the outputs (member, condition, output)."""
        gradients = torch.autograd.grad(seen.output, self.network.parameters, error, allow_unused=True)
        pairs = zip(gradients, self.network.parameters, strict=True)
        return [torch.zeros_like(part) if gradient is None else gradient for gradient, part in pairs]
