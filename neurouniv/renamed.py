"""Arguments that have a new name: the old one works for a release, and says what it is called now."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def renamed(**names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function that also takes arguments by their old names, with a FutureWarning.

    Parameters
    ----------
    names : old name = new name.

    Raises
    ------
    TypeError : an argument is given by both names.

    Examples
    --------
    >>> @renamed(repeats="partitions")
    ... def split(partitions=1):
    ...     return partitions
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     split(repeats=3), str(caught[0].message)
    (3, "split: 'repeats' is called 'partitions' now; the old name goes with the next release.")
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def with_old_names(*arguments: P.args, **settings: P.kwargs) -> R:
            for old in names.keys() & settings.keys():
                new = names[old]
                if new in settings:
                    raise TypeError(f"{function.__name__} takes {new!r}; got both {old!r}, its old name, and {new!r}.")
                warnings.warn(
                    f"{function.__name__}: {old!r} is called {new!r} now; the old name goes with the next release.",
                    FutureWarning,
                    stacklevel=2,
                )
                settings[new] = settings.pop(old)
            return function(*arguments, **settings)

        return with_old_names

    return decorated
