"""A study as it is written: read, checked as a whole before anything runs, and brought to one form."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from neurouniv.schema import InputError
from neurouniv.studies.analyses import ANALYSES, checked_analyses
from neurouniv.studies.cell.laws import is_driven
from neurouniv.studies.checks import checked_by, need_count, need_list, need_mapping
from neurouniv.studies.kinds import KINDS, OF_ALL, Kind
from neurouniv.studies.places import placed
from neurouniv.studies.yaml_lines import MOST_LETTERS, Path, Source, read_yaml
from neurouniv.untrusted.regular import is_file_at, need_regular

KEYS = ("name", "systems", "task", "seeds", "batch", "trajectory", *ANALYSES, "device", "threads")

PATHS, MAYBE_PATHS = ("file", "files", "each", "models"), ("map", "stimuli", "targets")
"""Keys whose values are paths, and those whose values are paths where there is such a file."""


@dataclass(frozen=True)
class System:
    """One entry of a study's systems, as it is written, where it stands, and what is asked of it."""

    kind: Kind
    path: Path
    given: dict[str, Any]
    analyses: dict[str, Any]

    @property
    def name(self) -> str:
        """What the system is called."""
        return str(self.given["name"])

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of its kind."""
        return {name: value for name, value in self.given.items() if name not in OF_ALL}


@dataclass(frozen=True)
class Study:
    """A study: its systems, and what all of them share. `given` is the whole of it as it is written."""

    given: dict[str, Any]
    source: Source
    folder: FilePath
    systems: list[System]

    @property
    def name(self) -> str:
        """What the study is called."""
        return str(self.given.get("name", "study"))

    @property
    def canonical(self) -> dict[str, Any]:
        """The study with the paths of its files absolute, so that it means the same in any folder."""
        return {key: _absolute(value, self.folder) for key, value in self.given.items()}


def read_study(spec: str | os.PathLike[str] | Mapping[str, Any]) -> Study:
    """The study of a YAML file or of a dict, its keys and values checked.

    Paths in a file are from the file's folder, in a dict from the working folder.

    Raises
    ------
    FileNotFoundError : there is no such file.
    InputError : an unknown key, or a value that cannot be used; with the line, the key, what came and what is allowed.

    Examples
    --------
    >>> spec = {"name": "a", "task": "xor", "systems": {"networks": [{"name": "mlp", "rule": ["backprop", "hebbian"]}]}}
    >>> [system.name for system in read_study(spec).systems]
    ['mlp']
    """
    given, source, folder = _read(spec)
    need_mapping(given, (), source, KEYS, ["systems"])
    for key in ("batch", "threads"):
        if key in given:
            need_count(given[key], (key,), source)
    _need_device(given.get("device", "cpu"), source)
    return Study(dict(given), source, folder, _systems(given, source, folder))


def _absolute(value: Any, folder: FilePath, key: str = "") -> Any:
    """`value` with absolute paths, told by their keys, and in a mapping of fields by a file that is there."""
    if isinstance(value, dict):
        inside = "map" if key == "map" else ""
        return {name: _absolute(item, folder, inside or name) for name, item in value.items()}
    if isinstance(value, list):
        return [_absolute(item, folder, key) for item in value]
    is_path = key in PATHS or (key in MAYBE_PATHS and isinstance(value, str) and is_file_at(folder / value))
    return str(placed(value, folder)) if is_path and isinstance(value, str) else value


def _read(spec: Any) -> tuple[Any, Source, FilePath]:
    if isinstance(spec, Mapping):
        return _plain(spec), Source("the study"), FilePath.cwd()
    if not isinstance(spec, (str, os.PathLike)):
        raise InputError(f"A study is a YAML file or a dict; got a {type(spec).__name__}.")
    path = FilePath(spec)
    need_regular(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file '{path}' with a study.")
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(MOST_LETTERS + 1)
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text in UTF-8, which a study is written in.") from None
    given, source = read_yaml(text, str(path))
    return given, source, path.parent


def _plain(value: Any) -> Any:
    """A dict's values as YAML has them: ranges and tuples are lists, numbers of NumPy are numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [_plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return _plain(value.tolist()) if hasattr(value, "tolist") else value


def _need_device(device: Any, source: Source) -> None:
    from neurouniv.devices import device_of

    if device == "auto":
        raise source.error(
            ("device",), "is 'cpu' or 'cuda', not 'auto': numbers differ in their last bits between devices, and a "
            "study needs one result on every machine."
        )  # fmt: skip
    checked_by(lambda: device_of(device), ("device",), source, ())


def _systems(given: dict[str, Any], source: Source, folder: FilePath) -> list[System]:
    need_mapping(given["systems"], ("systems",), source, tuple(KINDS))
    systems = []
    for name, entries in given["systems"].items():
        path = ("systems", name)
        need_list(entries, path, source, f"{name}, each a mapping")
        systems += [_system(given, KINDS[name], entry, (*path, n), source, folder) for n, entry in enumerate(entries)]
    if not systems:
        raise source.error(("systems",), f"names no system. Keys are {', '.join(KINDS)}.")
    _need_names_apart(systems, source)
    return systems


def _system(study: dict[str, Any], kind: Kind, entry: Any, path: Path, source: Source, folder: FilePath) -> System:
    need_mapping(entry, path, source, (*OF_ALL, *kind.defaults()), ["name"])

    def at(key: str) -> Path:
        return (*path, key) if key in entry else (key,)

    analyses = checked_analyses({**study, **entry}, at, kind.name, source, folder)
    _need_a_layer_below(kind, entry, analyses["laws"], at("laws"), source)
    return System(kind, path, dict(entry), analyses)


def _need_a_layer_below(kind: Kind, entry: Any, laws: list[Any], path: Path, source: Source) -> None:
    """Raise `InputError` where a law is driven by the layer below, and the system has none recorded."""
    if any(map(is_driven, laws)) and (kind.name != "networks" or not entry.get("layers")):
        raise source.error(
            path,
            f"has a law that is driven by the layer below, but {str(entry['name'])!r} has none. This law needs "
            "networks "
            "with layers: [0, 1] or more. Give other systems laws: of their own.",
        )


def _need_names_apart(systems: list[System], source: Source) -> None:
    places: dict[str, Path] = {}
    for system in systems:
        if system.name in places:
            raise source.error((*system.path, "name"), f"is {system.name!r}, which another system has. Give a new one.")
        places[system.name] = system.path
