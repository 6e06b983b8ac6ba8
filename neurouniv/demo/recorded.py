"""A user's recording in the demo; its task comes from names, angles or the earliest activity."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.recordings.several.learning_axis import learning_axis, with_runs
from neurouniv.tasks.inferred_task import recorded_task
from neurouniv.tasks.origin import ORIGIN, note, refuse_empty_guess

WITHIN = (
    "Time here is time within the trial, not learning. The law is about learning; fitting it to the course of a trial "
    "is exploratory, and its constants are no learning rates."
)


@dataclass(frozen=True)
class RecordingChoices:
    """How a user's recording is read: fields by name, and what its conditions mean (see `recorded_task`)."""

    mapping: dict[str, Any] = field(default_factory=dict)
    stimulus_mapping: dict[str, Any] = field(default_factory=dict)
    stimuli: str | None = None
    targets: str | None = None
    windows: int = 6


class Recorded(NamedTuple):
    """A recording as a trajectory, with notes on what it holds and what was assumed."""

    name: str
    observed: xr.Dataset
    notes: list[str]


def recorded(path: Path, choices: RecordingChoices) -> Recorded:
    """The trajectory of the recording at `path`."""
    rec = read_recording(path, **choices.mapping)
    stimuli: Any = choices.stimuli
    if choices.stimulus_mapping:
        stimuli = read_recording(path, **choices.stimulus_mapping)
    rec, axis = _with_time(rec, choices.windows)
    task = recorded_task(rec, stimuli, choices.targets)
    observed = trajectory(rec, task, metric="crossnobis")
    refuse_empty_guess(observed, path.name)
    summary = "; ".join(describe(rec).split("\ntrials per")[0].splitlines())
    origin = note(observed) or f"The task is from: {task.attrs[ORIGIN]}."
    return Recorded(path.stem, observed, [f"{summary}.", f"{axis} {origin}"])


def _with_time(rec: xr.Dataset, windows: int) -> tuple[xr.Dataset, str]:
    """The recording with a time axis and runs, and in words where they come from."""
    if "session" in rec.coords and len(set(rec["session"].values.tolist())) > 1:
        return rec if "run" in rec.coords else with_runs(rec), "Learning time is the session."
    if "latency" in rec["activity"].dims:
        return rec if "run" in rec.coords else with_runs(rec), WITHIN
    return learning_axis(rec, windows=windows), (
        f"The file has no sessions: learning time is {windows} windows of trials, with runs of alternating trials."
    )
