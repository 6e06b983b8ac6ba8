"""The commands of studies: check the file, run it, help with it, see how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from neurouniv.commands.help_groups import JOBS, OPTIONS
from neurouniv.commands.options import Flag
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.commands.stopped import going_on
from neurouniv.errors import InputError
from neurouniv.studies.batch_jobs import Array, Jobs

if TYPE_CHECKING:
    from neurouniv.studies.status import Status

TERMINATED = 143
"""The exit code of a process that SIGTERM ended."""

study = App(
    name="study",
    help="""Study hundreds of systems: one file, one folder, any machine.

Example: neurouniv study check STUDY.yaml

Example: neurouniv study run STUDY.yaml --out study
""",
)

FLAT_JOBS, FLAT_ARRAY = (Parameter(name="*", group=group, negative_iterable=()) for group in (JOBS, OPTIONS))
"""Fields of a dataclass as options of their own."""
WITHOUT_JOBS, BY_ESTIMATES = Jobs(), Array()


@study.command
def check(file: Path, *, folder: Path | None = None, speech: Speaking = ALOUD) -> Answer:
    """Check a study and say its cells, and about how long each takes.

    Example: neurouniv study check STUDY.yaml

    Example: neurouniv study check STUDY.yaml --folder study

    Nothing is run. How long a cell takes is told where like cells are done.

    JSON: study, cells (a row each: id, label, done, seconds), answer

    Parameters
    ----------
    file
        The study in YAML. `python -c "import neurouniv.studies; help(neurouniv.studies)"` shows one with every key.
    folder
        The folder of `neurouniv study run`. Its results tell what other cells take.
    """
    from neurouniv.studies.plan import plan_of
    from neurouniv.studies.spec import read_study

    plan = plan_of(read_study(file), folder)
    for row in plan.rows:
        speech.say(row)
    speech.say(plan.text)
    costs = {cell.id: plan.estimates.of(cell) for cell in plan.cells}
    rows = [
        {"id": cell.id, "label": cell.label, "done": cell.id in plan.done, "seconds": cost and cost.seconds}
        for cell in plan.cells
        for cost in [costs[cell.id]]
    ]
    return {"study": plan.study, "cells": rows, "answer": plan.text}


@study.command
def run(
    file: Path,
    *,
    out: Path,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: Flag = False,
    first: int | None = None,
    job_script: Annotated[bool, Parameter(negative=(), group=JOBS)] = False,
    jobs: Annotated[Jobs, FLAT_JOBS] = WITHOUT_JOBS,
    speech: Speaking = ALOUD,
) -> Answer:
    """Run a study in a folder; run again, it goes on where it stopped.

    Example: neurouniv study run STUDY.yaml --out study --workers 4

    Example: neurouniv study run STUDY.yaml --out study --cluster slurm --jobs 20

    Only what is missing or has changed is computed.

    JSON: study, cells, done, failed, claimed, waiting, failures (id and message of each), folder; with --job-script:
    script

    Parameters
    ----------
    file
        The study in YAML.
    out
        Where the result goes: the study's folder, made where it is not there.
    workers
        Processes on this machine. By default one a core, or one a GPU; 0 computes in this one.
    scheduler
        Address of a scheduler of dask.distributed, such as tcp://10.0.0.1:8786. Its workers see the same folder.
    retry_failed
        Compute failed cells again.
    first
        Compute so many cells of every system and leave the rest. `neurouniv study check` then estimates that.
    job_script
        Print the script of a job of --cluster, and run nothing.
    """
    from neurouniv.studies.run import run_study
    from neurouniv.studies.stopping import Terminated

    if job_script:
        script = _job_script(file, jobs)
        speech.say(script)
        return {"script": script}
    try:
        with going_on(lambda: _stopped_text(out)), _client(file, scheduler, jobs) as client:
            status = run_study(
                file, out, client, workers=workers, retry_failed=retry_failed, first=first, progress=speech.progress
            )
    except Terminated:
        raise SystemExit(TERMINATED) from None
    speech.say(status.text)
    return _stands(status, out)


@study.command
def work(folder: Path, *, retry_failed: Flag = False, grace: float = 5.0, speech: Speaking = ALOUD) -> Answer:
    """Help with the study in a folder until nothing is left.

    Example: neurouniv study work study

    Any number of these may, on any machine that sees the folder.

    JSON: study, cells, done, failed, claimed, waiting, failures (id and message of each), folder

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    retry_failed
        Compute failed cells again.
    grace
        Seconds that the cell at work has to finish after SIGTERM. It is given back where they are too few.
    """
    from neurouniv.studies.folder import Folder
    from neurouniv.studies.progress import told_on
    from neurouniv.studies.status import study_status
    from neurouniv.studies.stopping import Terminated
    from neurouniv.studies.worker import work as help_with

    ids = study_status(folder).ids
    try:
        with going_on(lambda: _stopped_text(folder)), told_on(Folder(folder), ids, speech.progress) as after:
            help_with(folder, retry_failed, after, grace)
    except Terminated:
        raise SystemExit(TERMINATED) from None
    status = study_status(folder)
    speech.say(status.text)
    return _stands(status, folder)


@study.command
def status(folder: Path, *, speech: Speaking = ALOUD) -> Answer:
    """Say how the study in a folder stands, from the folder alone.

    Example: neurouniv study status study

    JSON: study, cells, done, failed, claimed, waiting, failures (id and message of each), folder

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    """
    from neurouniv.studies.status import study_status

    state = study_status(folder)
    speech.say(state.text)
    return _stands(state, folder)


@study.command
def sbatch(folder: Path, *, array: Annotated[Array, FLAT_ARRAY] = BY_ESTIMATES, speech: Speaking = ALOUD) -> Answer:
    """Print a script for SLURM: tasks that help with a study.

    Example: neurouniv study sbatch study | sbatch

    JSON: script

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`. `--first 1` is enough.
    """
    from neurouniv.studies.batch_script import batch_script

    script = batch_script(folder, array)
    speech.say(script)
    return {"script": script}


for _reading in ("report", "table"):
    study.command(f"neurouniv.commands.study_reading:{_reading}")


def _stands(status: Status, folder: Path) -> Answer:
    """How a study stands, for JSON."""
    from neurouniv.studies.status import CLAIMED, DONE, FAILED, WAITING

    counts = {state: status.count(state) for state in (DONE, FAILED, CLAIMED, WAITING)}
    failures = [
        {"id": id, "message": status.messages.get(id, "")}
        for id, state in zip(status.ids, status.states, strict=True)
        if state == FAILED
    ]
    return {"study": status.study, "cells": len(status.ids), **counts, "failures": failures, "folder": folder}


def _stopped_text(folder: Path) -> str:
    """What a study that is stopped has in its folder."""
    from neurouniv.studies.status import DONE, study_status

    try:
        status = study_status(folder)
        number = status.count(DONE)
    except InputError:  # stopped before the cells were listed
        number = 0
    if not number:
        return "Stopped. No cell was done yet; run the same command to begin again."
    return f"Stopped. Kept: {folder} with {number} of {len(status.ids)} cells; run the same command to go on."


@contextmanager
def _client(file: Path, address: str | None, jobs: Jobs) -> Iterator[Any]:
    """The client that `run` is told to use; None for processes on this machine."""
    from neurouniv.studies.engine.jobs import jobs_client

    if address is not None and jobs.cluster is not None:
        raise InputError("Workers are those of a scheduler or jobs; got --scheduler and --cluster. Leave one out.")
    if jobs.cluster is not None:
        with jobs_client(jobs, *_told_of_cells(file)) as client:
            yield client
    elif address is not None:
        with _connected(address) as client:
            yield client
    else:
        yield None


def _told_of_cells(file: Path) -> tuple[int, str]:
    """What a study says of its cells' threads and device."""
    from neurouniv.studies.spec import read_study

    given = read_study(file).given
    return given.get("threads", 1), given.get("device", "cpu")


def _job_script(file: Path, jobs: Jobs) -> str:
    from neurouniv.studies.engine.jobs import cluster_of

    with cluster_of(jobs, *_told_of_cells(file)) as cluster:
        return str(cluster.job_script())


def _connected(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(
            f"No scheduler answers at {address!r} ({error}). `dask scheduler` starts one and says its address."
        ) from error
