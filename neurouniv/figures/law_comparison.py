"""Laws against their rivals: geometry (RSA) over time, and held-out dynamics, beside the noise ceiling."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from neurouniv.figures import baselines, error_ratio, style
from neurouniv.figures.numbers import number
from neurouniv.figures.units import whole_ticks
from neurouniv.names import public
from neurouniv.rdm.comparators import long_name_of
from neurouniv.schema import need_dims
from neurouniv.universality.result import REMEDY, need
from neurouniv.universality.rivals import identities_in

HELD_OUT = {
    "conditions": "dynamics, held-out conditions",
    "times": "dynamics, held-out later times",
    "none": "dynamics, in sample",
}
MOST_COLUMNS = 6
SPREAD = 0.22
FLOOR = -0.25
"""An R2 below this is drawn at the edge with an arrow and its number, so that it does not wreck the scale."""


OTHERS: style.Stroke = {"linestyle": ":", "linewidth": 1.4}
"""The line of what other members (seeds, subjects) predict."""


@style.styled
@public
def comparison(result: xr.Dataset, title: str = "") -> Figure:
    """Draw the result of `neurouniv.compare`: one row of panels, or one a `system` where that is a dimension.

    Left, similarity of predicted with observed RDM over time for every law and, grey and dotted, for RDMs that nothing
    was fitted to; then R2 of the held-out time course (dots: members of the batch; large marker: their mean; lines:
    95 % intervals); and where differences have errors, every rival's error over that of the law on trial. Grey band:
    the noise ceiling, where the data tell it; dotted line: what the other members (seeds, subjects) predict.

    Parameters
    ----------
    result : `geometry` (..., law, time) and `dynamics` (..., law); where known `geometry_ceiling` (..., time) and
        `dynamics_ceiling` (...), each with an optional dimension `bound` (lower, upper), `dynamics_interval`
        (..., law, bound), `others` (...), `baseline_geometry` (baseline, ..., time), and `error_ratio` (law, ...) with
        its interval.

    Raises
    ------
    InputError : if `geometry` or `dynamics` is absent.
    """
    need(result, ("geometry", "dynamics"), "A comparison")
    need_dims(result["geometry"], ("law", "time"), "A comparison's geometry", REMEDY)
    need_dims(result["dynamics"], ("law",), "A comparison's dynamics", REMEDY)
    systems = list(result["system"].values) if "system" in result.dims else [None]
    identities = identities_in(result)
    looks = style.law_look(list(identities), [law.name for law in identities.values()])
    against = "error_ratio" in result
    figure = style.new_figure(11.2 if against else 8.6, 0.75 + 2.55 * len(systems))
    widths = [1.25, 1, 0.85] if against else [1.25, 1]
    rows = figure.subplots(len(systems), len(widths), squeeze=False, gridspec_kw={"width_ratios": widths})
    for system, (left, right, *rest) in zip(systems, rows, strict=True):
        of_system = result if system is None else _of_system(result, system)
        name = "" if system is None else f"{system}\n"
        draw_geometry(of_system, left, looks)
        draw_dynamics(of_system, right, looks)
        left.set_title(f"{name}geometry, frame by frame")
        right.set_title(HELD_OUT.get(result.attrs.get("split", ""), "dynamics"))
        for ax in rest:
            error_ratio.draw_error_ratio(of_system, ax, looks)
            ax.set_title("rival's error over the law's")
            right.set_ylim(ax.get_ylim())
    entries = _legend(result, looks)
    columns = -(-len(entries) // -(-len(entries) // MOST_COLUMNS))  # rows as long as one another
    figure.legend(handles=entries, loc="outside lower center", ncols=columns)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, fontweight="bold")
    return figure


def _of_system(result: xr.Dataset, system: str) -> xr.Dataset:
    """One system at its own times; results of several hold the times of all, and say per system what time is."""
    of_system = result.sel(system=system).dropna("time", subset=["geometry"], how="all")
    keys = [key for key in ("units", "axis") if f"time_{key}" in of_system.coords]
    attrs = {key: str(of_system[f"time_{key}"].item()) for key in keys}
    of_system["time"].attrs |= {key: value for key, value in attrs.items() if value}
    return of_system


def draw_geometry(result: xr.Dataset, ax: Axes, looks: dict[str, style.Look]) -> None:
    """RSA over time per law, with the ceiling as a grey band."""
    time = result["time"].values
    ceiling = _ceiling(result, "geometry", ("time",))
    if ceiling is not None:
        ax.fill_between(time, *_thick(ceiling), color=style.CEILING, linewidth=0, label="ceiling", zorder=0)
    else:
        ax.text(0.99, 0.03, "noise ceiling not known", transform=ax.transAxes, ha="right", fontsize=7.5,
                color=style.MUTED)  # fmt: skip
    marked = len(time) <= style.FEW_TIMES
    widths = np.linspace(3.4, 1.2, len(looks))  # of laws that say the same, all are seen
    for (law, look), width in zip(looks.items(), widths, strict=True):
        values = _mean(result["geometry"].sel(law=law), ("time",))
        marker = look["marker"] if marked else ""
        ax.plot(time, values, color=look["color"], linewidth=width, label=law, marker=marker, ms=3 + width)
    ends = baselines.draw_baselines(result, ax)
    low = min(float(np.nanmin(line.get_ydata(), initial=0.0)) for line in ax.get_lines())
    ax.axhline(0, color=style.MUTED, linewidth=0.6, zorder=0)
    ax.set_ylim(min(-0.05, max(-1.05, low - 0.05)), 1.05)
    baselines.name_ends(ax, ends)
    whole_ticks(ax.xaxis, np.asarray(time, dtype=float))
    ax.set_xlabel(style.time_label(result["time"]))
    kind = result["geometry"].attrs.get("comparator") or result["geometry"].attrs.get("method") or "RSA correlation"
    ax.set_ylabel(f"predicted with observed RDM\n({long_name_of(kind)})")


def draw_dynamics(result: xr.Dataset, ax: Axes, looks: dict[str, style.Look]) -> None:
    """R2 per law, its 95 % interval where known, its number at the right; below `FLOOR` an arrow at the edge."""
    ceiling = _ceiling(result, "dynamics", ())
    if ceiling is not None:
        low, high = (float(end) for end in _thick(ceiling))
        ax.axvspan(max(low, FLOOR), max(high, FLOOR), color=style.CEILING, linewidth=0, label="ceiling", zorder=0)
    others = _others(result)
    if others is not None:
        ax.axvline(max(others, FLOOR), color=style.MUTED, **OTHERS)
    for row, (law, look) in enumerate(looks.items()):
        of_law = result.sel(law=law)
        mean = _draw_members(ax, of_law, row, law, look["color"])
        clipped = mean < FLOOR
        place = FLOOR if clipped else mean
        marker = "$\u2190$" if clipped else look["marker"]
        ax.plot([place], [row], marker=marker, color=look["color"], ms=10 if clipped else 7.5, ls="none", label=law)
        ax.annotate(number(mean), (1.02, row), xycoords=("axes fraction", "data"), ha="left", va="center",
                    annotation_clip=False, fontsize=8, color=look["color"])  # fmt: skip
    ax.set_yticks(range(len(looks)), list(looks))
    ax.tick_params(axis="y", length=0, labelsize=9, labelcolor=style.INK)
    ax.set_ylim(len(looks) - 0.5, -0.65)
    ax.set_xlim(FLOOR - 0.05, 1.05)
    ax.axvline(0, color=style.MUTED, linewidth=0.6, zorder=0)
    ax.set_xlabel("R² of the time course")


def _draw_members(ax: Axes, result: xr.Dataset, row: int, law: str, colour: str) -> float:
    """Dots of the members of the batch, intervals side by side where they are several; the members' mean."""
    values = result["dynamics"].values.reshape(-1).astype(float)
    finite = np.isfinite(values)
    several = finite.sum() > 1
    heights = np.full(values.size, float(row))
    if "dynamics_interval" in result:
        bounds = result["dynamics_interval"].transpose(..., "bound").values.reshape(-1, 2)
        bounded = np.isfinite(bounds).all(-1)
        places = row + (np.linspace(-SPREAD, SPREAD, bounded.sum()) if bounded.sum() > 1 else np.zeros(bounded.sum()))
        ends = np.maximum(bounds[bounded], FLOOR)
        ax.hlines(places, ends[:, 0], ends[:, 1], color=colour, linewidth=1.0 if len(places) > 1 else 1.8, alpha=0.7)
        if np.array_equal(bounded, finite):  # else an interval is that of several members together
            heights[finite] = places
    dots = finite & (values >= FLOOR) & several
    ax.plot(values[dots], heights[dots], ".", color=colour, alpha=0.35, ms=6, label=f"{law} folds")
    return float(values[finite].mean()) if finite.any() else float("nan")


