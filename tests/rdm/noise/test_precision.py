"""The noise's precision, recovered from simulated trials of known covariance."""

import numpy as np
import pytest

from neurouniv.rdm.noise.precision import given_precision, precision_of
from neurouniv.rdm.noise.shrinkage import SHRINKAGES, moments, shrunk_covariance
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
    precision = precision_of(trials, condition, session, run)
    np.testing.assert_allclose(np.linalg.inv(precision), truth, atol=0.3)


@pytest.mark.parametrize("repeats", [2, 3])
def test_few_repeats_do_not_shrink_the_variance(repeats):
    trials, condition, session, run, truth = simulated(repeats, conditions=400, runs=1)
    covariance = np.linalg.inv(precision_of(trials, condition, session, run))
    np.testing.assert_allclose(np.trace(covariance), np.trace(truth), rtol=0.1)


def test_fewer_trials_than_channels_still_give_a_positive_definite_matrix():
    rng = np.random.default_rng(1)
    zeros = np.zeros(10, dtype=int)
    precision = precision_of(rng.normal(size=(10, 40)), np.arange(10) % 2, zeros, zeros)
    assert np.linalg.eigvalsh(precision).min() > 0


def test_latencies_share_their_mean_covariance():
    rng = np.random.default_rng(2)
    trials = rng.normal(size=(3000, 2, 2)) * [1.0, 3.0]
    zeros = np.zeros(3000, dtype=int)
    precision = precision_of(trials, zeros, zeros, zeros)
    np.testing.assert_allclose(np.linalg.inv(precision), 5 * np.eye(2), atol=0.4)


def test_no_freedom_and_no_variation_are_told():
    zeros = np.zeros(4, dtype=int)
    with pytest.raises(InputError, match="no degree of freedom"):
        precision_of(np.ones((4, 2)), np.arange(4), zeros, zeros)
    with pytest.raises(InputError, match="trials that vary"):
        precision_of(np.ones((4, 2)), zeros, zeros, zeros)


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (np.eye(3), r"got \(3, 3\)"),
        ([[1.0, np.nan], [np.nan, 1.0]], "NaN"),
        ([[1.0, 0.5], [0.0, 1.0]], "not symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "positive definite; the smallest eigenvalue of this one is -1"),
        ({"a": 1}, "got"),
    ],
)
def test_what_is_no_precision_matrix_is_told(noise, message):
    with pytest.raises(InputError, match=message):
        given_precision(noise, channels=2)


