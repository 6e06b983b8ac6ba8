"""The noise's precision, recovered from simulated trials of known covariance."""

import numpy as np
import pytest

from neurouniv.rdm.noise import given_precision, residual_precision
from neurouniv.schema import InputError


def simulated(per_cell, conditions=12, runs=6, sessions=2, channels=3, run_shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    root = np.array([[1.0, 0, 0], [0.8, 0.6, 0], [0, 0, 2.0]])[:channels, :channels]
    session, run, condition, _ = (index.ravel() for index in np.indices((sessions, runs, conditions, per_cell)))
    means = rng.normal(scale=5, size=(sessions, conditions, channels))
    shifts = run_shift * rng.normal(size=(sessions, runs, channels))
    trials = means[session, condition] + shifts[session, run] + rng.normal(size=(session.size, channels)) @ root.T
    return trials, condition, session, run, root @ root.T


@pytest.mark.parametrize("per_cell", [1, 2])
@pytest.mark.parametrize("run_shift", [0.0, 10.0])
def test_covariance_is_recovered_whatever_conditions_and_run_shifts(per_cell, run_shift):
    """Two trials of 12 conditions: dividing by trials instead of degrees of freedom would be up to 24 % off."""
    trials, condition, session, run, truth = simulated(per_cell, run_shift=run_shift, sessions=40)
    precision = residual_precision(trials, condition, session, run)
    np.testing.assert_allclose(np.linalg.inv(precision), truth, atol=0.3)


@pytest.mark.parametrize("repeats", [2, 3])
def test_few_repeats_do_not_shrink_the_variance(repeats):
    trials, condition, session, run, truth = simulated(repeats, conditions=400, runs=1)
    covariance = np.linalg.inv(residual_precision(trials, condition, session, run))
    np.testing.assert_allclose(np.trace(covariance), np.trace(truth), rtol=0.1)


def test_fewer_trials_than_channels_still_give_a_positive_definite_matrix():
    rng = np.random.default_rng(1)
    zeros = np.zeros(10, dtype=int)
    precision = residual_precision(rng.normal(size=(10, 40)), np.arange(10) % 2, zeros, zeros)
    assert np.linalg.eigvalsh(precision).min() > 0


def test_latencies_share_their_mean_covariance():
    rng = np.random.default_rng(2)
    trials = rng.normal(size=(3000, 2, 2)) * [1.0, 3.0]
    zeros = np.zeros(3000, dtype=int)
    precision = residual_precision(trials, zeros, zeros, zeros)
    np.testing.assert_allclose(np.linalg.inv(precision), 5 * np.eye(2), atol=0.4)


def test_no_freedom_and_no_variation_are_told():
    zeros = np.zeros(4, dtype=int)
    with pytest.raises(InputError, match="no degree of freedom"):
        residual_precision(np.ones((4, 2)), np.arange(4), zeros, zeros)
    with pytest.raises(InputError, match="trials that vary"):
        residual_precision(np.ones((4, 2)), zeros, zeros, zeros)


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (np.eye(3), r"\(3, 3\) came"),
        ([[1.0, np.nan], [np.nan, 1.0]], "NaN"),
        ([[1.0, 0.5], [0.0, 1.0]], "not symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "positive definite; the smallest eigenvalue of this one is -1"),
        ({"a": 1}, "came"),
    ],
)
def test_what_is_no_precision_matrix_is_told(noise, message):
    with pytest.raises(InputError, match=message):
        given_precision(noise, channels=2)
