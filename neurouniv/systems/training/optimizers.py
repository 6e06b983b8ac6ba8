"""Optimisers: how a gradient becomes a step, for all members at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class SGD:
    """Steps against the gradient; with `momentum` against a decaying sum of gradients (Polyak 1964), as torch does.

    `rate` is one number or a tensor (member,).
    """

    momentum = 0.0

    def __init__(self, parameters: Sequence[Tensor]):
        self.parameters = parameters
        self.sums = [torch.zeros_like(part) for part in parameters] if self.momentum else []

    def step(self, gradients: Sequence[Tensor], rate: float | Tensor) -> None:
        """Change the parameters in place."""
        moves = list(gradients)
        for i, total in enumerate(self.sums):
            moves[i] = total.mul_(self.momentum).add_(gradients[i])
        for part, move in zip(self.parameters, moves, strict=True):
            part.sub_(move * per_member(rate, part))


class Momentum(SGD):
    """SGD with momentum 0.9."""

    momentum = 0.9


class Adam:
    """Adam with the settings of Kingma & Ba (2015): beta .9 and .999, epsilon 1e-8."""

    def __init__(self, parameters: Sequence[Tensor]):
        self.parameters = parameters
        self.forgotten = torch.ones(2, dtype=torch.float64, device=parameters[0].device)  # beta to the number of steps
        self.betas = self.forgotten.new_tensor([0.9, 0.999])
        self.means = [torch.zeros_like(part) for part in parameters]
        self.squares = [torch.zeros_like(part) for part in parameters]

    def step(self, gradients: Sequence[Tensor], rate: float | Tensor) -> None:
        """Change the parameters in place."""
        self.forgotten *= self.betas
        first, second = 1 - self.forgotten
        for part, gradient, mean, square in zip(self.parameters, gradients, self.means, self.squares, strict=True):
            mean.mul_(0.9).add_(gradient, alpha=0.1)
            square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            size = (square / second).sqrt_().add_(1e-8)
            part.sub_(mean / size * (per_member(rate, part) / first))


OPTIMIZERS = {"sgd": SGD, "momentum": Momentum, "adam": Adam}


def per_member(rate: float | Tensor, like: Tensor) -> float | Tensor:
    """`rate` (member,) shaped to multiply an array of members."""
    return rate.to(like).reshape(-1, *[1] * (like.ndim - 1)) if isinstance(rate, Tensor) else rate
