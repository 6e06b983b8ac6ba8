"""Two points: do the three curves of every network follow one law with two constants?"""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurouniv.experiments.experiment import claimed, count_of, finished, fitted, steps
from neurouniv.experiments.settings import SETTINGS, trained
from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.two_point_curves import legend_handles
from neurouniv.laws import UniversalModel
from neurouniv.laws.loss import loss_curve

NAME = "two-points"
GOOD = 0.9
"""The law is said to describe a variable from this R2 on."""
RESTARTS = 5
COLUMNS = 5
KEPT = ("eta_h", "eta_h_interval", "eta_y", "eta_y_interval", "r2", "converged", "message")


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Train networks in all 19 settings, and fit the law to each.

    Returns
    -------
    Dataset over `setting` and `seed`: `h`, `y`, `w` (..., time) at the setting's layer and `h_law`, `y_law`,
    `w_law`, `loss` and `loss_law`, the constants `eta_h` and `eta_y` per epoch with their intervals, `eta_mean`,
    `r2` (..., variable), `r2_loss`, `converged` and `message`.
    """
    blocks = [_setting(name, range(seeds), device, quick) for name in steps(SETTINGS, NAME, progress)]
    results = xr.concat(blocks, dim="setting", join="exact", coords="minimal", compat="override")
    results = results.assign_coords(setting=list(SETTINGS))
    return finished(results, NAME, seeds, device, quick, settings=SETTINGS)


def claim(results: xr.Dataset) -> str:
    """In how many settings the law describes h and y (median R2 over seeds at least .9), and how well w."""
    r2 = results["r2"].median("seed")
    good = (r2.sel(variable=["h", "y"]) >= GOOD).all("variable")
    names, count = results["setting"].values, int(good.sum())
    seeds = count_of(results.sizes["seed"], "seed")
    text = f"R2 of h and y at least {GOOD} in {count} of {len(names)} settings (medians over {seeds})"
    if count:
        low, high = (number(float(end(r2.sel(variable="w")[good.values]))) for end in (np.min, np.max))
        text += f", of w {low} to {high} there"
    if count < len(names):
        text += "; not in " + ", ".join(_why_not(results, str(name)) for name in names[~good.values])
    return claimed(results, count == len(names), 2 * count >= len(names), text)


def _setting(name: str, seeds: range, device: str, quick: bool) -> xr.Dataset:
    """Curves, the law's curves and constants of one setting."""
    traj = trained(name, seeds, device, quick).isel(layer=0, drop=True)
    law = fitted(UniversalModel(restarts=RESTARTS), traj)
    expected, losses = law.predict(traj), loss_curve(law, traj)
    results = xr.Dataset({v: traj[v] for v in "hyw"} | {f"{v}_law": expected[v] for v in "hyw"})
    results = results.assign({v: losses[v] for v in ("loss", "loss_law")}).isel(pair=0, drop=True)
    results = results.drop_vars([c for c in results.coords if c not in results.dims])
    more = law.constants_[list(KEPT)].assign(r2_loss=losses["r2"], eta_mean=losses["eta_mean"])
    return results.merge(more.drop_attrs(deep=False)).drop_attrs(deep=False)


def _why_not(results: xr.Dataset, name: str) -> str:
    """A setting's name, with its R2 and, where h falls, that it does, which the law cannot follow."""
    setting = results.sel(setting=name)
    h, y = (number(float(setting["r2"].sel(variable=v).median())) for v in "hy")
    first, last = (float(setting["h"].isel(time=frame).median()) for frame in (0, -1))
    falls = f", h falls from {number(first)} to {number(last)}" if last < first else ""
    return f"{name} (h {h}, y {y}{falls})"


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """A panel a setting: means over seeds of the three curves, the law dotted, and the median R2 of each."""
    count = results.sizes["setting"]
    rows = -(-(count + 1) // COLUMNS)
    figure = style.new_figure(2.25 * COLUMNS, 0.5 + 1.95 * rows)
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for ax, name in zip(panels, results["setting"].values, strict=False):
        _panel(ax, results.sel(setting=name), str(name))
    for ax in panels[count:]:
        ax.set_axis_off()
    panels[count].legend(handles=legend_handles(["h", "y", "w"]), loc="center", borderaxespad=0, handlelength=1.5)
    figure.supxlabel(style.time_label(results["time"]), fontsize=9)
    seeds = count_of(results.sizes["seed"], "seed")
    title = f"Two points, {count} settings: means over {seeds} (thin: each), one law with two constants"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    return figure


def _panel(ax: Axes, results: xr.Dataset, name: str) -> None:
    """The curves of one setting, h magnified to the size of y, and R2 of each in its colour."""
    factor = magnification(float(np.nanmax(results["h"].mean("seed"))), float(np.nanmax(results["y"].mean("seed"))))
    time = results["time"].values
    for v in "hyw":
        scale = factor if v == "h" else 1.0
        for member in results[v].values if results.sizes["seed"] > 1 else []:
            ax.plot(time, scale * member, color=style.COLOURS[v], **style.MEMBER)
        ax.plot(time, scale * results[v].mean("seed"), color=style.COLOURS[v], **style.DATA)
        ax.plot(time, scale * results[f"{v}_law"].mean("seed"), color=style.DARK[v], **style.LAW)
    means = {v: (factor if v == "h" else 1.0) * results[v].mean("seed") for v in "hyw"}
    top = max(float(mean.max()) for mean in means.values())
    ax.set_ylim(min(-0.1 * top, 1.15 * float(means["w"].min())), 1.3 * top)
    ax.axhline(0, color=style.MUTED, linewidth=0.6, zorder=0)
    style.finish_axis(ax)
    _notes(ax, results, factor, name)


def _notes(ax: Axes, results: xr.Dataset, factor: float, name: str) -> None:
    """The title, R2 of each variable under it, and what must be known to read the panel."""
    corner = partial(ax.text, transform=ax.transAxes, va="top", fontsize=7.5)
    if factor != 1:
        corner(0.98, 0.98, f"h ×{factor:g}", ha="right", color=style.DARK["h"])
    unsettled = int((~results["converged"]).sum())
    if unsettled:
        note = f"{unsettled} of {results.sizes['seed']} not converged"
        corner(0.03, 0.98, note, color=style.INK, style="italic")
    r2 = results["r2"].median("seed")
    for i, v in enumerate("hyw"):
        text = f"{'R²  ' if i == 0 else ''}{v} {number(float(r2.sel(variable=v)), 2)}"
        place = 0 if i == 0 else 0.1 + i * 0.32
        ax.text(place, 1.03, text, transform=ax.transAxes, fontsize=7.2, color=style.DARK[v])
    ax.set_title(name, pad=17)


def magnification(h: float, y: float) -> float:
    """1, 2 or 5 times a power of ten by which a curve as high as `h` is drawn about as high as `y`.

    Examples
    --------
    >>> magnification(0.1, 0.5), magnification(0.4, 0.5), magnification(1.8, 0.5)
    (5.0, 1.0, 0.2)
    """
    if not (h > 0 and y > 0):
        return 1.0
    steps_ = np.outer(10.0 ** np.arange(-6, 7), [1.0, 2.0, 5.0]).ravel()
    below = steps_[steps_ <= 1.15 * y / h]
    return float(f"{below[-1]:.3g}") if below.size else 1.0
