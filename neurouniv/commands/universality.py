"""The commands that ask the one question of several systems, and of two times what they can tell."""

from __future__ import annotations

from pathlib import Path

from neurouniv.commands.app import Fields, OneComparator, Partitions, Resamples, Several, app, say, shown
from neurouniv.commands.laws import Rivals, movie
from neurouniv.commands.outputs import Overwrite, need_apart, need_file, need_page
from neurouniv.commands.tables import conditions_table
from neurouniv.schema import InputError


@app.command
def universality(
    trajectories: Several,
    *,
    out: Path | None = None,
    names: Fields = None,
    controls: Fields = None,
    save: Path | None = None,
    rivals: Rivals = None,
    folds: int = 2,
    partitions: Partitions = 2,
    resamples: Resamples = 300,
    other_tasks: bool = True,
    comparator: OneComparator = "corr",
    seed: int = 0,
    jobs: int = 1,
    quiet: bool = False,
    overwrite: Overwrite = False,
) -> None:
    """Ask whether one law, adjusted by constants, describes all these systems, and write a page of the answer.

    Example: neurouniv universality net.nc mouse.nc --out page.html --names network mouse

    Parameters
    ----------
    trajectories
        Files of `neurouniv rdm`, one for each system.
    out
        The page, .html.
    names
        What systems are called, in the order of their files; by default the files' names.
    controls
        Names of systems in which the law is known to be false; they are shown and do not count.
    save
        Where the result is kept, .nc or .zarr; `neurouniv report` makes the page from it again.
    partitions
        Random ways to deal conditions into folds.
    resamples
        Resamples of conditions and members that errors rest on.
    other_tasks
        Whether recordings are fitted again under other tasks, three or four times the work of each.
    jobs
        Processes that share the systems; -1 for all cores.
    """
    from neurouniv.laws import COMPARED
    from neurouniv.page import report
    from neurouniv.storage import save as keep
    from neurouniv.universality.trial.universality_test import universality_test

    need_page(out, trajectories, overwrite)
    need_file(save, trajectories, overwrite)
    need_apart(out, save)
    called = _called(trajectories, names)
    systems = {name: movie(path).assign_attrs(file=str(path)) for name, path in called.items()}
    result = universality_test(
        systems, rivals=rivals or COMPARED, controls=controls or (), folds=folds, partitions=partitions,
        resamples=resamples,
        other_tasks=other_tasks, comparator=comparator, seed=seed, n_jobs=jobs, progress=shown(quiet),
    )  # fmt: skip
    if save is not None:
        keep(result, save)
    say(result.attrs["answer"])
    if out is not None:
        say(f"The page is {report(result, out)}")


@app.command
def change(
    trajectory: Path,
    *,
    models: Path | None = None,
    before: str | None = None,
    after: str | None = None,
    comparator: OneComparator = "corr",
    permutations: int = 1000,
    seed: int = 0,
    out: Path | None = None,
    overwrite: Overwrite = False,
) -> None:
    """Say of two times, such as before and after training: did the RDM change, by how much, along which model RDM.

    Example: neurouniv change traj.nc

    Example: neurouniv change traj.nc --models conditions.csv --before 1 --after 8 --out change.nc

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`, with two times or more.
    models
        A table (.csv, .tsv) with a row a condition: first its name, then a column a model RDM: numbers, whose squared
        differences are taken, or words, which are alike or not. Beside them stand the stimuli and targets of the task.
    before
        The first of the two times; by default the first there is.
    after
        The second; by default the last there is.
    permutations
        Random orders of conditions that p of a model rests on.
    out
        Where the numbers go, .nc or .zarr.
    """
    from neurouniv.storage import save
    from neurouniv.universality.pre_post.change import change as change_of

    need_file(out, [trajectory, *([models] if models else [])], overwrite)
    table = {} if models is None else dict(conditions_table(models, "--models").items())
    found = change_of(
        movie(trajectory), table, before=before, after=after, comparator=comparator,
        permutations=permutations, seed=seed,
    )  # fmt: skip
    say(found.attrs["text"])
    if out is not None:
        save(found, out)


def _called(paths: list[Path], names: list[str] | None) -> dict[str, Path]:
    """Every file by the name of its system, each name once."""
    called = names or [path.stem for path in paths]
    if len(called) != len(paths):
        raise InputError(f"--names gives every file a name; got {len(paths)} files and {len(called)} names.")
    twice = sorted({name for name in called if called.count(name) > 1})
    if twice:
        raise InputError(f"Systems need names of their own; got {twice} more than once. Give --names, one a file.")
    return dict(zip(called, paths, strict=True))
