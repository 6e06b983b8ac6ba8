"""The command that simulates recordings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from neurouniv.commands import choices
from neurouniv.commands.arguments import task_of
from neurouniv.commands.help_groups import MORE, NOISE
from neurouniv.commands.options import Flag, Overwrite, PerClass, Seed
from neurouniv.commands.outputs import named, need_file, need_folder, need_free
from neurouniv.commands.speech import ALOUD, Answer, Speaking
from neurouniv.errors import InputError, some

SPIKING = ("spikes", "refractory", "bursty")
IN_NOISE = Parameter(group=NOISE)


def simulate(
    task: str,
    out: Path,
    *,
    rule: choices.LearningRule = "feedback_alignment",
    world: choices.World | None = None,
    architecture: Annotated[choices.Architecture, Parameter(group=MORE)] = "mlp",
    sensors: choices.Sensors = "spikes",
    sessions: int = 8,
    repeats: int = 12,
    runs: Annotated[int, Parameter(group=MORE)] = 4,
    neurons: int = 120,
    noise: Annotated[float, IN_NOISE] = 1.0,
    snr: Annotated[float | None, IN_NOISE] = None,
    turnover: Annotated[float, IN_NOISE] = 0.0,
    drift: Annotated[float, IN_NOISE] = 0.0,
    behaviour: Annotated[Flag, Parameter(group=MORE)] = False,
    seed: Seed = 0,
    per_class: PerClass = 3,
    overwrite: Overwrite = False,
    speech: Speaking = ALOUD,
) -> Answer:
    """Simulate a recording of a brain that learns a task.

    Example: neurouniv simulate digits brain.nwb --sessions 8 --neurons 120

    Example: neurouniv simulate digits drift.nc --world drift --snr .3

    JSON: files, dims

    Parameters
    ----------
    task
        The task: two_points, xor, digits, contexts, or a file. A file is .nc or .zarr of a task, .npz, or a table.
    out
        Where the result goes: a recording, .nwb (spikes), -epo.fif (meeg), .nc, .zarr, or a folder for an NWB file per
        session.
    rule
        The learning rule. As in `neurouniv train`.
    world
        What happens in place of learning by the rule. Worlds in which another law holds.
    architecture
        The kind of network.
    sensors
        What is recorded.
    sessions
        Recording sessions, the first before learning.
    repeats
        Trials of a condition in a session.
    runs
        Runs in a session.
    neurons
        Neurons, voxels or sensors that are recorded.
    noise
        Variance of the noise, in multiples of the sensors' own.
    snr
        Signal to noise ratio of a single trial. It sets the noise.
    turnover
        Share of the neurons that each session replaces.
    drift
        Degrees by which the code turns from session to session.
    behaviour
        Keep choices too.
    """
    from neurouniv.systems.brains import simulate_brain

    _need_place(out, sessions, named(task), overwrite)
    _need_sensors(out, sensors)
    rec = simulate_brain(
        task_of(task, per_class), rule=rule, world=world, architecture=architecture, sensors=sensors,
        sessions=sessions, repeats=repeats, runs=runs, neurons=neurons, noise=noise, snr=snr, turnover=turnover,
        drift=drift, behaviour=behaviour, seed=seed,
    )  # fmt: skip
    _written(rec, out)
    speech.say(f"{out}: {dict(rec.activity.sizes)}")
    return {"files": [out], "dims": dict(rec.activity.sizes)}


def _need_place(out: Path, sessions: int, inputs: list[Path], overwrite: bool) -> None:
    """Raise, before any work, unless a simulated recording can be written to `out` with nothing lost."""
    if not out.suffix:
        need_folder(out, inputs, overwrite)
        _need_no_others(out, sessions)
    elif out.suffix in (".nwb", ".fif"):
        if not out.parent.is_dir():
            raise FileNotFoundError(f"There is no folder '{out.parent}' to write '{out.name}' in. Make it first.")
        need_free(out, inputs, overwrite)
    elif out.suffix in (".nc", ".zarr"):
        need_file(out, inputs, overwrite)
    else:
        raise InputError(
            f"A recording is written as .nwb, -epo.fif, .nc or .zarr, or as a folder of NWB files; got '{out.name}'."
        )


def _need_sensors(out: Path, sensors: str) -> None:
    """Raise `InputError`, before any work, where files of this kind hold nothing of these sensors."""
    fits = {"": SPIKING, ".nwb": SPIKING, ".fif": ("meeg",)}.get(out.suffix, (sensors,))
    if sensors not in fits:
        kind = f"{out.suffix} files" if out.suffix else "Folders of NWB files"
        raise InputError(f"{kind} hold what is recorded by {some(fits)}; got {sensors}. Give an output .nc or .zarr.")


def _need_no_others(folder: Path, sessions: int) -> None:
    """Raise `InputError` where an NWB file in the folder would stay beside the new sessions, as one more of them."""
    from neurouniv.systems.brains.files import session_file

    others = {path.name for path in folder.glob("*.nwb")} - {session_file(n + 1) for n in range(sessions)}
    if others:
        raise InputError(
            f"The folder '{folder}' holds {some(sorted(others))}, which would be read as more sessions of this brain. "
            "Take them out of the way, or give another folder."
        )


def _written(rec: Any, out: Path) -> None:
    """Write a simulated recording in the format that the path names."""
    from neurouniv.storage import save
    from neurouniv.systems.brains import write_epochs, write_sessions
    from neurouniv.systems.recordings.formats.nwb.writer import write_nwb

    writers: dict[str, Callable[[Any, Path], object]] = {"": write_sessions, ".nwb": write_nwb, ".fif": write_epochs}
    writers.get(out.suffix, save)(rec, out)
