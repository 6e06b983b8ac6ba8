"""How settings are said: values in words, and what is not recorded said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neurouniv.methods.citing import plain

Settings = Mapping[str, Any]
MOST = 8


def value(settings: Settings, name: str, what: str | None = None) -> str:
    """A setting in words; that it is not recorded, where it is absent.

    Examples
    --------
    >>> value({"seed": 0}, "seed"), value({}, "seed"), value({}, "lr", "the learning rate")
    ('0', '(seed not recorded)', '(the learning rate not recorded)')
    """
    return said(settings[name]) if settings.get(name) is not None else f"({what or name} not recorded)"


def said(entry: Any) -> str:
    """One value, or several as a list.

    Examples
    --------
    >>> said([0, 1, 2]), said(0.30000000000000004), said(["a", "b"])
    ('0, 1 and 2', '0.3', 'a and b')
    """
    if isinstance(entry, Mapping):
        return listed([f"{plain(name)}: {said(one)}" for name, one in entry.items()])
    if isinstance(entry, list | tuple | np.ndarray):
        return listed([said(one) for one in entry])
    if isinstance(entry, float | np.floating):
        return f"{entry:.4g}"
    return plain(entry)


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence, of many the first few and how many more."""
    if len(names) > MOST:
        return f"{', '.join(names[: MOST - 1])} and {len(names) - MOST + 1} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "none"


def counted(number: Any, noun: str) -> str:
    """A number and its noun.

    Examples
    --------
    >>> counted(1, "session"), counted(3, "session"), counted(None, "trial")
    ('1 session', '3 sessions', 'a number of trials that is not recorded')
    """
    if number is None:
        return f"a number of {noun}s that is not recorded"
    return f"{said(number)} {noun}{'' if number == 1 else 's'}"


def seeds(settings: Settings) -> str:
    """The seed or seeds of chance."""
    return f"seed {said(settings['seed'])}" if settings.get("seed") is not None else "seed not recorded"


def rest(settings: Settings, in_sentence: Sequence[str] = ()) -> str:
    """All settings but those `in_sentence`, as name = value; what is None or False is not in use."""
    given = {
        name: one for name, one in settings.items() if name not in in_sentence and one is not None and one is not False
    }
    shown = [f"{plain(name)} = {said(one)}" for name, one in given.items()]
    return ", ".join(shown)
