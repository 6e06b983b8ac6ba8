"""The size of noise from residuals, against noise of known size."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from neurouniv.fitting.residual_noise import noise_of
from neurouniv.schema import pair_indices

CONDITIONS, CHANNELS, FRAMES = 8, 50, 400
ENDS = np.stack(pair_indices(CONDITIONS))


def distances(seed, sd):
    """Distances of noisy and of true patterns whose size grows, and the mean of what noise adds (pair, time)."""
    rng = np.random.default_rng(seed)
    patterns = rng.normal(size=(CONDITIONS, CHANNELS)) * np.linspace(0, 1, FRAMES)[:, None, None]
    noisy = patterns + sd * rng.normal(size=patterns.shape)
    seen, true = (np.array([pdist(frame) ** 2 for frame in each]).T for each in (noisy, patterns))
    return seen, true, 2 * sd**2 * CHANNELS


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("missing", [False, True])
def test_the_line_is_that_of_squared_distances_between_noisy_patterns(seed, missing):
    """Of d'd with d normal about delta, of variance 2 sd^2 a channel: 8 sd^2 h + 8 sd^4 channels."""
    sd = 0.3
    seen, true, floor = distances(seed, sd)
    if missing:
        seen[0, 3:9] = np.nan
    a, b = noise_of(seen - true - floor, true, ENDS, 0)
    assert a == pytest.approx(8 * sd**4 * CHANNELS, rel=0.2)
    assert b == pytest.approx(8 * sd**2, rel=0.1)


def test_what_a_law_misses_slowly_is_no_noise():
    seen, true, floor = distances(0, 0.3)
    left = seen - true - floor
    missed = 20 * np.sin(np.linspace(0, 6, FRAMES))
    assert noise_of(left + missed, true, ENDS, 0) == pytest.approx(noise_of(left, true, ENDS, 0), rel=0.02)


def test_constants_that_were_fitted_take_degrees_of_freedom():
    seen, true, floor = distances(0, 0.3)
    left, count = seen - true - floor, true.shape[0] * (FRAMES - 1)
    plain, fewer = (noise_of(left, true, ENDS, constants) for constants in (0, count // 2))
    np.testing.assert_allclose(fewer, np.array(plain) * count / (count - count // 2))
