"""The main job, small: it runs to its page, and says what it must."""

import re

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.demo import RecordingChoices, run


@pytest.fixture
def page(tmp_path):
    def make(*recordings, **choices):
        made = run(tmp_path / "out", list(recordings), RecordingChoices(**choices), fast=True, progress=False)
        return made.read_text()

    return make


def test_the_demo_runs_to_its_page_and_keeps_what_it_made(tmp_path, page):
    text = page()
    for heading in ("Two points", "Digits", "A simulated brain, read from its NWB file", "Constants", "What was run"):
        assert heading in text
    assert "same law fitted to its rates without noise" in text
    assert text.count("on conditions that were held out: correlation with the observed RDM") == 2
    for simple in ("class means of the stimuli 0.", "dx·dy* 0.", "stimuli 0."):
        assert text.count(simple) >= 2
    assert len(re.findall(r"<p>(not universal|universal|cannot tell): ", text)) == 2
    kept = {path.suffix for path in (tmp_path / "out").iterdir()}
    assert kept == {".html", ".nc", ".nwb"}
    assert float(nu.load(tmp_path / "out" / "constants_1.nc").r2.sel(variable="h").min()) > 0.999


@pytest.mark.slow
def test_the_learning_monkey(page, real_data):
    fields = {"keep": ("Bs[{}].time", 7, None), "activity": "Bs[{}].latents", "condition": "Bs[{}].target"}
    fields["trial"] = "Bs[{}].trial_index"

    def block(i):
        return {k: (v[0].format(i), *v[1:]) if isinstance(v, tuple) else v.format(i) for k, v in fields.items()}

    text = page(
        real_data / "bci_hennig2021" / "20160728.mat", mapping=block(1), stimulus_mapping=block(0), targets="angles"
    )
    assert "windows of trials, with folds from alternating trials" in text
    assert "the law explains R² = " in text


@pytest.mark.slow
def test_time_within_the_trial_is_said_to_be_that(page, real_data):
    text = page(real_data / "zhang_desimone_7objects" / "zd.mat")
    assert "time within the trial, not learning" in text


def test_recorded_tasks_read_names(make_world):
    rec = nu.simulate_brain(nu.tasks.xor(), sessions=2, repeats=4, neurons=5, width=10, epochs=20)
    names = np.array(["car_low", "car_high", "cat_low", "cat_high"])
    codes = np.unique(rec.condition.values, return_inverse=True)[1]
    from neurouniv.design import recorded_task

    task = recorded_task(rec.assign_coords(condition=("trial", names[codes])))
    assert task.label.values.tolist() == ["car", "car", "cat", "cat"]
    same = task.targets.sel(condition="car_low") == task.targets.sel(condition="car_high")
    assert bool(same.all())
    with pytest.raises(nu.InputError, match="degrees"):
        recorded_task(rec.assign_coords(condition=("trial", names[codes])), targets="angles")
    from_first = recorded_task(rec, stimuli="first")
    first = rec.activity[(rec.session == 1).values & (rec.condition == "--").values].mean("trial")
    np.testing.assert_allclose(from_first.stimuli.sel(condition="--"), first)
