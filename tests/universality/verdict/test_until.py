"""Until when a law holds, and R2 of change: exact predictions hold to the end, a law that stops being true does not."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.universality.held_out.predictions import Prediction
from neurouniv.universality.held_out.splits import Part
from neurouniv.universality.scores.dynamics import r2, r2_of_change
from neurouniv.universality.scores.noise_ceiling import change_ceiling
from neurouniv.universality.verdict.until import _jackknife, missed, progress, until

LEARNED = [0, *range(8, 25)]
"""The start, and times at which distances have changed by more than their noise."""


def held_out(world, predicted):
    """One fold in which `predicted` was expected of the whole world."""
    return [Prediction(predicted, xr.Dataset(), None)], [Part(world, world, world)]


def last_time(world, predicted):
    return until(missed(*held_out(world, predicted)).missed_least)


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_holds_to_the_end_and_a_law_until_it_departs(make_world, seed):
    truth = make_world(n=10, see=("h",), seed=seed)
    seen = make_world(n=10, see=("h",), seed=seed, noise=0.05)
    assert last_time(seen, truth.h).to_the_end
    late = xr.DataArray(np.arange(25) > 14, dims="time")
    departed = truth.h + late * truth.h.isel(time=-1, drop=True) * np.where(truth.dx2 > truth.dx2.median(), 1.0, -1.0)
    found = last_time(seen, departed)
    assert (found.time, found.to_the_end) == (float(truth.time[14]), False)


def test_a_law_of_something_else_holds_at_no_time(make_world):
    seen = make_world(n=30, see=("h",), noise=0.001).isel(time=LEARNED)
    assert np.isnan(last_time(seen, -seen.h).time)


def test_it_is_not_known_without_noise_and_seeds_that_differ_are_none(make_world):
    truth = make_world(n=30, see=("h",)).isel(time=LEARNED)
    assert last_time(truth, truth.h) is None
    seeds = xr.DataArray(1 + 0.1 * np.random.default_rng(0).normal(size=4), dims="seed")
    several = truth.assign(h=(truth.h * seeds).transpose("seed", "time", "pair"))
    assert last_time(several, several.h) is None


def test_what_the_start_does_not_tell_is_as_noise_is(make_world):
    truth = make_world(n=30, see=("h",)).isel(time=LEARNED)
    late = xr.DataArray(np.arange(truth.sizes["time"]) > 0, dims="time")
    unknown = 0.05 * late * truth.h.copy(data=np.random.default_rng(0).normal(size=truth.h.shape))
    drawn = truth.assign(h=truth.h + unknown, start_var=0.05**2 * late * xr.ones_like(truth.h))
    assert last_time(drawn, truth.h).to_the_end
    found = missed(*held_out(drawn, truth.h)).missed
    assert abs(float(found.mean())) < 0.02
    assert np.isnan(last_time(drawn, 3 * truth.h).time)


def test_what_is_missed_is_a_share_of_how_changes_differ(make_world):
    """Without noise but for a variance near 0, the same change of all pairs misses all of how they differ."""
    world = make_world(n=8, see=("h",), noise=1e-9)
    start = world.h.isel(time=0, drop=True)
    found = missed(*held_out(world, start + (world.h - start).mean("pair")))
    np.testing.assert_allclose(found.missed.isel(time=slice(1, None)), 27 / 28, rtol=1e-3)
    assert np.isnan(found.missed[0])


def test_change_is_what_counts(make_world):
    world = make_world(n=8, see=("h",))
    still = world.h.mean("time").broadcast_like(world.h)
    assert float(r2_of_change(world.h, still)) == pytest.approx(0, abs=1e-12)
    assert float(r2(world.h, still)) > 0.1
    assert float(r2_of_change(world.h, world.h)) == 1
    assert progress(world).values[[0, -1]] == pytest.approx([0, 1], abs=0.05)


def test_the_ceiling_of_change_is_what_the_truth_reaches(make_world):
    truth, seen = make_world(n=10, see=("h",)), make_world(n=10, see=("h",), noise=0.05)
    upper = float(change_ceiling(seen).sel(bound="upper"))
    assert float(r2_of_change(seen.h, truth.h)) == pytest.approx(upper, abs=0.02)


def test_the_error_of_a_mean_over_pairs_leaves_out_a_condition_at_a_time():
    """With pairs that are missing, each mean is over the pairs that are left."""
    ends = np.stack(np.triu_indices(6, 1))
    values = np.random.default_rng(0).normal(size=(2, ends.shape[1]))
    values[0, [2, 7]] = np.nan
    means = np.stack([np.nanmean(values[:, (ends != c).all(0)], axis=1) for c in range(6)])
    expected = np.sqrt(5 / 6 * ((means - means.mean(0)) ** 2).sum(0))
    np.testing.assert_allclose(_jackknife(values, ends), expected)
    of_one_pair = _jackknife(np.ones((3, 4, 1)), ends[:, :1])
    assert of_one_pair.shape == (3, 4)
    assert np.isnan(of_one_pair).all()
