"""HDF5 files are looked through by a process of its own first: some that are damaged spin or end what reads them.

libhdf5 and netCDF are C; no exception tells of what goes wrong there. The process is begun with the first file, which
takes the time of importing h5py and netCDF4, and answers for all further ones; each file is asked for once.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from neurouniv.errors import InputError
from neurouniv.untrusted.regular import need_regular
from neurouniv.untrusted.room import need_memory

SIGNATURE = b"\x89HDF\r\n\x1a\n"
TIMES = 3
"""Bytes of a text in memory for one of it in a file, about."""
LONGEST = 120.0
"""Seconds after which no answer is waited for; the process itself ends sooner, by its processor time."""


def need_sound_hdf5(path: Path, way: str = "hdf5") -> None:
    """Raise `InputError` where reading an HDF5 file spins, or ends the process that reads it.

    way : how it is to be read; see `neurouniv.untrusted.look`.
    """
    at = path.stat()
    problem, words = _seen(str(path.resolve()), way, at.st_mtime_ns, at.st_size)
    if problem:
        raise InputError(
            f"'{path}' is an HDF5 file (NWB, netCDF, MATLAB 7.3) that cannot be read: {problem}. It is damaged, or was "
            "made to do so: copy or export it again."
        )
    need_memory(TIMES * words, f"To hold its words, '{path}'")


def need_sound_netcdf(path: Path) -> None:
    """The same of a netCDF file of version 4, which is HDF5; nothing is asked of any other file or folder.

    Raises
    ------
    InputError : see `need_sound_hdf5`; or the path is a pipe or a device.
    """
    need_regular(path)
    if not path.is_file():
        return
    with path.open("rb") as file:
        is_hdf5 = file.read(len(SIGNATURE)) == SIGNATURE
    if is_hdf5:
        need_sound_hdf5(path, "netcdf")


@lru_cache(maxsize=4096)
def _seen(path: str, way: str, *written: int) -> tuple[str, float]:
    return LOOKER.seen(path, way)


class _Looker:
    """The process that looks through files, begun when it is first needed."""

    def __init__(self) -> None:
        self._lock, self._process, self._owner = Lock(), None, 0

    _process: subprocess.Popen[str] | None

    def seen(self, path: str, way: str) -> tuple[str, float]:
        """What is wrong with a file, "" where nothing is or no process can be begun; and the bytes of its text."""
        with self._lock:
            try:
                process = self._begun()
            except OSError:
                return "", 0.0
            timer = Timer(LONGEST, process.kill)
            timer.daemon = True
            timer.start()
            try:
                answer = _asked(process, json.dumps({"path": path, "way": way}))
            finally:
                timer.cancel()
            if answer is not None:
                return str(answer.get("problem", "")), float(answer.get("words", 0.0))
            self._process = None
            return _of_code(_ended(process)), 0.0

    def _begun(self) -> subprocess.Popen[str]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            program = str(Path(__file__).with_name("look.py"))
            self._process = subprocess.Popen(
                [sys.executable, "-P", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
            )  # fmt: skip
            self._owner = os.getpid()
        return self._process

    def end(self) -> None:
        """End the process, if it is of this one."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            _ended(self._process)
            self._process = None


def _asked(process: subprocess.Popen[str], question: str) -> dict[str, Any] | None:
    """The answer to a question; None where the process ended instead."""
    with suppress(OSError, ValueError):
        if process.stdin is not None and process.stdout is not None:
            process.stdin.write(f"{question}\n")
            process.stdin.flush()
            held = json.loads(process.stdout.readline())
            return held if isinstance(held, dict) else None
    return None


def _ended(process: subprocess.Popen[str]) -> int:
    """The code with which a process ended, whose pipes are closed."""
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what was not yet written has nowhere to go
            if pipe is not None:
                pipe.close()
    return process.wait()


def _of_code(code: int) -> str:
    """What ended the process, in words; "" where it never began its work."""
    import signal

    spins = {-getattr(signal, name, 0) for name in ("SIGPROF", "SIGKILL", "SIGXCPU")}
    if code in spins or (os.name == "nt" and code == 1):
        return "reading it does not come to an end"
    return "reading it ends the library that reads it" if code < 0 or os.name == "nt" else ""


LOOKER = _Looker()
atexit.register(LOOKER.end)
