"""The checks of single settings of a training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from neurouniv.names import one_of
from neurouniv.quantities import is_whole, need_whole
from neurouniv.schema import InputError

DTYPES = {"float32": torch.float32, "float64": torch.float64}
SPACINGS = ("linear", "log")


def share(value: Any, what: str) -> float:
    """`value` if it lies from 0 to below 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)) or not 0 <= value < 1:
        raise InputError(f"{what} lies from 0 to below 1; got {value!r}.")
    return float(value)


def indices(values: Any, low: int, high: int | None, what: str) -> list[int]:
    """`values`, one or several, as whole numbers from `low` to `high`, none twice."""
    listed = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    upper = f" to {high}" if high is not None else ""
    if not listed or not all(is_whole(v) and low <= v and (high is None or v <= high) for v in listed):
        shown = listed if len(listed) <= 10 else f"{listed[:10]}..."
        raise InputError(f"{what} needs whole numbers from {low}{upper}, at least one; got {shown}.")
    if len(set(listed)) < len(listed):
        raise InputError(f"{what} names each once; {sorted({v for v in listed if listed.count(v) > 1})} come twice.")
    return [int(v) for v in listed]


def numbers(values: Any, high: int, what: str) -> list[int]:
    """Seeds or draws: a whole number n is how many, 0 to n - 1; several numbers are which, from 0 to `high`.

    Examples
    --------
    >>> numbers(3, 99, "seeds"), numbers([5], 99, "seeds")
    ([0, 1, 2], [5])
    """
    if not isinstance(values, Iterable):
        values = range(need_whole(values, f"{what}, how many (or a list of which),"))
    return indices(values, 0, high, what)


def kept_epochs(record: Any, epochs: int, spacing: str) -> np.ndarray:
    """The epochs to keep, increasing: `record` of them with 0 and `epochs`, evenly or in ratio, or those it lists."""
    one_of(spacing, SPACINGS, "spacing")
    if isinstance(record, Iterable):
        return np.array(sorted(indices(record, 0, epochs, "record")))
    if not (is_whole(record) and record >= 2):
        raise InputError(
            f"record is how many epochs to keep, at least 2 (the first and the last), or a list; got {record!r}."
        )
    if spacing == "linear":
        return np.unique(np.linspace(0, epochs, int(record)).round().astype(int))
    return np.unique(np.concatenate([[0], np.geomspace(1, epochs, int(record) - 1).round().astype(int)]))
