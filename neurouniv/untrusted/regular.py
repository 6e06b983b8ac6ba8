"""What lies at a path: a file or a folder, or what would be waited for without end."""

from __future__ import annotations

import stat
from pathlib import Path

from neurouniv.errors import InputError

OTHERS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def need_regular(path: Path) -> None:
    """Raise `InputError` where a path is a pipe, a socket or a device, which reading would wait for or never end.

    Nothing is raised where nothing is there.

    Examples
    --------
    >>> need_regular(Path("."))
    >>> need_regular(Path("/dev/null"))
    Traceback (most recent call last):
    neurouniv.errors.InputError: A file or a folder is needed; '/dev/null' is a device. Copy its content into a file.
    """
    try:
        kind = OTHERS.get(stat.S_IFMT(path.stat().st_mode))
    except OSError:
        return
    if kind is not None:
        raise InputError(f"A file or a folder is needed; '{path}' is {kind}. Copy its content into a file.")


def is_file_at(path: Path) -> bool:
    """Whether a file is at a path that was given; a word that is longer than a name may be is none.

    Raises
    ------
    InputError : it is a pipe, a socket or a device.

    Examples
    --------
    >>> is_file_at(Path(".")), is_file_at(Path("absent.csv"))
    (False, False)
    """
    need_regular(path)
    try:
        return path.is_file()
    except OSError:
        return False
