"""The tags of a MATLAB 5 file are checked before scipy reads it, which a damaged tag can bring down."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

HEADER, TAG = 128, 8
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13}
TEXT = {1, 2, 4, 16, 17, 18}
CELL, STRUCT, OBJECT, CHAR, SPARSE, FUNCTION, OPAQUE = 1, 2, 3, 4, 5, 16, 17
COMPLEX = 0x0800


def need_sound_tags(path: Path) -> None:
    """Raise `ValueError` where an element of the file has a type that there is none of, or ends beyond the file."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        order = ">" if data[126:HEADER] == b"MI" else "<"
        at = HEADER
        while at + TAG <= len(data):
            kind, size = struct.unpack_from(f"{order}2I", data, at)
            if kind not in (MATRIX, COMPRESSED) or at + TAG + size > len(data):
                raise ValueError(f"an element of type {kind} and {size} bytes at byte {at}")
            if kind == MATRIX:
                _need_sound_matrix(data, at + TAG, at + TAG + size, order)
            at += TAG + size


def _need_sound_matrix(data: mmap.mmap, at: int, end: int, order: str) -> None:
    """The same for an array: its flags, sizes and name, and the elements or the numbers it holds."""
    if at == end:
        return
    kind, first, last, at = _element(data, at, end, order)
    if kind != 6 or last - first < 8:
        raise ValueError(f"an array without flags at byte {first}")
    flags = struct.unpack_from(f"{order}I", data, first)[0]
    of_class = flags & 0xFF
    if of_class == OPAQUE:
        return
    count = 1
    kind, first, last, at = _element(data, at, end, order)
    if kind not in (5, 6) or (last - first) % 4 or last - first < 8:
        raise ValueError(f"an array without its sizes at byte {first}")
    for size in struct.unpack_from(f"{order}{(last - first) // 4}i", data, first):
        count *= size
    kind, *_, at = _element(data, at, end, order)
    if kind not in (1, 2, 16):
        raise ValueError(f"an array without a name before byte {at}")
    if count < 0:
        raise ValueError(f"an array of {count} elements before byte {at}")
    if of_class in (CELL, FUNCTION):
        at = _matrices(data, at, end, order, count if of_class == CELL else 1)
    elif of_class in (STRUCT, OBJECT):
        _struct(data, at, end, order, count, of_class == OBJECT)
    elif of_class == CHAR:
        _need_kind(data, at, end, order, TEXT)
    elif 5 <= of_class <= 15:
        parts = (2 if of_class == SPARSE else 0) + (2 if flags & COMPLEX else 1)
        for _ in range(parts):
            at = _need_kind(data, at, end, order, NUMBERS)
    else:
        raise ValueError(f"an array of class {of_class} before byte {at}")


def _struct(data: mmap.mmap, at: int, end: int, order: str, count: int, is_object: bool) -> None:
    if is_object:
        at = _need_kind(data, at, end, order, {1})
    kind, first, last, at = _element(data, at, end, order)
    length = struct.unpack_from(f"{order}i", data, first)[0] if kind == 5 and last - first == 4 else 0
    kind, first, last, at = _element(data, at, end, order)
    if kind != 1 or length < 1 or (last - first) % length:
        raise ValueError(f"a struct without names of its fields at byte {first}")
    _matrices(data, at, end, order, count * ((last - first) // length))


def _matrices(data: mmap.mmap, at: int, end: int, order: str, count: int) -> int:
    for _ in range(count):
        kind, first, last, at = _element(data, at, end, order)
        if kind != MATRIX:
            raise ValueError(f"an element of type {kind} in place of an array at byte {first}")
        _need_sound_matrix(data, first, last, order)
    return at


def _need_kind(data: mmap.mmap, at: int, end: int, order: str, kinds: set[int]) -> int:
    kind, first, _, at = _element(data, at, end, order)
    if kind not in kinds:
        raise ValueError(f"numbers of type {kind} at byte {first}")
    return at


def _element(data: mmap.mmap, at: int, end: int, order: str) -> tuple[int, int, int, int]:
    """The type of an element, where its bytes begin and end, and where the next one begins."""
    if at + TAG > end:
        raise ValueError(f"the end of an array before its elements, at byte {at}")
    kind, size = struct.unpack_from(f"{order}2I", data, at)
    if kind >> 16:  # up to four bytes within the tag itself
        kind, size = kind & 0xFFFF, kind >> 16
        if size > 4:
            raise ValueError(f"an element of {size} bytes within its tag at byte {at}")
        return kind, at + 4, at + 4 + size, at + TAG
    first = at + TAG
    if first + size > end:
        raise ValueError(f"an element of {size} bytes beyond the end, at byte {at}")
    padded = size if kind == MATRIX else size + -size % 8
    return kind, first, first + size, min(first + padded, end)
