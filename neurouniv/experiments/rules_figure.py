"""The figure of the experiment with learning rules: a matrix a task, the true rule by the law."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from neurouniv.experiments.experiment import QUICK, count_of
from neurouniv.figures import style
from neurouniv.which_rule.candidates import NONE

MAP = "Purples"
DARK = 0.55
"""Cells above this probability have light numbers."""


@style.styled
def draw(results: xr.Dataset) -> Figure:
    """A matrix a task: colour, the mean probability of every rule; numbers, its law's error over the smallest.

    A row is a true rule. The frame marks the true rule, bold numbers the rule that is most probable.
    """
    count, rows, columns = (results.sizes[dim] for dim in ("task", "learner", "rule"))
    figure = style.new_figure(2.2 + 0.52 * columns * count, 1.9 + 0.42 * rows)
    panels = figure.subplots(1, count, squeeze=False, sharey=True)[0]
    for ax, name in zip(panels, results["task"].values, strict=True):
        image = _matrix(ax, results.sel(task=name))
        ax.set_title(str(name))
        ax.set_xlabel("rule whose law is judged")
    panels[0].set_yticks(range(rows), [_words(name) for name in results["learner"].values])
    panels[0].set_ylabel("rule that networks learn by")
    bar = figure.colorbar(image, ax=list(panels), fraction=0.02, pad=0.01)
    bar.set_label("probability, mean over networks")
    figure.suptitle(_title(results), x=0.01, ha="left", fontsize=9)
    return figure


def _matrix(ax: Axes, results: xr.Dataset) -> AxesImage:
    probability = results["probability_each"].mean("seed").transpose("learner", "rule").values
    ratio = results["error_ratio"].transpose("learner", "rule").values
    learners, names = (results[dim].values.tolist() for dim in ("learner", "rule"))
    image = ax.imshow(probability, cmap=MAP, vmin=0, vmax=1, aspect="auto")
    for i, learner in enumerate(learners):
        best = int(np.nanargmax(probability[i]))
        for j, value in enumerate(ratio[i]):
            ax.text(j, i, f"{value:.2f}" if value < 9.995 else f"{value:.0f}", ha="center", va="center", fontsize=7,
                    color="white" if probability[i, j] > DARK else style.INK,
                    fontweight="bold" if j == best else "normal")  # fmt: skip
        if learner in names:
            corner = (names.index(learner) - 0.5, i - 0.5)
            ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=style.INK, linewidth=1.4))
    ax.set_xticks(range(len(names)), [_words(name) for name in names], rotation=50, ha="right")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image


def _title(results: xr.Dataset) -> str:
    networks = count_of(results.sizes["seed"], "network")
    text = (
        f"Which rule? {networks} a row. Colour: probability; numbers: held-out error over the smallest of the row "
        "(geometric mean).\nFrame: the true rule; bold: the most probable; none: the best of five curves of no rule."
    )
    if not bool(results["learned"].all()):
        text += f" {count_of(int((~results['learned']).sum()), 'network')} did not learn."
    return text + (f" {QUICK[0].upper()}{QUICK[1:]}." if results.attrs.get("quick") else "")


def _words(name: str) -> str:
    return "none" if name == NONE else str(name).replace("_", " ")
