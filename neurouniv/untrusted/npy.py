"""Arrays in NumPy's files, whose headers tell their size before any memory is taken; nothing is unpickled."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from neurouniv.errors import InputError
from neurouniv.untrusted.room import ITS_ARRAYS, need_room

NPY = ".npy"
LAST_LETTER, SURROGATES = 0x10FFFF, (0xD800, 0xDFFF)
"""The largest number of a letter in Unicode, and the numbers within that are no letters."""


def array_of(path: Path, mmap: bool = False) -> np.ndarray:
    """The array of a .npy file, mapped from disk if asked for.

    Raises
    ------
    InputError : the file is shorter than its header says. ValueError, OSError : it is no such file, or of objects.
    """
    with path.open("rb") as file:
        declared, size = _declared(file), path.stat().st_size
    if declared > size:
        raise InputError(_short(f"'{path}'", declared, size))
    return need_letters(np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False), path)


@contextmanager
def arrays_of_zip(path: Path) -> Iterator[Any]:
    """NumPy's mapping of the arrays of a .npz file, whose sizes have been looked at.

    Raises
    ------
    InputError : what it declares is not in it, or has no room. zipfile.BadZipFile, ValueError : it is no such file.
    """
    total = 0
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.filename.endswith(NPY):
                continue
            with archive.open(member) as file:
                declared = _declared(file)
            if declared > member.file_size:
                raise InputError(_short(f"'{member.filename}' in '{path}'", declared, member.file_size))
            total += max(declared, member.file_size)
    need_room(total, path.stat().st_size, ITS_ARRAYS, path)
    with np.load(path, allow_pickle=False) as arrays:
        yield arrays


def need_letters(array: np.ndarray, source: object) -> np.ndarray:
    """`array`; `InputError` where it is of text (U), and holds numbers that are no letters."""
    if array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        codes = np.ascontiguousarray(array).view(np.uint32)
        codes = codes if array.dtype.isnative else codes.byteswap()
        if ((codes > LAST_LETTER) | ((codes >= SURROGATES[0]) & (codes <= SURROGATES[1]))).any():
            raise InputError(f"A text in '{source}' holds what is no letter. The file is damaged: copy it again.")
    return array


def _declared(file: IO[bytes]) -> int:
    """Bytes of the array that a header tells of; 0 where it is no array, or of objects, of which NumPy tells."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
    except (ValueError, EOFError):
        return 0
    return 0 if dtype.hasobject else math.prod(shape) * dtype.itemsize


def _short(what: str, declared: int, size: int) -> str:
    return (
        f"{what} is cut short or damaged: its header tells of {declared} bytes of numbers, and it holds {size}. Copy "
        "or export it again."
    )
