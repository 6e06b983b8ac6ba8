"""Movies of many cells as one array that reads a file only when its numbers are needed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, with_pair_labels
from neurouniv.studies.reading.held import FRAME, Held
from neurouniv.studies.reading.opened import opened
from neurouniv.studies.reading.results import Result
from neurouniv.studies.reading.systems import labels_of


@dataclass(frozen=True)
class Files:
    """One variable of several cells' files, stacked (cell, ...), as `dask.array.from_array` takes it."""

    paths: tuple[Path, ...]
    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        """How many dimensions it has, that of cells included."""
        return len(self.shape)

    def __getitem__(self, place: Any) -> np.ndarray:
        """The numbers at a place as NumPy has it: whole numbers, slices, lists.

        Raises
        ------
        InputError : a file has gone, or is no longer the one that was there when the study was opened.
        """
        cells, *rest = place if isinstance(place, tuple) else (place,)
        rows = np.arange(len(self.paths))[cells]
        arrays = [self._whole(self.paths[row])[tuple(rest)] for row in np.atleast_1d(rows)]
        if not arrays:
            like = np.broadcast_to(np.zeros((), self.dtype), self.shape[1:])[tuple(rest)]
            return np.empty((0, *like.shape), self.dtype)
        return np.stack(arrays) if np.ndim(rows) else arrays[0]

    def _whole(self, path: Path) -> np.ndarray:
        try:
            with opened(path) as file:
                dims, values = file.read(self.name)
        except (OSError, KeyError, RuntimeError) as error:
            raise InputError(
                f"'{path}' cannot be read any more ({error}). Open the study again, which lists what is missing."
            ) from error
        if values.shape != self.shape[1:] or dims != self.dims:
            raise InputError(f"'{path}' has changed since this study was opened. Open the study again.")
        return values


def stacked(results: Sequence[Result]) -> xr.Dataset:
    """The movies of cells of one layout: (system, time, pair), lazily, one chunk a cell.

    What a dimension of h does not have, such as the outputs y of all layers of a network, is repeated over it.
    """
    held = _held(results[0])
    movies = {name: _flat(lazy(results, name, *layout), layout[0], held, len(results))
              for name, layout in held.movies.items()}  # fmt: skip
    coords = {name: held.small[name] for name in ("time", "first", "second", "dx2", "dy2") if name in held.small}
    rows = [(result, place) for result in results for place in result.places]
    arrays = {name: (("system", *FRAME), array) for name, array in movies.items()}
    data = xr.Dataset(arrays, {**coords, **labels_of(rows)})
    data["time"].attrs, data["h"].attrs = dict(held.attrs["time"]), dict(held.attrs["h"])
    return with_pair_labels(data)


def lazy(
    results: Sequence[Result], name: str, dims: tuple[str, ...], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Any:
    """A variable of several cells as a dask array (cell, ...)."""
    import dask.array as da

    files = Files(tuple(result.path for result in results), name, dims, (len(results), *shape), dtype)
    meta = np.empty((0,) * files.ndim, dtype)
    return da.from_array(files, chunks=(1, *shape), name=f"{name}-{uuid.uuid4().hex}", meta=meta, asarray=False)


def _flat(array: Any, dims: tuple[str, ...], held: Held, cells: int) -> Any:
    """(cell, *dims) as (system, time, pair): members of a cell one after the other."""
    import dask.array as da

    batch = tuple(held.batch)
    absent = [dim for dim in batch if dim not in dims]
    order = [dims.index(dim) + 1 for dim in (*(d for d in batch if d in dims), *FRAME)]
    array = array.transpose([0, *order])
    for dim in absent:
        array = da.expand_dims(array, 1 + batch.index(dim))
    sizes = tuple(len(held.batch[dim]) for dim in batch)
    frames = array.shape[-2:]
    return da.broadcast_to(array, (cells, *sizes, *frames)).reshape(cells * int(np.prod(sizes, dtype=int)), *frames)


def _held(result: Result) -> Held:
    if result.held is None:
        raise InputError(f"'{result.cell.label}' has no result: {result.reason}.")
    return result.held
