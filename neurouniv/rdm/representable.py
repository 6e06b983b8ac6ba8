"""What double precision holds: activity whose powers it cannot hold is refused, never rounded to 0 or infinity.

Distances are looked at, which are few, and patterns only where distances are suspicious.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurouniv.schema import InputError, warn

TINY = float(np.finfo(float).tiny / np.finfo(float).eps)
"""Numbers below it (1e-292) have lost digits."""
LARGEST = {1: 1e300, 2: 1e150, 4: 1e75}
"""The largest values whose powers a double holds, with room for a sum over channels."""
SMALLEST = {1: 1e-290, 2: 1e-145, 4: 1e-72}
"""The smallest differences whose powers a double holds to the last digit."""
RAISED = {1: "hold distances of", 2: "square", 4: "hold variances, which are fourth powers, of"}
OUTLIER, SAMPLED = 3e5, 1000
"""A pattern so many times as large as most leaves six digits of the distances between others (measured); how many
values are looked at first."""
Place = Callable[[tuple[int, ...]], str]


def need_representable(
    values: np.ndarray,
    patterns: np.ndarray,
    what: str,
    power: int = 2,
    *,
    axis: int = -2,
    place: Place = lambda index: "",
    remedy: str = "",
) -> None:
    """Raise `InputError` where `values` are wrong because powers of `patterns` are too large or small for a double.

    Parameters
    ----------
    values : distances or variances, whose unit is that of `patterns` to `power`; NaN may be among them.
    what : patterns are, in words. place : of an index of `patterns`, in words.
    axis : of the conditions in `patterns`.
    remedy : what else can be done, a sentence.

    Examples
    --------
    >>> need_representable(np.array([0.0]), np.array([[1e-200], [3e-200]]), "activity")
    Traceback (most recent call last):
    neurouniv.errors.InputError: Double precision can square activity that differs by 1e-145 or more; got 2e-200. ...
    """
    if not values.size or not patterns.size or TINY <= max(values.max(), -values.min()) < np.inf:
        return
    known = np.isfinite(values)
    if not known.all():
        _refuse_large(patterns, what, power, place, remedy)
    if not known.any() or np.abs(values[known]).max() < TINY:
        _refuse_small(patterns, what, power, axis, remedy)


def need_power(numbers: np.ndarray, sums: np.ndarray, what: str, power: int, remedy: str = "") -> None:
    """Raise `InputError` where `sums` of powers of `numbers` are too large or small for a double.

    Examples
    --------
    >>> need_power(np.array([1e100]), np.array([np.inf]), "noise", 4)
    Traceback (most recent call last):
    neurouniv.errors.InputError: Double precision can hold variances, which are fourth powers, of noise up to 1e+75; ...
    """
    if TINY <= sums.max() < np.inf:
        return
    size = np.abs(numbers).max(initial=0.0)
    if size > LARGEST[power]:
        raise InputError(_too_large(what, power, f"{size:.3g}", remedy))
    if 0 < size < SMALLEST[power]:
        raise InputError(_too_small(what, power, size, remedy))


def tell_outweighed(
    patterns: np.ndarray, sizes: Callable[[], np.ndarray], what: str, place: Callable[[tuple[int, ...], int], str]
) -> None:
    """Warn where one condition is so large that the distances between all others are lost to rounding.

    Parameters
    ----------
    patterns : all values. sizes : gives the largest size of every condition's pattern (..., condition).
    what : patterns are, in words. place : of the indices (...) of a frame and of a condition, in words.
    """
    few = np.abs(patterns.flat[:: max(1, patterns.size // SAMPLED)])
    if not np.isfinite(few).any() or not max(np.nanmax(patterns), -np.nanmin(patterns)) > OUTLIER * np.nanmedian(few):
        return
    size = np.nan_to_num(sizes())
    middle = np.median(size, axis=-1)
    frames = (middle > 0) & (size.max(-1) > OUTLIER * middle)
    if frames.any():
        frame = tuple(map(int, np.argwhere(frames)[0]))
        condition = int(size[frame].argmax())
        warn(
            f"{what.capitalize()}{place(frame, condition)} reaches {size[frame][condition]:.3g}, that of most others "
            f"{middle[frame]:.3g}. Beside it, distances between the others lose digits to rounding. Mend or drop such "
            "values; metric='correlation' and 'cosine' lose none."
        )


def _refuse_large(patterns: np.ndarray, what: str, power: int, place: Place, remedy: str) -> None:
    size = np.abs(patterns, where=np.isfinite(patterns), out=np.zeros(patterns.shape))
    at = np.unravel_index(int(size.argmax()), size.shape)
    if size[at] > LARGEST[power]:
        raise InputError(_too_large(what, power, f"{size[at]:.3g}{place(tuple(map(int, at)))}", remedy))


def _refuse_small(patterns: np.ndarray, what: str, power: int, axis: int, remedy: str) -> None:
    there = np.isfinite(patterns)
    high = np.max(patterns, axis=axis, where=there, initial=-np.inf)
    low = np.min(patterns, axis=axis, where=there, initial=np.inf)
    spread = np.subtract(high, low, where=high > low, out=np.zeros(high.shape)).max()
    if 0 < spread < SMALLEST[power]:
        raise InputError(_too_small(what, power, spread, remedy))


def _too_large(what: str, power: int, got: str, remedy: str) -> str:
    return (
        f"Double precision can {RAISED[power]} {what} up to {LARGEST[power]:g}; got {got}. Mend or drop such values, "
        f"or divide all by a constant.{remedy}"
    )


def _too_small(what: str, power: int, got: float, remedy: str) -> str:
    factor = 10.0 ** min(300, round(-np.log10(got)))
    return (
        f"Double precision can {RAISED[power]} {what} that differs by {SMALLEST[power]:g} or more; got {got:.3g}. "
        f"Multiply all values by a constant, for example {factor:g}.{remedy}"
    )
