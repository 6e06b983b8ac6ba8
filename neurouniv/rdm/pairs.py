"""Which conditions the pairs of an RDM join: the only place that reads their names, `first` and `second` (pair)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import xarray as xr

Order = Literal["task", "pairs", "alphabet"]


def are_named(traj: xr.Dataset | xr.DataArray) -> bool:
    """Whether the pairs say which two conditions each joins."""
    return {"first", "second"} <= set(traj.coords)


@dataclass(frozen=True)
class Pairs:
    """The conditions that pairs join, in some order, and where each pair's two stand in it."""

    names: np.ndarray  # (condition,)
    ends: np.ndarray  # (2, pair), counted from 0 in the order of `names`

    @classmethod
    def of(cls, traj: xr.Dataset | xr.DataArray, order: Order = "task", text: bool = True) -> Self:
        """The pairs of a trajectory, or of an array over `pair`; without names every pair has its own two conditions.

        Parameters
        ----------
        order : of the conditions. "task": as the task has them, then as they appear, first ends before second ones;
            "pairs": as they appear, pair by pair; "alphabet": by name.
        text : names as text, or as they come.

        Examples
        --------
        >>> ends = {"first": ("pair", ["b", "c"]), "second": ("pair", ["a", "a"])}
        >>> traj = xr.Dataset(coords={**ends, "condition": ["a", "b", "c"]})
        >>> Pairs.of(traj).names.tolist(), Pairs.of(traj, "pairs").names.tolist()
        (['a', 'b', 'c'], ['b', 'a', 'c'])
        >>> Pairs.of(traj).ends.tolist()
        [[1, 2], [0, 0]]
        """
        labels = _labels(traj)
        labels = labels.astype(str) if text else labels
        appearing = (labels.T if order == "pairs" else labels).reshape(-1)
        if order == "task" and are_named(traj) and "condition" in traj.dims and "condition" in traj.coords:
            known = traj["condition"].values.astype(str) if text else traj["condition"].values
            appearing = np.concatenate([known[np.isin(known, labels)], appearing])
        names, place = np.unique(appearing, return_index=True)
        return cls._numbered(labels, names if order == "alphabet" else appearing[np.sort(place)])

    @classmethod
    def _numbered(cls, labels: np.ndarray, names: np.ndarray) -> Self:
        order = np.argsort(names, kind="stable")
        return cls(names, order[np.searchsorted(names[order], labels)])

    @property
    def labels(self) -> np.ndarray:
        """The names of the two conditions of every pair (2, pair)."""
        return self.names[self.ends]

    @property
    def keys(self) -> list[frozenset[str]]:
        """Every pair as its two names, in either order."""
        return [frozenset(pair) for pair in self.labels.T.tolist()]

    @property
    def is_complete(self) -> bool:
        """Whether there are as many pairs as the conditions have."""
        return self.ends.shape[1] == len(self.names) * (len(self.names) - 1) // 2

    @property
    def pdist(self) -> np.ndarray:
        """Where every pair (pair,) stands in scipy's pdist of the conditions."""
        first, second = np.sort(self.ends, axis=0)
        return first * len(self.names) - first * (first + 1) // 2 + second - first - 1

    @property
    def touches(self) -> np.ndarray:
        """Whether every pair joins every condition (pair, condition)."""
        return (self.ends[:, :, None] == np.arange(len(self.names))).any(0)

    def in_order(self, names: np.ndarray) -> Self:
        """The same pairs, their conditions in the order of `names`, which hold them all."""
        return self._numbered(self.labels, names)

    def among(self, names: Iterable[str]) -> np.ndarray:
        """Whether both conditions of every pair (pair,) are in `names`."""
        return np.isin(self.names, list(names))[self.ends].all(0)

    def square(self, values: np.ndarray, diagonal: float = 0.0, absent: float = np.nan) -> np.ndarray:
        """What pairs have (..., pair), in square form (..., condition, condition); `absent` where there is no pair."""
        n = len(self.names)
        square = np.full((*values.shape[:-1], n, n), absent, dtype=np.result_type(values, float))
        first, second = self.ends
        square[..., first, second] = square[..., second, first] = values
        square[..., np.arange(n), np.arange(n)] = diagonal
        return square


def _labels(traj: xr.Dataset | xr.DataArray) -> np.ndarray:
    """The names of the two conditions of every pair (2, pair)."""
    if not are_named(traj):
        return np.arange(2 * traj.sizes["pair"]).reshape(2, -1)
    return np.stack([traj["first"].values, traj["second"].values])
