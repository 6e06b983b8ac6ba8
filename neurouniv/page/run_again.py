"""The commands that make a result again, from the histories it carries; what no command can do is said beside them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from neurouniv.laws import LAWS
from neurouniv.page.steps import Settings, by_step, is_made, settings_of
from neurouniv.schema import history
from neurouniv.tasks.origin import GUESS, ORIGIN

TRAIN = ("architecture", "hidden_layers", "width", "gain", "nonlinearity", "dropout", "lr", "optimizer", "loss",
         "batch_size", "epochs", "stop", "record", "spacing", "rule", "weights")  # fmt: skip
TRAIN_FIXED = {"kernel": 11, "channels": 20, "above": None, "draws": None, "probes": False, "start": None,
               "dtype": "float32"}  # fmt: skip
BRAIN = ("sensors", "sessions", "repeats", "runs", "neurons", "noise", "turnover", "drift", "behaviour", "seed")
BRAIN_FIXED = {"rate_gain": 10.0, "baseline": 10.0, "window": 1.0, "hidden_layers": 1, "width": 200, "gain": 0.2,
               "nonlinearity": "tanh", "lr": 0.05}  # fmt: skip
BRAIN_EPOCHS = 2100
RDM = ("metric", "noise_precision", "noise_by", "shrinkage", "weighting", "regions", "time", "per_channel", "variance",
       "prior_lambda", "prior_weight")  # fmt: skip
TASKS: Mapping[str, Settings] = {
    "two_points": {"dx2": 1.0, "dy2": 0.5}, "xor": {}, "contexts": {"levels": 5},
    "digits": {"seed": 0, "images": "8x8"},
}  # fmt: skip
TEST_FIXED = {"law": "universal", "permutations": 200, "alpha": 0.05, "share": 0.97}
COMPARE_FIXED = {"errors": "jackknife", "correction": "max", "unit": None, "subjects": None, "train_fraction": 0.5,
                 "across": None, "constants_from": None}  # fmt: skip
TRIAL = ("folds", "partitions", "resamples", "comparator", "seed")
"""FIXED: what commands have no option for, with the only values that they run with."""
READ = ("files", "file", "format", "sha256", "subjects_from", "sessions_from")
"""What the history says of files, and is no field of them."""


@dataclass(frozen=True)
class Again:
    """Commands for a shell, a line each, and in words what they do not do."""

    commands: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Unmade(Exception):
    """No command makes this; the message says why."""


def again_of(result: xr.Dataset, trajectories: Mapping[str, xr.Dataset], command: Sequence[str] = ()) -> Again | None:
    """The commands that make a result again; None where nothing is known.

    Parameters
    ----------
    result : of `neurouniv.universality_test` or `compare`; of others the trajectories are made again alone.
    trajectories : of the result by name; one that was read from a file has its name in the attribute `file`.
    command : the words of the command that made the result, where it was one.
    """
    steps = history(result)
    last = steps[-1] if steps else {}
    told = settings_of(last)
    sources = {name: history(traj) for name, traj in trajectories.items()} or dict(told.get("systems") or {})
    if not sources and is_made(steps):
        sources = {"data": steps[:-1]}
    files = {name: str(trajectories[name].attrs.get("file", "")) if name in trajectories else "" for name in sources}
    files = {name: file or f"{slug(name)}.nc" for name, file in files.items()}
    commands: list[str] = []
    notes: list[str] = []
    for name, lines in sources.items():
        try:
            commands += made_by(lines, files[name], trajectories.get(name))
        except Unmade as reason:
            notes.append(f"{files[name]} ({name}): {reason}")
    try:
        commands += [shlex.join(command)] if command else _made_of(result, list(files), list(files.values()))
    except Unmade as reason:
        notes.append(f"The result: {reason}")
    commands = list(dict.fromkeys(commands))
    return Again(tuple(commands), tuple(notes)) if commands or notes else None


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
    told = by_step(steps)
    activity = f"{file.removesuffix('.nc').removesuffix('.zarr')}_runs.nc"
    rdm = ["neurouniv", "rdm"]
    if "train" in told:
        known = {"task", "train", "trajectory"}
        task, more = _task(told)
        lines = [shlex.join(["neurouniv", "train", task, activity, *more, *_train(told["train"])])]
        rdm += [activity, "--out", file]
    elif "simulate_brain" in told:
        known = {"task", "simulate_brain", "read_recording", "trajectory", "with_runs"}
        task, more = _task(told)
        lines = [shlex.join(["neurouniv", "simulate", task, activity, *more, *_brain(told["simulate_brain"])])]
        rdm += [activity, "--out", file, "--task", task, *more]
    elif "read_recording" in told and "load" not in told:
        known = {"read_recording", "trajectory", "with_runs", "learning_axis"}
        lines, names = [], _names(told["read_recording"])
        rdm += [*names, "--out", file, *_fields(told["read_recording"]), *_recorded_task(traj)]
    else:
        raise Unmade("its history does not say what it was made from, or it was made in Python.")
    others = [name for name in told if name not in known]
    if others or "trajectory" not in told:
        raise Unmade(f"no command does {', '.join(others) or 'what its history tells'}; its history is below.")
    rdm += [word for name in ("windows", "runs") for word in _option(name, _axis(told).get(name))]
    rdm += [word for name in RDM for word in _option(name, told["trajectory"].get(name))]
    if traj is not None and "start_var" in traj:
        raise Unmade("it carries start_var, how far a start leaves networks open, which `neurouniv rdm --draws` gives.")
    return [*lines, shlex.join(rdm)]


def slug(name: str) -> str:
    """A name as that of a file.

    Examples
    --------
    >>> slug("tanh, 3 layers")
    'tanh_3_layers'
    """
    return re.sub(r"\W+", "_", name).strip("_") or "data"


def _made_of(result: xr.Dataset, names: list[str], files: list[str]) -> list[str]:
    """The commands that make a result of the files of its trajectories; none where no command is known."""
    last = (history(result) or [{}])[-1]
    told = settings_of(last)
    if last.get("step") == "universality_test":
        _need(told, TEST_FIXED, "a test of universality")
        asked = [word for name in ("rivals", "controls") for word in _several(name, told.get(name))]
        asked += [] if "assumed_change" in result else ["--no-other-tasks"]
        words = ["neurouniv", "universality", *files, "--names", *names, *asked, *_options(told, TRIAL)]
        return [shlex.join([*words, "--out", "page.html"])]
    if last.get("step") == "compare":
        laws = [str(law) for law in told.get("laws", [])]
        _need(told, COMPARE_FIXED, "a comparison")
        if [law for law in laws if law not in LAWS]:
            raise Unmade(f"of its laws no command knows {', '.join(law for law in laws if law not in LAWS)}.")
        words = ["neurouniv", "compare", *files, "--out", "comparison.nc", "--laws", *laws]
        words += ["--split", str(told.get("split") or "none"), *_options(told, (*TRIAL, "reference"))]
        return [shlex.join(words), "neurouniv report comparison.nc page.html"]
    if last.get("step") == "rsa":
        raise Unmade("its history names its models, and not the files or objects that they are from.")
    return []


def _task(told: Mapping[str, Settings]) -> tuple[str, list[str]]:
    """The task's word, and how many images of each digit it has."""
    task = told.get("task", {})
    name = str(task.get("name", ""))
    if name not in TASKS or any(task.get(key, value) != value for key, value in TASKS[name].items()):
        raise Unmade(f"the task {name or 'is not told, or'} was made in Python; save it, and give its file.")
    return name, _option("per_class", task.get("per_class"))


