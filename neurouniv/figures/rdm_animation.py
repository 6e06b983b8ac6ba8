"""An RDM movie as an animation, on one colour scale, with the time in the title and a pause at both ends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.animation import FFMpegWriter, FuncAnimation
from matplotlib.artist import Artist

from neurouniv.figures import style
from neurouniv.figures.rdm_beside import beside
from neurouniv.figures.rdm_film import rows_within
from neurouniv.figures.rdm_frames import frames_of, missing_text
from neurouniv.figures.rdm_scale import Limits, bar, below_zero, edges, scale_of, show
from neurouniv.figures.rdm_sheet import headline
from neurouniv.figures.units import at_time
from neurouniv.schema import InputError

WRITERS = {".gif": "pillow", ".html": None, ".mp4": "ffmpeg"}
"""What writes an animation, by the suffix of its file; a page is written by matplotlib itself."""
SIDE, PER_LINE = 2.6, 4
"""Inches of a panel, and panels of a line."""
SIGNS = "".join(
    f'.fa-{name}::before {{content: "{sign}"}}\n'
    for name, sign in (
        ("minus", "\N{MINUS SIGN}"), ("plus", "+"), ("play", "\N{BLACK RIGHT-POINTING TRIANGLE}"), ("pause", "| |"),
        ("flip-horizontal", "\N{BLACK LEFT-POINTING TRIANGLE}"), ("fast-backward", "|<<"), ("step-backward", "<"),
        ("step-forward", ">"), ("fast-forward", ">>|"),
    )
) + ".fa {font-style: normal; white-space: nowrap}"  # fmt: skip
"""What stands on the buttons of a page."""
FPS, PAUSE = (0.01, 200.0), (0.0, 60.0)
"""Times a second, and seconds: what players of moving pictures keep up with, and who watches waits for."""
LARGEST = 500.0
"""Megabytes of a page's frames, more than any movie of RDMs has."""


@style.styled
def animation(
    rdms: xr.Dataset | xr.DataArray,
    order: str | Sequence[str] | None = None,
    *,
    fps: float = 3.0,
    pause: float = 1.0,
    classes: Mapping[str, Any] | None = None,
    limits: Limits = None,
    title: str = "",
    **select: Any,
) -> FuncAnimation:
    """Animate an RDM movie: one RDM after the other, every region, layer, ... in a panel of its own.

    `.save("movie.gif", writer="pillow")` writes it, `.to_jshtml()` is a piece of a page with buttons, and a notebook
    shows `IPython.display.HTML(animation(traj).to_jshtml())`. Keep the returned object for as long as it is to run.

    Parameters
    ----------
    rdms : a trajectory, h (..., time, pair), or any such DataArray with the names `first` and `second` (pair).
    fps : times a second, 0.01 to 200.
    pause : seconds that the first and the last time stand still, 60 at most.
    order, classes, limits, select : as in `neurouniv.figures.rdm`.

    Raises
    ------
    InputError : these are no RDMs, or of a single time; there is no such name or value.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 2.0, 2.0], [4.0, 9.0, 1.0]], dims=("time", "pair"), coords={"time": [1, 2]})
    >>> h = h.assign_coords(first=("pair", ["cat", "cat", "dog"]), second=("pair", ["dog", "car", "car"]))
    >>> animation(h).save("movie.gif", writer="pillow")  # doctest: +SKIP
    """
    frames = frames_of(rdms, order, classes, select)
    if frames.time.size < 2:
        raise InputError(
            "An animation needs two times or more; these RDMs have one. Draw it: neurouniv.figures.rdm(rdms)."
        )
    for name, value, (least, largest) in (("fps", fps, FPS), ("pause", pause, PAUSE)):
        if not (isinstance(value, Real) and least <= value <= largest):
            raise InputError(
                f"fps is a number of times a second, {FPS[0]:g} to {FPS[1]:g}, and pause of seconds, {PAUSE[0]:g} to "
                f"{PAUSE[1]:g}; got {name}={value!r}. Give another, or leave it out."
            )
    rows, scale = rows_within(frames), scale_of(frames.h.values, limits)
    columns = min(len(rows), PER_LINE)
    lines = -(-len(rows) // columns)
    names = beside(frames, SIDE)
    wide = 1.3 + names.inches + columns * (SIDE + 0.1)
    figure = style.new_figure(wide, 0.2 + lines * (SIDE + 0.3))
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    squares = [frames.square(h) for _, h in rows]
    images = [show(ax, square[0], scale) for ax, square in zip(panels, squares, strict=False)]
    for place, ax in enumerate(panels):
        ax.set(xticks=[], yticks=[], visible=place < len(rows))
        if place < len(rows):
            edges(ax, frames.class_ends)
        if place % columns == 0:
            names.write(ax)
    bar(figure, panels.tolist(), frames.h, scale, 0.8 * lines * SIDE, location="right", aspect=24, shrink=0.8, pad=0.02)
    notes = [*frames.notes, missing_text(frames.h, frames.pairs), below_zero(frames.h)]
    above = headline(figure, title or "RDM movie", notes)

    def update(frame: int) -> list[Artist]:
        when = at_time(frames.time[frame])
        for (name, _), image, square, ax in zip(rows, images, squares, panels, strict=False):
            image.set_data(np.ma.masked_invalid(square[frame]))
            ax.set_title(", ".join(filter(None, (name, when))), fontsize=9.5, fontweight="normal", loc="center", pad=4)
        return list(images)

    update(0)
    figure.set_layout_engine("constrained", rect=(0, 0, 1, 1 - above / figure.get_figheight()))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # titles of other lengths move nothing
    still = [0] * round(pause * fps), [frames.time.size - 1] * round(pause * fps)
    played = [*still[0], *range(frames.time.size), *still[1]]
    return FuncAnimation(figure, update, frames=played, interval=1000 / fps, cache_frame_data=False)


def need_writer(path: Path) -> None:
    """Raise `InputError` unless an animation can be written to `path`: .gif, .html, or .mp4 where ffmpeg is there."""
    if path.suffix.lower() not in WRITERS:
        raise InputError(f"An animation's file ends in {', '.join(WRITERS)}; got '{path.name}'.")
    if path.suffix.lower() == ".mp4" and not FFMpegWriter.isAvailable():
        raise InputError("An .mp4 needs ffmpeg, which is not installed. Write .gif or .html, or install ffmpeg.")


def save_animation(movie: FuncAnimation, path: Path) -> None:
    """Write an animation as .gif, as .html, a page with buttons that needs no other file, or with ffmpeg as .mp4.

    Raises
    ------
    InputError : another suffix, or ffmpeg is not installed.
    """
    need_writer(path)
    writer = WRITERS[path.suffix.lower()]
    if writer is not None:
        movie.save(path, writer=writer)
        return
    with mpl.rc_context({"animation.embed_limit": LARGEST}):
        body = movie.to_jshtml(default_mode="loop")
    body = re.sub(r"<link[^>]*>", f"<style>{SIGNS}</style>", body)  # whose signs of buttons come from the web
    head = '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>RDM movie</title></head><body>'
    path.write_text(f"{head}\n{body}\n</body></html>\n", encoding="utf-8")
