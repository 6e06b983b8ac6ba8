"""Whole numbers at the command line: one with a fraction is refused, where the parser would round it."""

from __future__ import annotations

from types import EllipsisType, NoneType
from typing import Any, get_args

from cyclopts import App, ArgumentCollection

from neurouniv.errors import InputError


def need_whole_numbers(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Raise `InputError` where a whole number is asked for and another comes; 30.0 is one."""
    for argument in arguments:
        if _kinds(argument.hint) != {int}:
            continue
        for token in argument.tokens:
            if "." in token.value and not _is_whole(token.value):
                raise InputError(f"{token.keyword or argument.name} is a whole number; got {token.value!r}.")


def _kinds(hint: Any) -> set[Any]:
    """The types that values of a hint have.

    Examples
    --------
    >>> _kinds(tuple[int, ...]), _kinds(list[int] | None)
    ({<class 'int'>}, {<class 'int'>})
    """
    inner = get_args(hint)
    kinds = set().union(*map(_kinds, inner)) if inner else {hint}
    return kinds - {NoneType, Ellipsis, EllipsisType}


def _is_whole(text: str) -> bool:
    try:
        return float(text).is_integer()
    except ValueError:
        return True  # the parser says what it is
