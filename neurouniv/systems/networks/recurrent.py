"""Recurrent networks that see a stimulus for some steps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurouniv.systems.networks.batched import Batched


class Recurrent(Batched):
    """One layer of units that see the stimulus and each other: a_t = f(W a_{t-1} + U x + b), a_0 = 0 (Elman 1990).

    "Layers" are the steps, all with the same weights; the output is read from the last.
    """

    def __init__(self, features: int, outputs: int, hidden_layers: int, width: int, **settings: Any):
        super().__init__(**settings)
        self.steps = hidden_layers
        self.input, self.bias = self.drawn(width, features), self.zeros(1, width)
        self.lateral = self.drawn(width, width)
        self.readout = self.drawn(outputs, width), self.zeros(1, outputs)

    def hidden(self, stimuli: Tensor) -> tuple[list[Tensor], Tensor]:
        drive = torch.baddbmm(self.bias, stimuli, self.input.mT)
        steps = [self.function(drive)]
        for _ in range(self.steps - 1):
            steps.append(self.function(torch.baddbmm(drive, steps[-1], self.lateral.mT)))
        W, b = self.readout
        return steps, torch.baddbmm(b, steps[-1], W.mT)
