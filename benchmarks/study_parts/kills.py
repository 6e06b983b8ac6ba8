"""SIGKILL to workers, schedulers and main processes at random: which cells are lost, doubled or different."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

import neurouniv as nu
from neurouniv.studies import cells_of, read_study
from neurouniv.studies.folder import Folder
from neurouniv.studies.yaml_lines import write_yaml
from study_parts.driver import result_of

DRIVER = Path(__file__).parent / "driver.py"
CELLS, SECONDS = 100, 0.2
KINDS = ("one run", "two runs and a helper", "a scheduler of its own")
"""What runs at once: a run with two workers; two of these and a plain worker; a scheduler, two workers and a run."""
CLOCKS = ("0", "-3600", "3600")
"""Seconds by which clocks of processes are wrong, each by another."""
SPEC = {
    "name": "kills",
    "task": "two_points",
    "laws": ["static"],
    "seeds": CELLS,
    "batch": 1,
    "systems": {"networks": [{"name": "mlp", "width": 10}]},
}


class Fleet:
    """The processes that work on one folder; what dies is started again."""

    def __init__(self, kind: str, place: Path, rng: random.Random) -> None:
        self.kind, self.place, self.rng = kind, place, rng
        self.folder, self.spec, self.log = Folder(place / "study"), place / "study.yaml", place / "log"
        self.spec.write_text(write_yaml(SPEC))
        self.cells = cells_of(read_study(self.spec))
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.killed: Counter[str] = Counter()

    def keep_alive(self) -> None:
        """Start what is not there, but for a run or helper that ended well; without a scheduler a worker ends so."""
        for name, command in self._commands().items():
            part = self.parts.get(name)
            running = (None,) if "nanny" in name else (None, 0)
            if part is None or part.poll() not in running:
                env = os.environ | {"STUDY_LOG": str(self.log), "STUDY_SECONDS": str(SECONDS)}
                if self.kind != KINDS[2]:  # `dask worker` itself does not start when the clock jumps meanwhile
                    env |= {"STUDY_CLOCK": self.rng.choice(CLOCKS)}
                self.parts[name] = subprocess.Popen([sys.executable, *command], env=env, stderr=subprocess.DEVNULL)

    def _commands(self) -> dict[str, list[str]]:
        run = [str(DRIVER), "run", str(self.spec), str(self.folder.path)]
        if self.kind == KINDS[0]:
            return {"run": run}
        if self.kind == KINDS[1]:
            listed = (self.folder.path / "cells.json").exists()
            helper = {"helper": [str(DRIVER), "work", str(self.spec), str(self.folder.path)]} if listed else {}
            return {"run": run, "other run": run} | helper
        if not hasattr(self, "port"):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        address = f"tcp://127.0.0.1:{self.port}"
        scheduler = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port)]
        scheduler += ["--no-dashboard"]
        nanny = ["-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
        nanny += ["--death-timeout", "120", "--preload", str(DRIVER)]
        return {"scheduler": scheduler, "nanny 1": nanny, "nanny 2": nanny, "run": [*run, address]}

    def wait(self, cells: int) -> None:
        """Until so many cells more have begun, or all is done; what died meanwhile is started again."""
        before = self.begun
        while self.begun < before + cells and not self.is_done:
            time.sleep(0.1)
            self.keep_alive()

    @property
    def begun(self) -> int:
        """How often the work of a cell began."""
        return self.log.read_text().count("begin") if self.log.exists() else 0

    @property
    def is_done(self) -> bool:
        """Whether every run said that all is done."""
        return all(part.poll() == 0 for name, part in self.parts.items() if "run" in name)

    def kill_one(self) -> None:
        """SIGKILL to one process at random: a part, or a process of dask below one."""
        victims = []
        for name, part in self.parts.items():
            if part.poll() is None:
                below = [p for p in psutil.Process(part.pid).children() if "spawn_main" in " ".join(p.cmdline())]
                victims += [(name, part.pid), *(("worker", p.pid) for p in below)]
        if victims:
            name, pid = self.rng.choice(victims)
            os.kill(pid, signal.SIGKILL)
            self.killed[name.strip(" 12")] += 1

    def end(self) -> None:
        for part in self.parts.values():
            if part.poll() is None:
                for child in psutil.Process(part.pid).children(recursive=True):
                    child.kill()
                part.kill()
            part.wait()

    def judged(self) -> dict[str, int]:
        """Cells that are lost, whose result is not theirs, or that began again without need."""
        found = self.folder.look()
        ends = Counter(line.split()[1] for line in self.log.read_text().splitlines() if line.startswith("end"))
        right = [c for c in self.cells if c.id in found.results and _same(nu.load(self.folder.result(c.id)), c)]
        doubled = sum(ends[cell.id] - 1 for cell in self.cells if ends[cell.id] > 1)
        left = [*(self.folder.path / "scratch").iterdir(), *(self.folder.path / "claims").iterdir()]
        kills = sum(self.killed.values())
        return {
            "lost": len({c.id for c in self.cells} - found.results),
            "failed": len(found.failures),
            "different": len(found.results) - len(right),
            "files of dead workers left": len(left),
            "killed between their end and their result": doubled,
            "begun again beyond one a kill": max(0, self.begun - CELLS - kills),
        }


def _same(result: object, cell: object) -> bool:
    return bool((result.h.values == result_of(cell).h.values).all())


def campaign(place: Path, kills: int, seed: int = 0) -> None:
    """Print what became of the cells after so many kills, spread over the kinds."""
    rng = random.Random(seed)
    total: Counter[str] = Counter()
    rounds = 0
    while sum(total[name] for name in total if name.startswith("killed")) < kills:
        kind = KINDS[rounds % len(KINDS)]
        room = place / f"round{rounds}"
        room.mkdir()
        begin, fleet = time.monotonic(), Fleet(kind, room, rng)
        fleet.keep_alive()
        while not fleet.is_done:
            fleet.wait(rng.randint(1, 12))
            time.sleep(rng.uniform(0, 2 * SECONDS))
            fleet.kill_one()
            fleet.keep_alive()
        judged = fleet.judged()
        fleet.end()
        rounds += 1
        total += Counter({f"killed {name}": count for name, count in fleet.killed.items()}) + Counter(judged)
        told = f"{dict(fleet.killed)} {judged}"
        print(f"{kind}, {CELLS} cells, {time.monotonic() - begin:.0f} s: killed {told}", flush=True)
    print(f"{rounds} rounds of {CELLS} cells: {dict(total)}")
