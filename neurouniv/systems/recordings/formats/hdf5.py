"""HDF5 files of a laboratory's own making: groups become nested fields, datasets arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.hdf5_tables import columns_of
from neurouniv.systems.recordings.help.errors import told_plainly

NETCDF_MARKS = ("_NCProperties", "_nc3_strict")
SCALES = ("DIMENSION_LIST", "DIMENSION_SCALE", "REFERENCE_LIST", "_Netcdf4Dimid")


def is_plain(path: Path) -> bool:
    """Whether an HDF5 file is no netCDF: it has none of the marks and dimension scales that netCDF gives."""
    import h5py

    with h5py.File(path, "r") as file:
        scaled = any(mark in node.attrs for node in file.values() for mark in SCALES)
        return not scaled and not any(mark in file.attrs for mark in NETCDF_MARKS)


def read_hdf5(path: Path, source: str) -> Fields:
    """The datasets of an HDF5 file in memory, named by their groups ("day1.rates"); `units` of "activity" if it has.

    Numbers and text are read, tables (compound types) by their columns; references and what else needs its own meaning
    are left out.
    """
    import h5py

    with told_plainly(path, "an HDF5 file"), h5py.File(path, "r") as file:
        tree = _tree(file)
        units = file["activity"].attrs.get("units", "") if "activity" in file else ""
    return Fields(tree, source, "Its datasets", given={}, units=units if isinstance(units, str) else "")


def _tree(group: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, node in group.items():
        if hasattr(node, "items"):
            tree[name] = _tree(node)
        elif columns := columns_of(node):
            tree[name] = columns
        elif node.shape is not None and node.dtype.kind in "biufcSO" and node.dtype.metadata is None:
            tree[name] = node[()]
        elif node.shape is not None and _is_text(node):
            tree[name] = np.asarray(node.asstr()[()])
    return tree


def _is_text(node: Any) -> bool:
    import h5py

    return h5py.check_string_dtype(node.dtype) is not None
