"""Load your own recording: mistakes are caught or seen, and nothing is left on disk."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.systems.recordings.formats.registry import FILES, FOLDERS, STORES

pytestmark = pytest.mark.filterwarnings("default")


@pytest.mark.slow
def test_formats_agree_and_mistakes_are_told(run, capsys):
    made = run("05")  # it asserts itself that all files give the same movie
    said = capsys.readouterr().out
    assert said.count("NOT CAUGHT") == 3
    assert "FOLDER/mouse2.mat'. Did you mean 'mouse.mat'" in said
    apart = made["movie"].dy2 > 0
    h = made["movie"].h
    growth = (h.isel(time=-1) - h.isel(time=0)).where(apart).mean(), (h.isel(time=-1) - h.isel(time=0)).where(~apart)
    assert growth[0] > 5 * abs(growth[1].mean())
    assert made["wrong"].h.mean() < 0.2 * h.mean()
    assert (made["wrong"].h < 0).any()
    assert made["late"].h.mean() < 0.2 * h.mean()
    assert not made["folder"].exists()
    rec = nu.read_recording(made["arrays"], activity="counts", condition="stim")
    made["check"](nu.trajectory(nu.with_runs(nu.learning_axis(rec, windows=4), runs=4), metric="crossnobis"))
    with pytest.raises(AssertionError, match="Windows make the axis"):
        made["check"](nu.trajectory(rec))


def test_every_format_is_named(folder):
    text = (folder / "05_load_your_recording.py").read_text()
    assert [one.label for one in (*FILES, *STORES, *FOLDERS) if one.label not in text] == []


def test_one_factor_for_all_features_changes_nothing_but_constants(run):
    made = run("05")
    task, movie = made["task"], made["movie"]
    larger = nu.tasks.from_arrays(10 * task.stimuli, task.targets.values)
    movies = [nu.trajectory(made["rec"], each, metric="crossnobis") for each in (task, larger)]
    with pytest.warns(nu.NeurounivWarning, match="still rise at the end"):
        fits = [nu.UniversalModel().fit(one) for one in movies]
    r2 = [fit.score(one).h for fit, one in zip(fits, movies, strict=True)]
    np.testing.assert_allclose(*r2, atol=1e-3)
    assert movie.sizes["time"] == 4
