"""What `registry.toml` says of a data set: its files and where they come from, what they hold, how they are read."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from importlib import resources
from typing import Any

from neurouniv.got import got
from neurouniv.schema import LEARNING, WITHIN_TRIAL, InputError

UNVERIFIED, NO_AXIS = "unverified", "none"
AXES = (LEARNING, WITHIN_TRIAL, NO_AXIS)
SHA256 = re.compile(r"[0-9a-f]{64}")
DOI = re.compile(r"10\.\d{4,}/\S+")


@dataclass(frozen=True)
class File:
    """A file of a data set.

    name : as it is kept. urls : where it is fetched from, tried in turn; none: bundled, or got by hand.
    sha256 : its checksum, or "unverified". checked : where the checksum comes from. size : in bytes; 0: not known.
    """

    name: str
    urls: tuple[str, ...] = ()
    sha256: str = UNVERIFIED
    checked: str = ""
    size: int = 0


@dataclass(frozen=True)
class Part:
    """A part of a data set that is read at once: `call`, a public function, of `files` with `settings`.

    then : the next call a user would make, where one is needed.
    """

    name: str
    files: tuple[str, ...]
    call: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    then: str = ""


@dataclass(frozen=True)
class Entry:
    """A data set.

    axis : what its time is: "learning", "within_trial" or "none". doi : of the paper cited. source : its page.
    obtain : how to get it by hand, where no file of it can be fetched. recipe : of a bundled one, the program that
    made it. parts : what can be read, the default first. amount : how large it is, where files are not listed.
    learning : what the learning axis is. task : stimuli and targets in the experiment's terms. question : what it can
    answer. steps : the commands from its files to a trajectory. verified : whether these were tried on the files; if
    not, `checked` says what they rest on, `unchecked` what was not seen, and `facts` where each fact was read.
    """

    name: str
    about: str
    axis: str
    conditions: str
    units: str
    licence: str
    citation: str
    doi: str = ""
    source: str = ""
    notes: str = ""
    obtain: str = ""
    recipe: str = ""
    amount: str = ""
    learning: str = ""
    task: str = ""
    question: str = ""
    steps: str = ""
    verified: bool = True
    checked: str = ""
    unchecked: str = ""
    facts: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def bundled(self) -> bool:
        return bool(self.recipe)

    @property
    def fetched(self) -> bool:
        """Whether every file has an address to fetch it from."""
        return bool(self.files) and all(file.urls for file in self.files)

    def file(self, name: str) -> File:
        return next(file for file in self.files if file.name == name)

    def part(self, split: str | None) -> Part:
        """The part of this name; the first where none is named.

        Raises
        ------
        InputError : there is no such part, or none at all, because the data set is got by hand.
        """
        if not self.parts:
            raise InputError(f"The data set '{self.name}' has to be downloaded by hand: {self.obtain}")
        for part in self.parts:
            if split in (None, part.name):
                return part
        names = " and ".join(part.name for part in self.parts)
        raise InputError(f"The data set '{self.name}' has the splits {names}; got {split!r}.")


@cache
def registry() -> dict[str, Entry]:
    """Every registered data set, by name."""
    text = resources.files("neurouniv.datasets").joinpath("registry.toml").read_text(encoding="utf-8")
    return {name: entry_of(name, table) for name, table in tomllib.loads(text).items()}


def entry(name: str) -> Entry:
    """The data set of this name.

    Raises
    ------
    InputError : none is registered; the message lists those that are.

    Examples
    --------
    >>> entry("mnits")
    Traceback (most recent call last):
    neurouniv.errors.InputError: No data set 'mnits' is registered; did you mean 'mnist'? All: `neurouniv datasets`.
    """
    if not isinstance(name, str):
        raise InputError(f"A data set has a name, a text; got {got(name)}. All: `neurouniv datasets`.")
    if name in registry():
        return registry()[name]
    near = difflib.get_close_matches(str(name), registry(), n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"registered are {', '.join(registry())}."
    raise InputError(f"No data set {name!r} is registered; {hint} All: `neurouniv datasets`.")


def entry_of(name: str, table: Mapping[str, Any]) -> Entry:
    """The data set that a table of the registry describes."""
    plain = {key: value for key, value in table.items() if key not in ("file", "part")}
    files = tuple(File(**_tuples(row)) for row in table.get("file", ()))
    parts = tuple(Part(**_tuples(row)) for row in table.get("part", ()))
    return Entry(name, **_tuples(plain), files=files, parts=parts)


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


def faults(tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The faults of a registry, one line each; the tests run this on ours.

    Examples
    --------
    >>> faults({"mine": {"about": "a", "axis": "time", "conditions": "2", "units": "V", "licence": "", "citation": ""}})
    ["mine: axis is one of learning, within_trial, none; got 'time'", 'mine: no file, and no way to obtain it']
    """
    messages = []
    for name, table in tables.items():
        wrong = _wrong_keys(table)
        messages += [f"{name}: {fault}" for fault in wrong or _wrong_values(entry_of(name, table))]
    return messages


