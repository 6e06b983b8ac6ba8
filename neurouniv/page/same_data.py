"""Whether trajectories are those that a result was computed of: the same systems, made alike, conditions and times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.page.known import DATA, Known, systems_of
from neurouniv.page.rsa import is_rsa
from neurouniv.page.steps import Steps, settings_of
from neurouniv.page.studies import is_plan
from neurouniv.rdm.classes import condition_names
from neurouniv.schema import InputError, framed, history
from neurouniv.universality.sentence_parts import listed

REMEDY = "Give the trajectory that the result was computed of, as it was saved."
UNNAMED = {"models", "model"}
"""Models of RSA that were given without a name."""


def need_same(result: xr.Dataset, trajectories: Mapping[str, xr.Dataset]) -> None:
    """Raise `InputError` unless `trajectories`, by name, are those of the result, or some of them.

    Examples
    --------
    >>> result = xr.Dataset({"geometry": ("time", [0.9, 0.8])}, {"time": [1, 2]}, {"n_conditions": 3})
    >>> h = xr.DataArray([[1.0, 2.0, 2.0]], dims=("time", "pair"), coords={"time": [1]})
    >>> h = h.assign_coords(first=("pair", ["a", "a", "b"]), second=("pair", ["b", "c", "c"]))
    >>> need_same(result, {"net": h.to_dataset(name="h")})
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: A page's trajectory 'net' needs the times of the result, 1 to 2; got 1. Give ...
    """
    if is_plan(result) and trajectories:
        raise InputError(
            "A plan is about studies that were simulated, and has no trajectory; "
            f"got {listed(list(trajectories))}. Make its page without trajectories."
        )
    known = systems_of(result)
    given = dict(trajectories)
    if is_rsa(result) and given:
        given = _without_models(given, list(map(str, result.attrs.get("models_from") or {})))
    for name, traj in given.items():
        own = system_of(name, known)
        if not own:
            raise InputError(
                f"The trajectories of a page are those of its result, {listed(list(known))}; got one that is called "
                f"'{name}'. {REMEDY}"
            )
        _need_alike(name, framed(traj), known[own])


def _without_models(given: dict[str, xr.Dataset], models: list[str]) -> dict[str, xr.Dataset]:
    """The trajectory of the data of RSA, without those of its models, which stand beside it."""
    rest = {name: traj for name, traj in given.items() if not any(_is_of(model, name) for model in models)}
    if not rest:
        raise InputError(f"A page of RSA needs the trajectory of its data; got models, {listed(list(given))}. {REMEDY}")
    return dict([next(iter(rest.items()))]) if UNNAMED & set(models) else rest


def names_in(result: xr.Dataset, trajectories: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Trajectories by the names of the systems that were made as they were, where these are one; else as they are.

    A name that the result has stays.
    """
    known, by_name = systems_of(result), dict[str, xr.Dataset]()
    free = [name for name in known if name not in trajectories and name != DATA]
    for name, traj in trajectories.items():
        alike = [system for system in free if known[system].steps and known[system].steps == history(traj)]
        by_name[alike[0] if len(alike) == 1 and not _has(known, name) else name] = traj
    return by_name


def _has(known: Mapping[str, Known], name: str) -> bool:
    return any(_is_of(system, name) for system in known)


def system_of(name: str, known: Mapping[str, Known]) -> str:
    """The system of a result that a trajectory of this name is of: the only one, or that of the name, or a part of it;
    "" for none."""
    if len(known) == 1:
        return next(iter(known))
    return next((system for system in known if _is_of(system, name)), "")


def _is_of(part: str, name: str) -> bool:
    """Whether a system or model is all of the one that is so called, or its part, such as "net, layer 2"."""
    return part == name or part.startswith(f"{name}, ")


def _need_alike(name: str, traj: xr.Dataset, known: Known) -> None:
    """Raise `InputError` where a trajectory has other conditions or times, or was made otherwise."""
    head, count = f"A page's trajectory '{name}' needs", len(condition_names(traj))
    wanted = known.conditions
    if wanted is not None and (count < wanted or (count > wanted and not known.some)):
        raise InputError(f"{head} the {known.conditions} conditions of the result; got {count}. {REMEDY}")
    own = np.atleast_1d(traj["time"].values).astype(float)
    if not np.isclose(known.times[:, None], own, rtol=1e-9, atol=1e-12).any(1).all():
        raise InputError(f"{head} the times of the result, {_reach(known.times)}; got {_reach(own)}. {REMEDY}")
    difference = _difference(known.steps, history(traj))
    if difference:
        raise InputError(f"{head} to be made as that of the result; got {difference}. {REMEDY}")


def _reach(times: np.ndarray) -> str:
    return f"{times[0]:g} to {times[-1]:g}" if len(times) > 1 else f"{times[0]:g}"


def _difference(expected: Steps, got: Steps) -> str:
    """The first thing by which a history is another, in words; "" where they are alike, or one is not known."""
    if not expected or not got:
        return ""
    for ours, theirs in zip(expected, got, strict=False):
        if ours.get("step") != theirs.get("step"):
            return f"the step {theirs.get('step')} in place of {ours.get('step')}"
        mine, yours = settings_of(ours), settings_of(theirs)
        for key in dict.fromkeys([*mine, *yours]):
            if mine.get(key) != yours.get(key):
                return f"{ours.get('step')} with {key} {_short(yours.get(key))}, not {_short(mine.get(key))}"
    names = ([str(step.get("step")) for step in steps] for steps in (expected, got))
    ours_all, theirs_all = (", ".join(steps) for steps in names)
    return "" if len(expected) == len(got) else f"the steps {theirs_all}, not {ours_all}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
