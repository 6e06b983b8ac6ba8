"""The command that does the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from neurouniv.commands.arguments import mapping
from neurouniv.commands.help_groups import TASK
from neurouniv.commands.options import Flag, Overwrite, SomePaths, Words
from neurouniv.commands.outputs import need_folder, recordings
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.commands.stopped import unless_empty

StimulusMap = Annotated[list[str] | None, Parameter(consume_multiple=1, negative=(), group=TASK)]
OfTask = Annotated[str | None, Parameter(show_default=False, group=TASK)]


def demo(
    *,
    out: Path = Path("demo_out"),
    recording: SomePaths = None,
    map: Words = None,
    stimulus_map: StimulusMap = None,
    stimuli: OfTask = None,
    targets: OfTask = None,
    windows: int = 6,
    quick: Flag = False,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Do the main job: learners, one law fitted to all, a page of it.

    Example: neurouniv demo --out demo_out

    Example: neurouniv demo --recording day*.nwb --map condition=odour --out mine

    Example: neurouniv demo --recording 20160728.mat --targets angles --map activity=Bs[1].latents
    condition=Bs[1].target trial=Bs[1].trial_index

    JSON: files

    Parameters
    ----------
    out
        Where the result goes: a folder for the page (report.html), the results (netCDF) and the simulated recording
        (NWB).
    recording
        Recordings: files, folders, or a pattern in quotes. Those of `neurouniv read`; they take the
        place of the simulated brain.
    map
        What is what in a file, as name=field. Names: activity, condition, session, run, trial, latency, ...;
        `neurouniv read --help-all` has them all.
    stimulus_map
        Fields of the same file that hold a recording of the same conditions to take the stimuli's geometry from.
    stimuli
        What the conditions are to the senses: a table, names or first. A table has a row a condition; names, the parts
        of the conditions' names, is a guess and the default; first is the first session.
    targets
        What the conditions ask for: a field, a table, angles or names. A field of the file, a table with a row a
        condition, angles (their names in degrees), or names, the first part of their names, which is a guess and the
        default.
    windows
        Windows of trials that make a learning axis. Where a file has no sessions.
    quick
        A first look, no evidence. Fewer networks and shorter training.
    """
    from neurouniv.commands.tasks import chosen_targets, with_targets
    from neurouniv.demo import RecordingChoices, run

    need_folder(out, recordings(recording or [], mapping(map)), overwrite)
    choices = RecordingChoices(
        with_targets(mapping(map), targets), mapping(stimulus_map), stimuli, chosen_targets(targets), windows
    )
    with unless_empty(out):
        page = run(out, recording or [], choices, fast=quick, progress=speech.progress)
    speech.say(f"The page is {page}")
    return {"files": sorted(path for path in out.iterdir() if path.is_file())}
