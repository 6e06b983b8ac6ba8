"""Figures of the verdict: how much of change the law explains in every system, and the courses it describes."""

from __future__ import annotations

from functools import partial
from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from neurouniv.figures import style
from neurouniv.figures.fitted_constants import widen
from neurouniv.figures.numbers import NOT_DETERMINED
from neurouniv.figures.units import whole_ticks
from neurouniv.fitting.intervals import undetermined
from neurouniv.names import public
from neurouniv.schema import InputError, need_variables
from neurouniv.universality.result import attribute

LAW, RIVAL = style.LAW_COLOURS["universal"], "#8a8a94"
GROUPS = (("#b3541e", "#6b2c07"), ("#1f7a8c", "#0b3f4a"))
FLOOR, HALF = -0.25, 0.5
MOST_COLUMNS = 4
REMEDY = "`neurouniv.universality_test` makes it."


@style.styled
@public
def explained(result: xr.Dataset) -> Figure:
    """R2 of change of the law with its 95 % interval, its rivals and the ceiling, a row a system (a forest plot).

    Below -0.25 a marker stands at the edge.
    """
    need_variables(result, ("change", "change_r2", "change_most", "decision"), "A figure of what is explained", REMEDY)
    systems = [str(name) for name in result["system"].values]
    figure = style.new_figure(4.7, 1.3 + 0.46 * len(systems))
    ax = figure.add_subplot()
    law = attribute(result, "reference", "A figure of the answer")
    rivals = (
        result["change"]
        .sel(law=[n for n in result["law"].values if n != law])
        .mean("member")
        .transpose("system", "law")
    )
    for row in range(len(systems)):
        most = float(result["change_most"][row])
        if np.isfinite(most):
            ax.plot([most, most], [row - 0.34, row + 0.34], color=style.MUTED, linewidth=2.2, solid_capstyle="butt")
        others = np.maximum(rivals.values[row], FLOOR)
        ax.plot(others, np.full(others.shape, row), "|", color=RIVAL, ms=12, mew=1.6)
        of_law = float(result["change_r2"][row])
        if "change_r2_interval" in result:
            ends = np.maximum(result["change_r2_interval"].transpose("system", "bound").values[row], FLOOR)
            ax.hlines(row, *ends, color=LAW, linewidth=2.0, alpha=0.6)
        face = LAW if str(result["decision"].values[row]) == "described" else "white"
        ax.plot([max(of_law, FLOOR)], [row], "o", mec=LAW, mfc=face, mew=1.6, ms=8)
    ax.set_yticks(range(len(systems)), [fill(name, 18) for name in systems])
    ax.set_ylim(len(systems) - 0.5, -0.5)
    ax.set_xlim(FLOOR - 0.04, 1.04)
    ax.axvline(0, color=style.MUTED, linewidth=0.6, zorder=0)
    ax.grid(axis="x", color="#e6e6ea", linewidth=0.7)
    ax.tick_params(axis="y", length=0, labelsize=9, labelcolor=style.INK)
    ax.set_xlabel("R² of change, held out (below −0.25: at the edge)")
    handles = _legend("change_r2_interval" in result)
    figure.legend(handles=handles, loc="outside lower center", ncols=3, columnspacing=1.2, handlelength=1.4)
    return figure


def _legend(has_interval: bool) -> list[Line2D]:
    mark = partial(Line2D, [], [], linestyle="none")
    return [
        mark(marker="o", mfc=LAW, mec=LAW, ms=8, label="law, described"),
        mark(marker="o", mfc="white", mec=LAW, mew=1.6, ms=8, label="law, else"),
        *([Line2D([], [], color=LAW, linewidth=2.0, alpha=0.6, label="95 % interval")] if has_interval else []),
        mark(marker="|", color=RIVAL, ms=12, mew=1.6, label="rivals"),
        mark(marker="|", color=style.MUTED, ms=16, mew=3, label="ceiling"),
    ]


@style.styled
@public
def courses(result: xr.Dataset) -> Figure:
    """Mean distances of groups of pairs over time, seen (solid) and by the fitted law (dotted), a panel a system."""
    need_variables(result, ("course_seen", "course_law", "course_time"), "A figure of courses", REMEDY)
    count = result.sizes["system"]
    columns = min(count, MOST_COLUMNS)
    rows = -(-count // columns)
    figure = style.new_figure(0.8 + 2.5 * columns, 0.8 + 2.2 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    names: dict[str, str] = {}
    for place, ax in enumerate(panels.ravel()):
        if place >= count:
            ax.set_visible(False)
            continue
        names |= _course(result.isel(system=place), ax)
        ax.set_title(fill(str(result["system"].values[place]), 28))
        if place % columns == 0:
            ax.set_ylabel("mean squared distance")
    handles: list[Artist] = [Patch(color=colour, label=name) for name, colour in names.items()]
    handles += [Line2D([], [], color=style.MUTED, label="seen", **style.DATA)]
    handles += [Line2D([], [], color=style.INK, label="law, fitted", **style.LAW)]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 2 * columns))
    return figure


