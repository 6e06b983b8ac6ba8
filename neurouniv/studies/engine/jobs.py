"""Workers that are jobs of a batch system, by dask-jobqueue."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neurouniv.schema import InputError
from neurouniv.studies.batch_jobs import Jobs

SYSTEMS = {"slurm": "SLURMCluster", "pbs": "PBSCluster", "sge": "SGECluster", "lsf": "LSFCluster"}
"""Batch systems, and the class of dask-jobqueue for each."""
PROJECT = {"slurm": "account", "pbs": "account", "sge": "project", "lsf": "project"}
"""What each calls who pays."""
LAST = 120
"""Seconds before the walltime at which a worker ends by itself, and gives its cell back."""


@contextmanager
def cluster_of(jobs: Jobs, threads: int = 1, device: str = "cpu") -> Iterator[Any]:
    """A cluster of dask whose workers are jobs; `cluster.job_script()` is what is submitted.

    Parameters
    ----------
    threads : of every cell; a job has `cores // threads` workers.
    device : with "cuda" a job has one worker, and asks for a GPU (with SLURM).

    Raises
    ------
    InputError : dask-jobqueue is not installed, or a setting cannot be used.
    """
    settings = settings_of(jobs, threads, device)
    with _cluster_class(jobs.system)(**settings) as cluster:
        yield cluster


@contextmanager
def jobs_client(jobs: Jobs, threads: int = 1, device: str = "cpu") -> Iterator[Any]:
    """A client whose workers are jobs, which end with the block.

    Raises
    ------
    InputError : as `cluster_of`.
    """
    from distributed import Client

    with cluster_of(jobs, threads, device) as cluster, Client(cluster) as client:
        cluster.scale(jobs=jobs.jobs)
        yield client


def settings_of(jobs: Jobs, threads: int = 1, device: str = "cpu") -> dict[str, Any]:
    """The settings of dask-jobqueue's cluster.

    Examples
    --------
    >>> settings = settings_of(Jobs("slurm", walltime="0:30:00", cores=4), threads=2)
    >>> settings["processes"], settings["worker_extra_args"]
    (2, ['--lifetime', '1680s', '--lifetime-stagger', '30s', '--memory-limit', '0'])
    """
    system = jobs.system
    if jobs.jobs < 1 or jobs.cores < 1:
        raise InputError(f"Jobs and cores are 1 or more; got {jobs.jobs} jobs and {jobs.cores} cores.")
    seconds = seconds_of(jobs.walltime)
    if seconds <= 2 * LAST:
        raise InputError(f"A walltime is more than {2 * LAST // 60} minutes; got {jobs.walltime!r}.")
    _need_directives(jobs, device)
    workers = 1 if device == "cuda" else max(1, jobs.cores // threads)
    gpu = ("--gres=gpu:1",) if device == "cuda" and system == "slurm" else ()
    settings = {
        "cores": workers,
        "processes": workers,
        "memory": jobs.memory,
        "walltime": _walltime(seconds, system),
        "queue": jobs.queue,
        PROJECT[system]: jobs.account,
        "job_extra_directives": [*gpu, *jobs.directives],
        # A worker that dask pauses for its memory would wait forever; the batch system keeps watch over memory anyway.
        "worker_extra_args": ["--lifetime", f"{seconds - LAST}s", "--lifetime-stagger", "30s", "--memory-limit", "0"],
    }
    return settings | _job_cores(jobs)


def _need_directives(jobs: Jobs, device: str) -> None:
    """Raise `InputError` where the batch system would not be asked for what the workers use."""
    if jobs.system == "sge" and jobs.cores > 1 and not any("-pe" in line for line in jobs.directives):
        raise InputError(
            f"SGE is asked for {jobs.cores} cores by a parallel environment, whose name every site chooses: give "
            f"--directives '-pe smp {jobs.cores}', or --cores 1."
        )
    if device == "cuda" and jobs.system != "slurm" and not jobs.directives:
        raise InputError(
            f"The study needs device cuda, and the request for a GPU from {jobs.system.upper()} depends on the "
            "site. Give it as --directives, such as '-l select=1:ncpus=1:ngpus=1' (PBS) or '-gpu num=1' (LSF)."
        )


def _job_cores(jobs: Jobs) -> dict[str, Any]:
    """The number of cores that the batch system is asked for, as each class calls it."""
    if jobs.system == "slurm":
        return {"job_cpu": jobs.cores}
    if jobs.system == "pbs":
        from dask.utils import parse_bytes

        return {"resource_spec": f"select=1:ncpus={jobs.cores}:mem={math.ceil(parse_bytes(jobs.memory) / 1e6)}MB"}
    return {"ncpus": jobs.cores} if jobs.system == "lsf" else {}


def _walltime(seconds: int, system: str) -> str:
    """A walltime as the batch system writes it; LSF has no seconds."""
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours:02d}:{minutes:02d}" + ("" if system == "lsf" else f":{seconds % 60:02d}")


def seconds_of(walltime: str) -> int:
    """The seconds of H:MM:SS, or D-HH:MM:SS.

    Raises
    ------
    InputError : it is not written so.

    Examples
    --------
    >>> seconds_of("1:00:30"), seconds_of("2-00:00:00")
    (3630, 172800)
    """
    match = re.fullmatch(r"(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)", walltime)
    if match is None:
        raise InputError(f"A walltime is written H:MM:SS or D-HH:MM:SS, such as 2:30:00; got {walltime!r}.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((24 * days + hours) * 60 + minutes) * 60 + seconds


def _cluster_class(system: str) -> Any:
    try:
        import dask_jobqueue
    except ImportError:
        raise InputError(
            "Jobs of a batch system need dask-jobqueue: `pip install 'neurouniv[cluster]'`. Without it, "
            "`neurouniv study sbatch DIR` prints a script for SLURM, and `neurouniv study work DIR` runs in any job."
        ) from None
    return getattr(dask_jobqueue, SYSTEMS[system])
