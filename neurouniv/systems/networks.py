"""Architectures: many networks of one shape side by side, and the nonlinearities of their units.

A batch of networks is one set of arrays with the leading dimension `seed`; no member sees another. What a
learning rule needs is kept on the way forward: every layer's activity and the slope of its nonlinearity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
    "relu": Nonlinearity(torch.relu, lambda z, a: (z > 0).to(z.dtype)),
    "leaky_relu": Nonlinearity(
        lambda z: functional.leaky_relu(z, LEAK), lambda z, a: torch.full_like(z, LEAK).masked_fill_(z > 0, 1.0)
    ),
    "tanh": Nonlinearity(torch.tanh, lambda z, a: 1 - a * a),
    "elu": Nonlinearity(functional.elu, lambda z, a: (a + 1).clamp_(max=1.0)),
    "swish": _SWISH,
    "silu": _SWISH,
    "gelu": Nonlinearity(functional.gelu, _gelu_slope),
}


class Pass(NamedTuple):
    """One presentation of all conditions.

    `activity[l]` (seed, condition, unit) is what weight l reads: the stimuli for l = 0, then every hidden layer;
    `slopes[l]` (seed, condition, unit) belongs to hidden layer l, whose activity is `activity[l + 1]`;
    `output` (seed, condition, output).
    """

    activity: list[Tensor]
    slopes: list[Tensor]
    output: Tensor


class MLP:
    """Multilayer perceptrons with a linear readout, one per seed.

    Weights are xavier-normal times `gain` in every layer, the readout's too (standard deviation
    gain sqrt(2 / (fan_in + fan_out)), Glorot & Bengio 2010), biases zero. Each member draws from its own
    generator in float64, so its start depends neither on who shares the batch nor on `dtype`.

    Parameters
    ----------
    sizes : units of every layer, stimuli and outputs included.
    generators : one `torch.Generator` (cpu) per member.

    Attributes
    ----------
    weights : per layer (seed, unit, unit below).
    biases : per layer (seed, 1, unit).

    Examples
    --------
    >>> network = MLP([2, 8, 1], 1.0, "tanh", seeded(range(3)))
    >>> tuple(network.forward(torch.ones(4, 2)).output.shape)
    (3, 4, 1)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        gain: float,
        nonlinearity: str,
        generators: Sequence[torch.Generator],
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ):
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        self.weights = [gain * xavier_normal(shape, generators, dtype, device) for shape in shapes]
        self.biases = [torch.zeros(len(generators), 1, units, dtype=dtype, device=device) for units in sizes[1:]]
        self.nonlinearity = NONLINEARITIES[nonlinearity]

    def forward(self, stimuli: Tensor) -> Pass:
        """Present `stimuli` (condition, feature) to every member."""
        function, slope = self.nonlinearity
        *hidden, (weight, bias) = zip(self.weights, self.biases, strict=True)
        activity, slopes = [stimuli.expand(len(weight), -1, -1)], []
        for W, b in hidden:
            z = torch.baddbmm(b, activity[-1], W.mT)
            a = function(z)
            activity.append(a)
            slopes.append(slope(z, a))
        return Pass(activity, slopes, torch.baddbmm(bias, activity[-1], weight.mT))


def seeded(seeds: Sequence[int]) -> list[torch.Generator]:
    """One generator per seed."""
    return [torch.Generator().manual_seed(int(seed)) for seed in seeds]


def xavier_normal(
    shape: tuple[int, int],
    generators: Sequence[torch.Generator],
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Tensor:
    """Normal numbers (seed, *shape) of variance 2 / (fan_in + fan_out), each member's from its own generator."""
    drawn = [torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for generator in generators]
    return torch.stack(drawn).mul_(math.sqrt(2 / sum(shape))).to(device)
