"""The fitted constants of every system, with their intervals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from neurouniv.figures import style
from neurouniv.figures.numbers import NOT_DETERMINED
from neurouniv.fitting.intervals import undetermined
from neurouniv.inputs import need_dataset, need_systems
from neurouniv.names import public
from neurouniv.schema import InputError

MEANINGS = {"eta_h": r"encoder rate $\eta_h$", "eta_y": r"decoder rate $\eta_y$"}
COLOURS = {"eta_h": style.COLOURS["h"], "eta_y": style.COLOURS["y"]}
SPREAD = 0.3
LEAST_RANGE = 30.0
"""An axis spans at least this factor, so that systems that agree look as if they did."""


@style.styled
@public
def constants(systems: Mapping[str, xr.Dataset], names: Sequence[str] = ("eta_h", "eta_y"), title: str = "") -> Figure:
    """Draw the constants of every system, `{name: law.constants_}`, one row each, on a log axis.

    Batch members (seeds) lie side by side in the row of their system; lines are 95 % intervals; fits that did not
    converge, or whose data do not determine the constant, are hollow. Constants are per unit of the system's own time
    and, in recordings, per gain of the instrument, so levels compare within a modality.

    Raises
    ------
    InputError : if no system is given or one lacks a constant in `names`.
    """
    _need(systems, names)
    height = 1.25 + 0.42 * len(systems)
    figure = style.new_figure(1.6 + 3.3 * len(names), height)
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for ax, name in zip(panels, names, strict=True):
        for row, fit in enumerate(systems.values()):
            _draw(ax, fit, name, row)
        ax.set_xscale("log")
        widen(ax)
        ax.set_xlabel(f"{MEANINGS.get(name, name)} \n(per unit of the system's time)")
        ax.grid(axis="x", color="#e6e6ea", linewidth=0.7)
        ax.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(systems)), [_row_name(name, fit) for name, fit in systems.items()])
    panels[0].tick_params(axis="y", labelsize=9, labelcolor=style.INK)
    panels[0].set_ylim(len(systems) - 0.5, -0.5)
    figure.legend(handles=_legend(systems), loc="outside lower center", ncols=3)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, fontweight="bold")
    return figure


def _need(systems: Mapping[str, xr.Dataset], names: Sequence[str]) -> None:
    need_systems(systems, "constants", "{name: law.constants_}")
    for system, fit in systems.items():
        need_dataset(fit, f"The row of {system!r}", "Give `law.constants_` of a fitted law.")
        absent = [name for name in names if name not in fit]
        if absent:
            raise InputError(
                f"The constants of {system!r} lack {absent}; found {list(fit.data_vars)}. "
                "Give `law.constants_` of a fitted law, or choose with `names`."
            )


def _draw(ax: Axes, fit: xr.Dataset, name: str, row: int) -> None:
    """All members of one system in its row, `SPREAD` around it."""
    value = fit[name].values.reshape(-1)
    good = np.broadcast_to(fit["converged"].values.reshape(-1), value.shape) if "converged" in fit else value == value
    heights = row + (np.linspace(-SPREAD, SPREAD, value.size) if value.size > 1 else np.zeros(1))
    colour = COLOURS.get(name, style.LAW_COLOURS["universal"])
    interval = f"{name}_interval"
    if interval in fit:
        low, high = fit[interval].transpose("bound", ...).values.reshape(2, -1)
        unknown = undetermined(low, high)
        low, high = np.where(unknown, np.nan, [np.maximum(low, value / 1e3), np.minimum(high, value * 1e3)])
        ax.hlines(heights, low, high, color=colour, linewidth=1.6 if value.size < 6 else 1.0, alpha=0.75)
        good = good & ~unknown
        if unknown.all():
            ax.annotate(NOT_DETERMINED, (0.98, row), xycoords=("axes fraction", "data"), ha="right", va="center",
                        fontsize=7.5, color=style.MUTED)  # fmt: skip
    size = 6 if value.size < 6 else 4
    for mask, fill in ((good, colour), (~good, "white")):
        label = f"{name} {'converged' if fill == colour else 'not converged'}"
        ax.plot(value[mask], heights[mask], "o", ms=size, mfc=fill, mec=colour, mew=1.3, linestyle="none", label=label)


def widen(ax: Axes) -> None:
    """A log axis with marks at whole powers, wide enough to have some, and systems that agree close together."""
    ax.xaxis.set_minor_formatter(NullFormatter())
    low, high = ax.get_xlim()
    if low > 0 and high / low < LEAST_RANGE:
        middle, half = np.sqrt(low * high), np.sqrt(LEAST_RANGE)
        ax.set_xlim(middle / half, middle * half)


def _row_name(name: str, fit: xr.Dataset) -> str:
    """The system's name, how many members it has and the unit its rates are in."""
    members = fit[next(iter(fit.data_vars))].size
    unit = next((fit[n].attrs["units"] for n in fit.data_vars if "units" in fit[n].attrs), "")
    parts = [f"{members} members"] if members > 1 else []
    parts += [re.sub(r"^(per \w\w+)s$", r"\1", str(unit))] if unit else []  # per session, of sessions
    return name + (f"\n{', '.join(parts)}" if parts else "")


def _legend(systems: Mapping[str, xr.Dataset]) -> list[Line2D]:
    grey = style.MUTED
    entries = [Line2D([], [], color=grey, marker="o", mfc=grey, ms=6, label="value and 95 % interval")]
    if any("converged" in fit and not bool(fit["converged"].all()) for fit in systems.values()):
        entries.append(Line2D([], [], color="none", marker="o", mfc="white", mec=grey, ms=6,
                              label="hollow: not converged, do not use"))  # fmt: skip
    return entries
