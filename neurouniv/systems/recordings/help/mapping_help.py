"""Help with mapping: the fields of a file, and the call that names the condition and the activity."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurouniv.systems.recordings.assembly.fields import Fields, is_chunked
from neurouniv.systems.recordings.checks.check import tidy_labels

CONDITIONS = (
    "cond", "stim", "target", "label", "categor", "object", "image", "odor", "odour", "orient", "sequence",
)  # fmt: skip
ELSEWHERE = ("block", "run", "session", "day", "week", "repeat", "trial", "subject", "correct")
"""What is no condition, though its values repeat: it says when, or who, or how well."""
TIMES = ("time", "times", "t", "latencies", "time_axis", "bins")


def how_to_map(fields: Fields, mapping: Mapping[str, Any], no_condition: bool) -> str:
    """The fields found and the call to make, with this file's own names."""
    if not fields.leaves():
        return (
            f"{fields.source} holds no field with more than one value, so no recording. Is it the right file, and was "
            "it written whole?"
        )
    if other := _something_else(fields):
        return f"{fields.source} holds {other} neurouniv.load reads it."
    said = {name: f"{v[0]},{v[1]}" if name == "window" and np.size(v) == 2 else v for name, v in mapping.items()}
    call = {name: repr(value) for name, value in said.items() if isinstance(value, str)}
    if "activity" not in fields.given:
        call.setdefault("activity", f'"{_likely_activity(fields)}"')
    call.setdefault("condition", f'"{_likely_condition(fields, call.get("activity", ""))}"')
    latency = _likely_latency(fields, call["activity"].strip("\"'")) if "activity" in call else None
    if latency and "latency" not in mapping:
        call["latency"] = f'"{latency}"'
    arguments = ", ".join(f"{name}={value}" for name, value in call.items()).replace("'", '"')
    what = "the condition of each trial" if no_condition else "the activity"
    source, words = _argument(fields.source), " ".join(f"{name}={_word(value)}" for name, value in call.items())
    shell = f"; in a shell: --map {words}" if source.startswith('"') else ""
    return (
        f"{fields.source} does not say which field is {what}. {fields.kind}: {fields.listing()}. "
        f"Name it, for example: read_recording({source}, {arguments}){shell}{_if_rdms(fields)}"
    )


def _something_else(fields: Fields) -> str:
    """The content of a file of ours that is no recording (a trajectory, networks), in words; "" for any other file."""
    names = set(fields.tree)
    if {"h", "first", "second"} <= names:
        return "a trajectory (an RDM movie), not activity; `neurouniv fit` and `neurouniv compare` take it as it is."
    if {"hidden", "loss"} <= names:
        return "activity of networks, not a recording; `neurouniv rdm` takes it as it is."
    return ""


def _argument(source: str) -> str:
    """A file as it stands in a call: its path in quotes; an object, which is called "the dict": its type."""
    return source.removeprefix("the ") if source.startswith("the ") else f'"{source}"'


def _word(value: str) -> str:
    """A setting as a word of a shell, in quotes where the shell would take it apart.

    Examples
    --------
    >>> _word("'target'"), _word('"Bs[1].target"')
    ('target', "'Bs[1].target'")
    """
    return shlex.quote(value.strip("\"'"))


def _if_rdms(fields: Fields) -> str:
    """A word about files of distances, where a field is called so or has their square shape."""
    leaves = fields.leaves()
    names = [name.split(".")[-1].lower() for name in leaves]
    are = any("rdm" in name or "dissim" in name or name == "dist" for name in names)
    if not (are or any(_is_square(array) for array in leaves.values())):
        return ""
    source = _argument(fields.source)
    shell = f"; in a shell: neurouniv rdms {_word(source)} traj.nc" if source.startswith('"') else ""
    return f". If it holds RDMs, not activity: neurouniv.read_rdms({source}){shell}"


def _is_square(array: np.ndarray) -> bool:
    return array.ndim in (2, 3) and array.dtype.kind in "fiu" and array.shape[-1] == array.shape[-2] > 2


def _likely_activity(fields: Fields) -> str:
    leaves = fields.leaves()
    tables = {name: a.size for name, a in leaves.items() if a.ndim in (2, 3) and a.dtype.kind in "fiu"}
    tables |= {name: sum(map(np.size, a)) for name, a in leaves.items() if _by_trial(a)}
    return max(tables, key=tables.__getitem__, default="FIELD")


def _by_trial(array: np.ndarray) -> bool:
    """Whether a field is a list of tables of numbers, one for each trial."""
    return array.dtype == object and all(np.ndim(a) == 2 and np.asarray(a).dtype.kind in "fiu" for a in array.ravel())


def _likely_condition(fields: Fields, activity: str) -> str:
    """The labels, as many as the activity has rows: by their name, else those with the fewest different values (three
    rather than two); a column of a table where there is no list."""
    leaves = fields.leaves()
    table = leaves.get(activity.strip("\"'"))
    lengths = set(table.shape) if table is not None else {a.size for a in leaves.values() if a.ndim == 1}
    lists = {name: a for name, a in leaves.items() if a.ndim == 1 and a.size in lengths}
    columns = {f"{name}[:,{k}]": a[:, k] for name, a in leaves.items() if a.ndim == 2 for k in range(_few(a))}
    columns = {name: a for name, a in columns.items() if table is not None and a.size == len(table)}
    kinds = _numbers_of_kinds(lists) or _numbers_of_kinds(columns)
    key = {name: (not _sounds(name, CONDITIONS), _sounds(name, ELSEWHERE), n < 3, n) for name, n in kinds.items()}
    return min(kinds, key=key.__getitem__, default="FIELD")


def _numbers_of_kinds(lists: Mapping[str, np.ndarray]) -> dict[str, int]:
    """How many different values each list has; only of those whose values repeat."""
    kinds = {name: np.unique(tidy_labels(a)).size for name, a in lists.items()}
    return {name: count for name, count in kinds.items() if 2 <= count <= lists[name].size / 2}


def _sounds(name: str, words: Sequence[str]) -> bool:
    """Whether one of the words is in the last part of a field's name."""
    last = name.split(".")[-1].lower()
    return any(word in last for word in words)


def _likely_latency(fields: Fields, activity: str) -> str | None:
    """The field of times, by its name, where activity has times and no field is called `latency`."""
    leaves = fields.leaves()
    table = leaves.get(activity)
    if table is None or "latency" in fields or not (table.ndim == 3 or _by_trial(table)):
        return None
    return next((name for name in leaves if name.split(".")[-1].lower() in TIMES and name != activity), None)


def _few(table: np.ndarray) -> int:
    """How many columns of a table may be labels: few, beside more rows."""
    is_few = table.shape[1] < min(8, len(table)) and table.dtype.kind in "fiu"
    return table.shape[1] if is_few and not is_chunked(table) else 0
