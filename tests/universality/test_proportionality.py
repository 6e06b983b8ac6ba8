"""Two predictions with nothing fitted: found where the law holds, and not more often than by chance elsewhere."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv import InputError
from neurouniv.universality.proportionality import proportionality
from neurouniv.universality.scores.baselines import class_mean_distances


def test_both_are_found_whatever_the_constants(make_world):
    traj = make_world(n=8, end=400.0, times=400, see=("h",))
    found = proportionality(traj, permutations=400)
    both = found.sel(predictor="dx dy*")
    assert (both.correlation > 0.9).all()
    assert (both.p < 0.01).all()
    assert (both.correlation > found.sel(predictor=["dx", "dy*", "start"]).correlation.max("predictor")).all()


def test_class_means_stand_beside_where_there_are_classes(make_world):
    """Distances that end as those of class means do follow them, and nothing else as well."""
    traj = make_world(n=8, see=("h",))
    assert "class means" not in proportionality(traj, permutations=20).predictor
    classed = traj.assign_coords(label=("condition", np.arange(8) % 4))
    h = class_mean_distances(classed) * np.linspace(0.1, 1, traj.sizes["time"])[:, None]
    found = proportionality(classed.assign(h=(("time", "pair"), h)), permutations=200).sel(quantity="final")
    assert found.predictor.values.tolist() == ["dx dy*", "dx", "dy*", "class means", "start"]
    assert found.correlation.sel(predictor="class means").item() == pytest.approx(1)
    assert found.p.sel(predictor="class means").item() < 0.02
    assert found.correlation.sel(predictor=["dx dy*", "dx", "dy*"]).max().item() < 0.99


def test_units_and_pace_do_not_matter(make_world):
    traj = make_world(n=7, see=("h",))
    other = traj.assign(h=7 * traj.h).assign_coords(time=3 * traj.time)
    one, two = (proportionality(t, permutations=50) for t in (traj, other))
    xr.testing.assert_allclose(one[["correlation", "p"]], two[["correlation", "p"]])


def test_a_rate_is_that_of_the_logistic(make_world):
    rate, time = np.random.default_rng(0).uniform(1, 3, 15), np.linspace(0, 20, 60)
    h = 1 / (1 + 200 * np.exp(-rate * time[:, None]))
    traj = make_world(n=6, see=("h",)).drop_dims("time").assign(h=(("time", "pair"), h))
    traj = traj.assign_coords(time=time, dx2=("pair", rate**2), dy2=("pair", rate**2))
    assert float(proportionality(traj).correlation.sel(quantity="rate", predictor="dx dy*")) == pytest.approx(1)


@pytest.mark.slow
def test_under_the_null_p_is_as_rare_as_it_says(make_world):
    """1000 systems whose distances come from random patterns: 5 % of p at or below .05, give or take."""
    rng = np.random.default_rng(0)
    traj = make_world(n=8, see=("h",))
    h = np.stack([pdist(rng.normal(size=(8, 3))) for _ in range(1000)])
    course = np.linspace(0.1, 1, 5)[:, None] * h[:, None]
    null = traj.drop_vars("h").drop_dims("time").assign(h=(("system", "time", "pair"), course))
    found = proportionality(null.assign_coords(time=np.arange(5.0)), permutations=199)
    rejected = (found.p.sel(quantity="final", predictor="dx dy*") <= 0.05).mean()
    assert 0.035 < float(rejected) < 0.065


@pytest.mark.slow
def test_rates_too(make_world, pair_noise):
    """600 logistic systems whose ends and paces come from random patterns, with noise that pairs share."""
    rng, time = np.random.default_rng(1), np.linspace(0, 8, 8)
    end, pace = (np.stack([pdist(rng.normal(size=(8, 3))) for _ in range(600)])[:, None] for _ in range(2))
    h = end / (1 + 20 * np.exp(-pace * time[:, None])) + 0.05 * pair_noise(rng, 4800, 8).reshape(600, 8, 28)
    null = make_world(n=8, see=("h",)).drop_dims("time").assign(h=(("system", "time", "pair"), h))
    found = proportionality(null.assign_coords(time=time), permutations=199)
    rejected = (found.p.sel(quantity="rate", predictor="dx dy*") <= 0.05).mean()
    assert 0.03 < float(rejected) < 0.07


def test_pairs_that_are_absent_are_told(make_world):
    with pytest.raises(InputError, match="all pairs"):
        proportionality(make_world(n=6).isel(pair=slice(9)))
