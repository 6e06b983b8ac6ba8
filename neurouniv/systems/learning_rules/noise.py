"""Noise that members draw for themselves, step by step, and networks under it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from neurouniv.systems.networks import MLP, derived

GRAIN = 16
"""Torch makes normal numbers by sixteens: streams cut at multiples of it are the same wherever they are cut."""


class Noise:
    """A stream of standard normal numbers for every member, made for many steps at once and used up in order.

    A member's stream starts at a number drawn from its generator, and depends neither on who shares the batch nor on
    how many numbers are made at a time, nor on the precision or the device of who uses it.

    Parameters
    ----------
    generators : one `torch.Generator` (cpu) per member.
    like : a tensor of the dtype and device wanted.
    steps, room : numbers are made for so many steps at once, but for no more than `room` numbers a member.

    Examples
    --------
    >>> from neurouniv.systems.networks import seeded
    >>> noise = Noise(seeded(range(3)), torch.zeros(1))
    >>> weights, biases = noise.draw((5, 2), (5,))
    >>> tuple(weights.shape), tuple(biases.shape)
    ((3, 5, 2), (3, 5))
    """

    def __init__(self, generators: Sequence[torch.Generator], like: Tensor, steps: int = 256, room: int = 2**18):
        self.steps, self.room = steps, room
        self._generators = derived(generators)
        self._left = like.new_empty(len(generators), 0)

    def draw(self, *shapes: Sequence[int]) -> list[Tensor]:
        """The next numbers (member, *shape) for every shape."""
        sizes = [math.prod(shape) for shape in shapes]
        needed = -(-sum(sizes) // GRAIN) * GRAIN
        if self._left.shape[1] < needed:
            self._refill(needed)
        numbers, self._left = self._left[:, : sum(sizes)], self._left[:, needed:]
        parts = numbers.split(sizes, dim=1)
        return [part.unflatten(1, tuple(shape)) for part, shape in zip(parts, shapes, strict=True)]

    def _refill(self, needed: int) -> None:
        count = needed * min(self.steps, max(1, self.room // needed))
        numbers = torch.stack([torch.randn(count, generator=g, dtype=torch.float32) for g in self._generators])
        self._left = torch.cat([self._left, numbers.to(self._left)], dim=1)


def disturbed(network: MLP, stimuli: Tensor, noise: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
    """What every layer reads, and the output, with `noise` (member, condition, unit) added to every layer's input."""
    activity, function = [stimuli], network.nonlinearity.function
    *hidden, (W, b) = zip(network.weights, network.biases, strict=True)
    for (weight, bias), added in zip(hidden, noise[:-1], strict=True):
        activity.append(function(torch.baddbmm(bias + added, activity[-1], weight.mT)))
    return activity, torch.baddbmm(b + noise[-1], activity[-1], W.mT)


def per_unit(network: MLP, conditions: int) -> list[tuple[int, int]]:
    """The shape (condition, unit) of every layer, the readout's last."""
    return [(conditions, W.shape[1]) for W in network.weights]
