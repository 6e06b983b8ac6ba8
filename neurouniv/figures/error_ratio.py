"""How much larger every rival's error is than that of the law on trial, with its interval."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.universality.rivals import reference_of

MOST = 20.0
"""A ratio above this, or below its inverse, is drawn at the edge with an arrow and its number."""
LEAST = 1.25
"""The axis reaches at least this far on either side of 1."""
SIDE = 0.55
"""The shorter side of the axis is at least this share of the longer: both have to hold what a side means."""
TICKS = (1.0, 2.0, 0.5, 5.0, 0.2, 10.0, 0.1, 20.0, 0.05, 1.5, 0.7, 3.0, 0.3, 1.2, 0.8, 1.1, 0.9)
"""Marks of the axis, those first that are wanted most."""
APART = 0.12
"""Marks stand at least this share of the axis apart."""
SPREAD = 0.22


def draw_error_ratio(result: xr.Dataset, ax: Axes, looks: dict[str, style.Look]) -> None:
    """`error_ratio` of every rival with its 95 % interval, in the rows of `looks`, on a log axis with a line at 1.

    A marker is filled where the interval leaves 1 out. Several ratios of a law (layers, members) stand side by side.
    """
    reference = reference_of(result)
    low, high = _reach(result, reference)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.axvline(1, color=style.INK, linewidth=0.9, zorder=0)
    for row, (law, look) in enumerate(looks.items()):
        if law != reference:
            _draw_law(ax, result.sel(law=law), row, law, look, (low, high))
    row = list(looks).index(reference)
    ground = {"boxstyle": "square,pad=0.2", "facecolor": "white", "edgecolor": "none"}
    small = partial(ax.text, fontsize=7.5, color=style.MUTED, va="center")
    small(1, row, "law on trial", ha="center", bbox=ground)
    top = -0.95
    ax.set_ylim(len(looks) - 0.5, top - 0.25)
    small(0.01, top, "← rival better", transform=ax.get_yaxis_transform(), ha="left")
    small(0.99, top, "law better →", transform=ax.get_yaxis_transform(), ha="right")
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.xaxis.set_major_locator(FixedLocator(ticks(low, high)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlabel("ratio of errors" + (", held-out time courses" if result.attrs.get("split") != "none" else ""))


def ticks(low: float, high: float) -> list[float]:
    """Marks between `low` and `high` on a log axis, far enough apart to be read.

    Examples
    --------
    >>> ticks(0.6, 1.6), ticks(0.1, 10.0)
    ([0.7, 0.8, 1.0, 1.2, 1.5], [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0])
    """
    marks: list[float] = []
    for tick in TICKS:
        near = any(abs(np.log(tick / other)) < APART * np.log(high / low) for other in marks)
        marks += [tick] if low <= tick <= high and not near else []
    return sorted(marks)


def legend_entry() -> Line2D:
    """What a legend says of a hollow marker."""
    return Line2D([], [], marker="o", ls="none", color=style.MUTED, markerfacecolor="white", label="interval holds 1")


def _draw_law(ax: Axes, result: xr.Dataset, row: int, law: str, look: style.Look, ends: tuple[float, float]) -> None:
    """A rival's ratios and intervals in its row, and the typical ratio as a number beside the panel."""
    ratios, bounds = _known_ratios(result)
    if not ratios.size:
        return
    low, high = ends
    heights = row + (np.linspace(-SPREAD, SPREAD, ratios.size) if ratios.size > 1 else np.zeros(1))
    clipped = np.clip(bounds, low, high)
    width = 1.8 if ratios.size == 1 else 1.0
    ax.hlines(heights, clipped[:, 0], clipped[:, 1], color=look["color"], linewidth=width, alpha=0.7)
    size = 7.5 if ratios.size == 1 else 5
    for ratio, place, (lower, upper) in zip(ratios, heights, bounds, strict=True):
        beyond = "$\u2192$" if ratio > high else "$\u2190$" if ratio < low else ""
        face = look["color"] if beyond or not lower <= 1 <= upper else "white"
        ax.plot([np.clip(ratio, low, high)], [place], color=look["color"], marker=beyond or look["marker"], ls="none",
                ms=10 if beyond else size, markerfacecolor=face, label=law, clip_on=False)  # fmt: skip
    middle = float(np.exp(np.log(ratios).mean()))
    ax.annotate(number(middle), (1.06, row), xycoords=("axes fraction", "data"), ha="left", va="center",
                annotation_clip=False, fontsize=8, color=look["color"])  # fmt: skip


def _known_ratios(result: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The ratios that are known (k,), and their intervals (k, 2)."""
    ratio = result["error_ratio"]
    bounds = result["error_ratio_interval"].transpose(*ratio.dims, "bound").values.reshape(-1, 2)
    values = ratio.values.reshape(-1)
    mask = np.isfinite(values) & (values > 0)
    bounds = np.where(np.isfinite(bounds), bounds, values[:, None])
    return values[mask], bounds[mask]


def _reach(result: xr.Dataset, reference: str) -> tuple[float, float]:
    """Both ends of the axis: all intervals up to `MOST`, and room on either side of 1."""
    laws = [_known_ratios(result.sel(law=law)) for law in result["law"].values if law != reference]
    ends = np.concatenate([np.ones(1), *(np.concatenate([ratios, bounds.ravel()]) for ratios, bounds in laws)])
    ends = np.clip(ends, 1 / MOST, MOST)
    left, right = (max(np.log(LEAST), side) for side in (-np.log(ends.min()), np.log(ends.max())))
    left, right = max(left, SIDE * right), max(right, SIDE * left)
    return float(np.exp(-1.05 * left)), float(np.exp(1.05 * right))
