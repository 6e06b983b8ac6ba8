"""What training makes small: the loss, condition by condition, and its slope in the outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from neurouniv.schema import InputError


class Loss(NamedTuple):
    """`parts(output, targets)`, what every condition adds to the loss (member, condition), and `slope`, the loss's
    derivative in the outputs (member, condition, output)."""

    parts: Callable[[Tensor, Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    words: str

    def value(self, output: Tensor, targets: Tensor) -> Tensor:
        """The loss (member,)."""
        return self.parts(output, targets).sum(1)


def _half_mse(output: Tensor, targets: Tensor) -> Tensor:
    return (output - targets).square().sum(-1).div_(2 * output[0].numel())


def _half_mse_slope(output: Tensor, targets: Tensor) -> Tensor:
    return (output - targets).div_(output[0].numel())


def _cross_entropy(output: Tensor, targets: Tensor) -> Tensor:
    return -(targets * torch.log_softmax(output, -1)).sum(-1).div_(output.shape[1])


def _cross_entropy_slope(output: Tensor, targets: Tensor) -> Tensor:
    total = targets.sum(-1, keepdim=True)
    return (torch.softmax(output, -1) * total - targets).div_(output.shape[1])


LOSSES = {
    "mse": Loss(_half_mse, _half_mse_slope, "half the mean squared error over conditions and outputs"),
    "cross_entropy": Loss(_cross_entropy, _cross_entropy_slope, "mean cross-entropy of the softmax of the outputs"),
}


def need_targets(loss: str, targets: np.ndarray) -> None:
    """Raise `InputError` unless the loss can be made of targets (..., condition, output).

    The softmax of one output is always 1, so that nothing would be learned, and the loss of negative targets has no
    least value.
    """
    if loss == "cross_entropy" and (targets.shape[-1] < 2 or (targets < 0).any() or (targets.sum(-1) == 0).any()):
        raise InputError(
            "loss='cross_entropy' needs targets that are shares of two outputs or more, such as one-hot targets: none "
            f"negative, and not all 0 for a condition; got {targets.shape[-1]} output{'s' * (targets.shape[-1] > 1)} "
            f"from {targets.min():g} to {targets.max():g}. Use loss='mse', or one output for each class."
        )
