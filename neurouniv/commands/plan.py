"""The command that says how much data a study needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from neurouniv.commands.app import Numbers, Places, app, say, shown
from neurouniv.commands.arguments import task_of
from neurouniv.commands.laws import Rivals
from neurouniv.commands.outputs import Overwrite, named, need_apart, need_file, need_page
from neurouniv.laws import COMPARED, LAWS

LawInBrains = Annotated[str, Parameter(help=f"What is true in the brains and on trial, of {', '.join(LAWS)}.")]
Counts = Annotated[tuple[int, ...], Parameter(consume_multiple=True, negative=())]


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
    studies: int = 40,
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
    studies
        Simulated for every combination.
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
    from neurouniv.universality.planning.plan import plan as plan_studies

    need_file(out, named(task), overwrite)
    need_page(report, named(task), overwrite)
    need_apart(out, report)
    ratios: Any = snr[0] if len(snr) == 1 else snr
    designs = plan_studies(
        task_of(task, per_class), law=law, sessions=sessions, conditions=conditions, repeats=repeats, neurons=neurons,
        snr=ratios, sensors=sensors, subjects=subjects, studies=studies, power=power, rivals=rivals or COMPARED,
        rough=rough, seed=seed, progress=shown(quiet),
    )  # fmt: skip
    say(designs.attrs["text"])
    if out is not None:
        save(designs, out)
    if report is not None:
        say(f"The page is {write(designs, report)}")
