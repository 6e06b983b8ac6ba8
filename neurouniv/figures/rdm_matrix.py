"""One RDM as a matrix with the names of its conditions, or their images, and its classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from neurouniv.figures import rdm_icons, style
from neurouniv.figures.rdm_classes import COLOURS
from neurouniv.figures.rdm_frames import Frames, frames_of, missing_text
from neurouniv.figures.rdm_icons import Icons
from neurouniv.figures.rdm_names import every, letters, short_names, width
from neurouniv.figures.rdm_scale import Limits, bar, below_zero, edges, is_flat, scale_of, show
from neurouniv.figures.rdm_sheet import in_lines, with_edges

SMALLEST, LARGEST, CELL = 3.2, 10.0, 0.15
"""Inches: a matrix's least and largest side, and the side of a cell between them."""
LINE = 11.3
"""Points of a line of notes."""
TURN = 40
"""Degrees that names of classes are turned by where they would touch."""
CLASS_LETTERS = 8.0


@style.styled
def rdm(
    rdms: xr.Dataset | xr.DataArray,
    time: Any = None,
    icons: Icons | None = None,
    ax: Axes | None = None,
    order: str | Sequence[str] | None = None,
    *,
    classes: Mapping[str, Any] | None = None,
    limits: Limits = None,
    title: str = "",
    **select: Any,
) -> Figure:
    """Draw one RDM: dissimilarities of all pairs of conditions, dark is far, by name.

    Members (seed, subject) that are not selected are averaged. The line under the title says so; it tells too of pairs
    that are missing (grey) and of dissimilarities below 0 (blue).

    Parameters
    ----------
    rdms : a trajectory, h (..., time, pair); RDMs without time, h (..., pair); or any DataArray over `pair` with the
        names `first` and `second`, such as `traj.dx2`.
    time : which of its times, in its unit; default the last.
    icons : images of conditions for the margins: condition to an array (h, w[, 3 or 4]) or a path; a folder of files
        named as conditions; or the name of a coordinate (condition, ...).
    ax : where to draw; by default a new figure.
    order : of conditions: by default as `rdms` has them, those of a class together; "given", "alphabet", or the names
        of those to be shown, in order.
    classes : the class of every condition by name; by default those of the task.
    limits : the ends of the colour scale; by default 0, or the most negative value, and the largest; "data": the
        least and the largest, and the diagonal is white.
    select : of every other dimension the value to draw, such as `region="V1"` or `subject="s01"`.

    Raises
    ------
    InputError : these are no RDMs; there is no such time, name or value; there are several regions, layers, ... and
        none is selected.

    Examples
    --------
    >>> h = xr.DataArray([4.0, 9.0, 1.0], dims="pair", attrs={"metric": "sqeuclidean", "units": "V^2"})
    >>> h = h.assign_coords(first=("pair", ["cat", "cat", "dog"]), second=("pair", ["dog", "car", "car"]))
    >>> figure = rdm(h)
    >>> figure.axes[0].images[0].get_array().tolist()
    [[0.0, 4.0, 9.0], [4.0, 0.0, 1.0], [9.0, 1.0, 0.0]]
    >>> figure.savefig("rdm.png")  # doctest: +SKIP
    """
    frames = frames_of(rdms, order, classes, select)
    frames.need_one("A matrix")
    h, when = frames.at(time)
    images = rdm_icons.icons_of(icons, rdms, frames.names)
    side = float(np.clip(CELL * len(frames.names), SMALLEST, LARGEST)) if ax is None else _side(ax)
    is_new = ax is None
    figure, ax = style.axes_or_new(ax, side, side)
    scale = scale_of(h.values, limits)
    show(ax, frames.square(h), scale)
    edges(ax, frames.class_ends)
    if images:
        rdm_icons.along_edges(ax, images, frames.names)
    cell = 72 * side / len(frames.names)
    _name(ax, frames.names, cell, bool(images))
    above = _mark_classes(ax, frames, cell)
    notes = [when, *frames.notes, missing_text(h, frames.pairs), below_zero(h), is_flat(h)]
    notes += [rdm_icons.without(images, frames.names)]
    high = head(ax, title or "RDM", notes, int(13.5 * (side + 0.9)), above)
    if is_new:
        with_edges(figure)
        figure.set_size_inches(_size(side, frames, bool(images), high))
    bar(figure, ax, h, scale, location="right", shrink=0.75, aspect=24, pad=0.03)
    return figure


