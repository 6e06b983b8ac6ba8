"""What an HDF5 file keeps elsewhere or never wrote: reading gives zeros for it, without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


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
    if not (dataset.is_virtual or dataset.chunks):
        stored = dataset.id.get_storage_size() > 0 or bool(dataset.external)
        return np.full(rows, stored)
    if not dataset.is_virtual and dataset.id.get_num_chunks() == np.prod(_chunks_of(dataset)):
        return np.ones(rows, dtype=bool)
    cells = np.zeros(rows, dtype=np.int64)
    for low, high in _virtual_parts(dataset) if dataset.is_virtual else _chunks_written(dataset):
        cells[low[0] : high[0]] += int(np.prod(high[1:] - low[1:]))
    return cells >= np.prod(dataset.shape[1:], dtype=np.int64)


def _chunks_of(dataset: Any) -> list[int]:
    return [-(-size // chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True)]


def _chunks_written(dataset: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """First and last cells (the last not included) of the chunks that are in the file."""
    offsets: list[tuple[int, ...]] = []
    dataset.id.chunk_iter(lambda chunk: offsets.append(chunk.chunk_offset))
    low = np.reshape(np.array(offsets, dtype=np.int64), (-1, dataset.ndim))
    return list(zip(low, np.minimum(low + dataset.chunks, dataset.shape), strict=True))


def _virtual_parts(dataset: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same of the sources of a virtual dataset that are there."""
    here = Path(dataset.file.filename).parent
    parts = []
    for source in dataset.virtual_sources():
        if source.file_name == "." or (here / source.file_name).exists():
            low, high = source.vspace.get_select_bounds()
            parts.append((np.array(low), np.minimum(np.array(high) + 1, dataset.shape)))
    return parts


def files_beside(path: Path) -> tuple[list[str], list[str]]:
    """Other files that an HDF5 file takes contents from: those of its links, and those of parts of its datasets."""
    import h5py

    links: list[str] = []
    parts: list[str] = []

    def link(name: str, node: Any) -> None:
        if isinstance(node, h5py.ExternalLink):
            links.append(node.filename)

    def part(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset):
            parts.extend(file[0] for file in node.external or ())
            parts.extend(source.file_name for source in (node.virtual_sources() if node.is_virtual else ()))

    with h5py.File(path, "r") as file:
        file.visititems_links(link)
        file.visititems(part)
    return list(dict.fromkeys(links)), [name for name in dict.fromkeys(parts) if name != "."]
