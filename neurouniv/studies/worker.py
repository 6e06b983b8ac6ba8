"""A worker: claims cells from a study's folder, computes them, and puts results or failures in their place."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.claims import Claim, Watch, was_released
from neurouniv.studies.code_version import code_version
from neurouniv.studies.folder import Folder, Found
from neurouniv.studies.memory import peak_memory
from neurouniv.studies.stopping import GRACE, Stopping
from neurouniv.unwritten import reason_of

DONE, FAILED, ELSEWHERE = "done", "failed", "elsewhere"
"""What became of a cell: a result is there, a failure is, or another worker has it."""
MOST_DEATHS = 5
"""Workers that may die at a cell before it counts as failed: it may be the cell that kills them. A cell at which some
died comes after all others: it holds nothing up, and a healthy one is not met by chance again and again."""
POLL = 0.5
"""Seconds between two looks into the folder, while all cells that are left are with other workers."""
_one_at_a_time = threading.Lock()
"""Threads of torch and warnings belong to the process, so it computes one cell at a time."""


@dataclass
class Worker:
    """Computes cells of the study in `folder`.

    retry : the tries of failed cells (`failed_tries`) that are to be computed again; none by default.
    compute : what makes a result of a cell; `neurouniv.studies.cell.compute.computed` by default.
    """

    folder: Folder
    retry: Mapping[str, int] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)
    stopping: Stopping = field(default_factory=Stopping)
    compute: Callable[[Cell], xr.Dataset] | None = None
    is_at_work: bool = field(default=False, init=False)
    """Whether a cell is being claimed or computed."""
    _at_work: Claim | None = field(default=None, init=False)

    def work(self, cells: list[Cell], after: Callable[[], object] = lambda: None) -> None:
        """Compute all of `cells` that have no result, and wait for those that other workers have.

        after : called after every cell and every look.

        Raises
        ------
        Unwritable : the folder cannot be written.
        Terminated : the process was asked to end.
        """
        while remaining_cells := self.left(cells, contents := self.looked()):
            outcomes = []
            for cell in remaining_cells:
                self.stopping.check()
                outcomes.append(self.work_cell(cell, contents.claims.get(cell.id, 0)))
                after()
            if all(outcome == ELSEWHERE for outcome in outcomes):
                time.sleep(POLL)

    def looked(self) -> Found:
        """A look into the folder; what dead workers left of cells that are done is swept away."""
        contents = self.folder.look()
        self.folder.sweep_done(contents)
        return contents

    def left(self, cells: list[Cell], contents: Found) -> list[Cell]:
        """The cells that have neither a result nor a failure, or one that is to be tried again; each once.

        They stand in the order of `cells`, but for those that were tried before, which come last.
        """
        ended = contents.results | {id for id in contents.failures if not self._is_retried(id)}
        by_id = {cell.id: cell for cell in cells if cell.id not in ended}
        return sorted(by_id.values(), key=lambda cell: contents.claims.get(cell.id, 0))

    def work_cell(self, cell: Cell, tried: int = 0) -> str:
        """Compute a cell, unless another worker does or has; returns what became of it.

        tried : the number of its last try, as far as is known.
        """
        with _one_at_a_time:
            if self.compute is None:
                _imported()  # before the claim: it takes seconds, in which no signal is heard
            self.is_at_work = True
            try:
                claim = self._claimed(cell.id, tried)
                return self._seen(cell.id) if claim is None else self._claimed_and_worked(cell, claim)
            finally:
                self.is_at_work = False

    def _claimed_and_worked(self, cell: Cell, claim: Claim) -> str:
        self._at_work = claim
        try:
            self.stopping.check()  # asked while the claim was made
            with claim:
                return self._worked(cell, claim)
        except BaseException:
            _released(claim)
            raise
        finally:
            self._at_work = None

    def give_back(self) -> None:
        """Let others have the cell at work; its result is still kept if it comes before another worker began."""
        claim = self._at_work
        if claim is not None:
            _released(claim)

    def _claimed(self, id: str, tried: int) -> Claim | None:
        """The claim to a cell's next try; None where there is a live one, or the cell is done."""
        failure = self.folder.told_failure(id) if self._is_retried(id) else None
        last = max(tried, failure["tries"] if failure else 0)
        path = self.folder.path / "claims" / f"{id}.{last}"
        if tried and path.exists() and not self.watch.is_dead(path):
            return None
        with _told_plainly(self.folder), self.stopping.shielded():
            claim = Claim.taken(self.folder.path, id, last + 1)
            if claim is not None and self._seen(id) != ELSEWHERE:  # done since the folder was looked at
                claim.drop()
                return None
        return claim

    def _seen(self, id: str) -> str:
        if self.folder.result(id).exists():
            return DONE
        return FAILED if self.folder.failure(id).exists() and not self._is_retried(id) else ELSEWHERE

    def _is_retried(self, id: str) -> bool:
        if id not in self.retry:
            return False
        failure = self.folder.told_failure(id)
        return failure is not None and failure["tries"] <= self.retry[id]

    def _worked(self, cell: Cell, claim: Claim) -> str:
        tries = int(claim.path.suffix[1:])
        try:
            self._need_alive(claim)
            result = self._compute(cell)
            return self._store(claim, cell.id, DONE, lambda: self.folder.keep_result(cell.id, tries, result))
        except Unwritable:
            raise
        except Exception as error:
            failure = {"label": cell.label, "tries": tries, "type": type(error).__name__, "message": str(error)}
            failure["traceback"] = traceback.format_exc()
            return self._store(claim, cell.id, FAILED, lambda: self.folder.keep_failure(cell.id, failure))

    def _compute(self, cell: Cell) -> xr.Dataset:
        compute = self.compute or _imported()
        with peak_memory() as peak:
            result = compute(cell)
        return result.assign_attrs(study_peak_mb=round(peak(), 1))

    def _store(self, claim: Claim, id: str, outcome: str, keep: Callable[[], object]) -> str:
        """Put the outcome in its place, unless another worker has taken over."""
        with self.stopping.shielded(), _told_plainly(self.folder):
            if not claim.is_own():
                return self._seen(id)
            keep()
            self.folder.sweep(id)
        return outcome

    def _need_alive(self, claim: Claim) -> None:
        earlier = [path for path in claim.path.parent.glob(f"{claim.path.stem}.*") if path != claim.path]
        deaths = sum(not was_released(path) for path in earlier)
        if deaths >= MOST_DEATHS:
            raise InputError(
                f"{deaths} workers died while they computed this cell; too little memory or time is the usual cause. "
                "Give it a smaller batch or more of either, then `neurouniv study run ... --retry-failed`."
            )


