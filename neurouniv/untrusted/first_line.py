"""The first line of a table of text holds the names of its columns, and no more than such a line can."""

from __future__ import annotations

from pathlib import Path

from neurouniv.errors import InputError

LONGEST = 2**20
"""Letters: a hundred thousand columns with names of ten."""


def need_first_line(line: str, path: Path) -> None:
    """Raise `InputError` where the first line of a file, read up to `LONGEST` letters, is as long as that.

    Examples
    --------
    >>> need_first_line("trial,unit,rate", Path("rates.csv"))
    """
    if len(line) >= LONGEST:
        raise InputError(
            f"The first line of '{path}' has more than {LONGEST} letters; a table begins with the names of its "
            "columns. Check that it is the file you mean."
        )
