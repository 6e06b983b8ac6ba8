"""What is recorded of networks as they learn: gathered on the device, moved in blocks to memory or a zarr folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

FRAME = {
    "hidden": ("layer", "time", "condition", "unit"),
    "output": ("time", "condition", "output"),
    "loss": ("time",),
    "stopped": (),
}
"""The dimensions of what is recorded, after those of members."""
TIME = {"hidden": 2, "output": 1, "loss": 1}
"""Where time stands among the dimensions, members first."""
BLOCK = 16 * 2**20
"""Bytes gathered on the device before they move; more of them would have to be fetched from memory again."""


class Recorder:
    """Frames of some members, written to `sink` (name -> array (member, ..., with time at `time_axis`)).

    From where a member is no longer finite its frames are NaN.

    Parameters
    ----------
    sink : "hidden" (member, layer, time, condition, unit), "output" (member, time, condition, output), "loss"
        (member, time): NumPy or zarr arrays.
    first, members : which members of the sink these frames belong to.
    """

    def __init__(self, sink: Mapping[str, Any], first: int, members: int):
        self.sink, self.rows = sink, slice(first, first + members)
        self.lost = np.full(members, -1)
        self._frames: dict[str, list[Tensor]] = {name: [] for name in TIME}
        self._alive = torch.ones(members, dtype=torch.bool)
        self._written, self._bytes = 0, 0

    def add(self, **frame: Tensor) -> None:
        """One frame: `hidden` (member, layer, condition, unit), `output`, `loss`."""
        for name, array in frame.items():
            self._frames[name].append(array)
            self._bytes += array.nbytes
        if self._bytes > BLOCK:
            self.flush()

    def flush(self) -> None:
        """Move what is gathered to the sink."""
        blocks = {name: torch.stack(parts, TIME[name]).cpu() for name, parts in self._frames.items() if parts}
        if not blocks:
            return
        alive = self._finite(blocks)
        frames = slice(self._written, self._written + alive.shape[1])
        for name, block in blocks.items():
            place = (self.rows, *[slice(None)] * (TIME[name] - 1), frames)
            self.sink[name][place] = (block if bool(alive.all()) else _blanked(block, alive, TIME[name])).numpy()
        self._written = frames.stop
        self._frames, self._bytes = {name: [] for name in TIME}, 0

    def _finite(self, blocks: Mapping[str, Tensor]) -> Tensor:
        """Whether each member is finite until each frame (member, time); notes the first frame it is not."""
        sums = [
            block.movedim(TIME[name], 1).flatten(2).sum(2) if block.ndim > 2 else block
            for name, block in blocks.items()
        ]
        finite = torch.stack(sums).isfinite().all(0)  # finite sums have finite terms, and are fast
        finite[:, 0] &= self._alive
        finite = torch.cummin(finite.int(), 1).values.bool()
        fallen = (self.lost < 0) & ~finite[:, -1].numpy()
        self.lost[fallen] = self._written + (~finite).int().argmax(1).numpy()[fallen]
        self._alive = finite[:, -1]
        return finite


def _blanked(block: Tensor, alive: Tensor, time: int) -> Tensor:
    """`block` (member, ..., time, ...) with NaN where a member is no longer `alive` (member, time)."""
    shape = len(alive), *[1] * (time - 1), alive.shape[1], *[1] * (block.ndim - time - 1)
    return torch.where(alive.reshape(shape), block, torch.nan)
