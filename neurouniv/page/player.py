"""The player: RDM movies of systems side by side in step, MDS paths and curves with the law's, as data for a script."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures import style
from neurouniv.figures.rdm_classes import Classes
from neurouniv.laws import Law
from neurouniv.page.movie import Limits, movies_of
from neurouniv.page.unconverged import unconverged
from neurouniv.schema import InputError, NeurounivWarning, framed

MOST_SYSTEMS, MOST_STEPS = 12, 100
LARGEST = 900_000
"""Bytes of all data of a player; where they are more, fewer times and conditions are kept."""
SIZES = (Limits(40, 40), Limits(30, 30), Limits(20, 24), Limits(12, 16))


@dataclass(frozen=True)
class Player:
    """What the script shows (`data`), and in words (`notes`) what was left out or should be doubted."""

    data: Mapping[str, Any]
    notes: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """The data as JSON that may stand inside a page: it can neither end its element nor begin another."""
        text = json.dumps(self.data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

    @property
    def steps(self) -> int:
        """Over how many steps the slider goes."""
        return len(self.data["steps"])


def player_of(trajectories: xr.Dataset | Mapping[str, xr.Dataset], law: Law | None = None) -> Player:
    """The player of some systems.

    They go in step: at every step each shows the frame that is nearest to the same share of its own time, from its
    first frame to its last. Members (seeds, subjects) are averaged; every layer and region is a system of its own.

    Parameters
    ----------
    trajectories : name -> trajectory h (..., time, pair), or one trajectory. The first twelve systems are shown.
    law : a law that every system is fitted with, by constants of its own; a fitted law of a single trajectory is asked
        for its prediction as it is. None: no law. A trajectory without a task has none either, and the notes say so.

    Raises
    ------
    InputError : there is no trajectory, or none has two times.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 2.0], [4.0, 9.0, 1.0]], dims=("time", "pair"), coords={"time": [1, 2]})
    >>> h = h.assign_coords(first=("pair", ["cat", "cat", "dog"]), second=("pair", ["dog", "car", "car"]))
    >>> shown = player_of({"net": xr.Dataset({"h": h})})
    >>> shown.steps, shown.data["systems"][0]["when"]
    (2, ['time 1', 'time 2'])
    """
    systems = {"system": trajectories} if isinstance(trajectories, xr.Dataset) else dict(trajectories)
    systems = {str(name): framed(_checked(name, traj)) for name, traj in systems.items()}
    if not any(traj["h"].sizes["time"] > 1 for traj in systems.values()):
        raise InputError(
            "A player needs a trajectory with two times or more; "
            f"got {'one frame each' if systems else 'none'}. Draw RDMs: neurouniv.figures.rdm(rdms)."
        )
    predictions, doubts = _predictions(systems, law)
    for limits in SIZES:
        movies, notes = _movies(systems, predictions, limits)
        data = _in_step(movies, law if predictions else None)
        player = Player(data, (*notes, *_skipped(data), *doubts))
        if len(player.text) <= LARGEST:
            break
    return player


def script() -> str:
    """The player's script, the same in a page and in a notebook."""
    return files("neurouniv.page").joinpath("player.js").read_text(encoding="utf-8")


def look() -> str:
    """Its style sheet."""
    return files("neurouniv.page").joinpath("player.css").read_text(encoding="utf-8")


def _checked(name: str, traj: Any) -> xr.Dataset:
    if not isinstance(traj, xr.Dataset) or "h" not in traj:
        raise InputError(
            f"A player needs trajectories; {str(name)!r} is a {type(traj).__name__}"
            f"{' without h' if isinstance(traj, xr.Dataset) else ''}. `neurouniv.trajectory` makes one."
        )
    return traj


def _predictions(systems: Mapping[str, xr.Dataset], law: Law | None) -> tuple[dict[str, xr.Dataset], list[str]]:
    """The law's movie of every system that it can be fitted to, and what is to be doubted."""
    if law is None:
        return {}, []
    as_it_is = hasattr(law, "constants_") and len(systems) == 1
    predictions, doubts, without = {}, [], []
    for name, traj in systems.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NeurounivWarning)  # the notes say it
                fitted = law if as_it_is else law.clone().fit(traj)
                predictions[name] = fitted.predict(traj)
        except InputError as error:
            without.append(f"{name}: there is no law here: {error}")
            continue
        doubts += unconverged({name: fitted.constants_})
    return predictions, doubts + without


def _movies(
    systems: Mapping[str, xr.Dataset], predictions: Mapping[str, xr.Dataset], limits: Limits
) -> tuple[list[dict[str, Any]], list[str]]:
    """The movies of all systems, the first twelve, and what was left out."""
    movies: list[dict[str, Any]] = []
    said: dict[str, list[str]] = {}
    for name, traj in systems.items():
        more, remarks = movies_of(name, traj, predictions.get(name), limits)
        movies = [*movies, *more]
        for remark in remarks:
            said.setdefault(remark, []).append(name)
    notes = [f"{'; '.join(names)}: {remark}." for remark, names in said.items()]
    if len(movies) > MOST_SYSTEMS:
        notes.insert(0, f"The first {MOST_SYSTEMS} of {len(movies)} systems are shown.")
    return movies[:MOST_SYSTEMS], notes


def _in_step(movies: list[dict[str, Any]], law: Law | None) -> dict[str, Any]:
    """All movies with the frame of each at every step of the slider."""
    shares = np.unique(np.concatenate([movie["shares_of_time"] for movie in movies]))
    shares = shares[np.unique(np.linspace(0, len(shares) - 1, min(MOST_STEPS, len(shares))).round().astype(int))]
    for movie in movies:
        own = np.array(movie["shares_of_time"])
        movie["frames"] = np.abs(shares[:, None] - own).argmin(1).tolist()
    classes = _coloured(movies)
    name = law.name if law is not None else ""
    return {"steps": shares.round(4).tolist(), "law": name, "classes": classes, "systems": movies}


def _skipped(data: Mapping[str, Any]) -> list[str]:
    """How many times of systems no step shows, in words."""
    never = sum(len(set(range(len(movie["when"]))) - set(movie["frames"])) for movie in data["systems"])
    return [f"The slider has {len(data['steps'])} steps; {never} times of systems lie between them."] if never else []


def _coloured(movies: list[dict[str, Any]]) -> dict[str, str]:
    """The colour of every class, the same in all systems; each condition of the movies is given its own."""
    names = dict.fromkeys(label for movie in movies for label in movie["labels"] if label)
    colours = Classes({name: name for name in names}).colours
    for movie in movies:
        movie["colours"] = [colours.get(label, style.MUTED) for label in movie.pop("labels")]
    return colours
