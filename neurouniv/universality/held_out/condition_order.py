"""An order of conditions that does not depend on their names or on the order of pairs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.rdm.pairs import Pairs
from neurouniv.schema import batch_dims

DIGITS = 9
"""Distances that agree to so many digits of the largest are equal: other units change the last digits."""


def canonical_order(traj: xr.Dataset) -> np.ndarray:
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
    pairs = Pairs.of(traj, "alphabet")
    distances = [traj[name].values for name in ("dx2", "dy2") if name in traj.coords]
    distances.append(traj["h"].mean([*batch_dims(traj["h"]), "time"]).values)
    profiles = np.concatenate([_profiles(distance, pairs) for distance in distances], axis=1)
    return pairs.names[np.lexsort(profiles.T[::-1])]


def _profiles(distances: np.ndarray, pairs: Pairs) -> np.ndarray:
    """The sorted distances of every condition to all others (condition, other); what is unknown comes last."""
    mask = np.isfinite(distances)
    size = np.abs(distances[mask]).max(initial=0.0) or 1.0
    rounded = np.where(mask, np.round(distances / size, DIGITS), np.inf)
    return np.sort(pairs.square(rounded, diagonal=np.inf, absent=np.inf), axis=1)
