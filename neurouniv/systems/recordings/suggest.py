"""What to answer where a file does not say which of its fields is which: the fields found and the call to make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurouniv.systems.recordings.check import tidy_labels
from neurouniv.systems.recordings.fields import Fields


def how_to_map(fields: Fields, mapping: Mapping[str, Any], no_condition: bool) -> str:
    """The fields found and the call to make, with this file's own names."""
    call = {name: repr(value) for name, value in mapping.items() if isinstance(value, str)}
    if "activity" not in fields.given:
        call.setdefault("activity", f'"{_likely_activity(fields)}"')
    call.setdefault("condition", f'"{_likely_condition(fields, call.get("activity", ""))}"')
    arguments = ", ".join(f"{name}={value}" for name, value in call.items()).replace("'", '"')
    what = "the condition of each trial" if no_condition else "the activity"
    return (
        f"{fields.source} does not say which field is {what}. {fields.kind}: {fields.listing()}. "
        f'Name it, for example: read_recording("{fields.source}", {arguments})'
    )


def _likely_activity(fields: Fields) -> str:
    tables = {name: a.size for name, a in fields.leaves().items() if a.ndim in (2, 3) and a.dtype.kind in "fiu"}
    return max(tables, key=tables.get, default="FIELD")


def _likely_condition(fields: Fields, activity: str) -> str:
    """The labels, as many as the activity has rows, with the fewest different values (but at least three)."""
    leaves = fields.leaves()
    table = leaves.get(activity.strip("\"'"))
    lengths = set(table.shape) if table is not None else {a.size for a in leaves.values() if a.ndim == 1}
    lists = {name: a for name, a in leaves.items() if a.ndim == 1 and a.size in lengths}
    kinds = {name: np.unique(tidy_labels(a)).size for name, a in lists.items()}
    kinds = {name: count for name, count in kinds.items() if 3 <= count <= lists[name].size / 2}
    return min(kinds, key=kinds.get, default="FIELD")
