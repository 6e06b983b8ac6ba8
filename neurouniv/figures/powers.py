"""Ticks of log axes that span few powers of ten."""

from __future__ import annotations

import math
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from neurouniv.figures.numbers import number

FEW, LEAST = 60.0, 8.0
"""An axis that spans less has ticks between powers of ten; every axis spans at least the second."""


def name_powers(ax: Axes, name: Literal["x", "y"]) -> None:
    """Ticks at 1, 2 and 5 times powers of ten where a log axis spans few of them, so that it has more than one.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().add_subplot()
    >>> _ = ax.set(yscale="log", ylim=(1e-3, 2e-3))
    >>> name_powers(ax, "y")
    >>> [f"{end:.2g}" for end in ax.get_ylim()]
    ['0.0005', '0.004']
    """
    axis = ax.xaxis if name == "x" else ax.yaxis
    low, high = axis.get_view_interval()
    if high / low < LEAST:
        middle, half = math.sqrt(low * high), math.sqrt(LEAST)
        ax.set(**{f"{name}lim": (middle / half, middle * half)})
        low, high = axis.get_view_interval()
    if high / low < FEW:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 1)))
    axis.set_minor_formatter(NullFormatter())
