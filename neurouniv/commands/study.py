"""The commands of studies: check the file, run it, help with it, see how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from neurouniv.commands.app import app, say
from neurouniv.schema import InputError
from neurouniv.studies.batch_script import Array, batch_script
from neurouniv.studies.engine.jobs import Jobs, cluster_of, jobs_client

TERMINATED = 143
"""The exit code of a process that SIGTERM ended."""

study = App(name="study", help="Studies: hundreds of systems, one file, one folder, any machine.")
app.command(study)


FLAT = Parameter(name="*")
"""Fields of a dataclass as options of their own."""
WITHOUT_JOBS, BY_ESTIMATES = Jobs(), Array()


@study.command
def check(file: Path, *, out: Path | None = None) -> None:
    """Check a study and print its cells, with about how long each takes where like cells are done; nothing is run.

    Example: neurouniv study check STUDY.yaml --out study

    Parameters
    ----------
    file
        The study in YAML; `python -c "import neurouniv.studies; help(neurouniv.studies)"` shows one with every key.
    out
        A folder with results of this study, which tell what its other cells take.
    """
    from neurouniv.studies.plan import plan_of
    from neurouniv.studies.spec import read_study

    plan = plan_of(read_study(file), out)
    for row in plan.rows:
        say(row)
    say(plan.text)


@study.command
def run(
    file: Path,
    *,
    out: Path,
    workers: int | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    first: int | None = None,
    quiet: bool = False,
    job_script: bool = False,
    jobs: Annotated[Jobs, FLAT] = WITHOUT_JOBS,
) -> None:
    """Run a study in a folder; run again, it goes on, and computes only what is missing or has changed.

    Example: neurouniv study run STUDY.yaml --out study --workers 4

    Parameters
    ----------
    file
        The study in YAML.
    out
        Its folder, made where it is not there.
    workers
        Processes on this machine, by default one a core, or one a GPU; 0 computes in this one.
    scheduler
        Address of a scheduler of dask.distributed whose workers see the same folder, such as tcp://10.0.0.1:8786.
    retry_failed
        Compute failed cells again.
    first
        Compute so many cells of every system and leave the rest; `neurouniv study check` then estimates that.
    job_script
        Print the script of a job of --cluster, and run nothing.
    """
    from neurouniv.studies.run import run_study
    from neurouniv.studies.stopping import Terminated

    if job_script:
        say(_job_script(file, jobs))
        return
    progress = False if quiet else _shown()
    try:
        with _client(file, scheduler, jobs) as client:
            status = run_study(
                file, out, client, workers=workers, retry_failed=retry_failed, first=first, progress=progress
            )
    except Terminated:
        raise SystemExit(TERMINATED) from None
    say(status.text)


@study.command
def work(folder: Path, *, retry_failed: bool = False, grace: float = 5.0, quiet: bool = False) -> None:
    """Help with the study in a folder until nothing is left; any number of these may, on any machine that sees it.

    Example: neurouniv study work study

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    retry_failed
        Compute cells that have failed by now again.
    grace
        Seconds that the cell at work has to finish after SIGTERM; it is given back where they are too few.
    """
    from neurouniv.studies.folder import Folder
    from neurouniv.studies.progress import told_on
    from neurouniv.studies.status import study_status
    from neurouniv.studies.stopping import Terminated
    from neurouniv.studies.worker import work as help_with

    status = study_status(folder)
    try:
        with told_on(Folder(folder), status.ids, False if quiet else _shown()) as after:
            help_with(folder, retry_failed, after, grace)
    except Terminated:
        raise SystemExit(TERMINATED) from None
    say(study_status(folder).text)


@study.command
def status(folder: Path) -> None:
    """Say how the study in a folder stands, from the folder alone.

    Example: neurouniv study status study

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`.
    """
    from neurouniv.studies.status import study_status

    say(study_status(folder).text)


@study.command
def sbatch(folder: Path, *, array: Annotated[Array, FLAT] = BY_ESTIMATES) -> None:
    """Print a script for SLURM: an array of tasks that each help with the study in a folder.

    Example: neurouniv study sbatch study | sbatch

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`, where `--first 1` is enough.
    """
    say(batch_script(folder, array))


def _shown() -> bool | None:
    """A bar on a terminal, a line a minute elsewhere."""
    import sys

    return None if sys.stderr.isatty() else True


@contextmanager
def _client(file: Path, address: str | None, jobs: Jobs) -> Iterator[Any]:
    """The client that `run` is told to use; None for processes on this machine."""
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
