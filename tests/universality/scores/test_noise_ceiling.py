"""The ceiling is what a repetition and the truth reach, by simulation, and rsatoolbox's number over members."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs

from neurouniv import noise_ceiling
from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.universality.scores.dynamics import after_start, r2, r2_of_change
from neurouniv.universality.scores.geometry import similarity
from neurouniv.universality.scores.noise_ceiling import geometry_ceiling
from neurouniv.universality.scores.other_members import by_others, change_by_others


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


@pytest.mark.filterwarnings("ignore:Noise ceiling for tau:UserWarning")  # rsatoolbox's own
@pytest.mark.parametrize("comparator", COMPARATORS)
def test_over_members_it_is_rsatoolbox(make_world, comparator):
    traj = members(make_world, times=6)
    found = noise_ceiling(traj, comparator).geometry_ceiling.mean("seed")
    for time in range(traj.sizes["time"]):
        expected = boot_noise_ceiling(RDMs(traj.h.isel(time=time).values), method=comparator)
        np.testing.assert_allclose(found.isel(time=time), expected, rtol=1e-10)


def test_members_bound_geometry_from_below_and_above_and_keep_other_batches(make_world):
    traj = members(make_world)
    found = noise_ceiling(traj)
    assert found.geometry_ceiling.dims == ("seed", "time", "bound")
    assert geometry_ceiling(traj).bound.values.tolist() == ["lower", "upper"]
    assert found.dynamics_ceiling.dims == ("seed", "bound")
    mean = found.mean("seed")
    assert (mean.geometry_ceiling.sel(bound="lower") <= mean.geometry_ceiling.sel(bound="upper")).all()
    layers = xr.concat([traj, 3 * traj], xr.DataArray([0, 1], dims="layer", name="layer"))
    two = noise_ceiling(layers)
    for layer in (0, 1):
        np.testing.assert_allclose(two.geometry_ceiling.sel(layer=layer), found.geometry_ceiling, rtol=1e-10)


def test_agreement_of_members_is_no_ceiling_of_time_courses(make_world):
    """Networks have none but 1, whatever their number; of other members without sampling variance it is not known."""
    several = members(make_world).pipe(lambda traj: traj.assign(y=traj.h))
    found = noise_ceiling(several)
    assert found.dynamics_ceiling.isnull().all()
    assert found.outputs_ceiling.isnull().all()
    assert found.attrs["ceiling"].startswith("not estimable: ")
    trained = several.assign_attrs(history='[{"step": "train"}]')
    for networks in (trained, trained.isel(seed=0)):
        found = noise_ceiling(networks)
        assert (found.dynamics_ceiling == 1).all()
        assert (found.outputs_ceiling == 1).all()
        assert found.attrs["ceiling"].startswith("1: a network has no noise")
    assert noise_ceiling(trained).geometry_ceiling.equals(noise_ceiling(several).geometry_ceiling)
    assert (noise_ceiling(trained.isel(seed=0)).geometry_ceiling == 1).all()


def test_variance_given_the_start_bounds_as_sampling_variance_does_but_for_geometry(make_world):
    noisy = members(make_world).pipe(lambda traj: traj.assign(h_var=0 * traj.h + 0.01))
    given = noisy.rename(h_var="start_var").assign_attrs(history='[{"step": "train"}]')
    sampled, started = noise_ceiling(noisy), noise_ceiling(given)
    xr.testing.assert_equal(started.dynamics_ceiling, sampled.dynamics_ceiling)
    xr.testing.assert_equal(started.geometry_ceiling, noise_ceiling(noisy.drop_vars("h_var")).geometry_ceiling)
    assert started.attrs["ceiling"].startswith("from networks with the same start")
    both = noise_ceiling(noisy.assign(start_var=9 * noisy.h_var))
    xr.testing.assert_equal(both.dynamics_ceiling, sampled.dynamics_ceiling)


def test_others_are_the_mean_of_the_other_members_and_one_alone_has_none(make_world):
    movie = members(make_world, count=4, noise=0.3).h
    h, start = movie.isel(time=slice(1, None)), movie.isel(time=0)
    found, change = by_others(h), change_by_others(h, start)
    for seed in range(4):
        own, rest = h.sel(seed=seed), h.drop_sel(seed=seed).mean("seed")
        assert float(found.sel(seed=seed)) == pytest.approx(float(r2(own, rest)))
        changed = rest - start.drop_sel(seed=seed).mean("seed") + start.sel(seed=seed)
        assert float(change.sel(seed=seed)) == pytest.approx(float(r2_of_change(own, changed)))
    assert np.isnan(by_others(h.isel(seed=0)))
    assert np.isnan(change_by_others(h.isel(seed=0), start.isel(seed=0)))


def test_the_same_member_twice_repeats_perfectly_and_holes_do_not_matter(make_world):
    traj = members(make_world, noise=0.0).isel(time=slice(1, None))
    holes = np.random.default_rng(2).random(traj.h.shape) < 0.1
    assert float(noise_ceiling(traj).geometry_ceiling.min()) > 1 - 1e-9
    one, other = (by_others(h) for h in (traj.h, traj.h.where(~holes)))
    assert abs(float((one - other).mean())) < 0.05


def test_one_movie_without_variance_has_no_ceiling_and_says_why(make_world):
    found = noise_ceiling(make_world())
    assert found.geometry_ceiling.isnull().all()
    assert found.dynamics_ceiling.isnull().all()
    assert found.attrs["ceiling"].startswith("not estimable: ")


def test_known_noise_of_h_is_none_of_outputs(make_world):
    traj = members(make_world, times=6)
    assert "outputs_ceiling" not in noise_ceiling(traj)
    found = noise_ceiling(traj.assign(y=3 * traj.h, h_var=0 * traj.h + 0.5))
    assert found.dynamics_ceiling.notnull().all()
    assert found.outputs_ceiling.isnull().all()


@pytest.mark.parametrize("comparator", ["corr", "tau-a", "corr_cov"])
def test_units_of_h_do_not_matter(make_world, comparator):
    traj = members(make_world, times=4)
    for noisy in (traj, traj.isel(seed=0).assign(h_var=0 * traj.h.isel(seed=0) + 0.01)):
        scaled = noisy.assign({name: 7 ** (2 if name == "h_var" else 1) * noisy[name] for name in noisy})
        one, other = noise_ceiling(noisy, comparator), noise_ceiling(scaled, comparator)
        for name in one:
            np.testing.assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-12)


def test_one_frame_has_a_ceiling_of_its_geometry_alone(make_world):
    traj = make_world(n=6, times=3, see=("h",)).isel(time=[2])
    found = noise_ceiling(traj.assign(h_var=0 * traj.h + 1e-3))
    assert (found.geometry_ceiling > 0.5).all()
    assert found.dynamics_ceiling.isnull().all()
    assert noise_ceiling(traj).geometry_ceiling.isnull().all()
