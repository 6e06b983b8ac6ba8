"""What a cell's file holds: what is small is read, of movies only the shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.studies.cell.cell import UNANSWERED_IN
from neurouniv.studies.reading.opened import Array, opened, plain

if TYPE_CHECKING:
    import h5py

MOVIES = ("h", "h_var", "y", "w", "choices", "choices_w")
"""Variables (..., time, pair) of a trajectory."""
FRAMES = ("time", "first", "second", "dx2", "dy2")
FITS = ("constants", "constants_interval", "r2", "loss", "converged", "identified", "message")
LABELS = ("law", "constant", "variable")
FRAME = ("time", "pair")
PARTS = ("compare", "rules", "rsa")
"""The parts of a cell that are read back."""


@dataclass(frozen=True)
class Held:
    """What is known of a cell's result before its movies are read.

    small : arrays by name: labels, times, pairs, and what fits tell.
    movies : dimensions, shape and type of every movie.
    batch : labels of every dimension of members (seed, layer, subject), in the order of h.
    attrs : of time, and of h.
    notes : the attributes of every further part that the file has, of `PARTS`. unanswered : why it has not one that
    was asked for.
    warnings : what was told when the cell was computed.
    """

    small: dict[str, Array]
    movies: dict[str, tuple[tuple[str, ...], tuple[int, ...], np.dtype[Any]]]
    batch: dict[str, np.ndarray]
    attrs: dict[str, dict[str, Any]]
    notes: dict[str, dict[str, Any]]
    unanswered: dict[str, str]
    warnings: list[str]

    @property
    def parts(self) -> tuple[str, ...]:
        """Which further parts the file has."""
        return tuple(self.notes)

    @property
    def members(self) -> int:
        """How many systems the cell holds: seeds times layers, subjects, ...."""
        return int(np.prod([len(labels) for labels in self.batch.values()], dtype=int))

    @property
    def layout(self) -> tuple[Any, ...]:
        """What cells have in common that can be stacked: shapes, times and pairs."""
        frames = tuple((name, self.small[name][1].tobytes()) for name in FRAMES if name in self.small)
        texts = tuple(tuple(self.small[name][1].tolist()) for name in ("first", "second") if name in self.small)
        shapes = tuple((name, *layout[:2], str(layout[2])) for name, layout in self.movies.items())
        times = tuple(sorted((key, str(value)) for key, value in self.attrs["time"].items()))
        return (tuple(self.batch), shapes, tuple(f for f in frames if f[0] not in ("first", "second")), texts, times,
                self.parts, self.attrs["h"].get("metric"))  # fmt: skip


def held_by(path: Path) -> Held:
    """What a result's file holds.

    Raises
    ------
    OSError, RuntimeError : it cannot be read. KeyError, TypeError, ValueError : it is no result of a cell.
    """
    with opened(path) as file:
        small = {name: file.read(name) for name in (*FRAMES, *LABELS, *FITS) if name in file}
        movies = {name: file.layout(name) for name in MOVIES if name in file}
        names = [dim for dim in movies["h"][0] if dim not in FRAME]
        sizes = dict(zip(*movies["h"][:2], strict=True))
        batch = {dim: file.values(dim) if file.is_labelled(dim) else np.arange(sizes[dim]) for dim in names}
        attrs = {name: _words(file.file[name]) for name in ("time", "h")}
        notes = {name: _noted(file.attrs[key], dict) for name in PARTS if (key := f"{name}_attributes") in file.attrs}
        unanswered = _noted(file.attrs.get(UNANSWERED_IN, "{}"), dict)
        warnings = list(map(str, _noted(file.attrs["study_warnings"], list)))
        return Held(small, movies, batch, attrs, notes, unanswered, warnings)


def _noted(text: Any, kind: type) -> Any:
    """What an attribute notes as JSON, a list or values by name."""
    noted = json.loads(text)
    if not isinstance(noted, kind):
        raise ValueError(f"an attribute notes {text!r}, which is no {kind.__name__}")
    return noted


def _words(dataset: h5py.Dataset) -> dict[str, Any]:
    """The attributes that are text or numbers, without those of the format itself."""
    own = ("axis", "units", "long_name", "metric", "normalisation")
    return {name: plain(value) for name, value in dataset.attrs.items() if name in own}
