"""How well rules are told apart where they are known: confusion matrices, and whether probabilities are right."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from neurouniv.figures import style
from neurouniv.figures.rdm_classes import COLOURS
from neurouniv.figures.simulated_studies import DARK, MAP
from neurouniv.names import public
from neurouniv.schema import InputError, need_variables
from neurouniv.which_rule.candidates import KNOWN, NONE, in_words

REMEDY = "Count networks of known rules by `neurouniv.rules(traj).best`."
CELL, ROW = 0.47, 0.36
"""Inches of a cell."""
COLUMNS = 2
"""Matrices beside each other."""
SIDE = 3.4
"""Inches of the panel of reliability."""
NAME = 24


@style.styled
@public
def rule_confusion(confusion: xr.Dataset, *, title: str = "") -> Figure:
    """Draw how often each learning rule is taken for each other, and whether its probability is right.

    Matrices have the true rule in rows and the most probable one in columns: the share of a row in per cent, the count
    under it, and the row's total beside it; blank cells never came. Every view (seen whole, through spikes, ...) has a
    matrix. The panel of reliability has the share that was right against the probability that was given, with the
    number of networks; on the diagonal probabilities are right.

    Parameters
    ----------
    confusion : `confusion` (view, true, best) or (true, best), counts of networks. With `reliability` (bin,), the share
        right, over the coordinate `bin`, the mean probability of the most probable rule: the second panel; with
        `reliability_interval` (bin, bound) and `reliability_count` (bin,) where they are known.
    title : what stands above.

    Raises
    ------
    InputError : there are no such counts, or other dimensions.

    Examples
    --------
    >>> counts = xr.DataArray([[9, 1], [2, 8]], {"true": ["lazy", "none"], "best": ["lazy", "none"]}, ("true", "best"))
    >>> len(rule_confusion(counts.to_dataset(name="confusion")).axes)
    1
    """
    need_variables(confusion, ("confusion",), "A figure of confusions", REMEDY)
    counts = confusion["confusion"]
    counts = counts if "view" in counts.dims else counts.expand_dims(view=[""])
    if set(counts.dims) != {"view", "true", "best"}:
        raise InputError(
            f"A figure of confusions needs counts over view, true and best; got {confusion['confusion'].dims}. {REMEDY}"
        )
    views = [str(view) for view in counts["view"].values]
    panels = len(views) + ("reliability" in confusion)
    columns = min(COLUMNS, panels)
    rows, across, down = -(-panels // columns), counts.sizes["best"], counts.sizes["true"]
    width, height = max(SIDE, CELL * across + 0.6), max(SIDE * 0.8, ROW * down) + 1.5
    figure = style.new_figure(1.7 * columns + width * columns, 0.3 + height * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, view in zip(axes, views, strict=False):
        _draw_matrix(counts.sel(view=view).transpose("true", "best"), ax)
        ax.set_title(fill(view, 40))
    if "reliability" in confusion:
        _draw_reliability(confusion, axes[len(views)])
    for ax in axes[panels:]:
        ax.set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5)
    return figure


def _draw_matrix(counts: xr.DataArray, ax: Axes) -> None:
    """Shares of rows on a shade, as numbers over their counts; the true rule's cell has a frame."""
    values = counts.values.astype(float)
    totals = values.sum(1)
    shares = values / np.where(totals > 0, totals, np.nan)[:, None]
    truths, names = ([str(name) for name in counts[dim].values] for dim in ("true", "best"))
    ax.imshow(np.nan_to_num(shares), cmap=MAP, vmin=0, vmax=1, aspect="auto")
    for row, column in np.argwhere(values > 0).tolist():
        share = shares[row, column]
        colour = "white" if share > DARK else style.INK
        percent = f"{share:.0%}" if share >= 0.005 else "<1%"
        ax.annotate(percent, (column, row), (0, -0.5), textcoords="offset points", ha="center", va="bottom",
                    fontsize=7.5, color=colour)  # fmt: skip
        ax.annotate(f"{values[row, column]:.0f}", (column, row), (0, -1.5), textcoords="offset points", ha="center",
                    va="top", fontsize=6, color=colour)  # fmt: skip
    for row, truth in enumerate(truths):
        if truth in names:
            corner = names.index(truth) - 0.5, row - 0.5
            ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=style.INK, linewidth=0.9))
        ax.annotate(f"n = {totals[row]:.0f}", (1.015, row), xycoords=("axes fraction", "data"), va="center",
                    fontsize=7, color=style.MUTED, annotation_clip=False)  # fmt: skip
    ax.set_xticks(range(len(names)), [_name(name) for name in names], rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(truths)), [_name(name) for name in truths])
    ax.set_xlabel("the most probable rule")
    ax.set_ylabel("the true rule")
    ax.tick_params(length=0, labelcolor=style.INK, labelsize=7.5)
    ax.spines[:].set_visible(False)


def _draw_reliability(confusion: xr.Dataset, ax: Axes) -> None:
    """The share right against the probability that was given."""
    share = confusion["reliability"]
    if share.dims != ("bin",) or "bin" not in share.coords:
        raise InputError(
            f"reliability is over `bin`, whose coordinate is the mean probability there; got {share.dims}. {REMEDY}"
        )
    given, values = share["bin"].values.astype(float), share.values.astype(float)
    ax.plot([0, 1], [0, 1], color=style.MUTED, linewidth=0.9, linestyle="--", zorder=0)
    ax.annotate("probabilities are right", (0.04, 0.07), rotation=45, rotation_mode="anchor", fontsize=7,
                transform_rotates_text=True, color=style.MUTED)  # fmt: skip
    if "reliability_interval" in confusion:
        low, high = confusion["reliability_interval"].transpose("bound", "bin").values
        ax.vlines(given, low, high, color=COLOURS[0], linewidth=1.6, alpha=0.6)
    ax.plot(given, values, color=COLOURS[0], marker="o", ms=6, linewidth=1.0)
    if "reliability_count" in confusion:
        for x, y, count in zip(given, values, confusion["reliability_count"].values.tolist(), strict=True):
            left = x > 0.9
            ax.annotate(f"{count:.0f}", (x, y), (-7 if left else 7, -7), textcoords="offset points", va="center",
                        ha="right" if left else "left", fontsize=7, color=style.INK)  # fmt: skip
    ax.set_xlim(0, 1.02)
    ax.set_ylim(0, 1.02)
    ax.set_aspect("equal")
    for axis, label in ((ax.xaxis, "probability of the most probable rule"), (ax.yaxis, "share that was right")):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set_label_text(label)
    ax.set_title(_reliability_title(confusion))


def _reliability_title(confusion: xr.Dataset) -> str:
    parts = ["numbers: networks"] * ("reliability_count" in confusion)
    parts += ["lines: 95 % intervals"] * ("reliability_interval" in confusion)
    return "Are probabilities right?" + (f"\n({'; '.join(parts)})" if parts else "")


def _name(rule: str) -> str:
    """A rule in words, none of them in short; a name that is no rule's stays.

    Examples
    --------
    >>> _name("lazy"), _name("none"), _name("growth on one clock")
    ('lazy learning', 'none of these', 'growth on one clock')
    """
    if rule not in KNOWN and rule != NONE:
        return fill(rule, NAME)
    return fill(in_words(rule).removesuffix(" rules"), NAME)
