"""A study run: its cells listed in the folder, and computed by dask.distributed until nothing is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from neurouniv.schema import InputError
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.cells import cells_of
from neurouniv.studies.folder import Folder
from neurouniv.studies.progress import told_on
from neurouniv.studies.spec import Study, read_study
from neurouniv.studies.status import Status, study_status
from neurouniv.studies.stopping import Stopping
from neurouniv.studies.worker import ELSEWHERE, POLL, Worker, failed_tries, need_same_code
from neurouniv.studies.yaml_lines import write_yaml


def run_study(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    out: str | os.PathLike[str],
    client: Any = None,
    *,
    workers: int | None = None,
    retry_failed: bool = False,
    progress: bool | None = None,
) -> Status:
    """Compute a study: hundreds of systems, one folder, any machine. Run again, it goes on where it stopped.

    The folder is the only truth. A cell is one system with some of its seeds, its id the checksum of all that
    determines its result; what is there already is not computed again, and after a change of the study only what
    changed is. Processes of `neurouniv study work DIR` may help meanwhile, join and die at any time.

    Parameters
    ----------
    spec : a YAML file or a dict, see `neurouniv.studies`.
    out : the folder; it is made where it is not there.
    client : a `dask.distributed.Client` whose workers see the same folder; default, processes on this machine.
    workers : how many processes on this machine, default one a core; 0 computes in this process, without dask.
    retry_failed : whether cells that failed in an earlier run are computed again.
    progress : show a progress bar; default at a terminal, elsewhere a line a minute with True.

    Returns
    -------
    How the study stands at the end: `text`, `table()`. Failures are in it, and raise nothing.

    Raises
    ------
    FileNotFoundError : there is no file `spec`.
    InputError : the study is not well formed (the line, the key, what came, what is allowed), or the folder cannot be
        written.

    Examples
    --------
    >>> import tempfile
    >>> spec = {"name": "a first one", "task": "two_points", "seeds": 2, "laws": ["static"], "systems": {
    ...     "networks": [{"name": "mlp", "width": [10, 20], "epochs": 50, "record": 5}]}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(run_study(spec, folder, workers=0).text)
    Study 'a first one': 2 of 2 cells done.
    """
    if client is not None and workers is not None:
        raise InputError("A client has workers of its own; got client= and workers=. Leave one of them out.")
    study = read_study(spec)
    cells = cells_of(study)
    folder = Folder(Path(out))
    _listed(folder, study, cells)
    retry = failed_tries(folder) if retry_failed else {}
    with Stopping() as stopping, told_on(folder, [cell.id for cell in cells], progress) as after:
        if workers == 0 and client is None:
            Worker(folder, retry, stopping=stopping).work(cells, after)
        else:
            with _engine(client, workers) as engine:
                _distributed(engine, folder, cells, retry, after)
    return study_status(folder.path)


def _listed(folder: Folder, study: Study, cells: list[Cell]) -> None:
    """Keep the study and its cells in its folder, with absolute paths, so that it can be run from anywhere."""
    try:
        folder.make()
        folder.list_cells(study.name, cells, write_yaml(study.canonical))
    except OSError as error:
        raise InputError(
            f"The folder '{folder.path}' for the study cannot be written: {error.strerror}. Give another: --out"
        ) from error


@contextmanager
def _engine(client: Any, workers: int | None) -> Iterator[Any]:
    """The client, or one of processes on this machine that end with the block."""
    if client is not None:
        yield client
        return
    from distributed import Client, LocalCluster
    from joblib import cpu_count

    count = workers or cpu_count()
    with (
        LocalCluster(n_workers=count, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        Client(cluster) as local,
    ):
        yield local


def _distributed(
    client: Any, folder: Folder, cells: list[Cell], retry: dict[str, int], after: Callable[[], object]
) -> None:
    """Have the client's workers compute all cells that are left, again and again until none is."""
    from distributed import as_completed

    worker = Worker(folder, retry)
    while left := worker.left(cells, found := worker.looked()):
        futures = [
            client.submit(
                _task, str(folder.path.absolute()), cell.told(), found.claims.get(cell.id, 0), retry, pure=False
            )
            for cell in left
        ]
        outcomes = []
        try:
            for future in as_completed(futures):
                outcomes.append(_outcome(future))
                after()
        finally:
            client.cancel(futures)
        if all(outcome == ELSEWHERE for outcome in outcomes):
            time.sleep(POLL)


def _outcome(future: Any) -> str:
    """What became of a cell; one whose workers died is looked after in the next round."""
    from distributed import KilledWorker

    try:
        return str(future.result())
    except KilledWorker:
        return ELSEWHERE


def _task(path: str, told: dict[str, Any], tried: int, retry: dict[str, int]) -> str:
    """One cell, in a process of dask's."""
    cell = Cell.of(told)
    need_same_code([cell], Folder(Path(path)))
    return _worker(path, tuple(sorted(retry.items()))).work_cell(cell, tried)


@lru_cache(maxsize=1)
def _worker(path: str, retry: tuple[tuple[str, int], ...]) -> Worker:
    """The worker of this process, which remembers what it has seen of the claims of others."""
    return Worker(Folder(Path(path)), dict(retry))
