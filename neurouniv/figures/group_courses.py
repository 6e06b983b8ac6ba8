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
from neurouniv.names import public
from neurouniv.rdm.groups import group_means, pair_groups
from neurouniv.schema import check_trajectory

LINE = 36
"""Letters of a label's line beside a panel."""
GROUP_COLOURS = (("#b3541e", "#6b2c07"), ("#1f7a8c", "#0b3f4a"))


@style.styled
@public
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
        mean = means.sel(group=name)
        if "error" in means:
            half = 1.96 * mean["error"]
            ax.fill_between(time, mean["h"] - half, mean["h"] + half, color=light, alpha=0.16, linewidth=0)
        label = f"{name} ({int(mask.sum())} pairs)"
        marker = "o" if len(time) <= style.FEW_TIMES else ""
        ax.plot(time, mean["h"], color=light, label=label, marker=marker, ms=4, **style.DATA)
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
    lines = [line for line in ax.get_lines() if str(line.get_label()).endswith("pairs)")]
    extra = [] if law is None else [Line2D([], [], color=style.INK, label="law", **style.LAW)]
    ax.legend(handles=[*lines, *extra], loc="best")
    return figure
