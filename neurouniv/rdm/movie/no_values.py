"""Distances without a value: of patterns without a direction, of activity too large to be squared, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from neurouniv.rdm.measures import Measure
from neurouniv.schema import InputError, pair_indices, warn

FLAT = {"correlation": "the same in all channels", "cosine": "zero in all channels"}
"""Of which patterns a measure of direction has no value."""


def tell_flat(
    h: np.ndarray,
    there: np.ndarray,
    names: Sequence[str] | np.ndarray,
    measure: Measure,
    place: Callable[[tuple[int, ...]], str],
) -> None:
    """Warn of patterns that have no direction, whose correlations or cosines are NaN: how many, and the first.

    Parameters
    ----------
    h : distances (..., pair).
    there : whether a condition has a pattern (..., condition), NaN distances or not.
    names : of the conditions. place : of the indices (...) of a frame, what it is called.
    """
    if measure.name not in FLAT:
        return
    missing = np.isnan(h)
    if not missing.any():
        return
    first, second = pair_indices(len(names))
    of_condition = np.zeros((first.size, len(names)))
    of_condition[np.arange(first.size), first] = of_condition[np.arange(first.size), second] = 1
    there = np.broadcast_to(there, (*h.shape[:-1], len(names)))
    both = there[..., first] & there[..., second]
    flat = there & ((both & ~missing) @ of_condition == 0) & (there.sum(-1, keepdims=True) > 1)
    if not flat.any():
        return
    *frame, _ = where = tuple(np.argwhere(flat)[0])
    own, present = flat[tuple(frame)], there[tuple(frame)]
    whose = repr(str(names[where[-1]]))
    if (own == present).all():  # one of them alone may take all pairs with it
        whose = " or ".join(repr(str(name)) for name in np.asarray(names)[present][:5])
    more = f" (and {int(flat.sum()) - 1} more such patterns)" if flat.sum() > 1 else ""
    warn(
        f"metric='{measure.name}' has no value for a pattern that is {FLAT[measure.name]}: that of condition {whose}"
        f"{place(tuple(frame))}{more}; {int((missing & both).sum())} of {int(both.sum())} distances are missing (NaN). "
        "metric='sqeuclidean' has a value for them; otherwise leave these conditions or times out."
    )


def need_values(traj: xr.Dataset) -> xr.Dataset:
    """`traj`, if it holds a distance, and none that is infinite; chunked distances are computed for it.

    Raises
    ------
    InputError : all are NaN, or some are infinite.
    """
    h = traj["h"]
    if not h.size:
        return traj
    values = h.data
    if np.isfinite(values.sum()):  # sooner than a look at every value
        return traj
    number, infinite = int((~np.isnan(values)).sum()), int(np.isinf(values).sum())
    if not number:
        raise InputError(
            f"All {h.size} distances are missing (NaN), so this is no trajectory. Either no two conditions have "
            "trials together (in a session, in two runs), or the metric has no value. Correlation and cosine have none "
            "if all channels are equal; metric='sqeuclidean' has one."
        )
    if infinite:
        at = np.unravel_index(int(np.argmax(np.isinf(np.asarray(values)))), h.shape)
        index = dict(zip(h.dims, at, strict=True))
        pair = index["pair"]
        who = f"'{traj['first'].values[pair]}' and '{traj['second'].values[pair]}'"
        when = f" at time {traj['time'].values[index['time']]:g}" if "time" in index else ""
        raise InputError(
            f"{infinite} of {h.size} distances are infinite, first that of {who}{when}: activity or the precision of "
            "its noise is too large. Mend these trials or channels, or drop them."
        )
    return traj
