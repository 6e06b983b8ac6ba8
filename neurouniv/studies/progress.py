"""Progress of a study: a bar on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from neurouniv.progress import LINES, is_shown, progress_bar, redraws, write_line
from neurouniv.studies.folder import Folder
from neurouniv.studies.status import study_status

LOOKS = 1.0
"""Seconds between two looks for the bar."""


@contextmanager
def told_on(folder: Folder, ids: Collection[str], progress: bool | None) -> Iterator[Callable[[], object]]:
    """A function to call often, which shows how many cells of these `ids` are done, whoever works in the folder.

    progress : None shows a bar on a terminal; True elsewhere gives a line a minute on stderr; False nothing.
    """
    if progress and not redraws():
        yield _seldom(LINES, lambda: write_line(study_status(folder.path).line))
        return
    with progress_bar(len(cells := set(ids)), "cells", progress) as bar:
        yield _seldom(LOOKS, lambda: bar.update(_ended(folder, cells) - bar.n)) if is_shown(progress) else _nothing
        bar.update(_ended(folder, cells) - bar.n)


def _ended(folder: Folder, cells: set[str]) -> int:
    """How many of the cells have a result or a failure."""
    contents = folder.look()
    return len(cells & (contents.results | contents.failures))


def _seldom(seconds: float, tell: Callable[[], object]) -> Callable[[], object]:
    """`tell`, at most once in so many seconds."""
    last = time.monotonic()

    def told() -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            tell()

    return told


def _nothing() -> None:
    return None
