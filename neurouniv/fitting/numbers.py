"""How numbers are written for readers: few digits, but never so few that .9997 becomes 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurouniv.fitting.intervals import undetermined

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MOST_PLACES = 5
NOT_DETERMINED = "not determined"


def number(value: float, digits: int = 3) -> str:
    """`value` with `digits` significant digits; up to 5 places where it is just below 1 (an R2 or a correlation).

    Examples
    --------
    >>> number(0.012345), number(0.99972), number(-3.21e-7), number(1234567.0), number(float("nan"))
    ('0.0123', '0.9997', '−3.21×10⁻⁷', '1.23×10⁶', '–')
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    size = abs(value)
    if 0.95 < size < 1:
        places = min(MOST_PLACES, max(digits, math.ceil(-math.log10(1 - size))))
        text = f"{size:.{places}f}"
    elif 1e-3 <= size < 1e5:
        places = max(0, digits - 1 - math.floor(math.log10(size)))
        text = f"{size:.{places}f}"
    else:
        mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
        text = f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPT)}"
    return f"−{text}" if value < 0 else text


def with_interval(value: float, low: float, high: float) -> str:
    """A constant with its 95 % interval, or "not determined" where the interval says nothing.

    Examples
    --------
    >>> with_interval(0.5, 0.4, 0.6), with_interval(0.5, 0.0, float("inf"))
    ('0.500 [0.400, 0.600]', 'not determined')
    """
    if undetermined(np.asarray(low), np.asarray(high)):
        return NOT_DETERMINED
    return f"{number(value)} [{number(low)}, {number(high)}]"


def label_word(value: Any) -> str:
    """A label of a table as text, "" where there is none.

    Examples
    --------
    >>> label_word(0.5), label_word(3.0), label_word("tanh"), label_word(float("nan"))
    ('0.5', '3', 'tanh', '')
    """
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:g}"
    return str(value)


def words(value: Any) -> str:
    """Any value of a table as text: counts whole, measured numbers by `number`, truth as yes or no.

    Examples
    --------
    >>> words(3), words(0.5), words(True), words(None), words("mlp")
    ('3', '0.500', 'yes', '–', 'mlp')
    """
    if value is None:
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return str(value)
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    return str(value)
