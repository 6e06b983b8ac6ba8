"""Every frame of the models against every frame of the data: layers, steps, regions, times."""

import numpy as np
import pytest
import rsatoolbox
import xarray as xr

import neurouniv as nu


@pytest.fixture
def network(world):
    """Two layers at five steps: layer 1 becomes "a", layer 2 becomes "b"; the first step is noise."""
    rng = np.random.default_rng(5)
    i, j = np.triu_indices(world.conditions, 1)
    start = rng.gamma(3.0, size=(2, 1, len(i)))
    ends = np.stack([world.models[name].to_numpy()[i, j] for name in "ab"])[:, None]
    share = np.linspace(0, 1, 5)[:, None]
    movie = world.movie((1 - share) * start + share * ends, ("layer", "time"), units="epochs")
    return movie.assign_coords(layer=[1, 2], time=("time", [0.0, 10, 20, 30, 40], movie.time.attrs))


def test_similarities_are_rsatoolbox_s_of_every_two_frames(world, network):
    found = nu.rsa(world.traj, network, model="each", resamples=0)
    assert found.similarity.dims == ("layer_model", "time_model", "time")
    for layer in range(2):
        every = [
            rsatoolbox.rdm.compare(network.h.values[layer], world.traj.h.values[s], method="corr")
            for s in range(world.subjects)
        ]
        np.testing.assert_allclose(found.similarity.isel(layer_model=layer), np.mean(every, axis=0), atol=1e-10)


def test_the_layer_and_the_step_that_made_the_data_are_found(world, network):
    found = nu.rsa(world.traj, network, model="each", resamples=200)
    assert (found.best_layer == 1).all()
    assert (found.best_layer_share.sel(layer_model=1).isel(time=0) > 0.9).all()
    low, high = found.best_layer_interval.transpose("bound", "time")
    assert ((low <= 1) & (high >= 1)).all()
    assert (found.best_step.sel(layer_model=1) >= 20).all()
    assert (found.final_gain.sel(layer_model=1) > 0.2).all()
    assert (found.final_gain_interval.sel(layer_model=1, bound="lower") > 0).all()
    assert "untrained" in found.text


def test_one_system_against_another_is_rsa_between(make_world):
    a, b = make_world(n=12, times=5, see=("h",)), make_world(n=12, times=4, seed=1, see=("h",))
    found, expected = nu.rsa(b, a, model="each", resamples=50, seed=2), nu.rsa_between(a, b, resamples=50, seed=2)
    ours = found.similarity.transpose("time_model", "time").values
    np.testing.assert_allclose(ours, expected.similarity.transpose("time_a", "time_b"), atol=1e-10)
    for name in ("best_step", "best_step_interval", "final_gain", "best_gain_interval"):
        np.testing.assert_allclose(found[name].values, expected[name].values, atol=1e-10)


def test_regions_against_regions_at_the_same_times(world):
    swapped = world.traj.isel(time=[3, 2, 1, 0]).assign_coords(time=world.traj.time)
    regions = xr.concat([world.traj, swapped], "region").assign_coords(region=["V1", "IT"])
    found = nu.rsa(regions, regions, model="each", times="same", resamples=0)
    assert found.similarity.dims == ("region_model", "region", "time")
    every = nu.rsa(regions, regions, model="each", resamples=0)
    for time in range(world.times):
        expected = every.similarity.isel(time=time, time_model=time)
        np.testing.assert_allclose(found.similarity.isel(time=time), expected, atol=1e-10)


def test_generalisation_over_time_is_symmetric_and_one_on_the_diagonal(world):
    mean = world.traj.mean("subject")
    found = nu.rsa(mean, mean, model="each", resamples=0)
    square = found.similarity.values
    np.testing.assert_allclose(square, square.T, atol=1e-12)
    np.testing.assert_allclose(np.diag(square), 1.0)
    assert any("the data itself" in doubt for doubt in found.doubts)


def test_within_a_trial_no_frame_is_called_untrained(world):
    time = world.traj.time.assign_attrs(axis="within_trial", units="s")
    traj = world.traj.assign_coords(time=time)
    found = nu.rsa(traj, traj.mean("subject"), model="each", resamples=50)
    assert "best_step" in found
    assert not {"untrained", "final_gain"} & set(found)


def test_what_has_no_frames_is_refused(world):
    with pytest.raises(nu.InputError, match="compares frames"):
        nu.rsa(world.traj, {"size": dict.fromkeys(world.names(16), 1.0)}, model="each")
    with pytest.raises(nu.InputError, match="needs model='one'"):
        nu.rsa(world.traj, world.traj, model="each", partition=True)
    with pytest.raises(nu.InputError, match="times='same' needs models"):
        nu.rsa(world.traj, world.models["a"], model="each", times="same")
