"""The trajectory of a cell: its networks trained, its brain simulated, or its recording read."""

from __future__ import annotations

from typing import Any

import xarray as xr

from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.cell.task import task_of


def trajectory_of(cell: Cell) -> xr.Dataset:
    """The RDM movie of a cell's system, with all its seeds in one batch.

    Raises
    ------
    InputError : what training, simulation, reading or the movie cannot use.
    """
    from neurouniv.rdm.movie.trajectory import trajectory

    activity, task = MAKERS[cell.kind](cell)
    return trajectory(activity, task, **cell.content["trajectory"], device=cell.content["device"])


def _networks(cell: Cell) -> tuple[xr.Dataset, None]:
    from neurouniv.systems.training.train import train

    task = task_of(cell.content["task"])
    settings, device = cell.content["settings"], cell.content["device"]
    return train(task, **settings, seeds=cell.seeds, device=device, progress=False), None


def _brain(cell: Cell) -> tuple[xr.Dataset, xr.Dataset]:
    from neurouniv.systems.brains import simulate_brain

    task = task_of(cell.content["task"])
    return simulate_brain(task, **cell.content["settings"], seed=cell.seeds[0]), task


def _recording(cell: Cell) -> tuple[xr.Dataset, xr.Dataset]:
    from neurouniv.systems.recordings.read import read_recording
    from neurouniv.tasks import recorded_task

    settings = cell.content["settings"]
    files = settings["files"]
    mapping = {name: _fields(value) for name, value in (settings["map"] or {}).items()}
    rec = read_recording(files[0] if len(files) == 1 else files, progress=False, **mapping)
    rec = _in_parts(rec, settings["windows"], settings["runs"])
    if cell.content["task"] is None:
        return rec, recorded_task(rec, settings["stimuli"], settings["targets"])
    return rec, task_of(cell.content["task"])


def _fields(value: Any) -> Any:
    """Several fields are a tuple in a mapping, and several rules of what is kept a list of them."""
    if not isinstance(value, list):
        return value
    return [tuple(item) for item in value] if all(isinstance(item, list) for item in value) else tuple(value)


def _in_parts(rec: xr.Dataset, windows: int | None, runs: int | None) -> xr.Dataset:
    from neurouniv.systems.recordings.several.learning_axis import learning_axis, with_runs

    number = {} if runs is None else {"runs": runs}
    if windows is not None:
        return learning_axis(rec, windows=windows, **number)
    return with_runs(rec, **number) if number else rec


MAKERS = {"networks": _networks, "brains": _brain, "recordings": _recording}
