"""The values that variables of a result can have, by what they are: shares, p values, intervals, counts, verdicts."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import xarray as xr


class Range(NamedTuple):
    """The least and the largest value, and what such values are called."""

    least: float
    most: float
    called: str


RANGES = {
    "%": Range(0.0, 1.0, "between 0 and 1"),
    "^": Range(-np.inf, 1.0, "1 or less"),
    "+": Range(0.0, np.inf, "0 or more"),
}
"""By the mark of a variable."""
P_VALUE = re.compile(r"(.+_)?p(_corrected|_by_class)?")
INTERVAL = "_interval"
DECISIONS = ("described", "not described", "cannot tell", "nothing is learned")
CHOICES = {"decision": (*DECISIONS, ""), "overall": (*DECISIONS, "universal", "not universal", "")}
"""The words that a variable can have; "" where nothing was decided, as in a group without comparison."""
ROUNDING = 1e-9
"""How far rounding leads beyond an end of a range, or an interval's lower end above its upper end, relative to it."""


def marked(name: str, marks: str) -> str:
    """The marks of a variable, with that of p values, which their name tells.

    Examples
    --------
    >>> marked("error_ratio_p", "?"), marked("dynamics_p_corrected", ""), marked("power", "%")
    ('?%', '%', '%')
    """
    return f"{marks}%" if P_VALUE.fullmatch(name) and "%" not in marks else marks


def impossible_in(name: str, marks: str, array: xr.Variable) -> str:
    """What of an array's numbers cannot be, as the end of a sentence; "" where nothing is. NaN is not known.

    Examples
    --------
    >>> impossible_in("power", "%", xr.Variable("law", [0.5, np.nan, 1.2]))
    'has 1 of 3 values that are not between 0 and 1, the first 1.2'
    >>> bounds = xr.Variable(("law", "bound"), [[0.1, 0.2], [0.5, 0.4]])
    >>> impossible_in("change_interval", "", bounds)
    'has 1 of 2 intervals that end before they begin, the first from 0.5 to 0.4'
    """
    values = np.asarray(array.values, dtype=float)
    if "*" in marks and np.isnan(values).all():
        return "has no value that is known"
    if "!" in marks and not np.isfinite(values).all():
        return "has values that are no finite numbers"
    if "~" in marks and np.isinf(values).any():
        return "has values that are infinite"
    for limits in (RANGES[mark] for mark in marks if mark in RANGES):
        outside = (values < limits.least - ROUNDING) | (values > limits.most + ROUNDING)
        if outside.any():
            first = f"the first {values[outside][0]:g}"
            return f"has {int(outside.sum())} of {values.size} values that are not {limits.called}, {first}"
    return _turned(array) if name.endswith(INTERVAL) and array.sizes.get("bound") == 2 else ""


def other_words(name: str, array: xr.Variable) -> str:
    """Which word of an array cannot be, as the end of a sentence; "" where none is.

    Examples
    --------
    >>> other_words("decision", xr.Variable("law", ["described", "maybe"]))
    "has the word 'maybe', which is none of described, not described, cannot tell, nothing is learned"
    """
    known = CHOICES.get(name, ())
    others = [word for word in array.values.ravel().tolist() if word not in known] if known else []
    return f"has the word {str(others[0])!r}, which is none of {', '.join(filter(None, known))}" if others else ""


def _turned(bounds: xr.Variable) -> str:
    """Which intervals end before they begin."""
    low, high = np.asarray(bounds.transpose("bound", ...).values, dtype=float)
    turned = low > high + ROUNDING * np.abs(high)
    if not turned.any():
        return ""
    first = f"the first from {low[turned][0]:g} to {high[turned][0]:g}"
    return f"has {int(turned.sum())} of {turned.size} intervals that end before they begin, {first}"
