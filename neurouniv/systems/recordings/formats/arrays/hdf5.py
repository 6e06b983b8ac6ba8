"""HDF5 files of a laboratory's own making: groups become nested fields, datasets arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.groups import nodes, put
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import need_room_in_hdf5
from neurouniv.systems.recordings.formats.arrays.hdf5_tables import columns_of
from neurouniv.systems.recordings.formats.arrays.stored import stored_in_hdf5
from neurouniv.systems.recordings.help.errors import told_plainly

NETCDF_MARKS = ("_NCProperties", "_nc3_strict")
SCALES = ("DIMENSION_LIST", "DIMENSION_SCALE", "REFERENCE_LIST", "_Netcdf4Dimid")


def is_plain(path: Path) -> bool:
    """Whether an HDF5 file is no netCDF: it has none of the marks and dimension scales that netCDF gives."""
    import h5py

    with h5py.File(path, "r") as file:
        own = [file[name] for name in file if isinstance(file.get(name, getlink=True), h5py.HardLink)]
        scaled = any(mark in node.attrs for node in own for mark in SCALES)
        return not scaled and not any(mark in file.attrs for mark in NETCDF_MARKS)


def read_hdf5(path: Path, source: str) -> Fields:
    """The datasets of an HDF5 file in memory, named by their groups ("day1.rates"), with their units and the labels of
    their dimensions.

    Numbers and text are read, tables (compound types) by their columns; references and what else needs its own meaning
    are left out, and so is what was never written or lies in other files.
    """
    import h5py

    tree: dict[str, Any] = {}
    dims, units = {}, {}
    with told_plainly(path, "an HDF5 file"):
        stored = stored_in_hdf5(path)
        with h5py.File(path, "r") as file:
            need_room_in_hdf5(file)
            for parts, node in nodes(file):
                name = ".".join(parts)
                values = None if name in stored.unread else _values(node)
                if values is None:
                    continue
                put(tree, parts, values)
                units[name] = _units(node)
                if any(labels := tuple(dim.label for dim in node.dims)):
                    dims[name] = labels
    return Fields(
        tree, source, "Its datasets", given={}, dims=dims, units_of=units, doubts=stored.doubts, unread=stored.unread
    )


def _values(node: Any) -> Any:
    """The numbers or text of a dataset, of a table its columns; None where it holds neither."""
    import h5py

    if node.shape is None:
        return None
    if columns := columns_of(node):
        return columns
    if node.dtype.kind in "biufcSO" and node.dtype.metadata is None:
        return node[()]
    return np.asarray(node.asstr()[()]) if h5py.check_string_dtype(node.dtype) is not None else None


def _units(node: Any) -> str:
    units = node.attrs.get("units", "")
    units = units.decode("utf-8", "replace") if isinstance(units, bytes) else units
    return units if isinstance(units, str) else ""
