"""MATLAB .mat files, version 5-7.2 by scipy and 7.3 (HDF5) by pymatreader: fields become nested dicts and lists."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat

from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly

HDF5_AT = 512  # MATLAB writes its own header before the HDF5 file
NEVER_DATA = ("MatlabFunction", "MatlabOpaque")  # function handles, classes and tables, which are not opened


def is_v73(start: bytes) -> bool:
    """Whether a file that begins so is a MATLAB file of version 7.3."""
    return start.startswith(b"MATLAB 7.3") or start[HDF5_AT : HDF5_AT + 8] == b"\x89HDF\r\n\x1a\n"


def read_v5(path: Path, source: str) -> Fields:
    """The variables of a MATLAB file of version 5 to 7.2."""
    with told_plainly(path, "a MATLAB file"):
        variables = loadmat(path, simplify_cells=True, spmatrix=False)
    return _fields(variables, source)


def read_v73(path: Path, source: str) -> Fields:
    """The variables of a MATLAB file of version 7.3."""
    pymatreader = import_extra("pymatreader", "A MATLAB 7.3 file")
    with told_plainly(path, "a MATLAB 7.3 file"), warnings.catch_warnings():
        # classes, tables and function handles, which no reader opens, are left out; the listing shows what is there
        warnings.filterwarnings("ignore", message="Complex objects", category=UserWarning)
        variables = pymatreader.read_mat(str(path))
    return _fields(variables, source)


def _fields(variables: Mapping[str, Any], source: str) -> Fields:
    tree = {name: value for name, value in variables.items() if not name.startswith("__") and name != "None"}
    return Fields({name: value for name, value in tree.items() if _is_data(value)}, source, "Its variables", given={})


def _is_data(value: Any) -> bool:
    return type(value).__name__ not in NEVER_DATA and not (isinstance(value, np.ndarray) and value.dtype.kind == "V")
