"""Theory against experiment: the distance of every pair as a law says it, and as it was measured."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.units import at_time, in_units
from neurouniv.fitting.score import r_squared
from neurouniv.names import public
from neurouniv.rdm.classes import same_class
from neurouniv.schema import InputError, check_trajectory

GROUPS = {True: ("within class", style.COLOURS["w"]), False: ("between classes", style.COLOURS["y"])}


@style.styled
@public
def agreement(trajectory: xr.Dataset, prediction: xr.Dataset, time: float | None = None, title: str = "") -> Figure:
    """Distances at one time as measured, against those that a law says: a point a pair (and member), and the line of
    equals.

    Bars: 95 % of the measurement's noise, where it is known (`h_var`). Colours: pairs of one class and of two, where
    classes are known. R2 and r are of all points together; of a fit to the same data they say how well it fits, and
    nothing of other data.

    Parameters
    ----------
    trajectory : what was measured, with h (..., time, pair).
    prediction : `law.predict(trajectory)`, of the same pairs.
    time : which; default the last. The nearest is taken, and named.
    title : what stands above.

    Raises
    ------
    InputError : pairs or times of the two differ, or no distance is a number.
    """
    check_trajectory(trajectory, ("h",))
    style.need_same_pairs(trajectory, prediction)
    place = -1 if time is None else int(np.abs(trajectory["time"].values - time).argmin())
    frame = trajectory.isel(time=place)
    said = prediction["h"].sel(time=trajectory["time"].values[place], method="nearest")
    seen, said = xr.broadcast(frame["h"].reset_coords(drop=True), said.reset_coords(drop=True))
    if not bool((np.isfinite(seen) & np.isfinite(said)).any()):
        raise InputError(
            f"A figure of agreement needs distances that are numbers in both; at time "
            f"{frame['time'].item()} there are none. Choose another time, or read `constants_.message`."
        )
    figure, ax = style.axes_or_new(None, 4.3, 4.2)
    _points(ax, frame, seen, said)
    least, most = min(0.0, float(seen.min()), float(said.min())), float(max(seen.max(), said.max()))
    ends = (least - 0.03 * (most - least), most + 0.03 * (most - least))
    ax.plot(ends, ends, color=style.INK, linewidth=0.9, linestyle="--", zorder=0, label="equal")
    ax.set(xlim=ends, ylim=ends, aspect="equal")
    units = trajectory["h"].attrs.get("units")
    ax.set_xlabel(in_units("law", ax.xaxis, units, most))
    ax.set_ylabel(in_units("measured", ax.yaxis, units, most))
    when = at_time(frame["time"])
    ax.set_title(" · ".join(filter(None, [title, "squared distances", when])) + f"\n{_scores(seen, said)}")
    ax.legend(loc="lower right", fontsize=8)
    return figure


def _points(ax: Axes, frame: xr.Dataset, seen: xr.DataArray, said: xr.DataArray) -> None:
    """All pairs, those of one class and those of two apart."""
    rows = {name: array.transpose(..., "pair").values.reshape(-1, array.sizes["pair"])
            for name, array in (("seen", seen), ("said", said))}  # fmt: skip
    same = same_class(frame)
    groups = {"pairs": (np.ones(seen.sizes["pair"], dtype=bool), style.COLOURS["h"])}
    if same is not None:
        groups = {GROUPS[kind][0]: (same == kind, GROUPS[kind][1]) for kind in (True, False)}
    if "h_var" in frame and seen.dims == ("pair",):
        error = 1.96 * np.sqrt(frame["h_var"].values)
        ax.errorbar(
            rows["said"][0], rows["seen"][0], yerr=error, fmt="none", ecolor=style.MUTED, elinewidth=0.6, alpha=0.4
        )
    size = 4 if rows["seen"].size < 500 else 2
    for name, (own, colour) in groups.items():
        if own.any():
            ax.plot(rows["said"][:, own].ravel(), rows["seen"][:, own].ravel(), "o", ms=size, color=colour, alpha=0.6,
                    mew=0, label=f"{name} ({int(own.sum())})")  # fmt: skip


def _scores(seen: xr.DataArray, said: xr.DataArray) -> str:
    observed, expected = seen.values.ravel(), said.values.ravel()
    good = np.isfinite(observed) & np.isfinite(expected)
    r2 = float(r_squared(observed[None], expected[None]))
    varies = good.sum() > 2 and observed[good].std() > 0 and expected[good].std() > 0
    r = f", r {number(float(np.corrcoef(observed[good], expected[good])[0, 1]))}" if varies else ""
    missing = f", {int((~good).sum())} points missing" if not good.all() else ""
    return f"R² {number(r2)}{r}{missing}"
