"""Files and folders that appear whole or not at all; what killed runs left is removed by the next one."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neurouniv.unwritten import writing

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

REPLACED = "replaced"
"""In a scratch folder, the folder that was at the output's place, while another takes this place."""
OWNER = "owner.lock"
"""A file that the owner of a scratch folder holds locked. The system unlocks it when the owner dies, by whatever."""
NEW, HELD = "~", "-"
"""After the name of what is written: a scratch folder whose lock is being made, and one whose lock is held."""
HOUR = 3600.0
PAUSES = (0.02, 0.1, 0.5, 0)
"""Seconds between tries to remove a folder."""


@contextmanager
def whole(path: Path, size: int | None = None) -> Iterator[Path]:
    """Where to write what is to be at `path`; it is put there when the block ends without an error.

    size : of what is to be written, in bytes, as far as it is known, for the message of a full disk.

    What is at `path` until then stays, also when the process is killed. Scratch folders beside it that killed processes
    left, of the same name, are removed; those of living ones are not.

    Raises
    ------
    FileNotFoundError : the folder does not exist.
    NotWritten : an `InputError` and `OSError`: the disk is full, the folder is read-only, ....

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole(Path(folder) / "a.txt") as written:
    ...         _ = written.write_text("all of it")
    ...     [place.name for place in Path(folder).iterdir()]
    ['a.txt']
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"The folder {path.parent} to write {path.name} into does not exist. Make it first.")
    _sweep(path)
    with writing(path, size), _scratch(path) as folder, writing(path, size):  # inside, before what was written goes
        yield folder / path.name
        _put(folder / path.name, path)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """A folder beside `path` whose lock is held as long as this process lives."""
    prefix = f".{path.name}"
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"{prefix}{NEW}"))
    held = folder.with_name(prefix + HELD + folder.name[len(prefix + NEW) :])
    try:
        with open(folder / OWNER, "wb") as lock:
            _lock(lock.fileno())
            os.rename(folder, held)  # only now may others look whether its owner lives
            folder = held
            yield held
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a scratch folder; after an error zarr's own threads may write into it for a moment more."""
    for pause in PAUSES:
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(pause)


def _sweep(path: Path) -> None:
    """Remove scratch folders of `path` whose owner is dead."""
    begun = time.time() - HOUR
    for folder in path.parent.glob(f".{_literal(path.name)}[{NEW}{HELD}]*"):
        with suppress(OSError):  # another run may remove it just now
            is_held = folder.name.startswith(f".{path.name}{HELD}")
            is_dead = _is_free(folder / OWNER) if is_held else folder.stat().st_mtime < begun
            if is_dead and not folder.is_symlink():
                _back(folder / REPLACED, path)
                shutil.rmtree(folder, ignore_errors=True)


def _literal(name: str) -> str:
    """A name as a pattern that it alone matches."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _is_free(lock: Path) -> bool:
    """Whether a lock is there and nobody holds it."""
    with open(lock, "rb") as file:
        return _lock(file.fileno())


def _lock(handle: int) -> bool:
    """Lock an open file; False where another process holds it, or files cannot be locked."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _put(written: Path, path: Path) -> None:
    """Rename `written` to `path`; a folder that is there is moved aside first, and back if that ends early."""
    aside = written.with_name(REPLACED)
    try:
        if path.is_dir() and not path.is_symlink():
            os.replace(path, aside)
        os.replace(written, path)
    except BaseException:
        _back(aside, path)
        raise


def _back(aside: Path, path: Path) -> None:
    """Put back what was moved aside, unless something is at its place."""
    if aside.exists() and not os.path.lexists(path):
        os.replace(aside, path)
