"""Small studies, and workers whose cells take milliseconds."""

import multiprocessing
from types import SimpleNamespace

import pytest

from neurouniv.studies import cells_of, read_study
from neurouniv.studies.folder import Folder
from neurouniv.studies.yaml_lines import write_yaml

NETWORK = {"name": "mlp", "width": 10, "epochs": 20, "record": 4, "rule": ["backprop", "hebbian"]}

WORKER = """
import os, time
import xarray as xr
from pathlib import Path
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.claims import Watch
from neurouniv.studies.folder import Folder
from neurouniv.studies.stopping import Stopping
from neurouniv.studies.worker import Worker

def line(text):
    handle = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(handle, f"{text}\\n".encode())
    os.close(handle)

def compute(cell):
    line(f"begin {cell.id}")
    time.sleep(seconds)
    line(f"end {cell.id}")
    return xr.Dataset({"h": ("time", [float(int(cell.id, 16) % 1000)])})

folder = Folder(Path(path))
with Stopping(grace) as stopping:
    line("ready")
    Worker(folder, stopping=stopping, compute=compute).work([Cell.of(told) for told in folder.listed()["cells"]])
"""
"""A worker whose result is known, and which writes down what it begins and ends."""


@pytest.fixture
def spec():
    """A study of two rules and four seeds, two in a cell."""
    return {
        "name": "small",
        "task": "xor",
        "seeds": 4,
        "batch": 2,
        "laws": ["static"],
        "systems": {"networks": [dict(NETWORK)]},
    }


@pytest.fixture
def listed(tmp_path, spec):
    """A function that makes a study's folder of so many cells, and returns it with the cells."""

    def make(seeds=4, path=tmp_path / "study"):
        study = read_study(spec | {"seeds": seeds, "batch": 1})
        folder, cells = Folder(path), cells_of(study)
        folder.make()
        folder.list_cells(study.name, cells, write_yaml(study.canonical))
        return folder, cells

    return make


@pytest.fixture(scope="session")
def processes():
    """Processes that begin with the worker's imports done."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["neurouniv.studies.worker", "neurouniv.storage", "netCDF4"])
    return context


@pytest.fixture
def start(tmp_path, processes):
    """`worker(folder, seconds, grace)` starts a worker in a process of its own; `lines("begin")`: cells that began."""
    log, running = tmp_path / "log", []

    def worker(folder, seconds=0.01, grace=0.0):
        names = {"path": str(folder.path), "log": str(log), "seconds": seconds, "grace": grace}
        running.append(processes.Process(target=exec, args=(WORKER, names)))
        running[-1].start()
        return running[-1]

    def lines(mark):
        words = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        return [line[-1] for line in words if line[0] == mark]

    yield SimpleNamespace(worker=worker, lines=lines)
    for process in running:
        process.kill()
        process.join()
