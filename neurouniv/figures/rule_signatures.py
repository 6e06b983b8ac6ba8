"""What learning rules predict differently: a row a rule, a panel a signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.rdm_classes import COLOURS
from neurouniv.names import public
from neurouniv.schema import need_variables

BLUE, RED, GREEN = COLOURS[:3]
EVENTS = {
    "half_loss": ("loss", "D", style.MUTED), "half_euclidean": ("squared distances", "o", BLUE),
    "half_correlation": ("correlation distances", "s", RED),
}  # fmt: skip
ENDS = {
    "like_start": ("the start", "D", style.MUTED), "like_inputs": ("the inputs", "o", BLUE),
    "like_targets": ("the targets", "s", RED),
}  # fmt: skip
OBSERVED, CALLED = "observed", {"universal": "universal (backprop)"}
ROW, LEAST, MOST = 0.29, 2.6, 3.0
"""Inches of a row and of the least figure; bars that are longer than the most end in an arrow."""


@style.styled
@public
def rule_signatures(signatures: xr.Dataset, title: str = "") -> Figure:
    """Draw what `neurouniv.rule_signatures` found: when things are half way, classes, growth after behaviour, the end.

    A row is a rule, or what was observed; a large mark is the mean of members (seeds, subjects), small ones are
    members. Where a number is not there stands "see note": the Dataset's `note` says why.

    Raises
    ------
    InputError : the Dataset is none of `neurouniv.rule_signatures`.
    """
    needed = (*EVENTS, "within_per_between", "growth_after", *ENDS)
    need_variables(signatures, needed, "The figure", "`neurouniv.rule_signatures(traj)` makes the Dataset.")
    names = [str(name) for name in np.atleast_1d(signatures["rule"].values)]
    figure = style.new_figure(11.0, max(LEAST, 1.6 + ROW * len(names)))
    axes = figure.subplots(1, 4, sharey=True, width_ratios=[1.5, 1, 1, 1.15])
    _marks(axes[0], signatures, EVENTS, since=float(signatures["time"].values[0]))
    _bars(axes[1], _members(signatures, "within_per_between"))
    _bars(axes[2], _members(signatures, "growth_after"))
    _marks(axes[3], signatures, ENDS)
    _words(axes, signatures)
    axes[0].set_yticks(range(len(names)), [CALLED.get(name, name).replace("_", " ") for name in names])
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    for label, name in zip(axes[0].get_yticklabels(), names, strict=True):
        label.set_fontweight("bold" if name == OBSERVED else "normal")
    figure.suptitle(title, fontsize=11, fontweight="bold", x=0.01, ha="left")
    return figure


def _words(axes: Sequence[Axes], signatures: xr.Dataset) -> None:
    """Titles, axes and legends."""
    unit = signatures["time"].attrs.get("units", "unit not given")
    words = (
        ("Half way at", f"time since the start ({unit})"),
        ("Classes", "change within classes,\nper change between classes"),
        ("After the loss is at 5 %", "change of mean distance,\nper change until then"),
        ("The end is like", "correlation over pairs"),
    )
    for ax, (head, label) in zip(axes, words, strict=True):
        ax.set_title(head, pad=21)
        ax.set_xlabel(label)
        ax.tick_params(axis="y", length=0, labelcolor=style.INK)
        for row in range(signatures.sizes["rule"]):
            ax.axhline(row, color=style.CEILING, linewidth=0.6, zorder=0)
    axes[0].set_xscale("log")
    axes[0].xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes[0].xaxis.set_minor_locator(NullLocator())
    axes[0].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes[3].set_xlim(min(-0.05, axes[3].get_xlim()[0]), 1.08)
    for ax in (axes[0], axes[3]):
        ax.legend(
            loc="lower left", bbox_to_anchor=(-0.03, 0.97), ncols=3, handletextpad=0.0, columnspacing=0.7, fontsize=7.5
        )


def _members(signatures: xr.Dataset, name: str) -> np.ndarray:
    """(rule, member)."""
    values = signatures[name].transpose("rule", ...).values.astype(float)
    return values.reshape(len(values), -1)


def _marks(ax: Axes, signatures: xr.Dataset, marks: dict[str, tuple[str, str, str]], since: float = 0.0) -> None:
    """A mark a rule for each number, small ones for members."""
    rows, means = np.arange(signatures.sizes["rule"]), []
    for name, (label, marker, colour) in marks.items():
        values = _members(signatures, name) - since
        several = np.isfinite(values).sum(-1, keepdims=True) > 1
        row, member = np.nonzero(np.isfinite(values) & several)
        ax.plot(values[row, member], row, marker, color=colour, ms=3.2, alpha=0.35, ls="none", zorder=2)
        mean = _mean(values)
        face: dict[str, Any] = (
            {"mfc": "none", "mew": 1.5, "ms": 8.5} if marker == "D" else {"mec": "white", "mew": 0.7, "ms": 7}
        )
        ax.plot(mean, rows, marker, color=colour, ls="none", label=label, zorder=3, **face)
        means.append(mean)
    for place in np.flatnonzero(np.isnan(means).all(0)).tolist():
        _absent(ax, place)


def _bars(ax: Axes, values: np.ndarray) -> None:
    """A bar a rule from 0; the number beside it, members as dots."""
    means = _mean(values)
    shown = np.clip(means, -MOST, MOST)
    ax.barh(range(len(means)), np.nan_to_num(shown), height=0.55, color=GREEN, alpha=0.55, zorder=1)
    ax.axvline(0, color=style.MUTED, linewidth=0.8, zorder=2)
    inside = np.isfinite(values) & (np.abs(values) <= MOST)
    rows, member = np.nonzero(inside & (np.isfinite(values).sum(-1, keepdims=True) > 1))
    ax.plot(values[rows, member], rows, ".", color=style.INK, ms=3.5, alpha=0.5, zorder=3)
    far = [np.where(inside, side * values, 0.0).max(-1) for side in (-1, 1)]
    ends = [np.maximum(one, np.nan_to_num(side * shown)) for one, side in zip(far, (-1, 1), strict=True)]
    reach = max(0.05, float(np.max(ends)))
    for row, mean in enumerate(means):
        if np.isnan(mean):
            _absent(ax, row)
            continue
        side, arrow = (-1, " \N{LEFTWARDS ARROW}") if mean < 0 else (1, " \N{RIGHTWARDS ARROW}")
        edge = side * (ends[int(side > 0)][row] + 0.05 * reach)
        text = number(mean, 2) + (arrow if abs(mean) > MOST else "")
        ax.text(edge, row, text, va="center", ha="left" if side > 0 else "right", fontsize=7.5)
    low, high = (1.85 if (one > 0).any() else 0.1 for one in ends)
    ax.set_xlim(-low * reach, high * reach)
    ax.xaxis.set_major_locator(MaxNLocator(3))


def _mean(values: np.ndarray) -> np.ndarray:
    """Of the members (rule, member) that there are, (rule,)."""
    there = np.isfinite(values)
    return np.where(there.any(-1), np.where(there, values, 0.0).sum(-1) / np.maximum(there.sum(-1), 1), np.nan)


def _absent(ax: Axes, row: int) -> None:
    place: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "center", "va": "center"}
    ax.text(
        0.5, row, "see note", fontsize=7.5, color=style.MUTED, bbox={"fc": "white", "ec": "none", "pad": 1.5}, **place
    )
