"""An RDM movie as a film strip: RDMs at some of its times, in rows by region or layer, on one colour scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from textwrap import fill
from typing import Any, Literal

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.rdm_beside import beside
from neurouniv.figures.rdm_frames import Frames, frames_of, missing_text, place_of
from neurouniv.figures.rdm_scale import Limits, Scale, bar, below_zero, edges, scale_of, show
from neurouniv.figures.rdm_sheet import headline
from neurouniv.figures.units import at_time
from neurouniv.schema import InputError

SIDE = 1.35
"""Inches of a panel."""
BAR_BELOW = 2
"""So few lines, of as many panels or more, have the colour bar below them."""
MOST_ROWS, PER_LINE = 10, 6
"""Rows of a picture; panels of a line where there is but one row."""


@style.styled
def film(
    rdms: xr.Dataset | xr.DataArray,
    times: Sequence[Any] | None = None,
    most: int = 12,
    order: str | Sequence[str] | None = None,
    *,
    scale: Literal["all", "row"] = "all",
    classes: Mapping[str, Any] | None = None,
    limits: Limits = None,
    title: str = "",
    **select: Any,
) -> Figure:
    """Draw an RDM movie as a film strip: an RDM a time, a row for every region, layer or other dimension.

    Members (seed, subject) that are not selected are averaged, and the line under the title says so.

    Parameters
    ----------
    rdms : a trajectory, h (..., time, pair), or any such DataArray with the names `first` and `second` (pair).
    times : which of its times, in its unit; default all, or `most` of them evenly apart, first and last among them.
    most : times that are drawn at most.
    order, classes, limits, select : as in `neurouniv.figures.rdm`.
    scale : "all": one colour scale for all RDMs; "row": one for each row, where rows differ in unit or size.

    Raises
    ------
    InputError : these are no RDMs; there is no such time, name or value; there are more than ten rows.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 2.0], [4.0, 9.0, 1.0]], dims=("time", "pair"), coords={"time": [1, 2]})
    >>> h = h.assign_coords(first=("pair", ["cat", "cat", "dog"]), second=("pair", ["dog", "car", "car"]))
    >>> len([ax for ax in film(h).axes if ax.images])
    2
    """
    if scale not in ("all", "row"):
        raise InputError(f"scale is 'all', one for all RDMs, or 'row', one for each row; got {scale!r}.")
    frames = frames_of(rdms, order, classes, select)
    places, subset = times_of(frames.time, times, most)
    rows = rows_within(frames)
    shown = frames.h.isel(time=places)
    scale = scale if len(rows) > 1 else "all"
    lines = [(name, h, part) for name, h in rows for part in _lines(places, alone=len(rows) == 1)]
    figure, panels = _panels(len(lines), max(len(part) for _, _, part in lines), frames)
    scales = {name: scale_of((shown if scale == "all" else h.isel(time=places)).values, limits) for name, h in rows}
    for (name, h, part), axes in zip(lines, panels, strict=True):
        timed = len(rows) == 1 or name == rows[0][0]
        _line(axes, frames, h.isel(time=part), scales[name], name, timed)
    if scale == "row":
        for (name, h), axes in zip(rows, panels, strict=True):
            place: dict[str, Any] = {"location": "right", "aspect": 18, "pad": 0.015, "inches": SIDE}
            bar(figure, axes.tolist(), h.isel(time=places), scales[name], **place)
    else:
        bar(figure, panels.ravel().tolist(), shown, scales[rows[0][0]], **_place_of_bar(*panels.shape))
    scale_note = "a colour scale for each row" if scale == "row" else ""
    notes = [*frames.notes, subset, scale_note, missing_text(shown, frames.pairs), below_zero(shown)]
    above = headline(figure, title or ("RDM movie" if frames.time.size > 1 else "RDMs"), notes)
    figure.set_layout_engine("constrained", rect=(0, 0, 1, 1 - above / figure.get_figheight()))
    return figure


def times_of(time: xr.DataArray, times: Sequence[Any] | None, most: int) -> tuple[np.ndarray, str]:
    """Which frames are drawn (places), and what is to be said where it is not all of them.

    Examples
    --------
    >>> times_of(xr.DataArray(np.arange(60.0), dims="time"), None, 4)
    (array([ 0, 20, 39, 59]), '4 of 60 times')
    """
    if not (isinstance(most, Integral) and most >= 1):
        raise InputError(f"most is the number of times that are drawn, a whole one of at least 1; got {most!r}.")
    if times is not None:
        times = [times] if isinstance(times, str | Real) else times
        places = np.array([place_of(time, wanted, "time") for wanted in times], dtype=int)
        if not len(places):
            raise InputError("times names the times to be drawn; got none. Leave it out for all.")
    else:
        places = np.unique(np.linspace(0, time.size - 1, min(most, time.size)).round().astype(int))
        places = places if most > 1 else np.array([time.size - 1])
    return places, f"{len(places)} of {time.size} times" if len(places) < time.size else ""


def rows_within(frames: Frames) -> list[tuple[str, xr.DataArray]]:
    """The rows of a picture; raise `InputError` where they are too many to be seen."""
    rows = frames.rows()
    if len(rows) > MOST_ROWS:
        dims = [str(dim) for dim in frames.h.dims if dim not in ("time", "pair")]
        raise InputError(
            f"A picture has at most {MOST_ROWS} rows; {' x '.join(dims)} would make {len(rows)}. Choose one of "
            f"{dims[0]}: {dims[0]}={frames.h[dims[0]].values[0]!r} (at the command line --select), or some: "
            f"traj.sel({dims[0]}=[...])."
        )
    return rows


def _place_of_bar(lines: int, columns: int) -> dict[str, Any]:
    """Where the one colour bar stands: below few lines, else to the right."""
    if lines <= BAR_BELOW and columns >= BAR_BELOW:
        return {"location": "bottom", "aspect": 36, "pad": 0.04, "shrink": 0.7, "inches": 0.7 * columns * SIDE}
    inches = lines * SIDE * (0.9 if lines == 1 else 0.7)
    return {"location": "right", "aspect": 22, "pad": 0.015, "shrink": 0.9 if lines == 1 else 0.7, "inches": inches}


def _lines(places: np.ndarray, alone: bool) -> list[np.ndarray]:
    """The frames of one row in lines: of a single row, not more than `PER_LINE` side by side."""
    count = -(-len(places) // PER_LINE) if alone else 1
    each = -(-len(places) // count)
    return [places[start : start + each] for start in range(0, len(places), each)]


def _panels(lines: int, columns: int, frames: Frames) -> tuple[Figure, np.ndarray]:
    names = beside(frames, SIDE).inches
    below = lines <= BAR_BELOW and columns >= BAR_BELOW
    wide = 0.45 + names + columns * (SIDE + 0.08) + (0.0 if below else 0.9)
    high = 0.25 + lines * (SIDE + 0.3) + (0.65 if below else 0.0)
    figure = style.new_figure(max(wide, 3.6), high)
    return figure, figure.subplots(lines, columns, squeeze=False)


def _line(axes: np.ndarray, frames: Frames, h: xr.DataArray, scale: Scale, name: str, timed: bool) -> None:
    """RDMs (time, pair) of one row in their panels; what is left of the panels is empty."""
    squares = frames.square(h)
    for ax, square, time in zip(axes, squares, h["time"], strict=False):
        show(ax, square, scale)
        edges(ax, frames.class_ends)
        if timed:
            ax.set_title(at_time(time), fontsize=8.5, fontweight="normal", loc="center", pad=3)
        ax.set(xticks=[], yticks=[])
    for ax in axes[len(squares) :]:
        ax.set_visible(False)
    first: Axes = axes[0]
    beside(frames, SIDE).write(first)
    if name:
        first.set_ylabel(fill(name, 18), fontweight="bold")
