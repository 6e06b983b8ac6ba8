"""Roles of a table's columns (unit, rate, condition, ...): as mapped by the user, else by common names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.schema import InputError

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "trial": ("trial", "trial_id", "trial_number", "trial_index", "trialnum"),
    "channel": ("channel", "unit", "unit_id", "neuron", "neuron_id", "cell", "cell_id", "electrode", "voxel"),
    "activity": ("activity", "rate", "firing_rate", "spike_rate", "response", "count", "spike_count", "value"),
    "latency": ("latency", "time", "time_s", "t"),
    "condition": ("condition", "stimulus", "stim", "cond", "trial_type"),
    "session": ("session", "session_id", "ses", "day"),
    "run": ("run", "repeat", "fold"),
    "subject": ("subject", "subject_id", "participant", "participant_id", "animal", "sub"),
}
SHOWN = 30
WIDE = 5
"""From so many columns of numbers on, a table has one for every unit. By hand."""
COMMA_NUMBER = re.compile(r"\s*[-+]?\d+,\d+\s*")
GUESS = {"activity": max, "trial": max, "channel": max, "condition": min}
"""Of the columns left, which is likely to be it: that with the most or the fewest different values; in this order."""


def columns_of(frame: pd.DataFrame, mapping: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The column of every role in `WORDS`, as far as it is known; of `activity` a list, for one column per unit.

    Raises
    ------
    InputError : a column that was named is not there, or the table's layout or conditions cannot be told; the message
        lists the columns with an example of each and shows the call to make.

    Examples
    --------
    >>> import pandas as pd
    >>> columns_of(pd.DataFrame({"Trial": [1], "unit": [7], "hz": [2.0], "stim": ["a"]}), {"activity": "hz"}, "x.csv")
    {'trial': 'Trial', 'channel': 'unit', 'activity': 'hz', 'condition': 'stim'}
    """
    columns = {}
    for role, words in WORDS.items():
        column_name = mapping.get(role)
        if role == "activity" and column_name is not None:
            columns[role] = _activity(frame, column_name, source)
        elif isinstance(column_name, str):
            columns[role] = _named(frame, role, column_name, source)
        elif column_name is None and (column := _by_word(frame, words)) is not None:
            columns[role] = column
    missing = _missing(columns, mapping)
    if missing:
        raise InputError(_how_to_name(frame, columns, mapping, missing, source))
    return columns


def _by_word(frame: pd.DataFrame, words: tuple[str, ...]) -> Any:
    """The column whose name is the first of `words` that any has, in capitals or not."""
    lowered = {str(column).strip().lower(): column for column in reversed(frame.columns)}
    return next((lowered[word] for word in words if word in lowered), None)


def _named(frame: pd.DataFrame, role: str, name: Any, source: str) -> Any:
    if name not in frame.columns:
        raise InputError(f"{source} has no column '{name}', given as `{role}`. Its columns: {examples(frame)}.")
    return name


def _activity(frame: pd.DataFrame, wanted: Any, source: str) -> Any:
    """A column of rates, or the list of columns that `asked` lists, or names by a pattern "unit_*" or a prefix."""
    if not isinstance(wanted, str):
        if not len(wanted):
            raise InputError(f"`activity` lists no column of {source}. Its columns: {examples(frame)}.")
        return [_named(frame, "activity", name, source) for name in wanted]
    if wanted in frame.columns:
        return wanted
    pattern = wanted if set("*?[") & set(wanted) else f"{wanted}*"
    columns = [column for column in frame.columns if fnmatchcase(str(column), pattern)]
    if not columns:
        raise InputError(
            f"{source} has no column '{wanted}', given as `activity`, nor any that begins so. Its columns: "
            f"{examples(frame)}."
        )
    return columns


def _missing(columns: Mapping[str, Any], mapping: Mapping[str, Any]) -> list[str]:
    """The roles that are still missing: a long table needs four columns, a wide one its units and the condition."""
    wide = isinstance(columns.get("activity"), list)
    needed = ("condition",) if wide else ("trial", "channel", "activity", "condition")
    return [role for role in needed if role not in columns and mapping.get(role) is None]


def _how_to_name(
    frame: pd.DataFrame, columns: Mapping[str, Any], mapping: Mapping[str, Any], missing: list[str], source: str
) -> str:
    """The columns with an example of each, and the calls to make, for a long table and for a wide one."""
    named = {role: name for role, name in mapping.items() if isinstance(name, str)}
    commas = [column for column in frame.columns if _has_commas(frame[column])]
    comma = ' Numbers with a comma before their decimals are read with decimal=",".' if commas else ""
    text = (
        f"{source} is a table whose columns do not say which is {_listed(missing)}. Its columns, each with an example: "
        f"{examples(frame)}.{comma} Name them, for example"
    )
    if isinstance(columns.get("activity"), list):
        condition = _guesses(frame, ["condition"], columns)["condition"]
        return f'{text}: read_recording("{source}", activity=..., condition="{condition}")'
    if _looks_wide(frame, columns):
        return _how_to_name_units(frame, {**named, **columns}, commas, comma, source)
    guessed = _guesses(frame, missing, columns)
    long = ", ".join(f'{role}="{name}"' for role, name in (named | guessed).items())
    floats = [str(c) for c in frame.columns if frame[c].dtype.kind == "f" or c in commas]
    few = floats if len(floats) < WIDE else [*floats[:3], "..."]
    units = ", ".join(f'"{c}"' for c in few)
    decimal = (', decimal=","', " decimal=,") if commas else ("", "")
    condition = columns.get("condition", guessed.get("condition", "COLUMN"))
    return (
        f'{text}, with one row per trial and unit: read_recording("{source}", {long}); or, with a column for every '
        f'unit: read_recording("{source}", activity=[{units}], condition="{condition}"{decimal[0]}); in a shell: '
        f"neurouniv read {shlex.quote(source)} --map {shlex.quote(f'activity={chr(44).join(few)}')} "
        f"{shlex.quote(f'condition={condition}')}{decimal[1]}"
    )


