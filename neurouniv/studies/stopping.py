"""SIGTERM, as a batch system sends it when time is up: work is given back, but what is being written is finished."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Terminated(BaseException):
    """The process was asked to end; no `except Exception` keeps it from doing so."""


class Stopping:
    """While its block runs in the main thread, SIGTERM raises `Terminated`; in a `shielded` block, at its end.

    Examples
    --------
    >>> with Stopping() as stopping, stopping.shielded():
    ...     "written"
    'written'
    """

    def __init__(self) -> None:
        self._asked, self._shields = False, 0
        self._before: Any = None
        self._is_main = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Stopping:
        if self._is_main:
            self._before = signal.signal(signal.SIGTERM, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_main:
            signal.signal(signal.SIGTERM, self._before or signal.SIG_DFL)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """A block that is finished before the process ends."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._asked and not self._shields:
            raise Terminated

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if not self._shields:
            raise Terminated
