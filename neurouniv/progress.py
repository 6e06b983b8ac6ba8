"""Progress of long work, and the one meaning of `progress`: None, True or False.

At a terminal or in a notebook it is a bar. Elsewhere, as in the log of a job, a bar would be a heap of carriage
returns: there it is a line a minute, and only where it is asked for.
"""

from __future__ import annotations

import io
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tqdm import tqdm

LONG = 1.0
"""Seconds that work lasts before a bar shows that nobody asked for."""
LINES = 60.0
"""Seconds between two lines."""


def progress_bar(total: int | None, what: str, progress: bool | None, unit: str = "it", **settings: Any) -> tqdm:
    """A bar of `total` steps, or lines in its place.

    progress : True shows a bar, or a line a minute where there is neither terminal nor notebook; False shows nothing;
        None shows a bar at a terminal, once the work lasts a second.

    Examples
    --------
    >>> with progress_bar(3, "fits", progress=False) as bar:
    ...     shown = bar.update()
    """
    if progress and not redraws():
        return Lines(total=total, desc=what, unit=unit, **settings)
    asked = progress is not None
    hidden = sys.stderr is None or (not progress if asked else None)
    return Bar(total=total, desc=what, unit=unit, disable=hidden, delay=0 if asked else LONG, **settings)


def clock(what: str, progress: bool | None) -> AbstractContextManager[object]:
    """How long work takes that is a single step, in place of a bar; `progress` as above.

    Examples
    --------
    >>> with clock("fitting", progress=False):
    ...     answer = 42
    """
    if not is_shown(progress):
        return nullcontext()
    if not redraws():
        return Lines(total=None, desc=what)
    return Ticking(LONG, total=None, desc=what, bar_format="{desc}: {elapsed}", leave=False, delay=LONG)


def redraws() -> bool:
    """Whether what is written to stderr can be written over: at a terminal, and in a notebook."""
    return _is_terminal() or type(sys.stderr).__module__.startswith("ipykernel")


def is_shown(progress: bool | None) -> bool:
    """Whether progress that is not of our making shows: `progress`, or by default whether stderr is a terminal."""
    return _is_terminal() if progress is None else progress


def write_line(text: str) -> None:
    """Write a line of progress, where there is a stderr."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _is_terminal() -> bool:
    """Whether stderr is a terminal; a program without a console has no stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


class Bar(tqdm):
    """A bar of this process alone.

    tqdm's own lock is one of several processes, and where a worker is ended that holds one, Python warns of a leak.
    """

    _lock = threading.RLock()


class Ticking(Bar):
    """A bar that tells every so many seconds, also while a step is long."""

    def __init__(self, seconds: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._over = threading.Event()
        threading.Thread(target=self._tick, args=(seconds,), daemon=True).start()

    def _tick(self, seconds: float) -> None:
        while not self._over.wait(seconds):
            self.tell()

    def tell(self) -> None:
        """Draw the bar."""
        self.refresh()
        self.last_print_t = self._time()  # what was drawn is taken away at the end

    def close(self) -> None:
        """Tell no more."""
        if not self.disable:
            self._over.set()
        super().close()


class Lines(Ticking):
    """A bar that draws nothing, and tells in lines."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(LINES, file=io.StringIO(), **settings)

    def tell(self) -> None:
        """Write a line."""
        write_line(self.line)

    @property
    def line(self) -> str:
        """What is at work, how much of it is done, and how long it took and will take."""
        what = self.desc.removesuffix(": ")
        form = "{desc}: {n_fmt} of {total_fmt}{postfix}, {elapsed} so far, {remaining} left"
        form = form if self.total else "{desc}: {elapsed} so far"
        return str(self.format_meter(**self.format_dict | {"prefix": what, "bar_format": form}))

    def display(self, *_: Any, **__: Any) -> None:
        """Nothing is drawn."""
