"""One small change to a file: of its bytes, or of what its format is made of, sums of which are then right again."""

from __future__ import annotations

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fuzz_parts.hdf5_changes import change_hdf5

Generator = np.random.Generator
ODD = (0, 1, 2, 7, 127, 128, 255, 256, 32767, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
WORDS = ("0", "-1", "1e308", "nan", "inf", "99999999999999999999", "", "null", "~", "true", "[]", "{}", "[[[[]]]]",
         "*a", "&a [*a]", "!!python/object/apply:os.system [ls]", "'", '"', "..", "/dev/zero", "/dev/null", "\x00",
         "é" * 9, "a" * 5000, "%s%n", "<<", "? x", "- - - -", "|", "1:1:1", "2024-01-01", "0x7f", "1_0", "<f8", "|O",
         "|V9", "(9223372036854775807,)", "(1000000, 1000000)")  # fmt: skip
TEXT = (".csv", ".tsv", ".vhdr", ".vmrk", ".yaml", ".py", ".gii", ".json")
TEXT += (".zattrs", ".zarray", ".zgroup", ".zmetadata")
PACKED_MAT = 15


def mutated(folder: Path, rng: Generator) -> str:
    """Change one file of a folder in one to four ways; returns what was done."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path = files[rng.integers(len(files))]
    ways = _ways(path)
    done = []
    for _ in range(1 + int(rng.integers(4)) * int(rng.integers(2))):
        way = ways[rng.integers(len(ways))]
        try:
            way(path, rng)
            done.append(way.__name__)
        except Exception as error:  # what an earlier change left behind cannot be changed in this way
            done.append(f"({way.__name__}: {type(error).__name__})")
            in_bytes(path, rng)
    return f"{path.relative_to(folder)}: {', '.join(done)}"


def _ways(path: Path) -> list[Callable[[Path, Generator], None]]:
    start = path.read_bytes()[:520]
    if start.startswith(b"\x89HDF") or start[512:516] == b"\x89HDF":
        return [in_bytes, change_hdf5, change_hdf5]
    if start.startswith(b"PK"):
        return [in_bytes, in_zip, in_zip]
    if start.startswith(b"MATLAB 5.0"):
        return [in_bytes, in_mat, in_mat]
    if start.startswith(b"\x1f\x8b"):
        return [in_bytes, in_gzip]
    if path.name.endswith(TEXT):
        return [in_bytes, in_text, in_text]
    return [in_bytes]


def in_bytes(path: Path, rng: Generator) -> None:
    """Bits, bytes, numbers and blocks of a file, or where it ends."""
    path.write_bytes(changed(path.read_bytes(), rng))


def changed(content: bytes, rng: Generator) -> bytes:
    """Bytes with one thing changed."""
    if not content:
        return bytes(rng.integers(0, 256, 8, dtype=np.uint8))
    held, at = bytearray(content), int(rng.integers(len(content)))
    length = int(rng.integers(1, 33))
    match int(rng.integers(9)):
        case 0:
            held[at] ^= 1 << int(rng.integers(8))
        case 1:
            held[at] = int(rng.integers(256))
        case 2 | 3:
            size, order = (2, 4, 8)[rng.integers(3)], "<>"[rng.integers(2)]
            value = ODD[rng.integers(len(ODD))] % 2 ** (8 * size)
            at -= at % size
            held[at : at + size] = struct.pack(order + {2: "H", 4: "I", 8: "Q"}[size], value)
        case 4:
            held[at : at + length] = bytes([(0, 255)[rng.integers(2)]]) * length
        case 5:
            held[at:at] = held[: int(rng.integers(len(held)))][-length:]
        case 6:
            del held[at : at + length]
        case 7:
            del held[at:]
        case _:
            other = int(rng.integers(len(held)))
            held[at : at + length] = held[other : other + length]
    return bytes(held)


def in_zip(path: Path, rng: Generator) -> None:
    """A member of a zip archive: its bytes, its header of NumPy, or its name; its checksum is right."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(members)[rng.integers(len(members))]
    content = members.pop(name)
    match int(rng.integers(4)):
        case 0:
            name = (name[:-1], "x/" + name, "../" + name, "a" * 300 + ".npy")[rng.integers(4)]
        case 1:
            content = changed(content, rng)
        case _:
            content = _npy_header(content, rng)
    members[name] = content
    with zipfile.ZipFile(path, "w", (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[rng.integers(2)]) as archive:
        for key, value in members.items():
            archive.writestr(key, value)


def _npy_header(content: bytes, rng: Generator) -> bytes:
    """An array of NumPy whose header tells of another shape, type or order."""
    length = 10 + int.from_bytes(content[8:10], "little")
    size = [int(2 ** rng.integers(0, 42)) for _ in range(rng.integers(0, 4))]
    types = ("<f8", "<i8", "<U9", "|S9", "|O", "<M8[ns]", "<c16", "|b1", "<U999999", "|V8", "<f16", ">f4")
    header = {"descr": types[rng.integers(len(types))], "fortran_order": bool(rng.integers(2)), "shape": tuple(size)}
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, header)
    return out.getvalue() + content[length:]


def in_mat(path: Path, rng: Generator) -> None:
    """An element of a MATLAB 5 file, unpacked, changed, and packed again."""
    content = path.read_bytes()
    elements, at = [], 128
    while at + 8 <= len(content):
        kind, size = struct.unpack_from("<2I", content, at)
        elements.append((kind, content[at + 8 : at + 8 + size]))
        at += 8 + size
    n = int(rng.integers(len(elements)))
    kind, body = elements[n]
    body = changed(zlib.decompress(body) if kind == PACKED_MAT else body, rng)
    packs = kind == PACKED_MAT or not rng.integers(4)
    if packs and kind != PACKED_MAT:
        body = struct.pack("<2I", kind, len(body)) + body
    elements[n] = (PACKED_MAT, zlib.compress(body)) if packs else (kind, body)
    path.write_bytes(content[:128] + b"".join(struct.pack("<2I", k, len(b)) + b for k, b in elements))


def in_gzip(path: Path, rng: Generator) -> None:
    """What a gzip file holds."""
    path.write_bytes(gzip.compress(changed(gzip.decompress(path.read_bytes()), rng), 1))


def in_text(path: Path, rng: Generator) -> None:
    """A word or a line of a text."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tokens = [match.span() for match in re.finditer(r"[\w.+-]+|\S", text)]
    lines = text.splitlines(keepends=True)
    if not tokens:
        path.write_text(WORDS[rng.integers(len(WORDS))], encoding="utf-8")
        return
    first, last = tokens[rng.integers(len(tokens))]
    match int(rng.integers(6)):
        case 0 | 1 | 2:
            text = text[:first] + WORDS[rng.integers(len(WORDS))] + text[last:]
        case 3:
            n = int(rng.integers(len(lines)))
            text = "".join([*lines[:n], lines[n] * int(2 ** rng.integers(1, 12)), *lines[n + 1 :]])
        case 4:
            n, other = rng.integers(len(lines), size=2)
            text = "".join([*lines[:n], lines[other], *lines[n + 1 :]])
        case _:
            text = text[:first] + " " * int(rng.integers(1, 9)) + text[first:]
    path.write_text(text, encoding="utf-8")