@pytest.mark.parametrize("method", [*SHRINKAGES, 0.02])
def test_all_ways_to_shrink_find_the_covariance_of_many_trials(method):
    trials, condition, session, run, truth = simulated(8, sessions=40)
    truth = np.diag(np.diag(truth)) if method == "diag" else truth
    made = precision_of(trials, condition, session, run, shrinkage=method)
    np.testing.assert_allclose(np.linalg.inv(made), truth, atol=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_independent_samples_are_shrunk_as_scikit_learn_does(seed):
    from sklearn import covariance

    rows = np.random.default_rng(seed).normal(size=(15, 4)) * [1, 2, 3, 4]
    sums = moments(rows, freedom=15)
    for name, theirs in (("ledoit_wolf", covariance.LedoitWolf), ("oas", covariance.OAS)):
        expected = theirs(assume_centered=True).fit(rows).covariance_
        np.testing.assert_allclose(shrunk_covariance(sums, name), expected, rtol=1e-10)
    expected = covariance.ShrunkCovariance(shrinkage=0.3, assume_centered=True).fit(rows).covariance_
    np.testing.assert_allclose(shrunk_covariance(sums, 0.3), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("method", SHRINKAGES)
def test_the_same_latency_twice_is_no_new_sample(method):
    trials, condition, session, run, _ = simulated(3, conditions=4, runs=2)
    twice = np.repeat(trials[:, :, None], 2, axis=2)
    made, expected = (precision_of(x, condition, session, run, shrinkage=method) for x in (twice, trials))
    np.testing.assert_allclose(made, expected, rtol=0.02)


def test_latencies_come_in_blocks_of_any_size(monkeypatch):
    import dask.array as da

    trials, condition, session, run, _ = simulated(3, conditions=4, runs=2)
    trials = trials[:, :, None] * np.arange(1, 8)
    expected = precision_of(trials, condition, session, run)
    chunked = da.from_array(trials, chunks=(10, 2, 3))
    np.testing.assert_allclose(precision_of(chunked, condition, session, run), expected, rtol=1e-10)
    monkeypatch.setattr("neurouniv.rdm.noise.precision.BLOCK", 1)
    np.testing.assert_allclose(precision_of(trials, condition, session, run), expected, rtol=1e-10)


def test_sessions_have_their_own_noise_where_asked_for():
    trials, condition, session, run, truth = simulated(40)
    trials = np.where(session[:, None] == 1, 2 * trials, trials)
    made = precision_of(trials, condition, session, run, per_session=True)
    assert made.shape == (2, 3, 3)
    alone = precision_of(trials[session == 1], condition[session == 1], 0 * session[session == 1], run[session == 1])
    np.testing.assert_allclose(made[1], alone, rtol=1e-10)
    np.testing.assert_allclose(np.linalg.inv(made[1]), 4 * truth, atol=0.4)


def test_baseline_uses_the_latencies_before_a_time_and_no_conditions():
    rng = np.random.default_rng(3)
    latency = np.linspace(-0.2, 0.3, 6)
    trials = rng.normal(size=(4000, 2, 6)) * np.where(latency < 0, 1.0, 5.0)
    condition, zeros = np.arange(4000), np.zeros(4000, dtype=int)  # every trial its own condition: no residuals
    made = precision_of(trials, condition, zeros, zeros, "baseline", latency=latency)
    np.testing.assert_allclose(made, np.eye(2), atol=0.1)
    made = precision_of(trials, condition, zeros, zeros, "baseline", latency=latency, baseline=(0.05, None))
    np.testing.assert_allclose(made, np.eye(2) / 25, atol=0.01)


def test_a_precision_that_is_given_is_taken_one_for_all_or_one_for_each_session():
    trials, condition, session, run, truth = simulated(2)
    for noise in (truth, np.stack([truth, 2 * truth])):
        np.testing.assert_array_equal(precision_of(trials, condition, session, run, noise), noise)
    with pytest.raises(InputError, match="one for each of 2 sessions; got 3"):
        precision_of(trials, condition, session, run, np.stack([truth] * 3))


def test_noise_that_cannot_be_had_is_told():
    trials, condition, session, run, _ = simulated(2)
    for settings, message in (
        ({"noise_precision": "baseline"}, "needs activity with latencies"),
        ({"noise_precision": "baselin"}, "got 'baselin'"),
        ({"shrinkage": "lw"}, "shrinkage is one of"),
        ({"shrinkage": 1.5}, "number from 0 to 1"),
    ):
        with pytest.raises(InputError, match=message):
            precision_of(trials, condition, session, run, **settings)
    moving = np.repeat(trials[:, :, None], 2, axis=2)
    with pytest.raises(InputError, match=r"needs latencies from -inf to before 0; they go from 0\.1 to 0\.3"):
        precision_of(moving, condition, session, run, "baseline", latency=np.array([0.1, 0.3]))
    still = trials * [1, 0, 1]
    with pytest.raises(InputError, match=r"channels \[1\] .* never vary"):
        precision_of(still, condition, session, run, shrinkage="full")
    few = np.random.default_rng(0).normal(size=(4, 9))
    with pytest.raises(InputError, match="3 degrees of freedom, without an inverse: they are too few"):
        precision_of(few, *np.zeros((3, 4), dtype=int), shrinkage="full")
