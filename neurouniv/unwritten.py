"""Why a file cannot be written, in words: the disk is full, the folder is read-only, ..."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurouniv.errors import InputError
from neurouniv.memory import size_text

FULL = (errno.ENOSPC, errno.EDQUOT)
REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota on the disk is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "you have no permission to write there",
    errno.EPERM: "you have no permission to write there",
    errno.EIO: "the disk has an error",
    errno.EFBIG: "the disk takes no file as large as this",
    errno.ENAMETOOLONG: "its name is too long",
}
"""Why nothing can be written, by the number of the system's error."""
ELSEWHERE = "Give a path in a folder that you can write to."
REMEDIES = {
    errno.ENOSPC: "Free some space, or give a path on another disk.",
    errno.EDQUOT: "Free some space, or give a path on another disk.",
    errno.EIO: "Ask whoever looks after it, and give a path on another disk.",
    errno.EFBIG: "Give a path on another disk.",
    errno.ENAMETOOLONG: "Give a shorter one.",
}
OURS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
"""Errors that only writing has; others may be of a file that is read meanwhile."""
ROOM, MOST_ROOM = 2**20, 2**27
"""Bytes beside what is to be written, and of that at most, without which a disk counts as full, for libraries that do
not say why they failed."""


class NotWritten(InputError, OSError):
    """A file was not written, and nothing of it is there; the message says why and what to do."""


@contextmanager
def writing(path: Path, size: int | None = None) -> Iterator[None]:
    """A block that writes to `path`, or to scratch beside it: what keeps it from that is raised as `NotWritten`.

    Examples
    --------
    >>> with writing(Path("a.nc"), size=3_000_000):
    ...     raise OSError(errno.EROFS, "Read-only file system")
    Traceback (most recent call last):
        ...
    neurouniv.unwritten.NotWritten: 'a.nc' cannot be written: the disk is read-only. Nothing was changed there. Give a \
path in a folder that you can write to.
    """
    try:
        yield
    except (InputError, FileNotFoundError):
        raise
    except Exception as error:
        number = _reason(error, path, size)
        if number is None:
            raise
        raise _not_written(path, number, size) from error


def _reason(error: Exception, path: Path, size: int | None) -> int | None:
    """The number of the system's error that kept `path` from being written; None where it is another one."""
    number = getattr(error, "errno", None) if isinstance(error, OSError) else None
    if number in OURS:
        return number
    if number is None or (number in REASONS and _is_there(error, path)):
        return (
            _no_room(path, ROOM + min(size or 0, MOST_ROOM)) or number
        )  # netCDF calls a full disk a lack of permission
    return None


def _is_there(error: Exception, path: Path) -> bool:
    """Whether an error names no file, or one in the folder of `path`."""
    name = getattr(error, "filename", None)
    return name is None or Path(os.fsdecode(name)).resolve().is_relative_to(path.parent.resolve())


def _no_room(path: Path, size: int) -> int | None:
    """What keeps zeros from being written beside `path`: netCDF, HDF5 and others do not say that a disk is full."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(size))
    except OSError as error:
        return error.errno
    return None


def reason_of(error: OSError) -> str:
    """Why something was not written, in a few words.

    Examples
    --------
    >>> reason_of(OSError(errno.EROFS, "Read-only file system", "a.nc"))
    'the disk is read-only'
    """
    number = error.errno
    return REASONS.get(number, error.strerror or str(error)) if number else str(error)


def _not_written(path: Path, number: int, size: int | None) -> NotWritten:
    reason = REASONS.get(number, os.strerror(number))
    error = NotWritten(
        f"'{path}' cannot be written: {reason}{_room(path, size) if number in FULL else ''}. Nothing was changed "
        f"there. {REMEDIES.get(number, ELSEWHERE)}"
    )
    error.errno = number
    return error


def _room(path: Path, size: int | None) -> str:
    """How much is free and how much is needed, in brackets."""
    try:
        free = f"{size_text(shutil.disk_usage(path.parent).free)} free in {path.parent.resolve()}"
    except OSError:
        free = ""
    needed = f"about {size_text(size)} needed" if size else ""
    text = ", ".join(filter(None, [free, needed]))
    return f" ({text})" if text else ""
