"""The figure of the experiment with digits: a row a case, from trajectories to what predicts the final RDM."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurouniv.experiments.experiment import count_of
from neurouniv.figures import style
from neurouniv.figures.final_rdms import CMAP
from neurouniv.figures.numbers import number
from neurouniv.rdm.exchange.square import to_square

PAIR_COLOURS = {"other digit": "#0b7285", "same digit": "#c2255c"}
LAW_LINES: dict[str, style.Stroke] = {
    "pairwise": style.LAW,
    "universal": {**style.LAW, "linestyle": "--", "linewidth": 1.2},
}
MOMENTS = (1 / 3, 2 / 3, 1.0)
"""Frames of the movie are shown where distances have made these shares of their way."""
NAMES = {
    "pairwise": "two-point law", "universal": "universal law", "class means": "class means", "dx dy": "dx·dy*",
    "input": "stimuli", "others": "other seeds", "learned": "learned",
}  # fmt: skip
SHOWN = ("pairwise", "universal", "class means", "dx dy")
DIGITS = ("0", "3", "6", "9")
"""Those that are written at the edges of an RDM."""
BARS = {"all": "#5f5f6b", "between": "#c08b00"}


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """A row a case: distances over training; frames of the movie; final RDMs as expected; and how well they agree."""
    rows, columns = results.sizes["case"], 1 + len(MOMENTS) + len(SHOWN) + 1
    figure = style.new_figure(15.5, 0.9 + 2.1 * rows)
    widths = [1.5, *[1.0] * (columns - 2), 1.35]
    panels = figure.subplots(rows, columns, squeeze=False, width_ratios=widths)
    for row, case in zip(panels, results["case"].values, strict=True):
        case_results = results.sel(case=case)
        _distances(row[0], case_results, str(case))
        _movie(row[1 : 1 + len(MOMENTS)], case_results)
        _expected(row[1 + len(MOMENTS) : -1], case_results)
        _bars(row[-1], case_results)
    panels[-1, 0].set_xlabel("learning time (epochs)")
    panels[-1, -1].set_xlabel("r with the learned RDM")
    _legend(figure)
    note = results.attrs.get("mnist", "")
    title = f"Digits, last hidden layer: means over {count_of(results.sizes['seed'], 'seed')}"
    figure.suptitle(f"{title} ({note})" if note else title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    return figure


def _distances(ax: Axes, results: xr.Dataset, case: str) -> None:
    """Mean distances within and between digits over training, and the laws'."""
    for (name, colour), same in zip(PAIR_COLOURS.items(), (False, True), strict=True):
        some = results["same"].values == same
        members = results["h"].isel(pair=some).mean("pair").transpose("seed", "frame")
        for member in members.values if results.sizes["seed"] > 1 else []:
            ax.plot(results["epoch"], member, color=colour, **style.MEMBER)
        ax.plot(results["epoch"], members.mean("seed"), color=colour, label=name, **style.DATA)
        for law, line in LAW_LINES.items():
            ax.plot(
                results["epoch"], results["h_law"].sel(law=law).isel(pair=some).mean("pair"), color=style.INK, **line
            )
    ax.set_ylim(0, None)
    ax.set_ylabel(style.SYMBOLS["h"])
    style.finish_axis(ax)
    r2 = (number(float(results["r2_movie"].sel(law=law).median()), 2) for law in LAW_LINES)
    ax.set_title(case.replace("mnist", "MNIST").replace("sgd", "SGD").replace("adam", "Adam"), pad=15)
    under(ax, "movie R²: two-point {}, universal {}".format(*r2))


