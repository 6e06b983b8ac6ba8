"""The settings that a law's constructor takes, with their defaults, over all classes that it inherits from."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from neurouniv.names import need_known

P = ParamSpec("P")
Self = TypeVar("Self")


def defaults_of(cls: type) -> dict[str, Any]:
    """The settings of a class by name, with their defaults; `inspect.Parameter.empty` where there is none.

    Examples
    --------
    >>> class A:
    ...     def __init__(self, *, restarts=3): ...
    >>> class B(A):
    ...     def __init__(self, *, depth=1, **settings): ...
    >>> defaults_of(B)
    {'depth': 1, 'restarts': 3}
    """
    defaults: dict[str, Any] = {}
    for parent in cls.__mro__:
        if "__init__" not in vars(parent) or parent is object:
            continue
        _, *parameters = inspect.signature(vars(parent)["__init__"]).parameters.values()
        named = [one for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
        defaults = defaults | {one.name: one.default for one in named if one.name not in defaults}
        if not any(one.kind is one.VAR_KEYWORD for one in parameters):
            break
    return defaults


def names_settings(init: Callable[Concatenate[Self, P], None]) -> Callable[Concatenate[Self, P], None]:
    """A constructor at the end of the line, which answers an unknown setting with the nearest of all of the class."""
    own = list(inspect.signature(init).parameters)

    @wraps(init)
    def checked(self: Self, *arguments: P.args, **settings: P.kwargs) -> None:
        unknown = [name for name in settings if name not in own]
        need_known(type(self).__name__, unknown, defaults_of(type(self)))
        init(self, *arguments, **settings)

    return checked


def call_of(law: Any) -> str:
    """The call that makes an estimator like `law`, with the settings alone that differ from the defaults.

    Examples
    --------
    >>> from neurouniv import UniversalModel
    >>> call_of(UniversalModel(weighting="range", restarts=None))
    "UniversalModel(weighting='range')"
    """
    stored = getattr(law, "__dict__", {})
    shown = [
        f"{name}={_short(stored[name])}"
        for name, default in defaults_of(type(law)).items()
        if name in stored and not _same(stored[name], default)
    ]
    return f"{type(law).__name__}({', '.join(shown)})"


def _same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and not hasattr(value, "dtype") and value == default)


def _short(value: Any) -> str:
    """A setting as it is written, an array by its shape."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"<{type(value).__name__} {shape}>"
    if hasattr(value, "data_vars"):
        sizes = ", ".join(f"{dim}: {size}" for dim, size in value.sizes.items())
        return f"<{type(value).__name__} ({sizes})>"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