def head(ax: Axes, title: str, notes: Sequence[str], line: int, above: float = 0.0) -> float:
    """A title, and under it in grey what has to be known of the picture; both `above` points over the axes.

    How many points all of it takes.
    """
    text = in_lines(notes, line)
    lines = len(text.splitlines())
    ax.set_title(title, pad=5 + above + LINE * lines)
    if text:
        ax.annotate(text, (0, 1), (0, 4 + above), xycoords="axes fraction", textcoords="offset points", va="bottom",
                    fontsize=8, color=style.MUTED, annotation_clip=False)  # fmt: skip
    return 20 + above + LINE * lines


def _side(ax: Axes) -> float:
    """The side in inches of the square that axes have room for."""
    figure = ax.get_figure(root=True)
    box = ax.get_position()
    wide, high = figure.get_size_inches() if figure is not None else (SMALLEST, SMALLEST)
    return float(min(wide * box.width, high * box.height))


def _size(side: float, frames: Frames, has_icons: bool, high: float) -> tuple[float, float]:
    """Inches of a figure whose matrix has that side: with room for names, icons, the colour bar and what is above."""
    cell = 72 * side / len(frames.names)
    names = max(width(text, letters(cell)) for text in short_names(frames.names)) / 72
    icons = rdm_icons.depth_of(len(frames.names)) * cell / 72 if has_icons else 0.0
    return side + names + icons + 1.4, side + names + icons + (0.45 if every(cell) == 1 else 0.65) + high / 72


def _name(ax: Axes, names: np.ndarray, cell: float, has_icons: bool) -> None:
    """The names of conditions, left and below; where cells are too small for all, of every so many."""
    step = every(cell)
    places, texts = np.arange(len(names))[::step], short_names(names)[::step]
    size, room = letters(cell), step * cell
    turned = max(width(text, size) for text in texts) > 0.8 * room
    pad = 3 + (rdm_icons.depth_of(len(names)) * cell if has_icons else 0.0)
    ax.set_xticks(places, texts, rotation=90 if turned else 0, fontsize=size)
    ax.set_yticks(places, texts, fontsize=size)
    ax.tick_params(pad=pad, labelcolor=style.INK)
    if step > 1:
        ax.set_xlabel(f"of {len(names)} names one in {step} is written")


def _mark_classes(ax: Axes, frames: Frames, cell: float) -> float:
    """A strip in the colours of classes above and to the right, with their names; the points it takes above."""
    if frames.classes is None:
        return 0.0
    count, colours = len(frames.names), frames.classes.colours
    labels = [frames.classes.of[name] for name in frames.names.tolist()]
    limits, thick = (ax.get_xlim(), ax.get_ylim()), 5 / cell
    bounds = [0, *(1 + place for place in range(count - 1) if labels[place] != labels[place + 1]), count]
    blocks = [(start, end, labels[start]) for start, end in pairwise(bounds)]
    for start, end, label in blocks:
        for corner, wide, high in (
            ((start - 0.5, -0.5 - 1.6 * thick), end - start, thick),
            ((count - 0.5 + 0.6 * thick, start - 0.5), thick, end - start),
        ):
            ax.add_patch(Rectangle(corner, wide, high, color=colours[label], linewidth=0, clip_on=False))
    ax.set(xlim=limits[0], ylim=limits[1])
    if len(blocks) == len(frames.classes.names):
        return 10 + _name_classes(ax, blocks, colours, cell, 9.5)
    figure, marks = ax.get_figure(root=True), frames.classes.legend()
    if figure is not None and marks:
        figure.legend(handles=marks, loc="outside lower center", ncols=4)
    return 10


def _name_classes(
    ax: Axes, blocks: list[tuple[int, int, str]], colours: Mapping[str, str], cell: float, up: float
) -> float:
    """The name of every block of a class above it; the points they take."""
    short = dict(zip(colours, short_names(list(colours)), strict=True))
    size = min(CLASS_LETTERS, letters(cell * min(end - start for start, end, _ in blocks)))
    turned = any(width(short[label], size) > 0.95 * cell * (end - start) for start, end, label in blocks)
    for start, end, label in blocks:
        ax.annotate(
            short[label], ((start + end - 1) / 2, 1), (0, up), xycoords=("data", "axes fraction"),
            color=colours[label] if len(colours) <= len(COLOURS) else style.INK,
            textcoords="offset points", ha="left" if turned else "center", va="bottom", fontsize=size,
            rotation=TURN if turned else 0, rotation_mode="anchor", annotation_clip=False,
        )  # fmt: skip
    longest = max(width(text, size) for text in short.values())
    return 6 + size + (np.sin(np.radians(TURN)) * longest if turned else 0.0)
