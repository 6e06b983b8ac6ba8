"""The map of constants of a study: every system at its two constants of a law, coloured by a label."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurouniv.figures import style
from neurouniv.figures.numbers import label_word
from neurouniv.figures.powers import name_powers
from neurouniv.figures.rich_and_lazy import legend_entries, shade
from neurouniv.fitting.intervals import undetermined
from neurouniv.names import public
from neurouniv.schema import InputError, need_variables

BY = ("rule", "architecture", "world", "name")
"""Labels that colour systems where none is chosen: the first of which systems have several."""
MOST_COLOURS = len(style.MORE_COLOURS)
WORDS = {"eta_h": r"encoder rate $\eta_h$", "eta_y": r"decoder rate $\eta_y$"}
OTHER, NO_LABEL = "other", "no such setting"
SHADES = 1.6
"""Inches of the legend of rich and lazy."""


@style.styled
@public
def constants_map(systems: xr.Dataset, law: str = "", by: str = "", start: xr.Dataset | None = None) -> Figure:
    """Every system at the first two constants of a law, a panel for every unit of time.

    Hollow: doubtful, for the fit did not converge or the data do not determine one of the two; do not read such a
    system's place. With `start` the plane is shaded where learning would be rich (structure comes from the task) and
    where lazy (from the start), by van Rossem & Saxe (2024), of a typical pair.

    Parameters
    ----------
    systems : `systems` of `neurouniv.open_study`.
    law : whose constants; default the first law of the study that has two.
    by : the label that colours them; default the rule, the architecture, the world or the name.
    start : a trajectory, whose first frame and task say where rich becomes lazy; for constants eta_h and eta_y. Other
        starts have other borders.

    Raises
    ------
    InputError : no law has two constants that are known in any system, there is no such label, or the start lacks its
        task.
    """
    need_variables(systems, ("constants", "constants_interval"), "A map of constants", "`neurouniv.open_study` has it.")
    law, names = _chosen(systems, law)
    by = by or _label(systems)
    if by not in systems.coords:
        raise InputError(f"`by` is a label of the systems, such as rule or architecture; got {by!r}.")
    points = systems.isel(system=np.flatnonzero(_known(systems, law, names)))
    groups = _groups(points[by].values)
    colours = dict(zip(dict.fromkeys(groups.tolist()), style.MORE_COLOURS, strict=False))
    units = list(dict.fromkeys(points["time_unit"].values.tolist()))
    figure = style.new_figure(0.9 + 4.4 * len(units) + (SHADES if start is not None else 0.0), 4.3)
    panels = figure.subplots(1, len(units), squeeze=False)[0]
    for ax, unit in zip(panels, units, strict=True):
        own = points["time_unit"].values == unit
        _panel(ax, points.isel(system=own), (law, names), groups[own], colours)
        per = f"per {unit.removesuffix('s')}" if unit else "per unit of time"
        ax.set_xlabel(f"{WORDS.get(names[0], names[0])} ({per})")
        ax.set_ylabel(f"{WORDS.get(names[1], names[1])} ({per})")
        if start is not None:
            shade(ax, names, start)
    shades = legend_entries() if start is not None else []
    figure.legend(handles=[*_legend(colours), *shades], title=by, loc="outside right upper", alignment="left")
    return figure


def doubtful(systems: xr.Dataset, law: str) -> np.ndarray:
    """Whether constants (system, constant) of a law should not be read: not converged, not determined, or no R2."""
    one = systems.sel(law=law)
    low, high = (one["constants_interval"].sel(bound=end).transpose("system", "constant").values
                 for end in ("lower", "upper"))  # fmt: skip
    unusable = ~(one["converged"].values == 1)
    if "identified" in one:
        unusable = unusable | ~(one["identified"].values == 1)
    if "r2" in one:  # movies that are hardly known leave constants without a test
        unusable = unusable | ~np.isfinite(one["r2"].sel(variable="h").values)
    return np.asarray(undetermined(low, high) | unusable[:, None])


def _chosen(systems: xr.Dataset, law: str) -> tuple[str, tuple[str, str]]:
    laws = [law] if law else systems["law"].values.astype(str).tolist()
    for name in laws:
        if name in systems["law"].values:
            known = systems["constants"].sel(law=name).notnull().any("system")
            constants = systems["constant"].values[known.values].astype(str)
            preferred = [n for n in WORDS if n in constants] + [n for n in constants if n not in WORDS]
            if len(preferred) >= 2:
                return name, (preferred[0], preferred[1])
    raise InputError(f"A map needs a law with two constants that are known; got {', '.join(laws) or 'no law'}.")


def _label(systems: xr.Dataset) -> str:
    labels = [name for name in BY if name in systems.coords]
    return next((name for name in labels if len(np.unique(systems[name].values)) > 1), "name")


def _known(systems: xr.Dataset, law: str, names: tuple[str, str]) -> np.ndarray:
    values = systems["constants"].sel(law=law, constant=list(names))
    return np.asarray(np.isfinite(values.transpose("system", "constant").values).all(1))


def _groups(values: np.ndarray) -> np.ndarray:
    """Labels in words, the rarest together where there are more than colours."""
    words = np.array([label_word(value) or NO_LABEL for value in values.tolist()])
    names, counts = np.unique(words, return_counts=True)
    if len(names) > MOST_COLOURS:
        commonest = names[np.argsort(-counts, kind="stable")][: MOST_COLOURS - 1]
        words = np.where(np.isin(words, commonest), words, OTHER)
    return words


def _panel(
    ax: Axes, points: xr.Dataset, what: tuple[str, tuple[str, str]], groups: np.ndarray, colours: dict[str, Any]
) -> None:
    law, names = what
    values = points["constants"].sel(law=law, constant=list(names)).transpose("constant", "system").values
    place = [points["constant"].values.tolist().index(name) for name in names]
    open_points = doubtful(points, law)[:, place].any(1)
    for name in dict.fromkeys(groups.tolist()):
        for mask, fill in ((open_points, "none"), (~open_points, colours[name])):
            own = mask & (groups == name)
            ax.plot(*values[:, own], "o", ms=5, mfc=fill, mec=colours[name], mew=1.0, alpha=0.85, linestyle="none")
    if (values[0] > 0).all():
        ax.set_xscale("log")
        name_powers(ax, "x")
    if (values[1] > 0).all():
        ax.set_yscale("log")
        name_powers(ax, "y")
    ax.grid(color="#e6e6ea", linewidth=0.7)


def _legend(colours: dict[str, Any]) -> list[Line2D]:
    entries = [Line2D([], [], color="none", marker="o", mfc=colour, mec=colour, ms=6, label=name)
               for name, colour in colours.items()]  # fmt: skip
    hollow = Line2D([], [], color="none", marker="o", mfc="white", mec=style.MUTED, ms=6, label="hollow: doubtful")
    return [*entries, hollow]
