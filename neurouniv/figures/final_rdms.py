"""Where learning ends: RDMs of the stimuli, of the law's prediction and of what was learned, side by side."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from neurouniv.figures import style
from neurouniv.figures.numbers import number
from neurouniv.figures.structure import silhouette, square
from neurouniv.figures.units import in_units
from neurouniv.fitting import r_squared
from neurouniv.names import public
from neurouniv.rdm.classes import classes, condition_names
from neurouniv.schema import WITHIN_TRIAL, InputError, batch_dims, check_trajectory
from neurouniv.universality.scores.baselines import class_mean_distances

TITLES = {
    "input": "stimuli",
    "class means": "class-mean stimuli (baseline)",
    "prediction": "law's prediction",
    "learned": "learned",
}
CMAP = "magma_r"
"""Light is near, dark is far: even steps of lightness, so it survives grey print and colour blindness."""
MOST_NAMES = 16
LONGEST, MOST_LETTERS = 14, 30
"""Letters of a name, and of all names that stand side by side under a panel."""


@public
def geometry_scores(trajectory: xr.Dataset, prediction: xr.Dataset, last: int = 1) -> xr.Dataset:
    """How well stimuli, class-mean stimuli and the law predict the learned RDM, per batch element.

    Parameters
    ----------
    trajectory, prediction : trajectories (..., time, pair) of the same pairs, with `dx2`.
    last : over how many last frames the final RDM is averaged (more for noisy recordings).

    Returns
    -------
    `correlation` (..., structure), Pearson's r with the learned RDM over pairs; `silhouette` (..., structure) of
    the classes in each RDM (see `structure.silhouette`; NaN without classes); `r2_final` (...), R2 of the predicted
    final RDM, and `r2_movie` (...), of the predicted RDM movie. `structure` is among "input", "class means",
    "prediction" and "learned".

    Raises
    ------
    InputError : if the pairs differ, dx2 is unknown or `last` is more than there are frames.
    """
    finals = _structures(trajectory, prediction, last)
    learned = finals["learned"]
    labels = classes(trajectory)
    names = condition_names(trajectory)

    def cluster(values: np.ndarray) -> float:
        return np.nan if labels is None else silhouette(square(values, trajectory, names), labels)

    stacked = xr.concat([a.broadcast_like(learned) for a in finals.values()], dim="structure", coords="minimal")
    stacked = stacked.transpose(..., "structure", "pair").assign_coords(structure=list(finals))
    pairs = [["pair"], ["pair"]]
    core = [["time", "pair"], ["time", "pair"]]
    observed, predicted = (a.expand_dims("time") for a in (learned, finals["prediction"]))
    return xr.Dataset(
        {
            "correlation": xr.apply_ufunc(_pearson, stacked, learned, input_core_dims=pairs, vectorize=True),
            "silhouette": xr.apply_ufunc(cluster, stacked, input_core_dims=[["pair"]], vectorize=True),
            "r2_final": xr.apply_ufunc(r_squared, observed, predicted, input_core_dims=core),
            "r2_movie": xr.apply_ufunc(r_squared, trajectory["h"], prediction["h"], input_core_dims=core, join="exact"),
        }
    )


@style.styled
@public
def geometry(trajectory: xr.Dataset, prediction: xr.Dataset, title: str = "", last: int = 1) -> Figure:
    """RDMs ordered by class: stimuli, class-mean stimuli, the law's prediction, and what was learned.

    Each is titled with the silhouette of the classes in it and its correlation with the learned RDM; predicted and
    learned share a colour scale, and so do both of the stimuli. Batch dimensions are averaged, RDMs and numbers.

    Parameters and errors are those of `geometry_scores`.
    """
    scores = geometry_scores(trajectory, prediction, last)
    structures = _structures(trajectory, prediction, last)
    means = {name: array.mean(batch_dims(array, ("pair",))).values for name, array in structures.items()}
    names, labels = _ordered(trajectory)
    data_name = "observed" if trajectory["time"].attrs.get("axis") == WITHIN_TRIAL else "learned"
    layout = ConstrainedLayoutEngine(compress=True, rect=(0, 0, 1, 0.89))
    figure = style.new_figure(0.4 + 2.6 * len(means), 4.35, layout)
    panels = dict(zip(means, figure.subplots(1, len(means), squeeze=False)[0], strict=True))
    for shared, label in ((("input", "class means"), "squared distance of stimuli"),
                          (("prediction", "learned"), "squared distance of representations")):  # fmt: skip
        group = [name for name in shared if name in means]
        limit = max(np.nanmax(means[name], initial=0) for name in group) or 1.0
        for name in group:
            image = _show(panels[name], square(means[name], trajectory, names), limit, first=name == group[0])
            _name_ticks(panels[name], names, labels, name == group[0], "label" in trajectory.coords)
            panels[name].set_title(data_name if name == "learned" else TITLES[name], pad=18 if labels is None else 30)
            _say_scores(panels[name], scores, name, data_name, flat=_is_flat(means[name]))
        axes = [panels[name] for name in group]
        bar = figure.colorbar(image, ax=axes, location="bottom", aspect=28, shrink=0.85, pad=0.03)
        bar.outline.set_visible(False)
        bar.locator = MaxNLocator(4)
        units = trajectory["h"].attrs.get("units") if "learned" in group else None
        bar.set_label(in_units(label, bar.ax.xaxis, units, limit, bar))
    headline = _headline(trajectory, title, scores, last)
    figure.text(0.01, 0.975, headline, va="top", fontsize=9, color=style.MUTED)
    return figure


def _structures(trajectory: xr.Dataset, prediction: xr.Dataset, last: int) -> dict[str, xr.DataArray]:
    """The RDMs that are shown, each (..., pair), in the order they are shown."""
    check_trajectory(trajectory, ("h", "dx2"))
    style.need_same_pairs(trajectory, prediction)
    if not 1 <= last <= trajectory.sizes["time"]:
        raise InputError(
            f"The final RDM is a mean over the last 1 to {trajectory.sizes['time']} frames; got last={last}."
        )
    bare = trajectory["h"].reset_coords(drop=True)
    end = {"learned": bare, "prediction": prediction["h"].reset_coords(drop=True)}
    end = {name: a.isel(time=slice(-last, None)).mean("time") for name, a in end.items()}
    structures = {"input": trajectory["dx2"].reset_coords(drop=True)}
    baseline = class_mean_distances(trajectory)
    if baseline is not None:
        structures["class means"] = xr.DataArray(baseline, dims="pair", coords=dict(bare["pair"].coords))
    return structures | {"prediction": end["prediction"], "learned": end["learned"]}


def _pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation over the pairs both have; NaN where one of them does not vary."""
    mask = np.isfinite(a) & np.isfinite(b)
    if mask.sum() < 2 or np.ptp(a[mask]) == 0 or np.ptp(b[mask]) == 0:
        return float("nan")
    return float(np.corrcoef(a[mask], b[mask])[0, 1])


