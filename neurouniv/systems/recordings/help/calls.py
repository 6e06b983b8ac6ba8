"""Calls as messages show them: in Python, and in a shell."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

SAYABLE = (str, Path, int, float, tuple, list)
"""What a shell can say; other values (a table in memory) stand by the name of their setting, in Python alone."""


def both_ways(source: str, **settings: Any) -> str:
    """The call that reads `source` with `settings`, in Python and as a command; an object ("the dict") in Python alone.

    Examples
    --------
    >>> print(both_ways("x.edf", window=(0, 0.5)))
    read_recording("x.edf", window=(0, 0.5)); in a shell: neurouniv read x.edf --map window=0,0.5
    >>> print(both_ways("the dict", trials={"onset": [1.0]}, window=(0, 1)))
    read_recording(dict, trials=trials, window=(0, 1))
    """
    is_object = source.startswith("the ")
    place = source.removeprefix("the ") if is_object else f'"{source}"'
    arguments = ", ".join(f"{name}={_python(name, value)}" for name, value in settings.items())
    call = f"read_recording({place}, {arguments})"
    if is_object or not all(isinstance(value, SAYABLE) for value in settings.values()):
        return call
    words = " ".join(shlex.quote(f"{name}={_word(value)}") for name, value in settings.items())
    return f"{call}; in a shell: neurouniv read {shlex.quote(source)} --map {words}"


def _python(name: str, value: Any) -> str:
    if isinstance(value, (str, Path)):
        return f'"{value}"'
    return repr(value) if isinstance(value, SAYABLE) else name


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
