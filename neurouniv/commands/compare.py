"""The command that compares laws on held-out data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.arguments import law_of, movie
from neurouniv.commands.help_groups import MORE
from neurouniv.commands.options import (
    Folds,
    OneComparator,
    Overwrite,
    Partitions,
    Resamples,
    Seed,
    Several,
)
from neurouniv.commands.outputs import need_file
from neurouniv.commands.speech import ALOUD, Answer, Speaking

SomeLaws = Annotated[list[choices.Law] | None, Parameter(consume_multiple=1, negative=())]


def compare(
    trajectories: Several,
    *,
    out: Path,
    laws: SomeLaws = None,
    split: Literal["conditions", "times", "none"] = "conditions",
    resamples: Resamples = 0,
    folds: Folds = 2,
    partitions: Partitions = 2,
    reference: Annotated[choices.Law | None, Parameter(group=MORE)] = None,
    comparator: OneComparator = "corr",
    seed: Seed = 0,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Compare laws on held-out data.

    Example: neurouniv compare traj.nc --out comparison.nc --resamples 1000

    Example: neurouniv compare network.nc brain.nc --out comparison.nc --laws universal static gain

    With --resamples, say 1000, differences have errors and there is a verdict.

    JSON: scores (a row a law: r2 of held-out time courses), verdict (as of `neurouniv verdict`, or null), files

    Parameters
    ----------
    trajectories
        Files of `neurouniv rdm`, one for each system.
    out
        Where the result goes: a comparison, .nc or .zarr.
    laws
        Laws by their names. By default universal static exponential step gain target.
    split
        What is held out: conditions, (later) times, or none.
    reference
        The law on trial, which the others are set against. By default universal, else the first.
    """
    from neurouniv.commands.fit_text import scores_rows, scores_text
    from neurouniv.commands.verdict import decided
    from neurouniv.exploratory import exploratory
    from neurouniv.laws import COMPARED, UniversalModel
    from neurouniv.storage import save
    from neurouniv.universality.compare import compare as compare_laws
    from neurouniv.universality.verdict.rule import verdict as judge

    need_file(out, trajectories, overwrite)
    chosen = [law_of(name) for name in laws or (UniversalModel.name, *COMPARED)]
    systems = {path.stem: movie(path) for path in trajectories}
    data: Any = systems if len(systems) > 1 else systems[trajectories[0].stem]
    result = compare_laws(
        chosen, data, None if split == "none" else split, folds=folds, partitions=partitions, comparator=comparator,
        resamples=resamples, reference=reference, seed=seed, progress=speech.progress,
    )  # fmt: skip
    save(result, out)
    speech.say(scores_text(result))
    answer: Answer = {"scores": scores_rows(result), "verdict": None, "files": [out]}
    if resamples and exploratory(result):
        speech.say(f"No verdict, which is about learning; ask all the same: neurouniv verdict {out} --exploratory")
    elif resamples:
        decision = judge(result)
        speech.say(decision.text)
        answer["verdict"] = decided(decision)
    return answer
