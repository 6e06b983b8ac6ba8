"""What a command needs of where it runs, before any work: names it can open, a current folder, files of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from neurouniv.errors import InputError


def need_surroundings(words: Iterable[str]) -> None:
    """Raise `InputError` where a command with these words cannot do its work, whatever it is."""
    _need_letters(words)
    _need_current_folder()
    _need_own_files()


def _need_letters(words: Iterable[str]) -> None:
    """No word may have bytes that the system's encoding does not know: libraries cannot open it."""
    amiss = [word for word in words if any("\udc80" <= letter <= "\udcff" for letter in word)]
    if amiss:
        raise InputError(
            f"Names need letters of the encoding {sys.getfilesystemencoding()}; got {amiss[0]!a}. Set PYTHONUTF8=1 "
            "before the command, or give the file another name."
        )


def _need_current_folder() -> None:
    """The current folder may not be removed: MKL ends the process there, without a word of what is wrong."""
    try:
        os.getcwd()
    except FileNotFoundError:
        raise InputError(
            "The current folder no longer exists. Go to another one with `cd`, and give the command again."
        ) from None


def _need_own_files() -> None:
    """Files and folders that are made may not be closed to who makes them."""
    mask = os.umask(0o077)
    os.umask(mask)
    if mask & 0o700:
        raise InputError(
            f"The umask {mask:04o} closes new files to yourself too. Set another one with `umask 022`, and give the "
            "command again."
        )
