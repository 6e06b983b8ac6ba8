"""Networks in which activity multiplies activity: gated layers, and attention among the parts of a stimulus."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurouniv.systems.networks.batched import Batched


class Gated(Batched):
    """Gated linear units: a_l = f(W a + b) times sigmoid(V a + c) (Dauphin et al. 2017)."""

    def __init__(self, features: int, outputs: int, hidden_layers: int, width: int, **settings: Any):
        super().__init__(**settings)
        below = [features, *[width] * (hidden_layers - 1)]
        self.layers = [
            (self.drawn(width, size), self.zeros(1, width), self.drawn(width, size), self.zeros(1, width))
            for size in below
        ]
        self.readout = self.drawn(outputs, width), self.zeros(1, outputs)

    def hidden(self, stimuli: Tensor) -> tuple[list[Tensor], Tensor]:
        layers: list[Tensor] = []
        for W, b, V, c in self.layers:
            below = layers[-1] if layers else stimuli
            gate = torch.sigmoid(torch.baddbmm(c, below, V.mT))
            layers.append(self.function(torch.baddbmm(b, below, W.mT)) * gate)
        W, b = self.readout
        return layers, torch.baddbmm(b, layers[-1], W.mT)


class Attention(Batched):
    """Blocks of one-headed self-attention and a unit-wise layer, both added to what they read (Vaswani et al. 2017).

    Every feature of a stimulus is a token: its value times a direction of its own, plus a place of its own, in `width`
    dimensions. A block's units are the mean over its tokens, and so is what the output is read from.
    """

    def __init__(self, features: int, outputs: int, hidden_layers: int, width: int, **settings: Any):
        super().__init__(**settings)
        self.width = width
        self.direction, self.place = self.drawn(features, width), self.drawn(features, width)
        self.blocks = [
            (*(self.drawn(width, width) for _ in range(4)), self.drawn(width, width), self.zeros(1, width))
            for _ in range(hidden_layers)
        ]
        self.readout = self.drawn(outputs, width), self.zeros(1, outputs)

    def hidden(self, stimuli: Tensor) -> tuple[list[Tensor], Tensor]:
        tokens = stimuli[..., None] * self.direction[:, None] + self.place[:, None]
        layers = []
        for query, key, value, out, W, b in self.blocks:
            q, k, v = (torch.einsum("mcfi,mji->mcfj", tokens, part) for part in (query, key, value))
            attended = torch.softmax(q @ k.mT / self.width**0.5, -1) @ v
            tokens = tokens + torch.einsum("mcfi,mji->mcfj", attended, out)
            tokens = tokens + self.function(torch.einsum("mcfi,mji->mcfj", tokens, W) + b[:, None])
            layers.append(tokens.mean(2))
        W, b = self.readout
        return layers, torch.baddbmm(b, layers[-1], W.mT)
