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
BLOCK = 64 * 2**20
"""Bytes gathered on the device before they move."""


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
            shown = alive.reshape(len(alive), *[1] * (TIME[name] - 1), -1, *[1] * (block.ndim - TIME[name] - 1))
            place = (self.rows, *[slice(None)] * (TIME[name] - 1), frames)
            self.sink[name][place] = torch.where(shown, block, torch.nan).numpy()
        self._written = frames.stop
        self._frames, self._bytes = {name: [] for name in TIME}, 0

    def _finite(self, blocks: Mapping[str, Tensor]) -> Tensor:
        """Whether each member is finite until each frame (member, time); notes the first frame it is not."""
        finite = torch.stack([
            block.isfinite().movedim(TIME[name], 1).flatten(2).all(2) if block.ndim > 2 else block.isfinite()
            for name, block in blocks.items()
        ]).all(0)  # fmt: skip
        finite[:, 0] &= self._alive
        finite = torch.cummin(finite.int(), 1).values.bool()
        fallen = (self.lost < 0) & ~finite[:, -1].numpy()
        self.lost[fallen] = self._written + (~finite).int().argmax(1).numpy()[fallen]
        self._alive = finite[:, -1]
        return finite
