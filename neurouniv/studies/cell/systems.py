"""The trajectory of a cell: its networks trained, its brain simulated, or its recording read."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.cell.task import task_of


def trajectory_of(cell: Cell) -> xr.Dataset:
    """The RDM movie of a cell's system, with all its seeds in one batch.

    Raises
    ------
    InputError : what training, simulation, reading or the movie cannot use.
    """
    if cell.content["settings"].get("dataset") is not None and not cell.content["trajectory"]:
        return _rdms(cell)
    from neurouniv.rdm.movie.trajectory import trajectory

    activity, task = MAKERS[cell.kind](cell)
    traj = trajectory(activity, task, **cell.content["trajectory"], device=cell.content["device"])
    return traj if cell.content["start_ceiling"] is None else _with_ceiling(cell, traj)


def _with_ceiling(cell: Cell, traj: xr.Dataset) -> xr.Dataset:
    """The trajectory with its variance given the start, which its noise ceiling follows from."""
    from neurouniv.universality.scores.start_ceiling import start_ceiling

    ceiling = start_ceiling(traj, **cell.content["start_ceiling"], device=cell.content["device"], progress=False)
    return traj.assign(start_var=ceiling["start_var"])


def _networks(cell: Cell) -> tuple[xr.Dataset, None]:
    from neurouniv.systems.training.train import train

    task = task_of(cell.content["task"])
    settings, device = cell.content["settings"], cell.content["device"]
    return train(task, **settings, seeds=cell.seeds, device=device, progress=False), None


def _brain(cell: Cell) -> tuple[xr.Dataset, xr.Dataset]:
    from neurouniv.systems.brains import simulate_brain

    task = task_of(cell.content["task"])
    settings = {name: value for name, value in cell.content["settings"].items() if name != "latencies"}
    rec = simulate_brain(task, **settings, seed=cell.seeds[0])
    return averaged(rec, cell.content["settings"]["latencies"]), task


def _recording(cell: Cell) -> tuple[xr.Dataset, xr.Dataset]:
    from neurouniv.tasks import recorded_task

    settings = cell.content["settings"]
    rec = _in_parts(_read(settings, settings["map"] or {}), settings["windows"], settings["runs"])
    rec = averaged(rec, settings["latencies"])
    if cell.content["task"] is not None:
        return rec, task_of(cell.content["task"])
    stimuli = settings["stimuli"]
    stimuli = _read(settings, stimuli) if isinstance(stimuli, dict) else stimuli
    return rec, recorded_task(rec, stimuli, settings["targets"])


def _read(settings: dict[str, Any], fields: dict[str, Any]) -> xr.Dataset:
    """The recording in the files, or the data set, its fields named by `fields`."""
    from neurouniv import datasets
    from neurouniv.systems.recordings.read import read_recording

    mapping = {name: _fields(value) for name, value in fields.items()}
    if settings["dataset"] is not None:
        return datasets.load(settings["dataset"], settings["split"], progress=False, **mapping)
    files = settings["files"]
    return read_recording(files[0] if len(files) == 1 else files, progress=False, **mapping)


def _rdms(cell: Cell) -> xr.Dataset:
    """The trajectory of a data set that has RDMs alone, with the task of the study or that of the conditions' names."""
    from neurouniv import datasets
    from neurouniv.tasks import recorded_task

    settings = cell.content["settings"]
    mapping = {name: _fields(value) for name, value in (settings["map"] or {}).items()}
    name, split = settings["dataset"], settings["split"]
    if cell.content["task"] is not None:
        return datasets.load(name, split, progress=False, **mapping, task=task_of(cell.content["task"]))
    conditions = datasets.load(name, split, progress=False, **mapping)["condition"].values
    named = xr.Dataset(coords={"condition": ("trial", conditions)})
    task = recorded_task(named, settings["stimuli"], settings["targets"])
    return datasets.load(name, split, progress=False, **mapping, task=task)


def averaged(rec: xr.Dataset, latencies: list[float] | None) -> xr.Dataset:
    """The recording with its activity averaged over latencies from the first to the last of the two, both included.

    Raises
    ------
    InputError : there are no latencies, or none between the two.
    """
    if latencies is None:
        return rec
    first, last = latencies
    if "latency" not in rec["activity"].dims:
        raise InputError("latencies are averaged where activity has some; this recording has none. Leave the key out.")
    inside = (rec["latency"] >= first) & (rec["latency"] <= last)
    if not inside.any():
        there = rec["latency"].values
        raise InputError(f"latencies: there is none from {first} to {last}; they go from {there[0]} to {there[-1]}.")
    mean = rec["activity"].isel(latency=np.flatnonzero(inside)).mean("latency", keep_attrs=True)
    return rec.drop_dims("latency").assign(activity=mean)


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
