"""Alternatives: do altered equations, optimised as hard as the law, fit two points worse?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurouniv.experiments.experiment import claimed, count_of, finished, fitted, steps
from neurouniv.experiments.settings import trained
from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.laws import ALTERED, Law, UniversalModel

NAME = "alternatives"
SETTINGS = ("two_layer", "shallow", "default")
RESTARTS = 5
FRAMES = 151
MEANS = "with means"
LAWS: dict[str, Callable[..., Law]] = {law.name: law for law in (UniversalModel, *ALTERED)}
LAWS[MEANS] = partial(UniversalModel, means=True)
"""The law first; with means it is no altered equation, but what the closure of two points leaves out put back."""


def run(seeds: int, device: str = "auto", progress: bool | None = None, quick: bool = False) -> xr.Dataset:
    """Fit the law, its four altered equations and the law with means to networks in three settings.

    All see the same frames, start from the best of the same scan (with means: from the law's constants), with as many
    restarts and the same optimiser.

    Returns
    -------
    Dataset over `setting`, `law` and `seed`: `sse`, the sum of squared errors of h, y and w at the optimum, `ratio`,
    that relative to the law's, `r2` (..., variable), `converged` and `message`.
    """
    blocks = []
    for name in steps(SETTINGS, NAME, progress):
        traj = trained(name, range(seeds), device, quick, frames=FRAMES).isel(layer=0, drop=True)
        fits = [fitted(law(restarts=RESTARTS), traj).constants_ for law in LAWS.values()]
        columns = [constants[["loss", "r2", "converged", "message"]].drop_attrs(deep=False) for constants in fits]
        blocks.append(xr.concat(columns, dim="law").assign_coords(law=list(LAWS)))
    results = xr.concat(blocks, dim="setting").assign_coords(setting=list(SETTINGS)).rename(loss="sse")
    results = results.assign(ratio=results["sse"] / results["sse"].isel(law=0, drop=True))
    return finished(results, NAME, seeds, device, quick, restarts=RESTARTS, frames=FRAMES)


def claim(results: xr.Dataset) -> str:
    """Whether each altered equation fits worse than the law in the median of seeds, in every setting."""
    altered = [law.name for law in ALTERED]
    worse = (results["ratio"].median("seed").sel(law=altered) > 1).values
    text = f"squared error relative to the law's, median over {count_of(results.sizes['seed'], 'seed')}, "
    text += " / ".join(map(str, results["setting"].values)) + ": "
    text += "; ".join(_ratios(results, name) for name in (*altered, MEANS))
    return claimed(results, bool(worse.all()), bool(worse.mean() >= 0.5), text + " (not one of the altered)")


def _ratios(results: xr.Dataset, law: str) -> str:
    """A rival's median ratio in every setting, and in how many seeds it wins where it does in any."""
    ratio = results["ratio"].sel(law=law).transpose("setting", "seed").values
    wins = [_wins(of_setting) for of_setting in ratio]
    text = f"{law} {' / '.join(f'{np.nanmedian(of_setting):.3g}' for of_setting in ratio)}"
    return text + (f", wins {' / '.join(map(str, wins))}" if any(wins) else "")


def _wins(ratio: np.ndarray) -> int:
    return int((ratio < 1).sum())


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """A panel a setting: every rival's squared error relative to the law's, seeds as dots and their median."""
    rivals = [str(name) for name in results["law"].values[1:]]
    settings = [str(name) for name in results["setting"].values]
    looks = style.law_look(rivals)
    figure = style.new_figure(1.9 + 2.7 * len(settings), 1.35 + 0.42 * len(rivals))
    panels = figure.subplots(1, len(settings), sharex=True, sharey=True, squeeze=False)[0]
    for ax, setting in zip(panels, settings, strict=True):
        for row, law in enumerate(rivals):
            _row(ax, results["ratio"].sel(setting=setting, law=law).values, row, looks[law]["color"])
        ax.axvline(1, color=style.LAW_COLOURS["universal"], linewidth=1.4, linestyle="--", zorder=0)
        ax.set_xscale("log")
        ax.grid(axis="x", color="#e6e6ea", linewidth=0.7)
        ax.tick_params(axis="y", length=0)
        r2 = results["r2"].isel(law=0).sel(setting=setting).median("seed")
        scores = ", ".join(f"{v} {number(float(r2.sel(variable=v)))}" for v in ("h", "y", "w"))
        ax.text(0, 1.02, f"R² of the law: {scores}", transform=ax.transAxes, fontsize=7.5, color=style.MUTED)
        ax.set_title(setting, pad=16)
    panels[0].set_yticks(range(len(rivals)), rivals)
    panels[0].tick_params(axis="y", labelsize=9, labelcolor=style.INK)
    panels[0].set_ylim(len(rivals) - 0.4, -0.6)
    low, high = panels[0].get_xlim()
    panels[0].set_xlim(min(low, 0.5), high * (high / low) ** 0.25)
    panels[len(panels) // 2].set_xlabel("squared error relative to the law's, all optimised equally")
    figure.legend(handles=_legend(results.sizes["seed"]), loc="outside lower center", ncols=3)
    return figure


def _row(ax: Axes, ratio: np.ndarray, row: int, colour: str) -> None:
    """One rival: its seeds, their median with its number, and in how many seeds it beats the law."""
    ratio = ratio[np.isfinite(ratio)]
    ax.plot(ratio, np.full(ratio.size, row), "o", ms=4, color=colour, alpha=0.35, mew=0)
    if not ratio.size:
        return
    median = float(np.median(ratio))
    ax.plot([median], [row], "D", ms=6.5, color=colour, mec="white", mew=0.8)
    label = f"{median:.3g}" + (f" (wins {_wins(ratio)})" if _wins(ratio) else "")
    place = (float(ratio.max()), row)
    ax.annotate(label, place, (7, 0), textcoords="offset points", va="center", fontsize=8, color=colour)


def _legend(seeds: int) -> list[Line2D]:
    grey = style.MUTED
    return [
        Line2D([], [], color=grey, marker="o", alpha=0.5, ms=4, linestyle="none", label=f"seed ({seeds})"),
        Line2D([], [], color=grey, marker="D", ms=6, linestyle="none", label="median (seeds that beat the law)"),
        Line2D([], [], color=style.LAW_COLOURS["universal"], linestyle="--", label="the law"),
    ]
