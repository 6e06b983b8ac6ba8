"""The most memory that this process held while a block ran."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def peak_memory() -> Iterator[Callable[[], float]]:
    """A function that gives the peak of this process since the block began, in MB (1e6 bytes), libraries included.

    Where the system keeps one peak for the whole life of a process (macOS), it is that; NaN where it keeps none.

    Examples
    --------
    >>> with peak_memory() as peak:
    ...     numbers = bytearray(50_000_000)
    >>> bool(peak() > 50)
    True
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # sets the peak to what is held now
    yield _peak


def _peak() -> float:
    try:
        held = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
        return int(held[1]) * 1024 / 1e6 if held else _of_life()
    except OSError:
        return _of_life()


def _of_life() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return math.nan
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
