"""Figures of simulated studies: the power of designs (`neurouniv.plan`), and confusions (`neurouniv.recover`)."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.names import public
from neurouniv.schema import InputError, need_variables

MAP = "Purples"
LEGEND_COLUMN = 1.2
"""Inches that an entry of the legend takes."""
BESIDE = 0.07
"""How far lines stand beside each other, in doublings of the axis."""
MARGIN = 1.25
LETTERS = 13
"""Of a title in an inch."""
DARK = 0.55
"""Cells above this share have light numbers."""


@style.styled
@public
def power(planned: xr.Dataset) -> Figure:
    """Power against repeats, a line for every number of sessions, a panel for every number of conditions (and snr).

    Bars are 95 % intervals for the number of studies; the dashed line is the power that was asked for.

    Parameters
    ----------
    planned : of `neurouniv.plan` or `neurouniv.plan_rules`.

    Raises
    ------
    InputError : it is none.
    """
    need_variables(planned, ("power", "power_interval", "trials"), "A figure of power", "`neurouniv.plan` makes it.")
    planned = planned if "snr" in planned.dims else planned.expand_dims("snr")
    rows, columns = planned["snr"].values, planned["conditions"].values
    figure = style.new_figure(0.6 + 2.7 * len(columns), 0.9 + 2.3 * len(rows))
    panels = figure.subplots(len(rows), len(columns), squeeze=False, sharex=True, sharey=True)
    for row, ratio in enumerate(rows):
        for column, count in enumerate(columns):
            _draw(planned.sel(snr=ratio, conditions=count), panels[row, column], planned.attrs["asked"])
            panels[row, column].set_title(f"{count} conditions, snr {ratio:g}")
        panels[row, 0].set_ylabel("power")
    for ax in panels[-1]:
        ax.set_xlabel("repeats in a session")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    fitting = max(1, int(figure.get_figwidth() / LEGEND_COLUMN))
    figure.legend(handles, labels, loc="outside lower center", ncols=min(fitting, len(labels)))
    counted = planned.attrs.get("counted") or f"the {planned.attrs['law']} law is described where it is true"
    title = f"Share of studies in which {counted} ({planned.attrs['studies']} studies a design)"
    _headline(figure, title)
    return figure


def _headline(figure: Figure, title: str) -> None:
    """A title at the left, in as many lines as the figure is narrow."""
    lines = fill(title, int(LETTERS * figure.get_figwidth()))
    figure.suptitle(lines, x=0.01, ha="left", fontsize=9)


def _draw(panel: xr.Dataset, ax: Axes, target: float) -> None:
    """One panel: power (sessions, repeats)."""
    repeats = panel["repeats"].values
    looks = style.law_look([str(count) for count in panel["sessions"].values])
    beside = 2 ** (BESIDE * (np.arange(len(looks)) - (len(looks) - 1) / 2))  # what is alike is seen side by side
    for k, (count, look) in enumerate(looks.items()):
        line, places = panel.isel(sessions=k), repeats * beside[k]
        low, high = line["power_interval"].transpose("bound", "repeats").values
        ax.vlines(places, low, high, color=look["color"], alpha=0.45, linewidth=1.4)
        ax.plot(places, line["power"].values, color=look["color"], marker=look["marker"], ms=5, linewidth=1.6,
                label=f"{count} sessions")  # fmt: skip
    ax.axhline(target, color=style.MUTED, linewidth=0.8, linestyle="--")
    ax.set_xscale("log", base=2)
    ax.set_xlim(repeats.min() / MARGIN, repeats.max() * MARGIN)
    ax.set_xticks(repeats, [f"{count:g}" for count in repeats])
    ax.minorticks_off()
    ax.set_ylim(-0.03, 1.03)


@style.styled
@public
def confusion(recovered: xr.Dataset) -> Figure:
    """The confusion matrices of `neurouniv.recover`: the true law against the best one, and against the verdict.

    Parameters
    ----------
    recovered : of `neurouniv.recover`, with rivals.

    Raises
    ------
    InputError : it has no confusion matrix.
    """
    need_variables(
        recovered, ("best",), "A confusion matrix", "`neurouniv.recover([law, rival, ...], like=...)` makes it."
    )
    panels = [("best", "law", "best by held-out log score")]
    if "decision" in recovered:
        panels.append(("decision", "verdict", f"verdict on the {recovered.attrs.get('law', '')} law"))
    sizes = [recovered.sizes[dim] for _, dim, _ in panels]
    figure = style.new_figure(1.6 + 0.85 * sum(sizes), 1.6 + 0.5 * recovered.sizes["truth"])
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True, gridspec_kw={"width_ratios": sizes})[0]
    for ax, (name, dim, title) in zip(axes, panels, strict=True):
        _matrix(recovered[name].transpose("truth", dim), ax)
        ax.set_title(title)
    axes[0].set_yticks(range(recovered.sizes["truth"]), [str(name) for name in recovered["truth"].values])
    axes[0].set_ylabel("truth")
    _headline(figure, f"Share of {recovered.attrs['studies']} studies of each truth")
    return figure


def _matrix(shares: xr.DataArray, ax: Axes) -> Any:
    """Shares (truth, what came out) as numbers on a shade; what never came out is left blank."""
    values, labels = shares.values, [str(label).replace(" ", "\n") for label in shares[shares.dims[1]].values]
    if values.ndim != 2:
        raise InputError(f"A confusion matrix has two dimensions; got {shares.dims}.")
    image = ax.imshow(values, cmap=MAP, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value > DARK else style.INK
        text = f"{value:.0%}" if value > 0 else ""
        ax.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
    ax.set_xticks(range(len(labels)), labels, rotation=35 if len(labels) > 3 else 0)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return image
