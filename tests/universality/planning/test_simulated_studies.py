"""Simulated studies are other brains each, and the same ones for the same seed."""

import numpy as np

import neurouniv as nu


def test_every_study_is_the_brain_of_its_seed():
    task, design = nu.tasks.xor(), {"sessions": 3, "neurons": 8, "repeats": 2, "runs": 2}
    two = nu.simulated_studies(task, "gain", studies=2, seed=5, **design)
    alone = nu.simulated_studies(task, "gain", studies=1, seed=6, **design)
    assert two.study.values.tolist() == [5, 6]
    assert two.time.attrs == {"units": "sessions", "axis": "learning"}
    np.testing.assert_array_equal(two.h.sel(study=6), alone.h.sel(study=6))
    assert (two.h.sel(study=5) != two.h.sel(study=6)).all()
