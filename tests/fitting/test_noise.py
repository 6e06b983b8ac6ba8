"""The covariance of crossvalidated distances against sampled ones, and whitening."""

import numpy as np
import pytest

from neurouniv.fitting.noise import noise_line, pair_covariance, whitener
from neurouniv.rdm.measures import crossnobis
from neurouniv.schema import pair_indices

CONDITIONS, CHANNELS, RUNS = 5, 40, 6
ENDS = np.stack(pair_indices(CONDITIONS))


@pytest.mark.parametrize("signal", [0.0, 0.5])
def test_the_covariance_is_that_of_sampled_crossnobis_distances(signal):
    rng = np.random.default_rng(0)
    patterns = signal * rng.normal(size=(CONDITIONS, CHANNELS))
    sampled = crossnobis(patterns + rng.normal(size=(6000, RUNS, CONDITIONS, CHANNELS)))
    true = ((patterns[ENDS[0]] - patterns[ENDS[1]]) ** 2).sum(-1)
    a, b = noise_line(sampled.var(0)[:, None], true[:, None])
    if not signal:
        b = 0 * b
    expected, found = pair_covariance(a[0], b[0], true, ENDS), np.cov(sampled.T)
    np.testing.assert_allclose(found, expected, atol=0.1 * expected.max())


def test_whitened_noise_is_white_and_missing_pairs_stay_out():
    rng = np.random.default_rng(1)
    covariance = pair_covariance(np.array(2.0), np.array(0.5), rng.uniform(1, 3, ENDS.shape[1]), ENDS)
    seen = np.ones(ENDS.shape[1], bool)
    seen[3] = False
    noise = np.linalg.cholesky(covariance + 1e-9 * np.eye(len(seen))) @ rng.normal(size=(len(seen), 100_000))
    white = whitener(covariance, seen) @ np.where(seen[:, None], noise, 0)
    np.testing.assert_allclose(np.cov(white), np.diag(seen.astype(float)), atol=0.03)


def test_a_time_of_which_nothing_is_known_changes_no_other():
    h = 1e-6 * np.linspace(1, 4, 6)[:, None] * np.ones(3)
    gone = np.where([False, True, False], np.nan, h)
    variance = 1 + 1e5 * h  # so much more than h that a slope for the unknown time had no square
    seen = [part[[0, 2]] for part in noise_line(variance, h)]
    for one, other in zip(seen, noise_line(variance, gone), strict=True):
        np.testing.assert_allclose(other[[0, 2]], one, rtol=1e-6)
