"""The catalogue of data sets, as a Dataset, and the description of one, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from neurouniv.datasets.locate import all_there
from neurouniv.datasets.registry import UNVERIFIED, Entry, Part, entry, registry
from neurouniv.names import public

BUNDLED, ON_DISK, TO_FETCH, BY_HAND = "bundled", "on disk", "to fetch", "by hand"
MADE = {"read_recording": "rec", "read_rdms": "traj"}
WIDTH, HEAD = 100, 11
COLUMNS = ("about", "axis", "conditions", "units", "licence", "citation", "doi", "source")
RECIPE = ("learning", "task", "question")
UNTRIED = "not verified: the steps below were not tried on its files"


def available() -> xr.Dataset:
    """The registered data sets.

    Returns
    -------
    Dataset over `name` of texts: `about`, `axis` (what its time is: "learning", "within_trial" or "none"),
    `conditions`, `units`, `licence`, `citation`, `doi`, `source`, `place` ("bundled", "on disk", "to fetch", or "by
    hand": not by a program), and where there is a recipe what the learning axis is (`learning`), the `task`, and the
    `question` it can answer; `size` in bytes of the files whose size is known; `verified`, whether the checksums of
    all are; `tried`, whether its recipe was tried on its files.

    Examples
    --------
    >>> found = available()
    >>> found.name[found.axis == "learning"].values[:2].tolist()
    ['simulated_mouse', 'simulated_sequences']
    """
    entries = list(registry().values())
    texts = {column: [getattr(e, column) for e in entries] for column in (*COLUMNS, *RECIPE)}
    texts["place"] = list(map(place, entries))
    columns = {name: ("name", np.array(values, dtype=str)) for name, values in texts.items()}
    columns["size"] = "name", np.array(list(map(total_size, entries)))
    columns["verified"] = "name", np.array([verified(e) for e in entries])
    columns["tried"] = "name", np.array([e.verified for e in entries])
    return xr.Dataset(columns, {"name": [e.name for e in entries]})


def place(entry: Entry) -> str:
    """Where a data set is to be had: its files bundled, all or a part's on disk, to be fetched, or got by hand."""
    if entry.bundled:
        return BUNDLED
    if any(all_there(entry, part.files) for part in entry.parts):
        return ON_DISK
    return TO_FETCH if entry.fetched else BY_HAND


def total_size(entry: Entry) -> int:
    """Bytes of the files whose size is known."""
    return sum(file.size for file in entry.files)


def verified(entry: Entry) -> bool:
    """Whether the checksums of all files are known."""
    return bool(entry.files) and all(file.sha256 != UNVERIFIED for file in entry.files)


@public
def describe(name: str) -> str:
    """What is known of a data set, and how it is read, as text.

    Raises
    ------
    InputError : none of this name is registered.

    Examples
    --------
    >>> print(describe("simulated_sequences").splitlines()[0])
    simulated_sequences: 8 movement sequences learned over 6 weeks; one region follows the universal law, one no law
    """
    dataset = entry(name)
    facts = {
        "time axis": dataset.axis.replace("_", " "), "conditions": dataset.conditions, "units": dataset.units,
        "licence": dataset.licence, "citation": dataset.citation, "doi": dataset.doi, "source": dataset.source,
        "notes": dataset.notes, "made by": dataset.recipe, "size": dataset.amount, "to get it": dataset.obtain,
        "learning": dataset.learning, "task": dataset.task, "question": dataset.question,
        "recipe": "" if dataset.verified else UNTRIED, "checked": dataset.checked, "not checked": dataset.unchecked,
    }  # fmt: skip
    lines = [f"{name}: {dataset.about}"] + [
        line for fact, text in facts.items() if text for line in _wrapped(fact, text)
    ]
    lines += [_line("facts from" if not number else "", fact) for number, fact in enumerate(dataset.facts)]
    lines += [_line("file", f"{file.name}: {_checksum(file.sha256, file.checked)}") for file in dataset.files]
    lines += ["steps", textwrap.indent(dataset.steps.strip(), " " * 4)] if dataset.steps else []
    return "\n".join(lines + [line for part in dataset.parts for line in how_to_read(dataset, part)])


def how_to_read(entry: Entry, part: Part, paths: Sequence[Path] = ()) -> list[str]:
    """The calls that read a part of a data set: by its name or, where its files are given, by their paths."""
    if not part.call:
        split = f', split="{part.name}"' if part is not entry.parts[0] else ""
        return [_line(part.name, f'files = nu.datasets.fetch("{entry.name}"{split})')]
    variable = MADE.get(part.call, "data")
    then = [_line("then", part.then)] if part.then else []
    return [_line(part.name, f"{variable} = {_call(entry, part, paths)}"), *then]


def _call(entry: Entry, part: Part, paths: Sequence[Path]) -> str:
    if not paths:
        arguments = [f'"{entry.name}"'] + ([f'split="{part.name}"'] if part is not entry.parts[0] else [])
        return f"nu.datasets.load({', '.join(arguments)})"
    arguments = [_source(part, paths), *(f"{key}={value!r}" for key, value in part.settings.items())]
    short = f"nu.{part.call}({', '.join(arguments)})"
    return short if len(short) <= WIDTH - 20 else f"nu.{part.call}(\n" + "".join(f"    {a},\n" for a in arguments) + ")"


def _source(part: Part, paths: Sequence[Path]) -> str:
    """The files as a user would give them: one by its path, several recordings by what their names have in common."""
    if len(paths) == 1:
        return repr(str(paths[0]))
    if part.call == "read_recording":
        return repr(str(paths[0].with_name("*" + paths[0].suffix)))
    return str([str(path) for path in paths])


def _line(head: str, text: str) -> str:
    return f"  {head:<{HEAD}} {text}".replace("\n", "\n" + " " * (HEAD + 3))


def _wrapped(head: str, text: str) -> list[str]:
    return [_line("" if number else head, line) for number, line in enumerate(textwrap.wrap(text, WIDTH - HEAD - 3))]


def _checksum(sha256: str, checked: str) -> str:
    return UNVERIFIED if sha256 == UNVERIFIED else f"SHA-256 {sha256[:12]}..., {checked}"
