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
"""After the name of what is written: a scratch folder without a lock yet or any more, and one whose lock is held."""
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
    folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}{NEW}"))
    held = _marked(folder, path, HELD)
    try:
        with open(folder / OWNER, "wb") as lock:
            _lock(lock.fileno())
            os.rename(folder, held)  # only now may others look whether its owner lives
            yield held
    finally:
        if held.exists():
            _back(held / REPLACED, path)
            _remove(held, path)
        else:
            with suppress(OSError):
                _remove_empty(folder)


def _marked(folder: Path, path: Path, mark: str) -> Path:
    """The scratch folder of `path` with another mark in its name."""
    place = len(f".{path.name}")
    return folder.with_name(folder.name[:place] + mark + folder.name[place + len(mark) :])


def _remove(folder: Path, path: Path) -> None:
    """Remove the scratch folder of `path`, its lock last, so that the next run removes what Ctrl-C leaves of it.

    After an error zarr's own threads may write into it for a moment more.
    """
    for pause in PAUSES:
        with suppress(OSError):  # what was written is there, whatever of the folder stays
            for part in _parts(folder):
                if part.is_dir() and not part.is_symlink():
                    shutil.rmtree(part, ignore_errors=True)
                else:
                    part.unlink(missing_ok=True)
            if not _parts(folder):
                _remove_empty(folder.rename(_marked(folder, path, NEW)))
                return
        time.sleep(pause)


def _parts(folder: Path) -> list[Path]:
    """What is in a scratch folder beside its lock."""
    return [part for part in folder.iterdir() if part.name != OWNER]


def _remove_empty(folder: Path) -> None:
    """Remove a scratch folder that holds no more than its lock; one that holds more is not ours."""
    (folder / OWNER).unlink(missing_ok=True)
    folder.rmdir()


def _sweep(path: Path) -> None:
    """Remove scratch folders of `path` whose owner is dead."""
    begun = time.time() - HOUR
    for folder in path.parent.glob(f".{_literal(path.name)}[{NEW}{HELD}]*"):
        with suppress(OSError):  # another run may remove it just now
            if folder.is_symlink():
                continue
            if folder.name.startswith(f".{path.name}{NEW}"):
                if folder.stat().st_mtime < begun:
                    _remove_empty(folder)
            elif _is_free(folder / OWNER):
                _back(folder / REPLACED, path)
                _remove(folder, path)


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
    """Rename `written` to `path`; a folder that is there is moved aside first."""
    if path.is_dir() and not path.is_symlink():
        os.replace(path, written.with_name(REPLACED))
    os.replace(written, path)


def _back(aside: Path, path: Path) -> None:
    """Put back what was moved aside, unless something is at its place."""
    if aside.exists() and not os.path.lexists(path):
        os.replace(aside, path)
