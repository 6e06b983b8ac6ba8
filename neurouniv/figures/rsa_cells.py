"""One matrix of similarities: cells with names and numbers, the best of every column, and ceilings beside it."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize

from neurouniv.figures import style
from neurouniv.figures.rsa_courses import mark_stimulus
from neurouniv.figures.system_pairs import cell_edges
from neurouniv.figures.units import whole_ticks
from neurouniv.schema import ONE_FRAME

MOST_NUMBERS = 12
"""Matrices of at most so many rows and columns have numbers in their cells."""
MOST_NAMES, MOST_LETTERS = 24, 36
"""Names of an axis, and the letters of those that stand side by side."""
MOST_SHARES = 4
"""Of so many columns, cells have room for a share under the number."""
UNKNOWN = "#ededf1"
SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"
NEGATIVE = 0.1
"""With values below minus this share of the largest, colours diverge about 0, so that signs are seen."""
STRIP, GAP = 0.09, 0.025
"""Width of a ceiling's strip and its distance, as shares of the matrix."""
FRAME = style.LAW_COLOURS["exponential"]
TIMES = ("time", "time_model")
NAME, MINUS = 18, "\N{MINUS SIGN}"


def is_named(result: xr.Dataset, dim: str) -> bool:
    """Whether cells along the dimension are told by name: of texts, of places without any, and of few layers."""
    kind = result[dim].dtype.kind if dim in result.coords else ""
    few = kind in "iu" and result.sizes[dim] <= MOST_NUMBERS and dim not in TIMES
    return kind not in "iuf" or few or not kind


def _edges(result: xr.Dataset, dim: str) -> np.ndarray:
    if is_named(result, dim):
        return np.arange(result.sizes[dim] + 1) - 0.5
    return cell_edges(result[dim].values.astype(float))


def _places(result: xr.Dataset, dim: str) -> np.ndarray:
    """The middles of the cells."""
    return np.arange(result.sizes[dim]) * 1.0 if is_named(result, dim) else result[dim].values.astype(float)


def shades_of(result: xr.Dataset) -> tuple[Normalize, str]:
    """One scale of colours for all panels and ceilings, from 0 or about it."""
    names = [name for name in ("similarity", "ceiling", "ceiling_model") if name in result]
    values = np.concatenate([result[name].values.ravel().astype(float) for name in names])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if low < -NEGATIVE * max(high, 0.0):
        reach = max(abs(low), abs(high))
        return Normalize(-reach, reach), DIVERGING
    return Normalize(0.0, max(high, 1e-12)), SEQUENTIAL


def draw_matrix(panel: xr.Dataset, ax: Axes, rows: str, columns: str, shades: Normalize, colours: str) -> QuadMesh:
    values = panel["similarity"].transpose(rows, columns).values
    ax.set_facecolor(UNKNOWN)
    image = ax.pcolormesh(_edges(panel, columns), _edges(panel, rows), np.ma.masked_invalid(values), norm=shades,
                          cmap=colours, rasterized=True)  # fmt: skip
    named = is_named(panel, rows), is_named(panel, columns)
    if max(values.shape) <= MOST_NUMBERS and any(named):
        _write_numbers(panel, ax, rows, columns, image)
    for axis, dim, label in ((ax.yaxis, rows, ax.set_ylabel), (ax.xaxis, columns, ax.set_xlabel)):
        label(_label(panel, dim))
        if dim in TIMES and panel[dim].attrs.get("axis") == ONE_FRAME:
            axis.set_ticks([])
        elif not is_named(panel, dim):
            whole_ticks(axis, _places(panel, dim))
        else:
            _name_ticks(panel, axis, dim, turned=axis is ax.xaxis)
    ax.tick_params(length=2)
    ax.spines[:].set_visible(False)
    if named[0]:
        ax.invert_yaxis()
    if _is_square(panel, rows, columns):
        ax.set_aspect("equal")
        ax.axline((0, 0), slope=1, color=_ink(colours), linewidth=0.9, linestyle=(0, (4, 3)))
    for dim, along in ((columns, "x"), (rows, "y")):
        if not is_named(panel, dim):
            mark_stimulus(panel[dim], ax, along)
    return image


