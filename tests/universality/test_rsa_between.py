"""RSA between two learners: ground truths, order, comparators, and what is told where something is missing."""

import numpy as np
import pytest
import rsatoolbox
import xarray as xr

import neurouniv as nu
from neurouniv.rdm.comparators import COMPARATORS


def seen_from(world, picks, gain=3.0):
    """The world at some of its times only, in other units and other order of pairs: a recording of it."""
    made = world[["h"]].isel(time=picks, pair=np.random.default_rng(1).permutation(world.sizes["pair"]))
    return made.assign(h=gain * made["h"]).assign_coords(
        time=("time", 1.0 + np.arange(len(picks)), {"units": "sessions"})
    )


def test_a_learner_seen_elsewhere_is_most_like_itself_at_that_time(make_world):
    world, picks = make_world(n=12, see=("h",)), [2, 9, 12, 16]
    found = nu.rsa_between(world, seen_from(world, picks), resamples=100)
    np.testing.assert_array_equal(found.best_step.values, world.time.values[picks])
    np.testing.assert_allclose(found.best.values, 1.0)
    low, high = found.best_step_interval.transpose("bound", "time_b").values
    assert (low <= found.best_step).all()
    assert (found.best_step <= high).all()


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_similarities_are_rsatoolbox_s(make_world, comparator):
    a, b = make_world(times=4, see=("h",)), make_world(times=3, seed=1, see=("h",))
    found = nu.rsa_between(a, b.isel(pair=slice(None, None, -1)), comparator=comparator, resamples=0)
    expected = rsatoolbox.rdm.compare(a.h.values, b.h.values, method=comparator)
    np.testing.assert_allclose(found.similarity.transpose("time_a", "time_b").values, expected, atol=1e-12)


def test_only_shared_names_count(make_world):
    world = make_world(n=9, see=("h",))
    less = world.isel(pair=np.flatnonzero((world["first"] != "c0").values))
    found = nu.rsa_between(world, less, resamples=50)
    again = nu.rsa_between(less, less, resamples=50)
    assert found.attrs["conditions"] == 8
    xr.testing.assert_allclose(found.similarity, again.similarity)
    few = less.isel(pair=np.flatnonzero(less["first"].isin(["c6", "c7"]).values))
    with pytest.raises(nu.InputError, match=r"got 3. net alone has 'c0'.*'c5', mouse alone none"):
        nu.rsa_between(world, few, names=("net", "mouse"))


@pytest.mark.slow
def test_training_gains_nothing_where_nothing_is_learned(make_world):
    """The best step, chosen and read on the same conditions, is better by luck; on other conditions it is not."""
    rng, world = np.random.default_rng(0), make_world(n=20, times=20, see=("h",))
    gains, naive = [], []
    for seed in range(20):
        noise = world.assign(h=world.h.copy(data=rng.gamma(4.0, size=world.h.shape)))
        found = nu.rsa_between(noise, world.isel(time=[19]), resamples=0)
        with_best = nu.rsa_between(noise, world.isel(time=[19]), resamples=20, seed=seed)
        gains.append(float(with_best.best_gain.item()))
        naive.append(float((found.similarity.max("time_a") - found.similarity.isel(time_a=0)).item()))
    assert abs(np.mean(gains)) < 3 * np.std(gains) / np.sqrt(len(gains))
    assert np.mean(naive) > 3 * np.std(naive) / np.sqrt(len(naive))


def test_what_learning_gained_is_told_from_the_untrained(make_world):
    world = make_world(n=16, see=("h",))
    found = nu.rsa_between(world, seen_from(world, [20, 24]), resamples=200)
    for name in ("final_gain", "best_gain"):
        assert (found[f"{name}_interval"].sel(bound="lower") > 0).all(), name
    np.testing.assert_allclose(found.final_gain, found.final - found.untrained)
    few = nu.rsa_between(make_world(n=6), make_world(n=6), resamples=20)
    assert few.best_gain.isnull().all()
    assert few.final_gain.notnull().all()


def test_members_are_averaged_or_kept_and_other_dimensions_stay(make_world):
    seeds = xr.concat([make_world(n=8, seed=s, see=("h",)).h for s in range(3)], "seed").to_dataset(name="h")
    net = make_world(n=8)[["h"]].assign(h=seeds.h)
    rec = net.rename(seed="latency").isel(time=[1, 5, 9])
    found = nu.rsa_between(net, rec, resamples=20)
    assert dict(found.similarity.sizes) == {"latency_b": 3, "time_a": 25, "time_b": 3}
    assert found.best_step.dims == ("latency_b", "time_b")
    assert found.best_gain.notnull().all()  # halves of eight conditions have six pairs
    kept = nu.rsa_between(net, rec, members="keep", resamples=20)
    assert dict(kept.similarity.sizes) == {"latency_b": 3, "seed_a": 3, "time_a": 25, "time_b": 3}
    people = nu.rsa_between(net, rec.rename(latency="subject"), resamples=20)
    mean = nu.rsa_between(net.mean("seed"), rec, resamples=0).similarity.mean("latency_b")
    xr.testing.assert_allclose(people.similarity, mean)
    assert people.ceiling_b.notnull().all()
    assert "subject" in people.attrs["noise_b"]


def test_it_survives_a_file(make_world, tmp_path):
    found = nu.rsa_between(make_world(n=8), make_world(n=8, seed=1), resamples=20)
    nu.save(found, tmp_path / "between.nc")
    xr.testing.assert_identical(nu.load(tmp_path / "between.nc"), found)


@pytest.mark.parametrize("wrong", [{"members": "sum"}, {"resamples": 1}, {"comparator": "pearson"}])
def test_wrong_choices(make_world, wrong):
    with pytest.raises(nu.InputError):
        nu.rsa_between(make_world(), make_world(), **wrong)


@pytest.mark.parametrize("n", [5, 8])
def test_times_of_which_nothing_is_known_stay_unknown_without_a_warning(make_world, n):
    """With 5 conditions there is no other half to choose a step on."""
    world, session = make_world(n=n, times=6, see=("h",)), [1, 3, 5]
    other = seen_from(world, session)
    found = nu.rsa_between(world, other.assign(h=other.h.where(other.time != 2)), resamples=30)
    known = [True, False, True]
    assert found.best_step.notnull().values.tolist() == known
    assert found.best_step_interval.notnull().all("bound").values.tolist() == known
    assert found.best_gain.notnull().values.tolist() == [one and n == 8 for one in known]
