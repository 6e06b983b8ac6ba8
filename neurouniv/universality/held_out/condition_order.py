"""An order of conditions that does not depend on their names or on the order of pairs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.pairs import Pairs

DIGITS = 9
"""Distances that agree to so many digits of the largest are equal: other units change the last digits."""


def canonical_order(traj: xr.Dataset | xr.DataArray) -> np.ndarray:
    """The names of all conditions (condition,), sorted by how far the others are from each.

    Stimuli decide (the sorted `dx2` to all others), then targets (`dy2`), then the mean distances `h`, each in units of
    the largest. Only conditions that are alike in all of these are sorted by name: to exchange them changes nothing.

    Examples
    --------
    >>> h = xr.DataArray([[1.0, 1.0, 1.0]], dims=("time", "pair"))
    >>> ends = {"first": ("pair", ["a", "a", "b"]), "second": ("pair", ["b", "c", "c"])}
    >>> canonical_order(xr.Dataset({"h": h}, {**ends, "dx2": ("pair", [3.0, 2.0, 1.0])})).tolist()
    ['c', 'b', 'a']
    """
    pairs, h = Pairs.of(traj, "alphabet"), traj["h"] if isinstance(traj, xr.Dataset) else traj
    distances = [_alone(traj[name]) for name in ("dx2", "dy2") if name in traj.coords]
    profiles = np.concatenate([_profiles(distance, pairs) for distance in (*distances, _alone(h))], axis=1)
    return pairs.names[np.lexsort(profiles.T[::-1])]


def canonical_pairs(traj: xr.Dataset | xr.DataArray) -> Pairs:
    """The pairs of a trajectory, their conditions in the canonical order: what is drawn by place is the same then."""
    return Pairs.of(traj).in_order(canonical_order(traj))


def _alone(array: xr.DataArray) -> np.ndarray:
    """The mean (pair,) over all else."""
    return array.mean([dim for dim in array.dims if dim != "pair"]).values


def _profiles(distances: np.ndarray, pairs: Pairs) -> np.ndarray:
    """The sorted distances of every condition to all others (condition, other); what is unknown comes last."""
    mask = np.isfinite(distances)
    size = np.abs(distances[mask]).max(initial=0.0) or 1.0
    rounded = np.where(mask, np.round(distances / size, DIGITS), np.inf)
    return np.sort(pairs.square(rounded, diagonal=np.inf, absent=np.inf), axis=1)
