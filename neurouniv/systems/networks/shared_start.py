"""Networks of one start up to a layer: parameters below it are kept, all above it are drawn anew."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neurouniv.schema import InputError


def keep_below(network: Any, first: Any, layer: int, name: Any, stimuli: Tensor) -> None:
    """Give `network` those parameters of `first` that the activity of a hidden layer depends on.

    All others lie above the layer, or beside it, and stay the network's own. What a layer's activity depends on is
    read off torch's graph, so that it holds for any architecture.

    Parameters
    ----------
    network, first : networks of one shape, as `neurouniv.systems.networks` makes them; `first` is used up.
    layer, name : the layer's place among the hidden layers, and what errors call it.
    stimuli : (condition, feature) or (member, condition, feature).

    Raises
    ------
    InputError : the layer depends on no parameter, as far as torch can tell, or on all of them.
    """
    below = _depended_on(first, layer, stimuli)
    if not any(below):
        raise InputError(
            f"What lies above layer {name!r} cannot be found: torch sees no parameter that its activity depends on. "
            "Record a submodule whose output is neither detached nor made without gradients."
        )
    if all(below):
        raise InputError(
            f"Nothing lies above layer {name!r}: its activity depends on every parameter, so nothing can be drawn "
            "again. Name a layer below the readout."
        )
    with torch.no_grad():
        for parameter, start, is_below in zip(network.parameters, first.parameters, below, strict=True):
            if is_below:
                parameter.copy_(start)


def _depended_on(network: Any, layer: int, stimuli: Tensor) -> list[bool]:
    """Of every parameter, whether the activity of the hidden layer depends on it."""
    parameters = [part.requires_grad_() for part in network.parameters]
    with torch.enable_grad():
        total = network.forward(stimuli).activity[layer + 1].sum()
    if not total.requires_grad:
        return [False] * len(parameters)
    return [slope is not None for slope in torch.autograd.grad(total, parameters, allow_unused=True)]
