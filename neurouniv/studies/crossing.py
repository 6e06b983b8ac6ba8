"""Settings with lists to cross: every combination, in the order they are written, the last one changing first."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from typing import Any


def crossed(
    settings: Mapping[str, Any], listed: Collection[str] = ()
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every combination of the values of lists, and of it what varies.

    Parameters
    ----------
    settings : by name; a list is values to cross.
    listed : settings whose one value is a list; only a list of lists is crossed.

    Examples
    --------
    >>> [varied for _, varied in crossed({"rule": ["a", "b"], "width": 5, "layers": [0, 1]}, listed=["layers"])]
    [{'rule': 'a'}, {'rule': 'b'}]
    """
    varied = [name for name, value in settings.items() if _is_crossed(value, name in listed)]
    for values in itertools.product(*(settings[name] for name in varied)):
        chosen = dict(zip(varied, values, strict=True))
        yield {**settings, **chosen}, chosen


def _is_crossed(value: Any, is_listed: bool) -> bool:
    if not isinstance(value, list):
        return False
    return not is_listed or any(isinstance(item, list) for item in value)
