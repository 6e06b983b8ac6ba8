"""The commands that make a trajectory again, from its history: train or simulate or read, then `neurouniv rdm`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from neurouniv.page.options import Unmade, need, option, options, several
from neurouniv.page.steps import Settings, by_step
from neurouniv.tasks.origin import GUESS, ORIGIN

TRAIN = ("architecture", "hidden_layers", "width", "gain", "nonlinearity", "dropout", "lr", "optimizer", "loss",
         "batch_size", "epochs", "stop", "record", "spacing", "rule", "weights")  # fmt: skip
TRAIN_FIXED = {"kernel": 11, "channels": 20, "above": None, "draws": None, "probes": False, "start": None,
               "dtype": "float32"}  # fmt: skip
BRAIN = ("sensors", "sessions", "repeats", "runs", "neurons", "noise", "turnover", "drift", "behaviour", "seed")
BRAIN_FIXED = {"rate_gain": 10.0, "baseline": 10.0, "window": 1.0, "hidden_layers": 1, "width": 200, "gain": 0.2,
               "nonlinearity": "tanh", "lr": 0.05}  # fmt: skip
BRAIN_EPOCHS = 2100
RDM = ("metric", "noise_precision", "noise_by", "shrinkage", "weighting", "regions", "per_channel", "variance",
       "prior_lambda", "prior_weight")  # fmt: skip
AXES = {"session": "learning", "latency": "within_trial"}
TASKS: Mapping[str, Settings] = {
    "two_points": {"dx2": 1.0, "dy2": 0.5}, "xor": {}, "contexts": {"levels": 5},
    "digits": {"seed": 0, "images": "8x8"},
}  # fmt: skip
"""FIXED: what commands have no option for, with the only values that they run with."""
READ = ("files", "file", "format", "subjects_from", "sessions_from", "cells_matched", "files_are", "trials_matched",
        "table")  # fmt: skip
"""What the history says of files, and is no field of them."""


def made_by(steps: Sequence[Settings], file: str, traj: xr.Dataset | None = None) -> list[str]:
    """The commands that make one trajectory.

    Raises
    ------
    Unmade : some step has settings that no option has.

    Examples
    --------
    >>> steps = [{"step": "task", "settings": {"name": "xor"}}]
    >>> steps += [{"step": "train", "settings": {"seeds": [0], "width": 9}}]
    >>> steps += [{"step": "trajectory", "settings": {"metric": "sqeuclidean"}}]
    >>> for line in made_by(steps, "net.nc"):
    ...     print(line)
    neurouniv train xor net_runs.nc --width 9 --seeds 1
    neurouniv rdm net_runs.nc --out net.nc --metric sqeuclidean
    """
    settings = by_step(steps)
    activity = f"{file.removesuffix('.nc').removesuffix('.zarr')}_runs.nc"
    rdm = ["neurouniv", "rdm"]
    if "train" in settings:
        known = {"task", "train", "trajectory"}
        task, more = _task(settings)
        lines = [shlex.join(["neurouniv", "train", task, activity, *more, *_train(settings["train"])])]
        rdm += [activity, "--out", file]
    elif "simulate_brain" in settings:
        known = {"task", "simulate_brain", "read_recording", "trajectory", "with_runs"}
        task, more = _task(settings)
        lines = [shlex.join(["neurouniv", "simulate", task, activity, *more, *_brain(settings["simulate_brain"])])]
        rdm += [activity, "--out", file, "--task", task, *more]
    elif "read_recording" in settings and "load" not in settings:
        known = {"read_recording", "trajectory", "with_runs", "learning_axis"}
        lines, names = [], _names(settings["read_recording"])
        rdm += [*names, "--out", file, *_fields(settings["read_recording"]), *_recorded_task(traj)]
    else:
        raise Unmade("its history does not say what it was made from, or it was made in Python.")
    others = [name for name in settings if name not in known]
    if others or "trajectory" not in settings:
        raise Unmade(f"no command does {', '.join(others) or 'what its history tells'}; its history is below.")
    rdm += [word for name in ("windows", "runs") for word in option(name, _axis(settings).get(name))]
    rdm += option("axis", AXES.get(str(settings["trajectory"].get("time"))))
    rdm += [word for name in RDM for word in option(name, settings["trajectory"].get(name))]
    if traj is not None and "start_var" in traj:
        raise Unmade("it carries start_var, how far a start leaves networks open, which `neurouniv rdm --draws` gives.")
    return [*lines, shlex.join(rdm)]


def _task(settings: Mapping[str, Settings]) -> tuple[str, list[str]]:
    """The task's word, and how many images of each digit it has."""
    task = settings.get("task", {})
    name = str(task.get("name", ""))
    if name not in TASKS or any(task.get(key, value) != value for key, value in TASKS[name].items()):
        raise Unmade(f"the task {name or 'is not told, or'} was made in Python; save it, and give its file.")
    return name, option("per_class", task.get("per_class"))


