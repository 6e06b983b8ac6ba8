"""The command that asks the one question of several systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from neurouniv.commands.arguments import movie
from neurouniv.commands.help_groups import MORE
from neurouniv.commands.json_text import rows_of
from neurouniv.commands.options import (
    Folds,
    OneComparator,
    Overwrite,
    Partitions,
    Resamples,
    Seed,
    Several,
    SomeRivals,
    Words,
)
from neurouniv.commands.outputs import need_apart, need_file, need_page
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError

OF_SYSTEMS = (
    "role", "decision", "r2", "r2_most", "change_r2", "change_most", "nearest", "nearest_ratio", "nearest_p", "until",
    "settle",
)  # fmt: skip
"""What a row of --json has of a system."""


def universality(
    trajectories: Several,
    *,
    report: Path | None = None,
    out: Path | None = None,
    names: Words = None,
    controls: Words = None,
    rivals: SomeRivals = None,
    resamples: Resamples = 300,
    folds: Annotated[Folds, Parameter(group=MORE)] = 2,
    partitions: Annotated[Partitions, Parameter(group=MORE)] = 2,
    workers: int | None = 1,
    other_tasks: Annotated[bool, Parameter(group=MORE)] = True,
    comparator: OneComparator = "corr",
    seed: Seed = 0,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Ask whether one law describes all these systems.

    Example: neurouniv universality net.nc mouse.nc --report page.html

    Example: neurouniv universality net.nc mouse.nc --names network mouse --out answer.nc

    The law is adjusted to every system by constants alone.

    JSON: answer, systems (a row each: role, decision, r2, r2_most, change_r2, change_most, nearest, nearest_ratio,
    nearest_p, until, settle), files

    Parameters
    ----------
    trajectories
        Files of `neurouniv rdm`, one for each system.
    report
        Where a page of the result goes, .html.
    out
        Where the result goes: the answer, .nc or .zarr; `neurouniv report` makes the page from it again.
    names
        What systems are called, in the order of their files. By default as the files.
    controls
        Systems in which the law is known to be false. They are shown and do not count.
    other_tasks
        Fit recordings again under other tasks. It is three or four times the work of each.
    workers
        Processes on this machine. -1 for one a core.
    """
    from neurouniv.laws import COMPARED
    from neurouniv.page import report as write
    from neurouniv.storage import save
    from neurouniv.universality.trial.universality_test import universality_test

    need_page(report, trajectories, overwrite)
    need_file(out, trajectories, overwrite)
    need_apart(report, out)
    systems = {n: movie(path).assign_attrs(file=str(path)) for n, path in called(trajectories, names).items()}
    result = universality_test(
        systems, rivals=rivals or COMPARED, controls=controls or (), folds=folds, partitions=partitions,
        resamples=resamples, other_tasks=other_tasks, comparator=comparator, seed=seed,
        n_jobs=-1 if workers is None else workers, progress=speech.progress,
    )  # fmt: skip
    if out is not None:
        save(result, out)
    speech.say(result.attrs["answer"])
    if report is not None:
        speech.say(f"The page is {write(result, report, trajectories=systems, command=speech.words)}")
    rows = rows_of(result[[name for name in OF_SYSTEMS if name in result]], ("system",))
    return {"answer": result.attrs["answer"], "systems": rows, "files": [path for path in (out, report) if path]}


def called(paths: list[Path], names: list[str] | None) -> dict[str, Path]:
    """Every file by the name of its system, each name once."""
    chosen = names or [path.stem for path in paths]
    if len(chosen) != len(paths):
        raise InputError(f"--names gives every file a name; got {len(paths)} files and {len(chosen)} names.")
    twice = sorted({name for name in chosen if chosen.count(name) > 1})
    if twice:
        raise InputError(f"Systems need names of their own; got {twice} more than once. Give --names, one a file.")
    return dict(zip(chosen, paths, strict=True))
