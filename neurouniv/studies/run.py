"""A study run: its cells listed in the folder, and computed by dask.distributed until nothing is left."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from neurouniv.names import public
from neurouniv.schema import InputError
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.cells import cells_of
from neurouniv.studies.engine.dispatch import dispatched
from neurouniv.studies.engine.local import local_client
from neurouniv.studies.folder import Folder
from neurouniv.studies.plan import first_of_each
from neurouniv.studies.progress import told_on
from neurouniv.studies.spec import Study, read_study
from neurouniv.studies.status import Status, study_status
from neurouniv.studies.stopping import GRACE, Stopping
from neurouniv.studies.worker import Worker, failed_tries
from neurouniv.studies.yaml_lines import write_yaml
from neurouniv.unwritten import reason_of

BUNDLE, FAR_BUNDLE = 5.0, 120.0
"""Seconds of work in a bundle of cells: on this machine, and on a client's workers, which may be far."""


@public
def run_study(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    out: str | os.PathLike[str],
    client: Any = None,
    *,
    workers: int | None = None,
    retry_failed: bool = False,
    first: int | None = None,
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
    workers : how many processes on this machine, default one a core, or one a GPU; 0 computes in this process, without
        dask.
    retry_failed : whether cells that failed in an earlier run are computed again.
    first : so many cells of every system are computed, and the rest is left: then `neurouniv study check` can tell what
        the rest takes. Default all.
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
    _need_counts(workers, first)
    study = read_study(spec)
    cells = cells_of(study)
    folder = Folder(Path(out))
    _listed(folder, study, cells)
    retry = failed_tries(folder) if retry_failed else {}
    asked = cells if first is None else first_of_each(cells, first)
    with told_on(folder, [cell.id for cell in asked], progress) as after:
        if workers == 0 and client is None:
            with Stopping(GRACE) as stopping:
                Worker(folder, retry, stopping=stopping).work(asked, after)
        else:
            device = str(study.given.get("device", "cpu"))
            with Stopping(), _engine(client, workers, device) as engine:
                dispatched(engine, folder, asked, retry, after, BUNDLE if client is None else FAR_BUNDLE)
    return study_status(folder.path)


def _need_counts(workers: int | None, first: int | None) -> None:
    if workers is not None and workers < 0:
        raise InputError(f"workers is 0, for this process alone, or how many processes; got {workers}.")
    if first is not None and first < 1:
        raise InputError(f"first is how many cells of every system are computed, 1 or more; got {first}.")


def _engine(client: Any, workers: int | None, device: str) -> AbstractContextManager[Any]:
    """The client, or one of processes on this machine that end with the block."""
    return local_client(workers, device) if client is None else nullcontext(client)


def _listed(folder: Folder, study: Study, cells: list[Cell]) -> None:
    """Keep the study and its cells in its folder, with absolute paths, so that it can be run from anywhere."""
    try:
        folder.make()
        folder.list_cells(study.name, cells, write_yaml(study.canonical))
    except OSError as error:
        raise InputError(
            f"The folder '{folder.path}' for the study cannot be written: {reason_of(error)}. Give another folder with "
            "--out."
        ) from error
