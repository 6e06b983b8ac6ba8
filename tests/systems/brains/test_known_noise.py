"""The sampling variance of crossvalidated distances is that of their errors, whatever the sensors."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.systems.brains import true_trajectory


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize("sensors", ["spikes", "calcium", "voxels", "meeg"])
def test_errors_are_as_large_as_their_variance_says(sensors):
    """25 recordings of 28 pairs, 4 sessions: standardised errors have mean 0 and standard deviation 1."""
    rng = np.random.default_rng(0)
    task = nu.tasks.from_arrays(rng.normal(size=(8, 4)), np.repeat(np.eye(2), 4, axis=0))
    z = []
    for seed in range(25):
        design = {"sessions": 4, "repeats": 8, "neurons": 40, "snr": 0.3, "seed": seed}
        rec = nu.simulate_brain(task, world="gain", sensors=sensors, **design)
        seen, truth = nu.trajectory(rec, task, metric="crossnobis"), true_trajectory(rec, task)
        if "latency" in seen.dims:
            seen, truth = (traj.isel(latency=traj.sizes["latency"] // 2) for traj in (seen, truth))
        z.append((seen.h - truth.h) / np.sqrt(seen.h_var))
    assert abs(np.mean(z)) < 0.35  # small distances have small variances, so that z leans to below 0
    assert 0.85 < np.std(z) < 1.2
