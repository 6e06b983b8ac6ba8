"""A value for every searchlight or voxel, such as a constant or R2, on slices of the volume."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.names import public
from neurouniv.schema import InputError

AXES = ("x", "y", "z")
MOST_SLICES, COLUMNS = 12, 4
UNKNOWN = "#d9d9de"
COLOURS = "viridis"


@style.styled
@public
def searchlight_map(
    values: xr.DataArray, known: xr.DataArray | None = None, most: int = MOST_SLICES, log: bool = False, title: str = ""
) -> Figure:
    """Slices through z with the value of every searchlight or voxel in its place; grey where it is not known.

    It looks from above: the left of the head is at the left (x grows to the right, y up), in mm.

    Parameters
    ----------
    values : (searchlight) or (channel), with the coordinates x, y and z in mm: `law.constants_.eta_h`, or R2.
    known : (searchlight), whether each should be read, such as `law.constants_.identified`; grey where not.
    most : how many slices are drawn at most. They are evenly spaced, and the title says how many there are.
    log : colours on a log scale, as suits constants. All values have to be above 0.
    title : what stands above.

    Raises
    ------
    InputError : no x, y and z, another dimension, no value that is known, or values below 0 on a log scale.

    Examples
    --------
    >>> place = np.mgrid[0:4, 0:4, 0:2].reshape(3, -1) * 2.0
    >>> coords = {name: ("searchlight", row) for name, row in zip("xyz", place)}
    >>> figure = searchlight_map(xr.DataArray(np.arange(32.0), coords, "searchlight", name="eta_h"))
    >>> [ax.get_title(loc="left") for ax in figure.axes[:2]]
    ['z = 0 mm', 'z = 2 mm']
    """
    _need(values, most)
    shown = values.values.astype(float)
    if known is not None:
        shown = np.where(known.values.astype(float) == 1, shown, np.nan)
    norm = _norm(shown, log)
    points = np.stack([values[name].values.astype(float) for name in AXES], axis=1)
    levels = np.unique(points[:, 2])
    drawn = levels[np.unique(np.linspace(0, len(levels) - 1, min(most, len(levels))).round().astype(int))]
    edges = [_edges(np.unique(points[:, axis])) for axis in (0, 1)]
    columns = min(COLUMNS, len(drawn))
    rows = -(-len(drawn) // columns)
    tall = float(np.ptp(edges[1]) / np.ptp(edges[0]))
    figure = style.new_figure(1.3 + 1.9 * columns, 0.7 + (1.9 * min(max(tall, 0.4), 2.5) + 0.3) * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for ax, level in zip(panels, drawn, strict=False):
        own = points[:, 2] == level
        image = _slice(ax, points[own], shown[own], edges, norm)
        ax.set_title(f"z = {level:g} mm".replace("-", "\N{MINUS SIGN}"))
    for ax in panels[len(drawn) :]:
        ax.set_visible(False)
    bar = figure.colorbar(image, ax=panels.tolist(), shrink=0.8, aspect=24)
    bar.outline.set_visible(False)
    unit = str(values.attrs.get("units", ""))
    bar.set_label(f"{values.name or 'value'}{f' ({unit})' if unit else ''}{', log scale' if log else ''}")
    figure.suptitle(_headline(title, shown, len(drawn), len(levels)), x=0.01, ha="left", fontsize=9)
    return figure


def _need(values: xr.DataArray, most: int) -> None:
    if values.ndim != 1:
        raise InputError(
            f"A map has one value for each searchlight or channel; got the dimensions {dict(values.sizes)}. Select or "
            "average the others: values.isel(time=-1), values.mean('seed')."
        )
    absent = [name for name in AXES if name not in values.coords]
    if absent:
        raise InputError(
            f"A map needs where each {values.dims[0]} is, the coordinates x, y and z in mm; {', '.join(absent)} is "
            "absent. Trajectories of `neurouniv.trajectory(rec, searchlights=...)` of images have them."
        )
    if most < 1:
        raise InputError(f"most is how many slices are drawn, 1 or more; got {most}.")


def _norm(shown: np.ndarray, log: bool) -> Normalize:
    finite = shown[np.isfinite(shown)]
    if not finite.size:
        raise InputError(f"A map needs a value that is known; none of {shown.size} is. Look at the fits' `message`.")
    if log and finite.min() <= 0:
        raise InputError(f"A log scale needs values above 0; got {finite.min():g}. Use log=False.")
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - 0.5, high + 0.5)
    return LogNorm(low, high) if log else Normalize(low, high)


def _edges(places: np.ndarray) -> np.ndarray:
    """The edges of voxels along an axis, by the least distance between two."""
    step = float(np.diff(places).min()) if len(places) > 1 else 1.0
    count = round((places[-1] - places[0]) / step) + 1
    return places[0] + step * (np.arange(count + 1) - 0.5)


def _slice(ax: Axes, points: np.ndarray, shown: np.ndarray, edges: list[np.ndarray], norm: Normalize) -> QuadMesh:
    """One slice: values in their voxels, grey where they are not known, white where there is no voxel."""
    grid = np.full([len(edge) - 1 for edge in edges], np.nan)
    there = np.zeros(grid.shape, dtype=bool)
    place = tuple(np.digitize(points[:, axis], edges[axis]) - 1 for axis in (0, 1))
    grid[place], there[place] = shown, True
    ax.set_aspect("equal")
    ax.pcolormesh(*edges, np.where(there, 1.0, np.nan).T, cmap="Greys", vmin=0.0, vmax=6.0, rasterized=True)
    ax.tick_params(labelsize=7)
    return ax.pcolormesh(*edges, grid.T, cmap=COLOURS, norm=norm, rasterized=True)


def _headline(title: str, shown: np.ndarray, drawn: int, slices: int) -> str:
    unknown = int((~np.isfinite(shown)).sum())
    parts = [title, f"grey: {unknown} of {shown.size} not known" if unknown else ""]
    parts.append(f"{drawn} of {slices} slices" if drawn < slices else "")
    return " · ".join(filter(None, parts))
