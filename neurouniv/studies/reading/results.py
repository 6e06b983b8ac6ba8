"""The cells of a study's folder as they stand: each with its state, why it has no result, and what its file holds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurouniv.inputs import need_path
from neurouniv.studies.cell.cell import Cell
from neurouniv.studies.folder import Folder
from neurouniv.studies.reading.held import Held, held_by
from neurouniv.studies.reading.labels import named, settings_of
from neurouniv.studies.status import CLAIMED, DONE, FAILED, WAITING, in_words, study_status

DAMAGED = "damaged"
REASONS = {WAITING: "not computed yet", CLAIMED: "a worker has begun it", DONE: ""}


@dataclass(frozen=True)
class Result:
    """A cell with what the folder says of it.

    settings : those that tell it from other cells. state : "done", "failed", "claimed", "waiting" or "damaged".
    reason : why it has no result, or no answer to some question; "" where it has all. held : what its file holds; None
    without one.
    """

    cell: Cell
    id: str
    path: Path
    settings: dict[str, Any]
    state: str
    reason: str
    held: Held | None

    @property
    def places(self) -> list[dict[str, Any]]:
        """Of every system of the cell, its seed, layer, subject, ...; of a cell without result as far as is known."""
        if self.held is not None:
            own = {"seed": self.cell.seeds} if self.cell.kind == "brains" and "seed" not in self.held.batch else {}
            return _crossed(own | {dim: labels.tolist() for dim, labels in self.held.batch.items()})
        layers = self.cell.content["settings"].get("layers") if self.cell.kind == "networks" else None
        known = {"seed": self.cell.seeds, "layer": layers}
        return _crossed({dim: labels for dim, labels in known.items() if labels})

    @property
    def unanswered(self) -> str:
        """The questions that its result has no answer to, by name."""
        return " ".join(self.held.unanswered) if self.held else ""

    @property
    def seeds(self) -> str:
        """Its seeds in words; empty for a recording."""
        return " ".join(map(str, self.cell.seeds))


@dataclass(frozen=True)
class Results:
    """All cells of a study, and how it stands."""

    study: str
    folder: Path
    text: str
    each: list[Result]


def results_in(path: str | os.PathLike[str]) -> Results:
    """What is in the folder of a study now; of every result all is read but movies, comparisons and RSA.

    Raises
    ------
    InputError : this is no folder of a study.
    """
    folder = Folder(need_path(path, "A study"))
    status = study_status(path)
    cells = [Cell.of(fields) for fields in folder.listed()["cells"]]
    rows = zip(cells, status.ids, settings_of(cells), status.states, strict=True)
    each = [_result(folder, *one, status.messages) for one in rows]
    return Results(status.study, Path(path).absolute(), status.text, each)


def _result(
    folder: Folder, cell: Cell, id: str, settings: dict[str, Any], state: str, messages: dict[str, str]
) -> Result:
    path, held, reason = folder.result(id), None, REASONS.get(state, "")
    if state == FAILED:
        reason = f"failed: {messages.get(id, 'its failure cannot be read')}"
    if state == DONE:
        try:
            held = held_by(path)
            reason = in_words(held.unanswered)
        except Exception as error:  # HDF5 raises anything on a damaged file
            state = DAMAGED
            reason = f"its file {path.name} cannot be read ({error}); remove it, and run the study again"
    return Result(cell, id, path, settings, state, reason, held)


def label_of(result: Result, place: dict[str, Any]) -> str:
    """What a system of a result is called."""
    return named(result.cell, place)


def _crossed(labels: dict[str, Sequence[Any]]) -> list[dict[str, Any]]:
    places: list[dict[str, Any]] = [{}]
    for dim, values in labels.items():
        places = [{**place, dim: value} for place in places for value in values]
    return places
