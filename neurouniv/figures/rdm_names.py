"""Names of conditions beside a picture: short enough to be read, never so short that two are the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LONGEST = 24
"""Letters of a name."""
LARGEST, SMALLEST = 8.5, 4.2
"""Points of a letter."""
WIDE = 0.58
"""How wide a letter is, of its height."""


def short_names(names: Sequence[str] | np.ndarray, most: int = LONGEST) -> list[str]:
    """Names of at most `most` letters that all differ where the names do: without their ends, else without their
    middles, else without the words that all begin with too; whole where none of it is enough.

    Examples
    --------
    >>> short_names(["cat", "a cat that sits", "a dog that runs"], most=8)
    ['cat', 'a cat t…', 'a dog t…']
    >>> short_names(["animal/cat", "animal/dog"], most=8), short_names(["one two A of three", "one two B of three"], 9)
    (['ani…/cat', 'ani…/dog'], ['…A o…hree', '…B o…hree'])
    """
    whole = [str(name) for name in names]
    start = 1 + _shared(min(whole), max(whole)).rfind(" ")
    for cut in (_end_cut, _middle_cut, lambda name, most: "…" + _middle_cut(name[start:], most - 1)):
        texts = [name if len(name) <= most else cut(name, most) for name in whole]
        if len(set(texts)) == len(set(whole)):
            return texts
    return whole


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    differ = (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[: next(differ, 0)]


def _end_cut(name: str, most: int) -> str:
    return f"{name[: most - 1]}…"


def _middle_cut(name: str, most: int) -> str:
    head = (most - 1) // 2
    return name if len(name) <= most else f"{name[:head]}…{name[head + 1 - most :]}"


def letters(cell: float) -> float:
    """Points of the letters of names that stand `cell` points apart."""
    return float(np.clip(0.8 * cell, SMALLEST, LARGEST))


def every(cell: float) -> int:
    """Of names that stand `cell` points apart, every how many can be written without touching."""
    return max(1, int(np.ceil(SMALLEST / max(cell, 1e-6) - 0.1)))


def width(text: str, size: float) -> float:
    """Points that the longest line of a text takes, about, in letters of so many points."""
    return WIDE * size * max((len(line) for line in text.splitlines()), default=0)
