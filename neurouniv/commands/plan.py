"""The command that says how much data a study needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.arguments import task_of
from neurouniv.commands.help_groups import MORE
from neurouniv.commands.json_text import rows_of
from neurouniv.commands.options import Counts, Flag, Numbers, Overwrite, PerClass, Seed, SomeRivals, Whole
from neurouniv.commands.outputs import named, need_apart, need_file, need_page
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

SomeRules = Annotated[list[choices.ComparedRule] | None, Parameter(consume_multiple=True, negative=())]
Names = Sequence[str] | None
STUDIES, STUDIES_OF_RULES = 40, 10


def plan(
    task: str,
    *,
    sessions: Counts = (5, 8, 12),
    conditions: Whole = None,
    repeats: Counts = (4, 8, 16),
    snr: Numbers = (0.2,),
    sensors: choices.Sensors = "spikes",
    neurons: Annotated[int, Parameter(group=MORE)] = 80,
    subjects: Annotated[int, Parameter(group=MORE)] = 1,
    law: choices.Law = "universal",
    rivals: Annotated[SomeRivals, Parameter(group=MORE)] = None,
    rules: SomeRules = None,
    among: Annotated[SomeRules, Parameter(group=MORE)] = None,
    studies: int | None = None,
    power: Annotated[float, Parameter(group=MORE)] = 0.8,
    rough: Flag = False,
    per_class: PerClass = 3,
    seed: Seed = 0,
    out: Path | None = None,
    report: Path | None = None,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Say how much data it takes to tell a law from its rivals.

    Example: neurouniv plan digits --snr .2 --studies 10 --rough

    Example: neurouniv plan digits --rules backprop feedback_alignment lazy --sessions 8 --repeats 8 --snr .3

    Example: neurouniv plan digits --per-class 2 --sessions 5 8 12 --conditions 12 20 --repeats 4 8 --snr .2
    --sensors spikes --studies 40 --out plan.nc --report plan.html

    Every combination is simulated: brains in which the law is true, recorded, compared on held-out conditions and
    judged. It takes a second or two a study, so first try --studies 10 --rough.

    With --rules it says what it takes to name the learning rule: brains learn by each of the rules, and `neurouniv
    rules` judges them. That takes some minutes a combination.

    JSON: answer, designs (a row each: sessions, conditions, repeats, trials, power, and all else that the result has of
    a design), files

    Parameters
    ----------
    task
        The task: two_points, xor, digits, contexts, or a file. A file is .nc or .zarr of a task, .npz, or a table.
    sessions
        Recording sessions, the first before learning. Several are tried.
    conditions
        Conditions of the task. Several are tried; by default all are used.
    repeats
        Trials of a condition in a session. Several are tried.
    snr
        Signal to noise ratio of a single trial. .35 for monkey IT cortex and objects; several are tried.
    sensors
        What is recorded.
    neurons
        Neurons, voxels or sensors that are recorded.
    subjects
        Subjects in a study, each a brain.
    law
        A law by its name. It is true in the brains and on trial.
    rules
        Learning rules by their names. Brains learn by each, in place of a law; without names by backprop, feedback
        alignment and lazy.
    among
        With --rules, the rules that are possible to whoever judges. By default all.
    studies
        Studies of every combination. With --rules, of every rule too. By default 40, with --rules 10.
    power
        The share of studies that have to find the law.
    rough
        Leave out designs that are larger than one that suffices. Larger in every way.
    out
        Where the result goes: all designs, .nc or .zarr.
    report
        Where a page of the result goes, .html.
    """
    from neurouniv.laws import COMPARED
    from neurouniv.page import report as write
    from neurouniv.storage import save

    need_file(out, named(task), overwrite)
    need_page(report, named(task), overwrite)
    need_apart(out, report)
    _need_one_question(law, rivals, rules, among)
    ratios: Any = snr[0] if len(snr) == 1 else snr
    common: dict[str, Any] = {
        "sessions": sessions, "conditions": conditions, "repeats": repeats, "neurons": neurons, "snr": ratios,
        "sensors": sensors, "subjects": subjects, "power": power, "rough": rough, "seed": seed,
        "progress": speech.progress,
    }  # fmt: skip
    if rules is None:
        from neurouniv.universality.planning.plan import plan as plan_studies

        designs = plan_studies(
            task_of(task, per_class),
            law=law,
            rivals=rivals or COMPARED,
            studies=STUDIES if studies is None else studies,
            **common,
        )
    else:
        from neurouniv.which_rule.plan import LEARNERS, plan_rules

        designs = plan_rules(
            task_of(task, per_class),
            rules or LEARNERS,
            among=among,
            studies=STUDIES_OF_RULES if studies is None else studies,
            **common,
        )
    speech.say(designs.attrs["text"])
    if out is not None:
        save(designs, out)
    if report is not None:
        speech.say(f"The page is {write(designs, report, command=speech.words)}")
    return {**_designs(designs), "files": [path for path in (out, report) if path]}


def _designs(designs: xr.Dataset) -> Answer:
    """A row a design: all that the result says of it as one number."""
    dims = designs["power"].dims
    held = [name for name, array in designs.data_vars.items() if array.dims == dims]
    return {"answer": designs.attrs["text"], "designs": rows_of(designs[held], tuple(map(str, dims)))}


def _need_one_question(law: str, rivals: Names, rules: Names, among: Names) -> None:
    """Raise `InputError` where a law and rules are both asked for."""
    if rules is not None and (law != "universal" or rivals is not None):
        raise InputError("plan is of a law and its rivals, or of rules: leave out --law and --rivals, or --rules.")
    if rules is None and among is not None:
        raise InputError("--among says which rules are possible: give --rules too, with or without names.")
