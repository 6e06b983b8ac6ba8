"""Rivals of a law, by the classes and families of laws, whatever names a user gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import xarray as xr

from neurouniv.laws import LAWS, FreeModel, MixtureModel, UniversalModel
from neurouniv.names import one_of

NO_LAWS = (FreeModel.name, MixtureModel.name)
"""Accounts that are fitted pair by pair or time by time, and are no rivals of any law."""
FAMILIES = {name: law.family for name, law in LAWS.items()} | {MixtureModel.name: MixtureModel.family}
COORDS = ("law_name", "law_family")
"""The coordinates (law) of a comparison that say what its laws are."""


class Identity(NamedTuple):
    """The identity of a law: the name of its class, and its family."""

    name: str
    family: str

    def has_rival(self, other: Identity) -> bool:
        """Whether it is set against `other`: all but its own family, free curves and mixtures."""
        return other.family != self.family and other.name not in NO_LAWS


def identities(laws: Mapping[str, Any]) -> dict[str, Identity]:
    """The identities of laws; a law without a family has one of its own.

    Examples
    --------
    >>> from neurouniv.laws import PairwiseModel
    >>> identities({"mine": PairwiseModel()})
    {'mine': Identity(name='pairwise', family='universal')}
    """
    identities_by_key = {}
    for key, law in laws.items():
        name = str(getattr(law, "name", type(law).__name__))
        identities_by_key[key] = Identity(name, str(getattr(law, "family", f"{name}: {key}")))
    return identities_by_key


def coordinates(laws: Mapping[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """The coordinates `law_name` and `law_family` (law) of a comparison of `laws`."""
    columns = zip(*identities(laws).values(), strict=True)
    return {name: ("law", list(column)) for name, column in zip(COORDS, columns, strict=True)}


def identities_in(result: xr.Dataset) -> dict[str, Identity]:
    """The identities of a comparison's laws; in older files by the attribute `kinds` or by their names.

    Examples
    --------
    >>> identities_in(xr.Dataset(coords={"law": ["mine"]}, attrs={"kinds": '{"mine": "pairwise"}'}))
    {'mine': Identity(name='pairwise', family='universal')}
    """
    keys = [str(key) for key in result["law"].values.ravel()]
    if set(COORDS) <= set(result.coords):
        columns = (result[name].values.ravel().astype(str).tolist() for name in COORDS)
        return {key: Identity(*identity) for key, *identity in zip(keys, *columns, strict=True)}
    kinds = _kinds(result.attrs.get("kinds", "{}"))
    names = [str(kinds.get(key, key)) for key in keys]
    return {key: Identity(name, FAMILIES.get(name, name)) for key, name in zip(keys, names, strict=True)}


def _kinds(text: Any) -> dict[str, Any]:
    """What older files say of their laws; nothing where it is damaged."""
    try:
        kinds = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return kinds if isinstance(kinds, dict) else {}


def rivals_among(laws: Mapping[str, Identity], law: str) -> list[str]:
    """The laws that `law` is set against.

    Examples
    --------
    >>> rivals_among(identities(LAWS), "universal")[:2], "free" in rivals_among(identities(LAWS), "gain")
    (['static', 'exponential'], False)
    """
    return [key for key, identity in laws.items() if key != law and laws[law].has_rival(identity)]


def rivals_of(result: xr.Dataset, law: str) -> list[str]:
    """The laws of a comparison that `law` is set against.

    Raises
    ------
    InputError : `law` is none of them.

    Examples
    --------
    >>> result = xr.Dataset(coords={"law": ["universal", "pairwise", "gain"]})
    >>> rivals_of(result, "universal"), rivals_of(result, "gain")
    (['gain'], ['universal', 'pairwise'])
    """
    laws = identities_in(result)
    return rivals_among(laws, one_of(law, laws, "The law on trial, the reference of a comparison,"))


def default_reference(laws: Mapping[str, Identity]) -> str:
    """The law on trial where none is named: the universal law, else the first."""
    return next((key for key, identity in laws.items() if identity.name == UniversalModel.name), next(iter(laws)))


def reference_of(result: xr.Dataset) -> str:
    """The law of a comparison that the others are compared with.

    Raises
    ------
    InputError : its attribute `reference` is none of its laws.
    """
    laws = identities_in(result)
    reference = result.attrs.get("reference", "")
    if isinstance(reference, str) and not reference:
        return default_reference(laws)
    return one_of(reference, laws, "The reference of a comparison")
