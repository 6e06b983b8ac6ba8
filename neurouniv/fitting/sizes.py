"""The sizes of numbers that a law can be fitted to: too large or too small ones are refused, systems of zeros left out.

Laws multiply distances with each other. The unit of h, of stimuli, targets and time changes their constants alone, so
that another unit is always at hand.
"""

from __future__ import annotations

import functools
import operator
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurouniv.fitting.constants import constant_names
from neurouniv.schema import OBSERVED, InputError

MOST = 1e75
"""Numbers up to it, and down to its inverse, can be multiplied four at a time. A convention: no unit is so far off."""
UNIT = {"h": "distances", "y": "targets and outputs", "w": "targets and outputs", "dx2": "stimuli", "dy2": "targets"}
NO_DISTANCE = "Every distance is 0 or missing, so there is nothing to fit."


class Sound(NamedTuple):
    """A trajectory in which every system, or group of pairs, has distances."""

    traj: xr.Dataset
    """What was given, with the first that has distances in place of those that have none."""
    empty: xr.DataArray | None
    """Which systems (...), or groups of pairs in them (..., group), have none; None where all have some."""


def sound(traj: xr.Dataset, groups: xr.DataArray | None = None, zeros: bool = False) -> Sound:
    """`traj`, if a law can work with its numbers, without its systems, or `groups` of pairs, without distances but 0.

    Parameters
    ----------
    groups : the label of every pair (pair), where a law is fitted to each group by itself.
    zeros : whether it can be fitted to a group that is seen and stays at 0, in a system with other distances.

    Raises
    ------
    InputError : numbers that are too large or too small, or no system has a distance but 0.

    Examples
    --------
    >>> ends = {"first": ("pair", ["a"]), "second": ("pair", ["b"])}
    >>> h = (("seed", "time", "pair"), [[[0.0], [0.0]], [[1.0], [2.0]]])
    >>> traj, empty = sound(xr.Dataset({"h": h}, {"time": [0.0, 1.0], **ends}))
    >>> traj.h.values.ravel().tolist(), empty.values.tolist()
    ([1.0, 2.0, 1.0, 2.0], [True, False])
    """
    for name in (*OBSERVED, "dx2", "dy2"):
        if name in traj.variables:
            _need_size(traj[name], name)
    _need_span(traj["time"])
    largest = abs(traj["h"]).max("time").reset_coords(drop=True)
    empty = ~(largest >= 1 / MOST)
    empty = largest.isnull() | empty.all("pair") if zeros else empty
    empty, of_pairs = (empty.all("pair"),) * 2 if groups is None else _of_groups(empty, groups)
    if not bool(empty.any()):
        return Sound(traj, None)
    if bool(empty.all()):
        _refuse(traj["h"], float(largest.max()))
    dims = of_pairs.dims
    place = dict(zip(dims, np.argwhere(~of_pairs.values)[0].tolist(), strict=True))
    whole = {
        name: array.where(~of_pairs, array.isel(place, drop=True)).transpose(*array.dims)
        for name, array in traj.data_vars.items()
        if set(dims) <= set(array.dims)
    }
    return Sound(traj.assign(whole), empty)


def _of_groups(empty: xr.DataArray, groups: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Which groups (..., group) have `empty` (..., pair) pairs alone, and the pairs (..., pair) of such a group."""
    names, code = np.unique(groups.values, return_inverse=True)
    pairs = empty.drop_vars("pair", errors="ignore").transpose(..., "pair")
    without = np.stack([pairs.values[..., code == k].all(-1) for k in range(len(names))], -1)
    labels = {name: coord for name, coord in pairs.coords.items() if "pair" not in coord.dims}
    of_groups = xr.DataArray(without, labels | {str(groups.name): names}, (*pairs.dims[:-1], str(groups.name)))
    return of_groups, pairs.copy(data=without[..., code])


def missing_constants(constants: xr.Dataset) -> xr.DataArray | None:
    """Which systems (...), or groups of pairs in them, lack some constant; None where none does."""
    lost = [constants[name].isnull() for name in _of_all(constants)]
    either = functools.reduce(operator.or_, lost, xr.DataArray(False))
    return either.reset_coords(drop=True) if bool(either.any()) else None


def filled(constants: xr.Dataset) -> xr.Dataset:
    """`constants` with numbers that can be worked with where there are none; what follows from them is left out."""
    names = _of_all(constants)
    return constants.assign({name: constants[name].fillna(constants[name].median()).fillna(1.0) for name in names})


def _of_all(constants: xr.Dataset) -> list[str]:
    """The names of the constants that every system has: one without noise starts at its own level."""
    return [name for name in constant_names(constants) if name != "h0_per_dx2"]


def _need_size(array: xr.DataArray, name: str) -> None:
    size = np.abs(array.values.astype(float))
    largest = np.max(size, where=np.isfinite(size), initial=0.0)
    if largest > MOST or (name in ("dx2", "dy2") and 0 < largest < 1 / MOST):
        raise InputError(
            f"A law needs {name} between {1 / MOST:g} and {MOST:g}, so that products can be held; the largest is "
            f"{largest:.3g}. Give {UNIT[name]} in another unit: it changes the constants alone."
        )


def _need_span(time: xr.DataArray) -> None:
    if time.dtype.kind not in "iuf" or not time.size:
        return
    span = float(np.ptp(time.values.astype(float)))
    if span > MOST or 0 < span < 1 / MOST:
        raise InputError(
            f"A law needs times that span {1 / MOST:g} to {MOST:g}; these span {span:.3g}. Give time in another unit."
        )


def _refuse(h: xr.DataArray, largest: float) -> None:
    if np.isnan(largest):
        raise InputError("A law needs observed distances; every h of this trajectory is NaN.")
    if largest == 0:
        raise InputError(
            "A law needs distances that differ from 0; every h of this trajectory is 0. Do conditions have different "
            "patterns?"
        )
    raise InputError(
        f"A law needs h between {1 / MOST:g} and {MOST:g}, so that products can be held; the largest is {largest:.3g}. "
        f"Give distances in another unit: it changes the constants alone."
    )


def without_empty(constants: xr.Dataset, empty: xr.DataArray | None) -> xr.Dataset:
    """The results of a fit, with nothing for the systems that had no distance, and their message saying so."""
    if empty is None:
        return constants
    result = constants.copy()
    for name, array in constants.data_vars.items():
        if not set(empty.dims) <= set(array.dims):
            continue
        if array.dtype.kind == "f":
            result[name] = array.where(~empty).transpose(*array.dims).assign_attrs(array.attrs)
        elif array.dtype.kind == "b":
            result[name] = (array & ~empty).transpose(*array.dims)
        elif name == "message":
            result[name] = xr.where(empty, NO_DISTANCE, array).transpose(*array.dims)
    return result
