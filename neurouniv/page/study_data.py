"""The data of a study: a row for every entry of its file, a player of one system of each, and the commands."""

from __future__ import annotations

import shlex
from pathlib import Path

import xarray as xr

from neurouniv.figures.tables import Table
from neurouniv.page.data import COLUMNS, UNKNOWN, Source, row_of, times_of
from neurouniv.page.player import MOST_SYSTEMS
from neurouniv.page.run_again import Again
from neurouniv.page.section import Section
from neurouniv.page.watch import player_of_result
from neurouniv.rdm.classes import condition_names
from neurouniv.schema import history
from neurouniv.universality.trial.learners import NETWORK, RECORDING, SIMULATED

KINDS = {
    "networks": (NETWORK, "network"), "brains": (SIMULATED, "simulated brain"), "recordings": (RECORDING, "recording"),
}  # fmt: skip
MOVIE = ("time", "first", "second", "dx2", "dy2", "pair")
CAPTION = (
    "An entry of the study's file in a row. Trials and channels are those of its first system; where systems differ in "
    "them, the tables below say so. Of networks, which have no trials, channels are the units of a layer."
)


def entries(study: xr.DataTree) -> dict[str, xr.Dataset]:
    """The first movie of every entry that has one, by the name of its system, (time, pair)."""
    movies = {}
    for part in _parts(study, "trajectories").values():
        first = part.isel(system=0)
        movie = first[[name for name in ("h", "h_var") if name in first]].compute()
        movies[str(first["system"].item())] = movie.drop_vars([name for name in movie.coords if name not in MOVIE])
    return movies


def study_data(study: xr.DataTree) -> Section:
    """A row for every entry: what it is, how many, their trials, channels, conditions and times, and the task."""
    systems = study["systems"].to_dataset()
    names = systems["name"].values.astype(str)
    histories = {name: history(part) for name, part in _parts(study, "compare").items()}
    movies = _parts(study, "trajectories")
    rows = []
    for name in dict.fromkeys(names.tolist()):
        own = systems.isel(system=names == name)
        kind, noun = KINDS.get(str(own["kind"].values[0]), (str(own["kind"].values[0]), "system"))
        movie = movies.get(name)
        sizes = (UNKNOWN, UNKNOWN) if movie is None else (len(condition_names(movie)), times_of(movie["time"]))
        tasks = ", ".join(sorted(set(own["task"].values.astype(str)) - {""})) if "task" in own.coords else ""
        row = row_of(name, Source(histories.get(name, ()), None, f"given: {tasks}" if tasks else "", kind, sizes))
        row[COLUMNS.index("animals or networks")] = _count(own, noun)
        rows.append(row)
    return Section("The data", tables=[Table(COLUMNS, rows, CAPTION)])


def study_player(study: xr.DataTree, law: str) -> Section | None:
    """The player of the first system of every entry."""
    movies = entries(study)
    total = study["systems"].sizes["system"]
    shown = min(len(movies), MOST_SYSTEMS)
    compared = next(iter(_parts(study, "compare").values()), xr.Dataset())
    also = f"{shown} of {total} systems: of every entry of the study's file the first."
    return player_of_result(compared, movies, law, also)


def study_again(study: xr.DataTree) -> Again:
    """The commands that run a study again from the file that its folder keeps, in a folder beside it."""
    folder = Path(study.attrs["folder"])
    again = str(folder.with_name(f"{folder.name}_again"))
    run = ["neurouniv", "study", "run", str(folder / "study.yaml"), "--out", again]
    return Again((shlex.join(run), shlex.join(["neurouniv", "study", "report", again, "--out", "study.html"])))


def _parts(study: xr.DataTree, room: str) -> dict[str, xr.Dataset]:
    """What a study has of every entry in a room of its tree, the first where there are several."""
    parts: dict[str, xr.Dataset] = {}
    for leaf in study[room].leaves if room in study.children else ():
        part = leaf.to_dataset()
        parts.setdefault(str(part["name"].values[0]), part)
    return parts


def _count(own: xr.Dataset, noun: str) -> str:
    """How many there are: every seed of a cell once, whatever layers it was seen at."""
    labels = [own[name].values.astype(str).tolist() for name in ("cell", "seed", "subject") if name in own.coords]
    number = len(set(zip(*labels, strict=True)))
    return f"{number} {noun}{'' if number == 1 else 's'}"
