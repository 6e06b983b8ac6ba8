"""The other order of words that a command takes: `neurouniv figure FILE OUT --kind rdm`."""

from __future__ import annotations

from collections.abc import Sequence

FIRST = {"figure": "--kind"}
"""Commands whose first word may also come as an option, in any place."""


def first_word_first(words: Sequence[str]) -> list[str]:
    """The words of a command line with the first word of a command, given as an option, in its place.

    Examples
    --------
    >>> first_word_first(["figure", "traj.nc", "--kind", "film", "film.svg"])
    ['figure', 'film', 'traj.nc', 'film.svg']
    >>> first_word_first(["figure", "traj.nc", "film.svg", "--kind=film"])
    ['figure', 'film', 'traj.nc', 'film.svg']
    """
    option = FIRST.get(words[0]) if words else None
    for place, word in enumerate(words):
        if option and word == option and place + 1 < len(words):
            return [words[0], words[place + 1], *words[1:place], *words[place + 2 :]]
        if option and word.startswith(f"{option}="):
            return [words[0], word.removeprefix(f"{option}="), *words[1:place], *words[place + 1 :]]
    return list(words)
