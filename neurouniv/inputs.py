"""The first look at what a user gives: is it a Dataset, a study, a law, a path? Before anything is read of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.got import got, way
from neurouniv.schema import InputError

STUDY = "`neurouniv.open_study(folder)` opens one."
RECORDING = "`neurouniv.read_recording(path)` reads one."


def need_dataset(value: Any, what: str, remedy: str) -> None:
    """Raise `InputError` unless `value` is a Dataset.

    Examples
    --------
    >>> need_dataset("a.nc", "A verdict", "`neurouniv.compare` makes what it needs.")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: A verdict needs an xarray.Dataset; got the text 'a.nc'. \
`neurouniv.load('a.nc')` reads a file. `neurouniv.compare` makes what it needs.
    """
    if not isinstance(value, xr.Dataset):
        raise InputError(told(f"{what} needs an xarray.Dataset; got {got(value)}.", way(value), remedy))


def need_recording(value: Any, what: str, names: Collection[str] = ("activity",)) -> None:
    """Raise `InputError` unless `value` is a Dataset with the variables or coordinates `names`, as a recording is."""
    need_dataset(value, what, RECORDING)
    absent = [name for name in names if name not in value.variables]
    if absent:
        raise InputError(f"{what} needs a recording with {', '.join(absent)}; got {list(value.variables)}. {RECORDING}")


def need_study(value: Any, what: str) -> None:
    """Raise `InputError` unless `value` is an open study: a DataTree whose `systems` are a table.

    Examples
    --------
    >>> need_study("folder", "A table of verdicts")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: A table of verdicts needs an open study; got the text 'folder'. \
`neurouniv.open_study('folder')` opens one.
    """
    if isinstance(value, str | os.PathLike):
        remedy = f"`neurouniv.open_study({os.fspath(value)!r})` opens one."
        raise InputError(f"{what} needs an open study; got {got(value)}. {remedy}")
    if not isinstance(value, xr.DataTree) or "systems" not in value.children:
        raise InputError(f"{what} needs an open study; got {got(value)}. {STUDY}")


def need_systems(value: Any, what: str, form: str) -> None:
    """Raise `InputError` unless `value` is a dict of at least one system; `form` shows it."""
    if not isinstance(value, Mapping) or isinstance(value, xr.Dataset):
        raise InputError(f"{what} needs a dict of systems, {form}; got {got(value)}.")
    if not value:
        raise InputError(f"{what} needs at least one system, {form}; got none.")


def need_path(value: Any, what: str) -> Path:
    """`value` as a path.

    Raises
    ------
    InputError : it is none.

    Examples
    --------
    >>> need_path(None, "load")
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: load needs the path of a file or folder, a text or a pathlib.Path; got None.
    """
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{what} needs the path of a file or folder, a text or a pathlib.Path; got {got(value)}.")
    return Path(value)


def told(*sentences: str) -> str:
    """Sentences after each other, those that are empty left out."""
    return " ".join(filter(None, sentences))
