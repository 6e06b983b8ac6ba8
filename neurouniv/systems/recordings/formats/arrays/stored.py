"""What of an array is stored where: parts never written, which read as zeros, and values that other files hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.formats.arrays.groups import arrays_of, nodes
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import SAME_FILE, chunks_written, is_there, links_outside
from neurouniv.systems.recordings.help.errors import told_plainly

RENAMED = "_nc4_non_coord_"
"""How netCDF begins the name of a variable that is called as a dimension of another."""
BARE = b"This is a netCDF dimension but not a netCDF variable"
MANY_FILES = "%"
"""Marks a pattern of files, of which nothing can be said, in the name of a virtual dataset's source."""


@dataclass
class Stored:
    """Of the arrays of a file, by dotted names: what is to be doubted, and what is not to be read, with the reasons."""

    doubts: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


def stored_in_hdf5(path: Path) -> Stored:
    """Datasets of an HDF5 file that were not written whole, and those whose values are in other files."""
    import h5py

    stored = Stored()
    with h5py.File(path, "r") as file:
        for parts, node in nodes(file):
            name = ".".join(parts).removeprefix(RENAMED)
            if isinstance(node, str):
                stored.unread[name] = node
            elif isinstance(node, h5py.Dataset) and node.shape is not None and node.size and not _is_bare(node):
                _look_at(node, name, path, stored)
    return stored


def _is_bare(node: Any) -> bool:
    """Whether a dataset only stands for a dimension of netCDF, and is never written."""
    name = node.attrs.get("NAME", b"")
    return isinstance(name, bytes) and name.startswith(BARE)


def _look_at(node: Any, name: str, path: Path, stored: Stored) -> None:
    if node.dtype.kind == "f" and node.dtype.itemsize > 8:
        stored.doubts[name] = (
            f"its numbers have an unusual type ({node.dtype}); the file may be damaged. Compare a "
            "few values with their source."
        )
    if node.is_virtual:
        _look_at_sources(node, name, path, stored)
        return
    if node.external:
        files = some([file for file, *_ in node.external])
        stored.unread[name] = (
            f"its values are in other files ({files}), which no checksum covers. Copy it into one file: "
            f'new["{node.name}"] = old["{node.name}"][()].'
        )
        return
    written, chunks = chunks_written(node)
    if not written:
        stored.unread[name] = NEVER
    elif written < chunks:
        stored.doubts[name] = (
            f"{chunks - written} of its {chunks} chunks (of shape {node.chunks}) were never written; what they "
            f"read as ({node.fillvalue}) was not measured. If the file is not finished, make it again."
        )


NEVER = "it was made but never written; all its values would read as the fill value. Make the file again."


def _look_at_sources(node: Any, name: str, path: Path, stored: Stored) -> None:
    """The parts of a virtual dataset, which lie in other files."""
    sources = [(source.file_name, source.dset_name) for source in node.virtual_sources()]
    named = [(file, dataset) for file, dataset in dict.fromkeys(sources) if MANY_FILES not in file]
    absent = [file for file, dataset in named if not is_there(path, file, dataset)]
    if absent:
        stored.unread[name] = (
            f"it is made of parts in other files, and {some(absent)} "
            f"{'are' if len(absent) > 1 else 'is'} not there; those parts would read as {node.fillvalue}. Put the "
            "files beside this one, or copy all parts into one file."
        )
        return
    others = sorted({file for file, _ in sources} - {SAME_FILE})
    if others:
        stored.doubts[name] = f"its values are in other files ({some(others)}), which no checksum covers."


def need_one_file(path: Path, kind: str) -> None:
    """Raise `InputError` where a file in HDF5, which messages call `kind`, has links into other files."""
    import h5py

    with told_plainly(path, kind), h5py.File(path, "r") as file:
        links = links_outside(file)
    if links:
        raise InputError(
            f"'{path}' has links into other files ({some([f'{name} in {file!r}' for name, file in links.items()])}), "
            "which no checksum covers. They are not followed: copy what they lead to into one file."
        )


def stored_in_zarr(path: Path) -> Stored:
    """Arrays of a zarr store of which chunks are absent and read as numbers."""
    import zarr

    stored, root = Stored(), zarr.open(path, mode="r")
    for name, array in [("activity", root)] if isinstance(root, zarr.Array) else arrays_of(root):
        fill = array.fill_value
        if not array.size or (fill is not None and np.asarray(fill).dtype.kind == "f" and np.isnan(fill)):
            continue  # what is absent is missing, and told as such
        absent = array.nchunks - array.nchunks_initialized
        if absent:
            stored.doubts[name] = (
                f"{absent} of its {array.nchunks} chunks (of shape {array.chunks}) are not in the store and read as "
                f"{0 if fill is None else fill}. They hold only this value, were never written, or were lost in "
                "copying. If the array should be complete, copy or make it again."
            )
    return stored
