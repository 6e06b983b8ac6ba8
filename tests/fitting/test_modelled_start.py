"""The start a law is solved from, and the noise that weak priors are set against."""

import numpy as np
import pytest

from neurouniv.fitting.modelled_start import begun
from neurouniv.fitting.observed import observe
from neurouniv.fitting.start import start_of

DX2, H = np.array([[1.0, 2.0, 4.0]]), np.array([[1.5, 2.0, 5.0]])


def start(constants, kept=1.0):
    return begun({"h": H}, constants, np.array([[kept]]), DX2)["h"]


def test_a_floor_is_taken_off_the_first_frame_and_leaves_no_distance_below_0():
    np.testing.assert_allclose(start({"floor": np.array([[0.5]])}), H - 0.5)
    assert (start({"floor": np.array([[1.8]])}) > 0).all()
    np.testing.assert_array_equal(start({}), H)


@pytest.mark.parametrize("kept", [0.0, 0.3, 1.0])
def test_a_noisy_start_is_drawn_towards_what_its_stimuli_predict(kept):
    constants = {"h0_per_dx2": np.array([[1.2]]), "floor": np.array([[0.5]])}
    np.testing.assert_allclose(start(constants, kept), kept * (H - 0.5) + (1 - kept) * 1.2 * DX2)


def test_no_distance_starts_below_a_tenth_of_what_its_stimuli_predict():
    low = begun({"h": np.array([[-3.0, 2.0, 4.0]])}, {"h0_per_dx2": np.array([[1.0]])}, np.ones((1, 1)), DX2)["h"]
    slope = (-3.0 + 4.0 + 16.0) / 21.0
    np.testing.assert_allclose(low, [[0.1 * slope, 2.0, 4.0]])


def test_noise_that_is_not_known_counts_as_one_percent_of_the_distances(make_world):
    traj = make_world(n=4, times=5, see=("h",))
    assert observe(traj, start_of(traj)).noise.item() == pytest.approx(0.01 * np.sqrt((traj.h**2).mean().item()))
    known = make_world(n=4, times=5, see=("h",), noise=0.2)
    assert observe(known, start_of(known)).noise.item() == pytest.approx(0.2)
