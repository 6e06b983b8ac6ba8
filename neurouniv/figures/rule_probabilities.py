"""Which rule a system learns by (`neurouniv.rules`): the probability of every rule, and the error of its law."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from neurouniv.figures import style
from neurouniv.figures.error_ratio import MOST, ticks
from neurouniv.figures.numbers import number
from neurouniv.figures.rdm_classes import COLOURS
from neurouniv.figures.rsa_panels import panels_of
from neurouniv.figures.rule_words import (
    batch_of,
    by_probability,
    called,
    level_of,
    members_of,
    need_rules,
)
from neurouniv.names import public
from neurouniv.which_rule.candidates import share_in_words

ALIKE, OTHER = COLOURS[0], "#b4b4bf"
"""Colours of the rules that cannot be told apart, and of the others."""
WIDTH, ROW = 9.4, 0.3
"""Inches of the figure, and of a rule's row."""
LETTERS, NAME, MOST_LETTERS = 14, 30, 4000
"""Letters of text in an inch, of a name in a line, and of all that stands above."""
MOST_PANELS = 6
THICK, SPREAD = 0.64, 0.22
LEAST = 1.25
"""The axis of ratios reaches at least so far on either side of 1."""


@style.styled
@public
def rule_probabilities(result: xr.Dataset, *, title: str = "") -> Figure:
    """Draw what `neurouniv.rules` found: how probable each rule is, and how large the errors of its law are.

    Bars are probabilities, under equal priors; in colour the rule that is separated from the others, or those that are
    not separated. Small points are members (subjects, seeds) by themselves. Beside it stand the ratios of errors to
    those of the law with the smallest error, with 95 % intervals; hollow where the interval holds 1. Every layer,
    region or other dimension has a row of panels of its own, at most six. Doubts stand under the figure.

    Parameters
    ----------
    result : of `neurouniv.rules`: `probability` (rule, ...), `error_ratio` (rule, ...) and what goes with them.
    title : what stands above; by default the answer, where it is of one place.

    Raises
    ------
    InputError : it is no such result.
    """
    need_rules(result, "A figure of learning rules")
    dims, order = batch_of(result), by_probability(result)
    panels, more = panels_of(result, dims, MOST_PANELS)
    head = _wrapped(title or ("" if dims else str(result.attrs["answer"])))
    note = _wrapped("\n".join(filter(None, [more and f"{more}.", _doubts(result)])))
    height = ROW * (len(order) + 1.2) + 0.7
    lines = len([line for line in (head + "\n" + note).split("\n") if line])
    figure = style.new_figure(WIDTH, 0.55 + 0.16 * lines + height * len(panels))
    grid = figure.subplots(len(panels), 2, squeeze=False, sharex="col", width_ratios=[1.25, 1])
    ends = _reach(result)
    for (left, right), panel in zip(grid, panels, strict=True):
        _draw_probabilities(panel.result, left, order)
        _draw_ratios(panel.result, right, order, ends)
        left.set_title(panel.title)
    grid[-1, 0].set_xlabel("probability, under equal priors")
    grid[-1, 1].set_xlabel("ratio of held-out errors to the smallest")
    figure.legend(handles=_legend(result), loc="outside lower left", ncols=5, title=note, title_fontsize=8.5,
                  alignment="left", borderaxespad=0.2)  # fmt: skip
    figure.suptitle(head, x=0.01, ha="left", fontsize=9.5)
    return figure


def _draw_probabilities(panel: xr.Dataset, ax: Axes, order: Sequence[str]) -> None:
    """A bar a rule, its number, and the members' own probabilities."""
    members = members_of(panel)
    for row, rule in enumerate(order):
        one = panel.sel(rule=rule)
        probability, inside = float(one["probability"]), bool(one["alike"])
        ax.barh([row], [np.nan_to_num(probability)], height=THICK, color=ALIKE if inside else OTHER, linewidth=0)
        ax.annotate(share_in_words(probability), (1.02, row), xycoords=("axes fraction", "data"), va="center",
                    annotation_clip=False, fontsize=8, fontweight="bold" if inside else "normal",
                    color=style.INK if inside else style.MUTED)  # fmt: skip
        if members:
            values = one["probability_each"].values
            heights = row + np.linspace(-SPREAD, SPREAD, len(values))
            ax.plot(values, heights, ls="none", marker="o", ms=3, color=style.INK, mfc="white", mew=0.8,
                    clip_on=False)  # fmt: skip
    if bool(panel["probability"].notnull().any()):
        ax.axvline(level_of(panel), color=style.MUTED, linewidth=0.9, linestyle="--", zorder=0)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 5))
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_yticks(range(len(order)), [fill(called(rule, panel), NAME) for rule in order])
    ax.set_ylim(len(order) - 0.5, -0.6)
    ax.tick_params(axis="y", length=0, labelsize=8.5, labelcolor=style.INK)


