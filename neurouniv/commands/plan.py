"""The command that says how much data a study needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from neurouniv.commands.app import Numbers, Places, app, say, shown
from neurouniv.commands.arguments import task_of
from neurouniv.commands.laws import Rivals
from neurouniv.commands.outputs import Overwrite, named, need_apart, need_file, need_page
from neurouniv.laws import COMPARED, LAWS, UniversalModel
from neurouniv.schema import InputError

LawInBrains = Annotated[str, Parameter(help=f"What is true in the brains and on trial, of {', '.join(LAWS)}.")]
Counts = Annotated[tuple[int, ...], Parameter(consume_multiple=True, negative=())]
Named = Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())]
STUDIES, STUDIES_OF_RULES = 40, 10


@app.command
def plan(
    task: str,
    *,
    sessions: Counts = (5, 8, 12),
    conditions: Places = None,
    repeats: Counts = (4, 8, 16),
    snr: Numbers = (0.2,),
    sensors: str = "spikes",
    neurons: int = 80,
    subjects: int = 1,
    law: LawInBrains = "universal",
    rivals: Rivals = None,
    rules: Named = None,
    among: Named = None,
    studies: int | None = None,
    power: float = 0.8,
    rough: bool = False,
    per_class: int = 3,
    seed: int = 0,
    out: Path | None = None,
    report: Path | None = None,
    quiet: bool = False,
    overwrite: Overwrite = False,
) -> None:
    """Say how many sessions, conditions and repeats it takes to tell a law from its rivals.

    Example: neurouniv plan digits --per-class 2 --sessions 5 8 12 --conditions 12 20 --repeats 4 8 --snr .2
    --sensors spikes --studies 40 --out plan.nc --report plan.html

    Every combination is simulated: brains in which the law is true, recorded, compared on held-out conditions and
    judged. It takes a second or two a study, so first try --studies 10 --rough.

    With --rules it says what it takes to name the learning rule: brains learn by each of the rules, and `neurouniv
    rules` judges them. That takes some minutes a combination.

    Example: neurouniv plan digits --rules backprop feedback_alignment lazy --sessions 8 --repeats 8 --snr .3

    Parameters
    ----------
    task
        two_points, xor, digits, contexts, or a netCDF/zarr file that holds a task.
    sessions
        Numbers of recording sessions, the first before learning.
    conditions
        Numbers of the task's conditions; default all.
    repeats
        Numbers of trials of a condition in a session.
    snr
        Signal to noise of a trial (.35 for monkey IT cortex and objects); several are tried as well.
    sensors
        spikes, refractory, bursty, calcium, voxels or meeg.
    neurons
        How many channels are recorded.
    subjects
        Brains in a study.
    rules
        Rules that brains learn by, in place of a law; without names backprop, feedback alignment and lazy.
    among
        With --rules, the rules that are possible to whoever judges; default all.
    studies
        Simulated for every combination, and with --rules for every rule; default 40, with --rules 10.
    power
        The share of studies that have to find the law.
    rough
        Leave out what is larger in every way than a design that suffices.
    per_class
        How many images of each digit the task digits has.
    out
        Where the result goes, .nc or .zarr.
    report
        Where a page of it goes: what suffices, power as a picture, and all designs in a table.
    """
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
        "progress": shown(quiet),
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
    say(designs.attrs["text"])
    if out is not None:
        save(designs, out)
    if report is not None:
        say(f"The page is {write(designs, report)}")


def _need_one_question(law: str, rivals: list[str] | None, rules: list[str] | None, among: list[str] | None) -> None:
    """Raise `InputError` where a law and rules are both asked for."""
    if rules is not None and (law != UniversalModel.name or rivals is not None):
        raise InputError("plan is of a law and its rivals, or of rules: leave out --law and --rivals, or --rules.")
    if rules is None and among is not None:
        raise InputError("--among says which rules are possible: give --rules too, with or without names.")
