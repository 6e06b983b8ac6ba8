"""Re-learning after a switch of rules or targets: distances over time, and how each pair moved."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.rdm_classes import COLOURS
from neurouniv.figures.units import in_units
from neurouniv.names import public
from neurouniv.schema import need_variables

LEARNED, UNLEARNED = COLOURS[0], COLOURS[1]
LINES: dict[str, tuple[str, str, style.Stroke]] = {
    "h": ("observed", style.COLOURS["h"], style.DATA),
    "predicted": ("the law, from what it learned before", style.DARK["h"], style.LAW),
    "unlearned": ("the second law, from the RDM at the switch alone", UNLEARNED, {"linestyle": "--", "linewidth": 1.4}),
}


@style.styled
@public
def rule_switch(result: xr.Dataset, title: str = "") -> Figure:
    """Draw what `neurouniv.relearning` found: the mean distance over both phases, and how far each pair moved after.

    Left, observed (solid), predicted with nothing fitted after the switch (dotted) and by a law that knows the RDM at
    the switch only (dashed), means over members and pairs. Right, how far each pair moved from the switch to the end,
    a point a pair and member.

    Raises
    ------
    InputError : the Dataset is none of `neurouniv.relearning`.
    """
    needed = (*LINES, "moved", "moved_unlearned")
    need_variables(result, needed, "The figure", "`neurouniv.relearning(first, second)` makes the Dataset.")
    figure = style.new_figure(9.2, 3.9)
    left, right = figure.subplots(1, 2, width_ratios=[1.45, 1])
    _draw_courses(left, result)
    _draw_moves(right, result)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, fontsize=8)
    law, rule = (str(result.attrs.get(name, "?")).replace("_", " ") for name in ("law", "rule"))
    figure.suptitle(
        title or f"{law}, then {rule if rule != law else 'on'}", fontsize=11, fontweight="bold", x=0.01, ha="left"
    )
    return figure


def _draw_courses(ax: Axes, result: xr.Dataset) -> None:
    time, at = result["time"].values, float(result.attrs["at"])
    for name, (label, colour, stroke) in LINES.items():
        movie = result[name]
        mean = movie.mean([dim for dim in movie.dims if dim != "time"]).values
        ax.plot(time, mean, color=colour, label=label, **stroke)
    ax.axvline(at, color=style.MUTED, linewidth=1.0, zorder=0)
    ax.annotate(" switch", (at, 1.0), xycoords=("data", "axes fraction"), va="top", fontsize=8, color=style.MUTED)
    seen = [line.get_ydata() for line in ax.get_lines()[:2]]
    top = float(np.nanmax([np.nanmax(values) for values in seen]))
    ax.set_ylim(0, 1.25 * top)
    ax.set_title("Mean distance")
    ax.set_xlabel(style.time_label(result["time"]))
    style.finish_axis(ax, np.asarray(time, dtype=float))
    ax.set_ylabel(in_units("mean squared distance", ax.yaxis, result["h"].attrs.get("units"), top))


def _draw_moves(ax: Axes, result: xr.Dataset) -> None:
    """How far pairs moved from the switch to the end: predicted against observed."""
    begin = result.sel(time=result["time"].values[result["time"].values <= result.attrs["at"]][-1])
    last, dims = result.isel(time=-1), [dim for dim in result["h"].dims if dim != "time"]
    moves = {
        "observed": last["h"] - begin["h"],
        "predicted": last["predicted"] - begin["predicted"],
        "unlearned": last["unlearned"] - begin["h"],
    }
    x, predicted, unlearned = (moves[name].transpose(*dims).values.ravel() for name in moves)
    low, high = float(np.nanmin([x, predicted])), float(np.nanmax([x, predicted]))
    pad = 0.08 * (high - low or 1.0)
    ax.axline((low, low), slope=1, color=style.MUTED, linewidth=0.8, zorder=0)
    inside = (unlearned > low - pad) & (unlearned < high + pad)
    ax.plot(x[inside], unlearned[inside], "x", color=UNLEARNED, ms=4, alpha=0.6, mew=1.0)
    ax.plot(x, predicted, "o", color=LEARNED, ms=4, alpha=0.55, mec="none")
    ax.set(xlim=(low - pad, high + pad), ylim=(low - pad, high + pad), title="How far each pair moved after it")
    learned, alone = float(result["moved"].sel(phase="after").mean()), float(result["moved_unlearned"].mean())
    outside = int((~inside).sum())
    more = f", {outside} of {inside.size} outside" if outside else ""
    ax.text(
        0.03, 0.97, f"learned before: R² {number(learned)}", transform=ax.transAxes, va="top", fontsize=8, color=LEARNED
    )
    ax.text(
        0.03,
        0.90,
        f"RDM alone: R² {number(alone)}{more}",
        transform=ax.transAxes,
        va="top",
        fontsize=8,
        color=UNLEARNED,
    )
    largest = max(abs(low), abs(high))
    style.finish_axis(ax)
    units = result["h"].attrs.get("units")
    ax.set_xlabel(in_units("observed change of distance", ax.xaxis, units, largest))
    ax.set_ylabel(in_units("predicted change", ax.yaxis, units, largest))
