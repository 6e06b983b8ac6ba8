"""The command that does the main job."""

from __future__ import annotations

from pathlib import Path

from neurouniv.commands.app import Fields, SomePaths, Stimuli, Targets, app, say, shown
from neurouniv.commands.arguments import mapping
from neurouniv.commands.outputs import Overwrite, need_folder, recordings
from neurouniv.commands.tasks import chosen_targets, with_targets


@app.command
def demo(
    *,
    out: Path = Path("demo_out"),
    recording: SomePaths = None,
    map: Fields = None,
    stimulus_map: Fields = None,
    stimuli: Stimuli = None,
    targets: Targets = None,
    windows: int = 6,
    fast: bool = False,
    quiet: bool = False,
    overwrite: Overwrite = False,
) -> None:
    """Run the main job: networks and a brain learn, one law is fitted to all, a page shows it.

    Example: neurouniv demo --out demo_out

    With your recording: neurouniv demo --recording 20160728.mat --targets angles
    --map activity=Bs[1].latents condition=Bs[1].target trial=Bs[1].trial_index

    Parameters
    ----------
    out
        Folder for the page (report.html), the results (netCDF) and the simulated recording (NWB).
    recording
        Your recordings, in place of the simulated brain.
    map
        Which field of the file is what, name=field: activity, condition, session, run, trial, latency, ...
    stimulus_map
        Fields of the same file that hold a recording of the same conditions to take the stimuli's geometry from.
    stimuli
        Where the stimuli's geometry comes from otherwise: a table with a row a condition; names, the parts of the
        conditions' names, which is a guess, and the default; or first, the first session.
    targets
        What the conditions ask for: a field of the file, a table with a row a condition, angles (their names in
        degrees), or names, the first part of their names, which is a guess, and the default.
    windows
        How many windows of trials make the learning axis where a file has no sessions.
    fast
        Fewer networks, shorter training.
    """
    from neurouniv.demo import RecordingChoices, run

    need_folder(out, recordings(recording or [], mapping(map)), overwrite)
    choices = RecordingChoices(
        with_targets(mapping(map), targets), mapping(stimulus_map), stimuli, chosen_targets(targets), windows
    )
    page = run(out, recording or [], choices, fast=fast, progress=shown(quiet))
    say(f"The page is {page}")
