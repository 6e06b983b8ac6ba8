"""Numbers read off courses and movies."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from neurouniv.which_rule import events


@pytest.mark.parametrize("seed", range(3))
def test_correlation_distance_is_one_minus_the_cosine_about_the_mean_pattern(seed):
    patterns = np.random.default_rng(seed).normal(size=(2, 5, 7, 9)) + 3
    h = np.array([[pdist(frame, "sqeuclidean") for frame in movie] for movie in patterns])
    wanted = [[pdist(frame - frame.mean(0), "cosine") for frame in movie] for movie in patterns]
    np.testing.assert_allclose(events.correlation_distances(h), wanted, atol=1e-10)
    turned = patterns @ np.linalg.qr(np.random.default_rng(seed).normal(size=(9, 9)))[0] * 4 + 1
    h = np.array([[pdist(frame, "sqeuclidean") for frame in movie] for movie in turned])
    np.testing.assert_allclose(events.correlation_distances(h), wanted, atol=1e-10)


def test_a_pattern_that_is_the_mean_has_no_correlation_distance():
    h = pdist(np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0]]), "sqeuclidean")
    np.testing.assert_array_equal(np.isnan(events.correlation_distances(h)), [True, True, False])


@pytest.mark.parametrize("rate", [0.3, 1.0, 4.0])
def test_an_exponential_is_half_way_at_log_two_over_its_rate(rate):
    time = np.linspace(0, 30 / rate, 4001)
    course = np.stack([np.exp(-rate * time), 5 - 3 * np.exp(-rate * time)])
    for values in (course, course[:, ::1] * 7):
        middle = 0.5 * (values[:, 0] + values[:, -1])
        np.testing.assert_allclose(events.passage(values, time, middle), np.log(2) / rate, rtol=1e-4)
        np.testing.assert_allclose(events.read(values, time, events.passage(values, time, middle)), middle, rtol=1e-9)


def test_what_never_comes_is_nan():
    time = np.arange(4.0)
    assert np.isnan(events.passage(np.array([1.0, 0.9, 0.8, 0.7]), time, np.array(0.5)))
    assert events.passage(np.array([1.0, 0.2, 0.9, 0.1]), time, np.array(0.6)) == 0.5


def test_progress_is_the_share_of_the_way_and_feels_no_unit():
    rng = np.random.default_rng(0)
    first, way, aside = rng.normal(size=(3, 6))
    aside = aside - way * (aside @ way) / (way @ way)
    share = np.array([0.0, 0.2, 1.4, 1.0])
    movie = first + share[:, None] * way + np.array([0.0, 1.0, -2.0, 0.0])[:, None] * aside
    np.testing.assert_allclose(events.progress(movie), share, atol=1e-12)
    np.testing.assert_allclose(events.progress(50 * movie), share, atol=1e-12)
    assert np.isnan(events.progress(0 * movie + first)).all()


def test_correlation_of_what_does_not_vary_is_nan():
    one = np.random.default_rng(1).normal(size=(2, 9))
    np.testing.assert_allclose(events.alike(one, 3 - 2 * one), -1.0)
    np.testing.assert_allclose(events.alike(one[0], one[1]), np.corrcoef(one)[0, 1])
    assert np.isnan(events.alike(one, np.full(9, 0.3))).all()
    assert np.isnan(events.alike(np.where(one > 0.8, np.inf, one), one)).any()
