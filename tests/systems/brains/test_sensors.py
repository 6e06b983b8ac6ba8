"""Sensors measure what they say: means, variances and correlations against what theory gives for them."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from neurouniv.schema import InputError
from neurouniv.systems.brains.sensors import SENSORS, Calcium, Meeg, RefractorySpikes, Spikes, Voxels, sensor_of
from neurouniv.systems.brains.sensors.spikes import renewal_counts
from neurouniv.systems.brains.sensors.voxels import haemodynamic
from neurouniv.systems.brains.trials import Trials, balanced

PATTERNS = np.random.default_rng(0).normal(size=(2, 5, 30)) / 5


def seen(sensor, patterns=PATTERNS, channels=30, repeats=400, noise=1.0, seed=0, runs=4):
    rng = np.random.default_rng(seed)
    trials = balanced(rng, *patterns.shape[:2], repeats, runs)
    means, _ = sensor.means(patterns, channels, rng)
    return means, sensor.observed(patterns, means, trials, rng, noise, None, None)


@pytest.mark.parametrize("name", SENSORS)
def test_trials_scatter_around_the_noise_free_activity(name):
    means, got = seen(sensor_of(name), channels=20 if sensor_of(name).mixes else 30, repeats=200)
    residual = got.activity - means[got.trials.cell]
    error = residual.std(axis=0) / np.sqrt(len(residual))
    assert (np.abs(residual.mean(axis=0)) < 5 * error).all()
    condition = residual[(got.trials.session == 1) & (got.trials.condition == 2)]
    assert (np.abs(condition.mean(axis=0)) < 5.5 * condition.std(axis=0) / np.sqrt(len(condition) / 2)).all()


@pytest.mark.parametrize("name", SENSORS)
def test_without_noise_trials_are_the_noise_free_activity(name):
    means, got = seen(sensor_of(name), repeats=4, noise=0.0)
    assert (got.activity == means[got.trials.cell]).all()


@pytest.mark.parametrize("name", ["calcium", "voxels", "meeg"])
def test_noise_multiplies_the_variance(name):
    (means, one), (_, four) = (seen(sensor_of(name), repeats=8, noise=noise) for noise in (1.0, 4.0))
    base = means[one.trials.cell]
    np.testing.assert_allclose(four.activity - base, 2 * (one.activity - base), rtol=1e-6, atol=1e-12 * base.std())


@pytest.mark.parametrize(("name", "noise"), [("spikes", 1.0), ("spikes", 3.0), ("bursty", 1.0), ("bursty", 3.0)])
def test_the_fano_factor_is_the_noise(name, noise):
    sensor = sensor_of(name, window=0.5)
    mean = np.full(200_000, 6.0)
    counts = sensor.counts(mean, noise, np.random.default_rng(0))
    assert counts.mean() == pytest.approx(6.0, rel=0.01)
    assert counts.var() / 6.0 == pytest.approx(noise, rel=0.03)
    assert (counts == np.round(counts)).all()


def test_bursts_leave_more_silent_trials_than_varied_rates_of_the_same_variance():
    mean, rng = np.full(100_000, 4.0), np.random.default_rng(0)
    silent = [(sensor_of(name).counts(mean, 5.0, rng) == 0).mean() for name in ("bursty", "spikes")]
    assert silent[0] == pytest.approx(np.exp(-4 / 3), rel=0.03)  # bursts of 3 spikes, Poisson
    assert silent[1] == pytest.approx(5.0**-1.0, rel=0.03)  # gamma of shape 1


@pytest.mark.parametrize("rate", [5.0, 40.0, 80.0])
def test_resting_neurons_fire_as_often_and_more_regularly(rate):
    counts = renewal_counts(np.full(40_000, rate), 0.008, 2.0, np.random.default_rng(0))
    assert counts.mean() == pytest.approx(2 * rate, rel=0.01)
    busy = rate * 0.008
    exact = (1 - busy) ** 2 + busy**2 * (1 - 2 * busy / 3) / (2 * rate)  # renewal theory: next order in 1/window
    assert counts.var() / counts.mean() == pytest.approx(exact, rel=0.04)
    assert counts.max() <= 2 / 0.008 + 1


def test_without_a_dead_time_they_are_poisson():
    counts = renewal_counts(np.full(100_000, 3.0), 0.0, 1.0, np.random.default_rng(1))
    assert counts.var() == pytest.approx(3.0, rel=0.03)
    assert (counts == 0).mean() == pytest.approx(np.exp(-3), rel=0.05)


def test_noise_of_resting_neurons_multiplies_their_own():
    sensor = RefractorySpikes(dead_time=0.005)
    spread = [sensor.counts(np.full(50_000, 30.0), noise, np.random.default_rng(0)).var() for noise in (1.0, 2.5)]
    assert spread[1] / spread[0] == pytest.approx(2.5, rel=0.1)


def test_calcium_without_saturation_is_a_leaky_sum_of_rates():
    sensor = Calcium(half=1e6, hill=1.0, camera=0.0, frames=True)
    means, _ = sensor.means(np.full((2, 1, 1), 0.5), 1, np.random.default_rng(0))  # 15 spikes/s after 10
    rise = 1 - np.exp(-sensor.latency() / 0.5)
    np.testing.assert_allclose(means[0, 0, 0], 0.5 * rise, rtol=1e-4)  # dF/F = (c - c0)/c0 where F is linear


def test_calcium_saturates():
    steps = np.diff(Calcium().means(np.arange(-1.0, 200.0)[None, None], 201, None)[0][0, 0])
    assert (steps > 0).all()
    assert steps[-1] < 0.01 * steps.max()


def test_a_mean_over_frames_is_a_mean_over_frames():
    framed, plain = (Calcium(frames=frames).means(PATTERNS, 30, None)[0] for frames in (True, False))
    np.testing.assert_allclose(framed.mean(-1), plain)


def test_the_haemodynamic_response_peaks_at_one_after_five_seconds():
    time = np.arange(0, 32, 0.01)
    response = haemodynamic(time)
    assert response.max() == pytest.approx(1.0, abs=1e-4)
    assert time[response.argmax()] == pytest.approx(5.0, abs=0.1)
    assert response[-1] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("single", [False, True])
def test_betas_have_the_covariance_of_generalised_least_squares(single):
    sensor = Voxels(single_trials=single, spacing=6.0)
    shown = np.array([0, 1, 2, 1, 0, 2])
    estimated = shown if single else np.arange(3)
    root = sensor.root(shown, estimated)
    response = sensor.responses(6)
    design = response if single else np.stack([response[:, shown == c].sum(1) for c in range(3)], axis=1)
    design = np.column_stack([design, np.ones(len(design))])
    lag = np.abs(np.subtract.outer(np.arange(len(design)), np.arange(len(design))))
    wanted = np.linalg.inv(design.T @ np.linalg.inv(0.4**lag) @ design)[:-1, :-1]
    np.testing.assert_allclose(root @ root.T, wanted, rtol=1e-8)


def test_a_beta_for_each_condition_and_run_or_for_each_trial():
    _, by_run = seen(Voxels(), repeats=4, runs=2)
    assert by_run.activity.shape == (2 * 2 * 5, 30)
    assert len(np.unique(np.stack([by_run.trials.session, by_run.trials.run, by_run.trials.condition]), axis=1).T) == 20
    _, by_trial = seen(Voxels(single_trials=True), repeats=4, runs=2)
    assert by_trial.activity.shape == (2 * 4 * 5, 30)
    with pytest.raises(InputError, match="cannot be separated"):
        seen(Voxels(single_trials=True, spacing=0.1, scan=2.0), repeats=40, runs=2)


def test_neighbouring_voxels_share_signal_and_noise():
    means, got = seen(Voxels(), np.random.default_rng(1).normal(size=(2, 40, 300)), channels=100, repeats=4)
    noise = np.corrcoef((got.activity - means[got.trials.cell]).T)
    signal = np.corrcoef((means - means.mean(1, keepdims=True)).reshape(-1, 100).T)
    for found in (signal, noise):
        beside = [found[i, i + 1] for i in range(99) if i % 10 < 9]
        apart = [found[i, i + 7] for i in range(0, 93, 10)]
        assert np.mean(beside) > 0.6
        assert abs(np.mean(apart)) < 0.2


def test_alike_units_grow_and_fade_as_a_whole():
    sensor = Meeg(jitter=0.0)
    means, _ = sensor.means(PATTERNS, 20, np.random.default_rng(0))
    h = np.array([pdist(means[0, ..., moment], "sqeuclidean") for moment in range(means.shape[-1])])
    course = h.mean(axis=1)
    latency = sensor.latency()
    assert (course[latency <= 0.05] == 0).all()
    assert latency[course.argmax()] == pytest.approx(0.15, abs=0.011)
    alive = course > 1e-6 * course.max()
    shape = h[alive] / course[alive, None]
    np.testing.assert_allclose(shape, shape[:1].repeat(len(shape), axis=0), rtol=1e-8)


def test_sensor_noise_is_correlated_in_time_and_space():
    sensor = Meeg(noise_level=2.0)
    means, got = seen(sensor, channels=32, repeats=100)
    noise = (got.activity - means[got.trials.cell]) / 1e-6
    np.testing.assert_allclose(noise.std(axis=(0, 2)), 2.0, rtol=0.1)
    np.testing.assert_allclose(noise.std(axis=(0, 1)), 2.0, rtol=0.1)
    assert (noise[..., 1:] * noise[..., :-1]).mean() / 4 == pytest.approx(0.8, abs=0.02)
    across = np.corrcoef(noise[..., 0].T)[np.triu_indices(32, 1)]
    assert np.abs(across).max() > 0.5
    assert np.abs(across).max() <= 0.85  # a fifth is the sensors' own


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sensor_of("telepathy"), "one of .*got 'telepathy'"),
        (lambda: Spikes(window=0.0), "positive rate_gain and window"),
        (lambda: Calcium(decay=-1.0), "Calcium needs"),
        (lambda: Calcium(window=0.01), "a frame in the window"),
        (lambda: Voxels(autocorrelation=1.0), "Voxels need"),
        (lambda: Meeg(stop=-0.2), "start before stop"),
        (lambda: sensor_of("bursty").counts(np.ones(1), 0.5, None), "at least as much as at noise=1; 0.5 is needed"),
        (lambda: sensor_of("refractory").counts(np.full(1, 300.0), 1.0, None), "well below 200 spikes/s; got 300"),
    ],
)
def test_sensors_that_cannot_be(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_a_sensor_given_is_taken_as_it_is():
    own = Voxels(spacing=9.0)
    assert sensor_of(own, window=3.0) is own
    assert sensor_of("calcium", window=3.0, baseline=4.0) == Calcium(window=3.0, baseline=4.0)


def test_trials_are_a_balanced_experiment():
    trials = balanced(np.random.default_rng(0), 3, 4, 5, 2)
    assert isinstance(trials, Trials)
    assert len(trials) == 60
    assert (np.bincount(trials.session * 4 + trials.condition) == 5).all()
