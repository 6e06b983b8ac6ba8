"""What an HDF5 file keeps elsewhere or never wrote, which reads as zeros without a word."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.untrusted.room import ITS_ARRAYS, need_memory, need_plausible, need_room

SAME_FILE = "."
"""What a virtual dataset calls the file that it is in."""


def need_room_in_hdf5(file: Any) -> None:
    """Raise `InputError` where what an open HDF5 file declares cannot be in it, or has no room in memory.

    Datasets that were never written count nothing: they are not read.
    """
    import h5py

    sizes = {"inside": 0, "beside": 0}

    def count(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.shape is not None:
            elsewhere = node.is_virtual or bool(node.external)
            if elsewhere or node.id.get_storage_size():
                sizes["beside" if elsewhere else "inside"] += node.size * node.dtype.itemsize

    file.visititems(count)
    path = Path(file.filename)
    need_plausible(sizes["inside"], path.stat().st_size, ITS_ARRAYS, path)
    need_memory(sum(sizes.values()), f"To hold its arrays, '{path}'")


def need_room_in(dataset: Any) -> None:
    """The same of one dataset that is read at once; nothing of what is no dataset of HDF5."""
    import h5py

    dataset = getattr(dataset, "dataset", dataset)  # as hdmf wraps references and text
    if isinstance(dataset, h5py.Dataset) and dataset.shape is not None:
        path, elsewhere = Path(dataset.file.filename), dataset.is_virtual or bool(dataset.external)
        held = math.inf if elsewhere else path.stat().st_size
        need_room(dataset.size * dataset.dtype.itemsize, held, f"'{dataset.name}'", path)


def written_rows(dataset: Any) -> np.ndarray:
    """Which rows (along the first axis) of an HDF5 dataset were written; the others read as its fill value.

    Chunks and blocks that were never written count, and the sources of virtual datasets that are not there. What is no
    dataset of HDF5 (an array in memory) is whole.

    Examples
    --------
    >>> written_rows(np.zeros((3, 2))).tolist()
    [True, True, True]
    """
    import h5py

    rows = np.shape(dataset)[0] if np.ndim(dataset) else 1
    dataset = getattr(dataset, "dataset", dataset)  # as hdmf wraps references and text
    if not isinstance(dataset, h5py.Dataset) or not dataset.size or not dataset.shape:
        return np.ones(rows, dtype=bool)
    if not dataset.is_virtual:
        written, chunks = chunks_written(dataset)
        if written in (0, chunks):
            return np.full(rows, written > 0)
    cells = np.zeros(rows, dtype=np.int64)
    for low, high in _virtual_parts(dataset) if dataset.is_virtual else _places_written(dataset):
        cells[low[0] : high[0]] += int(np.prod(high[1:] - low[1:]))
    return cells >= np.prod(dataset.shape[1:], dtype=np.int64)


def chunks_written(dataset: Any) -> tuple[int, int]:
    """How many chunks of an HDF5 dataset were written, and how many it has: one where it is not cut into chunks."""
    if dataset.chunks is None:
        return int(dataset.id.get_storage_size() > 0 or bool(dataset.external)), 1
    chunks = math.prod(-(-size // chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    return dataset.id.get_num_chunks(), chunks


def _places_written(dataset: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """First and last cells (the last not included) of the chunks that are in the file."""
    offsets: list[tuple[int, ...]] = []
    dataset.id.chunk_iter(lambda chunk: offsets.append(chunk.chunk_offset))
    low = np.reshape(np.array(offsets, dtype=np.int64), (-1, dataset.ndim))
    return list(zip(low, np.minimum(low + dataset.chunks, dataset.shape), strict=True))


def _virtual_parts(dataset: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same of the sources of a virtual dataset that are there."""
    path = Path(dataset.file.filename)
    parts = []
    for source in dataset.virtual_sources():
        if is_there(path, source.file_name, source.dset_name):
            low, high = source.vspace.get_select_bounds()
            parts.append((np.array(low), np.minimum(np.array(high) + 1, dataset.shape)))
    return parts


def is_there(path: Path, file: str, dataset: str) -> bool:
    """Whether a source of a virtual dataset of the file `path` is there."""
    import h5py

    if file == SAME_FILE:
        return True
    place = path.parent / file
    if not place.is_file() or not h5py.is_hdf5(place):
        return False
    with h5py.File(place, "r") as source:
        return dataset in source


def links_outside(file: Any) -> dict[str, str]:
    """The links of an open HDF5 file into other files, by their names, and which file each leads to."""
    import h5py

    links: dict[str, str] = {}

    def look(name: str, link: Any) -> None:
        if isinstance(link, h5py.ExternalLink):
            links[name] = link.filename

    file.visititems_links(look)
    return links


def files_beside(path: Path) -> tuple[list[str], list[str]]:
    """Other files that an HDF5 file takes contents from: those of its links, and those of parts of its datasets."""
    import h5py

    parts: list[str] = []

    def part(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset):
            parts.extend(file[0] for file in node.external or ())
            parts.extend(source.file_name for source in (node.virtual_sources() if node.is_virtual else ()))

    with h5py.File(path, "r") as file:
        links = links_outside(file)
        file.visititems(part)
    return list(dict.fromkeys(links.values())), [name for name in dict.fromkeys(parts) if name != SAME_FILE]
