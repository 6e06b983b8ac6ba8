"""Where in the plane of both constants learning is rich, and where it is lazy."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from neurouniv.figures import style
from neurouniv.schema import InputError, check_trajectory
from neurouniv.theory import two_point

RICH, LAZY = "#e3f2e1", "#f6ead9"
POINTS = 80
WORDS = {"rich, from that start: structure from the task": RICH, "lazy: structure from the start": LAZY}
AXES = ("eta_h", "eta_y")


def shade(ax: Axes, names: tuple[str, str], start: xr.Dataset) -> None:
    """Shade the plane of eta_h (x) and eta_y (y), within its present limits, by the richness of a typical pair.

    Richness is A_low / |A_high| (van Rossem & Saxe, 2024; `theory.two_point.richness`), the median over pairs with
    different stimuli and targets; rich where it is above 1.

    Raises
    ------
    InputError : other constants than the two, or a trajectory without its task.
    """
    if names != AXES:
        raise InputError(f"Rich and lazy need the constants eta_h and eta_y; got {', '.join(names)}.")
    check_trajectory(start, ("h", "dx2", "dy2"))
    limits = ax.get_xlim(), ax.get_ylim()
    grid = [np.geomspace(*ends, POINTS) if scale == "log" else np.linspace(*ends, POINTS)
            for ends, scale in zip(limits, (ax.get_xscale(), ax.get_yscale()), strict=True)]  # fmt: skip
    rich = typical_richness(start, grid[0][None, :], grid[1][:, None])
    ax.contourf(*grid, rich, levels=[0, 1, np.inf], colors=[LAZY, RICH], zorder=-2)
    ax.contour(*grid, rich, levels=[1], colors=[style.MUTED], linewidths=0.8, linestyles="--", zorder=-1)
    ax.set(xlim=limits[0], ylim=limits[1])


def legend_entries() -> list[Patch]:
    """What the shades mean."""
    return [Patch(facecolor=colour, edgecolor=style.MUTED, linewidth=0.5, label=word) for word, colour in WORDS.items()]


def typical_richness(start: xr.Dataset, eta_h: np.ndarray, eta_y: np.ndarray) -> np.ndarray:
    """The median over pairs of A_low / |A_high| at every two rates, which broadcast with each other.

    Outputs that were not seen are taken to start alike, y(0) = 0.

    Examples
    --------
    >>> start = xr.Dataset({"h": (("time", "pair"), [[0.1]]), "dx2": ("pair", [1.0]), "dy2": ("pair", [1.0])})
    >>> typical_richness(start, np.array([1.0, 1e-4]), np.array([1.0, 1.0])).round(3).tolist()
    [10.0, 0.1]
    """
    first = start.isel(time=0)
    h, y = (_of_pairs(first, name) for name in ("h", "y"))
    dx2, dy2 = (_of_pairs(start, name) for name in ("dx2", "dy2"))
    own = (dx2 > 0) & (dy2 > 0) & (h > 0)
    if not own.any():
        raise InputError("Rich and lazy need pairs with different stimuli and targets, and h above 0 at the start.")
    at = two_point.Start(h=h[own], y=y[own], w=np.zeros(own.sum()))
    eta_h, eta_y = (np.asarray(rate)[..., None] for rate in (eta_h, eta_y))
    return np.asarray(np.median(two_point.richness(at, eta_h, eta_y, dx2[own], dy2[own]), axis=-1))


def _of_pairs(values: xr.Dataset, name: str) -> np.ndarray:
    """A variable of pairs (pair,), averaged over all else; 0 where it was not seen."""
    if name not in values:
        return np.zeros(values.sizes["pair"])
    return values[name].mean([dim for dim in values[name].dims if dim != "pair"]).fillna(0).values
