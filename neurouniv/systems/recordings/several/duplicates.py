"""Duplicates among recordings are refused: they would count as two sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurouniv.schema import InputError
from neurouniv.systems.recordings.several.sources import is_path


def need_different_objects(sources: Sequence[Any]) -> None:
    """Raise `InputError` where an object in memory comes twice."""
    first_of: dict[int, int] = {}
    for n, source in enumerate(sources, 1):
        other = n if is_path(source) else first_of.setdefault(id(source), n)
        if other != n:
            raise InputError(
                f"Recordings {other} and {n} are the same {type(source).__name__}, not two. Leave one of them out."
            )


def need_different_files(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Raise `InputError` where two files have one checksum, or one name.

    lines : what the history is to say of each file, with its `sha256`.
    """
    first_of: dict[str, str] = {}
    for line, name in zip(lines, names, strict=True):
        other = first_of.setdefault(line.get("sha256") or name, name)
        if other != name or (line.get("sha256") is None and list(names).count(name) > 1):
            raise InputError(f"'{other}' and '{name}' hold the same, byte by byte. Leave one of them out.")
