"""Distances over time, averaged over groups of pairs: do classes come apart, and does the law say when?"""

from __future__ import annotations

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurouniv.figures import style
from neurouniv.figures.units import in_units
from neurouniv.rdm.classes import same_class
from neurouniv.schema import batch_dims, check_trajectory

LINE = 36
"""Letters of a label's line beside a panel."""
GROUP_COLOURS = (("#b3541e", "#6b2c07"), ("#1f7a8c", "#0b3f4a"))


def pair_groups(trajectory: xr.Dataset) -> dict[str, np.ndarray]:
    """Masks (pair,) of the pairs that are averaged together.

    Within and between classes where there are classes; else the third of pairs with the nearest and the third with
    the farthest targets; else all pairs.

    Examples
    --------
    >>> traj = xr.Dataset(coords={"dy2": ("pair", [1.0, 2.0, 9.0]), "first": ("pair", list("aab")), "second": ("pair", list("bcc"))})
    >>> [(name, mask.tolist()) for name, mask in pair_groups(traj).items()]
    [('nearest targets', [True, False, False]), ('farthest targets', [False, False, True])]
    """  # noqa: E501
    same = same_class(trajectory)
    if same is not None and same.any():
        return {"between classes": ~same, "within class": same}
    if "dy2" in trajectory.coords and np.ptp(trajectory["dy2"].values) > 0:
        dy2 = trajectory["dy2"].values
        low, high = np.quantile(dy2, [1 / 3, 2 / 3])
        near = dy2 <= low if low < high else dy2 < dy2.max()
        return {"nearest targets": near, "farthest targets": dy2 >= high}
    return {"all pairs": np.ones(trajectory.sizes["pair"], dtype=bool)}


def group_means(trajectory: xr.Dataset, groups: dict[str, np.ndarray] | None = None) -> xr.Dataset:
    """Mean h of every group of pairs over time, and the standard error of that mean where `h_var` is known.

    `h` and `error` (group, time); batch dimensions are averaged, missing distances left out. Distances that share
    a condition share its noise: their errors are taken as correlated by one half, the most that the noise of
    squared distances between independent conditions allows, so the band is rather too wide than too narrow.
    """
    groups = pair_groups(trajectory) if groups is None else groups
    made = []
    for mask in groups.values():
        part = trajectory.isel(pair=np.flatnonzero(mask))
        one = xr.Dataset({"h": part["h"].mean((*batch_dims(part["h"]), "pair"))})
        made.append(one.assign(error=_error(part)) if "h_var" in part else one)
    return xr.concat(made, dim="group", coords="minimal", compat="override").assign_coords(group=list(groups))


@style.styled
def time_courses(
    trajectory: xr.Dataset, prediction: xr.Dataset | None = None, ax: Axes | None = None, title: str = ""
) -> Figure:
    """Draw the mean squared distance of groups of pairs over time (see `pair_groups`), data solid, law dotted.

    The shaded band is the 95 % sampling error of the mean (see `group_means`), drawn where the trajectory carries
    `h_var`.

    Raises
    ------
    InputError : if the prediction is of other pairs.
    """
    check_trajectory(trajectory)
    figure, ax = style.axes_or_new(ax, 5.4, 3.4)
    groups = pair_groups(trajectory)
    means = group_means(trajectory, groups)
    law = None
    if prediction is not None:
        style.need_same_pairs(trajectory, prediction)
        law = group_means(prediction[["h"]], groups)
    time = trajectory["time"].values
    for (name, mask), (light, dark) in zip(groups.items(), GROUP_COLOURS, strict=False):
        one = means.sel(group=name)
        if "error" in means:
            half = 1.96 * one["error"]
            ax.fill_between(time, one["h"] - half, one["h"] + half, color=light, alpha=0.16, linewidth=0)
        label = f"{name} ({int(mask.sum())} pairs)"
        marker = "o" if len(time) <= style.FEW_TIMES else ""
        ax.plot(time, one["h"], color=light, label=label, marker=marker, ms=4, **style.DATA)
        if law is not None:
            predicted = law.sel(group=name)
            ax.plot(predicted["time"].values, predicted["h"], color=dark, label=f"{name} law", **style.LAW)
    ax.axhline(0, color=style.MUTED, linewidth=0.6, zorder=0)
    ax.set_xlabel(style.time_label(trajectory["time"]))
    ax.set_title(title)
    style.finish_axis(ax, time)
    largest = float(np.abs(means["h"]).max())
    label = in_units("mean squared distance", ax.yaxis, trajectory["h"].attrs.get("units"), largest)
    ax.set_ylabel(fill(label + (", 95 % band" if "error" in means else ""), LINE))
    shown = [line for line in ax.get_lines() if line.get_label().endswith("pairs)")]
    extra = [] if law is None else [Line2D([], [], color=style.INK, label="law", **style.LAW)]
    ax.legend(handles=[*shown, *extra], loc="best")
    return figure


def _error(part: xr.Dataset) -> xr.DataArray:
    """Standard error (time,) of the mean over pairs: half of sum over conditions of (sum of their pairs' errors)^2."""
    ends = np.stack([part["first"].values, part["second"].values])
    touches = xr.DataArray((ends[:, :, None] == np.unique(ends)).any(0).astype(float), dims=("pair", "condition"))
    deviation = np.sqrt(part["h_var"].reset_coords(drop=True)).fillna(0.0)
    count = part["h"].notnull().sum("pair")
    variance = 0.5 * ((deviation * touches).sum("pair") ** 2).sum("condition") / count**2
    dims = batch_dims(variance, ("time",))
    members = int(np.prod([variance.sizes[dim] for dim in dims]))
    return np.sqrt(variance.mean(dims) / members)
