"""Constants along a dimension: over the depth of a network, over latencies in a trial, over regions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from neurouniv.figures import style
from neurouniv.figures.fitted_constants import COLOURS, MEANINGS
from neurouniv.figures.powers import name_powers
from neurouniv.fitting.intervals import undetermined
from neurouniv.inputs import need_dataset
from neurouniv.names import public
from neurouniv.schema import InputError

OVER = ("layer", "latency", "region", "area", "session")
"""Dimensions that are drawn along where none is chosen: the first that the constants have."""
FARTHEST = 1e3
"""An interval is drawn up to this factor from its constant."""
LOWEST = -0.05


@style.styled
@public
def constants_along(
    fitted: xr.Dataset, dim: str = "", names: Sequence[str] = ("eta_h", "eta_y"), title: str = ""
) -> Figure:
    """Constants of a law along a dimension, a panel a constant, and R2 of what it was fitted to.

    Members (seeds, subjects) are thin and their median is bold; one member alone has its 95 % intervals. Hollow points
    should not be read: the fit did not converge, or the data leave the constant open. They are in no median.

    Parameters
    ----------
    fitted : `constants_` of a law, with the dimension (layer: the depth profile of a network; latency; region).
    dim : along which; default layer, latency, region, area or session, the first that is there.
    names : the constants to draw.
    title : what stands above.

    Raises
    ------
    InputError : the constants have no such dimension, or there is no such constant.

    Examples
    --------
    >>> fitted = xr.Dataset({name: ("layer", [1e-3, 2e-3]) for name in ("eta_h", "eta_y")}, {"layer": [0, 1]})
    >>> fitted = fitted.assign(converged=("layer", [True, True]), r2=("layer", [0.9, 0.8]))
    >>> len(constants_along(fitted).axes)
    3
    """
    need_dataset(fitted, "A figure of constants", "Give `law.constants_` of a fitted law.")
    dim = dim or next((name for name in OVER if name in fitted.dims), "")
    _need(fitted, dim, names)
    figure = style.new_figure(1.0 + 2.9 * (len(names) + 1), 3.3)
    panels = figure.subplots(1, len(names) + 1)
    for ax, name in zip(panels, names, strict=False):
        _constant(ax, fitted, dim, name)
    _scores(panels[-1], fitted, dim)
    for ax in panels:
        _name_places(ax, fitted[dim])
    figure.legend(handles=_legend(_rows(fitted["converged"], dim).shape[0]), loc="outside lower center", ncols=4)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, fontweight="bold")
    return figure


def _need(fitted: xr.Dataset, dim: str, names: Sequence[str]) -> None:
    if dim not in fitted.dims or "converged" not in fitted:
        raise InputError(
            f"A figure of constants along a dimension needs `constants_` of a law with that dimension; got "
            f"dim={dim!r} and the dimensions {dict(fitted.sizes)}. Fit the law to a trajectory with layers, latencies "
            "or regions: it fits all of them at once."
        )
    absent = [name for name in names if name not in fitted]
    if absent:
        raise InputError(f"names are constants of the law; got {absent}, there are {list(map(str, fitted.data_vars))}.")


def _rows(values: xr.DataArray, dim: str) -> np.ndarray:
    """Values (..., dim) as (member, dim)."""
    return values.transpose(..., dim).values.reshape(-1, values.sizes[dim])


def _places(coordinate: xr.DataArray) -> np.ndarray:
    """Where the labels stand: numbers in their place, names side by side."""
    numeric = np.issubdtype(coordinate.dtype, np.number)
    return coordinate.values.astype(float) if numeric else np.arange(coordinate.size, dtype=float)


def _constant(ax: Axes, fitted: xr.Dataset, dim: str, name: str) -> None:
    """One constant along `dim`: hollow where it should not be read."""
    places, colour = _places(fitted[dim]), COLOURS.get(name, style.LAW_COLOURS["universal"])
    values, good = _rows(fitted[name], dim), _rows(fitted["converged"], dim) == 1
    if "identified" in fitted:
        good &= _rows(fitted["identified"], dim) == 1
    interval = f"{name}_interval"
    if interval in fitted:
        low, high = (_rows(fitted[interval].isel(bound=end), dim) for end in (0, 1))
        good &= ~undetermined(low, high)
        if len(values) == 1:
            low, high = np.maximum(low, values / FARTHEST), np.minimum(high, values * FARTHEST)
            ax.vlines(places[good[0]], low[good], high[good], color=colour, linewidth=1.6, alpha=0.75)
    known = np.where(good, values, np.nan)
    for course in known if len(values) > 1 else []:
        ax.plot(places, course, color=colour, linewidth=0.7, alpha=0.6)
    ax.plot(
        np.tile(places, (len(values), 1))[~good], values[~good], "o", mfc="white", mec=colour, ms=4, linestyle="none"
    )
    median = np.array([np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in known.T])
    ax.plot(places, median, color=colour, linewidth=2.2, marker="o", ms=4)
    if (values[np.isfinite(values)] > 0).all():
        ax.set_yscale("log")
        name_powers(ax, "y")
    ax.set_title(MEANINGS.get(name, name))
    ax.set_ylabel(str(fitted[name].attrs.get("units", "")) or "unit not given")


def _scores(ax: Axes, fitted: xr.Dataset, dim: str) -> None:
    """R2 of the variables that the law was fitted to."""
    places = _places(fitted[dim])
    r2 = fitted["r2"] if "variable" in fitted["r2"].dims else fitted["r2"].expand_dims(variable=["h"])
    for variable in r2["variable"].values.astype(str):
        rows = _rows(r2.sel(variable=variable), dim)
        if np.isfinite(rows).any():
            for course in rows if len(rows) > 1 else []:
                ax.plot(places, np.maximum(course, LOWEST), color=style.COLOURS[variable], linewidth=0.7, alpha=0.5)
            median = np.maximum(np.nanmedian(rows, axis=0), LOWEST)
            ax.plot(places, median, color=style.COLOURS[variable], linewidth=2.2, marker="o", ms=4,
                    label=f"{variable}, {style.MEANINGS[variable]}")  # fmt: skip
    ax.set_ylim(LOWEST - 0.03, 1.03)
    ax.set_title("R² of the fit")
    if float(r2.min()) < LOWEST:
        ax.set_xlabel("below 0: at the edge")
    ax.legend(loc="lower right")


def _name_places(ax: Axes, coordinate: xr.DataArray) -> None:
    """The axis below: numbers with their unit, or names."""
    unit = coordinate.attrs.get("units", "")
    words = " ".join(filter(None, [str(coordinate.name), f"({unit})" if unit else "", ax.get_xlabel()]))
    if np.issubdtype(coordinate.dtype, np.number):
        whole = bool((coordinate.values == np.round(coordinate.values)).all())
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=whole))
    else:
        ax.set_xticks(_places(coordinate), [str(name) for name in coordinate.values], rotation=30, ha="right")
    ax.set_xlabel(words)


def _legend(members: int) -> list[Line2D]:
    grey = style.MUTED
    entries = [Line2D([], [], color="none", marker="o", mfc="white", mec=grey, label="hollow: do not read")]
    if members > 1:
        several = [("member, of " + str(members), 0.7), ("median", 2.2)]
        return [*(Line2D([], [], color=grey, linewidth=width, label=label) for label, width in several), *entries]
    return [Line2D([], [], color=grey, linewidth=1.6, marker="o", label="value and 95 % interval"), *entries]
