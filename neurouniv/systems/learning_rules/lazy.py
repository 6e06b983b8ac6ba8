"""The lazy learner: a network that learns as if its features did not move, the negative control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from neurouniv.systems.learning_rules.feedback import Backprop
from neurouniv.systems.learning_rules.rule import LocalRule
from neurouniv.systems.networks import MLP, Pass


class LinearisedPass(NamedTuple):
    """A `Pass` of a linearised network: `activity` and `output` are the linearised ones, `start` is the start's own."""

    activity: list[Tensor]
    slopes: list[Tensor]
    output: Tensor
    start: Pass


class Linearised:
    """A network's first-order expansion in its parameters, f(theta) = f(theta0) + J (theta - theta0).

    Hidden activity is expanded like the output. `parameters` are the changes theta - theta0, so that small changes of
    wide networks are not rounded away; `weights` and `biases` are theta.

    Parameters
    ----------
    start : the network at theta0; it stays as it is.
    """

    def __init__(self, start: MLP):
        self.start = start
        self.nonlinearity = start.nonlinearity
        self.parameters = [torch.zeros_like(parameter) for parameter in start.parameters]

    @property
    def weights(self) -> list[Tensor]:
        return [W + change for W, change in zip(self.start.weights, self.parameters[::2], strict=True)]

    @property
    def biases(self) -> list[Tensor]:
        return [b + change for b, change in zip(self.start.biases, self.parameters[1::2], strict=True)]

    def forward(self, stimuli: Tensor) -> LinearisedPass:
        """Present `stimuli` (condition, feature), or each member its own (member, condition, feature)."""
        start = self.start.forward(stimuli)
        shifts = [torch.zeros_like(start.activity[0])]
        for layer, slope in enumerate(start.slopes):
            shifts.append(slope * self._moved(layer, start, shifts[-1]))
        activity = [a + shift for a, shift in zip(start.activity, shifts, strict=True)]
        output = start.output + self._moved(-1, start, shifts[-1])
        return LinearisedPass(activity, start.slopes, output, start)

    def _moved(self, layer: int, start: Pass, shift: Tensor) -> Tensor:
        """How far the input of `layer` has moved: by its own weights, and by the `shift` of what it reads."""
        dW, db = self.parameters[::2][layer], self.parameters[1::2][layer]
        from_below = torch.baddbmm(db, start.activity[layer], dW.mT)
        return from_below.baddbmm_(shift, self.start.weights[layer].mT)

    def present(self, stimuli: Tensor) -> LinearisedPass:
        """Present `stimuli` to learn from them; the same as `forward`."""
        return self.forward(stimuli)


class Lazy(LocalRule[LinearisedPass]):
    """Gradient descent on the linearised network: kernel learning with the tangent kernel of the start.

    Outputs obey df/dt = -K dL/df with K = J J^T fixed (Jacot et al. 2018; Lee et al. 2019); it is what very wide
    or large networks do (Chizat et al. 2019). `network` is the linearised one, from its start on.
    """

    presents = True

    def __init__(self, network: MLP, generators: Sequence[torch.Generator]):
        super().__init__(network, generators)
        self.network = Linearised(network)
        self._backprop = Backprop(network, generators)

    def local(self, seen: LinearisedPass, error: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        return self._backprop.deltas(seen.start, error), seen.start.activity
