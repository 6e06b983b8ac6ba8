"""The files of a study's recordings: patterns become lists of files, and paths absolute ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def resolved(settings: dict[str, Any], folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[str]]]:
    """Each recording that `files` or `each` stands for: its settings, what varies, and all files that are read.

    Raises
    ------
    FileNotFoundError : no file fits. InputError : a folder that holds no recording.
    """
    from neurouniv.systems.recordings.several.sources import sources_of

    pattern = str((folder / (settings["files"] or settings["each"])).absolute())
    sources = [str(file) for source in sources_of(pattern) or [pattern] for file in getattr(source, "files", [source])]
    groups = [[file] for file in sources] if settings["each"] else [sources]
    fields = {name: _absolute(settings[name], folder) for name in ("map", "stimuli", "targets")}
    beside = sorted(set(_paths(list(fields.values()))))
    for group in groups:
        varied = {"file": Path(group[0]).name} if settings["each"] else {}
        rest = {name: settings[name] for name in ("windows", "runs")}
        yield {"files": group, **fields, **rest}, varied, [*group, *beside]


def _absolute(value: Any, folder: Path) -> Any:
    """`value` with absolute paths in place of words that name a file which is there."""
    if isinstance(value, dict):
        return {name: _absolute(item, folder) for name, item in value.items()}
    if isinstance(value, list):
        return [_absolute(item, folder) for item in value]
    if not isinstance(value, str) or not _is_file(folder / value):
        return value
    return str((folder / value).absolute())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a word that is longer than a name may be
        return False


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
    elif isinstance(value, str) and Path(value).is_absolute() and Path(value).is_file():
        yield value
