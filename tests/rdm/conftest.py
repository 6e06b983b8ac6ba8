"""Small activity made by hand for the tests of this folder."""

import numpy as np
import pytest
import xarray as xr


def recording(conditions=5, sessions=2, runs=3, per_cell=1, channels=4, latencies=0, seed=0, offset=0.0):
    """A balanced recording in random order, its conditions named in reverse alphabetical order."""
    rng = np.random.default_rng(seed)
    index = np.indices((sessions, runs, conditions, per_cell)).reshape(4, -1)
    session, run, condition, _ = index[:, rng.permutation(index.shape[1])]
    names = np.array([f"stim{chr(122 - k)}" for k in range(conditions)])
    shape, dims = (session.size, channels), ("trial", "channel")
    if latencies:
        shape, dims = (*shape, latencies), (*dims, "latency")
    coords = {"condition": ("trial", names[condition]), "session": ("trial", session + 1), "run": ("trial", run)}
    if latencies:
        coords["latency"] = ("latency", np.arange(latencies) / 10 - 0.1, {"units": "s"})
    values = rng.normal(size=shape) + condition.reshape(-1, *[1] * (len(shape) - 1)) + offset
    return xr.Dataset({"activity": (dims, values, {"units": "spikes/s"})}, coords)


def task(conditions=5, outputs=2, seed=1):
    """A task for the conditions of `recording`, in another order than theirs."""
    rng = np.random.default_rng(seed)
    names = [f"stim{chr(122 - k)}" for k in rng.permutation(conditions)]
    return xr.Dataset(
        {
            "stimuli": (("condition", "feature"), rng.normal(size=(conditions, 3))),
            "targets": (("condition", "output"), rng.normal(size=(conditions, outputs))),
        },
        {"condition": names, "label": ("condition", np.arange(conditions) % 2)},
    )


def networks(conditions=5, seeds=2, times=4, units=6, seed=2):
    """Activity of networks that learn `task(conditions)`, which travels with it."""
    rng = np.random.default_rng(seed)
    own = task(conditions)
    dims = ("seed", "layer", "time", "condition", "unit")
    made = xr.Dataset(
        {
            "hidden": (dims, rng.normal(size=(seeds, 1, times, conditions, units)).astype(np.float32)),
            "output": (("seed", "time", "condition", "output"), rng.normal(size=(seeds, times, conditions, 2))),
            "loss": (("seed", "time"), rng.random((seeds, times))),
        },
        {
            "seed": np.arange(seeds) + 10,
            "layer": [1],
            "time": ("time", np.arange(times) * 50.0, {"units": "epochs", "axis": "learning"}),
        },
        {"history": "[]"},
    )
    return made.assign(own)


@pytest.fixture(scope="session")
def make_recording():
    """The factory `recording`."""
    return recording


@pytest.fixture(scope="session")
def make_task():
    """The factory `task`."""
    return task


@pytest.fixture(scope="session")
def make_networks():
    """The factory `networks`."""
    return networks