def _train(settings: Settings) -> list[str]:
    need(settings, TRAIN_FIXED, "networks")
    seeds = settings.get("seeds")
    if not isinstance(seeds, list) or seeds != list(range(len(seeds))):
        raise Unmade(f"the command trains seeds 0, 1, ...; these are {seeds}.")
    if isinstance(settings.get("record"), list):
        raise Unmade("the command takes a number of epochs to be kept; these were listed one by one.")
    return [*options(settings, TRAIN), "--seeds", str(len(seeds)), *several("layers", settings.get("layers"))]


def _brain(brain: Settings) -> list[str]:
    need(brain, BRAIN_FIXED, "a simulated brain")
    world = brain.get("world")
    steps = int(brain.get("sessions", 1)) - 1
    if "hidden_layers" in brain and abs(int(brain.get("epochs_per_session", 0)) * steps - BRAIN_EPOCHS) > steps / 2:
        raise Unmade("a simulated brain with other epochs than the command has can be made in Python only.")
    who = ["--world", str(world)] if world not in (None, "none") else [
        "--rule", str(brain.get("rule")), "--architecture", str(brain.get("learner", "mlp")),
    ]  # fmt: skip
    return [*who, *options(brain, BRAIN)]


def _names(settings: Settings) -> list[str]:
    files = settings.get("files")
    files = files if isinstance(files, list) else [settings]
    names = [str(file["file"]) for file in files if isinstance(file, Mapping) and "file" in file]
    if not names:
        raise Unmade("it was read from an object in memory.")
    return names


def _fields(settings: Settings) -> list[str]:
    fields = {name: value for name, value in settings.items() if name not in READ and not name.startswith("sha256")}
    fields |= {"match_channels": settings["table"]} if "table" in settings else {}
    fields |= {"files": "channels"} if "files_are" in settings else {}
    words = [word for name, value in fields.items() for word in _field(name, value)]
    return ["--map", *words] if words else []


def _field(name: str, value: Any) -> list[str]:
    """A field as `name=value` words; several where rows are kept by several labels."""
    if isinstance(value, (list, tuple)) and name == "keep" and all(isinstance(one, (list, tuple)) for one in value):
        return [word for one in value for word in _field(name, one)]
    parts = list(value) if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(part, (list, tuple, Mapping)) for part in parts):
        raise Unmade(f"its field {name} was mapped by an object in memory, which no option can be given.")
    return [f"{name}={','.join('' if part is None else str(part) for part in parts)}"] if value is not None else []


def _recorded_task(traj: xr.Dataset | None) -> list[str]:
    """Nothing where the command guesses the task as it was guessed; else it is not in the history."""
    if traj is None:
        raise Unmade("its history does not say whether it was given a task.")
    if "dx2" not in traj.coords:
        return ["--task", "none"]
    origin = str(traj.attrs.get(ORIGIN, ""))
    if origin == f"{GUESS} the conditions' names":
        return []
    raise Unmade("its task was given, and its history does not say from which file: neurouniv rdm --task FILE.")


def _axis(settings: Mapping[str, Settings]) -> Settings:
    return settings.get("learning_axis") or settings.get("with_runs") or {}