def _mean(array: xr.DataArray, keep: tuple[str, ...]) -> np.ndarray:
    """`array` averaged over all dimensions but `keep`."""
    return array.mean([dim for dim in array.dims if dim not in keep]).transpose(*keep).values


def _ceiling(result: xr.Dataset, what: str, keep: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray] | None:
    """(lower, upper) of the noise ceiling, or None where it is not known."""
    name = f"{what}_ceiling"
    if name not in result or not np.isfinite(result[name]).any():
        return None
    ceiling = result[name]
    if "bound" in ceiling.dims:
        return _mean(ceiling.isel(bound=0), keep), _mean(ceiling.isel(bound=1), keep)
    return _mean(ceiling, keep), _mean(ceiling, keep)


def _others(result: xr.Dataset) -> float | None:
    """What other members predict of one another's time courses, or None where there are none."""
    is_known = "others" in result and bool(result["others"].notnull().any())
    return float(result["others"].mean()) if is_known else None


def _thick(ceiling: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The ceiling's band, at least as thick as can be seen."""
    low, high = ceiling
    return np.minimum(low, high - 0.012), high


def _legend(result: xr.Dataset, looks: dict[str, style.Look]) -> list[Artist]:
    entries: list[Artist] = [
        Line2D([], [], color=look["color"], marker=look["marker"], ms=5, label=law) for law, look in looks.items()
    ]
    if baselines.baselines_over_time(result):
        entries.append(baselines.legend_entry())
    if "error_ratio" in result:
        entries.append(error_ratio.legend_entry())
    if "dynamics_interval" in result:
        entries.append(Line2D([], [], color=style.MUTED, linewidth=1.8, label="95 % interval"))
    if _others(result) is not None:
        entries.append(Line2D([], [], color=style.MUTED, label="other members", **OTHERS))
    ceilings = [result[name] for name in ("geometry_ceiling", "dynamics_ceiling") if name in result]
    if any(np.isfinite(ceiling).any() for ceiling in ceilings):
        entries.append(Patch(color=style.CEILING, label="noise ceiling"))
    return entries
