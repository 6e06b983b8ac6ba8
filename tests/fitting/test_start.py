"""The start of a fit: how much of a noisy first frame is believed, and the line that stands for what was not seen."""

import numpy as np
import pytest
from scipy import stats

from neurouniv.fitting.noise import pair_covariance
from neurouniv.fitting.start import line_of, start_of
from neurouniv.schema import pair_indices


@pytest.fixture
def noisy_start(make_world):
    """A factory of trajectories of n conditions whose first frame scatters by 1 about a line, with noise `variance`."""

    def make(n, variance):
        traj = make_world(n=n, times=3)
        dx2 = traj["dx2"].values
        scatter = np.random.default_rng(0).normal(size=dx2.size)
        scatter -= dx2 * (scatter @ dx2) / (dx2 @ dx2)
        traj["h"].values[0] = 100 * dx2 + scatter / np.sqrt((scatter**2).mean())
        return traj.assign(h_var=(("time", "pair"), np.full(traj["h"].shape, variance)))

    return make


@pytest.mark.parametrize("n", [3, 4, 8])
def test_a_start_is_believed_where_noise_alone_scatters_as_much_in_fewer_than_one_of_20_cases(noisy_start, n):
    """The mean square of noise that pairs share is nearly chi-square with as many degrees as give it its variance."""
    ends = np.stack(pair_indices(n))
    covariance = pair_covariance(np.array(1.0), np.array(0.0), np.zeros(ends.shape[1]), ends)
    freedom = np.trace(covariance) ** 2 / (covariance**2).sum()
    limit = stats.chi2.isf(0.05, freedom) / freedom
    assert float(start_of(noisy_start(n, 1.01 / limit))["kept"]) == 0
    assert float(start_of(noisy_start(n, 0.99 / limit))["kept"]) == pytest.approx(1 - 0.99 / limit)


def test_a_start_without_noise_is_believed_whole(make_world):
    assert float(start_of(make_world(n=4, times=3))["kept"]) == 1


def test_a_system_begins_at_its_first_distance_and_pairs_without_one_there_lie_on_the_line_of_the_others(make_world):
    traj = make_world(n=4, times=4)
    traj["h"] = 0 * traj.h + 2 + 0.5 * traj.dx2
    traj.h[0], traj.h[1, 2] = np.nan, np.nan
    with_floor, without = (start_of(traj, floor) for floor in (True, False))
    assert with_floor.begin == without.begin == traj.time[1]
    assert with_floor.unseen.values.tolist() == [0, 0, 1, 0, 0, 0]
    np.testing.assert_allclose(with_floor.h, traj.h[2])
    dx2, seen = traj.dx2.values, np.arange(6) != 2
    slope = np.linalg.lstsq(dx2[seen, None], traj.h.values[2, seen], rcond=None)[0]
    np.testing.assert_allclose(without.h[2], slope * dx2[2])
    assert start_of(traj).identical(without)


def test_the_line_of_a_start_is_the_least_squares_line_through_what_was_seen():
    rng = np.random.default_rng(0)
    dx2 = rng.uniform(1, 3, size=(2, 9))
    h = 1 + 2 * dx2 + 0.1 * rng.normal(size=dx2.shape)
    h[0, 3] = h[1, :2] = np.nan
    level, slope = line_of(h, dx2, floor=True)
    for i, seen in enumerate(np.isfinite(h)):
        assert (slope[i], level[i]) == pytest.approx(tuple(np.polyfit(dx2[i, seen], h[i, seen], 1)))
        through = np.linalg.lstsq(dx2[i, seen, None], h[i, seen], rcond=None)[0][0]
        assert line_of(h, dx2, floor=False)[1][i] == pytest.approx(through)
        assert line_of(h - 4, dx2, floor=True)[0][i] == 0  # the line would meet dx2 = 0 below 0
