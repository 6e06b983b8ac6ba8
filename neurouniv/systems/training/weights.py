"""The weights of networks as they are recorded, and networks that go on from recorded ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from neurouniv.schema import InputError, finite

WEIGHTS, FEEDBACK = "weights", "feedback_weights"
DIMS = {WEIGHTS: ("weight",), FEEDBACK: ("feedback_weight",)}
WORDS = {WEIGHTS: "weights and biases, layer by layer", FEEDBACK: "weights that carry errors back, layer by layer"}


def parts_of(learner: Any) -> dict[str, list[Tensor]]:
    """The tensors (member, ...) that are recorded as one vector a member."""
    parts = {WEIGHTS: list(learner.network.parameters)}
    return parts | ({FEEDBACK: list(learner.feedback)} if hasattr(learner, "feedback") else {})


def vectors(learner: Any, count: int) -> dict[str, Tensor]:
    """All weights of the first `count` members, (member, weight), and where the rule has some its feedback weights."""
    return {name: torch.cat([part.flatten(1) for part in of], 1)[:count] for name, of in parts_of(learner).items()}


def restore(tensors: Sequence[Tensor], vector: Tensor, name: str) -> None:
    """Put what was recorded, (weight) or (member, weight), into `tensors` (member, ...), in place.

    Raises
    ------
    InputError : they are of other networks.
    """
    sizes = [part[0].numel() for part in tensors]
    if vector.shape[-1] != sum(sizes):
        drop = " Or let it be drawn: start.drop_vars('feedback_weights')." if name == FEEDBACK else ""
        shapes = [tuple(part.shape[1:]) for part in tensors]
        raise InputError(
            f"The networks to train have {sum(sizes)} {name}, in arrays of {shapes}, and `start` has "
            f"{vector.shape[-1]}. Give the architecture, width and task's sizes that it was trained with.{drop}"
        )
    for tensor, part in zip(tensors, vector.split(sizes, dim=-1), strict=True):
        tensor.copy_(part.reshape(-1, *tensor.shape[1:]))


def last_frame(start: xr.Dataset) -> xr.Dataset:
    """The weights to go on from, of the last time that there is, and their time.

    Raises
    ------
    InputError : no weights were recorded, or they are not finite.
    """
    remedy = "Record them: `runs = neurouniv.train(..., weights=True)`, then `neurouniv.train(..., start=runs)`."
    if not (isinstance(start, xr.Dataset) and WEIGHTS in start and "time" in start.coords):
        got = sorted(map(str, start.variables)) if isinstance(start, xr.Dataset) else type(start).__name__
        raise InputError(f"`start` holds `weights` (..., seed, time, weight) of networks; got {got}. {remedy}")
    names = [name for name in DIMS if name in start]
    frame = start[names].isel(time=-1) if "time" in start.dims else start[names].assign_coords(time=start["time"])
    if not bool(finite(frame[WEIGHTS]).all()):
        raise InputError(
            f"Networks go on from finite weights; some of `start` are not, at time {float(frame['time']):g}: they "
            "diverged. Leave those members out, or give an earlier frame: start=runs.isel(time=[...])."
        )
    return frame
