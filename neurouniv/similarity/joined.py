"""Data and models over the same conditions, joined by name, in one order of pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurouniv.rdm.align import JOINS
from neurouniv.rdm.labels import listed
from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import InputError, with_pair_labels
from neurouniv.similarity.candidates import Given
from neurouniv.similarity.forms import conditions_of
from neurouniv.universality.held_out.splits import among

LEAST_CONDITIONS = 3
"""Fewer have no three pairs to compare."""


def joined(data: xr.Dataset, given: Given, join: str) -> tuple[xr.Dataset, Given, list[str]]:
    """Data and models with the same pairs in the data's order, and what was left out in words.

    Raises
    ------
    InputError : with join="exact" a condition or pair is missing on one side; with "inner" too few are in all.
    """
    if join not in JOINS:
        raise InputError(f"join is one of {', '.join(map(repr, JOINS))}; got {join!r}.")
    names = {f"the model '{name}'" if name else "the models": conditions_of(rdms) for name, rdms in given.rdms.items()}
    tables = {name: dict(values.items()) for name, values in given.values.items()}
    names |= {f"the model '{name}'": list(map(str, table)) for name, table in tables.items()}
    ours, doubts = conditions_of(data), []
    if join == "exact":
        _need_same(ours, names)
    known, notes = _known(data, ours)
    shared = [name for name in known if all(name in theirs for theirs in names.values())]
    if len(shared) < LEAST_CONDITIONS:
        lists = "; ".join(f"{who} of {listed(sorted(theirs))}" for who, theirs in names.items())
        raise InputError(
            f"RSA needs at least {LEAST_CONDITIONS} conditions that the data and all models have by name; got "
            f"{len(shared)}. The data is of {listed(ours)}; {lists}. Name conditions alike."
        )
    if len(shared) < len(ours):
        absent = [name for name in ours if name not in shared]
        doubts.append(f"{len(absent)} conditions of the data are not compared: {listed(absent)}.")
        data = among(data, shared)
    rdms = {name: in_order_of(one, data, f"The model '{name}'") for name, one in given.rdms.items()}
    return data, given._replace(rdms=rdms), [*doubts, *notes]


def _known(data: xr.Dataset, names: list[str]) -> tuple[list[str], list[str]]:
    """The conditions that have a distance in the data, and what it lacks in words."""
    there, pairs = np.isfinite(data["h"].transpose(..., "pair").values), Pairs.of(data)
    if there.all():
        return names, []
    known = set(pairs.names[np.unique(pairs.ends[:, there.reshape(-1, there.shape[-1]).any(0)])].tolist())
    note = (
        f"{(~there).sum()} of {there.size} distances of the data are missing (NaN). Each is left out where it is "
        "missing."
    )
    return [name for name in names if name in known], [note]


def in_order_of(rdms: xr.Dataset, data: xr.Dataset, what: str) -> xr.Dataset:
    """`rdms` with the pairs of `data`, in their order."""
    place = {pair: number for number, pair in enumerate(Pairs.of(rdms).keys)}
    keys = Pairs.of(data).keys
    absent = [" and ".join(sorted(pair)) for pair in keys if pair not in place]
    if absent:
        raise InputError(
            f"{what} lacks {len(absent)} pairs of the data: {listed(absent)}. Give their distances, or NaN for pairs "
            "that are to be left out."
        )
    ordered = rdms.isel(pair=[place[pair] for pair in keys])
    ends = {end: ("pair", data[end].values) for end in ("first", "second")}
    return with_pair_labels(ordered.assign_coords(ends))


def _need_same(ours: list[str], names: Mapping[str, list[str]]) -> None:
    lacks = []
    for who, theirs in names.items():
        for whom, here, there in ((who, theirs, ours), ("the data", ours, theirs)):
            absent = [name for name in there if name not in set(here)]
            other = "the data" if whom == who else who
            lacks += [f"{whom} lacks {listed(absent)} of {other}"] if absent else []
    if lacks:
        raise InputError(
            f"RDMs are joined by the names of their conditions; {'; '.join(lacks[:6])}. Keep what all have with "
            "join='inner', or name conditions alike."
        )


def without_missing(data: xr.Dataset, models: Mapping[str, xr.DataArray]) -> tuple[xr.Dataset, dict, list[str]]:
    """Data and models but for the pairs of which a model has no number, and how many these are, in words."""
    there = np.ones(data.sizes["pair"], dtype=bool)
    for rdm in models.values():
        there &= np.isfinite(rdm.values).reshape(-1, len(there)).all(0)
    if there.all():
        return data, dict(models), []
    if not there.any():
        raise InputError("No pair of conditions has a number in every model. Leave out the model that has none.")
    pairs = np.flatnonzero(there)
    note = (
        f"{(~there).sum()} of {len(there)} pairs are left out of all comparisons, because a model has no number for "
        "them."
    )
    return data.isel(pair=pairs), {name: rdm.isel(pair=pairs) for name, rdm in models.items()}, [note]