def _looks_wide(frame: pd.DataFrame, columns: Mapping[str, Any]) -> bool:
    """Whether most columns are numbers, and none says that its rows are of a unit."""
    numbers = [c for c in frame.columns if frame[c].dtype.kind == "f" or _has_commas(frame[c])]
    is_long = {"channel", "activity"} & set(columns)
    return not is_long and len(numbers) >= WIDE and 2 * len(numbers) > len(frame.columns)


def _how_to_name_units(frame: pd.DataFrame, roles: Mapping[str, Any], commas: list, comma: str, source: str) -> str:
    """The columns, those that are no numbers first, and the call to make for a table with a column for every unit."""
    units = [c for c in frame.columns if frame[c].dtype.kind == "f" or c in commas]
    others = [c for c in frame.columns if c not in set(units)]
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*map(str, units), strict=False))
    prefix = "".join(letters[0] for letters in alike)
    shared = bool(prefix) and not any(str(c).startswith(prefix) for c in others) and not set("*?[") & set(prefix)
    few = [str(c) for c in units[:3]]
    asked = f'"{prefix}*"' if shared else f"[{', '.join(map(_quoted, few))}, ...]"
    mapped = f"activity={prefix}*" if shared else f"activity={','.join(few)},..."
    condition = roles.get("condition") or next(iter(_guesses(frame[others], ["condition"], {}).values()))
    decimal = (', decimal=","', " decimal=,") if commas else ("", "")
    shown = examples(frame[[*others, *units[:3]]])
    return (
        f"{source} is a table whose columns do not say which are the units. Its columns, each with an example: "
        f"{shown}, and {len(units) - 3} more of numbers.{comma} Name them: read_recording({_quoted(source)}, "
        f"activity={asked}, condition={_quoted(condition)}{decimal[0]}); in a shell: neurouniv read "
        f"{shlex.quote(source)} --map {shlex.quote(mapped)} {shlex.quote(f'condition={condition}')}{decimal[1]}. "
        "A table with one row per trial and unit names its columns of `trial`, `channel` and `activity`."
    )


def _quoted(name: str) -> str:
    """A name as Python has it, in double quotes."""
    return f'"{name}"'


def _has_commas(column: pd.Series) -> bool:
    """Whether a column of text holds numbers with a comma before their decimals."""
    texts = [value for value in column.dropna() if isinstance(value, str)]
    return len(texts) == column.count() > 0 and all(map(COMMA_NUMBER.fullmatch, texts))


def _guesses(frame: pd.DataFrame, missing: list[str], columns: Mapping[str, Any]) -> dict[str, str]:
    """A likely column for every missing role, by how many different values it has."""
    mapped_columns = [name for role in columns.values() for name in (role if isinstance(role, list) else [role])]
    plain = [c for c in frame.columns if c not in mapped_columns and not frame[c].map(np.ndim).any()]
    kinds = {c: count for c in plain if (count := frame[c].nunique()) > 1}
    guessed: dict[str, str] = {}
    for role in sorted(missing, key=list(GUESS).index):
        fit = [c for c in kinds if c not in guessed.values() and (frame[c].dtype.kind == "f") == (role == "activity")]
        if role == "channel" and (trial := columns.get("trial", guessed.get("trial"))) in frame.columns:
            fit = [c for c in fit if not frame.duplicated([trial, c]).any()] or fit
        guessed[role] = GUESS[role](fit, key=kinds.__getitem__, default="COLUMN")
    return {role: str(guessed[role]) for role in missing}


def _listed(roles: list[str]) -> str:
    called = {"trial": "the trial", "channel": "the unit", "activity": "its activity", "condition": "the condition"}
    return " and ".join(called[role] for role in roles)


def examples(frame: pd.DataFrame) -> str:
    """The columns, each with its first value, for a message."""
    first = [frame[column].iloc[0] if len(frame) else "none" for column in frame.columns[:SHOWN]]
    cells = [f"{c} ({_short(v)})" for c, v in zip(frame.columns, first, strict=False)]
    more = f" and {len(frame.columns) - SHOWN} more" if len(frame.columns) > SHOWN else ""
    return ", ".join(cells) + more


def _short(value: Any) -> str:
    """A value in few letters."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)[:20]
