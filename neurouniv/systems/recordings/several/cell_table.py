"""Tables that say which channel of each file is which cell: from ROICaT, CellReg, suite2p, or one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.untrusted.npy import array_of
from neurouniv.untrusted.regular import need_regular

FROM_1 = ("cell_to_index_map", "allSessionMapping")
"""Fields of MATLAB files (CellReg, ROIMatchPub) whose entries count from 1, with 0 where a cell is absent."""
LABELS = ("labels_bySession", "ucids_bySession", "UCIDs_bySession", "UCIDs", "ucids")
"""Fields of JSON files (ROICaT) that hold a label for every ROI of each session."""
CELL_COLUMNS = ("cell", "cell_id", "cells", "roi", "roi_id", "neuron", "unit", "id", "index", "nan", "unnamed: 0", "")
"""What a column is called that names cells, and is that of no file."""
FILES = (".csv", ".tsv", ".txt", ".npy", ".mat", ".json")
FORMS = (
    "a table of cells (rows) and files (columns): an array, a DataFrame, or a .csv, .npy or .mat file; or labels of "
    "the channels of each file, as ROICaT has them: a list of arrays or of .npy files, or a .json file"
)


@dataclass(frozen=True)
class CellTable:
    """Which channel of each file is which cell.

    entries : (cell, file), numbers or texts; NaN, None, "" or a negative number where a cell is absent.
    source : what it came from, for messages. base : what its numbers count from, where that is known.
    cells, files : the names of rows and columns, where they have some.
    """

    entries: np.ndarray
    source: str
    base: int | None = None
    cells: list[str] | None = None
    files: list[str] | None = None


def cell_table(value: Any, sizes: Sequence[int]) -> CellTable:
    """The table that a user gave.

    Parameters
    ----------
    value : one of `FORMS`. sizes : the number of channels of each file.

    Raises
    ------
    InputError : it is none of these; a label comes twice in a file.
    FileNotFoundError : the file is not there.

    Examples
    --------
    >>> table = cell_table([[5, -1, 7], [7, 5]], sizes=[3, 2])  # labels of ROICaT: the cells 5 and 7
    >>> table.entries.tolist(), table.cells
    ([[0.0, 1.0], [2.0, 0.0]], ['cell5', 'cell7'])
    """
    if isinstance(value, (str, Path)):
        return _of_file(Path(value).expanduser(), sizes)
    if type(value).__name__ == "DataFrame":
        return _of_frame(value, "the table", len(sizes))
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, (str, Path)) for item in value):
        return _of_labels([_loaded(Path(item).expanduser()) for item in value], "labels", sizes)
    if isinstance(value, (list, tuple)) and [np.size(item) for item in value] == list(sizes):
        if set(sizes) == {len(sizes)} and not all(isinstance(item, np.ndarray) for item in value):
            raise InputError(
                f"A list of {len(sizes)} lists of {len(sizes)} may be a table of cells and files, or labels of the "
                "channels of each file. Give a table as an array, np.array(table), or labels as a list of arrays."
            )
        return _of_labels(value, "labels", sizes)
    try:
        entries = np.asarray(value)
    except ValueError:
        entries = np.empty(0)
    if entries.ndim != 2:
        raise InputError(f'`match_channels` is "name", "never", or {FORMS}; got {type(value).__name__}.')
    return CellTable(entries, "the table")


def _of_file(path: Path, sizes: Sequence[int]) -> CellTable:
    if path.suffix.lower() not in FILES:
        raise InputError(f'`match_channels` is "name", "never", or {FORMS}; got {str(path)!r}.')
    need_regular(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file '{path}', given as `match_channels`.")
    suffix, name = path.suffix.lower(), f"'{path.name}'"
    if suffix in (".csv", ".tsv", ".txt"):
        return _of_text(path, name, len(sizes))
    if suffix == ".npy":
        return CellTable(_loaded(path), name)
    if suffix == ".mat":
        return _of_matlab(path, name)
    return _of_json(path, name, sizes)


def _loaded(path: Path) -> np.ndarray:
    """The array of a .npy file; pickled ones are not read."""
    try:
        array = array_of(path)
    except InputError:
        raise
    except (ValueError, OSError, EOFError) as error:
        why = "holds objects, which unpickling would run" if "pickle" in str(error) else f"cannot be read ({error})"
        raise InputError(
            f"'{path}' {why}. Save the table as numbers, NaN where a cell is absent: "
            "np.save(path, np.array(table, dtype=float))"
        ) from error
    return np.asarray(array)


def _of_text(path: Path, name: str, files: int) -> CellTable:
    """A text table, with or without a line of names."""
    import pandas as pd

    with told_plainly(path, "a table of text"):
        frame = pd.read_csv(path, header=None, dtype=str, sep=None, engine="python", skipinitialspace=True)
    first = frame.iloc[0].dropna()
    if pd.to_numeric(first, errors="coerce").isna().any():
        frame = frame.iloc[1:].set_axis(frame.iloc[0].astype(str), axis=1)
    return _of_frame(frame, name, files)


def _of_frame(frame: Any, source: str, files: int) -> CellTable:
    """A table with the names of its columns, and of cells: an index of texts, or a first column called so."""
    has_names = not all(isinstance(column, (int, np.integer)) for column in frame.columns)
    if has_names and frame.shape[1] > files and str(frame.columns[0]).strip().lower() in CELL_COLUMNS:
        frame = frame.set_index(frame.columns[0])
        frame.index = frame.index.map(lambda cell: f"cell{cell}")
    has_index = any(isinstance(label, str) for label in frame.index)
    cells = list(map(str, frame.index)) if has_index else None
    columns = list(map(str, frame.columns)) if has_names else None
    return CellTable(frame.to_numpy(dtype=object), source, cells=cells, files=columns)


def _of_matlab(path: Path, name: str) -> CellTable:
    from neurouniv.systems.recordings.formats.matlab import mat_files

    fields = mat_files.read_mat(path, name)
    tables = {path: array for path, array in fields.leaves().items() if array.ndim == 2 and array.dtype.kind in "iuf"}
    known = {path: array for path, array in tables.items() if path.split(".")[-1] in FROM_1}
    chosen = known or tables
    if len(chosen) != 1:
        raise InputError(
            f"{name} has {len(chosen)} tables of numbers; a table of cells and files is one, called {FROM_1[0]} by "
            f"CellReg. Its fields: {fields.listing()}. Give the array itself."
        )
    field, entries = next(iter(chosen.items()))
    return CellTable(entries, f"{field} of {name}", base=1 if known else None)


def _of_json(path: Path, name: str, sizes: Sequence[int]) -> CellTable:
    with told_plainly(path, "a JSON file"):
        content = json.loads(path.read_text(encoding="utf-8"))
    lists = content if isinstance(content, list) else next(_named(content), None)
    if not isinstance(lists, list) or not all(isinstance(labels, list) for labels in lists):
        raise InputError(f"{name} holds no list of labels for each file; it would be called {LABELS[0]}, as in ROICaT.")
    return _of_labels(lists, name, sizes)


def _named(node: Any) -> Iterator[Any]:
    """What is called like labels of ROIs, however deep in the file."""
    if isinstance(node, Mapping):
        yield from (node[label] for label in LABELS if label in node)
        for value in node.values():
            yield from _named(value)


def _of_labels(labels: Sequence[Any], source: str, sizes: Sequence[int]) -> CellTable:
    """The table of labels: one for every channel of each file, negative where it is no cell of others."""
    columns = [np.ravel(np.asarray(of_file, dtype=float)) for of_file in labels]
    if [column.size for column in columns] != list(sizes):
        raise InputError(
            f"Labels of cells need one for every channel of each file; {source} has {[c.size for c in columns]} labels "
            f"for files of {list(sizes)} channels."
        )
    there = [np.isfinite(column) & (column >= 0) for column in columns]
    cells = np.unique(np.concatenate([column[is_cell] for column, is_cell in zip(columns, there, strict=True)]))
    entries = np.full((cells.size, len(columns)), np.nan)
    for n, (column, is_cell) in enumerate(zip(columns, there, strict=True)):
        values, counts = np.unique(column[is_cell], return_counts=True)
        if (counts > 1).any():
            raise InputError(
                f"A label names one channel of a file; in {source}, {values[counts > 1][0]:g} names "
                f"{counts.max()} channels of file {n + 1}."
            )
        entries[np.searchsorted(cells, column[is_cell]), n] = np.flatnonzero(is_cell)
    return CellTable(entries, source, base=0, cells=[f"cell{cell:g}" for cell in cells])
