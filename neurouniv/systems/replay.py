"""An epoch that a GPU has seen once and does again by itself.

Small networks take a GPU microseconds, and Python much longer to ask for every product of an epoch. A CUDA graph keeps
what an epoch asks for and asks for all of it at once. It holds where every epoch asks for the same: all conditions at
once, no number that Python draws, looks at or changes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM = 3
"""Epochs done one by one first: libraries set themselves up in them."""
WORTH = 50
"""In fewer epochs than these nothing is gained."""


class Replay:
    """`epoch`, done again and again on a GPU.

    Parameters
    ----------
    epoch : works in place on the same tensors every time, and asks the GPU nothing.
    """

    def __init__(self, epoch: Callable[[], None]):
        self._epoch, self._done = epoch, 0
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        """One epoch."""
        self._done += 1
        if self._done <= WARM:
            self._epoch()
            return
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._epoch()
        self._graph.replay()
