"""Lines that a script printed, as a page may show them."""

from __future__ import annotations

import re
from html import escape

PLACE = re.compile(r"^\S+\.py:\d+: (\w*Warning: .*)(?:\n  \S.*)?$", flags=re.M)


def is_sentence(line: str) -> bool:
    """Whether a line may wrap: no columns are lined up in it.

    Examples
    --------
    >>> is_sentence("the law describes both systems"), is_sentence("law     0.99   0.97")
    (True, False)
    """
    return "   " not in line.strip()


def without_places(text: str) -> str:
    """The text with warnings as they are read, not where they come from.

    Examples
    --------
    >>> without_places("a\\n/home/me/one.py:12: UserWarning: too short\\n  fit(movie)\\nb")
    'a\\nUserWarning: too short\\nb'
    """
    return PLACE.sub(r"\1", text)


def as_html(text: str) -> str:
    """Each line as an element of its own, of the class "sentence" or "columns"."""
    lines = without_places(text).strip("\n").split("\n")
    kinds = ("sentence" if is_sentence(line) else "columns" for line in lines)
    return "".join(f'<span class="{kind}">{escape(line)}\n</span>' for kind, line in zip(kinds, lines, strict=True))
