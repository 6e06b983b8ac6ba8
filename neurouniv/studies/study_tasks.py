"""The task of a study: by name with its settings, or a file."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from neurouniv.studies.cell.task import task_of
from neurouniv.studies.checks import checked_by, defaults_of, need_kind, need_mapping, need_one_of
from neurouniv.studies.places import placed
from neurouniv.studies.yaml_lines import Path, Source

NAMES = ("two_points", "xor", "digits", "contexts")


def whole_task(task: Any, path: Path, source: Source, folder: FilePath) -> dict[str, Any]:
    """A task with all its settings, or the absolute path of its file; it is made once, so that it can be.

    Parameters
    ----------
    task : a name, a mapping {"name": ..., its settings}, or {"file": path}, a path being from `folder`.

    Raises
    ------
    InputError : no such task, setting or file.

    Examples
    --------
    >>> whole_task("xor", ("task",), Source("a.yaml"), FilePath())
    {'name': 'xor'}
    """
    given = {"name": task} if isinstance(task, str) else task
    if isinstance(given, dict) and "file" in given:
        need_mapping(given, path, source, ("file",))
        if not isinstance(given["file"], str):
            raise source.error((*path, "file"), f"is a path; got {given['file']!r}.")
        settings = {"file": str(placed(given["file"], folder))}
    else:
        need_mapping(given, path, source, ("name", *(given if isinstance(given, dict) else ()), "file"), ["name"])
        need_one_of(given["name"], (*path, "name"), source, NAMES)
        settings = _with_defaults(given, path, source)
    checked_by(lambda: task_of(settings), path, source, given)
    return settings


def _with_defaults(given: dict[str, Any], path: Path, source: Source) -> dict[str, Any]:
    from neurouniv import tasks

    defaults = defaults_of(getattr(tasks, given["name"]), ())
    need_mapping(given, path, source, ("name", *defaults))
    for name, value in given.items():
        need_kind(value, defaults.get(name), (*path, name), source)
    return {"name": given["name"], **defaults, **given}
