"""Comparisons and RSA of many cells as one Dataset each: (cell, ...), their own dimensions as they were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.storage import load
from neurouniv.studies.cell.parts import part
from neurouniv.studies.folder import Folder
from neurouniv.studies.reading.labels import column
from neurouniv.studies.reading.movies import lazy
from neurouniv.studies.reading.opened import Opened, opened
from neurouniv.studies.reading.results import Result
from neurouniv.studies.reading.systems import apart


def stacked_part(results: Sequence[Result], name: str) -> xr.Dataset:
    """A part of cells of one layout, lazily: all its variables (cell, ...).

    Attributes are those that all cells have alike, and the first cell's history; texts in which cells differ are
    coordinates (cell).
    """
    template = part(load(results[0].path), name)
    data = {}
    with opened(results[0].path) as file:
        layouts = {key: _layout(file, f"{name}_{key}") for key in template.data_vars}
    for key, variable in template.data_vars.items():
        dims, shape, dtype = layouts[key]
        own = tuple(dim.removeprefix(f"{name}_") for dim in dims)
        data[str(key)] = (("cell", *own), lazy(results, f"{name}_{key}", dims, shape, dtype), variable.attrs)
    shared, differing = _attributes(results, name)
    table = _labelled(xr.Dataset(data, attrs=shared), template, results)
    return table.assign_coords({key: ("cell", texts) for key, texts in differing.items() if key not in table.variables})


def _attributes(results: Sequence[Result], name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The attributes of a part that all cells have alike, and the texts in which they differ."""
    each = [result.held.notes[name] for result in results if result.held is not None]
    names = dict.fromkeys(key for attrs in each for key in attrs)
    shared = {key: each[0].get(key) for key in names
              if key == "history" or all(attrs.get(key) == each[0].get(key) for attrs in each)}  # fmt: skip
    texts = {key: np.array([str(attrs.get(key, "")) for attrs in each], dtype=str) for key in names
             if key not in shared and isinstance(next(a[key] for a in each if key in a), str)}  # fmt: skip
    return shared, texts


def loaded_part(stack: xr.Dataset, name: str, folder: Path) -> xr.Dataset:
    """What `stacked_part` gave, with all numbers read, every file opened once.

    Raises
    ------
    InputError : a file has gone, or has changed since the study was opened.
    """
    columns: dict[str, list[np.ndarray]] = {str(key): [] for key in stack.data_vars}
    for id in stack["id"].values:
        path = Folder(folder).result(str(id))
        try:
            with opened(path) as file:
                for key, values in columns.items():
                    values.append(file.values(f"{name}_{key}"))
        except (OSError, KeyError, RuntimeError) as error:
            raise InputError(f"'{path}' cannot be read any more ({error}). Open the study again.") from error
    if any(held.shape != stack[key].shape[1:] for key, values in columns.items() for held in values):
        raise InputError(f"Files in '{folder}' have changed since this study was opened. Open it again.")
    return stack.assign({key: (stack[key].dims, np.stack(values), stack[key].attrs) for key, values in columns.items()})


def cell_labels(results: Sequence[Result]) -> dict[str, Any]:
    """The coordinates (cell) of results: their labels, ids, kinds, seeds and settings."""
    own = {
        "id": [result.id for result in results], "name": [result.cell.system for result in results],
        "kind": [result.cell.kind for result in results], "seeds": [result.seeds for result in results],
    }  # fmt: skip
    coords: dict[str, Any] = {"cell": apart([result.cell.label for result in results])}
    coords |= {name: ("cell", np.array(values, dtype=str)) for name, values in own.items()}
    return coords | {
        _apart(name, coords): ("cell", column([result.settings.get(name) for result in results]))
        for name in dict.fromkeys(name for result in results for name in result.settings)
    }


def _apart(name: str, coords: dict[str, Any]) -> str:
    return f"setting_{name}" if name in coords else name


def _layout(file: Opened, name: str) -> tuple[tuple[str, ...], tuple[int, ...], np.dtype[Any]]:
    dims, values = file.read(name)
    return dims, values.shape, values.dtype


def _labelled(data: xr.Dataset, template: xr.Dataset, results: Sequence[Result]) -> xr.Dataset:
    """`data` with the coordinates that all cells share, and labels of cells; which seed is which `seeds` tells."""
    labels = cell_labels(results)
    differing = {dim for dim in template.dims if _differs(str(dim), results)}
    coords = {name: coord.variable for name, coord in template.coords.items() if not set(coord.dims) & differing}
    new_names = {
        name: f"setting_{name}" for name in labels if name != "cell" and (name in coords or name in data.variables)
    }
    return data.assign_coords(coords).assign_coords({new_names.get(name, name): held for name, held in labels.items()})


def _differs(dim: str, results: Sequence[Result]) -> bool:
    labels = [result.held.batch[dim] for result in results if result.held is not None and dim in result.held.batch]
    return any(not np.array_equal(labels[0], other) for other in labels[1:])
