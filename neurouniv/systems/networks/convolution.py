"""Convolutional networks, of signals and of images; all members in one grouped convolution."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from neurouniv.schema import InputError
from neurouniv.systems.networks.batched import Batched, square_of


class Convolutional(Batched):
    """Convolutions over one or two dimensions of space, all of one size, and a linear readout of all of their units.

    Units of a hidden layer are its channels times positions. In one dimension the stimulus is first spread over `width`
    positions by a linear layer; in two it is a square image of one channel, as it comes.

    Parameters
    ----------
    dimensions : 1 or 2.
    kernel : positions a unit sees along each dimension, an odd number; beyond the edge there are zeros.
    channels : of every hidden layer.
    """

    def __init__(
        self, features: int, outputs: int, hidden_layers: int, width: int, kernel: int, channels: int,
        dimensions: int, **settings: Any,
    ):  # fmt: skip
        super().__init__(**settings)
        self.space = self._space(features, width, dimensions)
        self.lift = (self.drawn(width, features), self.zeros(1, width)) if dimensions == 1 else None
        below = [1, *[channels] * (hidden_layers - 1)]
        window, units = (kernel,) * dimensions, channels * torch.Size(self.space).numel()
        self.layers = [(self.drawn(channels, size, *window), self.zeros(channels)) for size in below]
        self.readout = self.drawn(outputs, units), self.zeros(1, outputs)
        self.convolve = functional.conv1d if dimensions == 1 else functional.conv2d

    @staticmethod
    def _space(features: int, width: int, dimensions: int) -> tuple[int, ...]:
        if dimensions == 1:
            return (width,)
        side = square_of(features)
        if not side:
            raise InputError(
                f"architecture='cnn2d' sees square images; {features} features are not the pixels of one. "
                "Use architecture='cnn'."
            )
        return side, side

    def hidden(self, stimuli: Tensor) -> tuple[list[Tensor], Tensor]:
        if self.lift is not None:
            W, b = self.lift
            stimuli = torch.baddbmm(b, stimuli, W.mT)
        members, conditions = stimuli.shape[:2]
        signal, layers = stimuli.reshape(members, conditions, 1, *self.space), []
        for W, b in self.layers:
            together = signal.transpose(0, 1).reshape(conditions, -1, *self.space)
            drive = self.convolve(together, W.flatten(0, 1), b.flatten(), padding="same", groups=members)
            signal = self.function(drive).reshape(conditions, members, -1, *self.space).transpose(0, 1)
            layers.append(signal.flatten(2))
        W, b = self.readout
        return layers, torch.baddbmm(b, layers[-1], W.mT)
