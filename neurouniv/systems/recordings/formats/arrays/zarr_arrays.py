"""Zarr stores of plain arrays, as zarr itself writes them: groups become nested fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.chunks import or_where_large, sizes_of_chunks
from neurouniv.systems.recordings.formats.arrays.groups import arrays_of, put
from neurouniv.systems.recordings.formats.arrays.stored import stored_in_zarr
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.untrusted.npy import need_letters
from neurouniv.untrusted.room import ITS_ARRAYS, need_memory, need_plausible

LABELS = "_ARRAY_DIMENSIONS"
"""Where version 2 keeps the names of dimensions."""


def is_plain(path: Path) -> bool:
    """Whether a zarr store holds an array whose dimensions have no names, which xarray does not read."""
    import zarr

    with told_plainly(path, "a zarr store"):
        root = zarr.open(path, mode="r")
        return isinstance(root, zarr.Array) or any(array.ndim and not _dims(array) for _, array in arrays_of(root))


def read_plain(path: Path, source: str, chunks: Any = None) -> Fields:
    """The arrays of a zarr store in memory, those of numbers with `chunks` as dask arrays; one array alone is called
    "activity"."""
    import zarr

    tree: dict[str, Any] = {}
    dims, units = {}, {}
    with told_plainly(path, "a zarr store"):
        size, root = size_of_store(path), zarr.open(path, mode="r")
        arrays = dict([("activity", root)] if isinstance(root, zarr.Array) else arrays_of(root))
        need_plausible(sum(array.nbytes for array in arrays.values()), size, ITS_ARRAYS, path)
        stored = stored_in_zarr(path)
        for name, array in arrays.items():
            put(tree, name.split("."), _values(array, chunks, path))
            units[name] = str(array.attrs.get("units", ""))
            if labels := _dims(array):
                dims[name] = labels
    return Fields(tree, source, "Its arrays", {}, dims=dims, units_of=units, doubts=stored.doubts)


def size_of_store(path: Path) -> int:
    """Bytes of all files of a store."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _values(array: Any, chunks: Any, path: Path) -> Any:
    chunks = or_where_large(chunks, array.nbytes)
    if chunks is None or array.ndim < 2 or array.dtype.kind not in "biuf":
        need_memory(array.nbytes, f"To hold its arrays, '{path}'")
        return need_letters(np.asarray(array[...]), path)
    import dask.array as da

    sizes, values = sizes_of_chunks(chunks), da.from_zarr(array)
    if isinstance(sizes, dict) and sizes:
        raise InputError(
            f"`chunks` by the names of dimensions needs names; the array '{array.path}' of the store has none. Give "
            f'one number for all axes, or "own"; got {chunks!r}.'
        )
    return values if sizes in ("auto", {}) else values.rechunk(sizes)


def _dims(array: Any) -> tuple[str, ...]:
    names = getattr(array.metadata, "dimension_names", None) or array.attrs.get(LABELS, ())
    return tuple(str(name or "") for name in names)
