"""A result's file, opened by h5py: arrays as xarray would have them, in a fraction of its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurouniv.untrusted.regular import need_regular

if TYPE_CHECKING:
    import h5py

Array = tuple[tuple[str, ...], np.ndarray]
"""An array with the names of its dimensions."""
UNLABELLED = "This is a netCDF dimension but not"
"""How netCDF marks a dimension that has a name and a size alone."""


class Opened:
    """The variables of an open netCDF file."""

    def __init__(self, file: h5py.File) -> None:
        self.file = file

    def __contains__(self, name: str) -> bool:
        return name in self.file

    @cached_property
    def attrs(self) -> dict[str, Any]:
        """The attributes of the whole file."""
        return {name: plain(value) for name, value in self.file.attrs.items()}

    def values(self, name: str) -> np.ndarray:
        """An array: words as text, truth values as such."""
        import h5py

        dataset = self.file[name]
        values = np.asarray(dataset.asstr()[()] if h5py.check_string_dtype(dataset.dtype) else dataset[()])
        if values.dtype == object:
            values = values.astype(str)
        return values.astype(bool) if plain(dataset.attrs.get("dtype", "")) == "bool" else values

    def dims(self, name: str) -> tuple[str, ...]:
        """The names of a variable's dimensions; a coordinate of its own name has that one."""
        import h5py

        dataset = self.file[name]
        if "DIMENSION_LIST" not in dataset.attrs:
            return (name,) * dataset.ndim
        scales = (h5py.h5r.dereference(scale[0], dataset.id) for scale in dataset.attrs["DIMENSION_LIST"])
        return tuple(self._names[h5py.h5o.get_info(scale).addr] for scale in scales)

    @cached_property
    def _names(self) -> dict[int, str]:
        """The names of all variables by their place in the file: to ask HDF5 for a name takes it a search."""
        import h5py

        return {h5py.h5o.get_info(self.file.id, name.encode()).addr: name for name in self.file}

    def read(self, name: str) -> Array:
        """An array with its dimensions."""
        return self.dims(name), self.values(name)

    def layout(self, name: str) -> tuple[tuple[str, ...], tuple[int, ...], np.dtype[Any]]:
        """The dimensions, shape and type of an array, of which nothing is read."""
        return self.dims(name), self.file[name].shape, self.file[name].dtype

    def is_labelled(self, dim: str) -> bool:
        """Whether a dimension has labels; one without is kept as a name and a size alone."""
        return dim in self and not plain(self.file[dim].attrs.get("NAME", "")).startswith(UNLABELLED)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """A result's file, to be read; the import of h5py waits for the first one.

    Raises
    ------
    OSError : it cannot be read.
    """
    import h5py

    need_regular(path)
    with h5py.File(path) as file:
        yield Opened(file)


def plain(value: Any) -> Any:
    """An attribute as text or a plain number."""
    if isinstance(value, bytes):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value
