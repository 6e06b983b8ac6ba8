"""What a worker of dask does: a bundle of cells, one after the other, until the worker is asked to end."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import dask
from distributed import WorkerPlugin

from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.folder import Folder
from neurouniv.studies.stopping import Stopping, Terminated
from neurouniv.studies.worker import Worker, need_same_code

Told = tuple[str, str, float]
"""Of a cell its id, what became of it, and its seconds."""
GRACE, LOOK = 2.0, 0.05
"""Seconds that the cell at work has when its worker ends, of which dask kills it after 4; and between two looks."""
ALONE = "synchronous"
"""A cell asks no scheduler for anything. Else xarray locks a file that it writes by way of the scheduler, and a result
is lost when that dies."""
_stopping = Stopping()
"""What asks the workers in this process to end."""


def bundle_worked(path: str, bundle: list[dict[str, Any]], tried: dict[str, int], retry: dict[str, int]) -> list[Told]:
    """Compute cells of the study in a folder, in a process of dask's.

    Raises
    ------
    InputError : the cells are of other code, or the folder cannot be written.
    """
    cells = [Cell.of(one) for one in bundle]
    need_same_code(cells, Folder(Path(path)))
    worker = _worker(path, tuple(sorted(retry.items())))
    outcomes = []
    with dask.config.set(scheduler=ALONE):
        for cell in cells:
            begin = time.perf_counter()
            try:
                _stopping.check()
                outcome = worker.work_cell(cell, tried.get(cell.id, 0))
            except Terminated:  # dask does not expect it; what is not told here is left
                break
            outcomes.append((cell.id, outcome, time.perf_counter() - begin))
    return outcomes


@lru_cache(maxsize=1)
def _worker(path: str, retry: tuple[tuple[str, int], ...]) -> Worker:
    """The worker of this process, which remembers what it has seen of the claims of others."""
    worker = Worker(Folder(Path(path)), dict(retry), stopping=_stopping)
    _workers.append(worker)
    return worker


_workers: list[Worker] = []


class GiveBack(WorkerPlugin):
    """Has a worker of dask that ends finish the cell at work within `GRACE`, or else give it back.

    Dask ends workers whose job reaches its walltime (SIGTERM to `dask worker`, or its `--lifetime`), whose scheduler
    is gone, or whose cluster closes. Without this, others would have to wait until the claim expires.
    """

    name = "neurouniv gives cells back"
    idempotent = True
    """Where a run before, or beside, has registered it, it stays: to replace it, dask would have it end the workers."""

    def setup(self, worker: Any) -> None:
        """Have SIGTERM end this process as dask would; a nanny's child otherwise dies of it at once."""
        if worker.nanny and threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, lambda: asyncio.ensure_future(worker.close(reason="SIGTERM")))

    async def teardown(self, worker: Any) -> None:
        """Begin no more cells, wait a little for the one at work, and give it back."""
        if not worker.nanny:  # the process goes on, and other workers in it
            return
        _stopping.ask()
        end = time.monotonic() + GRACE
        while _is_at_work() and time.monotonic() < end:
            await asyncio.sleep(LOOK)
        for held in _workers:
            held.give_back()


def _is_at_work() -> bool:
    return any(held.is_at_work for held in _workers)
