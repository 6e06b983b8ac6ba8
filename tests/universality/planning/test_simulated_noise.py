"""Simulated distances: their noise has the covariance it is said to have."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import InputError
from neurouniv.fitting.noise import pair_covariance
from neurouniv.rdm.pairs import Pairs
from neurouniv.universality.planning.simulated_noise import Noise, noisy_studies
from neurouniv.universality.verdict.decisions import wilson


@pytest.fixture
def movie(make_world):
    """Six conditions whose noise is a line in h, another at every time; one distance is missing."""
    traj = make_world(n=6, times=4, see=("h",))
    part = xr.DataArray([1.0, 2.0, 3.0, 4.0], dims="time") * 1e-4
    made = traj.assign(h_var=part + 0.02 * np.sqrt(part) * traj["h"])
    later_pairs = xr.DataArray(np.arange(made.sizes["pair"]) > 0, dims="pair")
    return made.assign(h=made["h"].where((made["time"] > 0) | later_pairs))


def test_noise_is_read_off_the_variances(movie):
    noise = Noise.of(movie)
    np.testing.assert_allclose(noise.a, [1e-4, 2e-4, 3e-4, 4e-4], rtol=1e-4)
    np.testing.assert_allclose(noise.b, 0.02 * np.sqrt(noise.a), rtol=1e-3)


def test_studies_scatter_by_the_covariance_of_crossvalidated_distances(movie):
    noise = Noise.of(movie)
    truth = movie["h"].fillna(0.1)
    made = noisy_studies(movie, truth, noise, studies=4000)
    for time in (1, 3):
        covariance = pair_covariance(
            noise.a.values[time], noise.b.values[time], truth.isel(time=time).values, Pairs.of(movie).ends
        )
        frame = made["h"].isel(time=time).transpose("study", "pair").values
        size = np.diagonal(covariance).mean()
        np.testing.assert_allclose(np.cov(frame.T), covariance, atol=0.1 * size)
        np.testing.assert_allclose(frame.mean(0), truth.isel(time=time), atol=4 * np.sqrt(size / 4000))
        told = made["h_var"].isel(time=time).mean("study")
        np.testing.assert_allclose(told.mean(), size, rtol=0.02)


def test_members_have_noise_of_their_own_and_pairs_without_names_noise_that_is_independent(movie):
    truth = movie["h"].fillna(0.1)
    subjects = xr.Variable("subject", ["quiet", "noisy"])
    both = xr.concat([movie, movie.assign(h_var=9 * movie["h_var"])], subjects, data_vars=["h", "h_var"])
    studies = noisy_studies(both, truth.expand_dims(subject=2), Noise.of(both), studies=400)
    spread = studies["h"].std("study", skipna=False)
    np.testing.assert_allclose(spread.isel(subject=1).mean("pair") / spread.isel(subject=0).mean("pair"), 3, rtol=0.1)
    noise, alone = Noise.of(movie), movie.drop_vars(["first", "second"])
    spread = noisy_studies(alone, truth, noise, studies=2000)["h"].var("study", skipna=False).isel(time=slice(1, None))
    np.testing.assert_allclose(spread, (noise.a + noise.b * truth).isel(time=slice(1, None)), rtol=0.2)


def test_studies_lack_what_the_data_lack_and_keep_the_task(movie):
    made = noisy_studies(movie.assign(y=movie["h"]), movie["h"].fillna(0.1), Noise.of(movie), studies=2)
    assert (made["h"].isnull() == movie["h"].isnull()).all()
    assert (made["h_var"].isnull() == made["h"].isnull()).all()
    assert set(made.data_vars) == {"h", "h_var", "stimuli", "targets"}
    assert made["time"].identical(movie["time"])


def test_a_standard_deviation_stands_for_unknown_noise(movie):
    noise = Noise.of(movie.drop_vars("h_var"), 0.3)
    assert (noise.a == 0.3**2).all()
    assert (noise.b == 0).all()
    with pytest.raises(InputError, match="at least three runs"):
        Noise.of(movie.drop_vars("h_var"))
    with pytest.raises(InputError, match="positive standard deviation"):
        Noise.of(movie, -1.0)


def test_wilsons_interval_is_the_one_of_scipy():
    from scipy.stats import binomtest

    for count in (0, 3, 20):
        expected = binomtest(count, 20).proportion_ci(method="wilson")
        np.testing.assert_allclose(wilson(count / 20, 20), [expected.low, expected.high], atol=1e-12)
