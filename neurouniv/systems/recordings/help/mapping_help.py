"""Help with mapping: the fields of a file, and the call that names the condition and the activity."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurouniv.systems.recordings.assembly.fields import LISTED, Fields
from neurouniv.systems.recordings.assembly.nested import kept_by_condition
from neurouniv.systems.recordings.help.likely import (
    in_order,
    likely_activity,
    likely_condition,
    likely_latency,
    likely_run,
)


def how_to_map(fields: Fields, mapping: Mapping[str, Any], no_condition: bool) -> str:
    """The fields found and the call to make, with this file's own names."""
    if not fields.leaves():
        return (
            f"{fields.source} holds no field with more than one value, so no recording. Is it the right file, and was "
            f"it written whole? {fields.kind}: nothing else."
        )
    if other := _something_else(fields):
        return f"{fields.source} holds {other} neurouniv.load reads it."
    said = {name: f"{v[0]},{v[1]}" if name == "window" and np.size(v) == 2 else v for name, v in mapping.items()}
    call = {name: repr(value) for name, value in said.items() if isinstance(value, str)}
    if "activity" not in fields.given:
        call.setdefault("activity", f'"{likely_activity(fields)}"')
    call.setdefault("condition", f'"{likely_condition(fields, call.get("activity", "").strip(QUOTES))}"')
    latency = likely_latency(fields, call["activity"].strip(QUOTES)) if "activity" in call else None
    if latency and "latency" not in mapping:
        call["latency"] = f'"{latency}"'
    run = likely_run(fields, call["condition"].strip(QUOTES))
    if run and "run" not in mapping:
        call["run"] = f'"{run}"'
    arguments = ", ".join(f"{name}={value}" for name, value in call.items()).replace("'", '"')
    what = "the condition of each trial" if no_condition else "the activity"
    source, words = argument(fields.source), " ".join(f"{name}={word(value)}" for name, value in call.items())
    shell = f"; in a shell: neurouniv read {word(source)} --map {words}" if source.startswith('"') else ""
    return (
        f"{fields.source} does not say which field is {what}. {fields.kind}: {_listing(fields)}{fields.not_read()}. "
        f"Name it, for example: read_recording({source}, {arguments}){shell}{_none_likely(call)}"
        f"{_by_condition(fields)}{_if_rdms(fields)}"
    )


QUOTES = "\"'"


def argument(source: str) -> str:
    """A file as it stands in a call: its path in quotes; an object, which is called "the dict": its type."""
    return source.removeprefix("the ") if source.startswith("the ") else f'"{source}"'


def word(value: str) -> str:
    """A setting as a word of a shell, in quotes where the shell would take it apart.

    Examples
    --------
    >>> word("'target'"), word('"Bs[1].target"')
    ('target', "'Bs[1].target'")
    """
    return shlex.quote(value.strip(QUOTES))


def _something_else(fields: Fields) -> str:
    """The content of a file of ours that is no recording (a trajectory, networks), in words; "" for any other file."""
    names = set(fields.tree)
    if {"h", "first", "second"} <= names:
        return "a trajectory (an RDM movie), not activity; `neurouniv fit` and `neurouniv compare` take it as it is."
    if {"hidden", "loss"} <= names:
        return "activity of networks, not a recording; `neurouniv rdm` takes it as it is."
    return ""


def _listing(fields: Fields) -> str:
    """The names and shapes of the fields, the likely ones first, as many as a message holds."""
    leaves = fields.leaves()
    names = in_order(fields) if len(leaves) > LISTED else list(leaves)
    listed = [f"{name} {'x'.join(map(str, leaves[name].shape))}" for name in names[:LISTED]]
    more = f" and {len(names) - LISTED} more (neurouniv read FILE --fields lists all)" if len(names) > LISTED else ""
    return ", ".join(listed) + more


def _none_likely(call: Mapping[str, str]) -> str:
    if call["condition"].strip(QUOTES) != "FIELD":
        return ""
    return (
        ". No field looks like conditions (one label for each trial, each of them at least twice); labels from "
        "elsewhere can be given as they are: condition=[...]"
    )


def _by_condition(fields: Fields) -> str:
    """A word about cells that hold activity condition by condition, and how they are read."""
    leaves = ((name, kept_by_condition(array)) for name, array in fields.leaves().items())
    name, how = next(((name, how) for name, how in leaves if how), ("", ""))
    if not how:
        return ""
    source = argument(fields.source)
    shell = (
        f"; in a shell: neurouniv read {word(source)} --map activity={word(name)} condition=cells"
        if source.startswith('"')
        else ""
    )
    return f'. \'{name}\' holds {how}: read_recording({source}, activity="{name}", condition="cells"){shell}'


def _if_rdms(fields: Fields) -> str:
    """A word about files of distances, where a field is called so or has their square shape."""
    leaves = fields.leaves()
    names = [name.split(".")[-1].lower() for name in leaves]
    are = any("rdm" in name or "dissim" in name or name == "dist" for name in names)
    if not (are or any(_is_square(array) for array in leaves.values())):
        return ""
    source = argument(fields.source)
    shell = f"; in a shell: neurouniv rdms {word(source)} traj.nc" if source.startswith('"') else ""
    return f". If it holds RDMs, not activity: neurouniv.read_rdms({source}){shell}"


def _is_square(array: np.ndarray) -> bool:
    return array.ndim in (2, 3) and array.dtype.kind in "fiu" and array.shape[-1] == array.shape[-2] > 2
