"""Dropout with a probability of every member's own, drawn on the CPU: the same on any device and in any batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

OF_UNITS = (nn.Dropout,)
OF_CHANNELS = (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)


def kept_units(shape: Sequence[int], share: float, generators: Sequence[torch.Generator], like: Tensor) -> Tensor:
    """0 for the `share` of units that are silenced, 1/(1 - share) for the others: (member, *shape).

    Source: Srivastava et al. (2014).
    """
    drawn = torch.stack([torch.rand(*shape, generator=generator) for generator in generators])
    return (drawn >= share).to(like) / (1 - share)


Dropout = nn.Dropout | nn.Dropout1d | nn.Dropout2d | nn.Dropout3d


class Silence(nn.Module):
    """Stands where a module of the user's has dropout, and silences the units it is told to.

    Attributes
    ----------
    kept : factors for the units of one member, or None where none is silenced.
    shape : of one member's factors, known once it has seen an input.
    """

    def __init__(self, dropout: Dropout):
        super().__init__()
        self.share: float = dropout.p
        self._whole_channels = isinstance(dropout, OF_CHANNELS)
        self.kept: Tensor | None = None
        self.shape: tuple[int, ...] = ()

    def forward(self, activity: Tensor) -> Tensor:
        size = tuple(activity.shape)
        self.shape = (*size[:2], *[1] * (len(size) - 2)) if self._whole_channels else size
        return activity if self.kept is None else activity * self.kept


def silences_of(module: nn.Module) -> dict[str, Silence]:
    """Put a `Silence` in place of every dropout of `module`; they come back by name."""
    places = [(name, part) for name, part in module.named_modules() if isinstance(part, (*OF_UNITS, *OF_CHANNELS))]
    silences = {name: Silence(part) for name, part in places if 0 < part.p < 1}
    for name, silence in silences.items():
        parent, _, attribute = name.rpartition(".")
        setattr(module.get_submodule(parent), attribute, silence)
    return silences
