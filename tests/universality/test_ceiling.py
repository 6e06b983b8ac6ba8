"""The ceiling is what a repetition and the truth reach, by simulation, and rsatoolbox's number over members."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs

from neurouniv import noise_ceiling
from neurouniv.universality.dynamics import after_start, r2
from neurouniv.universality.geometry import similarity


def members(make_world, count=5, noise=0.1, **settings):
    rng = np.random.default_rng(1)
    clean = make_world(see=("h",), **settings).h
    noisy = [clean * rng.uniform(0.8, 1.2) + noise * rng.normal(size=clean.shape) for _ in range(count)]
    return xr.concat(noisy, xr.DataArray(range(count), dims="seed", name="seed")).to_dataset(name="h")


@pytest.mark.parametrize("seed", range(3))
def test_with_known_noise_it_is_what_a_repetition_and_the_truth_reach(make_world, seed):
    """400 pairs: the formulas against an actual repetition and the actual truth."""
    truth = make_world(n=30, see=("h",))
    rng = np.random.default_rng(seed)
    once, again = (truth.assign(h=truth.h + 0.2 * rng.normal(size=truth.h.shape)) for _ in range(2))
    found = noise_ceiling(once.assign(h_var=0 * truth.h + 0.04))
    late = slice(10, None)  # while distances are tiny there is nothing to correlate
    for bound, movie in {"lower": again, "upper": truth}.items():
        reached = similarity(once.h, movie.h)[late]
        assert abs(float((found.geometry_ceiling.sel(bound=bound)[late] - reached).mean())) < 0.02
        reached = r2(after_start(once, once).h, after_start(movie, movie).h)
        assert abs(float(found.dynamics_ceiling.sel(bound=bound) - reached)) < 0.02
    assert found.attrs["ceiling"].startswith("from the sampling variance")


def test_no_noise_leaves_no_ceiling_and_only_noise_leaves_nothing(make_world):
    traj = make_world()
    clean = noise_ceiling(traj.assign(h_var=0 * traj.h))
    np.testing.assert_array_equal(clean.geometry_ceiling, 1)
    np.testing.assert_array_equal(clean.dynamics_ceiling, 1)
    drowned = noise_ceiling(traj.assign(h_var=0 * traj.h + 1e6))
    np.testing.assert_array_equal(drowned.geometry_ceiling, 0)


@pytest.mark.parametrize("comparator", ["corr", "cosine", "spearman", "rho-a", "corr_cov", "cosine_cov"])
def test_over_members_it_is_rsatoolbox(make_world, comparator):
    traj = members(make_world, times=6)
    found = noise_ceiling(traj, comparator).geometry_ceiling.mean("seed")
    for time in range(traj.sizes["time"]):
        expected = boot_noise_ceiling(RDMs(traj.h.isel(time=time).values), method=comparator)
        np.testing.assert_allclose(found.isel(time=time), expected, rtol=1e-10)


def test_members_bound_from_below_and_above_and_keep_other_batches(make_world):
    traj = members(make_world)
    found = noise_ceiling(traj)
    assert found.geometry_ceiling.dims == ("seed", "time", "bound")
    assert found.dynamics_ceiling.dims == ("seed", "bound")
    mean = found.mean("seed")
    assert (mean.geometry_ceiling.sel(bound="lower") <= mean.geometry_ceiling.sel(bound="upper")).all()
    assert mean.dynamics_ceiling.sel(bound="lower") <= mean.dynamics_ceiling.sel(bound="upper") <= 1
    layers = xr.concat([traj, 3 * traj], xr.DataArray([0, 1], dims="layer", name="layer"))
    two = noise_ceiling(layers)
    for layer in (0, 1):
        np.testing.assert_allclose(two.dynamics_ceiling.sel(layer=layer), found.dynamics_ceiling, rtol=1e-10)


def test_the_same_member_twice_repeats_perfectly_and_holes_do_not_matter(make_world):
    traj = members(make_world, noise=0.0).isel(time=slice(1, None))
    holes = np.random.default_rng(2).random(traj.h.shape) < 0.1
    found = noise_ceiling(traj.assign(h=traj.h.where(~holes)))
    assert float(noise_ceiling(traj).geometry_ceiling.min()) > 1 - 1e-9
    assert abs(float((found - noise_ceiling(traj)).dynamics_ceiling.mean())) < 0.05


def test_one_movie_without_variance_has_no_ceiling_and_says_why(make_world):
    found = noise_ceiling(make_world())
    assert found.geometry_ceiling.isnull().all()
    assert found.dynamics_ceiling.isnull().all()
    assert found.attrs["ceiling"].startswith("not estimable: ")


def test_outputs_have_a_ceiling_from_members_whatever_is_known_of_the_noise_of_h(make_world):
    traj = members(make_world, times=6)
    assert "outputs_ceiling" not in noise_ceiling(traj)
    of_h = noise_ceiling(traj).dynamics_ceiling
    for noisy in (traj, traj.assign(h_var=0 * traj.h + 0.5)):
        found = noise_ceiling(noisy.assign(y=3 * traj.h))
        np.testing.assert_allclose(found.outputs_ceiling, of_h, rtol=1e-10)
    alone = noise_ceiling(noisy.assign(y=traj.h).isel(seed=0))
    assert alone.dynamics_ceiling.notnull().all()
    assert alone.outputs_ceiling.isnull().all()


@pytest.mark.parametrize("comparator", ["corr", "tau-a", "corr_cov"])
def test_units_of_h_do_not_matter(make_world, comparator):
    traj = members(make_world, times=4)
    for noisy in (traj, traj.isel(seed=0).assign(h_var=0 * traj.h.isel(seed=0) + 0.01)):
        scaled = noisy.assign({name: 7 ** (2 if name == "h_var" else 1) * noisy[name] for name in noisy})
        one, other = noise_ceiling(noisy, comparator), noise_ceiling(scaled, comparator)
        for name in one:
            np.testing.assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-12)
