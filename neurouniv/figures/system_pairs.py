"""Systems set beside one another: RDMs at all times of both, and how alike they start and end."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.names import public
from neurouniv.rdm.comparators import long_name_of
from neurouniv.schema import InputError, need_variables

MAP = "viridis"
MOST_COLUMNS = 3
FEW = 5
"""So many systems have their matrices in one row."""
NAME = 20
"""Letters of a system's name in a line."""


@style.styled
@public
def between(result: xr.Dataset, most: int = 12) -> Figure:
    """Similarity of RDMs at all times of two systems, a panel a pair: steps of one upwards, times of the other along.

    The line joins the best step for every time, with the middle 95 % of it over resampled conditions. Titles say what
    the untrained and the last RDM reach, in the mean over the times of the other.

    Parameters
    ----------
    result : of `neurouniv.universality_test`; at most `most` of its pairs are drawn.

    Raises
    ------
    InputError : it holds no RSA between systems.
    """
    need_variables(result, ("rsa_similarity", "rsa_time_a", "rsa_time_b"), "RSA between systems",
                   "`neurouniv.universality_test` of two systems with four conditions in common makes it.")  # fmt: skip
    count = min(result.sizes["rsa_pair"], most)
    columns = min(count, MOST_COLUMNS)
    rows = -(-count // columns)
    figure = style.new_figure(1.0 + 3.2 * columns, 0.6 + 2.9 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    low, high = (float(end(result["rsa_similarity"])) for end in (np.nanmin, np.nanmax))
    for place, ax in enumerate(panels.ravel()):
        if place >= count:
            ax.set_visible(False)
            continue
        image = _pair(result.isel(rsa_pair=place), ax, min(low, 0.0), high)
    kind = str(result.attrs.get("comparator", "corr"))
    bar = figure.colorbar(image, ax=panels, location="right", aspect=30, shrink=0.8)
    bar.set_label(f"similarity of RDMs ({long_name_of(kind)})")
    bar.outline.set_visible(False)
    return figure


def _pair(result: xr.Dataset, ax: Axes, low: float, high: float) -> QuadMesh:
    """One pair of systems."""
    steps, sessions = (result[f"rsa_time_{end}"].dropna(dim).values for end, dim in (("a", "step"), ("b", "session")))
    values = result["rsa_similarity"].transpose("step", "session").values[: len(steps), : len(sessions)]
    image = ax.pcolormesh(
        cell_edges(sessions), cell_edges(steps), values, cmap=MAP, vmin=low, vmax=high, rasterized=True
    )
    if "rsa_best_step" in result and result["rsa_best_step"].notnull().any():
        best = result["rsa_best_step"].values[: len(sessions)]
        bounds = result["rsa_best_step_interval"].transpose("bound", "session").values[:, : len(sessions)]
        ax.vlines(sessions, *bounds, color="white", linewidth=1.2, alpha=0.9)
        ax.plot(sessions, best, color="white", marker="o", ms=3.5, linewidth=1.0)
        ends = [float(result[f"rsa_{name}"].mean()) for name in ("untrained", "final")]
        ax.set_title(f"untrained {ends[0]:.2f}, last {ends[1]:.2f}", fontsize=8.5, fontweight="normal")
    ax.set_xlabel(fill(f"{result['rsa_b'].item()} ({result['rsa_unit_b'].item()})", 36))
    ax.set_ylabel(fill(f"{result['rsa_a'].item()} ({result['rsa_unit_a'].item()})", 32))
    style.finish_axis(ax, sessions)
    return image


def cell_edges(times: np.ndarray) -> np.ndarray:
    """Cells about the times, for they need not be evenly spaced."""
    if not len(times):
        raise InputError("A figure of frames of two systems needs their times; got NaN. Make the result again.")
    if len(times) < 2:
        return np.array([times[0] - 0.5, times[0] + 0.5])
    middle = (times[1:] + times[:-1]) / 2
    return np.concatenate([[2 * times[0] - middle[0]], middle, [2 * times[-1] - middle[-1]]])


@style.styled
@public
def alike(result: xr.Dataset) -> Figure:
    """How similar first and last RDMs are between all systems, and how well one's movie predicts another's.

    Parameters
    ----------
    result : `first_similarity`, `last_similarity` and `cross` (source, target), of `neurouniv.universality_test`.
    """
    need_variables(result, ("first_similarity", "last_similarity", "cross"), "A figure of all systems",
                   "`neurouniv.universality_test` of two systems makes it.")  # fmt: skip
    names = [fill(str(name), NAME) for name in result["source"].values]
    side, columns = 1.1 + 0.42 * len(names), 3 if len(names) <= FEW else 2
    rows = -(-3 // columns)
    label = 0.5 + 0.07 * max(len(line) for name in names for line in name.splitlines())  # inches below a matrix
    figure = style.new_figure(label + columns * side, rows * (0.6 + label + side))
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    titles = {"first_similarity": "first RDMs", "last_similarity": "last RDMs", "cross": "row predicts column, R²"}
    for place, ((name, title), ax) in enumerate(zip(titles.items(), panels, strict=False)):
        _matrix(result[name].transpose("source", "target").values, ax, names)
        ax.set_title(title)
        ax.set_yticks(range(len(names)), names if place % columns == 0 else [""] * len(names))
    for ax in panels[len(titles) :]:
        ax.set_visible(False)
    return figure


def _matrix(values: np.ndarray, ax: Axes, names: list[str]) -> None:
    """Numbers on a shade; blank where there is none."""
    ax.set_facecolor("#ededf1")
    ax.imshow(values, cmap="Purples", vmin=0, vmax=1)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            text = f"{value:.2f}" if value > -1 else "<−1"
            colour = "white" if value > 0.6 else style.INK
            ax.text(column, row, text.replace("-", "−"), ha="center", va="center", fontsize=7, color=colour)
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
