"""The look shared by every figure: colours, type and axis words. Nothing here touches global state."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypedDict, TypeVar

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.ticker import MaxNLocator

from neurouniv.blame import blaming
from neurouniv.figures.units import whole_ticks
from neurouniv.laws import UniversalModel
from neurouniv.laws.curves import ExponentialModel, StaticModel
from neurouniv.schema import LEARNING, WITHIN_TRIAL, InputError, need_variables

if TYPE_CHECKING:
    from matplotlib.typing import CapStyleType, LineStyleType, RcKeyType

P = ParamSpec("P")
R = TypeVar("R")


class Stroke(TypedDict, total=False):
    """How a line is drawn, whatever its colour."""

    linestyle: LineStyleType
    linewidth: float
    alpha: float
    solid_capstyle: CapStyleType
    dash_capstyle: CapStyleType


class Look(TypedDict):
    """The colour and the marker of a law in every figure."""

    color: str
    marker: str


COLOURS = {"h": "#2a9d3f", "y": "#e8790c", "w": "#2369bd"}
"""Green |dh|^2, orange |dy|^2, blue alignment, as in van Rossem & Saxe (2024)."""
DARK = {"h": "#135a20", "y": "#8f4600", "w": "#0d3a73"}
"""The same hues, dark: the law, dotted, has to be seen on top of data it fits perfectly."""
SYMBOLS = {"h": r"$|\Delta h|^2$", "y": r"$|\Delta y|^2$", "w": r"$w$"}
MEANINGS = {"h": "representation", "y": "prediction", "w": "alignment error"}

DATA: Stroke = {"linestyle": "-", "linewidth": 3.2, "alpha": 0.5, "solid_capstyle": "round"}
LAW: Stroke = {"linestyle": ":", "linewidth": 1.9, "alpha": 1.0, "dash_capstyle": "butt"}
FEW_TIMES = 15
"""So few times have a marker each."""
MEMBER: Stroke = {"linestyle": "-", "linewidth": 0.7, "alpha": 0.4}

LAW_COLOURS = {UniversalModel.name: "#5b2a86", StaticModel.name: "#7a7a7a", ExponentialModel.name: "#c2255c"}
MORE_COLOURS = (
    "#0b7285", "#a0522d", "#5c940d", "#c08b00", "#1864ab", "#e64980", "#212529", "#9c36b5", "#12b886", "#ff922b",
    "#74c0fc", "#868e96",
)  # fmt: skip
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<", ">")
CEILING = "#dcdce0"
INK, MUTED = "#1c1c22", "#5f5f6b"

RC: dict[RcKeyType, Any] = {
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": 9.0, "axes.titlesize": 9.5,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.labelsize": 9.0, "axes.labelcolor": INK,
    "axes.edgecolor": MUTED, "axes.linewidth": 0.8, "axes.spines.top": False, "axes.spines.right": False,
    "axes.facecolor": "white", "figure.facecolor": "white", "text.color": INK, "xtick.color": MUTED,
    "ytick.color": MUTED, "xtick.labelsize": 8.0, "ytick.labelsize": 8.0, "legend.frameon": False,
    "legend.fontsize": 8.5, "axes.grid": False, "axes.axisbelow": True, "lines.solid_capstyle": "round",
}  # fmt: skip


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run `draw` under the look of the toolkit, and leave matplotlib's settings as they were.

    An error that damaged data bring about is answered with what is amiss in them.
    """

    @functools.wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(RC), blaming([*args, *kwargs.values()]):
            return draw(*args, **kwargs)

    return inside


def new_figure(width: float, height: float, layout: Literal["constrained"] | LayoutEngine = "constrained") -> Figure:
    """A figure (inches) that pyplot does not know of, so nothing has to be closed."""
    return Figure(figsize=(width, height), layout=layout)


def axes_or_new(ax: Axes | None, width: float = 4.6, height: float = 3.2) -> tuple[Figure, Axes]:
    """The figure and axes to draw on: the caller's, or new ones."""
    if ax is None:
        figure = new_figure(width, height)
        return figure, figure.add_subplot()
    figure_of_axes = ax.get_figure(root=True)
    if figure_of_axes is None:
        raise InputError("A figure needs axes that belong to one; got axes that were removed. Give others, or none.")
    return figure_of_axes, ax


def time_label(time: xr.DataArray) -> str:
    """What the time axis means, with its unit.

    Examples
    --------
    >>> time_label(xr.DataArray([0.0, 1.0], dims="time", attrs={"units": "epochs", "axis": "learning"}))
    'learning time (epochs)'
    >>> time_label(xr.DataArray([0.0, 1.0], dims="time", attrs={"units": "s", "axis": "within_trial"}))
    'time within the trial (s)'
    """
    axis = {LEARNING: "learning time", WITHIN_TRIAL: "time within the trial"}.get(time.attrs.get("axis", ""), "time")
    unit = time.attrs.get("units")
    return f"{axis} ({unit})" if unit else f"{axis} (unit not given)"


def law_look(names: list[str], classes: list[str] | None = None) -> dict[str, Look]:
    """Colour and marker of every law, the same in every figure of a page.

    `classes` are the laws' own names, where they are called otherwise; the first law of each has its colour.
    """
    spare, colours = iter(MORE_COLOURS * (1 + len(names) // len(MORE_COLOURS))), dict(LAW_COLOURS)
    return {
        name: {"color": colours.pop(law, "") or next(spare), "marker": MARKERS[i % len(MARKERS)]}
        for i, (name, law) in enumerate(zip(names, classes or names, strict=True))
    }


def need_same_pairs(trajectory: xr.Dataset, prediction: xr.Dataset) -> None:
    """Raise `InputError` unless both hold the same pairs in the same order."""
    for data, what in ((trajectory, "A trajectory"), (prediction, "A prediction")):
        need_variables(data, ("h", "first", "second"), what, "`neurouniv.trajectory` and `law.predict` make them.")
    for name in ("first", "second"):
        ours, theirs = trajectory[name].values, prediction[name].values
        if ours.shape != theirs.shape or (ours != theirs).any():
            raise InputError(
                f"A figure needs a prediction of the same pairs as the trajectory; {ours.size} pairs and "
                f"{theirs.size} pairs differ in `{name}`. Use `law.predict(trajectory)` of this trajectory."
            )


def finish_axis(ax: Axes, time: np.ndarray | None = None) -> None:
    """Ticks that are few enough to read on a small panel; of whole times (sessions, epochs) whole ones."""
    if time is None:
        ax.xaxis.set_major_locator(MaxNLocator(4))
    else:
        whole_ticks(ax.xaxis, time)
    ax.yaxis.set_major_locator(MaxNLocator(4))
