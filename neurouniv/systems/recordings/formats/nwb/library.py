"""pynwb, imported without its cache, which it makes in the user's home and unpickles whenever it is imported."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from neurouniv.systems.recordings.help.errors import import_extra


def import_pynwb(need: str) -> ModuleType:
    """pynwb, wherever it can be imported; its own cache takes 0.2 s less.

    A cache that was cut off, by a killed process or a full disk, keeps pynwb from being imported ever again. The folder
    for it is made even so; where the home is read-only, elsewhere.

    Raises
    ------
    InputError : it is not installed; the message says how to install it.
    """
    if "pynwb" in sys.modules:
        return import_extra("pynwb", need)
    with _environment("PYNWB_NO_CACHE_DIR", "1"):
        try:
            return import_extra("pynwb", need)
        except OSError:
            with tempfile.TemporaryDirectory() as folder, _environment("XDG_CACHE_HOME", folder):
                return import_extra("pynwb", need)


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """A variable of the environment is another in the block."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
