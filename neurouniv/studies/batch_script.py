"""A job script for SLURM whose tasks help with a study, without dask: each is `neurouniv study work DIR`."""

from __future__ import annotations

import math
import shlex
import sys
from pathlib import Path

from neurouniv.schema import InputError
from neurouniv.studies.batch_jobs import Array
from neurouniv.studies.plan import Plan, plan_in

SLACK, START = 1.5, 300
"""What an estimate is multiplied by, and seconds beside it: of starting, and of a cell that takes longer."""
GRACE, LATE = 100, 120
"""Seconds that a cell has after SIGTERM, and before the walltime at which SLURM sends it."""


def batch_script(path: Path, array: Array) -> str:
    """The script of a SLURM array that computes the study in a folder: `neurouniv study sbatch DIR | sbatch`.

    Parameters
    ----------
    path : the folder, made by `neurouniv study run ... --first 1` or any run.
    array : what is asked for; estimates that are used are told in the script.

    Raises
    ------
    InputError : no folder of a study, nothing is left, or the walltime cannot be estimated and is not given.
    """
    plan = plan_in(path)
    if not plan.left:
        raise InputError(f"All cells of the study in '{path}' are done; there is nothing left for a job.")
    known = bool(plan.costs) and not plan.unmeasured
    if array.walltime is None and not known:
        raise InputError(
            f"No walltime can be estimated: {', '.join(plan.unmeasured)} not measured yet. Give --walltime H:MM:SS, or "
            f"run the first cell of every system: `neurouniv study run {path / 'study.yaml'} --out {path} --first 1`."
        )
    number = min(len(plan.left), array.tasks or _tasks(plan))
    content = plan.left[0].content
    (path / "logs").mkdir(exist_ok=True)  # SLURM does not run a job whose log it cannot write
    options = {
        "job-name": "neurouniv",
        "array": f"1-{number}",
        "time": array.walltime or _time(plan, number),
        "mem": array.memory or _memory(plan),
        "cpus-per-task": content["threads"],
        "gres": "gpu:1" if content["device"] == "cuda" else None,
        "partition": array.queue,
        "account": array.account,
        "signal": f"B:TERM@{LATE}",
        "output": path.absolute() / "logs" / "%A_%a.log",
    }
    lines = [f"#SBATCH --{name}={value}" for name, value in options.items() if value is not None]
    lines += [f"#SBATCH {line}" for line in array.directives]
    work = shlex.join([sys.executable, "-m", "neurouniv", "study", "work", str(path.absolute())])
    about = [f"# {line}" for line in plan.text.splitlines()]
    return "\n".join(["#!/bin/bash", *lines, *about, "", f"exec {work} --grace {GRACE}", ""])


def _tasks(plan: Plan) -> int:
    return max(1, min(100, math.ceil(sum(cost.seconds for cost in plan.costs) / 3600)))


def _time(plan: Plan, tasks: int) -> str:
    """The walltime: a task's share of the work, or the longest cell, and some more."""
    seconds = [cost.seconds for cost in plan.costs]
    total = int(SLACK * max(sum(seconds) / tasks, max(seconds)) + START)
    minutes = math.ceil(total / 60)
    return f"{minutes // 60}:{minutes % 60:02d}:00"


def _memory(plan: Plan) -> str | None:
    """Half as much again as the largest peak, in steps of 500 MB; None where none was measured."""
    peaks = [cost.peak_mb for cost in plan.costs if not math.isnan(cost.peak_mb)]
    return f"{500 * math.ceil(SLACK * max(peaks) / 500)}M" if peaks else None
