"""Depth: does the law hold at every hidden layer of one network, and how do its constants change with depth?"""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullFormatter

from neurouniv.experiments.experiment import claimed, count_of, finished, fitted, steps
from neurouniv.experiments.settings import settings_of, trained
from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.laws import UniversalModel

NAME = "depth"
SETTING = "default"
GOOD = 0.9
RESTARTS = 5
FRAMES = 151
AT_ONCE = 8
"""Networks trained together; all layers of all of them are kept for a moment."""
COLOURS = {"eta_h": style.COLOURS["h"], "eta_y": style.COLOURS["y"]}
LABELS = {"eta_h": r"encoder rate $\eta_h$ (per epoch)", "eta_y": r"decoder rate $\eta_y$ (per epoch)"}


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Train the default network and fit the law to every one of its hidden layers.

    Returns
    -------
    Dataset over `seed` and `layer` (from 1, the first): `eta_h` and `eta_y` per epoch with their intervals, `ratio`,
    `r2` (..., variable), `converged`, `message`, and the distances `h0` and `h_end` at the start and the end.
    """
    blocks = [range(first, min(first + AT_ONCE, seeds)) for first in range(0, seeds, AT_ONCE)]
    results = [_block(block, device, quick) for block in steps(blocks, NAME, progress)]
    return finished(xr.concat(results, dim="seed"), NAME, seeds, device, quick, setting=settings_of(SETTING, quick))


def claim(results: xr.Dataset) -> str:
    """At how many layers the law describes h and y (median over seeds), and where its constants go with depth."""
    r2 = results["r2"].median("seed")
    good = (r2.sel(variable=["h", "y"]) >= GOOD).all("variable").values
    low, high = (number(float(end(r2.sel(variable="w")))) for end in (np.min, np.max))
    seeds = count_of(results.sizes["seed"], "seed")
    text = f"R2 of h and y at least {GOOD} at {good.sum()} of {good.size} layers (medians over {seeds}), of w {low} to "
    text += f"{high}; from the first to the last layer " + " and ".join(_course(results, name) for name in COLOURS)
    return claimed(results, bool(good.all()), bool(good.mean() >= 0.5), text)


def _block(seeds: range, device: str, quick: bool) -> xr.Dataset:
    layers = range(settings_of(SETTING, quick)["hidden_layers"])
    traj = trained(SETTING, seeds, device, quick, frames=FRAMES, layers=layers)
    constants = fitted(UniversalModel(restarts=RESTARTS), traj).constants_
    names = ["eta_h", "eta_h_interval", "eta_y", "eta_y_interval", "r2", "converged", "message"]
    h = traj["h"].isel(pair=0, drop=True).reset_coords(drop=True)
    constants = constants[names].assign(ratio=constants["eta_h"] / constants["eta_y"])
    constants = constants.assign(h0=h.isel(time=0, drop=True), h_end=h.isel(time=-1, drop=True))
    return constants.assign_coords(layer=np.array(layers) + 1).drop_attrs(deep=False)


def _course(results: xr.Dataset, name: str) -> str:
    """A constant at the first and the last layer, and where between them it is largest, in medians over seeds."""
    median = results[name].where(results["converged"]).median("seed")
    first, last = (number(float(median.isel(layer=place))) for place in (0, -1))
    text = f"{name} goes from {first} to {last}"
    top = int(median.fillna(-np.inf).argmax("layer"))
    if 0 < top < median.sizes["layer"] - 1:
        text += f" (largest, {number(float(median[top]))}, at layer {int(median['layer'][top])})"
    return text


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """Both constants, and R2 of h, y and w, against the layer: seeds thin, their median bold."""
    figure = style.new_figure(9.6, 3.2)
    panels = figure.subplots(1, 3)
    for ax, name in zip(panels, COLOURS, strict=False):
        _constant(ax, results, name)
    _scores(panels[2], results)
    for ax in panels:
        ax.set_xlabel(f"hidden layer (1 first, {results.sizes['layer']} last)")
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    handles = [
        Line2D([], [], label=f"seed ({results.sizes['seed']})", color=style.MUTED, linewidth=0.7, alpha=0.6),
        Line2D([], [], label="median", color=style.MUTED, linewidth=2.2),
    ]
    if not bool(results["converged"].all()):
        hollow = Line2D([], [], label="fit not converged", color="none", marker="o", mfc="white", mec=style.MUTED)
        handles.append(hollow)
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _constant(ax: Axes, results: xr.Dataset, name: str) -> None:
    layer, colour = results["layer"].values, COLOURS[name]
    values, good = (results[v].transpose("seed", "layer").values for v in (name, "converged"))
    for course, fine in zip(values, good, strict=True):
        ax.plot(layer, np.where(fine, course, np.nan), color=colour, linewidth=0.7, alpha=0.6)
        ax.plot(layer[~fine], course[~fine], "o", mfc="white", mec=colour, ms=4)
    median = results[name].where(results["converged"]).median("seed")
    ax.plot(layer, median, color=colour, linewidth=2.2, marker="o", ms=3.5)
    finite = values[good] if good.any() else values[values > 0]
    ax.set_yscale("log")
    middle, half = np.sqrt(finite.min() * finite.max()), max(4.0, 1.15 * np.sqrt(finite.max() / finite.min()))
    ax.set_ylim(middle / half, middle * half)
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_title(LABELS[name])


def _scores(ax: Axes, results: xr.Dataset) -> None:
    layer = results["layer"].values
    for v in ("h", "y", "w"):
        r2 = results["r2"].sel(variable=v)
        for course in r2.transpose("seed", "layer").values:
            ax.plot(layer, course, color=style.COLOURS[v], linewidth=0.7, alpha=0.5)
        ax.plot(layer, r2.median("seed"), color=style.COLOURS[v], linewidth=2.2, label=f"{v} {style.MEANINGS[v]}")
    ax.axhline(GOOD, color=style.MUTED, linewidth=0.8, linestyle="--", zorder=0)
    least = float(results["r2"].min())
    ax.set_ylim(max(-0.05, least - 0.05), 1.03)
    ax.set_title("R² of the law (dashed: 0.9)")
    ax.legend(loc="lower right", title=f"down to {number(least, 2)}" if least < -0.05 else None, title_fontsize=8)
