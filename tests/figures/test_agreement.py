"""Theory against experiment: equal distances lie on the line, and the numbers above are theirs."""

import numpy as np
import pytest

from neurouniv import InputError, figures


def points(figure):
    """x and y of every point."""
    lines = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    return np.concatenate([line.get_xdata() for line in lines]), np.concatenate([line.get_ydata() for line in lines])


def test_equal_distances_lie_on_the_line(classes_of_three):
    traj, _ = classes_of_three()
    figure = figures.agreement(traj, traj[["h"]])
    said, seen = points(figure)
    assert seen.size == traj.h.isel(time=-1).size
    np.testing.assert_array_equal(said, seen)
    assert "R² 1.00, r 1.00" in figure.axes[0].get_title(loc="left")


def test_a_time_is_chosen_by_its_value(classes_of_three):
    traj, prediction = classes_of_three()
    moment = traj.time.values[2]
    seen = points(figures.agreement(traj, prediction, time=float(moment)))[1]
    np.testing.assert_allclose(np.sort(seen), np.sort(traj.h.sel(time=moment).values.ravel()))


@pytest.mark.slow
def test_other_pairs_are_refused(classes_of_three):
    traj, prediction = classes_of_three()
    with pytest.raises(InputError, match="same pairs"):
        figures.agreement(traj, prediction.isel(pair=slice(3)))


def test_distances_without_numbers_are_refused(classes_of_three):
    traj, prediction = classes_of_three()
    with pytest.raises(InputError, match="there are none"):
        figures.agreement(traj, prediction * np.nan)
