"""MATLAB .mat files, version 5-7.2 by scipy and 7.3 (HDF5) by pymatreader: fields become nested dicts and lists."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scipy.io import loadmat

from neurouniv.systems.recordings.failures import import_extra, told_plainly
from neurouniv.systems.recordings.fields import Fields


def read_v5(path: Path, source: str) -> Fields:
    """The variables of a MATLAB file of version 5 to 7.2."""
    with told_plainly(path, "a MATLAB file"):
        variables = loadmat(path, simplify_cells=True)
    return _fields(variables, source)


def read_v73(path: Path, source: str) -> Fields:
    """The variables of a MATLAB file of version 7.3."""
    pymatreader = import_extra("pymatreader", "A MATLAB 7.3 file")
    with told_plainly(path, "a MATLAB 7.3 file"), warnings.catch_warnings():
        # classes and tables, which no reader knows, are left out with a warning; the listing shows what is there
        warnings.filterwarnings("ignore", message="Complex objects", category=UserWarning)
        variables = pymatreader.read_mat(str(path))
    return _fields(variables, source)


def _fields(variables: Mapping[str, Any], source: str) -> Fields:
    tree = {name: value for name, value in variables.items() if not name.startswith("__")}
    return Fields(tree, source, "Its variables", given={})
