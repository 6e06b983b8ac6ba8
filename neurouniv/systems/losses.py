"""What training makes small: the loss of every member and its slope in the outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Loss(NamedTuple):
    """`value(output, targets)` (member,) and `slope(output, targets)`, its derivative (member, condition, output)."""

    value: Callable[[Tensor, Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    words: str


def _half_mse(output: Tensor, targets: Tensor) -> Tensor:
    return (output - targets).square().mean((1, 2)).div(2)


def _half_mse_slope(output: Tensor, targets: Tensor) -> Tensor:
    return (output - targets).div_(output[0].numel())


def _cross_entropy(output: Tensor, targets: Tensor) -> Tensor:
    return -(targets * torch.log_softmax(output, -1)).sum(-1).mean(1)


def _cross_entropy_slope(output: Tensor, targets: Tensor) -> Tensor:
    total = targets.sum(-1, keepdim=True)
    return (torch.softmax(output, -1) * total - targets).div_(output.shape[1])


LOSSES = {
    "mse": Loss(_half_mse, _half_mse_slope, "half the mean squared error over conditions and outputs"),
    "cross_entropy": Loss(_cross_entropy, _cross_entropy_slope, "mean cross-entropy of the softmax of the outputs"),
}
