"""One run at a time writes an output: another says so before any work, so that none is lost and files never mix."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from neurouniv.errors import InputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Claims = dict[Path, ExitStack]
_CLAIMS: ContextVar[Claims | None] = ContextVar("claims", default=None)
"""What the command at work has claimed; None where no command is at work."""


@contextmanager
def claiming() -> Iterator[None]:
    """A block of a command; what it claims is free again at its end, also where it is killed."""
    claims: Claims = {}
    token = _CLAIMS.set(claims)
    try:
        yield
    finally:
        _CLAIMS.reset(token)
        for held in claims.values():
            held.close()


def claim(out: Path) -> None:
    """Let no other run write `out` until the command ends; outside of commands nothing is claimed.

    A claim is a lock on an empty file beside `out`. The system takes the lock back from a process that dies.

    Raises
    ------
    FileNotFoundError : the folder does not exist.
    InputError : another run writes `out`, or nothing can be written there.
    """
    claims = _CLAIMS.get()
    if claims is None or fcntl is None:
        return
    if not out.parent.is_dir():
        raise FileNotFoundError(f"The folder {out.parent} to write {out.name} into does not exist. Make it first.")
    place = out.parent.resolve() / out.name if out.name not in ("", "..") else out.resolve()
    beside = place.with_name(f".{place.name}.lock")
    if beside not in claims:
        claims[beside] = _locked(beside, out)


def _locked(beside: Path, out: Path) -> ExitStack:
    """The lock on a file beside `out`; closed, it takes the file away."""
    while True:
        with ExitStack() as held:
            try:
                file = held.enter_context(open(beside, "wb"))
            except OSError as error:
                raise InputError(
                    f"'{out}' cannot be written: {error.strerror}. Give the output another place or name."
                ) from error
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"'{out}' is being written by another run. Wait for its end, or give the output another name."
                ) from None
            except OSError:  # a file system without locks
                pass
            if _is_at(beside, file.fileno()):
                held.callback(_remove, beside)  # before it is unlocked: nobody holds a lock that others do not see
                return held.pop_all()


def _is_at(path: Path, handle: int) -> bool:
    """Whether the open file is still the one at `path`: who held it before may have taken it away just now."""
    with suppress(OSError):
        return os.path.samestat(os.stat(path), os.fstat(handle))
    return False


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
