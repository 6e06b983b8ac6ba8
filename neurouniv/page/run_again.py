"""The commands that make a result again, from the histories it carries; what no command can do is said beside them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from neurouniv.laws import LAWS
from neurouniv.page.made_by import made_by
from neurouniv.page.options import Unmade, need, options, several
from neurouniv.page.steps import Steps, by_step, is_made, settings_of
from neurouniv.schema import history

TEST_FIXED = {"law": "universal", "permutations": 200, "alpha": 0.05, "share": 0.97}
COMPARE_FIXED = {"errors": "jackknife", "correction": "max", "unit": None, "subjects": None, "train_fraction": 0.5,
                 "across": None, "constants_from": None}  # fmt: skip
TRIAL = ("folds", "partitions", "resamples", "comparator", "seed")
"""FIXED: what commands have no option for, with the only values that they run with."""
HERE = "Recordings are called by their files' names alone, as histories have them: run this in their folder."


@dataclass(frozen=True)
class Again:
    """Commands for a shell, a line each, and in words what they do not do."""

    commands: tuple[str, ...]
    notes: tuple[str, ...] = ()


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
    settings = settings_of(last)
    sources = _sources(dict(settings.get("systems") or {}), trajectories)
    if not sources and is_made(steps):
        sources = {"data": steps[:-1]}
    files = _files(sources, trajectories)
    commands: list[str] = []
    notes: list[str] = []
    here: list[str] = []
    for name, lines in sources.items():
        try:
            commands += made_by(lines, files[name], trajectories.get(name))
            here += [HERE] if _is_read(lines) else []
        except Unmade as reason:
            notes.append(f"{files[name]} ({name}): {reason}")
    try:
        commands += [shlex.join(command)] if command else _made_of(result, list(files), list(files.values()))
    except Unmade as reason:
        notes.append(f"The result: {reason}")
    commands = list(dict.fromkeys(commands))
    notes += here[:1]
    return Again(tuple(commands), tuple(notes)) if commands or notes else None


def _sources(histories: dict[str, Steps], trajectories: Mapping[str, xr.Dataset]) -> dict[str, Steps]:
    """The steps of every trajectory of a result, in its order; those of a part ("net, layer 2") are of its whole."""
    given = {name: history(traj) for name, traj in trajectories.items()}
    wholes = [next((whole for whole in given if part.startswith(f"{whole}, ")), part) for part in histories]
    return {name: given.get(name) or histories.get(name, []) for name in dict.fromkeys(wholes)} | {
        name: steps for name, steps in given.items() if name not in wholes
    }


def _is_read(steps: Steps) -> bool:
    """Whether data begin with files of a recording, and not with a simulation that was kept in one."""
    settings = by_step(steps)
    return "read_recording" in settings and "simulate_brain" not in settings


def _files(names: Iterable[str], trajectories: Mapping[str, xr.Dataset]) -> dict[str, str]:
    """The file of every trajectory by name: that which it was read from, else one of its name."""
    files: dict[str, str] = {}
    for name in names:
        own = str(trajectories[name].attrs.get("file", "")) if name in trajectories else ""
        free = slug(name) if f"{slug(name)}.nc" not in files.values() else f"{slug(name)}_{len(files) + 1}"
        files[name] = own or f"{free}.nc"
    return files


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
    settings = settings_of(last)
    if last.get("step") == "universality_test":
        need(settings, TEST_FIXED, "a test of universality")
        asked = [word for name in ("rivals", "controls") for word in several(name, settings.get(name))]
        asked += [] if "assumed_change" in result else ["--no-other-tasks"]
        words = ["neurouniv", "universality", *files, "--names", *names, *asked, *options(settings, TRIAL)]
        return [shlex.join([*words, "--report", "page.html"])]
    if last.get("step") == "compare":
        laws = [str(law) for law in settings.get("laws", [])]
        need(settings, COMPARE_FIXED, "a comparison")
        if [law for law in laws if law not in LAWS]:
            raise Unmade(f"of its laws no command knows {', '.join(law for law in laws if law not in LAWS)}.")
        words = ["neurouniv", "compare", *files, "--out", "comparison.nc", "--laws", *laws]
        words += ["--split", str(settings.get("split") or "none"), *options(settings, (*TRIAL, "reference"))]
        return [shlex.join(words), "neurouniv report comparison.nc page.html"]
    if last.get("step") == "rsa":
        raise Unmade("its history names its models, and not the files or objects that they are from.")
    return []
