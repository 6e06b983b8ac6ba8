"""The data that a page is about: what they are called, how many trials, channels and animals, and the task assumed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from neurouniv.figures.tables import Table
from neurouniv.figures.units import at_time
from neurouniv.page.known import DATA, systems_of
from neurouniv.page.section import Section
from neurouniv.page.steps import Settings, Steps, by_step, is_made
from neurouniv.rdm.classes import condition_names
from neurouniv.schema import WITHIN_TRIAL, batch_dims, framed, history
from neurouniv.universality.scores.noise_ceiling import MEMBERS
from neurouniv.universality.trial.assumed_task import task_in_words
from neurouniv.universality.trial.learners import NETWORK, SIMULATED, kind_of

TITLE = "The data"
COLUMNS = ["name", "what it is", "trials", "channels", "animals or networks", "conditions", "times", "the task assumed"]
UNKNOWN = "not known"
UNSIZED = (UNKNOWN, UNKNOWN)
CAPTION = (
    "Conditions: the stimuli, or kinds of trials, whose patterns of activity are compared. Channels: neurons, voxels "
    "or sensors; of networks, which have no trials, the units of a layer. The task: how far apart stimuli are, and "
    "what they ask for; laws start from it. Not known: neither the file nor its history tells."
)


class Source(NamedTuple):
    """One of the data: the steps that made it, and its trajectory and task where these are at hand."""

    steps: Steps
    traj: xr.Dataset | None = None
    task: str = ""
    what: str = ""
    sizes: tuple[str | int, str] = UNSIZED


def data_section(sources: Mapping[str, Source]) -> Section | None:
    """The section of a page; None where nothing is known of any."""
    known = {name: source for name, source in sources.items() if source.traj is not None or is_made(source.steps)}
    rows = [row_of(name, source) for name, source in known.items()]
    return Section(TITLE, tables=[Table(COLUMNS, rows, CAPTION)]) if rows else None


def sources_of(result: xr.Dataset, trajectories: Mapping[str, xr.Dataset] | None = None) -> dict[str, Source]:
    """The data of a result, by the history it carries, and by the trajectories where these are at hand.

    A system that is part of a trajectory ("net, layer 2") is told as its trajectory is.
    """
    steps = history(result)
    given = dict(trajectories or {})
    last = steps[-1].get("settings", {}) if steps else {}
    histories: Mapping[str, Steps] = last.get("systems") or {}
    if not histories and len(steps) > 1 and not given:
        histories = {str(result.attrs.get("name", "the data")): steps[:-1]}
    parts = {name for name in histories if name not in given and any(name.startswith(f"{whole}, ") for whole in given)}
    names = [name for name in dict.fromkeys([*given, *histories]) if name not in parts]
    words, sizes = _words(result), _sizes(result)
    sizes |= {names[0]: sizes[DATA]} if len(names) == 1 and DATA in sizes else {}
    return {
        name: Source(
            histories.get(name) or history(given.get(name, xr.Dataset())), given.get(name),
            *words.get(name, ("", "", sizes.get(name, UNSIZED))),
        )
        for name in names
    }  # fmt: skip


def _sizes(result: xr.Dataset) -> dict[str, tuple[str | int, str]]:
    """How many conditions every system of a result has, and its times."""
    attrs = dict(result["time"].attrs) if "time" in result.coords else {}
    named = [np.atleast_1d(result[n]).astype(str).tolist() for n in ("system", "time_units") if n in result.coords]
    own = dict(zip(*named, strict=True)) if len(named) > 1 else {}
    frames = f"{result.attrs['n_frames']} times" if "n_frames" in result.attrs else UNKNOWN
    sizes: dict[str, tuple[str | int, str]] = {}
    for name, known in systems_of(result).items():
        time = xr.DataArray(known.times, dims="time", attrs=attrs | ({"units": own[name]} if own.get(name) else {}))
        sizes[name] = (known.conditions or UNKNOWN, times_of(time) if time.size else frames)
    return sizes


def _words(result: xr.Dataset) -> dict[str, tuple[str, str, tuple[str | int, str]]]:
    """The task, the kind and the size of every system, where the result tells them."""
    if "what" not in result or "task" not in result:
        return {}
    table = zip(*(result[name].values.astype(str).tolist() for name in ("system", "task", "what")), strict=True)
    return {name: (task, *_parted(what)) for name, task, what in table}


def _parted(what: str) -> tuple[str, tuple[str | int, str]]:
    """The kind and the sizes in words such as these.

    Examples
    --------
    >>> _parted("network, 2 seeds; 20 conditions x 25 times")
    ('network', (20, '25 times'))
    """
    kind, _, size = what.partition("; ")
    conditions, _, times = size.partition(" conditions x ")
    return kind.split(",")[0], (int(conditions) if conditions.isdigit() else UNKNOWN, times or UNKNOWN)


def row_of(name: str, source: Source) -> list[Any]:
    settings = by_step(source.steps)
    traj = None if source.traj is None else framed(source.traj)
    kind = source.what or _kind(source)
    counted = [_trials(settings, traj, kind), _channels(settings, traj), _members(settings, traj, kind)]
    sizes = source.sizes if traj is None else (len(condition_names(traj)), times_of(traj["time"]))
    return [name, _called(kind, settings), *counted, *sizes, source.task or task_of(settings, traj)]


def _kind(source: Source) -> str:
    if source.traj is not None:
        return kind_of(source.traj)
    return kind_of(xr.Dataset(attrs={"history": json.dumps(list(source.steps), default=str)}))


def _called(kind: str, settings: Mapping[str, Settings]) -> str:
    """What it is, with the name of the data set, the files, the architecture and rule."""
    if "load" in settings:
        return f"{kind}, data set {settings['load'].get('name')}"
    if "read_recording" in settings:
        files = _files(settings["read_recording"])
        names = [str(file.get("file")) for file in files]
        shown = names[0] if len(names) == 1 else f"{len(names)} files, {names[0]} to {names[-1]}" if names else ""
        return f"{kind}, {shown}" if shown else kind
    if kind == NETWORK:
        train = settings.get("train", {})
        return ", ".join(filter(None, [kind, str(train.get("architecture", "")), str(train.get("rule", ""))]))
    if kind == SIMULATED:
        brain = settings.get("simulate_brain", {})
        world = brain.get("world")
        learner = f"world {world}" if world not in (None, "none", "") else str(brain.get("rule", ""))
        return ", ".join(filter(None, [kind, str(brain.get("sensors", "")), learner]))
    return kind


def _files(settings: Settings) -> list[Mapping[str, Any]]:
    files = settings.get("files")
    several = files if isinstance(files, list) else [settings] if "file" in settings else []
    return [file for file in several if isinstance(file, Mapping)]


def _trials(settings: Mapping[str, Settings], traj: xr.Dataset | None, kind: str) -> str | int:
    if kind == NETWORK:
        return "none"
    if traj is not None and "trials" in traj:
        return int(traj["trials"].sum())
    files = _files(settings.get("read_recording", {}))
    if files and all("trials" in file for file in files):
        return sum(int(file["trials"]) for file in files)
    brain = settings.get("simulate_brain", {})
    if {"sessions", "repeats"} <= set(brain) and traj is not None:
        return int(brain["sessions"]) * int(brain["repeats"]) * len(condition_names(traj))
    if {"sessions", "repeats"} <= set(brain):
        return f"{brain['sessions']} sessions x {brain['repeats']} of each condition"
    return UNKNOWN


def _channels(settings: Mapping[str, Settings], traj: xr.Dataset | None) -> str | int:
    files = [file["channels"] for file in _files(settings.get("read_recording", {})) if "channels" in file]
    if files:
        return min(files) if min(files) == max(files) else f"{min(files)} to {max(files)} in a file"
    if traj is not None and "n_channels" in traj["h"].attrs:
        counts = np.atleast_1d(traj["h"].attrs["n_channels"])
        return int(counts[0]) if len(set(counts.tolist())) == 1 else f"{counts.min()} to {counts.max()}"
    if "neurons" in settings.get("simulate_brain", {}):
        return int(settings["simulate_brain"]["neurons"])
    if "width" in settings.get("train", {}):
        return int(settings["train"]["width"])
    return UNKNOWN


def _members(settings: Mapping[str, Settings], traj: xr.Dataset | None, kind: str) -> str:
    """How many animals, people or networks there are, as far as it is told."""
    seeds = settings.get("train", {}).get("seeds")
    if kind == NETWORK and isinstance(seeds, list):
        return _count(len(seeds), "network")
    if kind == SIMULATED:
        return "1 simulated"
    if traj is not None:
        dims = [dim for dim in batch_dims(traj["h"]) if dim in MEMBERS]
        if dims:
            return ", ".join(_count(traj.sizes[dim], str(dim)) for dim in dims)
    subjects = {str(file["subject"]) for file in _files(settings.get("read_recording", {})) if "subject" in file}
    named = "" if traj is None else str(traj.attrs.get("subject", ""))
    if subjects or named:
        return _count(len(subjects) or 1, "subject")
    return UNKNOWN


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def times_of(time: xr.DataArray) -> str:
    """The first and the last time and how many there are."""
    first, last = at_time(time[0]), at_time(time[-1])
    within = " within the trial, which is not learning" if time.attrs.get("axis") == WITHIN_TRIAL else ""
    return f"{first} to {last}{within}, {time.size} times" if time.size > 1 else first or "one"


def task_of(settings: Mapping[str, Settings], traj: xr.Dataset | None) -> str:
    """The task of a trajectory, else the one that its history names."""
    if traj is not None and {"dx2", "dy2"} <= set(traj.coords):
        return task_in_words(traj)
    name = settings.get("task", {}).get("name")
    if name:
        return f"given: {name}"
    return "none was needed" if traj is not None else UNKNOWN
