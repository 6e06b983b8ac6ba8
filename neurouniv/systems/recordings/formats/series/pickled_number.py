"""One number of a pickled dict, read from its opcodes: nothing is unpickled, no code can run."""

from __future__ import annotations

import pickletools
from pathlib import Path
from typing import IO

import numpy as np

LARGEST = 2**28  # bytes
NOTHING = ("MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT")
NUMBERS = ("BINFLOAT", "FLOAT", "BININT", "BININT1", "BININT2", "INT", "LONG1", "LONG")


def pickled_number(path: Path, name: str) -> float | None:
    """The plain number that a dict in a .npy file has under `name`; None where there is none, or several differ.

    Only the list of opcodes is walked through, as a disassembler does.
    """
    if path.stat().st_size > LARGEST:
        return None
    numbers = set()
    try:
        with path.open("rb") as file:
            _skip_header(file)
            previous = None
            for opcode, value, _ in pickletools.genops(file):
                if opcode.name in NOTHING:
                    continue
                if previous == name and opcode.name in NUMBERS:
                    numbers.add(float(value or 0))
                previous = value if isinstance(value, str) else None
    except Exception:  # a damaged pickle raises anything; the rate is then asked for
        return None
    return numbers.pop() if len(numbers) == 1 else None


def _skip_header(file: IO[bytes]) -> None:
    """Past the header of a .npy file."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    read(file)