def _movie(panels: np.ndarray, results: xr.Dataset) -> None:
    """The RDM where distances have gone some of their way, in one scale of colour."""
    mean = results["h"].mean("seed")
    course = mean.mean("pair").values
    share_gone = (course - course[0]) / (course[-1] - course[0] or 1.0)
    limit = float(mean.isel(frame=-1).max())
    frame = -1
    for ax, share in zip(panels, MOMENTS, strict=True):
        frame = len(share_gone) - 1 if share == 1.0 else max(frame + 1, int(np.argmax(share_gone >= share)))
        show(ax, mean.isel(frame=frame), results, limit)
        ax.set_title(f"epoch {int(results['epoch'][frame])}", pad=15)
        if share == 1.0:
            under(ax, f"learned, silhouette {_silhouette(results, 'learned')}")


def _expected(panels: np.ndarray, results: xr.Dataset) -> None:
    """What the laws and simple predictors expect of the last RDM; the simple ones each in a scale of its own."""
    limit = float(results["h"].isel(frame=-1).mean("seed").max())
    for ax, name in zip(panels, SHOWN, strict=True):
        values = results["expected"].sel(shown=name)
        show(ax, values, results, limit if name in LAW_LINES else float(values.max()))
        ax.set_title(NAMES[name], pad=15)
        r2 = number(float(results["r2"].sel(structure=name, pairs="all").median()), 2)
        clusters = "" if name == "class means" else f", silh. {_silhouette(results, name)}"
        under(ax, f"R² {r2}{clusters}")


def show(ax: Axes, values: xr.DataArray, results: xr.Dataset, limit: float) -> None:
    """An RDM with its digits on the edges."""
    rdm = to_square(values.assign_coords(first=results["first"], second=results["second"]))
    ax.imshow(np.clip(rdm, 0, None), cmap=CMAP, vmin=0, vmax=limit, interpolation="nearest")
    per_digit = len(rdm) // 10
    places = per_digit * np.arange(10) + (per_digit - 1) / 2
    ax.set_xticks(places[::3], DIGITS)
    ax.set_yticks(places[::3], DIGITS)
    ax.tick_params(length=0, labelsize=7)
    ax.spines[:].set_visible(False)


def _bars(ax: Axes, results: xr.Dataset) -> None:
    """Correlations of every predictor with the last RDM, over all pairs and over those between digits."""
    structures = results["structure"].values[::-1]
    place = np.arange(len(structures))
    for k, (pairs, colour) in enumerate(BARS.items()):
        r = results["correlation"].sel(pairs=pairs, structure=structures)
        middle = r.median("seed").values
        places = place + 0.19 * (1 - 2 * k)
        ax.barh(places, np.nan_to_num(middle), 0.36, color=colour, alpha=0.75)
        heights = places[:, None].repeat(r.sizes["seed"], 1)
        ax.plot(
            r.transpose("structure", "seed").values, heights, "|", color=style.INK, markersize=4, markeredgewidth=0.7
        )
        for x, right, y in zip(middle, r.max("seed").values, places, strict=True):
            ax.text(max(np.nan_to_num(right), 0) + 0.04, y, number(float(x), 2), va="center", fontsize=6.5)
    ax.set_yticks(place, [NAMES[name] for name in structures], fontsize=7.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(min(0, float(results["correlation"].min())), 1.25)
    ax.set_xticks([0, 0.5, 1])
    ax.set_title("agreement", pad=15)


def _silhouette(results: xr.Dataset, name: str) -> str:
    return number(float(results["silhouette"].sel(shown=name).median()), 2)


def under(ax: Axes, text: str) -> None:
    """A line of small type between a panel and its title."""
    ax.text(0, 1.02, text, transform=ax.transAxes, fontsize=7, va="bottom")


def _legend(figure: Figure) -> None:
    handles = [Line2D([], [], color=colour, label=name, **style.DATA) for name, colour in PAIR_COLOURS.items()]
    handles += [Line2D([], [], color=style.INK, label=NAMES[law], **line) for law, line in LAW_LINES.items()]
    square = partial(Line2D, [], [], linestyle="none", marker="s", alpha=0.75)
    labels = {"all": "r over all pairs", "between": "r between digits (|: a seed)"}
    handles += [square(color=colour, label=labels[pairs]) for pairs, colour in BARS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, handlelength=1.8)
