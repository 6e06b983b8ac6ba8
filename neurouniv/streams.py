"""Streams that are closed, or that nobody reads any more: what is printed is lost, and the work goes on."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

CLOSED = {"stdin": "r", "stdout": "w", "stderr": "w"}
"""How each stream is opened where it is closed, in the order of their numbers."""
LOST = {"stdout": BrokenPipeError, "stderr": OSError}
"""After which error what is printed to a stream is lost: a full disk below stdout is told."""


class Lasting(io.TextIOWrapper):
    """A stream that leads nowhere from the first error of a kind on.

    Parameters
    ----------
    stream : whose place it takes.
    lost : the kind of error.
    """

    def __init__(self, stream: io.TextIOWrapper, lost: type[OSError]) -> None:
        super().__init__(
            stream.buffer,
            stream.encoding,
            "backslashreplace",  # letters that the terminal's encoding lacks are written as their numbers
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self._stream = stream  # which closes the file that both write when nobody holds it
        self._lost = lost

    def write(self, text: str, /) -> int:
        """Write `text`, or lose it."""
        with self._lasting():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written, or lose it."""
        with self._lasting():
            super().flush()

    @contextmanager
    def _lasting(self) -> Iterator[None]:
        try:
            yield
        except self._lost:
            lead_nowhere(self)


def keep_streams() -> None:
    """Have the streams of this process be there, and last.

    The next file that is opened would get the number of a closed stream, and what libraries print would go into it.
    """
    for name, mode in CLOSED.items():
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, the stream's own
            os.set_inheritable(nowhere, True)
            setattr(sys, name, os.fdopen(nowhere, mode))
        elif name in LOST and type(stream := getattr(sys, name)) is io.TextIOWrapper:  # not one of a notebook or a test
            setattr(sys, name, Lasting(stream, LOST[name]))


def lead_nowhere(stream: TextIO | io.TextIOWrapper) -> None:
    """Have what is written from now on, and what waits to be written, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
