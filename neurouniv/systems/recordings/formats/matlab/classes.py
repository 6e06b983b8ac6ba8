"""MATLAB's strings, tables, categoricals and times, opened by matio: text, fields of columns, ISO times, seconds."""

from __future__ import annotations

import enum
import importlib.util
import warnings
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.systems.recordings.help.errors import import_extra

REFERENCE = 0xDD000000


def can_be_opened() -> bool:
    """Whether matio is installed, which opens them."""
    return importlib.util.find_spec("matio") is not None


def opened(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The variables of a MATLAB file as a tree of dicts, lists and arrays; and by name the class of what is not read.

    A table becomes a dict of its columns (and of its row names or times), a categorical its labels, a datetime ISO
    text, a duration seconds. Other classes, and function handles, are not read.
    """
    with warnings.catch_warnings(), strings_of_pandas():
        warnings.simplefilter("ignore")  # of formats of dates and of time zones, which the text does not show
        matio = import_extra("matio", "A MATLAB file with strings, tables or other classes")
        variables = matio.load_from_mat(str(path), spmatrix=False)
    unread: dict[str, str] = {}
    tree = _entries({name: variables[name] for name in sorted(variables)}, "", unread)
    return {name: value for name, value in tree.items() if not name.startswith(("__", "#"))}, unread


def strings_of_pandas() -> AbstractContextManager[object]:
    """Pandas takes strings as before: matio changes how pandas before 3 does, everywhere, and that is set back."""
    import pandas as pd

    has_option = int(pd.__version__.split(".")[0]) < 3
    return pd.option_context("future.infer_string", False) if has_option else nullcontext()


def is_reference(value: np.ndarray) -> bool:
    """Whether numbers are no data but the reference to an object of a class, by the number that they begin with."""
    return value.dtype == np.uint32 and value.size >= 6 and int(value.ravel()[0]) == REFERENCE


def array_of(entries: Iterable[Any], shape: tuple[int, ...]) -> np.ndarray:
    """An array of objects, whatever the entries are."""
    array = np.empty(int(np.prod(shape)), dtype=object)
    for position, entry in enumerate(entries):
        array[position] = entry
    return array.reshape(shape)


def _entries(values: Mapping[Any, Any], path: str, unread: dict[str, str]) -> dict[str, Any]:
    """The entries that can be read, each in its plain form."""
    plain = {
        str(name): _plain(value, f"{path}.{name}" if path else str(name), unread) for name, value in values.items()
    }
    return {name: value for name, value in plain.items() if value is not None}


def _plain(value: Any, path: str, unread: dict[str, str]) -> Any:
    """`value` as a dict, a list of dicts, an array, text or a number; None where it is of a class that is not read."""
    kinds = {kind.__name__ for kind in type(value).__mro__}
    if "DataFrame" in kinds:
        return _entries(_columns(value), path, unread)
    if "Categorical" in kinds:
        return _squeezed(_labels(np.asarray(value, dtype=object)))
    if isinstance(value, Mapping) or "MatlabContainerMap" in kinds:
        return _entries(dict(value.items()), path, unread)
    if hasattr(value, "toarray"):
        return value
    if "MatlabEnumerationArray" in kinds and all(isinstance(item, enum.Enum) for item in np.ravel(value)):
        return _squeezed(_labels(array_of([item.name for item in np.ravel(value)], np.shape(value))))
    if any(kind.startswith("Matlab") for kind in kinds):
        first = (
            np.ravel(value)[0] if isinstance(value, np.ndarray) and np.size(value) and not value.dtype.names else value
        )
        unread[path] = "function" if "MatlabFunction" in kinds else f"class {getattr(first, 'classname', 'of its own')}"
        return None
    return _plain_array(value, path, unread) if isinstance(value, np.ndarray) else value


def _plain_array(value: np.ndarray, path: str, unread: dict[str, str]) -> Any:
    if is_reference(value):
        unread[path] = "class"
        return None
    if value.dtype.names == ("months", "days", "millis"):
        unread[path] = "class calendarDuration"
        return None
    if value.dtype.names:
        rows = [_entries({n: row[n] for n in value.dtype.names}, path, unread) for row in value.ravel(order="F")]
        return rows[0] if len(rows) == 1 else rows
    if value.dtype == object:
        entries = [_plain(item, f"{path}{{}}", unread) for item in value.ravel()]
        if len(entries) == 1:
            return entries[0]
        return np.squeeze(array_of(["" if entry is None else entry for entry in entries], value.shape))
    if value.dtype.kind == "M":
        return _squeezed(_labels(np.datetime_as_string(value, unit="s").astype(object)))
    if value.dtype.kind == "m":
        return _squeezed(value.astype("m8[ns]") / np.timedelta64(1, "s"))
    return _squeezed(_labels(value.astype(object)) if value.dtype.kind == "T" else value)


def _columns(frame: Any) -> dict[str, Any]:
    """The columns of a table, and its row names or times where it has them."""
    columns = {str(name): frame[name].to_numpy() for name in frame.columns}
    if frame.index.name is not None or frame.index.dtype.kind not in "iu":
        columns.setdefault(str(frame.index.name or "row"), frame.index.to_numpy())
    return columns


def _labels(values: np.ndarray) -> np.ndarray:
    """Objects as text, those that are missing as ""."""
    texts = [
        "" if item is None or item != item or str(item) == "NaT" else str(item) for item in values.ravel().tolist()
    ]
    return np.array(texts, dtype=str).reshape(values.shape)


def _squeezed(value: np.ndarray) -> Any:
    value = np.squeeze(value)
    return value.item() if value.ndim == 0 else value
