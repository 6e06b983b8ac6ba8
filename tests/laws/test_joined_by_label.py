"""Constants of several systems meet trajectories by the labels of systems, and what has no constants stays unknown."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
import neurouniv.fitting.observed as observed

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


@pytest.fixture
def batch(make_world):
    """Three systems by name, h alone; noise is found in one of them."""
    noisy = make_world(n=4, times=12, see=("h",), law="exponential", noise=0.02).drop_vars("h_var")
    systems = [noisy, *(make_world(n=4, times=12, see=("h",), law="exponential", seed=seed) for seed in (1, 2))]
    h = xr.concat([one.h.drop_vars(["dx2", "dy2"]) for one in systems], "animal")
    return noisy.assign(h=h).assign_coords(animal=["x", "y", "z"])


@pytest.fixture(params=[None, "none"], ids=["noise found", "no noise"])
def law(request, batch):
    fitted = nu.RIVALS["exponential"](weighting=request.param).fit(batch)
    assert ("noise" in fitted.constants_) == (request.param is None)
    return fitted


@pytest.mark.parametrize("animals", ["y", ["y"], ["z", "x"]], ids=str)
def test_a_trajectory_gets_the_constants_of_the_systems_that_it_names(law, batch, animals):
    some = batch.sel(animal=animals)
    xr.testing.assert_allclose(law.predict(some).h, law.predict(batch).h.sel(animal=animals))
    xr.testing.assert_allclose(law.final_structure(some), law.final_structure(batch).sel(animal=animals))


@pytest.mark.parametrize("animals", ["y", ["z", "x"]], ids=str)
def test_a_mixture_and_the_dimensionless_form_join_by_label_too(batch, animals):
    some = batch.sel(animal=animals)
    mixture = nu.MixtureModel().fit(batch)
    xr.testing.assert_allclose(mixture.predict(some).h, mixture.predict(batch).h.sel(animal=animals))
    rates = xr.Dataset({"eta_h": ("animal", [1.0, 2.0, 3.0]), "eta_y": 0.5}, {"animal": batch.animal})
    scaled = nu.dimensionless(batch, rates).h.sel(animal=animals)
    xr.testing.assert_allclose(nu.dimensionless(some, rates).h.transpose(*scaled.dims), scaled)


def test_a_trajectory_that_names_none_gets_all(law, batch):
    every = law.predict(batch.sel(animal="x", drop=True)).h
    assert every.animal.values.tolist() == ["x", "y", "z"]
    np.testing.assert_allclose(every.sel(animal="x"), law.predict(batch).h.sel(animal="x"))


def test_a_system_that_was_not_fitted_is_refused(law, batch):
    with pytest.raises(nu.InputError, match="of animal 'w', and the constants are of x, y, z"):
        law.predict(batch.isel(animal=0).assign_coords(animal="w"))


def test_a_system_without_constants_has_no_prediction_of_any_trajectory(batch):
    law = nu.RIVALS["exponential"]().fit(batch.assign(h=batch.h.where(batch.animal != "y")))
    known = law.predict(batch.sel(animal="x", drop=True)).h.notnull().all(("time", "pair"))
    assert known.values.tolist() == [True, False, True]


def test_a_pair_that_was_never_seen_has_no_constants_and_no_prediction(batch):
    gone = (batch.animal == "x") & (batch.pair == batch.pair[2])
    law = nu.RIVALS["gain"](per="pair").fit(batch.assign(h=batch.h.where(~gone)))
    assert law.constants_.factor.isnull().values.tolist() == gone.transpose("animal", "pair").values.tolist()
    assert str(law.constants_.message.sel(animal="x")[2].values).startswith("Every distance is 0 or missing")
    assert law.predict(batch).h.isnull().all("time").values.tolist() == gone.values.tolist()


def test_free_curves_are_those_of_every_system_alone_and_come_back_from_their_constants(batch, monkeypatch):
    late = batch.assign(h=batch.h.where((batch.animal != "y") | (batch.time > 20)))
    times = [20.0, 40.0, 100.0]
    expected = nu.RIVALS["free"]().fit(late).predict(late, times).h
    monkeypatch.setattr(observed, "LARGEST", 1)  # every system by itself
    law = nu.RIVALS["free"]().fit(late)
    kept = law.clone()
    kept.constants_ = law.constants_.copy()
    xr.testing.assert_allclose(kept.predict(late, times).h, expected)
    alone = late.sel(animal=["y"])
    xr.testing.assert_allclose(nu.RIVALS["free"]().fit(alone).predict(alone, times).h, expected.sel(animal=["y"]))


def test_a_floor_leaves_no_start_below_zero(batch):
    seen = nu.PairwiseModel(floor=True, weighting="none").observed(batch)
    assert (seen.lowered(seen.start["h"].mean(-1)).start["h"] > 0).all()
