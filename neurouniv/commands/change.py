"""The command that says of two times what changed."""

from __future__ import annotations

from pathlib import Path

from neurouniv.commands.arguments import movie
from neurouniv.commands.json_text import rows_of
from neurouniv.commands.options import OneComparator, Overwrite, Seed
from neurouniv.commands.outputs import need_file
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.commands.tables import conditions_table

OF_CHANGES = ("changed_p", "change_size", "change_most", "mean_before", "mean_after", "growth", "growth_interval")
OF_MODELS = ("correlation", "correlation_interval", "correlation_p")


def change(
    trajectory: Path,
    *,
    models: Path | None = None,
    before: str | None = None,
    after: str | None = None,
    out: Path | None = None,
    permutations: int = 1000,
    comparator: OneComparator = "corr",
    seed: Seed = 0,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Say whether and how the RDM changed between two times.

    Example: neurouniv change traj.nc

    Example: neurouniv change traj.nc --models conditions.csv --before 1 --after 8 --out change.nc

    JSON: answer, before, after, changes (a row each: changed_p, change_size, change_most, mean_before, mean_after,
    growth, growth_interval), models (a row each: correlation, correlation_interval, correlation_p), files

    Parameters
    ----------
    trajectory
        A file of `neurouniv rdm`, with two times or more.
    models
        Model RDMs: files or tables. A table (.csv, .tsv) has a row a condition: first its name, then a column a model
        RDM: numbers, whose squared differences are taken, or words, which are alike or not. Beside them stand the
        stimuli and targets of the task.
    before
        The first of the two times. By default the first there is.
    after
        The second of the two times. By default the last there is.
    permutations
        Random orders of conditions that p of a model rests on.
    out
        Where the result goes: numbers, .nc or .zarr.
    """
    from neurouniv.storage import save
    from neurouniv.universality.pre_post.change import change as change_of

    need_file(out, [trajectory, *([models] if models else [])], overwrite)
    table = {} if models is None else dict(conditions_table(models, "--models").items())
    result = change_of(
        movie(trajectory), table, before=before, after=after, comparator=comparator,
        permutations=permutations, seed=seed,
    )  # fmt: skip
    speech.say(result.attrs["text"])
    if out is not None:
        save(result, out)
    places = tuple(map(str, result["growth"].dims))
    return {
        "answer": result.attrs["text"],
        "before": result.attrs["before"],
        "after": result.attrs["after"],
        "changes": rows_of(result[[name for name in OF_CHANGES if name in result]], places),
        "models": rows_of(result[[name for name in OF_MODELS if name in result]], ("model", *places)),
        "files": [out] if out else [],
    }
