"""Figures of learning rules, from files: what rules predict differently, and a second phase that follows a first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.storage import load

Selection = dict[str, str]


def _signatures(data: xr.Dataset, selection: Selection, title: str, rules: list[str] | None = None) -> Any:
    """Of a task or a trajectory, or as they were found and kept."""
    from neurouniv import figures
    from neurouniv.which_rule.signatures import rule_signatures

    if "lead" in data:
        if rules is not None or selection:
            raise InputError("These signatures were found already; leave out --rules and --select.")
        return figures.rule_signatures(data, title=title)
    if not ("h" in data or {"stimuli", "targets"} <= set(data.variables)):
        raise InputError(
            "Signatures are of a task or a trajectory, and this file holds neither but "
            f"{', '.join(sorted(map(str, data.data_vars)))}. Make one: neurouniv train digits runs.nc, neurouniv rdm "
            "runs.nc --out traj.nc"
        )
    return figures.rule_signatures(rule_signatures(_selected(data, selection), rules), title=title)


def _switch(
    first: xr.Dataset,
    selection: Selection,
    title: str,
    second: Path | None = None,
    law: str = "universal",
    rule: str | None = None,
    constants: list[str] | None = None,
) -> Any:
    """Of two phases, or as it was found and kept."""
    from neurouniv import figures
    from neurouniv.which_rule.relearning import relearning

    if "unlearned" in first:
        return figures.rule_switch(first.compute(), title=title)
    if second is None:
        raise InputError(
            "A switch has two phases; got the trajectory of one. Give the other: neurouniv figure rule_switch first.nc "
            "out.png --second second.nc"
        )
    before, after = (_selected(phase, selection) for phase in (first, load(second)))
    switch = relearning(before, after, law, rule=rule, constants=_numbers(constants or []))
    return figures.rule_switch(switch, title=title)


def _selected(data: xr.Dataset, selection: Selection) -> xr.Dataset:
    from neurouniv.figures.rdm_frames import place_of

    dims = data["h"].dims if "h" in data else ()
    places = {dim: place_of(data["h"][dim], value, dim) for dim, value in selection.items() if dim in dims}
    if absent := sorted(set(selection) - set(places)):
        raise InputError(f"--select is for dimensions of h, {dims}; got {', '.join(absent)}.")
    return data.isel(places).compute()


def _numbers(words: list[str]) -> dict[str, float]:
    """Words name=number as a mapping."""
    numbers = {}
    for word in words:
        name, _, value = word.partition("=")
        try:
            numbers[name] = float(value)
        except ValueError as error:
            raise InputError(f"--constants takes name=number, such as decay=1e-4; got {word!r}.") from error
    return numbers


OF_RULES: dict[str, Callable[..., Any]] = {"rule_signatures": _signatures, "rule_switch": _switch}
"""What draws a kind, from the file, the selection, the title and the options that are for it."""
