"""What is told when Ctrl-C, or the system, stops a command: what was kept, and how to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurouniv.errors import some

Stamp = tuple[int, int]
"""The number of a file on its disk, and when it was last changed."""
NOTHING = "Nothing was written."
CTRL_C = 130
"""The exit code of a command that Ctrl-C stops."""


class Stopped(KeyboardInterrupt):
    """A command was stopped; the message says what it kept and how to go on.

    Parameters
    ----------
    by : what stopped it, whose exit code it has.
    """

    def __init__(self, message: str, by: KeyboardInterrupt) -> None:
        super().__init__(message)
        self.code = code_of(by)


def code_of(stop: KeyboardInterrupt) -> int:
    """The exit code of a command that is stopped: 128 and the signal's number, as of any program."""
    return getattr(stop, "code", CTRL_C)


@contextmanager
def going_on(account: Callable[[], str]) -> Iterator[None]:
    """A block that can be gone on with after Ctrl-C.

    account : says then what was kept and how to go on.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Stopped(account(), stop) from None


def kept_text(options: Iterable[Any], before: Mapping[Path, Stamp]) -> str:
    """What a command that ends early has written: those of the paths among its options that changed.

    Commands write files whole or not at all, and read others, so a file that is another than before is kept.

    Parameters
    ----------
    options : values of arguments; those that are paths, or lists of them, are looked at.
    before : what `stamps` gave for the same options when the command began.
    """
    files = [str(file) for file, stamp in stamps(options).items() if before.get(file) != stamp]
    return f"Kept: {some(files)}. The same command with --overwrite begins anew." if files else NOTHING


def stamps(options: Iterable[Any]) -> dict[Path, Stamp]:
    """What tells the files at paths among options from others of their names, whatever clocks say."""
    files = (file for path in _paths(options) for file in _files(path) if file.exists())
    return {file: (stat.st_ino, stat.st_mtime_ns) for file in files for stat in [file.stat()]}


@contextmanager
def unless_empty(folder: Path) -> Iterator[None]:
    """A block that makes a folder, and that leaves none behind where it ends early and nothing is in it."""
    was_there = folder.exists()
    try:
        yield
    except BaseException:
        if not was_there and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _paths(values: Iterable[Any]) -> Iterator[Path]:
    for value in values:
        if isinstance(value, Path):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _paths(value)


def _files(path: Path) -> list[Path]:
    """The file, or files of the folder; a zarr store counts as one."""
    inside = path.is_dir() and path.suffix != ".zarr"
    return sorted(file for file in path.iterdir() if not file.name.startswith(".")) if inside else [path]
