"""Conditions joined into clusters, nearest first: the tree (dendrogram) of an RDM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.rdm_classes import Classes
from neurouniv.figures.rdm_frames import frames_of
from neurouniv.figures.rdm_matrix import head
from neurouniv.figures.rdm_names import letters, short_names, width
from neurouniv.figures.rdm_plane import whole_conditions
from neurouniv.figures.rdm_scale import meaning
from neurouniv.figures.rdm_sheet import with_edges
from neurouniv.figures.units import in_units
from neurouniv.got import did_you_mean
from neurouniv.schema import InputError

Linkage = Literal["average", "complete", "single", "weighted", "ward"]
MEANS = {"average": "mean", "complete": "largest", "single": "smallest", "weighted": "weighted mean"}
"""Which dissimilarity between two clusters is theirs."""
XLABEL = 50
"""Letters of a line below the tree."""
WIDE, LINE = 3.4, 0.17
"""Inches of the tree, and between two leaves."""
MOST_SORTED = 200
"""Leaves of more conditions stay as they come: putting near ones side by side takes long."""
STEP = 10.0
"""Between two leaves, in scipy's units."""


@style.styled
def dendrogram(
    rdms: xr.Dataset | xr.DataArray,
    time: Any = None,
    ax: Axes | None = None,
    order: str | Sequence[str] | None = None,
    *,
    linkage: Linkage = "average",
    classes: Mapping[str, Any] | None = None,
    title: str = "",
    **select: Any,
) -> Figure:
    """Draw the tree of one RDM: conditions joined into clusters, at the dissimilarity at which they join.

    Branches have the colour of a class where all below them is of it. The line under the title says how well the tree
    tells the dissimilarities (cophenetic correlation), and how many are below 0, which count as 0.

    Parameters
    ----------
    rdms : a trajectory, h (..., time, pair); RDMs without time; or any DataArray over `pair` with the names `first` and
        `second`.
    time : which of its times, in its unit; default the last.
    linkage : of two clusters, the "average" (default), largest ("complete"), smallest ("single") or "weighted" mean
        dissimilarity of their pairs; or "ward", for which the square roots of squared distances are taken.
    ax, order, classes, select : as in `neurouniv.figures.rdm`; of `order` only which conditions are named counts.

    Raises
    ------
    InputError : these are no RDMs; there is no such time, name or value; some pairs of a condition are missing; there
        are several regions, layers, ... and none is selected.

    Examples
    --------
    >>> h = xr.DataArray([9.0, 8.0, 1.0], dims="pair")
    >>> h = h.assign_coords(first=("pair", ["cat", "cat", "dog"]), second=("pair", ["dog", "car", "car"]))
    >>> [label.get_text() for label in dendrogram(h).axes[0].get_yticklabels()]
    ['cat', 'car', 'dog']
    """
    from scipy.cluster import hierarchy

    frames = frames_of(rdms, order, classes, select)
    frames.need_one("A dendrogram")
    h, when = frames.at(time)
    if linkage not in get_args(Linkage):
        raise InputError(
            f"linkage is one of {', '.join(get_args(Linkage))}; got {linkage!r}."
            f"{did_you_mean(linkage, get_args(Linkage))}"
        )
    square = frames.square(h)
    conditions = np.flatnonzero(whole_conditions(square, frames))
    if len(conditions) < 2:
        raise InputError(
            "A dendrogram needs two conditions with a dissimilarity; got none. Choose another time: time=..."
        )
    square = square[np.ix_(conditions, conditions)]
    heights = np.clip(square[np.triu_indices(len(conditions), 1)], 0.0, None)
    heights = np.sqrt(heights) if linkage == "ward" else heights
    joins = hierarchy.linkage(heights, linkage, optimal_ordering=len(conditions) <= MOST_SORTED)
    names = frames.names[conditions]
    colours = _colours(joins, names, frames.classes)
    tree = hierarchy.dendrogram(joins, no_plot=True, link_color_func=colours.__getitem__)
    is_new = ax is None
    figure, ax = style.axes_or_new(ax, *_size(names))
    if is_new:
        with_edges(figure)
    _draw(ax, tree, names[tree["leaves"]], frames.classes)
    _label(ax, h, linkage, float(joins[:, 2].max()))
    notes = [when, *frames.notes, _fidelity(joins, heights), *_left_out(h, len(frames.names) - len(conditions))]
    head(ax, title or "Clusters of conditions", notes, 58)
    if frames.classes is not None and frames.classes.legend():
        figure.legend(handles=frames.classes.legend(), loc="outside lower center", ncols=4)
    return figure


def _label(ax: Axes, h: xr.DataArray, linkage: Linkage, largest: float) -> None:
    """What the heights of joins are, in units of `h`; Ward's have none."""
    if linkage == "ward":
        ax.set_xlabel(fill(in_units(f"Ward's distance, of √({meaning(h)})", ax.xaxis, None, largest), XLABEL))
        return
    what = f"{MEANS[linkage]} {meaning(h)} of clusters"
    ax.set_xlabel(fill(in_units(what, ax.xaxis, h.attrs.get("units"), largest), XLABEL))


def _left_out(h: xr.DataArray, conditions: int) -> list[str]:
    """What of the RDM the tree does not tell."""
    negative = int((h.values < 0).sum())
    notes = [f"{negative} of {h.size} below 0 count as 0"] if negative else []
    return notes + ([f"{conditions} conditions without dissimilarities are left out"] if conditions else [])


def _size(leaves: np.ndarray) -> tuple[float, float]:
    """Inches of a figure with room for a line a leaf, and for names."""
    names = max(width(text, letters(72 * LINE)) for text in short_names(leaves)) / 72
    return WIDE + names + 0.3, 1.4 + max(1.2, LINE * len(leaves))


def _colours(joins: np.ndarray, names: np.ndarray, classes: Classes | None) -> dict[int, str]:
    """The colour of every join, by its number: of a class where all that is joined is of it."""
    labels: list[str | None] = [None if classes is None else classes.of[name] for name in names.tolist()]
    for one, other in joins[:, :2].astype(int).tolist():
        labels.append(labels[one] if labels[one] == labels[other] else None)
    hues = {} if classes is None else classes.colours
    return {place: style.MUTED if label is None else hues[label] for place, label in enumerate(labels)}


def _draw(ax: Axes, tree: dict[str, Any], leaves: np.ndarray, classes: Classes | None) -> None:
    """The joins, root to the left, and the names of leaves in the colours of their classes to the right."""
    joins = [np.stack([far, up], -1) for far, up in zip(tree["dcoord"], tree["icoord"], strict=True)]
    ax.add_collection(LineCollection(joins, colors=tree["color_list"], linewidths=1.3, capstyle="projecting"))
    ax.set_xlim(1.04 * max(float(np.max(tree["dcoord"])), 1e-300), 0)
    ax.set_ylim(STEP * len(leaves), 0)
    ax.set_yticks(STEP * np.arange(len(leaves)) + STEP / 2, short_names(leaves), fontsize=letters(72 * LINE))
    ax.yaxis.tick_right()
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for label, name in zip(ax.get_yticklabels(), leaves.tolist(), strict=True):
        label.set_color(style.INK if classes is None else classes.colours[classes.of[name]])


def _fidelity(joins: np.ndarray, heights: np.ndarray) -> str:
    """How well the tree tells the dissimilarities; "" where one of the two does not vary."""
    from scipy.cluster import hierarchy

    own = hierarchy.cophenet(joins)
    if np.ptp(own) == 0 or np.ptp(heights) == 0:
        return ""
    return f"cophenetic r {np.corrcoef(own, heights)[0, 1]:.2f}"
