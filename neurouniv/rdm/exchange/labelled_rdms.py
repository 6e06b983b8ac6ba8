"""RDMs get their labels: dimensions, conditions, and times, also where the items of an RDM are conditions at times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from neurouniv.rdm.exchange.condensed import conditions_of, pair_at
from neurouniv.schema import InputError, pair_indices, with_pair_labels
from neurouniv.systems.recordings.checks.check import tidy_labels

RESERVED = {"condition", "condition_", "pair", "time_"}


@dataclass(frozen=True)
class Stack:
    """Condensed RDMs (*dims, pair), the attributes they bring, and where they come from, for messages."""

    flat: np.ndarray
    dims: tuple[str, ...]
    attrs: Mapping[str, Any]
    source: str

    @property
    def items(self) -> int:
        """How many items an RDM compares."""
        return conditions_of(self.flat.shape[-1]) or 0


def labelled_rdms(stack: Stack, labels: Mapping[str, Any], clock: Mapping[str, Any], between: bool) -> xr.Dataset:
    """`h` (..., pair) with the labels of its dimensions; a movie (..., time, pair) where there are times.

    Parameters
    ----------
    labels : of the dimensions, and `condition` and `time`. clock : attributes of time. between : see `read_rdms`.

    Raises
    ------
    InputError : labels do not fit in number, or come more than once.
    """
    labels = dict(labels)
    condition = labels.pop("condition", None)
    _need_good_dims(stack)
    if between and ("time" in stack.dims or "time" not in labels):
        raise InputError(
            "`between` keeps the dissimilarities of items at different times, which these RDMs do not have: their "
            "items are conditions. Leave between=False, or give `time` and `condition` of every item."
        )
    if "time" not in stack.dims and "time" in labels:
        time = _times(labels.pop("time"), stack.source)
        return _of_items(stack, _coords(stack, labels), condition, time, clock, between)
    if "time" in stack.dims and "time" not in labels:
        count = stack.flat.shape[stack.dims.index("time")]
        numbers = [*map(str, range(1, count + 1))] if count <= 6 else ["1", "2", "3", "...", str(count)]
        raise InputError(
            f"The dimension `time` of {stack.source} needs its {count} times, in the order of the RDMs, for example "
            f'time=[{", ".join(numbers)}], and their unit: time_units="days".'
        )
    movie = xr.Dataset({"h": ((*stack.dims, "pair"), stack.flat, dict(stack.attrs))}, _coords(stack, labels))
    movie = with_conditions(movie, names_of_items(condition, stack.items, stack.source))
    if "time" not in stack.dims:
        return movie
    movie["time"].attrs.update(clock)
    movie = movie.sortby("time")
    return movie.assign(h=movie["h"].transpose(..., "time", "pair"))


def _need_good_dims(stack: Stack) -> None:
    bad = sorted({dim for dim in stack.dims if stack.dims.count(dim) > 1} | set(stack.dims) & RESERVED)
    if bad:
        raise InputError(
            f"`dims` names what comes before the conditions or pairs, each once; {bad} cannot be among {stack.dims}. "
            'Names look like "subject", "session", "roi", "time".'
        )


def with_conditions(movie: xr.Dataset, names: np.ndarray) -> xr.Dataset:
    """`movie` (..., pair) with the names of its conditions and of the two of every pair."""
    first, second = pair_indices(len(names))
    movie = movie.assign_coords(condition=names, first=("pair", names[first]), second=("pair", names[second]))
    return with_pair_labels(movie)


def names_of_items(condition: Any, count: int, source: str) -> np.ndarray:
    """The names of `count` conditions, "0", "1", ... where none are given.

    Raises
    ------
    InputError : they are not so many, or one comes twice.
    """
    if condition is None:
        return tidy_labels(np.arange(count))
    names = tidy_labels(condition)
    if names.size != count:
        raise InputError(f"`condition` needs {count} names, as many as the RDMs of {source} have; got {names.size}.")
    if (names == "").any():
        raise InputError(
            f"Every condition needs a name; number {np.argmax(names == '')} (from 0) of {source} has none."
        )
    kinds, counts = np.unique(names, return_counts=True)
    if (counts > 1).any():
        raise InputError(f"Every condition needs its own name; {kinds[counts > 1][:5].tolist()} come more than once.")
    return names


def _of_items(
    stack: Stack, coords: Mapping[str, Any], condition: Any, time: np.ndarray, clock: Mapping[str, Any], between: bool
) -> xr.Dataset:
    """A movie from RDMs whose items are conditions at times."""
    times, names, item = _items(time, condition, stack)
    i, j = pair_indices(len(names))
    h = _dissimilarities(stack, item[:, i], item[:, j])
    coords = {**coords, "time": ("time", times, dict(clock))}
    movie = with_conditions(xr.Dataset({"h": ((*stack.dims, "time", "pair"), h, dict(stack.attrs))}, coords), names)
    if not between:
        return movie
    values = _dissimilarities(stack, item[:, None, :, None], item[None, :, None, :])
    movie["between"] = ((*stack.dims, "time", "time_", "condition", "condition_"), values)
    return movie.assign_coords(time_=("time_", times, dict(clock)), condition_=names)


def _dissimilarities(stack: Stack, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The dissimilarities of two items each, 0 of an item with itself, NaN where one is absent (-1)."""
    pair = pair_at(first, second, stack.items)
    return np.where((first < 0) | (second < 0), np.nan, np.where(pair < 0, 0.0, stack.flat[..., pair]))


