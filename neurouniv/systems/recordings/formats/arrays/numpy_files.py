"""NumPy's files: the arrays of a .npz file by name, and the one of a .npy file; nothing is unpickled."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from neurouniv.schema import InputError
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.help.errors import told_plainly
from neurouniv.untrusted.npy import array_of, arrays_of_zip, need_letters

PICKLED = ("allow_pickle", "Python objects")  # in NumPy's words when an array holds objects


def read_npz(path: Path, source: str) -> Fields:
    """The arrays of a NumPy .npz file. Pickled (object) arrays are left out, because unpickling runs code."""
    if not zipfile.is_zipfile(path):
        raise InputError(f"'{path}' begins like a zip archive but is none. It may be cut short: copy it again.")
    _need_arrays(path)
    tree: dict[str, Any] = {}
    unread: dict[str, str] = {}
    with told_plainly(path, "a NumPy .npz file"), arrays_of_zip(path) as arrays:
        for name in arrays.files:
            array = _array(arrays, name, path)
            if isinstance(array, str):
                unread[name] = array
            else:
                tree[name] = array
    return Fields(tree, source, "Its arrays", given={}, unread=unread)


def _need_arrays(path: Path) -> None:
    with told_plainly(path, "a zip archive"), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if not any(name.endswith(".npy") for name in names):
        held = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "") if names else "nothing"
        raise InputError(
            f"'{path}' is a zip archive without NumPy arrays; it holds {held}. An Excel workbook: save its sheet as "
            "CSV. An archive of recordings: unpack it, and give the file or the folder."
        )


def _array(arrays: Any, name: str, path: Path) -> np.ndarray | str:
    """An array of a .npz file, or why it is not read."""
    try:
        array = arrays[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        return (
            "it is a pickled object array; unpickling can run any code, so it is not read. Save labels as text "
            'arrays: np.savez(path, activity=..., condition=np.array(labels, dtype="U")).'
        )
    if not isinstance(array, np.ndarray):
        return "it is no NumPy array. Save it again with np.savez."
    return need_letters(array, path)


def plain_array(path: Path, mmap: bool = False) -> np.ndarray:
    """A .npy file of numbers or text, mapped from disk if asked for; never unpickled."""
    try:
        with told_plainly(path, "a .npy array"):
            return array_of(path, mmap)
    except InputError as error:
        if not any(word in str(error) for word in PICKLED):
            raise
        raise InputError(
            f"'{path}' is a Python pickle in a .npy file (an object array, such as a dict); unpickling can run any "
            "code, so it is not read. Where you trust it: data = np.load(path, allow_pickle=True).item(), and save its "
            "arrays, np.savez(new, activity=..., condition=...)."
        ) from error
