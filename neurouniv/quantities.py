"""Single numbers that users give as settings, checked at the door: counts, seeds, sizes, shares, yes or no."""

from __future__ import annotations

from dataclasses import fields
from numbers import Integral, Real
from typing import Any, TypeGuard

import numpy as np

from neurouniv.errors import InputError
from neurouniv.got import got

LARGEST_SEED = 2**63 - 1


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether `value` is a whole number, Python's or NumPy's, and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether `value` is one finite real number, Python's or NumPy's, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(float(value)))


def need_whole(value: Any, what: str, least: int = 1, most: int | None = None) -> int:
    """`value` if it is a whole number from `least` to `most`.

    Raises
    ------
    InputError : it is not.

    Examples
    --------
    >>> need_whole(np.int64(3), "sessions")
    3
    >>> need_whole(2.5, "sessions", least=2)
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: sessions is a whole number of at least 2; got 2.5.
    """
    if not (is_whole(value) and value >= least and (most is None or value <= most)):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise InputError(f"{what} is a whole number {bounds}; got {shown(value)}.")
    return int(value)


def need_seed(value: Any) -> int:
    """`value` if it can be a seed.

    Raises
    ------
    InputError : it is no whole number, or below 0.

    Examples
    --------
    >>> need_seed(None)
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: seed is a whole number from 0 to 9223372036854775807; got None.
    """
    return need_whole(value, "seed", 0, LARGEST_SEED)


def need_number(
    value: Any, what: str, low: float | None = None, high: float | None = None, *, above: float | None = None
) -> float:
    """`value` if it is one finite number, from `low` or `above` that number, and up to `high`.

    Raises
    ------
    InputError : it is not.

    Examples
    --------
    >>> need_number(0.5, "turnover", 0, 1)
    0.5
    >>> need_number(float("nan"), "rate_gain", above=0)
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: rate_gain is a number above 0; got nan.
    """
    too_low = is_number(value) and ((low is not None and value < low) or (above is not None and value <= above))
    if not is_number(value) or too_low or (high is not None and value > high):
        bounds = f" above {above:g}" if above is not None else f" from {low:g}" if low is not None else ""
        kind = "a number" if bounds or high is not None else "a finite number"
        raise InputError(f"{what} is {kind}{bounds}{'' if high is None else f' to {high:g}'}; got {shown(value)}.")
    return float(value)


def need_flag(value: Any, what: str) -> bool:
    """`value` if it is true or false.

    Raises
    ------
    InputError : it is something else, such as the text "false", which counts as true in Python.

    Examples
    --------
    >>> need_flag("false", "behaviour")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: behaviour is True or False; got 'false'.
    """
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{what} is True or False; got {shown(value)}.")
    return bool(value)


def need_numbers_in(record: Any) -> None:
    """Raise `InputError` unless every field of a dataclass that its type calls a number, or a flag, is one.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> need_numbers_in(make_dataclass("Lens", [("size", "float")])(float("inf")))
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: size of Lens is a finite number; got inf.
    """
    for field in fields(record):
        value, kind = getattr(record, field.name), str(field.type)
        what = f"{field.name} of {type(record).__name__}"
        if kind == "bool":
            need_flag(value, what)
        elif kind == "int":
            need_whole(value, what)
        elif kind == "float" or (kind == "float | None" and value is not None):
            need_number(value, what)


def shown(value: Any) -> str:
    """What was given, for a message: numbers and texts themselves, of all else its kind.

    Examples
    --------
    >>> [shown(value) for value in (2.5, "3", None, [1, 2])]
    ['2.5', "'3'", 'None', 'a list of 2']
    """
    plain = value.item() if isinstance(value, np.generic) else value
    return repr(plain) if isinstance(plain, int | float | str | None) else got(value)
