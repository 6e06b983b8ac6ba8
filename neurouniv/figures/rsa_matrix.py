"""Two systems frame by frame (`neurouniv.rsa`, model="each"): matrices with ceilings, and the best step or layer."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from neurouniv.figures import style
from neurouniv.figures.rsa_courses import mark_stimulus
from neurouniv.figures.rsa_models import rsa
from neurouniv.figures.rsa_panels import panels_of
from neurouniv.figures.rsa_words import counts_in_words, measure_of, need_rsa
from neurouniv.figures.system_pairs import cell_edges
from neurouniv.figures.units import whole_ticks
from neurouniv.schema import LEARNING, InputError

MOST_PANELS = 12
MOST_NUMBERS = 12
"""Matrices of at most so many rows and columns have numbers in their cells."""
MOST_NAMES = 24
UNKNOWN = "#ededf1"
SEQUENTIAL, DIVERGING = "viridis", "RdBu_r"
NEGATIVE = 0.1
"""With values below minus this share of the largest, colours diverge about 0, so that signs are seen."""
STRIP, GAP = 0.09, 0.025
"""Width of a ceiling's strip and its distance, as shares of the matrix."""
TIMES = ("time", "time_model")
NAME, MINUS = 18, "\N{MINUS SIGN}"


@style.styled
def rsa_matrix(result: xr.Dataset, *, rows: str | None = None, columns: str | None = None) -> Figure:
    """Draw similarities of every frame of the models (rows) with every frame of the data (columns).

    Strips at the right and above are the noise ceilings of the models and of the data, lower and upper, in the same
    colours. Of training steps the line joins the best one for every column, with its 95 % interval; of layers and
    other names the best one has a frame. What neither axis shows has a panel each, at most twelve. Where both sides are
    the same kind of time, the matrix is square and its diagonal dashed.

    Parameters
    ----------
    result : of `neurouniv.rsa` with model="each".
    rows, columns : dimensions of the models and of the data; by default times where there are several, else what has
        most entries.

    Raises
    ------
    InputError : it is another result, or has no such dimension.

    Examples
    --------
    >>> similarity = xr.DataArray([[0.5, 0.1]], {"layer_model": ["fc7"], "region": ["V1", "IT"]})
    >>> result = xr.Dataset({"similarity": similarity}, attrs={"kind": "rsa", "model": "each", "comparator": "corr"})
    >>> rsa_matrix(result).axes[0].get_xlabel()
    'region'

    Source: Kriegeskorte et al. (2008), representational connectivity; King & Dehaene (2014), generalisation over time.
    """
    need_rsa(result, "A matrix of RSA", "each")
    if not _dims_of(result, models=True):  # one RDM, or each time with its own: no matrix
        alone = result["similarity"].expand_dims(model=["models"])
        return rsa(result.assign(similarity=alone).assign_attrs(model="one"))
    vertical = _axis_of(result, rows, "rows", models=True)
    across = _axis_of(result, columns, "columns", models=False)
    single = [dim for dim, size in result["similarity"].sizes.items() if size == 1 and dim not in (vertical, across)]
    result = result.squeeze(single)
    dims = [str(dim) for dim in result["similarity"].dims if dim not in (vertical, across)]
    panels, more = panels_of(result, dims, MOST_PANELS)
    widest = result.sizes[dims[-1]] if len(dims) > 1 and result.sizes[dims[-1]] <= 4 else 3
    count = min(len(panels), widest)
    lines = -(-len(panels) // count)
    height = min(3.2, max(1.5, 0.3 * result.sizes[vertical])) if _is_named(result, vertical) else 2.5
    figure = style.new_figure(1.9 + 3.1 * count, 1.3 + (height + 0.75) * lines)
    grid = figure.subplots(lines, count, squeeze=False)
    shades, colours = _shades(result)
    for place, ax in enumerate(grid.flat):
        if place >= len(panels):
            ax.set_visible(False)
            continue
        panel = panels[place]
        image = _draw_matrix(panel.result, ax, vertical, across, shades, colours)
        _draw_best(panel.result, ax, vertical, across, colours)
        strip = _draw_ceilings(panel.result, ax, vertical, across, shades, colours)
        strip.set_title("\n".join(filter(None, [panel.title, _ends(panel.result, vertical)])), fontsize=8.5)
        if place % count:
            ax.set_ylabel("")
        if place + count < len(panels):
            ax.set_xlabel("")
    bar = figure.colorbar(image, ax=grid, location="right", aspect=30, shrink=0.8)
    bar.set_label(f"similarity of RDMs ({measure_of(result)})")
    bar.outline.set_visible(False)
    said = [f"{measure_of(result).capitalize()} of RDMs, models (rows) with data (columns)", counts_in_words(result)]
    title = fill("; ".join(filter(None, [*said, *_unknown_ceilings(result), more])), int(13 * figure.get_figwidth()))
    figure.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold")
    return figure


def _dims_of(result: xr.Dataset, models: bool) -> list[str]:
    """The dimensions of the side of the models, or of the data."""
    return [str(dim) for dim in result["similarity"].dims if str(dim).endswith("_model") == models]


def _axis_of(result: xr.Dataset, name: str | None, what: str, models: bool) -> str:
    """The dimension of an axis: the one that was asked for, else time where there are several, else the largest."""
    similarity = result["similarity"]
    choices = _dims_of(result, models)
    if name is None and choices:
        time = "time_model" if models else "time"
        return time if similarity.sizes.get(time, 0) > 1 else max(choices, key=lambda dim: similarity.sizes[dim])
    if name not in choices:
        side = "models" if models else "data"
        raise InputError(f"{what} of a matrix of RSA is a dimension of the {side}, one of {choices}; got {name!r}.")
    return name


def _is_named(result: xr.Dataset, dim: str) -> bool:
    """Whether cells along the dimension are told by name: of texts, of places without any, and of few layers."""
    kind = result[dim].dtype.kind if dim in result.coords else ""
    few = kind in "iu" and result.sizes[dim] <= MOST_NUMBERS and dim not in TIMES
    return kind not in "iuf" or few or not kind


def _edges(result: xr.Dataset, dim: str) -> np.ndarray:
    if _is_named(result, dim):
        return np.arange(result.sizes[dim] + 1) - 0.5
    return cell_edges(result[dim].values.astype(float))


def _places(result: xr.Dataset, dim: str) -> np.ndarray:
    """The middles of the cells."""
    return np.arange(result.sizes[dim]) * 1.0 if _is_named(result, dim) else result[dim].values.astype(float)


def _shades(result: xr.Dataset) -> tuple[Normalize, str]:
    """One scale of colours for all panels and ceilings, from 0 or about it."""
    names = [name for name in ("similarity", "ceiling", "ceiling_model") if name in result]
    values = np.concatenate([result[name].values.ravel().astype(float) for name in names])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if low < -NEGATIVE * max(high, 0.0):
        reach = max(abs(low), abs(high))
        return Normalize(-reach, reach), DIVERGING
    return Normalize(0.0, max(high, 1e-12)), SEQUENTIAL


def _draw_matrix(panel: xr.Dataset, ax: Axes, rows: str, columns: str, shades: Normalize, colours: str) -> QuadMesh:
    values = panel["similarity"].transpose(rows, columns).values
    ax.set_facecolor(UNKNOWN)
    image = ax.pcolormesh(_edges(panel, columns), _edges(panel, rows), np.ma.masked_invalid(values), norm=shades,
                          cmap=colours, rasterized=True)  # fmt: skip
    named = _is_named(panel, rows), _is_named(panel, columns)
    if max(values.shape) <= MOST_NUMBERS and any(named):
        _write_numbers(panel, ax, rows, columns, image)
    for axis, dim, label in ((ax.yaxis, rows, ax.set_ylabel), (ax.xaxis, columns, ax.set_xlabel)):
        label(_label(panel, dim))
        if not _is_named(panel, dim):
            whole_ticks(axis, _places(panel, dim))
            continue
        names = [fill(str(name), NAME) for name in panel[dim].values]
        shown = np.arange(0, len(names), -(-len(names) // MOST_NAMES))
        long = axis is ax.xaxis and sum(map(len, names)) > 36
        axis.set_ticks(shown, [names[i] for i in shown], rotation=90 if long else 0)
    ax.tick_params(length=2)
    ax.spines[:].set_visible(False)
    if named[0]:
        ax.invert_yaxis()
    if _is_square(panel, rows, columns):
        ax.set_aspect("equal")
        ax.axline((0, 0), slope=1, color=_ink(colours), linewidth=0.9, linestyle=(0, (4, 3)))
    for dim, along in ((columns, "x"), (rows, "y")):
        if not _is_named(panel, dim):
            mark_stimulus(panel[dim], ax, along)
    return image


def _label(panel: xr.Dataset, dim: str) -> str:
    """What an axis is: a time with its unit, or the name of the dimension."""
    side = "models" if dim.endswith("_model") else "data"
    if dim in ("time", "time_model"):
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
        if shares is not None and np.isfinite(shares[row, column]):
            text += f"\nbest in {shares[row, column]:.0%}"
        red, green, blue, _ = image.cmap(image.norm(value))
        light = 0.3 * red + 0.59 * green + 0.11 * blue > 0.55
        ax.text(across[column], down[row], text, ha="center", va="center",
                fontsize=6.5, color=style.INK if light else "white")  # fmt: skip


def _draw_best(panel: xr.Dataset, ax: Axes, rows: str, columns: str, colours: str) -> None:
    """The best row of every column: a line with intervals over steps, a frame about names."""
    name = "best_step" if rows == "time_model" else f"best_{rows.removesuffix('_model')}"
    if name not in panel or set(panel[name].dims) != {columns}:
        return
    places, best, ink = _places(panel, columns), panel[name].values, _ink(colours)
    if _is_named(panel, rows):
        names = panel[rows].values.tolist() if rows in panel.coords else list(range(panel.sizes[rows]))
        for place, value in zip(places, best.tolist(), strict=True):
            if value in names:
                row = names.index(value)
                ax.fill_between([place - 0.47, place + 0.47], row - 0.47, row + 0.47, facecolor="none",
                                edgecolor=style.LAW_COLOURS["exponential"], linewidth=1.8)  # fmt: skip
        return
    if f"{name}_interval" in panel:
        bounds = panel[f"{name}_interval"].transpose("bound", columns).values
        ax.vlines(places, *bounds, color=ink, linewidth=1.1, alpha=0.9)
    many = len(places) > style.FEW_TIMES
    ax.plot(places, best, color=ink, marker="o", ms=2 if many else 3.5, linewidth=0 if many else 1.0)


def _draw_ceilings(panel: xr.Dataset, ax: Axes, rows: str, columns: str, shades: Normalize, colours: str) -> Axes:
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


def _unknown_ceilings(result: xr.Dataset) -> list[str]:
    """Which ceilings are not known, in words."""
    names = {"ceiling": "data", "ceiling_model": "models"}
    sides = [side for name, side in names.items() if name not in result or not result[name].notnull().any()]
    return [f"noise ceiling of the {' and the '.join(sides)} not known"] if sides else []


def _ends(panel: xr.Dataset, rows: str) -> str:
    """What the untrained network and the last step reach in the mean over columns, where rows are training steps."""
    if not {"untrained", "final"} <= set(panel.data_vars) or panel[rows].attrs.get("axis") != LEARNING:
        return ""
    ends = (f"{float(panel[name].mean()):.2f}".replace("-", MINUS) for name in ("untrained", "final"))
    return "untrained {}, last {}".format(*ends)
