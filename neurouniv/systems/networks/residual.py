"""Residual perceptrons."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurouniv.systems.networks.batched import Batched


class Residual(Batched):
    """Perceptrons whose hidden layers add to the one below: a_l = a_{l-1} + f(W_l a_{l-1} + b_l) (He et al. 2016).

    The first hidden layer reads the stimuli and has nothing to add to.
    """

    def __init__(self, features: int, outputs: int, hidden_layers: int, width: int, **settings: Any):
        super().__init__(**settings)
        below = [features, *[width] * (hidden_layers - 1)]
        self.layers = [(self.drawn(width, size), self.zeros(1, width)) for size in below]
        self.readout = self.drawn(outputs, width), self.zeros(1, outputs)

    def hidden(self, stimuli: Tensor) -> tuple[list[Tensor], Tensor]:
        layers: list[Tensor] = []
        for W, b in self.layers:
            below = layers[-1] if layers else stimuli
            added = self.function(torch.baddbmm(b, below, W.mT))
            layers.append(below + added if layers else added)
        W, b = self.readout
        return layers, torch.baddbmm(b, layers[-1], W.mT)
