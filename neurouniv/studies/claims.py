"""Claims: who computes a cell. One worker at a time, whoever joins or dies, whatever clocks say.

The N-th try of a cell is claimed by making the file `ID.N`, which only one worker can (O_CREAT | O_EXCL). While it
works, a counter in the file goes up. Others hold a claim for dead when they have watched its counter stand still for
`EXPIRES` seconds of their own monotonic clock, so no two clocks are ever compared; at once, where its process was on
the same machine and is no longer there. A dead or released claim is never taken away: the next try, `ID.N+1`, is
claimed, which again only one worker can, and which tells the first one, should it wake up, that the cell is no longer
its own.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

BEATS, EXPIRES = 5.0, 60.0
"""Seconds between two heartbeats, and without one until a claim is dead."""
WIDTH = 20
"""Digits of the counter, which stands at the file's begin and is written over."""
RELEASED = "released"


@dataclass
class Claim:
    """The right to compute a cell, kept alive by a thread until the block that it opens ends."""

    path: Path
    beats: float = BEATS
    _stop: threading.Event = field(default_factory=threading.Event)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def taken(cls, folder: Path, id: str, tries: int, beats: float = BEATS) -> Self | None:
        """The claim to the try of that number; None where another worker has it.

        Raises
        ------
        OSError : the folder cannot be written.
        """
        path = folder / "claims" / f"{id}.{tries}"
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return None
        try:
            os.write(handle, f"{0:0{WIDTH}d}\n{json.dumps(_process(os.getpid()))}\n".encode())
            os.fsync(handle)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(handle)
        return cls(path, beats)

    def __enter__(self) -> Self:
        threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def is_own(self) -> bool:
        """Whether no other worker has held this claim for dead and claimed the next try."""
        name, _, tries = self.path.name.rpartition(".")
        return self.path.exists() and not self.path.with_name(f"{name}.{int(tries) + 1}").exists()

    def release(self) -> None:
        """Let others have the cell at once."""
        with self._writing:
            self._stop.set()
            _write_over(self.path, RELEASED.ljust(WIDTH))

    def drop(self) -> None:
        """Take the claim away, as if it had never been made."""
        self._stop.set()
        self.path.unlink(missing_ok=True)

    def _beat(self) -> None:
        count = 0
        while not self._stop.wait(self.beats):
            count += 1
            with self._writing, suppress(OSError):  # a later beat, or writing the result, tells
                if not self._stop.is_set():
                    _write_over(self.path, f"{count:0{WIDTH}d}")


@dataclass
class Watch:
    """What one worker has seen of the claims of others: when, by its own clock, each counter last moved."""

    expires: float = EXPIRES
    clock: Callable[[], float] = time.monotonic
    _seen: dict[Path, tuple[str, float]] = field(default_factory=dict)

    def is_dead(self, path: Path) -> bool:
        """Whether a claim is released, of a process that has ended, or has been seen to stand still for too long."""
        try:
            count, _, owner = path.read_text(encoding="utf-8").partition("\n")
        except FileNotFoundError:  # its cell is done
            self._seen.pop(path, None)
            return False
        if count.strip() == RELEASED or _has_ended(owner):
            return True
        now = self.clock()
        before, since = self._seen.get(path, (count, now))
        self._seen[path] = (count, since if count == before else now)
        return now - self._seen[path][1] >= self.expires


def was_released(path: Path) -> bool:
    """Whether a claim was given back, and not left by a worker that died."""
    try:
        return path.read_text(encoding="utf-8").startswith(RELEASED)
    except FileNotFoundError:
        return True


def _write_over(path: Path, text: str) -> None:
    """Write over the begin of a file that is there, opened anew so that network file systems show it to others."""
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _process(pid: int) -> dict[str, object]:
    """A process, told apart from all others since the machine's start; without `place` where that cannot be."""
    process: dict[str, object] = {"host": os.uname().nodename if hasattr(os, "uname") else "", "pid": pid}
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return process | {"place": f"{boot} {os.readlink('/proc/self/ns/pid')}", "started": _started(pid)}
    except OSError:
        return process


def _started(pid: int) -> str:
    """When a process began, in ticks since the machine's start; empty for one that has ended."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state in "ZX" else rest[18]


def _has_ended(owner: str) -> bool:
    """Whether the owner of a claim is a process of this machine (and container) that is no longer there."""
    try:
        process = json.loads(owner)
    except json.JSONDecodeError:
        return False
    here = _process(os.getpid())
    is_here = "place" in process and process["place"] == here.get("place")
    return is_here and _started(int(process["pid"])) != process["started"]
