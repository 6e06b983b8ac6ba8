"""The log score is the density scipy computes, and the truth has the best one."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import multivariate_normal, norm

from neurouniv.fitting.noise import pair_covariance
from neurouniv.universality.scores.log_score import log_density


def test_with_known_noise_it_is_the_density_of_correlated_pairs(make_world):
    traj = make_world(n=5, times=4, noise=0.1, see=("h",))
    expected = 0 * traj.h + 1.0
    ends = np.stack(np.triu_indices(5, 1))
    covariance = pair_covariance(np.array(0.01), np.array(0.0), np.ones(10), ends)
    density = multivariate_normal(np.ones(10), covariance).logpdf(traj.h.values)
    found = log_density(traj, expected, None)
    np.testing.assert_allclose(found.total, density.sum(), rtol=1e-5)
    assert int(found["count"]) == 40


def test_pairs_that_are_missing_are_integrated_out(make_world):
    traj = make_world(n=5, times=4, noise=0.1, see=("h",))
    gone = traj.h.where(xr.DataArray(np.arange(10) != 3, dims="pair"))
    ends = np.delete(np.stack(np.triu_indices(5, 1)), 3, axis=1)
    covariance = pair_covariance(np.array(0.01), np.array(0.0), np.ones(9), ends)
    density = multivariate_normal(np.ones(9), covariance).logpdf(np.delete(traj.h.values, 3, axis=1))
    found = log_density(traj.assign(h=gone), 0 * traj.h + 1.0, None)
    np.testing.assert_allclose(found.total, density.sum(), rtol=1e-5)


def test_without_it_errors_are_independent_and_of_the_size_they_had(make_world):
    traj = make_world(n=5, times=4, see=("h",))
    found = log_density(traj, traj.h + 0.1, xr.DataArray(0.04))
    np.testing.assert_allclose(found.total, 40 * norm(0, 0.2).logpdf(0.1))
    assert np.isnan(log_density(traj, traj.h, None).total)


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_has_the_best_score(make_world, seed):
    truth = make_world(n=8, see=("h",)).h
    traj = make_world(n=8, noise=0.05, see=("h",)).assign(h=truth)
    rng = np.random.default_rng(seed)
    noisy = make_world(n=8, noise=0.05, see=("h",))
    best = float(log_density(noisy, truth, None).total)
    for change in (1.1, 0.9):
        assert float(log_density(noisy, change * truth, None).total) < best
    assert float(log_density(noisy, truth + 0.05 * rng.normal(size=truth.shape), None).total) < best
    assert float(log_density(traj, truth, None).total) > best


def test_a_prediction_that_is_missing_has_no_score_and_batches_are_dimensions(make_world):
    traj = make_world(n=5, times=4, noise=0.1, see=("h",))
    two = traj.assign(h=xr.concat([traj.h, traj.h], "seed"))
    expected = 0 * two.h + 1.0
    expected[1, 2, 3] = np.nan
    found = log_density(two, expected, None)
    assert found.total.dims == ("seed",)
    np.testing.assert_array_equal(np.isnan(found.total), [False, True])
