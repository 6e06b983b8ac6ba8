"""Files read in children that are forked: each with an end to its time and its memory, and told of as one outcome."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import select
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from fuzz_parts.seeds import Seed

SECONDS, SILENT, MEMORY = 8.0, 120.0, 1 << 30
"""Processor time for one file, time on the clock, and bytes of memory more than a child begins with."""
BATCH = 40


@dataclass(frozen=True)
class Outcome:
    """What came of reading file `number`.

    kind : "ok", "unmade" (the change itself failed), "InputError", "not found", "fault" (another exception), "memory",
    "hang" or "crash". text : the message, or the signal. place : a mark of the lines of code that it came from.
    """

    number: int
    seed: str
    change: str
    kind: str
    text: str = ""
    place: str = ""


def read(seed: Seed, folder: Path) -> None:
    """Read a seed, or a changed copy of it."""
    import neurouniv as nu
    from neurouniv.studies import read_study

    path = folder / seed.main if seed.main != "." else folder
    beside = {name: str(folder / seed.settings[name]) for name in ("trials", "events") if name in seed.settings}
    settings = {**seed.settings, **beside}
    if seed.read == "recording":
        nu.read_recording(path, **settings)
    elif seed.read == "rdms":
        nu.read_rdms(path, **settings)
    elif seed.read == "load":
        nu.load(path)
    elif seed.read == "study":
        read_study(path)
    else:
        nu.tasks.read_task(path)


Change = Callable[[Seed, Path, int], str]
Job = tuple[int, Seed]


def outcomes(jobs: Iterable[Job], change: Change, place: Path) -> Iterator[tuple[Outcome, Path]]:
    """The outcome of every job, and the folder of its files, which is then removed.

    change : changes the copy of a seed in a folder, and returns what was done.
    """
    for batch in batched(jobs, BATCH):
        while batch:
            done = 0
            for outcome in _of_one_child(batch, change, place):
                folder = place / str(outcome.number)
                yield outcome, folder
                shutil.rmtree(folder, ignore_errors=True)
                done += 1
            batch = batch[done:]


def batched(jobs: Iterable[Job], size: int) -> Iterator[list[Job]]:
    """Jobs in lists of this size, the last one shorter."""
    held = iter(jobs)
    while batch := list(islice(held, size)):
        yield batch


def _of_one_child(batch: list[Job], change: Change, place: Path) -> Iterator[Outcome]:
    """Outcomes of a batch by one child, up to the first file that brings it down."""
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reads)
        _work(batch, change, place, writes)
    os.close(writes)
    done, what, hung = 0, "", False
    for told in _lines_of(reads):
        if told is None:
            os.kill(pid, signal.SIGKILL)
            hung = True
        elif "begun" in told:
            what = told["begun"]
        else:
            yield Outcome(**told)
            done += 1
    os.close(reads)
    status = os.waitpid(pid, 0)[1]
    if done < len(batch):
        number, seed = batch[done]
        died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if not what:  # h5py came down as it changed what was damaged before
            yield Outcome(number, seed.name, what, "unmade")
            return
        kind = "hang" if hung or died == signal.SIGPROF else "crash"
        text = signal.Signals(died).name if died else f"exit {os.WEXITSTATUS(status)}"
        yield Outcome(number, seed.name, what, kind, text, f"{seed.name} {text}")


def _lines_of(reads: int) -> Iterator[dict[str, Any] | None]:
    """What a child tells, a line each; None once where it is silent for too long."""
    buffer = b""
    while True:
        ready, _, _ = select.select([reads], [], [], SILENT)
        if not ready:
            yield None
            return
        part = os.read(reads, 65536)
        if not part:
            return
        *lines, buffer = (buffer + part).split(b"\n")
        yield from map(json.loads, lines)


def _work(batch: list[tuple[int, Seed]], change: Callable[[Seed, Path, int], str], place: Path, writes: int) -> None:
    """A child's life; it never returns."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    sys.stdout, sys.stderr = open(os.devnull, "w"), open(os.devnull, "w")  # noqa: SIM115
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for number, seed in batch:
        folder = place / str(number)
        os.write(writes, json.dumps({"begun": ""}).encode() + b"\n")
        shutil.copytree(seed.folder, folder)
        what = change(seed, folder, number)
        os.write(writes, json.dumps({"begun": what}).encode() + b"\n")
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        kind, text, where = _read(seed, folder)
        signal.setitimer(signal.ITIMER_PROF, 0)
        os.write(writes, json.dumps(asdict(Outcome(number, seed.name, what, kind, text, where))).encode() + b"\n")
    os._exit(0)


def _read(seed: Seed, folder: Path) -> tuple[str, str, str]:
    from neurouniv.schema import InputError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(seed, folder)
        except FileNotFoundError as error:
            return "not found", str(error), "absent"
        except InputError as error:
            return "InputError", str(error).replace(str(folder), ""), _mark(error)
        except MemoryError as error:
            return "memory", f"{error}", _mark(error)
        except BaseException as error:
            return "fault", f"{type(error).__name__}: {error}"[:600], _lines(error)
    return "ok", "", "ok"


def _mark(error: BaseException) -> str:
    """The same for errors of the same lines of code, those of their causes too, and the same words."""
    words = re.sub(r"[\d.]+|'[^']*'|b\"[^\"]*\"", "#", str(error))
    return hashlib.sha1((_lines(error) + words[:200]).encode()).hexdigest()[:12]


def _lines(error: BaseException) -> str:
    places = []
    cause: BaseException | None = error
    while cause is not None and len(places) < 60:
        frames = traceback.extract_tb(cause.__traceback__)
        places += [f"{Path(f.filename).name}:{f.lineno}" for f in frames[-4:]]
        cause = cause.__cause__ or cause.__context__
    return " ".join(places)
