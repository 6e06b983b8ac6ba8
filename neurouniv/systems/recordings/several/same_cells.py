"""Channels of several files called by their cells, which a table tells; what is in no row stays apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError, some
from neurouniv.systems.recordings.several.cell_table import CellTable, cell_table
from neurouniv.systems.recordings.several.concatenate import Part
from neurouniv.systems.recordings.several.side_by_side import called

NAMES = "names"
BASES: tuple[int | str, ...] = (0, 1, NAMES)
ABSENT = ("", "nan", "none", "n/a", "-1")


def with_cells(parts: Sequence[Part], match: Any, base: Any = None) -> tuple[list[Part], str]:
    """`parts` with channels named by their cells, to be matched by name; and how they were, in words.

    Parameters
    ----------
    match : a table of cells, see `neurouniv.systems.recordings.several.cell_table.cell_table`.
    base : what entries of the table count from, 0 or 1, or "names", where they are the channels' names; default as
        the table tells.

    Raises
    ------
    InputError : the table does not fit the files, or does not tell what its entries count from.

    Examples
    --------
    >>> import xarray as xr
    >>> rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(2))}, {"channel": [0, 1]})
    >>> parts, said = with_cells([Part("a.mat", rec), Part("b.mat", rec)], np.array([[0, 1], [1, -1]]))
    >>> [part.rec.channel.values.tolist() for part in parts]
    [['cell0', 'cell1'], ['b/0', 'cell0']]
    >>> said
    '2 cells of the table (entries count from 0), 1 in all 2 files; 1 channels in no row stay apart'
    """
    table = cell_table(match, [part.rec.sizes["channel"] for part in parts])
    entries = _by_file(table, parts)
    kind, places = _places(entries, table, parts, base)
    cells = np.array(table.cells or [f"cell{n}" for n in range(len(entries))], dtype=object)
    renamed, apart = [], 0
    for file, part, rows in zip(called(parts), parts, places, strict=True):
        channels = np.array([f"{file}/{channel}" for channel in part.rec.channel.values.astype(str)], dtype=object)
        apart += channels.size - int((rows >= 0).sum())
        channels[rows[rows >= 0]] = cells[rows >= 0]
        renamed.append(Part(part.name, part.rec.assign_coords(channel=channels.astype(str))))
    there = np.stack(places, axis=1) >= 0
    how = "entries are names of channels" if kind == NAMES else f"entries count from {kind}"
    text = f"{int(there.any(axis=1).sum())} cells of {table.source} ({how}), {int(there.all(axis=1).sum())} in all "
    text += f"{len(parts)} files" + (f"; {apart} channels in no row stay apart" if apart else "")
    return _with_labels_that_agree(renamed), text


def _by_file(table: CellTable, parts: Sequence[Part]) -> np.ndarray:
    """The entries (cell, file) in the order of the files: by the names of columns where they are files', else as they
    are."""
    entries, columns = table.entries, table.files
    paths = [Path(part.name) for part in parts]
    for names in ([path.name for path in paths], [path.stem for path in paths], called(parts)):
        if columns is not None and set(names) <= set(columns) and len(set(names)) == len(names):
            return entries[:, [columns.index(name) for name in names]]
    if entries.ndim != 2 or entries.shape[1] != len(parts):
        turned = " If it lies on its side: table.T; if it holds a label for each channel, as of ROICaT: list(table)"
        turned = turned if entries.ndim == 2 and len(entries) == len(parts) else ""
        raise InputError(
            f"A table of cells needs a column for each of {len(parts)} files, in their order, and a row for each cell; "
            f"{table.source} has the shape {'x'.join(map(str, entries.shape))}.{turned}"
        )
    return entries


def _places(entries: np.ndarray, table: CellTable, parts: Sequence[Part], base: Any) -> tuple[Any, list[np.ndarray]]:
    """What the entries are (0, 1, "names"), and the channel (cell,) of each cell in each file, -1 where it is absent.

    Raises
    ------
    InputError : they are nothing that fits, or several things that differ.
    """
    texts = np.array([_text(entry) for entry in entries.ravel().tolist()], dtype=object).reshape(entries.shape)
    given = table.base if base is None else _need_base(base)
    readings, faults = {}, {}
    for kind in BASES if given is None else (given,):
        try:
            readings[kind] = [_column(texts[:, n], kind, texts, part, table) for n, part in enumerate(parts)]
        except InputError as error:
            faults[kind] = error
    if not readings:
        raise next(iter(faults.values()))
    different: list[Any] = []
    for kind, places in readings.items():
        if not any(all(map(np.array_equal, places, readings[other])) for other in different):
            different.append(kind)
    if len(different) > 1:
        ways = " or ".join(f'match_base="{k}"' if k == NAMES else f"match_base={k}" for k in different)
        raise InputError(
            f"{table.source} fits the files in {len(different)} ways, which give different cells: entries may count "
            f"from 0 or from 1 (0 is absent), or be the channels' names. Say which: {ways}"
        )
    return different[0], readings[different[0]]


def _need_base(base: Any) -> int | str:
    chosen = int(base) if str(base) in ("0", "1", "0.0", "1.0") else base
    if chosen not in BASES:
        raise InputError(f'`match_base` is 0 or 1, what entries count from, or "{NAMES}"; got {base!r}.')
    return chosen


def _text(entry: Any) -> str:
    """An entry as text, "12" for 12.0, and "" where a cell is absent."""
    if isinstance(entry, bytes):
        entry = entry.decode("utf-8", "replace")
    text = str(entry).strip()
    try:
        number = float(text)
    except ValueError:
        return "" if text.lower() in ABSENT else text
    if np.isnan(number) or number < 0:
        return ""
    return f"{number:.0f}" if np.isfinite(number) and number == round(number) else text


def _column(texts: np.ndarray, kind: int | str, every: np.ndarray, part: Part, table: CellTable) -> np.ndarray:
    """The channel (cell,) of each cell in one file, if entries are of this kind; -1 where it is absent."""
    channels = part.rec.channel.values
    file = Path(part.name).name
    there = texts != ""
    if kind == NAMES:
        names = [_text(name) for name in channels.tolist()]
        there &= (texts != "0") | ("0" in names)
        of_name = {name: n for n, name in enumerate(names)}
    else:
        if kind == 1:
            if (every == "").any() and (every == "0").any():
                raise InputError(
                    f"{table.source} marks absent cells by NaN or -1 and has entries of 0 too, which count from 0. "
                    "Give match_base=0, or mend the table."
                )
            there &= texts != "0"
        of_name = {str(n + int(kind)): n for n in range(channels.size)}
    unknown = [text for text in texts[there].tolist() if text not in of_name]
    if unknown:
        what = "no name of the" if kind == NAMES else f"(counted from {kind}) none of the"
        raise InputError(
            f"{len(unknown)} entries of {table.source} fit no channel: {some(unknown, 1)} is {what} {channels.size} "
            f"channels of '{file}'. Are columns in the order of the files, and did these keep all their channels?"
        )
    places = np.full(texts.size, -1)
    places[there] = [of_name[text] for text in texts[there].tolist()]
    values, counts = np.unique(places[there], return_counts=True)
    if (counts > 1).any():
        twice = int(values[np.argmax(counts > 1)])
        rows = np.flatnonzero(places == twice)
        raise InputError(
            f"A channel is one cell; in {table.source}, channel {channels[twice]} of '{file}' is {len(rows)} cells, in "
            f"the rows {some(rows)}, counted from 0."
        )
    return places


def _with_labels_that_agree(parts: Sequence[Part]) -> list[Part]:
    """The parts without labels of channels (an area in µm, a quality) that differ for one cell from file to file."""
    shared = set.intersection(*({n for n, c in p.rec.coords.items() if c.dims == ("channel",)} for p in parts))
    names = np.concatenate([part.rec.channel.values for part in parts])
    differing = []
    for label in map(str, shared - {"channel"}):
        values = np.concatenate([part.rec[label].values.astype(str) for part in parts])
        if np.unique(np.stack([names, values]), axis=1).shape[1] > np.unique(names).size:
            differing.append(label)
    return [Part(part.name, part.rec.drop_vars(differing)) for part in parts]
