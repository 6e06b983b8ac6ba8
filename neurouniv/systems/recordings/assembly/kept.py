"""Rows of a recording that are kept: by the value of a field, or by its lowest and highest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some, warn
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.checks.check import tidy_labels

HOW = (
    '`keep` is a field and the values to keep, ("outcome", "hit") or ("outcome", ["hit", "miss"]); a field of numbers '
    'with its lowest and highest, ("rt", 0.1, None); or several of these, which all have to hold: '
    '{"outcome": "hit", "rt": (0.1, None)}. In a shell: keep=outcome,hit keep=rt,0.1,'
)
TRUTH = {"true": "true", "1": "true", "false": "false", "0": "false"}
SHOWN = 12
COMMA = re.compile(r",(?![^\[]*\])")
"""A comma between words, not that of a column: info[:,0]."""


@dataclass(frozen=True)
class Condition:
    """What one field has to be: one of `values`, or between `low` and `high` (None: no limit), both included."""

    field: str
    values: tuple[Any, ...] | None = None
    low: float | None = None
    high: float | None = None


def kept_rows(fields: Fields, keep: Any, rows: int) -> np.ndarray:
    """Which of `rows` rows are kept.

    Parameters
    ----------
    keep : None, all; ("field", value) or ("field", [values]); ("field", lowest, highest), None for no limit; the same
        as text, "field,value" or "field,lowest,highest"; several, which all have to hold, as a list of these or as
        a mapping, in which a tuple of two numbers is the lowest and the highest.

    Raises
    ------
    InputError : `keep` is none of these, a field has not one value for each row, or no row has the value.

    Examples
    --------
    >>> fields = Fields({"outcome": np.array(["hit", "miss", "hit"]), "rt": np.array([0.3, 0.2, 0.05])}, "x", "", {})
    >>> kept_rows(fields, ("outcome", "hit"), 3).tolist(), kept_rows(fields, "rt,0.1,", 3).tolist()
    ([True, False, True], [True, True, False])
    >>> kept_rows(fields, {"outcome": "hit", "rt": (0.1, None)}, 3).tolist()
    [True, False, False]
    """
    mask = np.ones(rows, dtype=bool)
    for condition in () if keep is None else _conditions(keep):
        values = np.ravel(fields[condition.field])
        if values.size != rows:
            raise InputError(
                f"`keep` needs a field with one value for each of {rows} rows; '{condition.field}' has {values.size}."
            )
        of_field = _between(condition, values) if condition.values is None else _among(condition, values)
        if not of_field.any():
            raise InputError(f"`keep={keep}` keeps no row; {_content(condition.field, values)}.")
        mask &= of_field
    if not mask.any():
        raise InputError(f"`keep={keep}` keeps no row: its conditions hold one by one, and never together.")
    return mask


def _conditions(keep: Any) -> Iterator[Condition]:
    """The conditions that `keep` states."""
    if isinstance(keep, Mapping):
        yield from (_of_entry(str(name), value) for name, value in keep.items())
    elif isinstance(keep, str):
        yield _of_words(tuple(COMMA.split(keep)))
    elif isinstance(keep, Sequence) and keep and isinstance(keep[0], str) and not _are_texts(keep):
        yield _of_words(tuple(keep))
    elif isinstance(keep, Sequence) and keep and not isinstance(keep, bytes):
        for condition in keep:
            yield from _conditions(condition)
    else:
        raise InputError(f"{HOW}; got {keep!r}.")


def _are_texts(keep: Sequence[Any]) -> bool:
    """Whether a list holds conditions as texts, ["outcome,hit", "rt,0.1,"]."""
    return isinstance(keep, list) and all(isinstance(word, str) and "," in word for word in keep)


def _of_words(words: tuple[Any, ...]) -> Condition:
    """The condition that a field and what follows it state."""
    field, *rest = words
    field = str(field).strip()
    if len(rest) == 1:
        return _of_value(field, rest[0])
    limits = [_limit(end) for end in rest]
    if len(rest) == 2 and all(is_limit for is_limit, _ in limits):
        return Condition(field, low=limits[0][1], high=limits[1][1])
    if len(rest) < 2 or any(_is_nothing(word) for word in rest):
        raise InputError(f"{HOW}; got {words!r}.")
    return Condition(field, tuple(rest))


def _of_entry(field: str, value: Any) -> Condition:
    """The condition that an entry of a mapping states."""
    if isinstance(value, tuple) and len(value) == 2 and all(_limit(end)[0] for end in value):
        return _of_words((field, *value))
    return _of_value(field, value)


def _of_value(field: str, value: Any) -> Condition:
    """A field with its value, or with a list of values."""
    if isinstance(value, (list, tuple, set, np.ndarray)):
        values = tuple(np.ravel(value).tolist()) if isinstance(value, np.ndarray) else tuple(value)
    else:
        values = (value,)
    if not values or any(_is_nothing(value) or isinstance(value, (Mapping, list, tuple)) for value in values):
        raise InputError(f"{HOW}; got {field!r} with {value!r}.")
    return Condition(field, values)


def _is_nothing(value: Any) -> bool:
    return value is None or str(value).strip() == ""


def _limit(end: Any) -> tuple[bool, float | None]:
    """Whether `end` is a limit, and the limit."""
    if _is_nothing(end):
        return True, None
    if isinstance(end, (bool, np.bool_)):
        return False, None
    try:
        return True, float(end)
    except (TypeError, ValueError):
        return False, None


def _between(condition: Condition, values: np.ndarray) -> np.ndarray:
    if values.dtype.kind not in "biuf":
        raise InputError(
            f"`keep` with a lowest and a highest value needs a field of numbers; {_content(condition.field, values)}. "
            f'Name those that are kept: keep=("{condition.field}", [...])'
        )
    low, high = condition.low, condition.high
    return np.asarray((values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high)))


def _among(condition: Condition, values: np.ndarray) -> np.ndarray:
    """Where the field has one of the values; one that no row has is told."""
    wanted = list(condition.values or ())
    if values.dtype.kind == "b":
        labels, names = _truths(values.tolist()), _truths(wanted)
    else:
        wanted = [int(value) if isinstance(value, bool) and values.dtype.kind in "iuf" else value for value in wanted]
        labels, names = tidy_labels(values), tidy_labels(np.array(wanted, dtype=object))
        if not all(isinstance(value, str) for value in wanted) or values.dtype.kind in "iuf":
            labels, names = _numbers_alike(labels), _numbers_alike(names)
    absent = [name for name in names.tolist() if name not in labels]
    if absent and len(absent) < names.size:
        warn(f"`keep`: no row has {some(absent)}; {_content(condition.field, values)}.")
    return np.isin(labels, names)


def _truths(values: Sequence[Any]) -> np.ndarray:
    """What is true and false by the same text: True, "true", 1, "1"."""
    texts = [str(value).strip().lower().removesuffix(".0") for value in values]
    return np.array([TRUTH.get(text, text) for text in texts], dtype=str)


def _numbers_alike(labels: np.ndarray) -> np.ndarray:
    """Labels that are numbers by the same text: "1.0", "1", "01"."""
    kinds, places = np.unique(labels, return_inverse=True)
    return np.array([_number_text(label) for label in kinds.tolist()], dtype=str)[places]


def _number_text(label: str) -> str:
    try:
        number = float(label)
    except ValueError:
        return label
    return np.format_float_positional(number, trim="-") if np.isfinite(number) else label


def _content(field: str, values: np.ndarray) -> str:
    """What a field holds, for a message."""
    kinds = np.unique(tidy_labels(values))
    if values.dtype.kind in "iuf" and kinds.size > SHOWN // 2:
        return f"'{field}' runs from {np.nanmin(values)} to {np.nanmax(values)}"
    return f"'{field}' holds {some(kinds, SHOWN)}"
