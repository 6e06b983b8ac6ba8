"""The files of a study's recordings: patterns and data sets become lists of files, and paths absolute ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurouniv.schema import InputError
from neurouniv.studies.kinds import PLACES
from neurouniv.studies.places import placed
from neurouniv.untrusted.regular import is_file_at

PARTS = ("windows", "runs")
"""How trials of one session become times and runs."""


def resolved(settings: dict[str, Any], folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[str]]]:
    """Each recording that `files`, `each` or `dataset` stands for: its settings, what varies, and all files it reads.

    Raises
    ------
    FileNotFoundError : no file fits. InputError : a folder that holds no recording, a variable in a path that is not
        set, no such data set, or one that has RDMs alone and is to be put in parts.
    """
    groups = _of_dataset(settings) if settings["dataset"] else _of_pattern(settings, folder)
    fields = {name: _absolute(settings[name], folder) for name in ("map", "stimuli", "targets")}
    beside = sorted(set(_paths(list(fields.values()))))
    for group in groups:
        varied = {"file": Path(group[0]).name} if settings["each"] else {}
        rest = {name: value for name, value in settings.items() if name not in PLACES}
        yield {"files": group, "dataset": settings["dataset"], **rest, **fields}, varied, [*group, *beside]


def is_of_rdms(settings: dict[str, Any]) -> bool:
    """Whether a recording is a data set that has RDMs alone, so that no movie is made of activity.

    Examples
    --------
    >>> is_of_rdms({"dataset": "motorseq_berlot2020", "split": None}), is_of_rdms({"dataset": None})
    (True, False)
    """
    from neurouniv.datasets.registry import entry

    name = settings["dataset"]
    return name is not None and entry(name).part(settings["split"]).call == "read_rdms"


def _of_dataset(settings: dict[str, Any]) -> list[list[str]]:
    """The files of a data set, on disk or fetched."""
    from neurouniv import datasets
    from neurouniv.datasets.registry import entry

    name = settings["dataset"]
    part = entry(name).part(settings["split"])
    if part.call not in ("read_recording", "read_rdms"):
        raise InputError(
            f"dataset: '{part.name}' of '{name}' is no recording of conditions. All: `neurouniv datasets`."
        )
    given = [key for key in (*PARTS, "latencies") if settings[key] is not None]
    if part.call == "read_rdms" and given:
        raise InputError(f"{given[0]} is for recordings of activity; '{name}' has RDMs alone. Leave it out.")
    return [[str(path) for path in datasets.fetch(name, part.name, progress=False)]]


def _of_pattern(settings: dict[str, Any], folder: Path) -> list[list[str]]:
    from neurouniv.systems.recordings.several.sources import sources_of

    pattern = str(placed(settings["files"] or settings["each"], folder))
    sources = [str(file) for source in sources_of(pattern) or [pattern] for file in getattr(source, "files", [source])]
    return [[file] for file in sources] if settings["each"] else [sources]


def _absolute(value: Any, folder: Path) -> Any:
    """`value` with absolute paths in place of words that name a file which is there."""
    if isinstance(value, dict):
        return {name: _absolute(item, folder) for name, item in value.items()}
    if isinstance(value, list):
        return [_absolute(item, folder) for item in value]
    if not isinstance(value, str) or not is_file_at(folder / value):
        return value
    return str((folder / value).absolute())


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
    elif isinstance(value, str) and Path(value).is_absolute() and Path(value).is_file():
        yield value
