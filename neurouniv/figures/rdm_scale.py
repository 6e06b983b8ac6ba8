"""The colours of dissimilarities: one scale for all RDMs of a picture, its bar in units, and what negative ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from neurouniv.figures.final_rdms import CMAP
from neurouniv.figures.units import in_units
from neurouniv.rdm.measures import MEASURES
from neurouniv.schema import InputError

MISSING = "#c9c9d0"
"""Grey: no dissimilarity is known."""
SHADES = 512
Limits = tuple[float, float] | Literal["data"] | None
GENERIC = "squared representational distance"
LETTERS = 14.5
"""Of a bar's label in an inch."""


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`, light to dark; below 0 in blue, below `low` in white."""

    low: float
    high: float
    cmap: Colormap

    @property
    def norm(self) -> Normalize:
        """From dissimilarities to 0 to 1."""
        return Normalize(self.low, self.high)


def scale_of(values: np.ndarray, limits: Limits = None) -> Scale:
    """The scale of dissimilarities, from 0, or the most negative one, to the largest; or between `limits`, which are
    two numbers, or "data" for the least and the largest.

    Raises
    ------
    InputError : `limits` are not two numbers, the lower first.

    Examples
    --------
    >>> scale = scale_of(np.array([-1.0, 3.0, np.nan]))
    >>> scale.low, scale.high
    (-1.0, 3.0)
    """
    finite = values[np.isfinite(values)]
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    if limits == "data" and finite.size:
        low = float(finite.min())
    elif limits is not None and limits != "data":
        if isinstance(limits, str) or len(limits) != 2 or not limits[0] < limits[1]:
            raise InputError(
                f"limits are the ends of the colour scale, such as limits=(0, 1), or 'data'; got {limits!r}."
            )
        low, high = map(float, limits)
    if low == high:
        high = low + 1.0
    return Scale(low, high, _colours(low, high).with_extremes(bad=MISSING, under="white"))


def _colours(low: float, high: float) -> Colormap:
    """Dark is far from 0 on either side: equally far is equally dark, but for the hue."""
    if low >= 0:
        return mpl.colormaps[CMAP]
    values = np.linspace(low, high, SHADES + 1)[1:]  # a shade's upper end: that which holds 0 is not blue
    size = np.abs(values) / max(-low, high)
    above, below = mpl.colormaps[CMAP](size), mpl.colormaps["Blues"](0.12 + 0.83 * size)
    return ListedColormap(np.where((values < 0)[:, None], below, above))


def show(ax: Axes, square: np.ndarray, scale: Scale) -> AxesImage:
    """One RDM (condition, condition_) as an image; NaN in grey."""
    image = ax.imshow(np.ma.masked_invalid(square), cmap=scale.cmap, norm=scale.norm, interpolation="nearest")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return image


def edges(ax: Axes, places: np.ndarray) -> None:
    """White lines after the conditions at `places`, where a class ends."""
    for place in places + 0.5:
        ax.axhline(place, color="white", linewidth=0.9)
        ax.axvline(place, color="white", linewidth=0.9)


def bar(
    figure: Figure, axes: Axes | Sequence[Axes], h: xr.DataArray, scale: Scale, inches: float = 3.0, **settings: Any
) -> Colorbar:
    """The colour bar of a scale, beside `axes` and so many inches long, in units of `h`."""
    finite = h.values[np.isfinite(h.values)]
    over, under = finite.max(initial=scale.high) > scale.high, finite.min(initial=scale.low) < scale.low
    extend = {(True, True): "both", (True, False): "max", (False, True): "min"}.get(
        (bool(over), bool(under)), "neither"
    )
    colour_bar = figure.colorbar(ScalarMappable(scale.norm, scale.cmap), ax=axes, extend=extend, **settings)
    colour_bar.outline.set_visible(False)
    colour_bar.locator = MaxNLocator(5)
    largest = max(abs(scale.low), abs(scale.high))
    label = in_units(meaning(h), colour_bar.ax.yaxis, h.attrs.get("units"), largest, colour_bar)
    colour_bar.set_label(fill(label, max(16, int(LETTERS * inches))))
    return colour_bar


def meaning(h: xr.DataArray) -> str:
    """What dissimilarities are, in words."""
    measure, own = MEASURES.get(str(h.attrs.get("metric"))), h.attrs.get("long_name")
    if measure is not None and own in (None, GENERIC):
        return measure.long_name
    return str(own or ("dissimilarity" if h.name in (None, "h") else h.name))


def below_zero(h: xr.DataArray, mark: str = " (blue)") -> str:
    """What is to be said of negative dissimilarities; "" where there are none."""
    number = int((h.values < 0).sum())
    if not number:
        return ""
    measure = MEASURES.get(str(h.attrs.get("metric")))
    why = ": noise of crossvalidation" if measure is not None and measure.crossvalidated else ""
    return f"{number} of {h.size} below 0{mark}{why}"


def is_flat(h: xr.DataArray) -> str:
    """What is to be said of an RDM whose pairs are all equally far apart; "" of any other."""
    finite = h.values[np.isfinite(h.values)]
    flat = finite.size > 1 and float(np.ptp(finite)) <= 1e-9 * float(np.abs(finite).max())
    return "all pairs equally far apart" if flat else ""
