"""The three curves of a pair of points: green |dh|^2, orange |dy|^2, blue alignment; data solid, law dotted."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.units import in_units
from neurouniv.fitting import r_squared
from neurouniv.got import got
from neurouniv.inputs import need_systems
from neurouniv.names import public
from neurouniv.schema import OBSERVED, InputError, batch_dims, check_trajectory, choices_as_outputs

MOST_COLUMNS = 4
SCALES_APART = 4.0
"""h gets an axis of its own when its largest value is this many times larger or smaller than that of y."""


@public
def curve_scores(trajectory: xr.Dataset, prediction: xr.Dataset) -> xr.Dataset:
    """R2 (...) over times and pairs of each of h, y, w that both hold, one per batch element.

    Examples
    --------
    >>> h = xr.DataArray([[0.0], [1.0], [2.0]], dims=("time", "pair"))
    >>> traj = xr.Dataset({"h": h}, {"time": [0, 1, 2], "first": ("pair", ["a"]), "second": ("pair", ["b"])})
    >>> float(curve_scores(traj, traj.assign(h=h + 1)).h)
    -0.5
    """
    style.need_same_pairs(trajectory, prediction)
    trajectory = choices_as_outputs(trajectory)
    core = [["time", "pair"], ["time", "pair"]]
    names = [name for name in OBSERVED if name in trajectory and name in prediction]
    return xr.Dataset(
        {n: xr.apply_ufunc(r_squared, trajectory[n], prediction[n], input_core_dims=core, join="exact") for n in names}
    )


@style.styled
@public
def curves(
    trajectory: xr.Dataset,
    prediction: xr.Dataset,
    ax: Axes | None = None,
    title: str = "",
    h_axis: bool | None = None,
    legend: bool = True,
) -> Figure:
    """Draw h, y and w of one pair over time, data solid and law dotted, with R2 above the panel.

    Where the trajectory has batch dimensions (seeds), the first member is drawn bold with its law, the others
    thin, and R2 is the median over all.

    Parameters
    ----------
    trajectory, prediction : trajectories (..., time, pair) of one pair, as `law.predict(trajectory)` gives.
    ax : where to draw; by default a new figure.
    h_axis : draw h on a right-hand axis of its own; by default where its scale is far from that of y.
    legend : whether to explain the lines on this panel.

    Raises
    ------
    InputError : if there is more than one pair (see `time_courses`), or the pairs differ.
    """
    trajectory = choices_as_outputs(check_trajectory(trajectory))
    _need_one_pair(trajectory)
    scores = curve_scores(trajectory, prediction)
    figure, ax = style.axes_or_new(ax, 5.2, 3.4)
    own_axis = scales_differ(trajectory) if h_axis is None else h_axis
    right = _right_axis(ax) if own_axis and ("y" in trajectory or "w" in trajectory) else None
    names = [name for name in OBSERVED if name in trajectory]
    for name in names:
        _draw(right if right and name == "h" else ax, name, trajectory, prediction)
    ax.axhline(0, color=style.MUTED, linewidth=0.6, zorder=0)
    ax.set_xlabel(style.time_label(trajectory["time"]))
    on_left = [name for name in names if not (right and name == "h")]
    style.finish_axis(ax, trajectory["time"].values)
    _name_axes(ax, right, on_left, trajectory)
    if right:
        _share_zero(ax, right)
    _headline(ax, title, scores, members_note(trajectory))
    if legend:
        *variables, data, law = legend_handles(names)
        by_column = [*variables[:1], data, *variables[1:2], law, *variables[2:]]
        figure.legend(handles=by_column, loc="outside lower center", ncols=3, handlelength=1.6, columnspacing=1.2)
    return figure


@style.styled
@public
def curves_grid(systems: Mapping[str, tuple[xr.Dataset, xr.Dataset]], columns: int | None = None) -> Figure:
    """The curves of several systems side by side, `{name: (trajectory, prediction)}`, with one legend.

    Raises
    ------
    InputError : if no system is given, or as `curves` does.
    """
    form = "{name: (trajectory, prediction)}"
    need_systems(systems, "curves_grid", form)
    for name, both in systems.items():
        if not (isinstance(both, tuple | list) and len(both) == 2):
            raise InputError(f"curves_grid needs two Datasets for every system, {form}; got {got(both)} for {name!r}.")
    systems = {name: (choices_as_outputs(traj), law) for name, (traj, law) in systems.items()}
    columns = min(columns or -(-len(systems) // -(-len(systems) // MOST_COLUMNS)), len(systems))
    rows = -(-len(systems) // columns)
    figure = style.new_figure(max(5.4, 1.0 + 2.4 * columns), 0.7 + 2.6 * rows)
    h_axis = any(scales_differ(trajectory) for trajectory, _ in systems.values())
    for i, (name, (trajectory, prediction)) in enumerate(systems.items()):
        ax = figure.add_subplot(rows, columns, i + 1)
        curves(trajectory, prediction, ax=ax, title=fill(name, 30), h_axis=h_axis, legend=False)
        if i % columns:
            ax.set_ylabel("")
        if h_axis and (i + 1) % columns and i + 1 < len(systems):
            figure.axes[-1].set_ylabel("")
    names = [name for name in OBSERVED if any(name in trajectory for trajectory, _ in systems.values())]
    figure.legend(handles=legend_handles(names), loc="outside lower center", ncols=5 if columns > 2 else 3)
    return figure


def scales_differ(trajectory: xr.Dataset) -> bool:
    """Whether h and y are too far apart in size for one axis."""
    if "y" not in trajectory:
        return False
    h, y = (float(abs(trajectory[name]).max()) for name in ("h", "y"))
    return h > 0 and y > 0 and not 1 / SCALES_APART < h / y < SCALES_APART


def members_note(trajectory: xr.Dataset) -> str:
    """What the bold and the thin lines are, where the trajectory holds several systems; else empty."""
    dims = batch_dims(trajectory["h"])
    count = int(np.prod([trajectory.sizes[dim] for dim in dims]))
    if count < 2:
        return ""
    first = ", ".join(f"{dim} {trajectory[dim].values[0]}" if dim in trajectory.coords else f"{dim} 0" for dim in dims)
    return f"bold: {first}; thin: {count - 1} more; R² median"


def legend_handles(names: list[str]) -> list[Line2D]:
    """One entry a variable, then what solid and dotted mean."""
    entries = [
        Line2D([], [], color=style.COLOURS[n], linewidth=3.2, label=f"{style.SYMBOLS[n]} {style.MEANINGS[n]}")
        for n in names
    ]
    data = Line2D([], [], color=style.MUTED, label="data", **style.DATA)
    law = Line2D([], [], color=style.INK, label="law", **style.LAW)
    return [*entries, data, law]


def _need_one_pair(trajectory: xr.Dataset) -> None:
    if trajectory.sizes["pair"] != 1:
        raise InputError(
            f"curves draws one pair; got {trajectory.sizes['pair']}. Select one, `trajectory.isel(pair=[0])` and "
            "`prediction.isel(pair=[0])`, or draw means over pairs with `time_courses`."
        )


def _draw(ax: Axes, name: str, trajectory: xr.Dataset, prediction: xr.Dataset) -> None:
    """One variable: the first member bold with its law, the other members thin."""
    time = trajectory["time"].values
    members = _members(trajectory[name])
    for values in members[1:]:
        ax.plot(time, values, color=style.COLOURS[name], **style.MEMBER)
    marker = "o" if len(time) <= style.FEW_TIMES else ""
    ax.plot(time, members[0], color=style.COLOURS[name], label=name, marker=marker, ms=4, **style.DATA)
    if name in prediction:
        law = _members(prediction[name])[0]
        ax.plot(prediction["time"].values, law, color=style.DARK[name], label=f"{name} law", **style.LAW)


def _members(array: xr.DataArray) -> np.ndarray:
    """(member, time) of the only pair."""
    values = array.isel(pair=0).transpose(..., "time").values
    return values.reshape(-1, values.shape[-1])


def _name_axes(ax: Axes, right: Axes | None, names: list[str], trajectory: xr.Dataset) -> None:
    """What the axes show, h with its unit: it is the only one that has one."""
    units, largest = trajectory["h"].attrs.get("units"), float(abs(trajectory["h"]).max())
    if right is not None:
        right.set_ylabel(in_units(style.SYMBOLS["h"], right.yaxis, units, largest), color=style.DARK["h"])
        ax.set_ylabel(", ".join(style.SYMBOLS[name] for name in names))
    elif names == ["h"]:
        ax.set_ylabel(fill(in_units("squared distance", ax.yaxis, units, largest), 30))
    else:
        ax.set_ylabel(in_units("squared distance", ax.yaxis, None, largest))


def _right_axis(ax: Axes) -> Axes:
    right = ax.twinx()
    right.spines["right"].set(visible=True, color=style.COLOURS["h"])
    right.tick_params(axis="y", colors=style.DARK["h"])
    right.yaxis.set_major_locator(MaxNLocator(4))
    return right


def _share_zero(ax: Axes, right: Axes) -> None:
    """Put the zeros of both axes at one height, so that the curves can be compared."""
    low, high = ax.get_ylim()
    low_h, high_h = right.get_ylim()
    below = max(-low / high if high > 0 else 0.0, -low_h / high_h if high_h > 0 else 0.0, 0.05)
    ax.set_ylim(-below * high, high)
    right.set_ylim(-below * high_h, high_h)


def _headline(ax: Axes, title: str, scores: xr.Dataset, note: str) -> None:
    """The title, and under it the R2 of each variable in its colour."""
    lines = [note] if note else []
    above = 1.02 + 0.085 * len(lines)
    for line in lines:
        ax.text(0, 1.02, line, transform=ax.transAxes, fontsize=7, color=style.MUTED)
    step = 1 / max(3, len(scores))
    for i, name in enumerate(map(str, scores)):
        text = f"{'R²  ' if i == 0 else ''}{name} {number(float(scores[name].median()))}"
        place = 0 if i == 0 else i * step + 0.06
        ax.text(place, above, text, transform=ax.transAxes, fontsize=8, color=style.DARK[name])
    ax.set_title(title, pad=6 + 12 * (1 + len(lines)))