def _wrong_keys(table: Mapping[str, Any]) -> list[str]:
    keys = {key for key in table if key not in ("file", "part")}
    messages = _keys_amiss("entry", keys, Entry, besides={"name", "files", "parts"})
    for what, kind in (("file", File), ("part", Part)):
        for row in table.get(what, ()):
            messages += _keys_amiss(what, set(row), kind)
    return messages


def _keys_amiss(what: str, keys: set[str], kind: type, besides: Collection[str] = ()) -> list[str]:
    fields_by_name = {f.name: f for f in fields(kind) if f.name not in besides}
    needed = {name for name, f in fields_by_name.items() if f.default is MISSING and f.default_factory is MISSING}
    unknown = [f"{what} has the unknown key '{key}'" for key in sorted(keys - set(fields_by_name))]
    return unknown + [f"{what} lacks '{key}'" for key in sorted(needed - keys)]


def _wrong_values(entry: Entry) -> Iterator[str]:
    if entry.axis not in AXES:
        yield f"axis is one of {', '.join(AXES)}; got {entry.axis!r}"
    if entry.doi and not DOI.fullmatch(entry.doi):
        yield f"a DOI looks like 10.1234/abc; got {entry.doi!r}"
    if not entry.bundled and not entry.fetched and not entry.obtain:
        yield f"{'a file without an address' if entry.files else 'no file'}, and no way to obtain it"
    if not entry.verified and not (entry.checked and entry.unchecked and entry.facts):
        yield "a recipe that is not verified says what was checked, what was not, and where facts are from"
    if entry.steps and not (entry.task and entry.question and (entry.learning or entry.axis != LEARNING)):
        yield "a recipe says the task, the question and, of learning, what its axis is"
    names = [file.name for file in entry.files]
    yield from (f"two files are named '{name}'" for name in sorted({n for n in names if names.count(n) > 1}))
    for file in entry.files:
        yield from _wrong_file(file)
    for part in entry.parts:
        yield from (f"part '{part.name}' names the unknown file '{name}'" for name in part.files if name not in names)


def _wrong_file(file: File) -> Iterator[str]:
    if file.sha256 != UNVERIFIED and not SHA256.fullmatch(file.sha256):
        yield f"{file.name}: sha256 is 64 hexadecimal digits or '{UNVERIFIED}'; got {file.sha256!r}"
    if file.sha256 != UNVERIFIED and not file.checked:
        yield f"{file.name}: `checked` says where the sha256 comes from"
    if "/" in file.name or file.name.startswith("."):
        yield f"{file.name!r} is no plain name of a file"
    if not isinstance(file.size, int) or file.size < 0:
        yield f"{file.name}: size is a number of bytes; got {file.size!r}"
    yield from (f"{file.name}: {url!r} is no http(s) address" for url in file.urls if not re.match(r"https?://", url))
