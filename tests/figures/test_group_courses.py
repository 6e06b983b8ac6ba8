"""Mean distances of groups of pairs, their time axis and their sampling error."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv import figures


def test_time_courses_are_means_within_and_between_classes(classes_of_three, lines):
    traj, prediction = classes_of_three()
    drawn = lines(figures.time_courses(traj, prediction))
    time = traj.time.values
    np.testing.assert_allclose(drawn["within class (30 pairs)"].get_ydata(), 0.1 + 0.9 * time)
    np.testing.assert_allclose(drawn["between classes (405 pairs)"].get_ydata(), 4 * (0.1 + 0.9 * time))
    assert drawn["within class law"].get_linestyle() == ":"


def test_time_courses_say_which_time_it_is(classes_of_three):
    traj, _ = classes_of_three()
    seconds = traj.assign_coords(time=traj.time.assign_attrs(units="s", axis="within_trial"))
    assert figures.time_courses(seconds).axes[0].get_xlabel() == "time within the trial (s)"
    assert figures.time_courses(traj).axes[0].get_xlabel() == "learning time (sessions)"


def test_error_of_a_mean_distance_covers_the_true_spread_of_noise(pair_coords):
    """Distances of points with independent noise: the error given is no less than the true one, and near it."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(8, 40)) * 3
    movies = np.stack([pdist(points + rng.normal(size=points.shape), "sqeuclidean") for _ in range(1500)])
    variance = np.broadcast_to(movies.var(0), (2, movies.shape[1]))
    coords = pair_coords(list("abcdefgh")) | {"time": [0.0, 1.0]}
    traj = xr.Dataset({"h": (("time", "pair"), np.ones((2, 28))), "h_var": (("time", "pair"), variance)}, coords)
    given = float(figures.group_means(traj).error[0, 0])
    true = movies.mean(1).std()
    assert true <= given <= 2.5 * true
