"""Multilayer perceptrons side by side, with all that a learning rule needs kept on the way forward.

A batch of networks is one set of arrays with the leading dimension `member`; no member sees another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from neurouniv.systems.networks.dropout import kept_units
from neurouniv.systems.networks.nonlinearities import NONLINEARITIES
from neurouniv.systems.networks.start import scaled, xavier_normal


class Pass(NamedTuple):
    """One presentation of all conditions.

    `activity[l]` (member, condition, unit) is what layer l reads: the stimuli for l = 0, then every hidden layer;
    `slopes[l]` (member, condition, unit) belongs to hidden layer l, whose activity is `activity[l + 1]` (networks
    that learn by automatic differentiation keep none); `output` (member, condition, output).
    """

    activity: list[Tensor]
    slopes: list[Tensor]
    output: Tensor


class MLP:
    """Multilayer perceptrons with a linear readout, one per member.

    Weights are xavier-normal times `gain` in every layer, the readout's too (standard deviation
    gain sqrt(2 / (fan_in + fan_out)), Glorot & Bengio 2010), biases zero. Each member draws from its own
    generator in float64, so its start depends neither on who shares the batch nor on `dtype`.

    Parameters
    ----------
    sizes : units of every layer, stimuli and outputs included.
    gain : of all members, or a tensor (member,).
    generators : one `torch.Generator` (cpu) per member.
    dropout : the share of hidden units that `present` silences at every presentation, the others enlarged
        (Srivastava et al. 2014); `forward` silences none.

    Attributes
    ----------
    weights : per layer (member, unit, unit below).
    biases : per layer (member, 1, unit).

    Examples
    --------
    >>> from neurouniv.systems.networks import seeded
    >>> network = MLP([2, 8, 1], 1.0, "tanh", seeded(range(3)))
    >>> tuple(network.forward(torch.ones(4, 2)).output.shape)
    (3, 4, 1)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        gain: float | Tensor,
        nonlinearity: str,
        generators: Sequence[torch.Generator],
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
        dropout: float = 0.0,
    ):
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        self.weights = [scaled(xavier_normal(shape, generators, dtype, device), gain) for shape in shapes]
        self.biases = [torch.zeros(len(generators), 1, units, dtype=dtype, device=device) for units in sizes[1:]]
        self.nonlinearity = NONLINEARITIES[nonlinearity]
        self.dropout = dropout
        self._generators = generators

    @property
    def parameters(self) -> list[Tensor]:
        """Weights and biases, layer by layer; changing them in place changes the network."""
        return [part for layer in zip(self.weights, self.biases, strict=True) for part in layer]

    def forward(self, stimuli: Tensor) -> Pass:
        """Present `stimuli` (condition, feature), or each member its own (member, condition, feature)."""
        return self._pass(stimuli, 0.0)

    def present(self, stimuli: Tensor) -> Pass:
        """Present `stimuli` to learn from them, with dropout."""
        return self._pass(stimuli, self.dropout)

    def _pass(self, stimuli: Tensor, dropout: float) -> Pass:
        function, slope = self.nonlinearity
        *hidden, (weight, bias) = zip(self.weights, self.biases, strict=True)
        activity, slopes = [stimuli.expand(len(weight), -1, -1)], []
        for W, b in hidden:
            z = torch.baddbmm(b, activity[-1], W.mT)
            a = function(z)
            steep = slope(z, a)
            if dropout:
                factors = kept_units(a.shape[1:], dropout, self._generators, a)
                a, steep = a * factors, steep * factors
            activity.append(a)
            slopes.append(steep)
        return Pass(activity, slopes, torch.baddbmm(bias, activity[-1], weight.mT))