def _train(told: Settings) -> list[str]:
    _need(told, TRAIN_FIXED, "networks")
    seeds = told.get("seeds")
    if not isinstance(seeds, list) or seeds != list(range(len(seeds))):
        raise Unmade(f"the command trains seeds 0, 1, ...; these are {seeds}.")
    if isinstance(told.get("record"), list):
        raise Unmade("the command takes a number of epochs to be kept; these were listed one by one.")
    return [*_options(told, TRAIN), "--seeds", str(len(seeds)), *_several("layers", told.get("layers"))]


def _brain(told: Settings) -> list[str]:
    _need(told, BRAIN_FIXED, "a simulated brain")
    world = told.get("world")
    steps = int(told.get("sessions", 1)) - 1
    if "hidden_layers" in told and abs(int(told.get("epochs_per_session", 0)) * steps - BRAIN_EPOCHS) > steps / 2:
        raise Unmade("a simulated brain with other epochs than the command has can be made in Python only.")
    who = ["--world", str(world)] if world not in (None, "none") else [
        "--rule", str(told.get("rule")), "--architecture", str(told.get("learner", "mlp")),
    ]  # fmt: skip
    return [*who, *_options(told, BRAIN)]


def _names(told: Settings) -> list[str]:
    files = told.get("files")
    files = files if isinstance(files, list) else [told]
    names = [str(file["file"]) for file in files if isinstance(file, Mapping) and "file" in file]
    if not names:
        raise Unmade("it was read from an object in memory.")
    return names


def _fields(told: Settings) -> list[str]:
    fields = {name: value for name, value in told.items() if name not in READ}
    if any(isinstance(value, Mapping) for value in fields.values()):
        raise Unmade("a field was mapped by an object in memory.")
    words = [f"{name}={','.join(map(str, v)) if isinstance(v, (list, tuple)) else v}" for name, v in fields.items()]
    return ["--map", *words] if words else []


def _recorded_task(traj: xr.Dataset | None) -> list[str]:
    """Nothing where the command guesses the task as it was guessed; else it is not in the history."""
    if traj is None or "dx2" not in traj.coords:
        return ["--task", "none"]
    origin = str(traj.attrs.get(ORIGIN, ""))
    if origin == f"{GUESS} the conditions' names":
        return []
    raise Unmade("its task was given, and its history does not say from which file: neurouniv rdm --task FILE.")


def _axis(told: Mapping[str, Settings]) -> Settings:
    return told.get("learning_axis") or told.get("with_runs") or {}


def _need(told: Settings, fixed: Settings, what: str) -> None:
    amiss = [f"{name}={told[name]}" for name, value in fixed.items() if name in told and told[name] != value]
    if amiss:
        raise Unmade(f"{what} with {', '.join(amiss)} is made in Python only; its history is below.")


def _options(told: Settings, names: Sequence[str]) -> list[str]:
    return [word for name in names for word in _option(name, told.get(name))]


def _option(name: str, value: Any) -> list[str]:
    """One option of a command; nothing for what is not set."""
    option = f"--{name.replace('_', '-')}"
    if value is None or value is False or value == "none":
        return []
    return [option] if value is True else _several(name, value) if isinstance(value, list) else [option, f"{value}"]


def _several(name: str, values: Any) -> list[str]:
    return [f"--{name.replace('_', '-')}", *map(str, values)] if values else []
