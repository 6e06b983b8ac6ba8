"""Labels as text: numbers without needless digits, missing ones empty; and what becomes one by that."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from neurouniv.label_text import label_text
from neurouniv.schema import warn

SHOWN = 5


def tidy_labels(values: Any) -> np.ndarray:
    """Labels as strings, "45" for 45.0; a label that is missing (None, NaN, "", "n/a") becomes "".

    Examples
    --------
    >>> tidy_labels(np.array([45.0, 90.0, 0.1])).tolist()
    ['45', '90', '0.1']
    >>> tidy_labels(["car ", None, float("nan")]).tolist()
    ['car', '', '']
    """
    labels = [label_text(value) for value in np.asarray(values).ravel()]
    return np.array(labels, dtype=str)


def tidied(values: Any, name: str) -> np.ndarray:
    """`tidy_labels`, with a warning where labels that differ become one: "a" and "a ", 1 and "1"."""
    values = np.asarray(values)
    if values.dtype.kind in "OUS":  # numbers stay as different as they are
        _tell_merged(values.ravel(), name)
    return tidy_labels(values)


def _tell_merged(values: np.ndarray, name: str) -> None:
    counts: Counter[tuple[str, Any]] = Counter()
    if values.dtype.kind == "O":
        counts.update(map(_as_in_file, values.tolist()))
    else:
        kinds, numbers = np.unique(values, return_counts=True)
        counts.update(dict(zip(map(_as_in_file, kinds.tolist()), numbers.tolist(), strict=True)))
    groups = defaultdict(list)
    for (kind, label), count in counts.items():
        shown = repr(label) if kind in ("text", "bytes") else str(label)
        groups[label_text(label)].append(f"{shown} ({kind}, {count} trial{'s' * (count != 1)})")
    merged = [" and ".join(group) for text, group in groups.items() if text and len(group) > 1]
    if merged:
        more = f" and {len(merged) - SHOWN} more" if len(merged) > SHOWN else ""
        warn(
            f"Labels of `{name}` that differ only in spaces around them, or in being number or text, count as one: "
            f"{'; '.join(merged[:SHOWN])}{more}. If they are not the same, give them different names in the file."
        )


def _as_in_file(value: Any) -> tuple[str, Any]:
    """The kind of a label and itself; whole and other numbers are of one kind."""
    if isinstance(value, np.ndarray):
        value = value.item() if value.size == 1 else ""
    if isinstance(value, str):
        return "text", value
    if isinstance(value, bytes):
        return "bytes", value
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return ("number", value) if is_number else (type(value).__name__, str(value))
