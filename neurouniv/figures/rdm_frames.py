"""What a picture of RDMs shows: the RDMs that were asked for, members averaged, conditions in order, all of it told."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.figures.rdm_classes import Classes, classes_of
from neurouniv.figures.rdm_input import rdms_of
from neurouniv.figures.units import at_time
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import ONE_FRAME, InputError, batch_dims, some
from neurouniv.tasks.origin import guesses, remark
from neurouniv.universality.scores.noise_ceiling import MEMBERS

TOLD = ("layer", "latency", "session", *MEMBERS)
"""Coordinates of a single value that are told though they are numbers."""
ORDERS = ("given", "alphabet")


@dataclass(frozen=True)
class Frames:
    """RDMs of one picture: `h` (..., time, pair) in the order of `pairs`; `notes` say what was done to them."""

    h: xr.DataArray
    pairs: Pairs
    classes: Classes | None
    notes: tuple[str, ...]

    @property
    def names(self) -> np.ndarray:
        """The conditions, in the order in which they are drawn."""
        return self.pairs.names

    @property
    def time(self) -> xr.DataArray:
        """The times; one without a value where there is no time."""
        return self.h["time"]

    @property
    def class_ends(self) -> np.ndarray:
        """After which conditions (places) another class begins; none where classes do not lie together."""
        if self.classes is None:
            return np.empty(0, dtype=int)
        labels = [self.classes.of[name] for name in self.names.tolist()]
        ends = np.flatnonzero([one != other for one, other in pairwise(labels)])
        return ends if len(ends) < len(self.classes.names) else np.empty(0, dtype=int)

    def square(self, h: xr.DataArray) -> np.ndarray:
        """RDMs (..., pair) of this picture in square form, 0 on the diagonal and NaN where nothing is known."""
        return self.pairs.square(h.values)

    def at(self, time: Any) -> tuple[xr.DataArray, str]:
        """The RDMs (..., pair) at one time, by default the last, and that time in words."""
        place = -1 if time is None else place_of(self.time, time, "time")
        return self.h.isel(time=place), at_time(self.time[place])

    def rows(self) -> list[tuple[str, xr.DataArray]]:
        """Every region, layer, ... by itself: its name in words, and its RDMs (time, pair)."""
        dims = batch_dims(self.h)
        places = product(*(range(self.h.sizes[dim]) for dim in dims))
        parts = [self.h.isel(dict(zip(dims, place, strict=True))) for place in places]
        return [(", ".join(_called(part, dim) for dim in dims), part.transpose("time", "pair")) for part in parts]

    def need_one(self, what: str) -> None:
        """Raise `InputError` where there are several regions, layers, ... and one is needed."""
        dims = batch_dims(self.h)
        if not dims:
            return
        there = " and ".join(f"{self.h.sizes[dim]} x {dim} ({some(_values(self.h, dim))})" for dim in dims)
        call = ", ".join(f"{dim}={_values(self.h, dim)[0]!r}" for dim in dims)
        words = " ".join(f"{dim}={_values(self.h, dim)[0]}" for dim in dims)
        raise InputError(
            f"{what} shows one RDM; these are {there}. Choose one: {call} (at the command line "
            f"--select {words}). All of them, in rows: neurouniv.figures.film(rdms)."
        )


def frames_of(
    rdms: Any,
    order: str | Sequence[str] | None = None,
    classes: Mapping[str, Any] | None = None,
    select: Mapping[str, Any] | None = None,
) -> Frames:
    """The RDMs of a picture, from a trajectory, RDMs without time or any array over `pair`.

    Parameters
    ----------
    order : of conditions: None, as the object has them, those of a class together; "given", as it has them; "alphabet";
        or their names, and the others are left out.
    classes : the class of every condition by name; default those of the task.
    select : of other dimensions the one value that is wanted, such as {"region": "V1"}. Members that are not selected
        are averaged, other dimensions stay.

    Raises
    ------
    InputError : it holds no RDMs, no such dimension or value, or names that are no conditions.
    """
    h = rdms_of(rdms)
    notes: list[str] = []
    for dim, value in (select or {}).items():
        h = _selected(h, dim, value)
    h = h.compute().astype(float)
    notes += [_called(h, name) for name, coord in h.coords.items() if not coord.ndim and _is_told(name, coord)]
    single = [dim for dim in batch_dims(h) if h.sizes[dim] == 1]
    notes += [_called(h.isel({dim: 0}), dim) for dim in single if dim in h.coords]
    h = h.squeeze(single, drop=True)
    dims = [dim for dim in batch_dims(h) if dim in MEMBERS]
    notes += [f"mean over {h.sizes[dim]} {dim}s" for dim in dims]
    partly = int((h.isnull().any(dims) & h.notnull().any(dims)).sum()) if dims else 0
    notes += [f"{partly} values are means of fewer, for pairs are missing"] if partly else []
    h = h.mean(dims, keep_attrs=True) if dims else h
    pairs = Pairs.of(rdms if isinstance(rdms, xr.Dataset) else h)
    grouping = classes_of(rdms, pairs.names, classes)
    names = _ordered(pairs.names, order, grouping)
    mask = pairs.among(names)
    pairs = Pairs.of(h.isel(pair=mask), "pairs").in_order(names)
    if grouping is not None:
        grouping = Classes({name: grouping.of[name] for name in names.tolist()})
        notes += [f"classes: {remark(origin)}" for origin in guesses(rdms).values()] if classes is None else []
    return Frames(_with_time(h.isel(pair=mask)).transpose(..., "time", "pair"), pairs, grouping, tuple(notes))


def place_of(coord: xr.DataArray, wanted: Any, what: str) -> int:
    """Where along a coordinate a value is; numbers may differ by rounding.

    Raises
    ------
    InputError : it is not there; the message says what is.

    Examples
    --------
    >>> place_of(xr.DataArray([0.1, 0.2], dims="time"), "0.2", "time")
    1
    """
    values = coord.values
    try:
        there = np.isclose(values.astype(float), float(wanted), rtol=1e-6, atol=1e-9)
    except (TypeError, ValueError):
        there = values.astype(str) == str(wanted)
    if not there.any():
        known = values[~xr.DataArray(values).isnull().values]
        raise InputError(f"There is no {what} {wanted!r} among these RDMs; {_there_is(known)}.")
    place = int(np.argmax(there))
    count = int((values == values[place]).sum())
    if count > 1:
        raise InputError(
            f"{what} {wanted!r} stands for {count} of these RDMs. Give each a label of its own: "
            f"`.assign_coords({what}=[...])`."
        )
    return place


def _there_is(values: np.ndarray) -> str:
    if not len(values):
        return "they have none at all"
    return f"there {'is' if len(values) == 1 else 'are'} {some(values, 12)}"


def missing_text(h: xr.DataArray, pairs: Pairs) -> str:
    """How many pairs have no value in RDMs (..., pair), which are drawn grey; "" where all have one."""
    frames = h.size // h.sizes["pair"]
    whole = len(pairs.names) * (len(pairs.names) - 1) // 2
    absent = frames * whole - int(np.isfinite(h.values).sum())
    return f"{absent} of {frames * whole} pairs missing (grey)" if absent else ""


def _selected(h: xr.DataArray, dim: str, value: Any) -> xr.DataArray:
    if dim in ("time", "pair"):
        remedy = "time=..." if dim == "time" else "order=[...], the names of conditions"
        raise InputError(f"`{dim}` is not selected like a region is; use {remedy}.")
    if dim in h.coords and not h[dim].ndim:
        place_of(h[dim].expand_dims(dim), value, dim)
        return h
    dims = batch_dims(h)
    if dim not in dims:
        there = f"they have {some(list(map(str, dims)))}" if dims else "they have no other dimension than time and pair"
        raise InputError(f"These RDMs have no dimension {dim!r} to select from, and it is no option; {there}.")
    place = place_of(h[dim], value, dim)
    return h.isel({dim: place}).assign_coords({dim: h[dim][place]})


def _is_told(name: Hashable, coord: xr.DataArray) -> bool:
    return name in TOLD or (coord.dtype.kind in "US" and name not in ("time", "first", "second", "pair"))


def _called(h: xr.DataArray, dim: Hashable) -> str:
    """A single value of a dimension in words: region V1."""
    value = h[dim].item()
    return f"{dim} {value:g}" if isinstance(value, float) else f"{dim} {value}"


def _values(h: xr.DataArray, dim: Hashable) -> list[Any]:
    return h[dim].values.tolist()


def _ordered(names: np.ndarray, order: str | Sequence[str] | None, classes: Classes | None) -> np.ndarray:
    """The conditions that are drawn, in their order."""
    if order is None:
        return names if classes is None else classes.together(names)
    if isinstance(order, str):
        if order not in ORDERS:
            raise InputError(f"order is {' or '.join(map(repr, ORDERS))}, or the names of conditions; got {order!r}.")
        return names if order == "given" else np.sort(names)
    chosen = np.asarray(list(order)).astype(str)
    unknown = [name for name in chosen.tolist() if name not in set(names.tolist())]
    if unknown or len(set(chosen.tolist())) < len(chosen) or len(chosen) < 2:
        fault = f"{listed(unknown)} is none of them" if unknown else "names come twice, or are fewer than two"
        raise InputError(f"order names conditions, each once; {fault}. They are {listed(names, 12)}.")
    return chosen


def _with_time(h: xr.DataArray) -> xr.DataArray:
    """`h` with a dimension `time` that has values: where there is no time, one frame of no time."""
    if "time" not in h.dims:
        if "time" in h.coords:
            return h.expand_dims("time")
        return h.expand_dims("time").assign_coords(time=("time", [np.nan], {"axis": ONE_FRAME}))
    if "time" not in h.coords:
        return h.assign_coords(time=("time", np.arange(h.sizes["time"]), {"units": "frames"}))
    return h
