"""Nonlinearities of units, each with its slope."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

LEAK = 0.01


class Nonlinearity(NamedTuple):
    """A unit's response `function(z)` and its derivative `slope(z, a)`, from input z and response a."""

    function: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]


def _swish_slope(z: Tensor, a: Tensor) -> Tensor:
    gate = torch.sigmoid(z)
    return gate + a * (1 - gate)


def _gelu_slope(z: Tensor, a: Tensor) -> Tensor:
    density = torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return (1 + torch.erf(z / math.sqrt(2))) / 2 + z * density


_SWISH = Nonlinearity(functional.silu, _swish_slope)

NONLINEARITIES: dict[str, Nonlinearity] = {
    "linear": Nonlinearity(lambda z: z, lambda z, a: torch.ones_like(z)),
    "relu": Nonlinearity(torch.relu, lambda z, a: torch.sign(z).clamp_(min=0.0)),
    "leaky_relu": Nonlinearity(
        lambda z: functional.leaky_relu(z, LEAK),
        lambda z, a: torch.sign(z).clamp_(min=LEAK),  # ten times as fast as a choice by z > 0
    ),
    "tanh": Nonlinearity(torch.tanh, lambda z, a: 1 - a * a),
    "elu": Nonlinearity(functional.elu, lambda z, a: (a + 1).clamp_(max=1.0)),
    "swish": _SWISH,
    "silu": _SWISH,
    "gelu": Nonlinearity(functional.gelu, _gelu_slope),
}
