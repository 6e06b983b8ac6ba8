"""The folder of a study, the only truth about it: which cells there are, which are done, failed or claimed.

| place | what |
|---|---|
| `study.yaml` | the study as it was last run |
| `cells.json` | its cells, in order |
| `cells/ID.nc` | the result of a cell |
| `cells/ID.unanswered.json` | the questions that a result has no answer to, with the reason |
| `cells/ID.failed.json` | why a cell has no result: message, traceback, tries |
| `claims/ID.N` | who computes a cell, at the N-th try, and its heartbeat (`neurouniv.studies.claims`) |
| `scratch/` | what is being written |
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from neurouniv.schema import InputError
from neurouniv.storage import save
from neurouniv.studies.cell.cell import UNANSWERED_IN, Cell
from neurouniv.studies.durable import put, write_json, write_text
from neurouniv.untrusted.regular import is_file_at, need_regular
from neurouniv.unwritten import writing

RESULT, UNANSWERED, FAILED = ".nc", ".unanswered.json", ".failed.json"
ROOMS = ("cells", "claims", "scratch")
MAKES = "`neurouniv study run STUDY.yaml --out {}` makes it."


@dataclass(frozen=True)
class Found:
    """What a look into the folder tells, by ids of cells: results, those of them without an answer to a question,
    failures, and claims with their tries."""

    results: set[str]
    unanswered: set[str]
    failures: set[str]
    claims: dict[str, int]


@dataclass(frozen=True)
class Folder:
    """A study's folder at `path`."""

    path: Path

    def make(self) -> None:
        """Make the folder and its rooms, where they are not there."""
        for room in ROOMS:
            (self.path / room).mkdir(parents=True, exist_ok=True)

    def result(self, id: str) -> Path:
        """Where the result of a cell is."""
        return self.path / "cells" / f"{id}{RESULT}"

    def failure(self, id: str) -> Path:
        """Where it is told why a cell has none."""
        return self.path / "cells" / f"{id}{FAILED}"

    def _unanswered(self, id: str) -> Path:
        return self.path / "cells" / f"{id}{UNANSWERED}"

    def list_cells(self, name: str, cells: Iterable[Cell], text: str) -> None:
        """Keep the study: its text in YAML, and its cells. Results of cells it no longer has stay where they are."""
        write_text(text, self.path / "study.yaml", self.path / "scratch")
        lines = ",\n".join(json.dumps(cell.told()) for cell in cells)
        listing = f'{{"study": {json.dumps(name)}, "cells": [\n{lines}\n]}}\n'
        write_text(listing, self.path / "cells.json", self.path / "scratch")

    def listed(self) -> dict[str, Any]:
        """What `list_cells` kept: `study`, its name, and `cells`.

        Raises
        ------
        InputError : this is no folder of a study, or its list is damaged.
        """
        if is_file_at(self.path):
            raise InputError(f"'{self.path}' is a file, and no folder of a study. {MAKES.format('FOLDER')}")
        place = self.path / "cells.json"
        need_regular(place)
        try:
            listing = json.loads(place.read_text(encoding="utf-8"))
        except FileNotFoundError:
            remedy = MAKES.format(self.path)
            raise InputError(f"'{self.path}' is no folder of a study: it has no cells.json. {remedy}") from None
        except (ValueError, RecursionError):
            listing = None
        if not _is_list_of_cells(listing):
            raise InputError(f"'{place}' is damaged. Run the study's file again, which writes it again.")
        return dict(listing)

    def look(self) -> Found:
        """What is there now, from two lists of files; no file is opened."""
        names = _names(self.path / "cells")
        results, unanswered, failures = (
            {name.removesuffix(end) for name in names if name.endswith(end)} for end in (RESULT, UNANSWERED, FAILED)
        )
        claims: dict[str, int] = {}
        for name in _names(self.path / "claims"):
            id, _, tries = name.partition(".")
            if tries.isdigit():
                claims[id] = max(claims.get(id, 0), int(tries))
        return Found(results, unanswered & results, failures - results, claims)

    def keep_result(self, id: str, tries: int, result: xr.Dataset) -> None:
        """Put a result in its place, whole or not at all; the failure of an earlier try goes."""
        unanswered = json.loads(result.attrs.get(UNANSWERED_IN, "{}"))
        if unanswered:  # first: without a result beside it, it counts for nothing
            write_json(unanswered, self._unanswered(id), self.path / "scratch")
        scratch = self.path / "scratch" / f"{id}.{tries}"
        scratch.mkdir(exist_ok=True)
        try:
            written = save(result, scratch / f"result{RESULT}")
            with writing(self.result(id), result.nbytes):
                put(written, self.result(id))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        self.failure(id).unlink(missing_ok=True)

    def keep_failure(self, id: str, failure: dict[str, Any]) -> None:
        """Put in its place why a cell has no result."""
        write_json(failure, self.failure(id), self.path / "scratch")

    def told_unanswered(self, id: str) -> dict[str, str]:
        """Why the result of a cell has no answer to a question, by question."""
        return _json_in(self._unanswered(id)) or {}

    def told_failure(self, id: str) -> dict[str, Any] | None:
        """Why a cell has no result; None where it has not failed."""
        return _json_in(self.failure(id))

    def sweep(self, id: str) -> None:
        """Remove what dead workers left of a cell that is done: claims and half-written files."""
        for path in (self.path / "scratch").glob(f"{id}.*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        for path in (self.path / "claims").glob(f"{id}.*"):  # last: while they are there, a later look sweeps again
            path.unlink(missing_ok=True)

    def sweep_done(self, contents: Found) -> None:
        """The same of all cells with a result whose worker died before it could; writing is not needed for it."""
        with contextlib.suppress(OSError):
            for id in contents.claims.keys() & contents.results:
                self.sweep(id)


def _json_in(place: Path) -> dict[str, Any] | None:
    try:
        need_regular(place)
        return dict(json.loads(place.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _names(room: Path) -> list[str]:
    try:
        with os.scandir(room) as entries:
            return [entry.name for entry in entries]
    except FileNotFoundError:
        return []


def _is_list_of_cells(listing: Any) -> bool:
    """Whether it is what `Folder.list_cells` keeps."""
    cells = listing.get("cells") if isinstance(listing, dict) else None
    if not isinstance(cells, list) or not isinstance(listing.get("study"), str):
        return False
    names = {"id", *Cell.__dataclass_fields__}
    return all(isinstance(cell, dict) and set(cell) == names for cell in cells)
