"""Gzip files are unpacked up to a bound: a few kilobytes can stand for gigabytes."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from neurouniv.errors import InputError
from neurouniv.memory import free_memory, size_text
from neurouniv.untrusted.room import SMALL, need_memory

PIECE = 2**20
MOST_TO_ONE = 1040
"""Bytes that a byte of a gzip file can stand for, at most."""


def unpacked_size(path: Path, most: float) -> int:
    """Bytes of what a gzip file holds, counted up to `most` and a piece more."""
    size = 0
    with gzip.open(path) as file:
        while size <= most and (part := file.read(PIECE)):
            size += len(part)
    return size


def need_room_unpacked(path: Path, times: float) -> None:
    """Raise `InputError` where what a gzip file holds takes, so many times over, more memory than is free."""
    if path.stat().st_size * MOST_TO_ONE * times > SMALL:
        most = free_memory() / times
        need_memory(times * unpacked_size(path, most), f"To hold its text, '{path}'")


def unpack(path: Path, goal: Path) -> None:
    """Write what a gzip file holds into the file `goal`.

    Raises
    ------
    InputError : there is no room for it on the disk.
    """
    free = shutil.disk_usage(goal.parent).free
    copied = 0
    with gzip.open(path) as file, goal.open("wb") as copy:
        while part := file.read(PIECE):
            copied += len(part)
            if copied > free:
                raise InputError(
                    f"'{path}' holds more than the {size_text(free)} that are free in '{goal.parent}', where it is "
                    "unpacked. If it should be small, it is damaged: copy it again. Otherwise make room."
                )
            copy.write(part)
