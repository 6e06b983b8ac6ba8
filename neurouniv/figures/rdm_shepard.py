"""How well a plane tells an RDM: squared distances between points in it against the dissimilarities (Shepard plot)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.group_courses import GROUP_COLOURS
from neurouniv.figures.rdm_frames import Frames, frames_of, place_of
from neurouniv.figures.rdm_matrix import head
from neurouniv.figures.rdm_plane import METHODS, Method, plane_of, squared_between
from neurouniv.figures.rdm_scale import below_zero, meaning
from neurouniv.figures.rdm_sheet import with_edges
from neurouniv.figures.units import at_time, in_units

MANY = 400
"""Pairs above which dots are small."""


@style.styled
def shepard(
    rdms: xr.Dataset | xr.DataArray,
    time: Any = None,
    ax: Axes | None = None,
    order: str | Sequence[str] | None = None,
    *,
    method: Method = "classical",
    classes: Mapping[str, Any] | None = None,
    title: str = "",
    **select: Any,
) -> Figure:
    """Draw squared distances of the points that `mds` draws against the dissimilarities, a dot a pair.

    On the line both are equal. The line under the title says Spearman's rho of the two, the share of variance that two
    dimensions hold, and the stress.

    Parameters
    ----------
    rdms : a trajectory, h (..., time, pair); RDMs without time; or any DataArray over `pair` with the names `first` and
        `second`.
    time : which of its times, in its unit; default the last.
    method : "classical" or "metric", as in `neurouniv.figures.mds`.
    ax, order, classes, select : as in `neurouniv.figures.rdm`.

    Raises
    ------
    InputError : these are no RDMs; there is no such time, name or value; some pairs of a condition are missing; there
        are several regions, layers, ... and none is selected.

    Examples
    --------
    >>> h = xr.DataArray([9.0, 16.0, 25.0], dims="pair")
    >>> h = h.assign_coords(first=("pair", ["cat", "cat", "dog"]), second=("pair", ["dog", "car", "car"]))
    >>> [collection.get_offsets().round(9).tolist() for collection in shepard(h).axes[0].collections]
    [[[9.0, 9.0], [16.0, 16.0], [25.0, 25.0]]]
    """
    frames = frames_of(rdms, order, classes, select)
    frames.need_one("A Shepard plot")
    place = frames.time.size - 1 if time is None else place_of(frames.time, time, "time")
    h = frames.h.isel(time=place)
    plane = plane_of(frames, np.array([place]), method)
    first, second = frames.pairs.ends
    between = squared_between(plane.points[0, 0])[first, second]
    there = np.isfinite(h.values) & np.isfinite(between)
    is_new = ax is None
    figure, ax = style.axes_or_new(ax, 4.4, 4.5)
    if is_new:
        with_edges(figure)
    _dots(ax, frames, h.values, between, there)
    largest = float(max(np.abs(h.values[there]).max(initial=0.0), between[there].max(initial=0.0))) or 1.0
    ax.plot([0, largest], [0, largest], color=style.MUTED, linewidth=0.9, linestyle="--", zorder=1)
    ax.annotate("equal", (largest, largest), (-3, 3), textcoords="offset points", ha="right",
                fontsize=7.5, color=style.MUTED)  # fmt: skip
    units = h.attrs.get("units")
    ax.set_xlabel(fill(in_units(meaning(h), ax.xaxis, units, largest), 48))
    ax.set_ylabel(fill(in_units("squared distance in the plane", ax.yaxis, units, largest), 48))
    notes = [at_time(frames.time[place]), METHODS[method], *frames.notes, _rho(h.values[there], between[there])]
    notes += [plane.text(0, 0), below_zero(h, mark="")]
    notes += [f"{int((~there).sum())} of {there.size} pairs missing"] if not there.all() else []
    head(ax, title or "Two dimensions against the RDM", notes, 58)
    return figure


def _dots(ax: Axes, frames: Frames, h: np.ndarray, between: np.ndarray, there: np.ndarray) -> None:
    """A dot a pair; in two colours, within and between classes, where there are classes."""
    size = 14 if there.sum() <= MANY else 4
    look: dict[str, Any] = {"s": size, "linewidths": 0, "alpha": 0.75 if there.sum() <= MANY else 0.35, "zorder": 2}
    if frames.classes is None:
        ax.scatter(h[there], between[there], color=style.COLOURS["w"], **look)
        return
    labels = np.array([frames.classes.of[name] for name in frames.names.tolist()])[frames.pairs.ends]
    same = labels[0] == labels[1]
    for name, chosen, (colour, _) in zip(
        ("between classes", "within class"), (~same, same), GROUP_COLOURS, strict=True
    ):
        ax.scatter(h[there & chosen], between[there & chosen], color=colour, label=name, **look)
    ax.legend(loc="upper left", markerscale=1.4)


def _rho(h: np.ndarray, between: np.ndarray) -> str:
    """Spearman's rank correlation in words."""
    from scipy.stats import spearmanr

    if h.size < 3 or np.ptp(h) == 0 or np.ptp(between) == 0:
        return "rho not defined"
    return f"Spearman's rho {spearmanr(h, between).statistic:.2f}"
