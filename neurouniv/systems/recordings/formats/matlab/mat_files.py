"""MATLAB .mat files, version 5-7.2 by scipy and 7.3 (HDF5) by pymatreader: fields become nested dicts and lists.

Strings, tables and other classes, and 7.3's cells of two dimensions, are opened by matio. A FieldTrip structure and the
header of an SPM M/EEG file have readers of their own.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat, whosmat

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import need_room_in_hdf5
from neurouniv.systems.recordings.formats.matlab import classes, fieldtrip, spm
from neurouniv.systems.recordings.formats.matlab.tags import need_sound_tags
from neurouniv.systems.recordings.help.errors import import_extra, told_plainly
from neurouniv.untrusted.sound_hdf5 import need_sound_hdf5

VERSION_5 = b"MATLAB 5.0"
HDF5_AT = 512  # MATLAB writes its own header before the HDF5 file
NEVER_DATA = ("MatlabFunction", "MatlabOpaque")  # function handles and classes, which are not opened
SUBSYSTEM, REFERENCES = "#subsystem#", "#refs#"
SUBSYSTEM_AT = slice(116, 124)  # in the header of version 5, where the data of classes are; zero or spaces: nowhere
MOST = 8
SETTINGS = ("structure", "channels", "window")


def is_mat(start: bytes) -> bool:
    """Whether a file that begins so is one of MATLAB, of version 5 (up to 7.2) or 7.3."""
    return start.startswith(VERSION_5) or is_v73(start)


def is_v73(start: bytes) -> bool:
    """Whether a file that begins so is a MATLAB file of version 7.3."""
    return start.startswith(b"MATLAB 7.3") or start[HDF5_AT : HDF5_AT + 8] == b"\x89HDF\r\n\x1a\n"


def variables(path: Path) -> dict[str, str]:
    """The variables of a MATLAB file and their class, without reading them."""
    if not need_sound(path):
        return {name: kind for name, _, kind in whosmat(str(path), appendmat=False)}
    import h5py

    with h5py.File(path, "r") as file:
        return {name: _text(node.attrs.get("MATLAB_class", "")) for name, node in file.items()}


def need_sound(path: Path) -> bool:
    """Raise an error where a library that reads a MATLAB file would come down or take all memory; whether it is 7.3."""
    with path.open("rb") as file:
        is_hdf5 = is_v73(file.read(HDF5_AT + 8))
    if not is_hdf5:
        need_sound_tags(path)
        return False
    import h5py

    need_sound_hdf5(path, "tree")
    with h5py.File(path, "r") as file:
        need_room_in_hdf5(file)
    return True


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def read_mat(path: Path, source: str) -> Fields:
    """The variables of a MATLAB file of whichever version."""
    with path.open("rb") as file:
        start = file.read(1024)
    return (read_v73 if is_v73(start) else read_v5)(path, source)


def read_v5(path: Path, source: str, **settings: Any) -> Fields:
    """The variables of a MATLAB file of version 5 to 7.2.

    structure, channels, window : of FieldTrip's and SPM's files only; see
        `neurouniv.systems.recordings.formats.matlab.fieldtrip.fields` and
        `neurouniv.systems.recordings.formats.matlab.spm.fields`.
    """
    with told_plainly(path, "a MATLAB file"):
        need_sound(path)
        if _has_classes(path) and classes.can_be_opened():
            return _fields(path, *classes.opened(path), source, settings)
        variables = loadmat(path, simplify_cells=True, spmatrix=False)
    return _fields(path, *_data(variables), source, settings)


def read_v73(path: Path, source: str, **settings: Any) -> Fields:
    """The variables of a MATLAB file of version 7.3; settings as for `read_v5`."""
    pymatreader = import_extra("pymatreader", "A MATLAB 7.3 file")
    with told_plainly(path, "a MATLAB 7.3 file"), warnings.catch_warnings():
        need_sound(path)
        if _needs_matio(path) and classes.can_be_opened():
            return _fields(path, *classes.opened(path), source, settings)
        # classes and function handles, which no reader opens, are left out; the listing shows what is there
        warnings.filterwarnings("ignore", message="Complex objects", category=UserWarning)
        warnings.filterwarnings("ignore", message="pymatreader cannot import", category=UserWarning)
        variables = pymatreader.read_mat(str(path))
    return _fields(path, *_data({name: _cells(value) for name, value in sorted(variables.items())}), source, settings)


def _fields(
    path: Path, tree: Mapping[str, Any], unread: Mapping[str, str], source: str, settings: Mapping[str, Any]
) -> Fields:
    if spm.is_header(tree):
        return spm.fields(path, tree["D"], source, **settings)
    if structures := fieldtrip.structures(tree):
        return fieldtrip.fields(structures, source, **settings)
    if refused := [f"`{name}`" for name in ("structure", "channels") if name in settings]:
        raise InputError(
            f"{' and '.join(refused)} is for FieldTrip structures and SPM M/EEG files; {source} is neither, so leave "
            "it out."
        )
    left_out = ", ".join(f"{name}, a {kind}" for name, kind in list(unread.items())[:MOST])
    return Fields(tree, source, "Its variables" + (f" (not read: {left_out})" if left_out else ""), given={})


def _data(variables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The variables that are data, and the kind of those that are not."""
    tree = {name: value for name, value in variables.items() if not name.startswith(("__", "#")) and name != "None"}
    unread = {name: _kind(value) for name, value in tree.items() if not _is_data(value)}
    if "None" in variables:
        unread["others"] = "class"
    return {name: value for name, value in tree.items() if name not in unread}, unread


def _kind(value: Any) -> str:
    return "function" if type(value).__name__ == "MatlabFunction" else "class"


def _is_data(value: Any) -> bool:
    if type(value).__name__ in NEVER_DATA or value is None:
        return False
    if isinstance(value, np.ndarray) and (classes.is_reference(value) or value.dtype.kind == "V"):
        return bool(value.dtype.names)
    return True


def _has_classes(path: Path) -> bool:
    """Whether a file of version 5 holds strings, tables, other classes or function handles."""
    with path.open("rb") as file:
        return file.read(128)[SUBSYSTEM_AT].strip(b"\x00 ") != b""


def _needs_matio(path: Path) -> bool:
    """Whether a 7.3 file holds classes, or cells of two dimensions, whose shape pymatreader drops."""
    import h5py

    with h5py.File(path, "r") as file:
        return SUBSYSTEM in file or any(min(node.shape, default=0) > 1 for node in _cell_arrays(file))


def _cell_arrays(group: Any) -> Iterator[Any]:
    for name, node in group.items():
        if hasattr(node, "items"):
            yield from _cell_arrays(node) if name != REFERENCES else ()
        elif node.attrs.get("MATLAB_class") == b"cell" and "MATLAB_empty" not in node.attrs:
            yield node


def _cells(value: Any) -> Any:
    """Lists, as pymatreader gives cells, as arrays of objects; of text or single numbers as plain arrays."""
    if isinstance(value, Mapping):
        return {name: _cells(item) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    entries = [_cells(item) for item in value]
    if all(isinstance(entry, Mapping) for entry in entries):
        return entries
    if all(isinstance(entry, str) for entry in entries) or all(isinstance(e, (bool, int, float)) for e in entries):
        return np.array(entries)
    return classes.array_of(entries, (len(entries),))
