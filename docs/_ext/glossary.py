"""The terms of words.md: the first cells of the rows of its tables."""

from __future__ import annotations

import re


def terms_of(cell: str) -> list[str]:
    """The terms of a row: "h, y, w" are three, and what follows a name in capitals stays with it.

    Examples
    --------
    >>> terms_of("effective learning rate eta_h, eta_y"), terms_of("change from before to after")
    (['effective learning rate', 'eta_h', 'eta_y'], ['change from before to after'])
    """
    parts = re.sub(r" (eta_h)", r", \1", cell).split(", ")
    return [part.strip() for part in parts]


def terms_in(page: str) -> list[str]:
    """All terms of the Markdown of a page of tables."""
    cells = re.findall(r"^\| ([^|]+) \|", page, flags=re.M)
    return [term for cell in cells if cell != "term" for term in terms_of(cell)]
