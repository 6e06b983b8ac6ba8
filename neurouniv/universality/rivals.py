"""Which laws are rivals: a law is what its class is, whatever name a user gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import xarray as xr

KIN = ("universal", "pairwise", "free")
"""Laws that are never rivals of each other, by the names of their classes."""
NO_LAWS = ("free", "mixture")
"""What fits its data anew, pair by pair or time by time, and is no rival of any law."""


def kinds(laws: Mapping[str, Any]) -> str:
    """The name of every law's class, as text that a file can hold.

    Examples
    --------
    >>> from neurouniv.laws import PairwiseModel
    >>> kinds({"mine": PairwiseModel()})
    '{"mine": "pairwise"}'
    """
    return json.dumps({name: str(getattr(law, "name", name)) for name, law in laws.items()})


def rivals_of(result: xr.Dataset, law: str) -> list[str]:
    """The laws of a comparison that `law` is set against: all but itself, its kin, free curves and mixtures.

    Examples
    --------
    >>> result = xr.Dataset(coords={"law": ["mine", "pairwise", "gain"]}, attrs={"kinds": '{"mine": "universal"}'})
    >>> rivals_of(result, "mine"), rivals_of(result, "gain")
    (['gain'], ['mine', 'pairwise'])
    """
    kind = json.loads(result.attrs.get("kinds", "{}"))
    names = [str(name) for name in result["law"].values]
    left_out = {*NO_LAWS, *(KIN if kind.get(law, law) in KIN else ())}
    return [name for name in names if name != law and kind.get(name, name) not in left_out]
