"""Intervals against known answers."""

import numpy as np
import pytest

from neurouniv.fitting.intervals import sandwich
from neurouniv.schema import pair_indices


@pytest.mark.parametrize("n_conditions", [3, 12])
def test_sandwich_error_of_a_mean_of_independent_noise(n_conditions):
    """For a regression on a constant the standard error is sigma/sqrt(n), whichever correlation is allowed for."""
    rng = np.random.default_rng(1)
    ends = np.stack(pair_indices(n_conditions))
    noise = rng.normal(size=(400, 40, ends.shape[1]))
    residual = noise - noise.mean((1, 2), keepdims=True)
    normal = np.full((400, 1, 1), noise[0].size, dtype=float)
    found = sandwich(residual[..., None], normal, ends)
    assert 0.7 < found.error.mean() * np.sqrt(noise[0].size) < 1.1


def test_sandwich_sees_conditions_that_are_shared():
    """Noise that belongs to conditions makes the naive error too small; dyadic clusters see it."""
    rng = np.random.default_rng(2)
    ends = np.stack(pair_indices(15))
    own = rng.normal(size=(500, 15))
    noise = (own[:, ends[0]] + own[:, ends[1]])[:, None, :].repeat(10, axis=1)
    truth = noise.mean((1, 2)).std()
    residual = noise - noise.mean((1, 2), keepdims=True)
    normal = np.full((500, 1, 1), noise[0].size, dtype=float)
    found = sandwich(residual[..., None], normal, ends).error.mean()
    naive = residual.std() / np.sqrt(noise[0].size)
    assert naive < 0.4 * truth
    assert 0.8 * truth < found < 1.2 * truth
