"""What was got instead of what is needed, in words, and how it is made what is needed."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from typing import Any

LIKE = 0.6
"""How alike (`difflib`) a name has to be to be suggested: its own default."""


def got(value: Any) -> str:
    """What `value` is, for a message.

    Examples
    --------
    >>> [got(value) for value in (None, "runs.nc", [1, 2], 3)]
    ['None', "the text 'runs.nc'", 'a list of 2', 'an int']
    """
    if value is None:
        return "None"
    if isinstance(value, str | os.PathLike):
        return f"the {'text' if isinstance(value, str) else 'path'} {os.fspath(value)!r}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    article = "an" if name[0].lower() in "aeiou" else "a"
    size = f" of {len(value)}" if isinstance(value, list | tuple | dict) else ""
    return f"{article} {name}{size}"


def way(value: Any) -> str:
    """A sentence that says how `value` becomes a Dataset, where that is a call; else empty.

    Examples
    --------
    >>> way("runs.nc"), way("digits")
    ("`neurouniv.load('runs.nc')` reads a file.", '')
    """
    if isinstance(value, str | os.PathLike):
        path = os.fspath(value)
        is_file = os.path.splitext(path)[1] or os.path.exists(path)
        return f"`neurouniv.load({path!r})` reads a file." if is_file else ""
    if hasattr(value, "data_vars") or isinstance(value, Mapping):
        return ""
    if hasattr(value, "to_dataset") and hasattr(value, "dims"):
        return "`array.to_dataset(name=...)` makes a Dataset of a DataArray."
    return ""


def near(name: Any, names: Iterable[Any]) -> str:
    """The one of `names` that is most like `name`, whatever case, or the only one that begins so; "" if none is.

    Examples
    --------
    >>> near("hidden_layer", ["width", "hidden_layers"]), near("zzz", ["width"])
    ('hidden_layers', '')
    >>> near("corr", ["cosine", "correlation"])
    'correlation'
    """
    lowered = {str(other).lower(): str(other) for other in names}
    asked = str(name).lower()
    begun = [other for other in lowered if len(asked) > 1 and other.startswith(asked)]
    best = difflib.get_close_matches(asked, lowered, n=1, cutoff=LIKE) or begun[: len(begun) == 1]
    return lowered[best[0]] if best else ""


def did_you_mean(name: Any, names: Iterable[Any]) -> str:
    """The nearest name as a question with a space before it, for the end of a message; "" where none is near.

    Examples
    --------
    >>> did_you_mean("gian", ["gain", "static"]), did_you_mean("zzz", ["gain"])
    (" Did you mean 'gain'?", '')
    """
    nearest = near(name, names) if isinstance(name, str) else ""
    return f" Did you mean {nearest!r}?" if nearest else ""


def suggestion(name: Any, names: Iterable[Any]) -> str:
    """The nearest name as a question, and the names that there are.

    Examples
    --------
    >>> suggestion("gian", ["gain", "static"])
    "Did you mean 'gain'? There are: gain, static."
    >>> suggestion("zzz", [])
    'There is none.'
    """
    names = [str(other) for other in names]
    question = did_you_mean(name, names).strip()
    listed = f"There are: {', '.join(names)}." if names else "There is none."
    return " ".join(filter(None, [question, listed]))


def no_such_attribute(module: str, name: str, names: Iterable[str]) -> AttributeError:
    """The error of a module that has no public name `name`.

    Examples
    --------
    >>> print(no_such_attribute("neurouniv.tasks", "digit", ["digits", "xor"]))
    module 'neurouniv.tasks' has no attribute 'digit'. Did you mean 'digits'? There are: digits, xor.
    """
    return AttributeError(f"module {module!r} has no attribute {name!r}. {suggestion(name, names)}")
