"""Designs of studies: which there are, which is smallest, and what `neurouniv.plan` says of them in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

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
    made = {
        name: sorted(set(np.ravel(values).tolist())) for name, values in (("sessions", sessions), ("repeats", repeats))
    }
    for name, values in made.items():
        if not values or min(values) < LEAST or any(int(value) != value for value in values):
            raise InputError(f"{name} are whole numbers of at least {LEAST} each; got {values}.")
    ratios = sorted(set(np.ravel(snr).tolist()))
    if not ratios or min(ratios) <= 0:
        raise InputError(f"snr is one positive number or several; got {ratios}.")
    subsets = _subsets(task, conditions, seed)
    ordered = {"sessions": made["sessions"], "conditions": sorted(subsets), "repeats": made["repeats"], "snr": ratios}
    return ordered, subsets


def _subsets(task: xr.Dataset, conditions: Any, seed: int) -> dict[int, list[str]]:
    """Names of conditions by how many they are; numbers take the first of one random order, so that they nest."""
    names = task["condition"].values
    order = _spread(task, seed)
    if conditions is None:
        return {len(names): list(names)}
    asked = [conditions] if isinstance(conditions, int | np.integer) else list(conditions)
    asked = [asked] if asked and all(isinstance(one, str) for one in asked) else asked
    found: dict[int, list[str]] = {}
    for one in asked:
        if isinstance(one, int | np.integer):
            if not 4 <= one <= len(names):
                raise InputError(f"A number of conditions is from 4 to the task's {len(names)}; got {one}.")
            chosen = names[np.sort(order[:one])]
        else:
            chosen = np.array(list(one))
        unknown = sorted(set(chosen.tolist()) - set(names.tolist()))
        if unknown or len(chosen) in found:
            raise InputError(
                "conditions are numbers of the task's conditions or lists of their names, each of another length; "
                f"got {asked}{f', of which the task lacks {unknown}' if unknown else ''}."
            )
        found[len(chosen)] = list(chosen)
    return found


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


def dominated(cell: Mapping[str, Any], found: Sequence[xr.Dataset], power: float) -> bool:
    """Whether a design that suffices has no more of anything than `cell`."""
    return any(float(one["power"]) >= power and all(one[name].item() <= cell[name] for name in AXES) for one in found)


def tabled(found: Sequence[xr.Dataset], axes: Mapping[str, Sequence[Any]], subjects: int, studies: int) -> xr.Dataset:
    """All designs as one Dataset over the axes; NaN, and nearest "", where one was not simulated."""
    cells = [one.expand_dims(list(AXES)) for one in found]
    made = xr.combine_by_coords(cells, join="outer", combine_attrs="drop") if len(cells) > 1 else cells[0]
    made = made.reindex(dict(axes))
    made["nearest"] = made["nearest"].astype(object).where(made["power"].notnull(), "").astype(str)
    for name in ("power", "missed", "cannot_tell"):
        made[f"{name}_interval"] = wilson(made[name], studies)
        made[name].attrs = {"long_name": "share of studies"}
    trials = subjects * made["sessions"] * made["conditions"] * made["repeats"]
    return made.assign(trials=trials).transpose("rival", *AXES, "bound")


def hardest(told: xr.DataArray, ratio: xr.DataArray) -> xr.DataArray:
    """The rival least often told apart; of those alike, the one with the smallest error.

    Examples
    --------
    >>> told = xr.DataArray([1.0, 1.0], {"rival": ["static", "gain"]}, ("rival",))
    >>> hardest(told, xr.DataArray([5.0, 2.0], told.coords)).item()
    'gain'
    """
    size = ratio.fillna(np.inf).clip(1e-9, 1e9)
    return (told + 1e-6 * size / (1 + size)).idxmin("rival")


def text(made: xr.Dataset) -> str:
    """What to do, for every snr, and the table of all designs."""
    alone = [made.sel(snr=value) for value in made["snr"].values] if "snr" in made.dims else [made]
    lines = [line for one in alone for line in (_advice(one), _nearest(_flat(one), made.attrs["asked"]))]
    return "\n".join([*lines, *_table(_flat(made), made.attrs["studies"])])


def _advice(made: xr.Dataset) -> str:
    """The smallest design that suffices, or how power grows."""
    cells = _flat(made)
    enough = cells.isel(design=np.flatnonzero(cells["power"].values >= made.attrs["asked"]))
    asked = f"{made.attrs['asked']:.0%} power to find that the {made.attrs['law']} law describes where it is true"
    if enough.sizes["design"]:
        best = enough.isel(design=int(enough["trials"].argmin("design")))
        return f"{asked}: {_named(best)}, {int(best['trials'])} trials a study. {_counted(best)}"
    best = cells.isel(design=int((cells["power"] + 1e-3 * cells["power_nearest"]).argmax("design")))
    return f"No design here has {asked}; the most, {_named(best)}: {_counted(best)} {_growth(made)}"


def _flat(made: xr.Dataset) -> xr.Dataset:
    """The designs that were simulated, cheapest first, as one dimension."""
    dims = [name for name in AXES if name in made.dims]
    cells = made.stack(design=dims, create_index=False)
    cells = cells.isel(design=np.flatnonzero(cells["power"].notnull().values))
    return cells.isel(design=np.argsort(cells["trials"].values, kind="stable"))


def _named(one: xr.Dataset) -> str:
    parts = [f"{int(one[name])} {name}" for name in AXES[:3]]
    return " x ".join(parts) + f", snr {float(one['snr']):g}"


def _counted(one: xr.Dataset) -> str:
    low, high = one["power_interval"].values
    said = f"Power {float(one['power']):.0%} ({low:.0%} to {high:.0%})"
    return f"{said}, cannot tell {float(one['cannot_tell']):.0%}, not described {float(one['missed']):.0%}."


def _growth(made: xr.Dataset) -> str:
    """Along which axis power grows most, in the mean over the others; where it grows nowhere, telling rivals apart."""
    for name, said in (("power", "Power"), ("told", "The share of rivals told apart")):
        found = [_along(made[name], axis) for axis in AXES if made.sizes.get(axis, 0) > 1]
        if not found:
            return "Give several sessions, conditions or repeats to see which way power grows."
        gain, axis, low, before, high, after = max(found)
        if gain > 0:
            return f"{said} grows most with {axis}: from {before:.0%} at {low:g} to {after:.0%} at {high:g}."
    return "Power grows along no axis here; raise snr, or give more of everything."


def _along(share: xr.DataArray, axis: str) -> tuple[float, str, float, float, float, float]:
    """The gain from the first to the last of an axis, and both ends."""
    mean = share.mean([dim for dim in share.dims if dim != axis])
    low, high = float(mean[axis][0]), float(mean[axis][-1])
    before, after = float(mean[0]), float(mean[-1])
    return after - before, axis, low, before, high, after


def _nearest(cells: xr.Dataset, asked: float) -> str:
    """Which rival is hardest to tell, and what telling it alone takes."""
    rival = hardest(cells["told"].mean("design"), cells["ratio"].median("design")).item()
    alone = cells["told"].sel(rival=rival)
    enough = np.flatnonzero(alone.values >= asked)
    said = f"Hardest to tell from the law: {rival}"
    if not len(enough):
        return f"{said}; no design here tells it apart in {asked:.0%} of studies, at most in {float(alone.max()):.0%}."
    one = cells.isel(design=int(enough[0]))
    return f"{said}; from it alone in {float(alone[enough[0]]):.0%} with {_named(one)} ({int(one['trials'])} trials)."


def _table(cells: xr.Dataset, studies: int) -> list[str]:
    head = f"{'trials':>7} {'sessions':>8} {'conditions':>10} {'repeats':>7} {'snr':>6} {'ceiling':>7} {'power':>6} "
    head += f"{'95 %':>9} {'cannot tell':>11} {'not':>5}  nearest rival, told apart  ({studies} studies each)"
    lines = [head]
    for at in range(min(cells.sizes["design"], SHOWN)):
        one = cells.isel(design=at)
        low, high = one["power_interval"].values
        counts = (
            f"{int(one['trials']):>7} {int(one['sessions']):>8} {int(one['conditions']):>10} {int(one['repeats']):>7}"
        )
        seen = f"{float(one['snr']):>6g} {float(one['ceiling']):>7.2f} {float(one['power']):>6.0%}"
        rest = f"{f'{low:.0%}-{high:.0%}':>9} {float(one['cannot_tell']):>11.0%} {float(one['missed']):>5.0%}"
        lines.append(f"{counts} {seen} {rest}  {one['nearest'].item()}, {float(one['power_nearest']):.0%}")
    left = cells.sizes["design"] - SHOWN
    return [*lines, *([f"... and {left} more"] if left > 0 else [])]
