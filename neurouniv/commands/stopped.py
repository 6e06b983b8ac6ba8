"""What is told when Ctrl-C stops a command: what was kept, and how to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurouniv.errors import some

NOTHING = "Stopped. Nothing was written."


class Stopped(KeyboardInterrupt):
    """A command was stopped; the message says what it kept and how to go on."""


@contextmanager
def going_on(kept: Callable[[], str]) -> Iterator[None]:
    """A block that can be gone on with after Ctrl-C.

    kept : says then what was kept and how to go on.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(kept()) from None


def kept_text(options: Iterable[Any], since: float) -> str:
    """What a stopped command has written: those of the paths among its options that changed.

    Commands write files whole or not at all, and read others, so a file that is younger than the command is kept.

    Parameters
    ----------
    options : values of arguments; those that are paths, or lists of them, are looked at.
    since : when the command began, in seconds since the epoch.
    """
    files = [file for path in _paths(options) for file in _younger(path, since)]
    return f"Stopped. Kept: {some(files)}. The same command with --overwrite begins anew." if files else NOTHING


@contextmanager
def unless_empty(folder: Path) -> Iterator[None]:
    """A block that makes a folder, and that leaves none behind where it is stopped before anything is in it."""
    was_there = folder.exists()
    try:
        yield
    except KeyboardInterrupt:
        if not was_there and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _paths(values: Iterable[Any]) -> Iterator[Path]:
    for value in values:
        if isinstance(value, Path):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _paths(value)


def _younger(path: Path, since: float) -> list[str]:
    """The file, or files of the folder, that were written since then; a zarr store counts as one."""
    inside = path.is_dir() and path.suffix != ".zarr"
    files = sorted(file for file in path.iterdir() if not file.name.startswith(".")) if inside else [path]
    return [str(file) for file in files if file.exists() and file.stat().st_mtime >= since]
