"""Named, nested fields of a file, and access to one by a dotted name: "Bs[1].latents", "info[:,0]"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from neurouniv.schema import InputError, warn
from neurouniv.untrusted.room import need_memory

STEP = re.compile(r"(?P<name>[^.\[\]]+)(?P<indices>(?:\[(?::,)?\d+\])*)")
COLUMN = re.compile(r"(?P<name>.+)\[:,\d+\]")
LISTED = 30


@dataclass(frozen=True)
class Fields:
    """What the reader of a format found.

    tree : the named fields; nested dicts and lists, arrays at the leaves.
    source : the file as the user named it; `kind`: what its fields are called, for messages.
    given : what the reader worked out itself: `activity`, `latency`, `channel`, columns of rows (`condition`, `trial`,
        ...), `recorded` (row, channel) where not every channel was recorded throughout, `subject` (one text for all),
        and `started`, when the recording began (ISO text), by which several files are put in order.
    units : of activity. channel_coords : further labels of the channels (`channel_type`, `roi`), one value each.
    attrs : what else is to be known of the recording (a baseline, channels left out); numbers and text.
    dims : of a field, by its name, the names of its dimensions, "" for one without a name; a field that is not here
        has none. What is `given` has the axes (trial, channel[, latency]).
    units_of : of a field, its unit, where the file says it.
    doubts : of a field, what may be wrong with its values, told where it is used. unread : of a field that was not
        read, why not and what to do; whoever names it is told.
    residuals : (sample, channel), what a model left of a time series, its attribute `freedom` the degrees of freedom.
    """

    tree: Mapping[str, Any]
    source: str
    kind: str
    given: Mapping[str, Any]
    units: str = ""
    channel_coords: Mapping[str, Any] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)
    dims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units_of: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    residuals: xr.Variable | None = None

    def __getitem__(self, path: str) -> np.ndarray:
        """The field named `path`, parsed and never evaluated; indices count from 0."""
        self.tell(path)
        if path in self.tree:
            return as_array(self.tree[path])
        node: Any = self.tree
        for step in path.split("."):
            node = self._descend(node, step, path)
        if isinstance(node, Mapping):
            raise InputError(f"'{path}' in {self.source} is a struct; name one of its fields: {self.listing(path)}.")
        return as_array(node)

    def __contains__(self, path: str) -> bool:
        return path in self.tree or path in self.unread

    def tell(self, path: str) -> None:
        """Warn of what may be wrong with a field; `InputError` where it was not read."""
        table = COLUMN.fullmatch(path)
        name = table["name"] if table else path
        if name in self.unread:
            raise InputError(f"'{name}' in {self.source} was not read: {self.unread[name]}")
        if name in self.doubts:
            warn(f"'{name}' in {self.source}: {self.doubts[name]}")

    def dims_of(self, path: str) -> tuple[str, ...]:
        """The names of a field's dimensions, "" for one without a name; () where none has.

        Examples
        --------
        >>> Fields({}, "x.nc", "Its variables", {}, dims={"info": ("trial", "column")}).dims_of("info[:,0]")
        ('trial',)
        """
        if path in self.tree or path in self.dims:
            return self.dims.get(path, ())
        table = COLUMN.fullmatch(path)
        return self.dims.get(table["name"], ())[:1] if table else ()

    def _descend(self, node: Any, step: str, path: str) -> Any:
        match = STEP.fullmatch(step)
        if match is None:
            raise InputError(
                f"'{path}' is no name of a field; names look like `latents`, `Bs[1].latents` or `info[:,0]`."
            )
        if not isinstance(node, Mapping) or match["name"] not in node:
            raise InputError(f"{self.source} has no field '{path}'. {self.kind}: {self.listing()}.")
        node = node[match["name"]]
        for column, index in re.findall(r"\[(:,)?(\d+)\]", match["indices"]):
            node = self._column(node, int(index), path) if column else self._entry(node, int(index), path)
        return node

    def _column(self, node: Any, index: int, path: str) -> Any:
        table = as_array(node)
        if table.ndim != 2 or index >= table.shape[1]:
            raise InputError(
                f"'{path}' asks for column {index} (counted from 0) in {self.source}; the field has the shape "
                f"{table.shape}."
            )
        return table[:, index]

    def _entry(self, node: Any, index: int, path: str) -> Any:
        if isinstance(node, Mapping):  # MATLAB 7.3 keeps an array of structs as a struct of lists
            return {name: self._entry(value, index, path) for name, value in node.items()}
        size = len(node) if isinstance(node, (list, tuple)) or np.ndim(node) else 0
        if index >= size:
            raise InputError(f"'{path}' asks for entry {index} of {size} (counted from 0) in {self.source}.")
        return node[index]

    def leaves(self) -> dict[str, np.ndarray]:
        """Every field with more than one value, by its dotted name."""
        arrays = ((path, as_array(value)) for path, value in _walk(self.tree))
        return {path: array for path, array in arrays if array.size > 1}

    def listing(self, under: str = "") -> str:
        """The names and shapes of the fields (those under `under`), for a message."""
        names = [f"{p} {'x'.join(map(str, a.shape))}" for p, a in self.leaves().items() if p.startswith(under)]
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        return (
            (", ".join(names[:LISTED]) or "nothing with more than one value")
            + more
            + ("" if under else self.not_read())
        )

    def not_read(self) -> str:
        """The names of fields that were not read, for a message."""
        return f" (not read: {', '.join(sorted(self.unread))})" if self.unread else ""


def as_array(value: Any) -> np.ndarray:
    """`value` as an array; ragged or mixed values become an array of objects, chunked ones stay chunked. What is masked
    is missing: NaN where there are numbers, None elsewhere."""
    if hasattr(value, "toarray"):  # MATLAB's sparse matrices
        need_memory(np.prod(value.shape, dtype=float) * value.dtype.itemsize, "A sparse matrix")
        value = value.toarray()
    if hasattr(value, "dims") and hasattr(value, "data"):  # xarray's arrays
        value = value.data
    if is_chunked(value):
        return value
    if isinstance(value, np.ma.MaskedArray):
        return _unmasked(value)
    if isinstance(value, (list, tuple)) and len({isinstance(entry, str) for entry in value}) > 1:
        value = np.array(value, dtype=object)  # 1 and "1" stay apart
    try:
        return np.asarray(value)
    except ValueError:
        array = np.empty(len(value), dtype=object)
        array[:] = list(value)
        return array


def _unmasked(array: np.ma.MaskedArray) -> np.ndarray:
    if not np.ma.is_masked(array):
        return np.asarray(array)
    is_number = array.dtype.kind in "biuf"
    kind: Any = array.dtype if array.dtype.kind == "f" else float if is_number else object
    values = np.array(array.data, dtype=kind)
    values[np.ma.getmaskarray(array)] = np.nan if is_number else None
    return values


def is_chunked(value: Any) -> bool:
    """Whether `value` is a dask array, without importing dask."""
    return hasattr(value, "__dask_graph__") and hasattr(value, "chunks")


def _walk(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _walk(value, f"{path}.{name}" if path else str(name))
    elif _structs(node):
        for index, value in enumerate(node):
            yield from _walk(value, f"{path}[{index}]")
    else:
        yield path, node


def _structs(node: Any) -> bool:
    several = isinstance(node, (list, tuple)) or (isinstance(node, np.ndarray) and node.dtype == object and node.ndim)
    return bool(several) and len(node) > 0 and isinstance(node[0], Mapping)
