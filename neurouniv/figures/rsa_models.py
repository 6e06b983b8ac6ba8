"""Candidate models against data (`neurouniv.rsa`): bars at one time, courses over several, a panel a region."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from neurouniv.figures import rsa_bars, rsa_courses, style
from neurouniv.figures.rsa_panels import Panel, at_time, batch_of, by_similarity, model_looks, panels_of
from neurouniv.figures.rsa_words import headline, measure_of, need_rsa, p_of
from neurouniv.names import public
from neurouniv.schema import InputError

MOST_PANELS = 9
MOST_COURSES = 12
"""So many models, the most similar ones, have a course."""
MOST_COMPARED = 24
"""With more models the matrix of differences is left to the result."""
LEGEND_LINE = 30
"""Letters of a name in a line of the legend."""
TITLE_LETTERS = 13
"""Letters of a title in an inch."""
ORDERS = ("similarity", "given")


@style.styled
@public
def rsa(result: xr.Dataset, *, time: float | None = None, order: str = "similarity") -> Figure:
    """Draw the result of `neurouniv.rsa`: which model's RDM is most like the data's, and is it known to be so?

    **At one time** every model has a row: a bar, its 95 % interval, a dot a member; the marker is filled where p
    against 0 is below .05. The grey band is the noise ceiling. The matrix beside has a mark where two models differ: >
    where the row's is more similar than the column's. **Over several times** every model has a course with its band;
    rows under it show when p against 0 is below .05, which model is the best, and when the others are less similar
    than the best. All p values are the corrected ones where the result has them, and the title says so. Every region
    (or other dimension) has a panel of its own, at most nine.

    Parameters
    ----------
    result : of `neurouniv.rsa` with model="one": `similarity` (model, ..., time) and what goes with it.
    time : one of the result's times, in its unit, to draw bars there; None draws all times.
    order : "similarity" sorts models, the most similar first (in the mean over all that is drawn); "given" does not.

    Raises
    ------
    InputError : it is another result, the result has no such time, or `order` is neither.

    Examples
    --------
    >>> similarity = xr.DataArray([[0.5], [0.1]], {"model": ["pixels", "network"], "time": [0.0]}, ("model", "time"))
    >>> result = xr.Dataset({"similarity": similarity}, attrs={"kind": "rsa", "model": "one", "comparator": "corr"})
    >>> [label.get_text() for label in rsa(result).axes[0].get_yticklabels()]
    ['pixels', 'network']

    Source: Nili et al. (2014), bars with noise ceiling; Golan et al. (2020) and rsatoolbox's plot_model_comparison,
    pairwise tests.
    """
    need_rsa(result, "A figure of RSA")
    if order not in ORDERS:
        raise InputError(f"order is one of {', '.join(map(repr, ORDERS))}; got {order!r}.")
    chosen = at_time(result, time)
    panels, more = panels_of(chosen, batch_of(chosen), MOST_PANELS)
    names = by_similarity(chosen) if order == "similarity" else [str(name) for name in chosen["model"].values]
    draw = _bars if chosen.sizes["time"] == 1 else _courses
    return draw(chosen, panels, names, more, order == "similarity")


def _bars(result: xr.Dataset, panels: list[Panel], names: list[str], more: str, is_sorted: bool) -> Figure:
    """One row of the figure a panel: bars, and the matrix of differences."""
    compared = p_of(result, "difference") is not None and 1 < len(names) <= MOST_COMPARED
    looks, row = model_looks(result), 0.27 if len(names) > 3 else 0.36
    numbers = [rsa_bars.columns_of(panel.result.isel(time=0), names) for panel in panels]
    width = [3.4, sum(map(rsa_bars.width_of, numbers[0]))] + [max(1.1, row * len(names))] * compared
    total = sum(width) + 0.075 * min(rsa_bars.LINE, max(map(len, names))) + 0.5
    title = _title(result, more, is_sorted, total)
    height = row * (len(names) + 1.4)
    figure = style.new_figure(total, 0.75 + 0.17 * len(title.splitlines()) + len(panels) * (height + 0.35))
    grid = figure.subplots(len(panels), len(width), squeeze=False, sharex="col", width_ratios=width)
    for (bars, beside, *rest), panel, columns in zip(grid, panels, numbers, strict=True):
        frame = panel.result.isel(time=0)
        rsa_bars.draw_bars(frame, bars, names, looks)
        bars.set_title(panel.title)
        rsa_bars.draw_numbers(columns, beside)
        for ax in rest:
            rsa_bars.draw_differences(frame, ax, names, looks)
        for ax in (beside, *rest):
            ax.set_ylim(bars.get_ylim())
    for bars, *_ in grid[:-1]:
        bars.set_xlabel("")
    for ax in grid[-1][2:]:
        ax.set_xlabel("> row more similar\n< row less similar", fontsize=7.5)
    _say(figure, title)
    return figure


def _courses(result: xr.Dataset, panels: list[Panel], names: list[str], more: str, is_sorted: bool) -> Figure:
    """Courses with rows of marks under them, at most three panels side by side."""
    looks, drawn = model_looks(result), by_similarity(result)[:MOST_COURSES]
    order = [name for name in names if name in drawn]
    dropped = f"the {len(order)} most similar of {len(names)} models are drawn" if len(order) < len(names) else ""
    tested, compared = p_of(result, "similarity") is not None, p_of(result, "difference") is not None
    marks = [0.1 * len(order) + 0.12] * tested + [0.1 * (len(order) + 1) + 0.12] * (compared and len(order) > 1)
    heights = [2.5, *marks]
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    alone = len(panels) == 1
    letters = min(LEGEND_LINE, max(map(len, [*order, "noise ceiling"])))
    widths = [4.6 if alone else 3.5] * columns + [0.6 + 0.085 * letters] * alone
    title = _title(result, "; ".join(filter(None, [more, dropped])), is_sorted and alone, sum(widths) + 0.6)
    figure = style.new_figure(sum(widths) + 0.6, 1.0 + 0.17 * len(title.splitlines()) + rows * (sum(heights) + 0.6))
    whole = figure.subplots(
        rows * len(heights), len(widths), squeeze=False, sharex="col", height_ratios=heights * rows, width_ratios=widths
    )
    blocks = [
        list(whole[row * len(heights) :, column][: len(heights)]) for row in range(rows) for column in range(columns)
    ]
    for place, (panel, axes) in enumerate(zip(panels, blocks, strict=False)):
        _draw_panel(panel, axes, order, looks, tested, first=place % columns == 0)
        if place + columns >= len(panels):
            rsa_courses.finish_time(panel.result["time"], axes[-1])
            axes[-1].tick_params(labelbottom=True)
    for ax in (ax for axes in blocks[len(panels) :] for ax in axes):
        ax.set_visible(False)
    _same_height([courses for courses, *_ in blocks[: len(panels)]])
    _legend(figure, whole[:, columns:].ravel(), result, order, looks)
    _say(figure, title)
    return figure


def _draw_panel(
    panel: Panel, axes: list[Axes], order: list[str], looks: dict[str, style.Look], tested: bool, first: bool
) -> None:
    courses, *rows = axes
    rsa_courses.draw_courses(panel.result, courses, order, looks)
    courses.set_title(panel.title)
    if first:
        courses.set_ylabel(fill(f"similarity of RDMs ({measure_of(panel.result)})", 34))
    draws = [rsa_courses.draw_above_zero] * tested + [rsa_courses.draw_below_best]
    words = ["p < .05\nagainst 0"] * tested + ["the best,\nand those\nbelow it"]
    for ax, draw, text in zip(rows, draws, words, strict=False):
        draw(panel.result, ax, order, looks)
        if first:
            ax.set_ylabel(text, rotation=0, ha="right", va="center", fontsize=7, color=style.MUTED, labelpad=14)
    for ax in axes[:-1]:
        ax.tick_params(labelbottom=False)


def _same_height(axes: list[Axes]) -> None:
    """One scale for all panels, so that they can be compared."""
    lows, highs = zip(*(ax.get_ylim() for ax in axes), strict=True)
    for ax in axes:
        ax.set_ylim(min(lows), max(highs))


def _legend(
    figure: Figure, beside: np.ndarray, result: xr.Dataset, order: list[str], looks: dict[str, style.Look]
) -> None:
    """Names of models, in the axes `beside` the only panel, or under several."""
    known = result["similarity"].notnull()
    is_known = {name: bool(known.sel(model=name).any()) for name in order}
    entries: list[Line2D | Patch] = [
        Line2D([], [], color=looks[name]["color"], marker=looks[name]["marker"], ms=4.5, linewidth=1.7,
               label=fill(name if is_known[name] else f"{name} (not known)", LEGEND_LINE)) for name in order
    ]  # fmt: skip
    if "ceiling" in result and result["ceiling"].notnull().any():
        entries.append(Patch(color=style.CEILING, label="noise ceiling"))
    for ax in beside:
        ax.axis("off")
    if beside.size:
        names = beside[0].legend(handles=entries, loc="upper left", borderaxespad=0.0)
        names.set_in_layout(False)  # it may hang down beside the rows of marks
        return
    longest = max(len(line) for entry in entries for line in str(entry.get_label()).splitlines())
    columns = max(1, int(figure.get_figwidth() / (0.55 + 0.075 * longest)))
    figure.legend(handles=entries, loc="outside lower center", ncols=min(columns, len(entries)))


def _title(result: xr.Dataset, more: str, is_sorted: bool, width: float) -> str:
    """The headline of the figure, in as many lines as `width` inches need."""
    order = "most similar first" if is_sorted and result.sizes["model"] > 1 else ""
    return fill("; ".join(filter(None, [headline(result), order, more])), int(TITLE_LETTERS * width))


def _say(figure: Figure, title: str) -> None:
    figure.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold")
