"""Models over time: courses with bands and the ceiling; under them, when one differs from 0 and from the best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from neurouniv.figures import style
from neurouniv.figures.rsa_words import p_of
from neurouniv.figures.system_pairs import cell_edges
from neurouniv.figures.units import whole_ticks
from neurouniv.schema import WITHIN_TRIAL
from neurouniv.similarity.words import ALPHA

NARROW = 0.78
"""Height of a mark, in rows."""
PALE = 0.28


def draw_courses(panel: xr.Dataset, ax: Axes, order: Sequence[str], looks: dict[str, style.Look]) -> None:
    """Similarity of every model over time with its 95 % band; the noise ceiling is the grey band."""
    time = panel["time"].values.astype(float)
    ceiling = panel["ceiling"].transpose("bound", "time").values if "ceiling" in panel else np.full((2, 1), np.nan)
    if np.isfinite(ceiling).any():
        ax.fill_between(time, *ceiling, color=style.CEILING, linewidth=0, zorder=0, label="noise ceiling")
        ax.plot(time, ceiling.max(0), color="#b9b9c2", linewidth=1.0, zorder=0)
    else:
        ax.text(0.99, 0.98, "noise ceiling not known", transform=ax.transAxes, ha="right", va="top", fontsize=7,
                color=style.MUTED)  # fmt: skip
    marked = len(time) <= style.FEW_TIMES
    widths = np.linspace(2.6, 1.3, len(order))  # of models that say the same, all are seen
    for name, width in zip(reversed(order), widths, strict=True):  # the most similar is drawn last, on top
        model, look = panel.sel(model=name), looks[name]
        if "similarity_interval" in model:
            bounds = model["similarity_interval"].transpose("bound", "time").values
            ax.fill_between(time, *bounds, color=look["color"], alpha=0.12, linewidth=0, zorder=1)
        every = 1 if marked else max(1, len(time) // 6)
        ax.plot(time, model["similarity"].values, color=look["color"], marker=look["marker"], ms=4.5, linewidth=width,
                markevery=every, label=name, zorder=2)  # fmt: skip
    ax.axhline(0, color=style.MUTED, linewidth=0.7, zorder=0.5)
    mark_stimulus(panel["time"], ax)
    ax.margins(x=0.02)
    style.finish_axis(ax)


def mark_stimulus(time: xr.DataArray, ax: Axes, along: str = "x") -> None:
    """A line at 0 where time is within the trial and there are times on both sides, or at it."""
    values = time.values.astype(float)
    if time.attrs.get("axis") == WITHIN_TRIAL and values.min() <= 0 <= values.max():
        line = ax.axvline if along == "x" else ax.axhline
        line(0, color=style.INK, linewidth=0.9, linestyle=(0, (2, 2)), zorder=0.6)


def draw_above_zero(panel: xr.Dataset, ax: Axes, order: Sequence[str], looks: dict[str, style.Look]) -> None:
    """Rows of marks: the times at which a model's p against 0 is below .05; hatched where it is below 0."""
    p = p_of(panel, "similarity")
    if p is None:
        return
    holds = (p < ALPHA).sel(model=list(order)).transpose("model", "time").values
    below = (panel["similarity"] < 0).sel(model=list(order)).transpose("model", "time").values
    _draw_rows(panel, ax, order, looks, holds & ~below)
    _draw_rows(panel, ax, order, looks, holds & below, hatch="////")


def below_best(panel: xr.Dataset) -> xr.DataArray:
    """Whether a model differs from the best one of the time, p below .05: (model, time), boolean."""
    p = p_of(panel, "difference")
    if p is None:
        return xr.zeros_like(panel["similarity"], dtype=bool)
    similarity = panel["similarity"].transpose("model", "time")
    best = similarity.fillna(-np.inf).argmax("model")
    of_best = p.transpose("model", "model_", "time").isel(model=best).drop_vars("model").rename(model_="model")
    return (of_best < ALPHA).transpose("model", "time") & similarity.notnull()


def draw_below_best(panel: xr.Dataset, ax: Axes, order: Sequence[str], looks: dict[str, style.Look]) -> None:
    """The best model of every time in the top row, pale where its p against 0 is not below .05; the others under it.

    A mark under it: at this time the model is less similar than the best, p below .05.
    """
    names, edges = panel["model"].values, cell_edges(panel["time"].values.astype(float))
    similarity, p = panel["similarity"].transpose("model", "time").values, p_of(panel, "similarity")
    holds = np.ones(similarity.shape, bool) if p is None else (p < ALPHA).transpose("model", "time").values
    known = np.isfinite(similarity)
    best = np.where(known, similarity, -np.inf).argmax(0)
    certain = np.take_along_axis(holds, best[None], 0)[0]
    for model in np.unique(best[known.any(0)]):
        look = looks[str(names[model])]
        for mask, alpha in ((certain, 1.0), (~certain, PALE)):
            for start, end in runs(mask & (best == model) & known.any(0)):
                _draw_mark(ax, edges[start], edges[end], 0, look, alpha=alpha)
    lower = below_best(panel).sel(model=list(order)).values
    _draw_rows(panel, ax, order, looks, lower, first=1)
    ax.set_ylim(len(order) + 0.5, -0.5)
    ax.axhline(0.5, color="#d5d5db", linewidth=0.6)


def _draw_rows(
    panel: xr.Dataset, ax: Axes, order: Sequence[str], looks: dict[str, style.Look], mask: np.ndarray,
    first: int = 0, hatch: str = "",
) -> None:  # fmt: skip
    """Marks (model, time) in a row a model, with the model's marker at the left."""
    edges = cell_edges(panel["time"].values.astype(float))
    for row, name in enumerate(order, start=first):
        for start, end in runs(mask[row - first]):
            _draw_mark(ax, edges[start], edges[end], row, looks[name], hatch)
        ax.plot([-0.015], [row], transform=ax.get_yaxis_transform(), marker=looks[name]["marker"], ms=3.6,
                color=looks[name]["color"], ls="none", clip_on=False)  # fmt: skip
    ax.set_ylim(len(order) - 0.5 + first, -0.5)
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.set_facecolor("#f6f6f9")


def _draw_mark(
    ax: Axes, start: float, end: float, row: int, look: style.Look, hatch: str = "", alpha: float = 1.0
) -> None:
    face = "none" if hatch else look["color"]
    ax.barh([row], [end - start], left=[start], height=NARROW, color=face, edgecolor=look["color"], hatch=hatch,
            linewidth=0, alpha=alpha)  # fmt: skip


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of True as (first, one past the last).

    Examples
    --------
    >>> runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    steps = np.diff(np.concatenate([[False], mask, [False]]).astype(int))
    return list(zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True))


def finish_time(time: xr.DataArray, ax: Axes) -> None:
    """Ticks and words of the time axis under the last row."""
    whole_ticks(ax.xaxis, time.values.astype(float))
    ax.set_xlabel(style.time_label(time))
