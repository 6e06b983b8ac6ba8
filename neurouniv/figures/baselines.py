"""Model RDMs that need no fit, drawn behind the laws: thin, grey, dotted, each with its name at its end."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from neurouniv.figures import style

BASELINE_NAMES = {"class means": "class means", "input": "stimuli", "dx dy": "dx·dy*", "targets": "targets"}
"""Baselines of `neurouniv.compare` in words."""
GREY, WIDTH, BEHIND = "#8a8a94", 1.0, 1.5
"""The colour, the width and the z order of their lines."""
DOTS: dict[str, tuple[float, ...]] = {
    "class means": (1, 1.2), "input": (1, 2.4), "dx dy": (4, 1.5, 1, 1.5), "targets": (4, 2)
}  # fmt: skip
APART = 0.068
"""Names stand at least this share of the panel's height apart."""


def draw_baselines(result: xr.Dataset, ax: Axes) -> dict[str, float]:
    """Draw the similarity of every baseline with the observed RDM over time; return where each name's line ends."""
    ends = {}
    for name, values in baselines_over_time(result).items():
        dots = (0, DOTS.get(name, (1, 3)))
        ax.plot(result["time"].values, values, ls=dots, label=name, color=GREY, linewidth=WIDTH, zorder=BEHIND)
        ends[BASELINE_NAMES.get(name, name)] = float(values[np.isfinite(values)][-1])
    return ends


def baselines_over_time(result: xr.Dataset) -> dict[str, np.ndarray]:
    """The similarity of every baseline (time,), averaged over all other dimensions; those known somewhere."""
    if "baseline_geometry" not in result:
        return {}
    geometry = result["baseline_geometry"]
    mean = geometry.mean([dim for dim in geometry.dims if dim not in ("baseline", "time")])
    courses = {str(name): mean.sel(baseline=name).values for name in mean["baseline"].values}
    return {name: values for name, values in courses.items() if np.isfinite(values).any()}


def name_ends(ax: Axes, ends: dict[str, float]) -> None:
    """Names right of the panel at the heights where lines end, moved apart where they would touch."""
    bottom, top = ax.get_ylim()
    names = sorted(ends, key=lambda name: ends[name])
    places = spread([ends[name] for name in names], APART * (top - bottom), bottom, top)
    frame = ax.get_yaxis_transform()
    for name, place in zip(names, places, strict=True):
        ax.plot([1.0, 1.025], [ends[name], place], transform=frame, clip_on=False, color=GREY, linewidth=0.6)
        ax.annotate(name, (1.03, place), xycoords=frame, ha="left", va="center", annotation_clip=False,
                    fontsize=7, color=style.MUTED)  # fmt: skip


def spread(places: list[float], gap: float, bottom: float, top: float) -> list[float]:
    """`places`, in rising order, moved so that they are `gap` apart between `bottom` and `top`.

    Examples
    --------
    >>> spread([0.0, 0.05, 0.9], 0.1, 0.0, 1.0)
    [0.0, 0.1, 0.9]
    >>> [round(place, 3) for place in spread([0.97, 0.98, 0.99], 0.1, 0.0, 1.0)]
    [0.8, 0.9, 1.0]
    """
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap if moved else bottom))
    return [min(place, top - gap * above) for above, place in zip(reversed(range(len(moved))), moved, strict=True)]


def legend_entry() -> Line2D:
    """What a legend says of all baselines."""
    dots = (0, DOTS["class means"])
    return Line2D([], [], linestyle=dots, label="nothing fitted", color=GREY, linewidth=WIDTH, zorder=BEHIND)
