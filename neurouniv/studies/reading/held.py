"""What a cell's file holds: what is small is read, of movies only the shape. By h5py, in a third of xarray's time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.studies.cell.cell import UNANSWERED_IN

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

Array = tuple[tuple[str, ...], np.ndarray]
"""An array with the names of its dimensions."""


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
    OSError : it cannot be read. KeyError : it is no result of a cell.
    """
    with opened(path) as file:
        there = set(file)
        small = {name: read(file[name]) for name in (*FRAMES, *LABELS, *FITS) if name in there}
        movies = {name: _layout(file[name]) for name in MOVIES if name in there}
        names = [dim for dim in movies["h"][0] if dim not in FRAME]
        sizes = dict(zip(*movies["h"][:2], strict=True))
        batch = {dim: read(file[dim])[1] if _is_labelled(file, dim) else np.arange(sizes[dim]) for dim in names}
        attrs = {name: _words(file[name]) for name in ("time", "h")}
        notes = {name: json.loads(file.attrs[key]) for name in PARTS if (key := f"{name}_attributes") in file.attrs}
        unanswered = json.loads(file.attrs.get(UNANSWERED_IN, "{}"))
        return Held(small, movies, batch, attrs, notes, unanswered, json.loads(file.attrs["study_warnings"]))


def opened(path: Path) -> h5py.File:
    """A result's file, to be read; the import of h5py waits for the first one."""
    import h5py

    return h5py.File(path)


def read(dataset: h5py.Dataset) -> Array:
    """An array of a file as xarray would have it, with its dimensions: words as text, truth values as such."""
    import h5py

    values = dataset.asstr()[()] if h5py.check_string_dtype(dataset.dtype) else dataset[()]
    values = np.asarray(values)
    if values.dtype == object:
        values = values.astype(str)
    if _text(dataset.attrs.get("dtype", "")) == "bool":
        values = values.astype(bool)
    return dims_of(dataset), values


def _layout(dataset: h5py.Dataset) -> tuple[tuple[str, ...], tuple[int, ...], np.dtype[Any]]:
    return dims_of(dataset), dataset.shape, dataset.dtype


def dims_of(dataset: h5py.Dataset) -> tuple[str, ...]:
    """The names of a variable's dimensions; a coordinate of its own name has that one."""
    import h5py

    if "DIMENSION_LIST" not in dataset.attrs:
        return (dataset.name[1:],) * dataset.ndim
    names = (h5py.h5r.get_name(scale[0], dataset.id) for scale in dataset.attrs["DIMENSION_LIST"])
    return tuple(name.decode()[1:] for name in names)


def _is_labelled(file: h5py.File, dim: str) -> bool:
    """Whether a dimension has labels; one without is kept as a name and a size alone."""
    return dim in file and not _text(file[dim].attrs.get("NAME", "")).startswith("This is a netCDF dimension but not")


def _words(dataset: h5py.Dataset) -> dict[str, Any]:
    """The attributes that are text or numbers, without those of the format itself."""
    own = ("axis", "units", "long_name", "metric", "normalisation")
    return {name: _text(value) for name, value in dataset.attrs.items() if name in own}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value
