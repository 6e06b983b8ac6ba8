"""Errors over conditions and members at once, by leaving out one condition (or class of them) at a time.

V_s + J_c - J_sc, as `neurouniv.universality.inference.p_values` has it, with the variance over members exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.95


class Estimate(NamedTuple):
    """Means over members (quantity,), their standard errors and degrees of freedom; errors NaN where not known."""

    value: np.ndarray
    error: np.ndarray
    freedom: np.ndarray

    @property
    def reach(self) -> np.ndarray:
        """Half the length of the 95 % interval."""
        return stats.t.isf((1 - LEVEL) / 2, self.freedom) * self.error

    @property
    def p(self) -> np.ndarray:
        """Two-sided p that it is 0."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return 2 * stats.t.sf(np.abs(self.value) / self.error, self.freedom)


def jackknife(statistic: Callable[[np.ndarray], np.ndarray], units: np.ndarray) -> Estimate:
    """The mean over members of `statistic`, which takes the places of pairs and returns (quantity, member).

    `units` (unit, pair) marks the pairs that go when a unit of conditions does.

    Examples
    --------
    >>> h, ends = np.array([[1.0, 2.0, 6.0]]), np.array([[0, 0, 1], [1, 2, 2]])
    >>> units = (ends[:, None] == np.arange(3)[:, None]).any(0)
    >>> [part.round(2).tolist() for part in jackknife(lambda kept: h[None, :, kept].mean(-1), units)]
    [[3.0], [3.06], [2.0]]
    """
    each = statistic(np.arange(units.shape[1]))
    without = np.stack([statistic(np.flatnonzero(~unit)) for unit in units])
    count, members = len(units), each.shape[1]
    of_conditions, of_each = (_spread(without.mean(-1)), _spread(without).mean(-1))
    if members == 1:
        return Estimate(each[:, 0], np.sqrt(of_conditions), np.full(len(each), count - 1.0))
    of_members = each.var(1, ddof=1) / members
    shared = of_conditions - of_each / members
    variance = np.maximum(of_members + shared, np.maximum(of_members, shared))
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = of_members**2 / (members - 1) + of_conditions**2 / (count - 1)
        freedom = (of_members + of_conditions) ** 2 / parts
    return Estimate(each.mean(1), np.sqrt(variance), np.fmax(freedom, min(count, members) - 1.0))


def _spread(without: np.ndarray) -> np.ndarray:
    """The variance of a mean over units, from what is there without each of them (unit, ...)."""
    count = len(without)
    return without.var(0, ddof=1) * (count - 1) ** 2 / count