def _items(time: np.ndarray, condition: Any, stack: Stack) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times in order, names, and the item of every (time, condition), -1 where there is none."""
    items, blocks = stack.items, time.size
    per_block = items // max(blocks, 1)
    if 0 < blocks < items and items % blocks == 0 and (condition is None or np.size(condition) == per_block):
        names = names_of_items(condition, per_block, stack.source)
        time, condition = np.repeat(time, per_block), np.tile(names, blocks)
    elif not blocks or blocks != items or np.size(condition) != items:
        raise InputError(
            f"The RDMs of {stack.source} have {items} items; `time` has {blocks} values and `condition` "
            f"{0 if condition is None else np.size(condition)}. Give one of each per item, or for blocks of equally "
            "many conditions one time per block and the names of one block's conditions."
        )
    times, t = np.unique(time, return_inverse=True)
    c, names = pd.factorize(tidy_labels(condition))
    if np.unique(t * names.size + c).size < items:
        raise InputError(f"Every item of {stack.source} needs another time and condition; some come more than once.")
    item = np.full((times.size, names.size), -1)
    item[t, c] = np.arange(items)
    return times, names, item


def _coords(stack: Stack, labels: Mapping[str, Any]) -> dict[str, Any]:
    """The labels of the leading dimensions, one for each place."""
    unknown = sorted(set(labels) - set(stack.dims))
    if unknown:
        raise InputError(
            f"{unknown} is neither a setting of read_rdms nor a dimension of {stack.source}; the dimensions are "
            f"{list(stack.dims)}."
        )
    coords = {}
    for name, values in labels.items():
        values, size = np.atleast_1d(np.squeeze(values)), stack.flat.shape[stack.dims.index(name)]
        if values.shape != (size,):
            raise InputError(f"`{name}` needs {size} labels, one each; got shape {values.shape} for {stack.source}.")
        values = tidy_labels(values) if values.dtype.kind in "OUS" else values
        coords[name] = (name, _times(values, stack.source) if name == "time" else values)
    return coords


def _times(values: Any, source: str) -> np.ndarray:
    """Times as numbers."""
    values = np.ravel(values)
    try:
        return values if values.dtype.kind in "iuf" else values.astype(float)
    except (TypeError, ValueError) as error:
        raise InputError(f"The times of {source} need to be numbers (days, 1 2 3 ...); got '{values[0]}'.") from error
