"""The label of every pair, by which xarray joins RDMs: the names of its two conditions, whatever their order."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import xarray as xr

ENDS = ("first", "second")
BETWEEN = "|"
"""Between the two names; a bar or a backslash within a name has a backslash before it, so that labels are unlike."""

Labelled = TypeVar("Labelled", xr.Dataset, xr.DataArray)


def pair_labels(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The labels of pairs (pair,): both names, the one that is first by the alphabet before the other.

    Examples
    --------
    >>> pair_labels(np.array(["a", "c"]), np.array(["b", "a"])).tolist()
    ['a|b', 'a|c']
    """
    one, other = (_escaped(np.asarray(names).astype(str)) for names in (first, second))
    in_order = one <= other
    earlier, later = np.where(in_order, one, other), np.where(in_order, other, one)
    return np.char.add(np.char.add(earlier, BETWEEN), later)


def with_pair_labels(traj: Labelled) -> Labelled:
    """`traj` with the coordinate `pair`, an index, of what `first` and `second` (pair) say; as it is without these.

    Examples
    --------
    >>> ends = {"first": ("pair", ["b"]), "second": ("pair", ["a"])}
    >>> with_pair_labels(xr.Dataset(coords=ends)).pair.values.tolist()
    ['a|b']
    """
    if not all(name in traj.coords and traj[name].dims == ("pair",) for name in ENDS):
        return traj
    return traj.assign_coords(pair=pair_labels(*(traj[name].values for name in ENDS)))


def _escaped(names: np.ndarray) -> np.ndarray:
    for mark in ("\\", BETWEEN):
        if (np.char.find(names, mark) >= 0).any():
            names = np.char.replace(names, mark, f"\\{mark}")
    return names
