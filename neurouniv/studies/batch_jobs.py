"""What a batch system is asked for: jobs that dask starts, or an array of tasks. Light, for the command line's help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from neurouniv.errors import InputError

BatchSystem = Literal["slurm", "pbs", "sge", "lsf"]


@dataclass(frozen=True)
class Jobs:
    """Jobs of a batch system.

    SGE has no usual option for memory and cores, nor have PBS, SGE and LSF one for GPUs: they are directives.

    Parameters
    ----------
    cluster
        Workers are jobs of this batch system. By dask-jobqueue.
    jobs
        Jobs at once. A job that ends is submitted again while cells are left.
    walltime
        The longest a job runs, H:MM:SS.
    memory
        Memory of a job, such as 4GB.
    cores
        Cores of a job.
    queue
        Queue or partition.
    account
        Account or project.
    directives
        Further options of the batch system.
    """

    cluster: BatchSystem | None = None
    jobs: int = 4
    walltime: str = "1:00:00"
    memory: str = "4GB"
    cores: int = 1
    queue: str | None = None
    account: str | None = None
    directives: tuple[str, ...] = ()

    @property
    def system(self) -> BatchSystem:
        """The batch system.

        Raises
        ------
        InputError : none is asked for, or another.
        """
        if self.cluster is None or self.cluster not in get_args(BatchSystem):
            names = ", ".join(get_args(BatchSystem))
            raise InputError(f"A batch system is one of {names}; got {self.cluster!r}. Give it: --cluster slurm")
        return self.cluster


@dataclass(frozen=True)
class Array:
    """An array of tasks of SLURM.

    Parameters
    ----------
    tasks
        Tasks of the array. By default one for every hour of estimated work, 100 at most.
    walltime
        The longest a job runs, H:MM:SS. By default estimated from cells that are done.
    memory
        Memory of a job, such as 4GB. By default estimated likewise.
    queue
        Queue or partition.
    account
        Account or project.
    directives
        Further options of the batch system. Such as --qos=long.
    """

    tasks: int | None = None
    walltime: str | None = None
    memory: str | None = None
    queue: str | None = None
    account: str | None = None
    directives: tuple[str, ...] = ()
