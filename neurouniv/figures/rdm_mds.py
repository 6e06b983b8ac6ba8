"""Conditions as points in a plane over time (MDS): a panel a time, or the trace of each from start to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from neurouniv.figures import rdm_icons, style
from neurouniv.figures.rdm_film import rows_within, times_of
from neurouniv.figures.rdm_frames import Frames, frames_of
from neurouniv.figures.rdm_icons import Icons
from neurouniv.figures.rdm_labels import places_of
from neurouniv.figures.rdm_names import short_names
from neurouniv.figures.rdm_plane import METHODS, Method, Plane, plane_of
from neurouniv.figures.rdm_scale import below_zero, meaning
from neurouniv.figures.rdm_sheet import EDGE, Sheet
from neurouniv.figures.units import at_time, unit_scale

SIDES, TRACE_SIDE, MOST_TRACES = {1: 4.0, 2: 3.1, 3: 2.6}, 3.6, 3
SIDE = 2.25
"""Inches of a panel: of few, of traces, of which so many stand side by side, and of many."""
PER_LINE = 4
FEW, MOST_NAMES = 16, 40
"""So few conditions have names at their points, and so many in small letters where nothing else tells them apart."""
ICON, ICONS = 0.13, 12
"""Size of an icon, of the panel, where there are no more than so many."""
POINT_NAME = 16
"""Letters of a name at a point."""
NICE = (1, 2, 5)
BAR_LINE = 34


@style.styled
def mds(
    rdms: xr.Dataset | xr.DataArray,
    times: Sequence[Any] | None = None,
    most: int = 8,
    order: str | Sequence[str] | None = None,
    *,
    method: Method = "classical",
    traces: bool = False,
    icons: Icons | None = None,
    classes: Mapping[str, Any] | None = None,
    title: str = "",
    **select: Any,
) -> Figure:
    """Draw conditions as points in a plane whose distances are near those of the RDM, at several times.

    Each frame is turned and mirrored to the one before it, never stretched; all panels of a row have one scale, which
    its bar tells. Every panel says how much of the variance two dimensions hold, and the stress. Negative squared
    distances (crossnobis) are taken as they are by classical MDS, and count against that share. Where another plane
    holds as much, as where all distances are equal, the line under the title says so.

    Parameters
    ----------
    rdms : a trajectory, h (..., time, pair); RDMs without time; or any DataArray over `pair` with the names `first` and
        `second`. Values are taken for squared distances. Every region, layer, ... has a row.
    times : which of its times, in its unit; default all (of panels, `most` of them evenly apart).
    method : "classical", in closed form (Torgerson 1952), or "metric", least stress (SMACOF) started from it.
    traces : one panel with the way of every condition from start (open) to end (full), in place of a panel a time.
    order, icons, classes, select : as in `neurouniv.figures.rdm`.

    Raises
    ------
    InputError : these are no RDMs; there is no such time, name or value; some pairs of a condition are missing.

    Examples
    --------
    >>> h = xr.DataArray([9.0, 16.0, 25.0], dims="pair")
    >>> h = h.assign_coords(first=("pair", ["cat", "cat", "dog"]), second=("pair", ["dog", "car", "car"]))
    >>> mds(h).axes[0].get_title(loc="left").splitlines()
    ['100 % of variance, stress 0.00']
    """
    frames = frames_of(rdms, order, classes, select)
    rows_within(frames)
    places, subset = times_of(frames.time, times, frames.time.size if traces else most)
    plane = plane_of(frames, places, method)
    images = rdm_icons.icons_of(icons, rdms, frames.names)
    look = _Look(frames, images)
    notes = [METHODS[method], *frames.notes, subset, below_zero(frames.h.isel(time=places), mark=""), look.note]
    notes += [_unplaced(plane, traces), _by_chance(plane), rdm_icons.without(images, frames.names)]
    draw = _traces if traces and len(places) > 1 else _panels
    return draw(frames, places, plane, look).finished(title or "Conditions in two dimensions", notes)


def _ends(time: xr.DataArray) -> list[Line2D]:
    """What marks start and end of a trace."""
    marks = {f"start, {at_time(time[0])}": "white", f"end, {at_time(time[-1])}": style.INK}
    return [Line2D([], [], linestyle="none", marker="o", mec=style.INK, mfc=c, ms=5, label=n) for n, c in marks.items()]


class _Look:
    """Colours, names and icons of conditions, the same in all panels."""

    def __init__(self, frames: Frames, icons: Mapping[str, np.ndarray]):
        names, classes = frames.names.tolist(), frames.classes
        self.icons = icons
        self.legend = [] if classes is None else classes.legend()
        self.by_class = classes is not None
        if classes is not None:
            self.colours = [classes.colours[classes.of[name]] for name in names]
        elif len(names) <= FEW:
            self.colours = [to_hex(c) for c in mpl.colormaps["turbo"](np.linspace(0.05, 0.95, len(names)))]
        else:
            self.colours = [style.INK] * len(names)
        self.named = len(names) <= FEW or (classes is None and not icons and len(names) <= MOST_NAMES)
        self.names, self.keys = short_names(names, POINT_NAME), names
        self.icon = ICON * min(1.0, (ICONS / len(names)) ** 0.5)
        self.size = 7.0 if len(names) <= FEW else 5.2
        told_apart = self.named or self.legend or icons
        self.note = "" if told_apart else f"{len(names)} points without names"
        if self.by_class and not self.legend and classes is not None:
            self.note += f", colours of {len(classes.names)} classes"


def _panels(frames: Frames, places: np.ndarray, plane: Plane, look: _Look) -> Sheet:
    """A panel a time, a line for every row; of a single row, lines of a few."""
    rows = frames.rows()
    each = PER_LINE if len(rows) == 1 else len(places)
    lines = [(row, part) for row in range(len(rows)) for part in _parts(len(places), each)]
    columns = max(len(part) for _, part in lines)
    side = SIDES.get(columns, SIDE) if len(lines) == 1 else SIDE
    titles = 1 + any(at_time(time) for time in frames.time)
    sheet = Sheet(len(lines), columns, side, titles, 0.35 if len(rows) > 1 else EDGE, tuple(look.legend))
    for (row, part), axes in zip(lines, sheet.panels, strict=True):
        for ax, frame in zip(axes, part, strict=False):
            _frame(ax, plane.points[row])
            _draw(ax, plane.points[row, frame], look, side)
            when = at_time(frames.time[places[frame]])
            ax.set_title(f"{when}\n{plane.text(row, frame)}".strip(), fontsize=8, fontweight="normal")
        for ax in axes[len(part) :]:
            ax.set_visible(False)
        if part[0] == 0:
            _scale_bar(axes[0], frames.h)
        axes[0].set_ylabel(fill(rows[row][0], 24), fontweight="bold")
    return sheet


def _traces(frames: Frames, places: np.ndarray, plane: Plane, look: _Look) -> Sheet:
    """A panel for every row, with the way of every condition from start to end."""
    rows = frames.rows()
    columns = min(len(rows), MOST_TRACES)
    marks = (*look.legend, *_ends(frames.time[places]))
    sheet = Sheet(-(-len(rows) // columns), columns, TRACE_SIDE, 2 + bool(rows[0][0]), marks=marks)
    panels = sheet.panels.ravel()
    for row, ((name, _), ax) in enumerate(zip(rows, panels, strict=False)):
        points = plane.points[row]
        _frame(ax, points)
        _ways(ax, points, look)
        _draw(ax, _last(points), look, TRACE_SIDE)
        texts = [plane.text(row, frame) for frame in (0, len(places) - 1)]
        ax.set_title(f"{name}\nfirst: {texts[0]}\nlast: {texts[1]}".strip(), fontsize=8, fontweight="normal")
        _scale_bar(ax, frames.h)
    for ax in panels[len(rows) :]:
        ax.set_visible(False)
    return sheet


def _ways(ax: Axes, points: np.ndarray, look: _Look) -> None:
    """The ways (time, condition, 2) of conditions, a dot a time where these are few, their starts open."""
    ways = [way[np.isfinite(way).all(-1)] for way in np.swapaxes(points, 0, 1)]
    ax.add_collection(LineCollection(ways, colors=look.colours, linewidths=1.1, alpha=0.7, zorder=2), autolim=False)
    there = np.isfinite(points).all(-1)
    colours = np.broadcast_to(np.array(look.colours), there.shape)
    if len(points) <= style.FEW_TIMES:
        ax.scatter(points[there, 0], points[there, 1], c=colours[there], s=4, linewidths=0, zorder=2)
    starts = _last(points[::-1])
    mask = np.isfinite(starts).all(-1)
    edge = {"edgecolors": colours[0][mask], "linewidths": 1.1}
    ax.scatter(starts[mask, 0], starts[mask, 1], facecolors="white", s=25, zorder=3, **edge)


def _last(points: np.ndarray) -> np.ndarray:
    """The last place (condition, 2) of each condition in points (time, condition, 2); NaN where it is nowhere."""
    backwards = points[::-1]
    frame = np.isfinite(backwards).all(-1).argmax(0)
    return backwards[frame, np.arange(points.shape[1])]


def _parts(count: int, each: int) -> list[range]:
    lines = -(-count // each)
    each = -(-count // lines)
    return [range(start, min(start + each, count)) for start in range(0, count, each)]


def _frame(ax: Axes, points: np.ndarray) -> None:
    """A panel that holds all points (time, condition, 2) of its row and their names; equal units both ways."""
    known = points[np.isfinite(points).all(-1)]
    low, high = (known.min(0), known.max(0)) if len(known) else (np.zeros(2), np.ones(2))
    middle, half = (low + high) / 2, 0.64 * float((high - low).max() or 1.0)
    ax.set(xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half), xticks=[], yticks=[])
    ax.set_aspect("equal")
    ax.spines[:].set_visible(True)
    ax.spines[:].set_color("#d5d5db")


def _draw(ax: Axes, points: np.ndarray, look: _Look, side: float) -> None:
    """Points (condition, 2) in their colours, with icons and names where there are."""
    limits = ax.get_xlim(), ax.get_ylim()
    span = limits[0][1] - limits[0][0]
    known = np.isfinite(points).all(-1)
    with_icon = np.array([key in look.icons for key in look.keys])
    for place in np.flatnonzero(known & with_icon):
        colour = look.colours[place] if look.by_class else None
        _icon(ax, look.icons[look.keys[place]], points[place], look.icon * span, colour)
    bare = known & ~with_icon
    size = 25 if len(points) <= MOST_NAMES else 12
    ax.scatter(points[bare, 0], points[bare, 1], c=np.array(look.colours)[bare], s=size, linewidths=0, zorder=4)
    ax.set(xlim=limits[0], ylim=limits[1])
    if look.named:
        _write(ax, points, look, 72 * side)


def _icon(ax: Axes, image: np.ndarray, point: np.ndarray, size: float, colour: str | None) -> None:
    rdm_icons.put(ax, image, float(point[0]), float(point[1]), size)
    if colour is not None:
        high, wide = (side / max(image.shape[:2]) * size for side in image.shape[:2])
        corner = (point[0] - wide / 2, point[1] - high / 2)
        ax.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=colour, linewidth=1.4, zorder=5))


def _write(ax: Axes, points: np.ndarray, look: _Look, room: float) -> None:
    """The names of points (condition, 2), on a panel whose side is `room` points."""
    corner, span = np.array([ax.get_xlim()[0], ax.get_ylim()[0]]), np.ptp(ax.get_xlim())
    away = 0.5 * look.icon * room if look.icons else 4.5
    middles = places_of((points - corner) / span * room, look.names, look.size, away, room) / room * span + corner
    for middle, name in zip(middles, look.names, strict=True):
        if np.isfinite(middle).all():
            text = ax.text(middle[0], middle[1], name, fontsize=look.size, ha="center", va="center", zorder=6)
            text.set_in_layout(False)


def _scale_bar(ax: Axes, h: xr.DataArray) -> None:
    """A bar in the corner of a panel, and the dissimilarity of two points that are as far apart."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    span = right - left
    ten = 10.0 ** np.floor(np.log10((0.3 * span) ** 2))
    squared = ten * max(nice for nice in NICE if nice * ten <= (0.3 * span) ** 2)
    x, y = left + 0.04 * span, low + 0.04 * (high - low)
    ax.plot([x, x + np.sqrt(squared)], [y, y], color=style.MUTED, linewidth=1.6, solid_capstyle="butt", zorder=1)
    factor, unit = unit_scale(h.attrs.get("units"), float(squared))
    text = fill(f"{meaning(h)} {squared * factor:g} {unit}".strip(), BAR_LINE)
    ax.text(x, y + 0.015 * span, text, fontsize=6.2, color=style.MUTED, va="bottom", zorder=1)


def _unplaced(plane: Plane, traces: bool) -> str:
    """How many points are absent, for they have no dissimilarities; "" where all are there."""
    absent = int(np.isnan(plane.points[..., 0]).sum())
    what = "their ways are shorter" if traces else "they are not drawn"
    return f"{absent} of {plane.points[..., 0].size} points have no dissimilarities: {what}" if absent else ""


def _by_chance(plane: Plane) -> str:
    """In how many RDMs the plane is one of many; "" where in none."""
    count = int(plane.chance.sum())
    return f"another plane holds as much in {count} of {plane.chance.size} RDMs" if count else ""
