"""SIGTERM, as a batch system sends it when time is up: what can be finished soon is, the rest is given back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

GRACE = 5.0
"""Seconds that the cell at work has after SIGTERM. Batch systems kill 10 s (PBS) or 30 s (SLURM) after it."""
CAN_WAIT = hasattr(signal, "setitimer")


class Terminated(BaseException):
    """The process was asked to end; no `except Exception` keeps it from doing so."""


class Stopping:
    """While its block runs in the main thread, SIGTERM raises `Terminated`; in a `shielded` block, at its end.

    grace : seconds between SIGTERM and `Terminated`, in which `check` ends the work earlier, and so does a
        second SIGTERM.

    Examples
    --------
    >>> with Stopping() as stopping, stopping.shielded():
    ...     "written"
    'written'
    """

    def __init__(self, grace: float = 0.0) -> None:
        self.grace = grace if CAN_WAIT else 0.0
        self._asked, self._over, self._shields = False, False, 0
        self._before: dict[int, Any] = {}
        self._is_main = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Stopping:
        if self._is_main:
            for number in (signal.SIGTERM, *([signal.SIGALRM] if CAN_WAIT else [])):
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before and CAN_WAIT:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, before in self._before.items():
            signal.signal(number, before or signal.SIG_DFL)

    def ask(self) -> None:
        """Have `check` end the work, without a signal."""
        self._asked = True

    def check(self) -> None:
        """Raise `Terminated` if the process was asked to end: to be called between two pieces of work."""
        if self._asked:
            raise Terminated

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """A block that is finished before the process ends."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._over and not self._shields:
            raise Terminated

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        waits = number == signal.SIGTERM and self.grace and not self._asked
        self._asked = True
        if waits:
            signal.setitimer(signal.ITIMER_REAL, self.grace)
            return
        self._over = True
        if not self._shields:
            raise Terminated
