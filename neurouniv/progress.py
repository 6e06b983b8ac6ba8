"""Progress bars, and the one meaning of `progress`: None, True or False."""

from __future__ import annotations

import sys

from tqdm import tqdm

LONG = 1.0
"""Seconds that work lasts before a bar shows that nobody asked for."""


def progress_bar(total: int, what: str, progress: bool | None, unit: str = "it") -> tqdm:
    """A bar of `total` steps.

    progress : True shows it, False does not; None shows it where stderr is a terminal, once the work lasts a second.

    Examples
    --------
    >>> with progress_bar(3, "fits", progress=False) as bar:
    ...     shown = bar.update()
    """
    asked = progress is not None
    return tqdm(total=total, desc=what, unit=unit, disable=not progress if asked else None, delay=0 if asked else LONG)


def is_shown(progress: bool | None) -> bool:
    """Whether a bar that is not of our making shows: `progress`, or by default whether stderr is a terminal."""
    return sys.stderr.isatty() if progress is None else progress
