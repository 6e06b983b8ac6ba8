"""Which code a result is of: the package's version and a checksum of the source that numbers come from."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from neurouniv.schema import __version__

PACKAGE = Path(__file__).parents[1]
WITHOUT_NUMBERS = ("figures", "page", "demo", "experiments", "commands", "studies", "cli.py", "progress.py")
"""Parts that show results and compute none; of studies, what a cell computes counts."""
OF_STUDIES = "studies/cell"


@cache
def code_version() -> str:
    """The version, and the first 12 digits of the sha256 of all source files that take part in a cell's result.

    So a changed figure or page changes no cell, and a changed law changes all. Versions of libraries (NumPy, torch) are
    told in every result and are no part of this.

    Examples
    --------
    >>> code_version().partition("+")[0] == __version__
    True
    """
    digest = hashlib.sha256()
    for path in sorted(
        path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".csv", ".toml") and _counts(path)
    ):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{digest.hexdigest()[:12]}"


def _counts(path: Path) -> bool:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] not in WITHOUT_NUMBERS or inside.as_posix().startswith(f"{OF_STUDIES}/")
