"""Mean choices are told from outputs by what they are called, whatever becomes of attributes."""

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.schema import choices_apart
from neurouniv.universality.scores.outputs import without_choices

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
LAW = nu.PairwiseModel(restarts=1)


@pytest.fixture(scope="module")
def traj():
    task = nu.tasks.from_arrays(np.random.default_rng(0).normal(size=(8, 4)), np.repeat(np.eye(2), 4, axis=0))
    rec = nu.simulate_brain(task, world="universal", sessions=5, neurons=40, snr=1.0, behaviour=True, seed=1)
    return nu.trajectory(rec, task, metric="crossnobis")


def older(traj):
    """`traj` as earlier versions made it: y and w, told from outputs by an attribute alone."""
    made = traj.rename(choices="y", choices_w="w")
    for name in ("y", "w"):
        made[name].attrs["source"] = "behaviour"
    return made


@pytest.mark.slow
def test_lost_attributes_put_no_behaviour_on_trial(traj):
    found = nu.compare(LAW, (traj * 1).drop_attrs(), partitions=1)
    assert "outputs" not in found
    assert "outputs_ceiling" not in nu.noise_ceiling(traj)


@pytest.mark.slow
def test_an_older_file_is_treated_alike(traj, tmp_path):
    for path in (tmp_path / "older.nc", tmp_path / "older.zarr"):
        xr.testing.assert_identical(nu.load(nu.save(older(traj), path)).choices.drop_attrs(), traj.choices.drop_attrs())
    assert not {"y", "w", "choices"} & set(without_choices(older(traj)))
    xr.testing.assert_equal(nu.compare(LAW, older(traj), partitions=1), nu.compare(LAW, traj, partitions=1))


def test_outputs_of_networks_keep_their_names(make_world):
    world = make_world()
    xr.testing.assert_identical(choices_apart(world), world)
    assert {"y", "w"} <= set(without_choices(world))


@pytest.mark.slow
def test_fits_and_scores_use_them_as_they_did(traj):
    fit, before = (nu.PairwiseModel(restarts=1).fit(one) for one in (traj, older(traj)))
    assert fit.constants_["variable"].values.tolist() == ["h", "y", "w"]
    xr.testing.assert_equal(fit.constants_, before.constants_)
    xr.testing.assert_equal(fit.score(traj), before.score(older(traj)))
    xr.testing.assert_equal(fit.predict(traj), before.predict(older(traj)))


def test_natural_units_are_those_of_outputs(traj):
    constants = nu.PairwiseModel(restarts=1).fit(traj).constants_
    scaled, before = (nu.dimensionless(one, constants) for one in (traj, older(traj)))
    np.testing.assert_allclose(scaled.choices, before.y)
    back, as_before = (nu.dimensional(one, constants) for one in (scaled, before))
    np.testing.assert_allclose(back.choices_w, as_before.w)


def test_figures_draw_them(traj):
    one = traj.isel(pair=[3])  # of two targets
    figure = nu.figures.curves(one, LAW.clone().fit(traj).predict(one))
    assert "prediction" in " ".join(text.get_text() for text in figure.legends[0].get_texts())
