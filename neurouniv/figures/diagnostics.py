"""Whether a fit can be trusted: the waterfall of its restarts, and the profiles of its constants."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.fitted_constants import COLOURS, MEANINGS
from neurouniv.names import public
from neurouniv.schema import InputError, need_variables

SAME = 1.01
"""Restarts whose loss is within this factor of the best found the same optimum."""


@style.styled
@public
def waterfall(constants: xr.Dataset, ax: Axes | None = None) -> Figure:
    """The loss that every restart of a fit ended with, sorted, relative to the best: a plateau is a found optimum.

    Parameters
    ----------
    constants : `law.constants_`, with `restart_loss` (..., restart); one line for every batch member.

    Raises
    ------
    InputError : no restarts are there.
    """
    need_variables(constants, ("restart_loss",), "A waterfall", "Give `law.constants_` of a fitted law.")
    loss = constants["restart_loss"].transpose(..., "restart").values
    loss = np.sort(loss.reshape(-1, loss.shape[-1]), axis=-1)
    figure, ax = style.axes_or_new(ax)
    best = loss[:, :1]
    excess = loss / np.where(best > 0, best, 1.0)
    rank = np.arange(1, loss.shape[-1] + 1)
    colour = style.LAW_COLOURS["universal"]
    ax.plot(rank, excess.T, color=colour, alpha=0.5 if len(loss) > 1 else 0.9, linewidth=1.0, marker="o", ms=4)
    ax.axhline(SAME, color=style.MUTED, linewidth=0.8, linestyle="--")
    count = int((excess <= SAME).sum(-1).min())
    ax.set_title(f"optimum found by {count} of {loss.shape[-1]} restarts")
    highest = float(excess[np.isfinite(excess)].max(initial=1.0))
    if highest > 10:
        ax.set_yscale("log")
        ax.set_ylim(0.8, 1.5 * highest)
    else:
        ax.set_ylim(0.9, max(1.5, 1.1 * highest))
    ax.set_xticks(rank)
    ax.set_xlabel("restart, sorted by its loss")
    ax.set_ylabel("loss relative to the best")
    return figure


@style.styled
@public
def profiles(made: xr.Dataset) -> Figure:
    """The profiles of `neurouniv.profile`, a panel each; where a curve crosses the line, its 95 % interval ends.

    Raises
    ------
    InputError : it is not a profile.
    """
    need_variables(made, ("value", "rise", "best"), "A figure of profiles", "`neurouniv.profile(law, traj)` makes it.")
    if not made.sizes["constant"]:
        raise InputError(f"The {made.attrs.get('law')} law has no constants, so it has no profiles.")
    names = made["constant"].values.tolist()
    figure = style.new_figure(2.9 * len(names) + 0.4, 2.9)
    panels = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
    threshold = float(made.attrs["threshold"])
    for ax, name in zip(panels, names, strict=True):
        of_constant = made.sel(constant=name)
        value, rise, best = (of_constant[key].values for key in ("value", "rise", "best"))
        colour = COLOURS.get(name, style.LAW_COLOURS["universal"])
        width = of_constant.sizes["point"]
        ax.plot(value.reshape(-1, width).T, rise.reshape(-1, width).T, color=colour, marker="o", ms=2.5, linewidth=1.3)
        ax.axhline(threshold, color=style.MUTED, linewidth=0.8, linestyle="--")
        for optimum in np.ravel(best):
            ax.axvline(optimum, color=colour, linewidth=0.8, alpha=0.5)
        ax.set_ylim(-0.3, 4 * threshold)
        ax.set_xlabel(MEANINGS.get(name, name))
        style.finish_axis(ax)
    panels[0].set_ylabel("rise of 2 log L")
    panels[-1].annotate("95 %", (1.0, threshold), xycoords=("axes fraction", "data"), ha="right", va="bottom",
                        color=style.MUTED, fontsize=8)  # fmt: skip
    return figure