def _draw_ratios(panel: xr.Dataset, ax: Axes, order: Sequence[str], ends: tuple[float, float]) -> None:
    """Ratios of errors with their intervals on the same rows, on a log axis with a line at 1, and as numbers."""
    low, high = ends
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.axvline(1, color=style.INK, linewidth=0.9, zorder=0)
    for row, rule in enumerate(order):
        one = panel.sel(rule=rule)
        ratio, (lower, upper) = float(one["error_ratio"]), one["error_ratio_interval"].values
        if not np.isfinite(ratio):
            ax.text(1, row, " not known", va="center", fontsize=8, color=style.MUTED)
            continue
        colour = ALIKE if bool(one["alike"]) else style.MUTED
        ax.hlines(row, *np.clip([lower, upper], low, high), color=colour, linewidth=1.8, alpha=0.7)
        beyond = "$\u2192$" if ratio > high else "$\u2190$" if ratio < low else ""
        hollow = not beyond and not (lower > 1 or upper < 1)
        ax.plot([np.clip(ratio, low, high)], [row], marker=beyond or "o", ms=9 if beyond else 6.5, color=colour,
                mfc="white" if hollow else colour, ls="none", clip_on=False)  # fmt: skip
        text = "smallest" if rule == panel.attrs.get("reference") else number(ratio)
        ax.annotate(text, (1.05, row), xycoords=("axes fraction", "data"), va="center", fontsize=8,
                    annotation_clip=False, color=style.INK if bool(one["alike"]) else style.MUTED)  # fmt: skip
    ax.set_ylim(len(order) - 0.5, -0.6)
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.set_yticks([])
    ax.xaxis.set_major_locator(FixedLocator(ticks(low, high)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _reach(result: xr.Dataset) -> tuple[float, float]:
    """Both ends of the axis of ratios: all ratios and intervals up to `MOST`."""
    values = np.concatenate([result[name].values.ravel() for name in ("error_ratio", "error_ratio_interval")])
    values = np.clip(values[np.isfinite(values) & (values > 0)], 1 / MOST, MOST)
    low, high = min([1 / LEAST, *values]), max([LEAST, *values])
    return float(low / 1.05), float(high * 1.05)


def _legend(result: xr.Dataset) -> list[Patch | Line2D]:
    """What colours and marks mean; only of those that are drawn."""
    entries: list[Patch | Line2D] = []
    if bool(result["probability"].notnull().any()):
        several = result["alike"].sum("rule") > 1
        name = "not separated" if several.all() else "named"
        name = "named, or not separated" if several.any() and not several.all() else name
        enough = f"named from {level_of(result):.0%}"
        entries = [Patch(color=ALIKE, label=name), Patch(color=OTHER, label="less probable")]
        entries.append(Line2D([], [], color=style.MUTED, linewidth=0.9, linestyle="--", label=enough))
        dot = Line2D([], [], ls="none", marker="o", ms=3, color=style.INK, mfc="white", label="a member by itself")
        entries += [dot] * bool(members_of(result))
    hollow = Line2D([], [], ls="none", marker="o", color=style.MUTED, mfc="white", label="95 % interval holds 1")
    return [*entries, hollow]


def _doubts(result: xr.Dataset) -> str:
    doubts = str(result.attrs.get("doubts", ""))
    return f"Doubts: {doubts}" if doubts else ""


def _wrapped(text: str) -> str:
    shown = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} ..."
    return "\n".join(fill(line, int(WIDTH * LETTERS)) for line in shown.split("\n") if line)
