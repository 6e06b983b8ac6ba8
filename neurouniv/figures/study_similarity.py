"""All systems of a study against each other: how alike their RDMs are at the end."""

from __future__ import annotations

from textwrap import shorten

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.names import public
from neurouniv.schema import need_variables

NAME = 44
"""Letters of a name beside the matrix."""
FEW = 40
"""So many groups have their names beside the matrix; more are marked by blocks of one name."""
SEVERAL, LARGE, SMALL = 12, 8.0, 6.5
"""So many groups have names in large letters; those of more are small. Points."""


@style.styled
@public
def similarity_map(similarity: xr.Dataset) -> Figure:
    """The matrix of similarity of RDMs between all groups of systems; grey where they share too few conditions.

    Parameters
    ----------
    similarity : of `neurouniv.similarity_of_systems`.

    Raises
    ------
    InputError : it is no such Dataset.
    """
    remedy = "`neurouniv.similarity_of_systems(neurouniv.open_study(folder))` makes it."
    need_variables(similarity, ("similarity", "name"), "A map of similarity", remedy)
    count = similarity.sizes["group"]
    side = min(2.6 + 0.17 * count, 8.2)
    figure = style.new_figure(side + 2.6, side + (1.6 if count <= FEW else 0.4))
    ax = figure.subplots()
    ax.set_facecolor("#dcdce0")
    image = ax.imshow(similarity["similarity"].values, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    if count <= FEW:
        _names(ax, similarity["group"].values)
    else:
        _blocks(ax, similarity["name"].values.astype(str))
    ax.tick_params(length=0)
    bar = figure.colorbar(image, ax=ax, shrink=0.7, aspect=30)
    bar.set_label("correlation of RDMs")
    bar.outline.set_visible(False)
    return figure


def _names(ax: Axes, groups: np.ndarray) -> None:
    names = [_brief(str(name)) for name in groups]
    size = LARGE if len(names) <= SEVERAL else SMALL
    ax.set_yticks(range(len(names)), names, fontsize=size)
    ax.set_xticks(range(len(names)), names, fontsize=size, rotation=90)


def _brief(name: str) -> str:
    """A name whose begin and end, which tell the layer, are kept."""
    return name if len(name) <= NAME else f"{name[: NAME // 2]}…{name[-NAME // 2 :]}"


def _blocks(ax: Axes, names: np.ndarray) -> None:
    """One name for every run of groups that have it, with lines between the runs."""
    starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
    ends = np.r_[starts[1:], len(names)]
    middles = (starts + ends - 1) / 2
    labels = [shorten(str(names[start]), 24, placeholder="…") for start in starts]
    ax.set_yticks(middles, labels, fontsize=7.5)
    ax.set_xticks(middles, labels, fontsize=7.5, rotation=90)
    for start in starts[1:]:
        ax.axhline(start - 0.5, color="white", linewidth=0.8)
        ax.axvline(start - 0.5, color="white", linewidth=0.8)
