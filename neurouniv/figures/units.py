"""Axes in units: a unit with a prefix, or a power of ten in the label, in place of an offset that floats above."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from neurouniv.figures.numbers import SUPERSCRIPT
from neurouniv.schema import ONE_FRAME, WITHIN_TRIAL

PREFIXES = {3: "k", 0: "", -3: "m", -6: "µ", -9: "n", -12: "p", -15: "f", -18: "a"}
PREFIXED = re.compile(r"\(?(V|T|A)(/\w+)?\)?(?:\^(\d))?( per channel.*)?")
"""Units that take a prefix, to a power: V^2, (T/m)^2 per channel."""
PLAIN = (1e-2, 1e4)
"""Values whose largest is between these are written as they are."""
MOST_TICKS = 8


def unit_scale(units: str | None, largest: float) -> tuple[float, str]:
    """What values are multiplied by to be read easily, and the unit they are in then; no unit is "".

    Examples
    --------
    >>> unit_scale("V^2", 3e-11), unit_scale("(T/m)^2", 4e-24), unit_scale("(spikes/s)^2 per channel", 20.0)
    ((1000000000000.0, 'µV²'), (1e+24, '(pT/m)²'), (1.0, '(spikes/s)² per channel'))
    >>> unit_scale("a.u.", 2e-7), unit_scale("1", 0.3), unit_scale(None, 5e6)
    ((1000000000.0, '10⁻⁹ a.u.'), (1.0, ''), (1e-06, '10⁶'))
    """
    units = "" if units in (None, "1", "unknown") else str(units).removeprefix("1 ")
    if not math.isfinite(largest) or largest <= 0 or PLAIN[0] <= largest < PLAIN[1]:
        return 1.0, _powers(units)
    match = PREFIXED.fullmatch(units)
    power = int(match[3] or 1) if match else 1
    exponent = 3 * math.floor(math.log10(largest) / (3 * power))
    if match and exponent in PREFIXES:
        unit = f"{PREFIXES[exponent]}{match[1]}{match[2] or ''}"
        raised = f"^{power}" if power > 1 else ""
        unit = f"({unit}){raised}" if match[2] and raised else f"{unit}{raised}"
        return float(f"1e{-exponent * power}"), _powers(unit + (match[4] or ""))
    exponent = 3 * math.floor(math.log10(largest) / 3)
    return float(f"1e{-exponent}"), f"10{str(exponent).translate(SUPERSCRIPT)} {_powers(units)}".rstrip()


def _powers(units: str) -> str:
    units = re.sub(r"^arbitrary\b", "(arb. units)" if "^" in units else "arb. units", units)
    return re.sub(r"\^(\d+)", lambda match: match[1].translate(SUPERSCRIPT), units)


def in_units(what: str, axis: Axis, units: str | None, largest: float, bar: Any = None) -> str:
    """The label of an axis with its unit; its ticks are written in that unit from now on, the data stay as they are.

    With `bar`, a colour bar, it is the ticks of that.
    """
    factor, unit = unit_scale(units, largest)
    formatter = FuncFormatter(lambda value, _: f"{value * factor:g}".replace("-", "\N{MINUS SIGN}"))
    if bar is None:
        axis.set_major_formatter(formatter)
    else:
        bar.formatter = formatter
    if not unit:
        return what
    return f"{what}, {unit}" if "(" in unit else f"{what} ({unit})"


def whole_ticks(axis: Axis, time: np.ndarray) -> None:
    """Ticks at whole numbers where all times are whole, at every one of them if they are few."""
    if not (np.isfinite(time).all() and (time == np.round(time)).all()):
        axis.set_major_locator(MaxNLocator(4))
    elif len(time) <= MOST_TICKS:
        axis.set_major_locator(FixedLocator(np.unique(time).tolist()))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}".replace("-", "\N{MINUS SIGN}")))
    else:
        axis.set_major_locator(MaxNLocator(4, integer=True))


def at_time(time: xr.DataArray) -> str:
    """A single time in words; "" of one frame, which has none.

    Examples
    --------
    >>> at_time(xr.DataArray(3, attrs={"units": "sessions", "axis": "learning"}))
    'session 3'
    >>> at_time(xr.DataArray(-0.1, attrs={"units": "s", "axis": "within_trial"})), at_time(xr.DataArray(2.0))
    ('−0.1 s', 'time 2')
    """
    units, axis = str(time.attrs.get("units", "")), time.attrs.get("axis")
    if axis == ONE_FRAME:
        return ""
    number = f"{time.item():g}".replace("-", "\N{MINUS SIGN}") if time.dtype.kind in "iuf" else str(time.values)
    if not units:
        return f"time {number}"
    return (
        f"{units[:-1]} {number}"
        if units.endswith("s") and units != "s" and axis != WITHIN_TRIAL
        else f"{number} {units}"
    )
