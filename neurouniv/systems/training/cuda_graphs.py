"""CUDA graphs: work that a GPU did once is replayed.

Small networks take a GPU microseconds, and Python much longer to ask for every product of an epoch. A CUDA graph keeps
what an epoch, or a frame, asks for. It holds where that is the same every time: all conditions at once, no number that
Python draws, looks at or changes.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

WARM = 3
"""Times that are asked for one by one: libraries set themselves up in them."""
WORTH = 50
"""For fewer times than these nothing is gained."""


class Replay:
    """`work`, done again and again on a GPU; what it returns is overwritten by the next time.

    Parameters
    ----------
    work : reads and changes the same tensors every time, and asks the GPU nothing.
    """

    def __init__(self, work: Callable[[], Any]):
        self._work, self._done, self._returned = work, 0, None
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> Any:
        """Once more."""
        self._done += 1
        if self._done <= WARM:
            return self._work()
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            with without_collection(), torch.cuda.graph(self._graph):
                self._returned = self._work()
        self._graph.replay()
        return self._returned


@contextmanager
def without_collection() -> Iterator[None]:
    """Python's garbage stays: the graph of an earlier network may be in it, and to free one breaks the capture."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
