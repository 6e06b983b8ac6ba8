"""Designs of studies for `neurouniv.plan`: all combinations, their order, and the rival that is hardest to tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, cast

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.universality.verdict.decisions import wilson

AXES = ("sessions", "conditions", "repeats", "snr")
LEAST = 3
"""A law is fitted to at least so many sessions, and the noise of a distance is known from so many runs."""


def axes(
    task: xr.Dataset, sessions: Any, conditions: Any, repeats: Any, snr: Any, seed: int
) -> tuple[dict[str, list[Any]], dict[int, list[str]]]:
    """The values of every axis, in order, and the names of the conditions that each number of them stands for."""
    counts = {
        name: sorted(set(np.ravel(values).tolist())) for name, values in (("sessions", sessions), ("repeats", repeats))
    }
    for name, values in counts.items():
        if not values or min(values) < LEAST or any(int(value) != value for value in values):
            raise InputError(f"{name} are whole numbers of at least {LEAST} each; got {values}.")
    ratios = sorted(set(np.ravel(snr).tolist()))
    if not ratios or min(ratios) <= 0:
        raise InputError(f"snr is one positive number or several; got {ratios}.")
    subsets = _subsets(task, conditions, seed)
    ordered = (counts["sessions"], sorted(subsets), counts["repeats"], ratios)
    return dict(zip(AXES, ordered, strict=True)), subsets


def _subsets(task: xr.Dataset, conditions: Any, seed: int) -> dict[int, list[str]]:
    """Names of conditions by how many they are; numbers take the first of one random order, so that they nest."""
    names = task["condition"].values
    order = _spread(task, seed)
    if conditions is None:
        return {len(names): list(names)}
    requests = [conditions] if isinstance(conditions, int | np.integer) else list(conditions)
    requests = [requests] if requests and all(isinstance(request, str) for request in requests) else requests
    subsets: dict[int, list[str]] = {}
    for request in requests:
        if isinstance(request, int | np.integer):
            if not 4 <= request <= len(names):
                raise InputError(f"A number of conditions is from 4 to the task's {len(names)}; got {request}.")
            chosen = names[np.sort(order[:request])]
        else:
            chosen = np.array(list(request))
        unknown = sorted(set(chosen.tolist()) - set(names.tolist()))
        if unknown or len(chosen) in subsets:
            raise InputError(
                "conditions are numbers of the task's conditions or lists of their names, each of another length; "
                f"got {requests}{f'; the task lacks {unknown}' if unknown else ''}."
            )
        subsets[len(chosen)] = list(chosen)
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
    if studies < 1 or subjects < 1 or not 0 < power < 1:
        raise InputError(
            "plan needs studies and subjects of at least 1 and a power between 0 and 1; "
            f"got studies={studies}, subjects={subjects}, power={power}."
        )


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
