"""The covariance of crossvalidated distances against sampled ones, and whitening."""

import numpy as np
import pytest

from neurouniv.fitting.noise import noise_line, pair_covariance, whitened, whitener, whole
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


@pytest.mark.parametrize("dimensions", [2, 8], ids=["few dimensions", "many"])
@pytest.mark.parametrize("n", [3, 4, 9])
def test_whitening_by_conditions_is_whitening_by_pairs(n, dimensions):
    """The log density of all pairs needs no matrix of pairs, in whatever order and sense they come."""
    rng = np.random.default_rng(n)
    ends = rng.permuted(np.stack(np.triu_indices(n, 1)), axis=0)[:, rng.permutation(n * (n - 1) // 2)]
    patterns = rng.normal(size=(5, n, dimensions))
    h = ((patterns[:, ends[0]] - patterns[:, ends[1]]) ** 2).sum(-1)
    a, b, error = rng.uniform(0.1, 2, 5), rng.uniform(0, 2, 5), rng.normal(size=h.shape)
    white, log_determinant = whitened(error, a, b, h, ends)
    covariance = pair_covariance(a, b, h, ends)
    np.testing.assert_allclose(
        (white**2).sum(-1), np.einsum("tp,tpq,tq->t", error, np.linalg.inv(covariance), error), rtol=1e-10
    )
    np.testing.assert_allclose(log_determinant, np.linalg.slogdet(covariance)[1], atol=1e-10)
    assert whole(ends)
    assert not whole(ends[:, 1:])
