"""A module of the user's own has settings of its own: those of the built-in architectures are refused, not ignored."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from neurouniv.schema import InputError

P = ParamSpec("P")
R = TypeVar("R")
BUILT_IN = ("hidden_layers", "width", "gain", "nonlinearity", "dropout", "kernel", "channels")
"""Settings of networks that are made here, which a module that a function makes does not hear of."""


def refuses_ignored(train: Callable[P, R]) -> Callable[P, R]:
    """`train`, which refuses settings that a module of the user's own would not hear of.

    Examples
    --------
    >>> refuses_ignored(lambda task, architecture, **settings: None)(None, list, width=3)
    Traceback (most recent call last):
        ...
    neurouniv.errors.InputError: A module of your own does not hear of width: the function that makes it sets its size \
and its start. Leave width out, or name a built-in architecture such as 'mlp'.
    """

    @wraps(train)
    def checked(*arguments: P.args, **settings: P.kwargs) -> R:
        architecture: Any = settings.get("architecture", arguments[1] if len(arguments) > 1 else None)
        ignored = " and ".join(name for name in BUILT_IN if name in settings)
        if callable(architecture) and ignored:
            raise InputError(
                f"A module of your own does not hear of {ignored}: the function that makes it sets its size and its "
                f"start. Leave {ignored} out, or name a built-in architecture such as 'mlp'."
            )
        return train(*arguments, **settings)

    return checked
