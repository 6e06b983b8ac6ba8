"""The tags of a MATLAB 5 file are checked before scipy reads it, which a damaged tag can bring down."""

from __future__ import annotations

import mmap
import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from neurouniv.untrusted.room import ITS_ARRAYS, need_room

HEADER, TAG = 128, 8
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13}
TEXT = {1, 2, 4, 16, 17, 18}
CELL, STRUCT, OBJECT, CHAR, SPARSE, FUNCTION, OPAQUE = 1, 2, 3, 4, 5, 16, 17
COMPLEX = 0x0800
MOST_AXES = 64
DEEPEST = 100
"""Arrays within arrays; MATLAB's own are few, and scipy's stack ends."""
PIECE = 1 << 16


class Content(Protocol):
    """Bytes by their places."""

    def __getitem__(self, place: slice) -> bytes: ...


class Unpacked:
    """The bytes of a packed element, unpacked as far as they are asked for, from the first to the last."""

    def __init__(self, packed: bytes | memoryview):
        self._packed, self._unpack = memoryview(packed), zlib.decompressobj()
        self._held, self._from, self._rest = b"", 0, b""

    def __getitem__(self, place: slice) -> bytes:
        first, last = place.start, place.stop
        while self._from + len(self._held) < last:
            if not self._rest and not self._packed:
                raise ValueError(f"a packed element ends before byte {last}")
            if not self._rest:
                self._rest, self._packed = bytes(self._packed[:PIECE]), self._packed[PIECE:]
            gone = min(max(first - self._from, 0), len(self._held))
            self._from, self._held = self._from + gone, self._held[gone:]
            self._held += self._unpack.decompress(self._rest, PIECE)
            self._rest = self._unpack.unconsumed_tail
            if self._unpack.eof:
                self._rest, self._packed = b"", memoryview(b"")
        return self._held[first - self._from : last - self._from]


def need_sound_tags(path: Path) -> None:
    """Raise `ValueError` where an element of the file has a type that there is none of, or ends beyond the file.

    Packed elements are unpacked as far as their tags reach: numbers at their end are not.

    Raises
    ------
    InputError : what the file declares cannot be in it, or has no room in memory.
    """
    at = path.stat()
    _need_sound(path, at.st_mtime_ns, at.st_size)


@lru_cache(maxsize=256)
def _need_sound(path: Path, *written: int) -> None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        order = ">" if data[126:HEADER] == b"MI" else "<"
        at, total = HEADER, 0
        while at + TAG <= len(data):
            kind, size = struct.unpack_from(f"{order}2I", data, at)
            if kind not in (MATRIX, COMPRESSED) or at + TAG + size > len(data):
                raise ValueError(f"an element of type {kind} and {size} bytes at byte {at}")
            if kind == MATRIX:
                total += size
                _need_sound_matrix(data, at + TAG, at + TAG + size, order)
            else:
                total += _need_sound_packed(Unpacked(data[at + TAG : at + TAG + size]), order)
            need_room(total, len(data), ITS_ARRAYS, path)
            at += TAG + size


def _need_sound_packed(content: Unpacked, order: str) -> int:
    """The same of a packed element; the bytes that it is unpacked."""
    kind, size = struct.unpack(f"{order}2I", content[0:TAG])
    if kind != MATRIX:
        raise ValueError(f"a packed element of type {kind}")
    _need_sound_matrix(content, TAG, TAG + size, order)
    return int(size)


def _need_sound_matrix(data: Content, at: int, end: int, order: str, depth: int = 0) -> None:
    """The same for an array: its flags, sizes and name, and the elements or the numbers it holds."""
    if at == end:
        return
    if depth > DEEPEST:
        raise ValueError(f"arrays within arrays, {DEEPEST} deep, before byte {at}")
    kind, first, last, at = _element(data, at, end, order)
    if kind != 6 or last - first < 8:
        raise ValueError(f"an array without flags at byte {first}")
    flags = struct.unpack(f"{order}I", data[first : first + 4])[0]
    of_class = flags & 0xFF
    if of_class == OPAQUE:
        return
    count = 1
    kind, first, last, at = _element(data, at, end, order)
    if kind not in (5, 6) or (last - first) % 4 or not 8 <= last - first <= 4 * MOST_AXES:
        raise ValueError(f"an array without its sizes at byte {first}")
    for size in struct.unpack(f"{order}{(last - first) // 4}i", data[first:last]):
        count *= size
    kind, *_, at = _element(data, at, end, order)
    if kind not in (1, 2, 16):
        raise ValueError(f"an array without a name before byte {at}")
    if count < 0:
        raise ValueError(f"an array of {count} elements before byte {at}")
    if of_class in (CELL, FUNCTION):
        at = _matrices(data, at, end, order, count if of_class == CELL else 1, depth)
    elif of_class in (STRUCT, OBJECT):
        _struct(data, at, end, order, count, of_class == OBJECT, depth)
    elif of_class == CHAR:
        _need_kind(data, at, end, order, TEXT)
    elif 5 <= of_class <= 15:
        parts = (2 if of_class == SPARSE else 0) + (2 if flags & COMPLEX else 1)
        for _ in range(parts):
            at = _need_kind(data, at, end, order, NUMBERS)
    else:
        raise ValueError(f"an array of class {of_class} before byte {at}")


def _struct(data: Content, at: int, end: int, order: str, count: int, is_object: bool, depth: int) -> None:
    if is_object:
        at = _need_kind(data, at, end, order, {1})
    kind, first, last, at = _element(data, at, end, order)
    length = struct.unpack(f"{order}i", data[first:last])[0] if kind == 5 and last - first == 4 else 0
    kind, first, last, at = _element(data, at, end, order)
    if kind != 1 or length < 1 or (last - first) % length:
        raise ValueError(f"a struct without names of its fields at byte {first}")
    _matrices(data, at, end, order, count * ((last - first) // length), depth)


def _matrices(data: Content, at: int, end: int, order: str, count: int, depth: int) -> int:
    for _ in range(count):
        kind, first, last, at = _element(data, at, end, order)
        if kind != MATRIX:
            raise ValueError(f"an element of type {kind} in place of an array at byte {first}")
        _need_sound_matrix(data, first, last, order, depth + 1)
    return at


def _need_kind(data: Content, at: int, end: int, order: str, kinds: set[int]) -> int:
    kind, first, _, at = _element(data, at, end, order)
    if kind not in kinds:
        raise ValueError(f"numbers of type {kind} at byte {first}")
    return at


def _element(data: Content, at: int, end: int, order: str) -> tuple[int, int, int, int]:
    """The type of an element, where its bytes begin and end, and where the next one begins."""
    if at + TAG > end:
        raise ValueError(f"the end of an array before its elements, at byte {at}")
    kind, size = struct.unpack(f"{order}2I", data[at : at + TAG])
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
