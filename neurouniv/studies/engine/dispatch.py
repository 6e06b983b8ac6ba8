"""The head of a study on dask: sends bundles of cells to workers until the folder has all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from typing import Any

from neurouniv.schema import InputError
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.engine.bundles import AHEAD, Bundles
from neurouniv.studies.engine.crew import Crew
from neurouniv.studies.estimates import Cost, measured
from neurouniv.studies.folder import Folder
from neurouniv.studies.worker import DONE, ELSEWHERE, POLL, Worker

LOOK = 1.0
"""Seconds between two looks whether workers joined, while none of them has ended a bundle."""


def dispatched(
    client: Any,
    folder: Folder,
    cells: list[Cell],
    retry: Mapping[str, int],
    after: Callable[[], object],
    seconds: float,
) -> None:
    """Have the client's workers compute all cells that are left, again and again until none is.

    seconds : what a bundle of cells takes, about.

    Raises
    ------
    InputError : the scheduler is gone, the folder cannot be written, or workers run other code.
    """
    from neurouniv.studies.engine.task import GiveBack

    worker, crew, estimates = Worker(folder, retry), Crew(client.cluster), measured(folder, cells)
    try:
        client.register_plugin(GiveBack())
        while remaining_cells := worker.left(cells, contents := worker.looked()):
            bundles = Bundles(remaining_cells, contents.claims, estimates, seconds)
            head = _Head(client, crew, folder, dict(retry), bundles)
            if not head.ran(after):
                time.sleep(POLL)
    except (CancelledError, OSError) as error:
        if isinstance(error, OSError) and client.status == "running":
            raise
        raise InputError(
            f"The scheduler of dask is gone ({type(error).__name__}). What is done is in '{folder.path}'; run the same "
            "command again, and it goes on from there."
        ) from error


class _Head:
    """One round over the cells that are left."""

    def __init__(self, client: Any, crew: Crew, folder: Folder, retry: dict[str, int], bundles: Bundles) -> None:
        self.client, self.crew, self.bundles = client, crew, bundles
        self.path, self.retry = str(folder.path.absolute()), retry
        self.cells = {cell.id: cell for cell in bundles.cells}
        self.running: set[Any] = set()

    def ran(self, after: Callable[[], object]) -> bool:
        """Send all bundles, and wait for them; whether any of their cells ended here."""
        progressed = False
        try:
            while self.bundles or self.running:
                self._send()
                for outcome in self._ended():
                    progressed |= outcome != ELSEWHERE
                after()
        finally:
            self.client.cancel(list(self.running))
        return progressed

    def _send(self) -> None:
        self.crew.replenish()
        workers = max(1, len(self.client.nthreads()))
        while self.bundles and len(self.running) < AHEAD * workers:
            self.running.add(self._sent(self.bundles.taken(workers)))

    def _sent(self, bundle: list[Cell]) -> Any:
        from neurouniv.studies.engine.task import bundle_worked

        tried = {cell.id: self.bundles.tried[cell.id] for cell in bundle if cell.id in self.bundles.tried}
        fields = [cell.told() for cell in bundle]
        return self.client.submit(bundle_worked, self.path, fields, tried, self.retry, pure=False)

    def _ended(self) -> list[str]:
        """What became of the cells of bundles that ended by now; those whose workers died come in the next round."""
        from distributed import KilledWorker, wait

        try:
            ended = wait(self.running, timeout=LOOK, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            return []
        self.running -= ended
        outcomes = []
        for future in ended:
            try:
                result = future.result()
            except KilledWorker:
                continue
            for id, outcome, seconds in result:
                outcomes.append(outcome)
                if outcome == DONE:
                    self.bundles.estimates.add(self.cells[id], Cost(seconds))
        return outcomes
