"""Mixtures of models (`neurouniv.rsa`, weighted=, selected=, interpolated=): the weight of every model in each."""

from __future__ import annotations

from textwrap import fill

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.rsa_courses import finish_time, mark_stimulus
from neurouniv.figures.rsa_panels import at_time, panels_of
from neurouniv.figures.rsa_words import need_rsa
from neurouniv.names import public
from neurouniv.schema import need_variables

MOST_PANELS = 9
NAME = 30


@style.styled
@public
def mixture_weights(result: xr.Dataset, *, time: float | None = None) -> Figure:
    """Draw the weights of every mixture's terms: bars at one time, courses over several, a panel a mixture.

    Weights are of fits to all data, to be looked at; similarities of mixtures come from fits to other conditions. A
    weight depends on the scale of its RDM: it may be compared with itself over time and regions, not with another's.

    Parameters
    ----------
    result : of `neurouniv.rsa` with a mixture: `weight` (mixture, term, ..., time).
    time : one of the result's times, to draw bars there; None draws all times.

    Raises
    ------
    InputError : the result has no mixture, or no such time.

    Examples
    --------
    >>> result = xr.Dataset(
    ...     {"similarity": (("model", "time"), [[0.5]]), "weight": (("mixture", "term", "time"), [[[0.3], [0.7]]])},
    ...     {"mixture": ["weighted"], "term": ["pixels", "network"], "time": [0.0]}, {"kind": "rsa"},
    ... )
    >>> [float(bar.get_width()) for bar in mixture_weights(result).axes[0].patches]
    [0.3, 0.7]
    """
    need_rsa(result, "A figure of weights")
    need_variables(result, ("weight",), "A figure of weights",
                   "`neurouniv.rsa(data, models, weighted=['pixels', 'network'])` makes them.")  # fmt: skip
    chosen = at_time(result, time)
    dims = [str(dim) for dim in chosen["weight"].dims if dim not in ("term", "time")]
    panels, more = panels_of(chosen, dims, MOST_PANELS)
    looks = style.law_look([str(name) for name in _models_and_terms(chosen)])
    over_time = chosen.sizes["time"] > 1
    count = chosen.sizes["term"]
    figure = style.new_figure(6.4, 0.6 + len(panels) * (2.6 if over_time else 0.7 + 0.3 * count))
    grid = figure.subplots(len(panels), 1, squeeze=False, sharex=True)[:, 0]
    for ax, panel in zip(grid, panels, strict=True):
        (_draw_lines if over_time else _draw_bars)(_with_weights(panel.result), ax, looks)
        ax.set_title(fill(panel.title, 60))
    for ax in grid[:-1]:
        ax.set_xlabel("")
    title = "Weights of the models in each mixture, fitted to all data" + (f"; {more}" if more else "")
    figure.suptitle(fill(title, 82), x=0.01, ha="left", fontsize=9, fontweight="bold")
    return figure


def _with_weights(panel: xr.Dataset) -> xr.Dataset:
    """A panel with the terms that its mixture is made of."""
    rest = [dim for dim in panel["weight"].dims if dim != "term"]
    return panel.isel(term=panel["weight"].notnull().any(rest).values)


def _models_and_terms(result: xr.Dataset) -> list[str]:
    """Models in the order of the result, then terms that are none, so that each has its look in all figures."""
    models = [str(name) for name in result["model"].values] if "model" in result.coords else []
    return [*models, *(str(name) for name in result["term"].values if str(name) not in models)]


def _draw_bars(panel: xr.Dataset, ax: Axes, looks: dict[str, style.Look]) -> None:
    weight = panel["weight"].isel(time=0)
    names = [str(name) for name in weight["term"].values]
    for row, (name, value) in enumerate(zip(names, weight.values.tolist(), strict=True)):
        ax.barh([row], [value], height=0.62, color=looks[name]["color"], alpha=0.8)
        ax.annotate(
            f" {number(value, 2)}", (max(value, 0.0) if value == value else 0.0, row), va="center", fontsize=7.5
        )
    ax.axvline(0, color=style.MUTED, linewidth=0.8)
    ax.set_yticks(range(len(names)), [fill(name, NAME) for name in names])
    ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.margins(x=0.12)
    ax.set_xlabel("weight")


def _draw_lines(panel: xr.Dataset, ax: Axes, looks: dict[str, style.Look]) -> None:
    time = panel["time"].values.astype(float)
    every = 1 if len(time) <= style.FEW_TIMES else max(1, len(time) // 6)
    for name in map(str, panel["term"].values):
        values = panel["weight"].sel(term=name).values
        ax.plot(time, values, color=looks[name]["color"], marker=looks[name]["marker"], ms=4, markevery=every,
                linewidth=1.6, label=fill(name, NAME))  # fmt: skip
    ax.axhline(0, color=style.MUTED, linewidth=0.7, zorder=0.5)
    mark_stimulus(panel["time"], ax)
    style.finish_axis(ax)
    finish_time(panel["time"], ax)
    ax.set_ylabel("weight")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0, fontsize=7.5)
