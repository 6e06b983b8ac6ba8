"""Checks of what a study says: which keys there are, what kind each value is. Errors name the line and the key."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from neurouniv.schema import InputError
from neurouniv.studies.yaml_lines import Path, Source


def need_mapping(value: Any, path: Path, source: Source, keys: Collection[str], needs: Collection[str] = ()) -> None:
    """Raise `InputError` unless `value` is a mapping of some of `keys`, with all that it `needs`."""
    if not isinstance(value, Mapping):
        raise source.error(path, f"is a mapping with keys of {', '.join(keys)}; got {value!r}.")
    for key in value:
        if key not in keys:
            raise source.error((*path, key), f"is no key here; {_nearest(str(key), keys)}.")
    absent = [key for key in needs if key not in value]
    if absent:
        raise source.error(path, f"needs the key {absent[0]}. Keys are {', '.join(keys)}.")


def need_one_of(value: Any, path: Path, source: Source, names: Collection[str]) -> None:
    """Raise `InputError` unless `value` is one of `names`."""
    if not isinstance(value, str) or value not in names:
        raise source.error(path, f"got {value!r}; {_nearest(str(value), names)}.")


def need_count(value: Any, path: Path, source: Source) -> None:
    """Raise `InputError` unless `value` is a whole number of at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise source.error(path, f"is a whole number of at least 1; got {value!r}.")


def need_list(value: Any, path: Path, source: Source, what: str) -> None:
    """Raise `InputError` unless `value` is a list of at least one."""
    if not isinstance(value, list) or not value:
        raise source.error(path, f"is a list of {what}, at least one; got {value!r}.")


def need_kind(value: Any, default: Any, path: Path, source: Source) -> None:
    """Raise `InputError` where `value` is not of the kind of its default: a number for a number, a word for a word."""
    kinds: tuple[tuple[type, tuple[type, ...], str], ...] = (
        (bool, (bool,), "true or false"),
        (int, (int,), "a whole number"),
        (float, (int, float), "a number"),
        (str, (str,), "a word"),
    )
    for of_default, fitting, words in kinds:
        if isinstance(default, of_default):
            is_truth_value = isinstance(value, bool) and of_default is not bool
            if not isinstance(value, fitting) or is_truth_value or (isinstance(value, float) and math.isnan(value)):
                raise source.error(path, f"is {words}, {default!r} by default; got {value!r}.")
            return


def checked_by(check: Callable[[], Any], path: Path, source: Source, settings: Collection[str]) -> Any:
    """What `check` returns; its `InputError` with the place of the setting that its message begins with.

    Examples
    --------
    >>> def check():
    ...     raise InputError("width is a whole number of at least 1; got 0.")
    >>> checked_by(check, ("networks", 0), Source("a.yaml", {("networks", 0, "width"): 7}), ["width"])
    Traceback (most recent call last):
    neurouniv.errors.InputError: a.yaml, line 7: networks[0].width is a whole number of at least 1; got 0.
    """
    try:
        return check()
    except (InputError, OSError) as error:
        text = str(error)
        first = text.split(" ", 1)[0].strip("`,")
        if first in settings:
            raise source.error((*path, first), text.split(" ", 1)[1]) from None
        raise source.error(path, f"cannot be used: {text}") from None


def defaults_of(function: Callable[..., Any], without: Collection[str]) -> dict[str, Any]:
    """The settings of a function and their defaults, but for some."""
    parameters = inspect.signature(function).parameters.values()
    given = {p.name: p.default for p in parameters if p.default is not p.empty}
    return {name: default for name, default in given.items() if name not in without}


def _nearest(word: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(word, names, n=1)
    return f"{f'did you mean {near[0]}? ' if near else ''}allowed are {', '.join(names)}"
