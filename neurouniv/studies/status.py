"""How a study stands, read from its folder alone."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.studies.estimates import duration
from neurouniv.studies.folder import Folder, Found

DONE, FAILED, CLAIMED, WAITING = "done", "failed", "claimed", "waiting"
RECENT, LONG = 50, 10.0
"""How many of the last results the pace is of; it is told unless this many times its interval went by without one."""
SHOWN = 10
"""Failures, and results in part, that are told one by one."""


@dataclass(frozen=True)
class Status:
    """The cells of a study as its folder has them now: their ids, and of each its label and state.

    messages : why a cell failed, or has a result in part, by its id. unanswered : ids of the latter. others : how many
    results are of other settings or code. pace : cells a second.
    """

    study: str
    ids: list[str]
    labels: list[str]
    states: list[str]
    messages: dict[str, str]
    unanswered: set[str]
    others: int
    pace: float | None

    def count(self, state: str) -> int:
        """How many cells are in that state; a cell that two systems share counts for both."""
        return self.states.count(state)

    @property
    def line(self) -> str:
        """One line: how many are done, and how long the rest takes at the pace of the last results."""
        claimed, rest = self.count(CLAIMED), self.count(WAITING) + self.count(CLAIMED)
        parts = [f"{self.count(DONE)} of {len(self.ids)} cells done"]
        parts += [f"{len(self._partial)} of them in part"] if self._partial else []
        parts += [f"{self.count(FAILED)} failed"] if self.count(FAILED) else []
        parts += [f"{claimed} claimed by workers"] if claimed else []
        if self.pace and rest:
            parts.append(f"about {duration(rest / self.pace)} left at {60 * self.pace:.3g} cells a minute")
        return ", ".join(parts)

    @property
    def text(self) -> str:
        """All there is to say: the line, the failures, and results that are of other settings or code."""
        lines = [f"Study '{self.study}': {self.line}."]
        failed = [n for n, state in enumerate(self.states) if state == FAILED]
        lines += self._listed("failed", failed) + self._listed("done in part", self._partial)
        lines += ["`neurouniv study run ... --retry-failed` computes failed cells again."] if failed else []
        if self.others:
            lines.append(f"{self.others} more results in the folder are of other settings or of other code.")
        return "\n".join(lines)

    @property
    def _partial(self) -> list[int]:
        """The places of cells whose result has no answer to a question."""
        return [n for n, id in enumerate(self.ids) if id in self.unanswered]

    def _listed(self, what: str, places: list[int]) -> list[str]:
        """A line for each of the cells at `places`, the first of them."""
        lines = [f"  {what}: {self.labels[n]}: {self.messages.get(self.ids[n], '')}" for n in places[:SHOWN]]
        return lines + ([f"  and {len(places) - SHOWN} more {what}"] if len(places) > SHOWN else [])

    def table(self) -> xr.Dataset:
        """`state`, `label` and `message` of every cell (cell)."""
        messages = [self.messages.get(id, "") for id in self.ids]
        columns = {"label": self.labels, "state": self.states, "message": messages}
        data = {name: ("cell", np.array(values, dtype=str)) for name, values in columns.items()}
        return xr.Dataset(data, {"cell": np.array(self.ids, dtype=str)}, {"study": self.study})


def study_status(path: str | os.PathLike[str]) -> Status:
    """How the study in a folder stands.

    Only names of files are read, the list of cells, and the failures that are told; so it is quick for thousands.
    "claimed" says that a worker began; whether it is still alive is only known to who watches it.

    Raises
    ------
    InputError : this is no folder of a study.
    """
    folder = Folder(Path(path))
    listed = folder.listed()
    contents = folder.look()
    ids = [str(fields["id"]) for fields in listed["cells"]]
    states = [_state(id, contents) for id in ids]
    failed = [id for id, state in zip(ids, states, strict=True) if state == FAILED]
    failures = {id: folder.told_failure(id) for id in dict.fromkeys(failed)}
    messages = {id: f"{entry['type']}: {entry['message']}" for id, entry in failures.items() if entry is not None}
    messages |= {id: in_words(folder.told_unanswered(id)) for id in contents.unanswered.intersection(ids)}
    others = len((contents.results | contents.failures) - set(ids))
    labels = [_label(fields) for fields in listed["cells"]]
    return Status(str(listed["study"]), ids, labels, states, messages, contents.unanswered, others, _pace(folder))


def in_words(unanswered: Mapping[str, str]) -> str:
    """Why a result has no answer to some questions.

    Examples
    --------
    >>> in_words({"rules": "Four times are needed; got 3."})
    'no rules: Four times are needed; got 3.'
    """
    return " ".join(f"no {question}: {reason}" for question, reason in unanswered.items())


def _label(fields: dict[str, Any]) -> str:
    from neurouniv.studies.cell.cell import Cell

    return Cell.of(fields).label


def _state(id: str, contents: Found) -> str:
    if id in contents.results:
        return DONE
    if id in contents.failures:
        return FAILED
    return CLAIMED if id in contents.claims else WAITING


def _pace(folder: Folder) -> float | None:
    """Results a second, of the last ones; None where there are too few, or the last is far from now."""
    with os.scandir(folder.path / "cells") as entries:
        times = sorted(entry.stat().st_mtime for entry in entries if entry.name.endswith(".nc"))[-RECENT:]
    if len(times) < 3 or times[-1] <= times[0]:
        return None
    interval = (times[-1] - times[0]) / (len(times) - 1)
    silence = abs(time.time() - times[-1])  # the last one is in the future where the clock was set back since
    return None if silence > max(LONG * interval, 60) else 1 / interval
