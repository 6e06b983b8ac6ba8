"""The table of a study: a row for every system, with its labels, its state, and the constants of every law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.studies.reading.held import FITS, LABELS
from neurouniv.studies.reading.labels import column
from neurouniv.studies.reading.results import Result, label_of
from neurouniv.universality.scores.noise_ceiling import MEMBERS

OWN = ("name", "kind", "cell", "state", "reason", "unanswered", "group", "time_unit", "time_axis", "warnings",
       "message")  # fmt: skip
"""Names that the table has for itself; a setting of such a name is told with "setting_" before it."""
ENDS = np.array(["lower", "upper"])


def systems_table(results: Sequence[Result]) -> xr.Dataset:
    """A row for every system (system): labels, and what the fits of all laws tell; NaN where there is no result."""
    rows = [(result, place) for result in results for place in result.places]
    return xr.Dataset(_fits(results, len(rows)), labels_of(rows))


def labels_of(rows: Sequence[tuple[Result, dict[str, Any]]]) -> dict[str, Any]:
    """The coordinates (system) of rows: what each is called, its kind, its settings, its seed and layer, its state."""
    names = [label_of(result, place) for result, place in rows]
    coords: dict[str, Any] = {"system": apart(names)}
    own = {
        "name": [result.cell.system for result, _ in rows], "kind": [result.cell.kind for result, _ in rows],
        "cell": [result.id for result, _ in rows],
        "time_unit": [_of_time(result, "units") for result, _ in rows],
        "time_axis": [_of_time(result, "axis") for result, _ in rows], "state": [result.state for result, _ in rows],
        "reason": [result.reason for result, _ in rows], "unanswered": [result.unanswered for result, _ in rows],
        "group": [group_of(result, place) for result, place in rows],
        "warnings": ["\n".join(result.held.warnings) if result.held else "" for result, _ in rows],
    }  # fmt: skip
    coords |= {name: ("system", np.array(values, dtype=str)) for name, values in own.items()}
    for labels in ([result.settings for result, _ in rows], [place for _, place in rows]):
        for name in dict.fromkeys(name for settings in labels for name in settings):
            called = f"setting_{name}" if name in coords or name in (*OWN, *LABELS, "bound") else name
            coords[called] = ("system", column([settings.get(name) for settings in labels]))
    return coords


def _of_time(result: Result, name: str) -> str:
    return str(result.held.attrs["time"].get(name, "")) if result.held else ""


def group_of(result: Result, place: dict[str, Any]) -> str:
    """The group of a system: all seeds of its cell at its layer, whose errors are estimated together."""
    return ", ".join([result.cell.label, *(f"{dim} {label}" for dim, label in place.items() if dim not in MEMBERS)])


def apart(names: Sequence[str]) -> np.ndarray:
    """Names of which no two are the same: the second of one name has (2) behind it.

    Examples
    --------
    >>> apart(["a", "b", "a"]).tolist()
    ['a', 'b', 'a (2)']
    """
    counts: Counter[str] = Counter()
    unique = []
    for name in names:
        counts[name] += 1
        unique.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return np.array(unique, dtype=str)


def _fits(results: Sequence[Result], rows: int) -> dict[str, Any]:
    """Every variable of the fits (system, ...), with the labels of laws, constants and variables."""
    axes = {name: _union(results, name) for name in LABELS} | {"bound": ENDS}
    arrays: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    first = 0
    for result in results:
        count = len(result.places)
        if result.held is not None:
            for name in FITS:
                if name in result.held.small:
                    _place(arrays, name, result, axes, slice(first, first + count), rows)
        first += count
    coords = {name: (name, labels) for name, labels in axes.items() if any(name in dims for dims, _ in arrays.values())}
    return {**{name: (("system", *dims), _words(array)) for name, (dims, array) in arrays.items()}, **coords}


def _place(
    arrays: dict[str, Any], name: str, result: Result, axes: dict[str, np.ndarray], at: slice, rows: int
) -> None:
    """Put a variable of one result into the rows of its systems, each label in its place."""
    assert result.held is not None
    dims, values = result.held.small[name]
    batch = list(result.held.batch)
    core = [dim for dim in dims if dim not in batch]
    sizes = [len(result.held.batch[dim]) for dim in batch]
    given = {dim: n for n, dim in enumerate(dims)}
    values = np.expand_dims(values, [len(dims) + n for n, dim in enumerate(batch) if dim not in given])
    places = given | {dim: len(dims) + n for n, dim in enumerate(d for d in batch if d not in given)}
    values = values.transpose([places[dim] for dim in (*batch, *core)])
    shape = tuple(values.shape[len(batch) :])
    values = np.broadcast_to(values, (*sizes, *shape)).reshape(at.stop - at.start, *shape)
    if name not in arrays:
        whole = (rows, *(len(axes[dim]) for dim in core))
        arrays[name] = (tuple(core), np.full(whole, _nothing(values), dtype=_room(values)))
    own = [np.flatnonzero(np.isin(axes[dim], _labels(result, dim))) for dim in core]
    order = [np.array([_labels(result, dim).tolist().index(label) for label in axes[dim][place]], dtype=int)
             for dim, place in zip(core, own, strict=True)]  # fmt: skip
    if core:
        values = values[np.ix_(np.arange(len(values)), *order)]
        arrays[name][1][np.ix_(np.arange(at.start, at.stop), *own)] = values
    else:
        arrays[name][1][at] = values


def _labels(result: Result, dim: str) -> np.ndarray:
    assert result.held is not None
    return ENDS if dim == "bound" else result.held.small[dim][1]


def _union(results: Sequence[Result], name: str) -> np.ndarray:
    """All labels of that name, in the order they come."""
    arrays = [result.held.small[name][1].tolist() for result in results if result.held and name in result.held.small]
    return np.array(list(dict.fromkeys(label for labels in arrays for label in labels)), dtype=str)


def _nothing(values: np.ndarray) -> Any:
    return "" if values.dtype.kind == "U" else np.nan


def _room(values: np.ndarray) -> Any:
    """A type that holds "nothing" too: truth values become 1 and 0, and words any length."""
    return object if values.dtype.kind == "U" else float


def _words(array: np.ndarray) -> np.ndarray:
    return array.astype(str) if array.dtype == object else array