def _course(system: xr.Dataset, ax: Axes) -> dict[str, str]:
    """One system's groups; the colours they have."""
    time = system["course_time"].dropna("moment").values
    colours = {}
    for place, name in enumerate(map(str, system["course_group"].values)):
        if not name:
            continue
        light, dark = GROUPS[place % len(GROUPS)]
        group = system.isel(group=place)
        data, law, error = (group[f"course_{key}"].values[: len(time)] for key in ("seen", "law", "error"))
        if np.isfinite(error).any():
            ax.fill_between(time, data - 1.96 * error, data + 1.96 * error, color=light, alpha=0.16, linewidth=0)
        ax.plot(time, data, color=light, marker="o" if len(time) <= style.FEW_TIMES else "", ms=3.5, **style.DATA)
        ax.plot(time, law, color=dark, **style.LAW)
        colours[name] = light
    failed = str(system["decision"].item()) == "not described"
    if not failed and np.isfinite(float(system["until"])) and float(system["until"]) < time[-1]:
        ax.axvline(float(system["until"]), color=style.MUTED, linewidth=1.0, linestyle="--")
    ax.axhline(0, color=style.MUTED, linewidth=0.6, zorder=0)
    whole_ticks(ax.xaxis, time)
    ax.ticklabel_format(axis="y", scilimits=(-2, 3))
    ax.set_xlabel(str(system["course_units"].item()) or "time")
    return colours


@style.styled
@public
def master_curve(result: xr.Dataset) -> Figure:
    """Some pairs of every system in the law's own units, each shifted to where it passes half its height."""
    need_variables(result, ("line_height", "line_age"), "A figure of the collapse", REMEDY)
    figure, ax = style.axes_or_new(None, 6.4, 4.0 + 0.1 * result.sizes["system"])
    look = style.law_look([str(name) for name in result["system"].values])
    for name in map(str, result["system"].values):
        system = result.sel(system=name)
        ages, heights = (system[key].transpose("line", "moment").values for key in ("line_age", "line_height"))
        lines = [course for course in map(_from_half, ages, heights) if course is not None]
        count = int(system["line_age"].notnull().any("moment").sum())
        line = partial(ax.plot, color=look[name]["color"], linewidth=1.1)
        for age, height in lines:
            line(age, height, alpha=0.4)
        if count:
            line([], [], label=fill(f"{name} ({len(lines)} of {count} pairs pass half)", 44))
    age = np.linspace(-6, 6, 200)
    ax.plot(age, 1 / (1 + np.exp(-age)), color="black", linewidth=1.6, linestyle="--", label="one curve")
    ax.set_xlim(-6, 6)
    ax.set_ylim(-0.1, 1.6)
    ax.set_xlabel(r"age in units of $T$, from half of $H$")
    ax.set_ylabel(r"$|\Delta h|^2 / H$")
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    return figure


def _from_half(age: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """A pair's course with its age counted from where it passes half; None where it does not."""
    passed = np.flatnonzero(height >= HALF)
    if not passed.size or passed[0] == 0:
        return None
    around = slice(passed[0] - 1, passed[0] + 1)
    return age - np.interp(HALF, height[around], age[around]), height


@style.styled
@public
def constants_of(result: xr.Dataset, names: tuple[str, ...] = ("eta_h", "eta_y", "speed", "ratio")) -> Figure:
    """Constants that the data determine, with 95 % intervals: a row a system, members side by side.

    names : of the constants; a law that has none of them is shown with its own first four.
    """
    need_variables(result, ("constant", "constant_interval", "identified"), "A figure of constants", REMEDY)
    own = list(map(str, result["constant_name"].values))
    columns = [name for name in names if name in own] or own[:MOST_CONSTANTS]
    if not columns:
        raise InputError(
            f"A figure of constants needs a law that has some; the law {result.attrs.get('law')} has none."
        )
    systems = [str(name) for name in result["system"].values]
    figure = style.new_figure(2.0 + 2.2 * len(columns), 1.2 + 0.42 * len(systems))
    panels = figure.subplots(1, len(columns), sharey=True, squeeze=False)[0]
    for ax, name in zip(panels, columns, strict=True):
        for row in range(len(systems)):
            constants = result.sel(constant_name=name).isel(system=row)
            ends = constants["constant_interval"].transpose("bound", "member").values
            good = np.flatnonzero((constants["identified"].values == 1) & ~undetermined(*ends))
            heights = row + (np.linspace(-0.28, 0.28, len(good)) if len(good) > 1 else np.zeros(len(good)))
            value = constants["constant"].values[good]
            low, high = np.maximum(ends[:, good], value / 1e3)
            ax.hlines(heights, low, np.minimum(high, value * 1e3), color=LAW, linewidth=1.2, alpha=0.7)
            ax.plot(value, heights, "o", color=LAW, ms=4)
            if not good.size:
                ax.annotate(NOT_DETERMINED, (0.5, row), xycoords=("axes fraction", "data"), ha="center", va="center",
                            fontsize=7.5, color=style.MUTED)  # fmt: skip
        ax.set_xscale("log")
        widen(ax)
        ax.set_title(MEANINGS.get(name, name))
        ax.grid(axis="x", color="#e6e6ea", linewidth=0.7)
        ax.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(systems)), [fill(name, 30) for name in systems])
    panels[0].set_ylim(len(systems) - 0.5, -0.5)
    return figure


MOST_CONSTANTS = 4
MEANINGS = {
    "eta_h": r"encoder rate $\eta_h$", "eta_y": r"decoder rate $\eta_y$",
    "speed": r"speed $\sqrt{\eta_h \eta_y}$", "ratio": r"ratio $\eta_h/\eta_y$",
}  # fmt: skip