def _ordered(trajectory: xr.Dataset) -> tuple[np.ndarray, np.ndarray | None]:
    """Conditions and their classes, sorted by class."""
    names, labels = condition_names(trajectory), classes(trajectory)
    if labels is None:
        return names, None
    order = np.argsort(labels, kind="stable")
    return names[order], labels[order]


def _show(ax: Axes, values: np.ndarray, limit: float, first: bool) -> Any:
    ax.set_facecolor("#d0d0d6")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labelleft=first)
    return ax.imshow(values, cmap=CMAP, vmin=0, vmax=limit, interpolation="nearest")


def _name_ticks(ax: Axes, names: np.ndarray, labels: np.ndarray | None, rows: bool, named: bool) -> None:
    """Class names at the middle of their blocks with lines between; where classes have no names (`named`), or there
    are none, the conditions' names, if they are few."""
    if labels is None:
        _label(ax, np.arange(len(names)) if len(names) <= MOST_NAMES else np.empty(0), names, rows)
        if len(names) > MOST_NAMES and rows:
            ax.set_ylabel(f"{len(names)} conditions")
        return
    values, starts, counts = np.unique(labels, return_index=True, return_counts=True)
    for edge in starts[1:] - 0.5:
        ax.axhline(edge, color="white", linewidth=0.7)
        ax.axvline(edge, color="white", linewidth=0.7)
    if values.dtype.kind in "iu" and not named and len(names) <= MOST_NAMES:
        _label(ax, np.arange(len(names)), names, rows)
        return
    _label(ax, starts + (counts - 1) / 2, values, rows)
    if rows:
        ax.set_ylabel("class")


def _label(ax: Axes, places: np.ndarray, names: np.ndarray, rows: bool) -> None:
    """Names at their places, cut where they are long, turned where they would touch."""
    texts = [shorten(str(name), LONGEST, placeholder="…") or str(name)[: LONGEST - 1] + "…" for name in names]
    texts = texts[: len(places)]
    width = sum(len(text) + 1 for text in texts)
    ax.set_xticks(places, texts, rotation=90 if width > MOST_LETTERS else 0)
    ax.set_yticks(places, texts if rows else [""] * len(texts))


def _is_flat(values: np.ndarray) -> bool:
    """Whether all pairs are equally far apart."""
    finite = values[np.isfinite(values)]
    return finite.size > 1 and float(np.ptp(finite)) <= 1e-9 * float(np.abs(finite).max())


def _say_scores(ax: Axes, scores: xr.Dataset, name: str, data_name: str, flat: bool) -> None:
    """Under the title: silhouette and correlation, as means over the batch."""
    of_structure = scores.sel(structure=name)
    r, clusters = float(of_structure["correlation"].mean()), float(of_structure["silhouette"].mean())
    lines = [f"silhouette {number(clusters)}"] if np.isfinite(clusters) else []
    lines = ["silhouette 1 by construction"] if name == "class means" else lines
    if flat:
        lines.append("all pairs equally far apart")
    elif name != "learned" and np.isfinite(r):
        lines.append(f"r with {data_name} {number(r)}")
    ax.text(0, 1.02, "\n".join(lines), transform=ax.transAxes, va="bottom", fontsize=8, color=style.INK)


def _headline(trajectory: xr.Dataset, title: str, scores: xr.Dataset, last: int) -> str:
    time = trajectory["time"]
    unit = time.attrs.get("units", "")
    dims = batch_dims(trajectory["h"])
    parts = [title] if title else []
    parts += [f"at {float(time[-1]):g} {unit}".strip() if last == 1 else f"mean of the last {last} frames"]
    parts += [f"mean over {trajectory.sizes[dim]} {dim}s" for dim in dims if trajectory.sizes[dim] > 1]
    final, movie = (number(float(scores[name].mean())) for name in ("r2_final", "r2_movie"))
    return " · ".join([*parts, f"R² of the law: final RDM {final}, whole movie {movie}"])
