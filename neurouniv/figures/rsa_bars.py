"""Models at one time: a bar and an interval each, members as dots, the noise ceiling, and which models differ."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill, shorten

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.ticker import MaxNLocator

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.rsa_words import is_corrected, measure_of, member_dim, p_in_words, p_of
from neurouniv.similarity.words import ALPHA

LINE, LONGEST = 34, 66
"""Letters of a model's name in a line, and in all."""
HEAD, TOP = -0.85, -1.35
"""Rows above the first model: of the columns' names, and where the panel ends."""
THICK = 0.62
"""Height of a bar, in rows."""
SPREAD = 0.2
HIGHER, LOWER = ">", "<"
HIGHER_FACE, LOWER_FACE, DIAGONAL = "#41414b", "#b4b4bf", "#ececf0"


def draw_bars(frame: xr.Dataset, ax: Axes, order: Sequence[str], looks: dict[str, style.Look]) -> None:
    """One row a model, in `order`: bar, 95 % interval, members, p. Filled markers: p against 0 is below .05.

    `frame` is a result at one time: similarity (model,) and what goes with it.
    """
    draw_ceiling(frame, ax)
    for row, name in enumerate(order):
        _draw_model(frame.sel(model=name), ax, row, name, looks[name])
    ax.axvline(0, color=style.MUTED, linewidth=0.8, zorder=1)
    ax.set_yticks(range(len(order)), [fill(shorten(name, LONGEST, placeholder=" …"), LINE) for name in order])
    ax.tick_params(axis="y", length=0, labelsize=8.5, labelcolor=style.INK)
    ax.set_ylim(len(order) - 0.4, TOP)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(f"similarity of RDMs\n({measure_of(frame)})")


def draw_ceiling(frame: xr.Dataset, ax: Axes) -> None:
    """The noise ceiling as a grey band, in words where it is not known."""
    ends = frame["ceiling"].values if "ceiling" in frame else np.full(2, np.nan)
    if np.isfinite(ends).all():
        low, high = sorted(map(float, ends))
        ax.axvspan(low, high, color=style.CEILING, linewidth=0, zorder=0, label="noise ceiling")
        ax.axvline(high, color="#b9b9c2", linewidth=1.0, zorder=0)
        ax.text((low + high) / 2, HEAD, "ceiling", ha="center", va="center", fontsize=7, color=style.MUTED)
    else:
        ax.text(0.99, HEAD, "noise ceiling not known", transform=ax.get_yaxis_transform(), ha="right", va="center",
                fontsize=7, color=style.MUTED)  # fmt: skip


def _draw_model(model: xr.Dataset, ax: Axes, row: int, name: str, look: style.Look) -> None:
    value, colour = float(model["similarity"]), look["color"]
    if not np.isfinite(value):
        ax.annotate("not known", (0, row), (5, 0), textcoords="offset points", va="center", fontsize=8,
                    color=style.MUTED)  # fmt: skip
        return
    ax.barh([row], [value], height=THICK, color=colour, alpha=0.28, linewidth=0, zorder=1.5, label=name)
    members = member_dim(model)
    if members:
        dots = model["similarity_each"].values
        heights = row + np.linspace(-SPREAD, SPREAD, len(dots))
        ax.plot(dots, heights, ls="none", marker="o", ms=2.6, color=colour, alpha=0.55, mew=0, zorder=2)
    if "similarity_interval" in model:
        low, high = model["similarity_interval"].values
        ax.hlines(row, low, high, color=colour, linewidth=2.0, zorder=2.5)
    p = p_of(model, "similarity")
    face = colour if p is not None and float(p) < ALPHA else "white"
    ax.plot([value], [row], marker=look["marker"], ms=7, color=colour, markerfacecolor=face, ls="none", zorder=3,
            label=name)  # fmt: skip


def columns_of(frame: xr.Dataset, order: Sequence[str]) -> dict[str, list[str]]:
    """Numbers that stand beside the bars, a text a model: similarity, p against 0 and the ceiling."""
    columns = {"similarity": [number(float(frame["similarity"].sel(model=name)), 2) for name in order]}
    p = p_of(frame, "similarity")
    if p is not None:
        head = "p against 0,\ncorrected" if is_corrected(frame, "similarity") else "p against 0,\nnot corrected"
        columns[head] = [p_in_words(float(p.sel(model=name))) for name in order]
    if "below_ceiling_p" in frame and frame["below_ceiling_p"].notnull().any():
        below = frame["below_ceiling_p"]
        columns["p below lower\nceiling, not corr."] = [p_in_words(float(below.sel(model=name))) for name in order]
    return columns


def width_of(head: str) -> float:
    """Inches that a column of numbers takes."""
    return 0.07 * max(map(len, head.split("\n")))


def draw_numbers(columns: dict[str, list[str]], ax: Axes) -> None:
    """The columns on the rows of the bars."""
    place = 0.0
    for head, texts in columns.items():
        middle = place + width_of(head) / 2
        ax.text(middle, HEAD, head, ha="center", va="center", fontsize=6.5, color=style.MUTED)
        for row, text in enumerate(texts):
            ax.text(middle, row, text, ha="center", va="center", fontsize=8, color=style.INK)
        place += width_of(head)
    ax.set_xlim(0, place)
    ax.axis("off")


def draw_differences(frame: xr.Dataset, ax: Axes, order: Sequence[str], looks: dict[str, style.Look]) -> None:
    """A matrix beside the bars, on their rows: is the row's model more (>) or less (<) similar than the column's?

    Only differences whose p, corrected where it was, is below .05 have a mark.
    """
    pairs = frame.sel(model=list(order), model_=list(order)).transpose("model", "model_", ...)
    p, difference = p_of(pairs, "difference"), pairs["difference"].values
    off = ~np.eye(len(order), dtype=bool)
    holds = np.zeros_like(off) if p is None else off & (p < ALPHA).values
    faces = np.where(holds, np.where(difference > 0, HIGHER_FACE, LOWER_FACE), np.where(off, "#ffffff", DIAGONAL))
    reach = -0.5, len(order) - 0.5
    ax.imshow(to_rgba_array(faces.ravel()).reshape(*faces.shape, 4), aspect="auto", extent=(*reach, *reach[::-1]))
    for row, column in np.argwhere(holds).tolist():
        higher = difference[row, column] > 0
        ax.text(column, row, HIGHER if higher else LOWER, ha="center", va="center", fontsize=8,
                color="white" if higher else style.INK)  # fmt: skip
    for column, name in enumerate(order):
        ax.plot([column], [HEAD], marker=looks[name]["marker"], color=looks[name]["color"], ms=5.5, ls="none",
                clip_on=False)  # fmt: skip
    edges = np.arange(len(order) + 1) - 0.5
    ax.hlines(edges, edges[0], edges[-1], color="#d5d5db", linewidth=0.6)
    ax.vlines(edges, edges[0], edges[-1], color="#d5d5db", linewidth=0.6)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.spines[:].set_visible(False)
