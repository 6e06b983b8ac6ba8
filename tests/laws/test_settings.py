"""Groups, floors, clocks, sessions that are missing, weights, noise: each does what it says."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import RIVALS, InputError, NeurounivWarning, PairwiseModel
from neurouniv.fitting.optimum import best, solved


def joined(make_world, **other):
    """Two kinds of pairs with constants of their own in one trajectory."""
    one, two = make_world(n=5), make_world(n=5, **other)
    late = np.arange(one.sizes["pair"]) % 2 == 1
    mixed = one.assign({name: xr.where(xr.DataArray(late, dims="pair"), two[name], one[name]) for name in "hyw"})
    return mixed.assign_coords(kind=("pair", np.where(late, "within", "between"))).transpose("time", "pair", ...)


def test_groups_of_pairs_have_constants_of_their_own(make_world):
    traj = joined(make_world, eta_h=0.5, eta_y=0.05)
    law = PairwiseModel(per="kind").fit(traj)
    assert law.constants_.eta_h.dims == ("kind",)
    np.testing.assert_allclose(law.constants_.eta_h.sel(kind=["between", "within"]), [0.2, 0.5], rtol=1e-3)
    assert float(law.score(traj).h) > 0.99999
    np.testing.assert_allclose(law.predict(traj).h, traj.h, atol=1e-3)


def test_groups_of_unequal_size_and_batches(make_world):
    traj = joined(make_world, eta_h=0.5, eta_y=0.05)
    traj = traj.isel(pair=[0, 1, 2, 3, 4, 6, 8])
    batch = xr.concat([traj, traj], xr.DataArray([3, 4], dims="seed", name="seed"), data_vars=["h", "y", "w"])
    law = PairwiseModel(per="kind").fit(batch)
    assert law.constants_.eta_h.dims == ("seed", "kind")
    np.testing.assert_allclose(law.constants_.eta_h, [[0.2, 0.5]] * 2, rtol=1e-3)
    assert law.predict(batch).h.dims == ("seed", "time", "pair")


def test_every_pair_may_have_its_own(make_world):
    traj = joined(make_world, eta_h=0.5, eta_y=0.05)
    law = PairwiseModel(per="pair").fit(traj)
    expected = np.where(traj.kind == "within", 0.5, 0.2)
    np.testing.assert_allclose(law.constants_.eta_h, expected, rtol=1e-2)
    assert law.constants_.pair.values[0] == "c0 | c1"
    assert float(law.score(traj).h) > 0.9999


def test_an_unknown_group_is_told(make_world):
    with pytest.raises(InputError, match=r"got 'colour', found .*'dx2'"):
        PairwiseModel(per="colour").fit(make_world())
    law = PairwiseModel(per="kind").fit(joined(make_world))
    with pytest.raises(InputError, match=r"none are there for \['odd'\]"):
        law.predict(make_world(n=5).assign_coords(kind=("pair", ["odd"] * 10)))


def test_a_floor_is_found_and_constants_are_those_without_it(make_world):
    traj = make_world(n=6)
    raised = traj.assign(h=traj.h + 0.3)
    law = PairwiseModel(floor=True).fit(raised)
    np.testing.assert_allclose(law.constants_.floor, 0.3, rtol=1e-2)
    np.testing.assert_allclose(law.constants_.eta_h, 0.2, rtol=2e-2)
    np.testing.assert_allclose(law.predict(raised).h, raised.h, atol=5e-3)
    np.testing.assert_allclose(law.final_structure(raised), law.predict(raised, time=[5000.0]).h[0], rtol=1e-6)
    without = PairwiseModel().fit(raised).constants_
    assert abs(np.log(float(without.eta_h) / 0.2)) > 0.1


def test_a_clock_replaces_time(make_world):
    """A learning-rate schedule: constants per unit of its integral are those of constant time."""
    traj = make_world(n=5, times=40)
    clock = traj.time.values
    warped = traj.assign_coords(time=("time", clock**2 / 60.0, {"units": "epochs"}))
    warped = warped.assign_coords(integral=("time", clock, {"units": "integrated rate"}))
    law = PairwiseModel(clock="integral").fit(warped)
    np.testing.assert_allclose([law.constants_.eta_h, law.constants_.eta_y], [0.2, 0.1], rtol=1e-3)
    assert law.constants_.eta_h.attrs["units"] == "per integrated rate"
    np.testing.assert_allclose(law.predict(warped).h, traj.h, atol=1e-3)
    between = law.predict(warped, time=[float(warped.time[:2].mean())])
    assert float(traj.h[0, 0]) < float(between.h[0, 0]) < float(traj.h[1, 0])
    for wrong, message in (({"clock": "hours"}, "names a coordinate"), ({"clock": "back"}, "never decreases")):
        with pytest.raises(InputError, match=message):
            PairwiseModel(**wrong).fit(warped.assign_coords(back=("time", -clock)))
    with pytest.raises(InputError, match="is known until"):
        law.predict(warped, time=[1000.0])


def test_unequal_sessions_each_start_at_their_own_first(make_world):
    """A subject that begins later and misses a session, beside one that has all, is fitted as if alone."""
    full = make_world(n=5)
    late = make_world(n=5, eta_h=0.4).assign_coords(time=full.time + 7.0)
    subjects = xr.DataArray(["a", "b"], dims="subject", name="subject")
    pieces = [one[["h", "y", "w"]] for one in (full, late.isel(time=np.r_[0:9, 10:25]))]
    both = xr.concat(pieces, subjects, join="outer", coords="minimal", compat="override").sortby("time")
    assert both.h.isnull().any()
    law = PairwiseModel().fit(both)
    np.testing.assert_allclose(law.constants_.eta_h, [0.2, 0.4], rtol=1e-3)
    predicted = law.predict(both)
    np.testing.assert_allclose(predicted.h.where(both.h.notnull()), both.h, atol=1e-3)


def test_a_pair_that_is_missing_at_first_starts_where_its_stimuli_say(make_world):
    traj = make_world(n=6)
    gone = traj.h.where((traj.time > 0) | (xr.DataArray(np.arange(15), dims="pair") != 4))
    law = PairwiseModel().fit(traj.assign(h=gone))
    np.testing.assert_allclose(law.constants_.eta_h, 0.2, rtol=1e-2)


def test_weighting_by_range_is_free_of_units_to_1e_8(make_world):
    traj = make_world(n=5)
    rough = traj.assign({name: traj[name] * (1 + 0.1 * np.sin(traj.time)) for name in "hyw"})  # a law that misfits
    gain = 1e4
    one, other = (PairwiseModel(weighting="range").fit(t).constants_ for t in (rough, rough.assign(h=gain * rough.h)))
    np.testing.assert_allclose(other.eta_h, gain * one.eta_h, rtol=1e-8)
    np.testing.assert_allclose(other.eta_y, one.eta_y / gain, rtol=1e-8)
    np.testing.assert_allclose(other.speed, one.speed, rtol=1e-8)
    np.testing.assert_allclose(other.r2, one.r2, atol=1e-8)
    np.testing.assert_allclose(other.eta_h_interval, gain * one.eta_h_interval, rtol=1e-6)


def test_noise_of_unknown_size_is_found_per_variable(make_world):
    rng = np.random.default_rng(0)
    traj = make_world(n=7, times=40)
    later = traj.time > 0
    sd = {"h": 0.05, "y": 0.002, "w": 0.02}
    noise = {name: xr.zeros_like(traj.h) + sd[name] * rng.normal(size=traj.h.shape) for name in "hyw"}
    noisy = traj.assign({name: traj[name] + noise[name] * later for name in "hyw"})
    law = PairwiseModel(weighting="noise")
    problem, _ = solved(law.problem(noisy))
    np.testing.assert_allclose(1 / problem.weighting.variable[0], list(sd.values()), rtol=0.1)
    with pytest.raises(InputError, match="weighting is one of"):
        PairwiseModel(weighting="noisy").fit(noisy)


@pytest.mark.parametrize("method", ["sandwich", "likelihood", "profile", "bootstrap"])
def test_every_method_of_intervals_holds_the_estimate_and_names_itself(make_world, method):
    traj = make_world(n=8, see=("h",), noise=0.03, times=12)
    found = PairwiseModel(intervals=method).fit(traj).constants_
    low, high = found.eta_h_interval.values
    assert low < float(found.eta_h) < high
    assert high / low < 1.5
    assert method in found.attrs["interval_method"]
    with pytest.raises(InputError, match="intervals is one of"):
        PairwiseModel(intervals="guess").fit(traj)


def test_fits_in_pieces_equal_fits_at_once(make_world, monkeypatch):
    batch = xr.concat([make_world(eta_h=e) for e in (0.1, 0.2, 0.3)], xr.DataArray([1, 2, 3], dims="seed", name="seed"),
                      data_vars=["h", "y", "w"])  # fmt: skip
    whole = PairwiseModel().fit(batch).constants_
    monkeypatch.setattr("neurouniv.fitting.observed.LARGEST", 1)
    xr.testing.assert_allclose(PairwiseModel().fit(batch).constants_, whole)


def test_a_floor_is_a_share_of_its_own_systems_distances_in_every_piece(make_world, monkeypatch):
    """Of pieces of two, two and one systems."""
    worlds = [make_world(eta_h=0.2, seed=seed) for seed in range(5)]
    worlds = [
        world.assign(h=world.h * (1 + 0.05 * np.sin(world.time / 9)) + 0.1 * world.h.mean() * (seed + 1))
        for seed, world in enumerate(worlds)
    ]
    seeds = xr.DataArray(range(5), dims="seed", name="seed")
    batch = xr.concat(worlds, seeds)
    law = PairwiseModel(floor=True)
    whole = law.clone().fit(batch).constants_.floor
    monkeypatch.setattr("neurouniv.fitting.observed.LARGEST", 2 * 3 * worlds[0].h.size)
    np.testing.assert_allclose(law.clone().fit(batch).constants_.floor, whole, rtol=1e-6)
    assert whole.max() - whole.min() > 0.1 * whole.mean()


@pytest.mark.parametrize("seed", range(3))
def test_no_start_of_the_optimiser_finds_a_better_optimum(make_world, seed):
    """Forty scattered starts against the three best of the scan, with misfit and noise."""
    rng = np.random.default_rng(seed)
    traj = make_world(n=5, eta_h=10 ** rng.uniform(-1.5, 0), eta_y=10 ** rng.uniform(-1.5, 0), seed=seed, end=100.0)
    rough = traj.assign({name: traj[name] * (1 + 0.2 * np.sin(traj.time / 9)) for name in "hyw"})
    law = PairwiseModel()
    problem = law.problem(rough)
    found = (best(problem).residual ** 2).sum()
    low, high = problem.bounds
    scattered = rng.uniform(low + 6, high - 6, (40, 1, 2))
    with np.errstate(all="ignore"):
        assert found <= problem.minimised(scattered).costs.min() * 1.0001


def test_rivals_know_noise_too(make_world):
    traj = make_world(n=8, see=("h",), law="exponential", noise=0.01)
    found = RIVALS["exponential"]().fit(traj).constants_
    np.testing.assert_allclose(found.rate, 0.05, rtol=0.1)
    assert "h0_per_dx2" in found


@pytest.mark.slow
def test_too_many_at_odds_are_counted_in_the_warning(make_world):
    still = make_world(n=5, see=("h",), noise=0.05, times=8)
    rng = np.random.default_rng(0)
    flat = still.assign(h=0 * still.h + 0.05 * rng.normal(size=still.h.shape))
    with pytest.warns(NeurounivWarning, match="1 of 1 fits"):
        PairwiseModel().fit(flat)
