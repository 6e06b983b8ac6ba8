"""Calls as messages show them: in Python, and in a shell."""

from __future__ import annotations

import shlex
from typing import Any


def both_ways(source: str, **settings: Any) -> str:
    """The call that reads `source` with `settings`, in Python and as a command.

    Examples
    --------
    >>> print(both_ways("x.edf", window=(0, 0.5)))
    read_recording("x.edf", window=(0, 0.5)); in a shell: neurouniv read x.edf --map window=0,0.5
    """
    arguments = ", ".join(f"{name}={_python(value)}" for name, value in settings.items())
    words = " ".join(shlex.quote(f"{name}={_word(value)}") for name, value in settings.items())
    return f'read_recording("{source}", {arguments}); in a shell: neurouniv read {shlex.quote(source)} --map {words}'


def _python(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _word(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
