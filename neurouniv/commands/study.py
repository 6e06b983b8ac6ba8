"""The commands of studies: check the file, run it, help with it, see how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclopts import App, Parameter

from neurouniv.commands.app import app, say
from neurouniv.schema import InputError

TERMINATED = 143
"""The exit code of a process that SIGTERM ended."""

study = App(name="study", help="Studies: hundreds of systems, one file, one folder, any machine.")
app.command(study)


@Parameter(name="*")
@dataclass(frozen=True)
class Batch:
    """Jobs of a batch system.

    Parameters
    ----------
    cluster
        Workers are jobs of a batch system, by dask-jobqueue: slurm, pbs, sge or lsf.
    jobs
        How many; a job that ends is submitted again while cells are left.
    walltime
        Of a job, H:MM:SS.
    memory
        Of a job.
    cores
        Of a job.
    queue
        Queue or partition.
    account
        Account or project.
    directives
        Further options for the head of the job script.
    job_script
        Print the job script, and run nothing.
    """

    cluster: str | None = None
    jobs: int = 4
    walltime: str = "1:00:00"
    memory: str = "4GB"
    cores: int = 1
    queue: str | None = None
    account: str | None = None
    directives: tuple[str, ...] = ()
    job_script: bool = False


WITHOUT_BATCH = Batch()


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
    batch: Batch = WITHOUT_BATCH,
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
    """
    from neurouniv.studies.run import run_study
    from neurouniv.studies.stopping import Terminated

    if batch.job_script:
        say(_job_script(file, batch))
        return
    progress = False if quiet else _shown()
    try:
        with _client(file, scheduler, batch) as client:
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
def sbatch(
    folder: Path,
    *,
    tasks: int | None = None,
    walltime: str | None = None,
    memory: str | None = None,
    partition: str | None = None,
    account: str | None = None,
    directives: tuple[str, ...] = (),
) -> None:
    """Print a script for SLURM: an array of tasks that each help with the study in a folder.

    Example: neurouniv study sbatch study | sbatch

    Parameters
    ----------
    folder
        The folder of `neurouniv study run`, where `--first 1` is enough.
    tasks
        How many tasks; by default one for every hour of estimated work.
    walltime
        Of a task, H:MM:SS; by default estimated from cells that are done.
    memory
        Of a task, such as 4G; by default estimated likewise.
    partition
        The partition.
    account
        The account.
    directives
        Further options of sbatch, such as --qos=long.
    """
    from neurouniv.studies.batch_script import batch_script

    say(batch_script(folder, tasks, walltime, memory, partition, account, directives))


def _shown() -> bool | None:
    """A bar on a terminal, a line a minute elsewhere."""
    import sys

    return None if sys.stderr.isatty() else True


@contextmanager
def _client(file: Path, address: str | None, batch: Batch) -> Iterator[Any]:
    """The client that `run` is told to use; None for processes on this machine."""
    if address is not None and batch.cluster is not None:
        raise InputError("Workers are those of a scheduler or jobs; got --scheduler and --cluster. Leave one out.")
    if batch.cluster is not None:
        from neurouniv.studies.engine.jobs import jobs_client

        with jobs_client(*_jobs(file, batch)) as client:
            yield client
    elif address is not None:
        with _connected(address) as client:
            yield client
    else:
        yield None


def _jobs(file: Path, batch: Batch) -> tuple[Any, int, str]:
    """The jobs, and what the study says of threads and device."""
    from neurouniv.studies.engine.jobs import Jobs
    from neurouniv.studies.spec import read_study

    if batch.cluster is None:
        raise InputError("A job script needs a batch system: --cluster slurm, pbs, sge or lsf.")
    given = read_study(file).given
    jobs = Jobs(
        batch.cluster,
        batch.jobs,
        batch.walltime,
        batch.memory,
        batch.cores,
        batch.queue,
        batch.account,
        batch.directives,
    )
    return jobs, given.get("threads", 1), given.get("device", "cpu")


def _job_script(file: Path, batch: Batch) -> str:
    from neurouniv.studies.engine.jobs import cluster_of

    with cluster_of(*_jobs(file, batch)) as cluster:
        return str(cluster.job_script())


def _connected(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(
            f"No scheduler answers at {address!r} ({error}). `dask scheduler` starts one and says its address."
        ) from error
