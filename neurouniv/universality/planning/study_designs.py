"""Designs of studies for `neurouniv.plan`: all combinations, their order, and the rival that is hardest to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, cast

import numpy as np
import xarray as xr

from neurouniv.quantities import is_number, is_whole, need_seed, need_whole, shown
from neurouniv.schema import InputError
from neurouniv.universality.verdict.decisions import wilson

AXES = ("sessions", "conditions", "repeats", "snr")
LEAST = 3
"""A law is fitted to at least so many sessions, and the noise of a distance is known from so many runs."""
FEWEST = 4
"""Two conditions in each of two folds."""


def axes(
    task: xr.Dataset, sessions: Any, conditions: Any, repeats: Any, snr: Any, seed: int
) -> tuple[dict[str, list[Any]], dict[int, list[str]]]:
    """The values of every axis, in order, and the names of the conditions that each number of them stands for."""
    counts = {"sessions": _several(sessions), "repeats": _several(repeats)}
    for name, values in counts.items():
        if not values or not all(is_whole(value) and value >= LEAST for value in values):
            raise InputError(f"{name} are whole numbers of at least {LEAST} each; got {values}.")
    ratios = _several(snr)
    if not ratios or not all(is_number(ratio) and ratio > 0 for ratio in ratios):
        raise InputError(f"snr is one positive number or several; got {ratios}.")
    subsets = _subsets(task, conditions, need_seed(seed))
    ordered = (*(sorted(set(v)) for v in (counts["sessions"], subsets, counts["repeats"], ratios)),)
    return dict(zip(AXES, ordered, strict=True)), subsets


def _several(values: Any) -> list[Any]:
    """One value or several as a list."""
    listed = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    return [
        value.item() if isinstance(value, np.generic | xr.DataArray) and value.size == 1 else value for value in listed
    ]


def _subsets(task: xr.Dataset, conditions: Any, seed: int) -> dict[int, list[str]]:
    """Names of conditions by how many they are; numbers take the first of one random order, so that they nest."""
    names = task["condition"].values
    if len(names) < FEWEST:
        raise InputError(f"A plan holds out conditions, and needs a task of {FEWEST} or more; got {len(names)}.")
    order = _spread(task, seed)
    if conditions is None:
        return {len(names): list(names)}
    requests = _several(conditions)
    requests = [requests] if requests and all(isinstance(request, str) for request in requests) else requests
    subsets: dict[int, list[str]] = {}
    for request in requests:
        is_list = isinstance(request, Iterable) and not isinstance(request, str)
        if not is_list and not (is_whole(request) and FEWEST <= request <= len(names)):
            raise InputError(
                f"A number of conditions is from {FEWEST} to the task's {len(names)}; got {shown(request)}."
            )
        chosen = list(request) if is_list else names[np.sort(order[:request])].tolist()
        unknown = [name for name in chosen if name not in names.tolist()]
        if unknown or len(set(chosen)) < FEWEST or len(chosen) in subsets or len(set(chosen)) < len(chosen):
            raise InputError(
                f"conditions are numbers of the task's conditions or lists of their names, {FEWEST} or more, each of "
                f"another length; got {requests}{f'; the task lacks {unknown}' if unknown else ''}."
            )
        subsets[len(chosen)] = chosen
    if not subsets:
        raise InputError("conditions are numbers of the task's conditions or lists of their names; got none.")
    return subsets


def _spread(task: xr.Dataset, seed: int) -> np.ndarray:
    """The conditions in a random order that takes one of every target before a second of any."""
    shuffled = np.random.default_rng(seed).permutation(task.sizes["condition"])
    targets = task["targets"].transpose("condition", ...).values[shuffled]
    group = np.unique(targets, axis=0, return_inverse=True)[1].ravel()
    turn = np.array([(group[:i] == group[i]).sum() for i in range(len(group))])
    return shuffled[np.argsort(turn, kind="stable")]


def need_counts(studies: int, subjects: int, power: float) -> None:
    """Raise `InputError` unless there is something to count."""
    need_whole(studies, "studies")
    need_whole(subjects, "subjects")
    if not (is_number(power) and 0 < power < 1):
        raise InputError(f"power is a share of studies between 0 and 1; got {shown(power)}.")


def cheapest_first(axes: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination of the axes, those with the fewest trials, and among them the lowest snr, first.

    Examples
    --------
    >>> [cell["snr"] for cell in cheapest_first({"sessions": [5], "conditions": [8], "repeats": [4], "snr": [1, 2]})]
    [1, 2]
    """
    cells = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    yield from sorted(cells, key=lambda cell: (cell["sessions"] * cell["conditions"] * cell["repeats"], cell["snr"]))


def dominated(cell: Mapping[str, Any], designs: Sequence[xr.Dataset], power: float) -> bool:
    """Whether a design that suffices has no more of anything than `cell`."""
    return any(
        float(design["power"]) >= power and all(design[name].item() <= cell[name] for name in AXES)
        for design in designs
    )


def table_of_designs(
    designs: Sequence[xr.Dataset], axes: Mapping[str, Sequence[Any]], subjects: int, studies: int
) -> xr.Dataset:
    """All designs as one Dataset over the axes; NaN, and nearest "", where one was not simulated."""
    table = over_axes(designs, axes)
    table["nearest"] = table["nearest"].astype(object).where(table["power"].notnull(), "").astype(str)
    for name in ("power", "missed", "cannot_tell"):
        table[f"{name}_interval"] = wilson(table[name], studies)
        table[name].attrs = {"long_name": "share of studies"}
    return table.assign(trials=trials_of(table, subjects)).transpose("rival", *AXES, "bound")


def over_axes(designs: Sequence[xr.Dataset], axes: Mapping[str, Sequence[Any]]) -> xr.Dataset:
    """Designs, each with its place on the axes as coordinates, as one Dataset over them; NaN where one is missing."""
    cells = [design.expand_dims(list(AXES)) for design in designs]
    table = cells[0]
    if len(cells) > 1:
        table = cast(xr.Dataset, xr.combine_by_coords(cells, join="outer", combine_attrs="drop"))
    return table.reindex(dict(axes))


def trials_of(table: xr.Dataset, subjects: int) -> xr.DataArray:
    """How many trials a study of every design has in all."""
    return subjects * table["sessions"] * table["conditions"] * table["repeats"]


def hardest_rival(told: xr.DataArray, ratio: xr.DataArray) -> xr.DataArray:
    """The rival that the law is told from least often; of several such, the one with the smallest error.

    Examples
    --------
    >>> told = xr.DataArray([1.0, 1.0], {"rival": ["static", "gain"]}, ("rival",))
    >>> hardest_rival(told, xr.DataArray([5.0, 2.0], told.coords)).item()
    'gain'
    """
    size = ratio.fillna(np.inf).clip(1e-9, 1e9)
    return (told + 1e-6 * size / (1 + size)).idxmin("rival")


def in_order(result: xr.Dataset) -> xr.Dataset:
    """The designs that were simulated, cheapest first, as one dimension."""
    dims = [name for name in AXES if name in result.dims]
    cells = result.stack(design=dims, create_index=False)
    cells = cells.isel(design=np.flatnonzero(cells["power"].notnull().values))
    return cells.isel(design=np.argsort(cells["trials"].values, kind="stable"))


def design_in_words(design: xr.Dataset) -> str:
    counts = [f"{int(design[name])} {name}" for name in AXES[:3]]
    return " x ".join(counts) + f", snr {float(design['snr']):g}"
