"""The section with the player: what is seen in words, the player, and a still of it where no script runs."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from textwrap import fill
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.laws import LAWS, Law
from neurouniv.laws.constructor import call_of
from neurouniv.page.movie import MISSING
from neurouniv.page.player import Player, player_of
from neurouniv.page.section import Picture, Section
from neurouniv.page.steps import settings_of
from neurouniv.schema import framed, history

TITLE = "Watch them learn"
SIDE, COLUMNS, HIGH, TITLED = 1.15, 5, 9.0, 0.24
"""Of the still: inches of a square, squares in a row, inches that fit on paper, and of the time above a square."""
SPLIT = (
    "Above the diagonal is what was seen, below it what the law says from the same start, by constants that are fitted "
    "to all of the movie. "
)
KEY = (
    "Each square is an RDM: the distance between the patterns of activity of every two conditions, light near and dark "
    "far, with colours of its own for each system; the legend under it has their units. {split}Grey and hatched: not "
    "known. Under it every condition is a point in a plane, with the way it has come. Distances in the plane are near "
    "those of the RDM (MDS, each time turned to the one before). At the bottom are distances over time{dotted}, and "
    "above them their largest value."
)
STEPS = (
    "All systems go in step: at 50 % each shows the time that is nearest to half of its own. Arrow keys, Home and End "
    "move, the space bar plays; two conditions can be chosen from the lists, or by a click on a square."
)

OTHER_SETTINGS = (
    "The {law} law of this result has settings of its own ({call}). The player does not know them, and shows the data "
    "alone."
)


def in_words(player: Player) -> str:
    """What the parts of a player show."""
    law = player.data["law"]
    dotted = f", what was seen as a line and the {law} law dotted" if law else ""
    return KEY.format(split=SPLIT if law else "", dotted=dotted)


def player_of_result(
    result: xr.Dataset, trajectories: Mapping[str, xr.Dataset], law: str, also: str = ""
) -> Section | None:
    """The section of a result whose law on trial has this name; without the law where its settings are not the default
    ones, for the page does not know them all."""
    steps = history(result)
    call = str((settings_of(steps[-1]).get("fits") or {}).get(law, "")) if steps else ""
    if call and law in LAWS and call != call_of(LAWS[law]()):
        note = OTHER_SETTINGS.format(law=law, call=call)
        return player_section(trajectories, also="\n\n".join(filter(None, [also, note])))
    return player_section(trajectories, law, also)


def player_section(trajectories: Mapping[str, xr.Dataset], law: str = "", also: str = "") -> Section | None:
    """The section; None where no trajectory has two times.

    Parameters
    ----------
    law : the name of a law that every system is fitted with; of one that is no entry of `neurouniv.LAWS` nothing is
        shown.
    also : in words, which systems these are.
    """
    movies = {str(name): traj for name, traj in trajectories.items() if "h" in traj}
    if not any(framed(traj)["h"].sizes["time"] > 1 for traj in movies.values()):
        return None
    player = player_of(movies, _law(law))
    split = SPLIT if player.data["law"] else ""
    caption = "RDMs at some of the times. {}Light is near, dark is far; each system has colours of its own."
    picture = Picture(still(player), caption.format(split), "RDMs of every system at some of its times", still=True)
    return Section(TITLE, "\n\n".join(filter(None, [also, in_words(player), STEPS])), figures=[picture], player=player)


@style.styled
def still(player: Player) -> Figure:
    """The player's RDMs at a few of its steps, a row a system."""
    systems = player.data["systems"]
    steps = np.unique(np.linspace(0, player.steps - 1, COLUMNS).round().astype(int))
    side = min(SIDE, HIGH / len(systems) - TITLED)
    figure = style.new_figure(1.6 + side * len(steps), 0.3 + (side + TITLED) * len(systems))
    panels = figure.subplots(len(systems), len(steps), squeeze=False)
    for movie, row in zip(systems, panels, strict=True):
        for step, ax in zip(steps, row, strict=True):
            frame = movie["frames"][step]
            _panel(ax, movie, frame)
            ax.set_title(movie["when"][frame], fontsize=8, fontweight="normal", loc="center", pad=3)
        row[0].set_ylabel(fill(movie["name"], 16), rotation=0, ha="right", va="center", fontsize=8)
    return figure


def _panel(ax: Axes, movie: Mapping[str, Any], frame: int) -> None:
    """One RDM, with the law's below the diagonal where there is one, as the script draws it."""
    shades, count = _bytes(movie["shades"]).reshape(-1, 3), len(movie["names"])
    rows, columns = np.triu_indices(count, 1)
    colours = np.full((count, count, 3), 255, dtype=np.uint8)
    for of, places in (("seen", (rows, columns)), ("law" if "law" in movie else "seen", (columns, rows))):
        values = _bytes(movie[of]).reshape(-1, len(rows))[frame]
        known = values != MISSING
        colours[places] = np.where(known[:, None], shades[np.minimum(values, len(shades) - 1)], 201)
    ax.imshow(colours, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=np.uint8)


def _law(name: str) -> Law | None:
    kind = LAWS.get(name)
    return kind() if kind is not None else None
