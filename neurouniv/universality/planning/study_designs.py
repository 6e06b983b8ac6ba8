"""Designs of studies for `neurouniv.plan`: all combinations, the smallest that suffices, and the text."""

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
SHOWN = 30


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
                f"got {requests}{f', of which the task lacks {unknown}' if unknown else ''}."
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


def text(result: xr.Dataset) -> str:
    """The advice for every snr, and the table of all designs."""
    parts = [result.sel(snr=value) for value in result["snr"].values] if "snr" in result.dims else [result]
    lines = [line for part in parts for line in (_advice(part), _nearest(in_order(part), result.attrs["asked"]))]
    return "\n".join([*lines, *_table(in_order(result), result.attrs["studies"])])


def _advice(result: xr.Dataset) -> str:
    """The smallest design that suffices, or how power grows."""
    cells = in_order(result)
    sufficient = cells.isel(design=np.flatnonzero(cells["power"].values >= result.attrs["asked"]))
    aim = f"{result.attrs['asked']:.0%} power to find that the {result.attrs['law']} law describes where it is true"
    if sufficient.sizes["design"]:
        best = sufficient.isel(design=int(sufficient["trials"].argmin("design")))
        return f"{aim}: {design_in_words(best)}, {int(best['trials'])} trials a study. {_power_in_words(best)}"
    best = cells.isel(design=int((cells["power"] + 1e-3 * cells["power_nearest"]).argmax("design")))
    return f"No design here has {aim}; the most, {design_in_words(best)}: {_power_in_words(best)} {_growth(result)}"


def in_order(result: xr.Dataset) -> xr.Dataset:
    """The designs that were simulated, cheapest first, as one dimension."""
    dims = [name for name in AXES if name in result.dims]
    cells = result.stack(design=dims, create_index=False)
    cells = cells.isel(design=np.flatnonzero(cells["power"].notnull().values))
    return cells.isel(design=np.argsort(cells["trials"].values, kind="stable"))


def design_in_words(design: xr.Dataset) -> str:
    counts = [f"{int(design[name])} {name}" for name in AXES[:3]]
    return " x ".join(counts) + f", snr {float(design['snr']):g}"


def _power_in_words(design: xr.Dataset) -> str:
    low, high = design["power_interval"].values
    head = f"Power {float(design['power']):.0%} ({low:.0%} to {high:.0%})"
    return f"{head}, cannot tell {float(design['cannot_tell']):.0%}, not described {float(design['missed']):.0%}."


def _growth(result: xr.Dataset) -> str:
    """The axis along which power grows most, in the mean over the others; else that of telling rivals apart."""
    for name, subject in (("power", "Power"), ("told", "The share of rivals told apart")):
        gains = [_gain_along(result[name], axis) for axis in AXES if result.sizes.get(axis, 0) > 1]
        if not gains:
            return "Give several sessions, conditions or repeats to see which way power grows."
        gain, axis, low, before, high, after = max(gains)
        if gain > 0:
            return f"{subject} grows most with {axis}: from {before:.0%} at {low:g} to {after:.0%} at {high:g}."
    return "Power grows along no axis here; raise snr, or give more of everything."


def _gain_along(share: xr.DataArray, axis: str) -> tuple[float, str, float, float, float, float]:
    """The gain from the first to the last of an axis, and both ends."""
    mean = share.mean([dim for dim in share.dims if dim != axis])
    low, high = float(mean[axis][0]), float(mean[axis][-1])
    before, after = float(mean[0]), float(mean[-1])
    return after - before, axis, low, before, high, after


def _nearest(cells: xr.Dataset, asked: float) -> str:
    """The rival that is hardest to tell from the law, and the design that tells it alone."""
    rival = hardest_rival(cells["told"].mean("design"), cells["ratio"].median("design")).item()
    alone = cells["told"].sel(rival=rival)
    sufficient = np.flatnonzero(alone.values >= asked)
    head = f"Hardest to tell from the law: {rival}"
    if not len(sufficient):
        return f"{head}; no design here tells it apart in {asked:.0%} of studies, at most in {float(alone.max()):.0%}."
    design = cells.isel(design=int(sufficient[0]))
    share, trials = float(alone[sufficient[0]]), int(design["trials"])
    return f"{head}; from it alone in {share:.0%} with {design_in_words(design)} ({trials} trials)."


def _table(cells: xr.Dataset, studies: int) -> list[str]:
    head = f"{'trials':>7} {'sessions':>8} {'conditions':>10} {'repeats':>7} {'snr':>6} {'ceiling':>7} {'power':>6} "
    head += f"{'95 %':>9} {'cannot tell':>11} {'not':>5}  nearest rival, told apart  ({studies} studies each)"
    lines = [head]
    for i in range(min(cells.sizes["design"], SHOWN)):
        design = cells.isel(design=i)
        low, high = design["power_interval"].values
        trials, sessions, conditions, repeats = (int(design[name]) for name in ("trials", *AXES[:3]))
        counts = f"{trials:>7} {sessions:>8} {conditions:>10} {repeats:>7}"
        scores = f"{float(design['snr']):>6g} {float(design['ceiling']):>7.2f} {float(design['power']):>6.0%}"
        rest = f"{f'{low:.0%}-{high:.0%}':>9} {float(design['cannot_tell']):>11.0%} {float(design['missed']):>5.0%}"
        lines.append(f"{counts} {scores} {rest}  {design['nearest'].item()}, {float(design['power_nearest']):.0%}")
    remaining = cells.sizes["design"] - SHOWN
    return [*lines, *([f"... and {remaining} more"] if remaining > 0 else [])]
