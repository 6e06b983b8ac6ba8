"""Classes of conditions in pictures of RDMs: which there are, their order, their names and their colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from neurouniv.rdm.classes import named_classes
from neurouniv.rdm.labels import listed
from neurouniv.schema import InputError

COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6a3d9a", "#8c6d31", "#7f7f7f", "#1c1c22",
)  # fmt: skip
"""Told apart by colour-blind readers too; the first eight are near those of Okabe and Ito (2008)."""
MOST_IN_LEGEND = 16
MEMBERS_IN_NAME = 2


@dataclass(frozen=True)
class Classes:
    """The class of every condition by name; their `names` are in the order in which conditions have them."""

    of: Mapping[str, str]  # condition to class

    @property
    def names(self) -> list[str]:
        """Every class once."""
        return list(dict.fromkeys(self.of.values()))

    @property
    def colours(self) -> dict[str, str]:
        """The colour of every class."""
        names = self.names
        if len(names) <= len(COLOURS):
            return dict(zip(names, COLOURS, strict=False))
        spread = mpl.colormaps["turbo"](np.linspace(0.03, 0.97, len(names)))
        return {name: to_hex(colour) for name, colour in zip(names, spread, strict=True)}

    def together(self, conditions: np.ndarray) -> np.ndarray:
        """`conditions`, those of a class side by side, each class where its first one stands."""
        rank = {name: place for place, name in enumerate(dict.fromkeys(self.of[name] for name in conditions.tolist()))}
        return conditions[np.argsort([rank[self.of[name]] for name in conditions.tolist()], kind="stable")]

    def legend(self) -> list[Line2D]:
        """A mark for every class; none where they are too many to tell apart."""
        marks = self.colours.items()
        if len(marks) > MOST_IN_LEGEND:
            return []
        return [Line2D([], [], linestyle="none", marker="o", ms=6, color=c, label=name) for name, c in marks]


def classes_of(
    rdms: xr.Dataset | xr.DataArray, conditions: np.ndarray, given: Mapping[str, Any] | None
) -> Classes | None:
    """The classes of `conditions` (names, as text): those `given` by name, else those of the trajectory's task.

    Classes without names, of conditions that share a target, are called by their first conditions.

    Raises
    ------
    InputError : a condition has no class in `given`.

    Examples
    --------
    >>> classes_of(xr.Dataset(), np.array(["cat", "dog", "car"]), {"cat": "animal", "dog": "animal", "car": "thing"}).names
    ['animal', 'thing']
    """  # noqa: E501
    names = conditions.tolist()
    if given is not None:
        by_name = {str(name): str(label) for name, label in given.items()}
        absent = [name for name in names if name not in by_name]
        if absent:
            raise InputError(
                f"`classes` says of every condition which class it is of, by name; {listed(absent)} "
                f"{'has' if len(absent) == 1 else 'have'} none. Give classes={{{names[0]!r}: ..., ...}} of all."
            )
        return Classes({name: by_name[name] for name in names})
    labels = named_classes(rdms) if isinstance(rdms, xr.Dataset) else None
    if labels is None:
        return None
    groups: dict[Any, list[str]] = {}
    for name in names:
        groups.setdefault(labels[name], []).append(name)
    has_names = "label" in rdms.coords
    called = {label: str(label) if has_names else _by_members(members) for label, members in groups.items()}
    return Classes({name: called[labels[name]] for name in names})


def _by_members(names: list[str]) -> str:
    more = ", …" if len(names) > MEMBERS_IN_NAME else ""
    return ", ".join(names[:MEMBERS_IN_NAME]) + more
