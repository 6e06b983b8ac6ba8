"""Files that are there whole or not at all, and stay there when the machine loses power."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

from neurouniv.unwritten import writing


def put(written: Path, place: Path) -> None:
    """Move a file that is written to its place, both on the disk before this returns.

    Raises
    ------
    OSError : the disk is full, or the folder cannot be written.
    """
    _flush(written)
    os.replace(written, place)
    _flush(place.parent)


def write_text(text: str, place: Path, scratch: Path) -> None:
    """Write `text` to `place`, by way of the folder `scratch` of the same file system.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text("a", Path(folder) / "a.txt", Path(folder))
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.txt']
    """
    written = scratch / f"{place.name}.{uuid.uuid4().hex}"
    try:
        with writing(place, len(text)):
            written.write_text(text, encoding="utf-8")
            put(written, place)
    finally:
        written.unlink(missing_ok=True)


def write_json(value: Any, place: Path, scratch: Path) -> None:
    """The same of a value as JSON."""
    write_text(json.dumps(value, indent=1), place, scratch)


def _flush(path: Path) -> None:
    """Have a file or folder on the disk; a file system that cannot flush folders is left alone."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(handle)
