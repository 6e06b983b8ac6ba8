"""Where weights start: every member draws from its own generator, so that nobody depends on who shares the batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def seeded(seeds: Sequence[int]) -> list[torch.Generator]:
    """One generator per seed."""
    return [torch.Generator().manual_seed(int(seed)) for seed in seeds]


def derived(generators: Sequence[torch.Generator]) -> list[torch.Generator]:
    """One more generator for each, that starts at a number drawn from it: its numbers are not those of the weights."""
    return seeded([int(torch.randint(2**62, (), generator=generator)) for generator in generators])


def redrawn(seed: int, draw: int) -> int:
    """The seed of another draw of the member with this `seed`; draw 0 is its own.

    Examples
    --------
    >>> redrawn(7, 0), redrawn(7, 1) == redrawn(7, 2)
    (7, False)
    """
    return int(np.random.SeedSequence([seed, draw]).generate_state(1, np.uint64)[0] >> 1) if draw else int(seed)


def xavier_normal(
    shape: Sequence[int],
    generators: Sequence[torch.Generator],
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> Tensor:
    """Normal numbers (member, *shape) of variance 2 / (fan_in + fan_out), each member's from its own generator.

    `shape` is (unit, unit below, *positions): a kernel's positions multiply both fans (Glorot & Bengio 2010).
    """
    drawn = [torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype) for generator in generators]
    fans = (shape[0] + shape[1]) * math.prod(shape[2:])
    return torch.stack(drawn).mul_(math.sqrt(2 / fans)).to(device)


def scaled(weights: Tensor, gain: float | Tensor) -> Tensor:
    """`weights` (member, ...) times `gain`, one for all or one per member (member,)."""
    if isinstance(gain, Tensor):
        gain = gain.to(weights).reshape(-1, *[1] * (weights.ndim - 1))
    return gain * weights
