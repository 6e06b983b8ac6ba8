"""Patterns of conditions whose RDMs are known, and trajectories made of them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from neurouniv.schema import pair_indices


def names_of(conditions):
    return np.array([f"c{number:02d}" for number in range(conditions)])


def squared_distances(patterns):
    """(..., condition, unit) to (..., pair)."""
    first, second = pair_indices(patterns.shape[-2])
    return ((patterns[..., first, :] - patterns[..., second, :]) ** 2).sum(-1)


def movie_of(h, dims=("time",), time=None, units="sessions", axis="learning", names=None):
    """A trajectory of h (*dims, pair)."""
    conditions = int((1 + np.sqrt(1 + 8 * h.shape[-1])) / 2)
    names = names_of(conditions) if names is None else np.asarray(names)
    first, second = pair_indices(conditions)
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second])}
    if "time" in dims:
        time = np.arange(h.shape[dims.index("time")], dtype=float) if time is None else time
        coords["time"] = ("time", time, {"units": units, "axis": axis})
    return xr.Dataset({"h": ((*dims, "pair"), h)}, coords)


def square_of(patterns, names=None):
    """A square table of the RDM of patterns (condition, unit)."""
    names = names_of(len(patterns)) if names is None else names
    distances = ((patterns[:, None] - patterns[None]) ** 2).sum(-1)
    return pd.DataFrame(distances, index=names, columns=names)


class World:
    """Sixteen conditions, three models, eight subjects, four times: data follow "a" always and "b" more and more."""

    conditions, subjects, times = 16, 8, 4
    names, movie, square = staticmethod(names_of), staticmethod(movie_of), staticmethod(square_of)

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        units = {"a": 5, "b": 4, "c": 3}
        self.patterns = {name: rng.normal(size=(self.conditions, number)) for name, number in units.items()}
        self.models = {name: square_of(patterns) for name, patterns in self.patterns.items()}
        noise = rng.normal(size=(self.subjects, self.times, self.conditions, 8))
        growth = np.arange(self.times)[:, None, None] / 3
        shared = np.concatenate([self.patterns["a"] + 0 * growth, self.patterns["b"] * growth], axis=-1)
        shared = np.broadcast_to(shared, (self.subjects, *shared.shape))
        self.traj = movie_of(squared_distances(np.concatenate([shared, noise], axis=-1)), ("subject", "time"))


@pytest.fixture(scope="session")
def world():
    return World()