@cache
def _imported() -> Callable[[Cell], xr.Dataset]:
    """What computes cells, with torch and all else imported, so that the first cell's time is not that of imports."""
    import neurouniv.laws
    import neurouniv.rdm.movie.trajectory
    import neurouniv.similarity.rsa
    import neurouniv.systems.training.train
    import neurouniv.universality.compare  # noqa: F401
    from neurouniv.studies.cell.compute import computed

    return computed


class Unwritable(InputError):
    """A study's folder cannot be written; that is no fault of the cell that was computed."""


@contextmanager
def _told_plainly(folder: Folder) -> Iterator[None]:
    """A block whose `OSError` says that the folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise Unwritable(
            f"The study's folder '{folder.path}' cannot be written: {reason_of(error)}. What is done is kept "
            "whole. Make room or allow writing, and run the same command again: it goes on from there."
        ) from error


def failed_tries(folder: Folder) -> dict[str, int]:
    """How often each failed cell was tried, by its id, for `Worker.retry`."""
    failures = {id: folder.told_failure(id) for id in folder.look().failures}
    return {id: failure["tries"] for id, failure in failures.items() if failure is not None}


def work(
    path: str | Path,
    retry_failed: bool = False,
    after: Callable[[], object] = lambda: None,
    grace: float = GRACE,
) -> None:
    """Help with the study in a folder until nothing is left: any number of workers may, on any machine that sees it.

    Parameters
    ----------
    path : the folder, which `run_study` made.
    retry_failed : whether cells that have failed by now are computed again, once.
    after : called after every cell, and every look at those of other workers.
    grace : seconds that the cell at work has after SIGTERM; it is given back where they are too few.

    Raises
    ------
    InputError : no folder of a study, its cells are of other code, or it cannot be written.
    Terminated : SIGTERM came; the cell at work is finished, or given back.
    """
    folder = Folder(Path(path))
    cells = [Cell.of(fields) for fields in folder.listed()["cells"]]
    need_same_code(cells, folder)
    with Stopping(grace) as stopping:
        Worker(folder, failed_tries(folder) if retry_failed else {}, stopping=stopping).work(cells, after)


def need_same_code(cells: list[Cell], folder: Folder) -> None:
    """Raise `InputError` unless the code that runs here is that of the cells."""
    other = {cell.code for cell in cells} - {code_version()}
    if other:
        raise InputError(
            f"The cells in '{folder.path}' are of the code {other.pop()}, and here runs {code_version()}, whose "
            f"numbers may differ. `neurouniv study run {folder.path / 'study.yaml'} --out {folder.path}` lists them "
            "for this code; results of the other stay."
        )


def _released(claim: Claim) -> None:
    """Give a claim back, if the folder can still be written; if not, it expires."""
    try:
        claim.release()
    except OSError:
        return