def _name_ticks(panel: xr.Dataset, axis: Axis, dim: str, turned: bool) -> None:
    """Names along an axis, every one where there are few; upright where there is no room for them."""
    names = [fill(str(name), NAME) for name in (panel[dim].values if dim in panel.coords else range(panel.sizes[dim]))]
    shown = np.arange(0, len(names), -(-len(names) // MOST_NAMES))
    turned = turned and sum(map(len, names)) > MOST_LETTERS
    axis.set_ticks(shown.tolist(), [names[i] for i in shown], rotation=90 if turned else 0)


def _label(panel: xr.Dataset, dim: str) -> str:
    """What an axis is: a time with its unit, or the name of the dimension."""
    side = "models" if dim.endswith("_model") else "data"
    if dim in TIMES and panel[dim].attrs.get("axis") == ONE_FRAME:
        return f"{side} (one frame)"
    if dim in TIMES:
        return fill(f"{side}: {style.time_label(panel[dim])}", 34)
    return dim.removesuffix("_model") if dim in panel.coords else f"{dim.removesuffix('_model')} (by place)"


def _is_square(panel: xr.Dataset, rows: str, columns: str) -> bool:
    """Whether both axes are one kind of time in one unit."""
    if (rows, columns) != ("time_model", "time"):
        return False
    kinds = [(panel[dim].attrs.get("axis"), panel[dim].attrs.get("units")) for dim in (rows, columns)]
    same_reach = np.allclose([_edges(panel, rows)[i] - _edges(panel, columns)[i] for i in (0, -1)], 0)
    return kinds[0] == kinds[1] and same_reach


def _ink(colours: str) -> str:
    return "white" if colours == SEQUENTIAL else style.INK


def _write_numbers(panel: xr.Dataset, ax: Axes, rows: str, columns: str, image: QuadMesh) -> None:
    """Similarities in the cells; of the best layer the share of resamples in which it is the best, where known."""
    values = panel["similarity"].transpose(rows, columns).values
    share = panel.get(f"best_{rows.removesuffix('_model')}_share")
    shares = share.transpose(rows, columns).values if share is not None and set(share.dims) == {rows, columns} else None
    across, down = (_places(panel, dim).tolist() for dim in (columns, rows))
    for (row, column), value in np.ndenumerate(values):
        if not np.isfinite(value):
            continue
        text = f"{value:.2f}".replace("-", MINUS)
        if shares is not None and np.isfinite(shares[row, column]) and values.shape[1] <= MOST_SHARES:
            text += f"\nbest in {shares[row, column]:.0%}"
        red, green, blue, _ = image.cmap(image.norm(value))
        light = 0.3 * red + 0.59 * green + 0.11 * blue > 0.55
        ax.text(across[column], down[row], text, ha="center", va="center",
                fontsize=6.5, color=style.INK if light else "white")  # fmt: skip


def draw_best(panel: xr.Dataset, ax: Axes, rows: str, columns: str, colours: str) -> None:
    """The best row of every column: a line with intervals over steps, a frame about names."""
    name = "best_step" if rows == "time_model" else f"best_{rows.removesuffix('_model')}"
    if name not in panel or set(panel[name].dims) != {columns}:
        return
    places, best, ink = _places(panel, columns), panel[name].values, _ink(colours)
    if is_named(panel, rows):
        _frame_best(panel, ax, rows, name, places)
        return
    many = len(places) > style.FEW_TIMES
    if f"{name}_interval" in panel:
        bounds = panel[f"{name}_interval"].transpose("bound", columns).values
        ax.vlines(places, *bounds, color=ink, linewidth=0.8 if many else 1.1, alpha=0.35 if many else 0.9)
    ax.plot(places, best, color=ink, marker="o", ms=2 if many else 3.5, linewidth=0 if many else 1.0)


def _frame_best(panel: xr.Dataset, ax: Axes, rows: str, name: str, places: np.ndarray) -> None:
    """A frame about the best name of every column, and of numbers the line of its interval."""
    names = panel[rows].values.tolist() if rows in panel.coords else list(range(panel.sizes[rows]))
    for place, value in zip(places, panel[name].values.tolist(), strict=True):
        if value in names:
            row = names.index(value)
            ax.fill_between([place - 0.47, place + 0.47], row - 0.47, row + 0.47, facecolor="none",
                            edgecolor=FRAME, linewidth=1.8)  # fmt: skip
    if f"{name}_interval" in panel:
        bounds = panel[f"{name}_interval"].transpose("bound", ...).values.tolist()
        low, high = (np.array([names.index(value) for value in side]) for side in bounds)
        ax.vlines(places + 0.42, low - 0.4, high + 0.4, color=FRAME, linewidth=2.2)


def draw_ceilings(panel: xr.Dataset, ax: Axes, rows: str, columns: str, shades: Normalize, colours: str) -> Axes:
    """Ceilings as strips above (data) and right (models); the axes that stand highest, which take the title."""
    above = _strip(panel, "ceiling", columns)
    if above is None:
        highest = ax
    else:
        highest = ax.inset_axes((0, 1 + GAP, 1, STRIP))
        highest.pcolormesh(_edges(panel, columns), [0, 1, 2], above, norm=shades, cmap=colours, rasterized=True)
        highest.set_yticks([0.5, 1.5], ["ceiling, lower", "upper"], fontsize=6)
        highest.set_xlim(ax.get_xlim())
        _bare(highest)
    beside = _strip(panel, "ceiling_model", rows)
    if beside is not None:
        right = ax.inset_axes((1 + GAP, 0, STRIP, 1))
        right.pcolormesh([0, 1, 2], _edges(panel, rows), beside.T, norm=shades, cmap=colours, rasterized=True)
        right.set_xticks([0.5, 1.5], ["ceiling, lower", "upper"], fontsize=6, rotation=90)
        right.set_ylim(ax.get_ylim())
        _bare(right, along="y")
    return highest


def _strip(panel: xr.Dataset, name: str, dim: str) -> np.ndarray | None:
    """A ceiling (bound, dim) to draw along an axis; None where it is not known, or has further dimensions."""
    if name not in panel or set(panel[name].dims) != {dim, "bound"} or not panel[name].notnull().any():
        return None
    return np.ma.masked_invalid(panel[name].transpose("bound", dim).values)


def _bare(strip: Axes, along: str = "x") -> None:
    strip.set_facecolor(UNKNOWN)
    strip.tick_params(length=0)
    if along == "x":
        strip.set_xticks([])
    else:
        strip.set_yticks([])
    strip.spines[:].set_visible(False)
