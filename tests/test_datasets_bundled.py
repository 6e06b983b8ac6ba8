"""The bundled recordings are what their recipes make, and hold the truth that they say they hold."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.datasets import locate
from neurouniv.datasets.registry import registry

RECIPES = Path(__file__).parents[1] / "datasets"
NAMES = [entry.name for entry in registry().values() if entry.bundled]


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("a bundled data set needs no network")

    monkeypatch.setattr("pooch.retrieve", refuse)
    monkeypatch.delenv(locate.FOLDER, raising=False)


def recipe(name):
    spec = importlib.util.spec_from_file_location(f"recipe_of_{name}", RECIPES / name / "recipe.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def check_errors(traj, truth):
    """Crossvalidated distances differ from the true ones `truth` (time, pair) by what they say is their error."""
    traj = traj.sel(pair=truth.pair)  # conditions of a recording come in the order of their first appearance
    np.testing.assert_allclose(traj.time, truth.time, atol=1e-6)
    z = (traj.h.values - truth.values) / np.sqrt(traj.h_var.values)
    assert abs(z.mean()) < 0.5
    assert 0.8 < z.std() < 1.3


@pytest.mark.parametrize("name", NAMES)
def test_recipes_make_what_is_bundled(name, tmp_path):
    """The same seed gives the same numbers; files differ by the dates that their formats write."""
    made = recipe(name)
    made.make(tmp_path)
    entry = registry()[name]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*(f.name for f in entry.files), "truth.nc"])
    xr.testing.assert_allclose(nu.load(tmp_path / "truth.nc"), nu.datasets.truth(name), rtol=1e-4)
    for part in entry.parts:
        paths = [tmp_path / file for file in part.files]
        again = nu.read_recording(paths if len(paths) > 1 else paths[0], **part.settings)
        bundled = nu.datasets.load(name, part.name)
        assert again.coords.equals(bundled.coords)
        assert np.isclose(again.activity, bundled.activity, rtol=1e-5, equal_nan=True).mean() > 0.999


@pytest.mark.parametrize("name", NAMES)
def test_bundled_files_are_small_and_explained(name):
    entry = registry()[name]
    assert sum(file.size for file in entry.files) < 350_000
    assert (RECIPES.parent / entry.recipe).is_file()
    assert (RECIPES / name / "README.md").is_file()


@pytest.mark.parametrize("region", ["premotor", "visual"])
def test_distances_of_sequences_are_the_truth_and_noise(region):
    traj = nu.trajectory(nu.datasets.load("simulated_sequences", region), metric="crossnobis")
    check_errors(traj, nu.datasets.truth("simulated_sequences").h.sel(roi=region))


def test_distances_of_the_eeg_are_the_truth_and_noise():
    truth = nu.datasets.truth("simulated_eeg")
    traj = nu.trajectory(nu.datasets.load("simulated_eeg"), metric="crossnobis")
    check_errors(traj, truth.h)
    traj = traj.sel(pair=truth.pair)
    assert traj.time.axis == "within_trial"
    late = traj.time.values > 0.3
    assert np.corrcoef(traj.h.values[late].mean(0), truth.h.values[late].mean(0))[0, 1] > 0.9


def test_distances_of_the_mouse_are_those_of_the_neurons_recorded():
    truth = nu.datasets.truth("simulated_mouse")
    traj = nu.trajectory(nu.datasets.load("simulated_mouse"), metric="crossnobis")
    rate = truth.rate.where(truth.recorded)
    apart = (rate.sel(condition=truth.first) - rate.sel(condition=truth.second)) ** 2
    check_errors(traj, apart.mean("channel").transpose("time", "pair").assign_coords(first=truth.first))


def test_the_eeg_is_in_volts_with_events_of_two_levels():
    rec = nu.datasets.load("simulated_eeg")
    assert rec.activity.units == "V"
    assert 1e-7 < float(rec.activity.std()) < 1e-5
    assert sorted(np.unique(rec.condition)) == sorted(recipe("simulated_eeg").OBJECTS)
    assert np.unique(rec.run).tolist() == [1, 2, 3, 4]


@pytest.mark.slow
def test_sequences_obey_the_universal_law_with_the_constants_stated():
    truth = nu.datasets.truth("simulated_sequences")
    law = nu.UniversalModel().fit(truth.sel(roi="premotor"))
    for name in ("eta_h", "eta_y", "decoder0"):
        assert float(law.constants_[name]) == pytest.approx(truth.attrs[name], rel=5e-3)
    np.testing.assert_allclose(truth.h.sel(roi="visual"), truth.h.sel(roi="visual")[[0] * 6], rtol=1e-9)


def test_the_eeg_obeys_the_exponential_rival_with_the_constants_stated():
    truth = nu.datasets.truth("simulated_eeg")
    law = nu.RIVALS["exponential"]().fit(truth.sel(time=slice(0, None)))
    for name in ("rate", "stimulus", "target"):
        assert float(law.constants_[name]) == pytest.approx(truth.attrs[name], rel=1e-3)
    assert float(abs(truth.h.sel(time=slice(None, 0))).max()) == 0


def test_neurons_of_the_mouse_keep_their_numbers_and_rates():
    """Each session records the neurons that the truth says, and their mean counts are Poisson about their rates."""
    rec, truth = nu.datasets.load("simulated_mouse"), nu.datasets.truth("simulated_mouse")
    for session in truth.time.values:
        of = rec.isel(trial=rec.session.values == session)
        there = of.channel.values[of.recorded.values.all(0)]
        seen = truth.recorded.sel(time=session)
        assert sorted(there) == truth.channel.values[seen.values].tolist()
        assert (of.recorded.values.any(0) == of.recorded.values.all(0)).all()
        mean = of.activity.sel(channel=there).groupby("condition").mean()
        rate = truth.rate.sel(time=session, channel=there, condition=mean.condition).transpose(*mean.dims)
        z = (mean - rate) / np.sqrt(rate / truth.window / 8)
        assert abs(float(z.mean())) < 0.3
        assert 0.9 < float(z.std()) < 1.1


def test_the_mouse_learns():
    truth = nu.datasets.truth("simulated_mouse")
    apart = truth.h.where(truth.dy2 > 0).mean("pair").values
    alike = truth.h.where(truth.dy2 == 0).mean("pair").values
    assert apart[-1] / alike[-1] > 1.3 * apart[0] / alike[0]
    assert truth.rule == "feedback_alignment"
