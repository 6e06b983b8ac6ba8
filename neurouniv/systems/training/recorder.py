"""The recorder of training: activity is gathered on the device, and moved in blocks to memory or a zarr folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurouniv.devices import is_gpu

FRAME = {
    "hidden": ("layer", "time", "condition", "unit"),
    "output": ("time", "condition", "output"),
    "loss": ("time",),
    "stopped": (),
    "weights": ("time", "weight"),
    "feedback_weights": ("time", "feedback_weight"),
}
"""The dimensions of what is recorded, after those of members."""
TIME = {"hidden": 2, "output": 1, "loss": 1, "weights": 1, "feedback_weights": 1}
"""Where time stands among the dimensions, members first."""
BLOCK = 16 * 2**20
"""Bytes gathered on the device before they move, where they cannot be written in place."""


class Recorder:
    """Frames of some members, written to `sink` (name -> array (member, ..., with time at `TIME`)).

    On a CPU frames are written straight into a sink of NumPy arrays; else they are gathered where they are and move
    in blocks, from a GPU through memory that is pinned. From where a member is no longer finite its frames are NaN.

    Parameters
    ----------
    sink : "hidden" (member, layer, time, condition, unit), "output" (member, time, condition, output), "loss"
        (member, time), and where they are recorded weights (member, time, weight): NumPy or zarr arrays.
    first, members : which members of the sink these frames belong to.
    frames : how many there will be.
    """

    def __init__(self, sink: Mapping[str, Any], first: int, members: int, frames: int):
        self.sink, self.rows, self.frames = sink, slice(first, first + members), frames
        self.lost = np.full(members, -1)
        self._alive = torch.ones(members, dtype=torch.bool)
        self._room: dict[str, Tensor] = {}
        self._sums: list[Tensor] = []
        self._count = self._written = 0

    def add(self, **frame: Tensor) -> None:
        """One frame: `hidden` (member, layer, condition, unit), `output`, `loss`."""
        if not self._room:
            self._room = self._rooms(frame)
        for name, array in frame.items():
            self._room[name].select(TIME[name], self._count).copy_(array)
        if not is_gpu(frame["loss"].device):  # while a frame is in cache; a GPU sums up whole blocks sooner
            self._sums.append(torch.stack([array.reshape(len(array), -1).sum(1) for array in frame.values()]))
        self._count += 1
        if self._count == self._room["loss"].shape[TIME["loss"]]:
            self.flush()

    def flush(self) -> None:
        """Move what is gathered to the sink."""
        if not self._count:
            return
        blocks = {name: room.narrow(TIME[name], 0, self._count) for name, room in self._room.items()}
        alive, stop = self._finite(blocks), self._written + self._count
        for name, block in blocks.items():
            if not alive.all():
                _blank(block, alive, TIME[name])
            if not self._in_place(block, name):
                _write(_in_memory(block), self.sink[name], self._place(name, stop))
        self._written, self._count = stop, 0
        self._room, self._sums = {}, []

    def _rooms(self, frame: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Room for the next frames: the sink's own, or a block beside it."""
        if all(self._in_place(array, name) for name, array in frame.items()):
            return {name: torch.from_numpy(self.sink[name][self._place(name, None)]) for name in frame}
        count = min(self.frames - self._written, max(1, BLOCK // sum(array.nbytes for array in frame.values())))
        return {name: a.new_empty(*a.shape[: TIME[name]], count, *a.shape[TIME[name] :]) for name, a in frame.items()}

    def _in_place(self, array: Tensor, name: str) -> bool:
        return isinstance(self.sink[name], np.ndarray) and array.device.type == "cpu"

    def _place(self, name: str, stop: int | None) -> tuple[slice, ...]:
        """The members' frames from the first not yet written until `stop`."""
        return self.rows, *[slice(None)] * (TIME[name] - 1), slice(self._written, stop)

    def _finite(self, blocks: Mapping[str, Tensor]) -> Tensor:
        """Whether each member is finite until each frame (member, time); notes the first frame it is not."""
        if self._sums:
            sums = torch.stack(self._sums, -1)
        else:
            sums = torch.stack([_summed(block, TIME[name]) for name, block in blocks.items()])
        finite = sums.isfinite().all(0).cpu()  # finite sums have finite terms, and are fast
        finite[:, 0] &= self._alive
        finite = torch.cummin(finite.int(), 1).values.bool()
        fallen = (self.lost < 0) & ~finite[:, -1].numpy()
        self.lost[fallen] = self._written + (~finite).int().argmax(1).numpy()[fallen]
        self._alive = finite[:, -1]
        return finite


def _summed(block: Tensor, time: int) -> Tensor:
    """Sums of frames (member, time) of a block (member, ..., time, ...)."""
    others = [dim for dim in range(block.ndim) if dim not in (0, time)]
    return block.sum(others) if others else block


def _in_memory(block: Tensor) -> Tensor:
    """A block in the computer's memory; from a GPU into memory that is pinned, which is several times as fast."""
    if not is_gpu(block.device):
        return block
    return torch.empty(block.shape, dtype=block.dtype, pin_memory=True).copy_(block)


def _write(block: Tensor, sink: Any, place: tuple[slice, ...]) -> None:
    """Put a block in its place; torch writes new memory with all threads, NumPy with one."""
    if isinstance(sink, np.ndarray):
        torch.from_numpy(sink[place]).copy_(block)
    else:
        sink[place] = block.numpy()


def _blank(block: Tensor, alive: Tensor, time: int) -> None:
    """Put NaN in `block` (member, ..., time, ...) where a member is no longer `alive` (member, time)."""
    shape = len(alive), *[1] * (time - 1), alive.shape[1], *[1] * (block.ndim - time - 1)
    block.masked_fill_(~alive.reshape(shape).to(block.device), torch.nan)
