"""The main job, small: it runs to its page, and says what it must."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.demo import RecordingChoices, learners, run


@pytest.fixture
def page(tmp_path):
    def make(*recordings, **choices):
        made = run(tmp_path / "out", list(recordings), RecordingChoices(**choices), fast=True, progress=False)
        return made.read_text()

    return make


@pytest.mark.slow
def test_the_demo_answers_its_question_and_keeps_what_it_made(tmp_path, page):
    text = page()
    result = nu.load(tmp_path / "out" / "universality.nc")
    assert (
        text.index(result.attrs["answer"][:60])
        < text.index("The answer</h2>")
        < text.index("Two points: three curves, two constants</h2>")
    )
    for heading in ("What the law explains", "Constants", "Digits: the geometry", "Two points", "What was run"):
        assert heading in text
    assert set(result["system"].values) == {*learners.NETWORKS, learners.MOUSE, learners.CONTROL}
    assert result["decision"].sel(system=learners.CONTROL) == "not described"
    assert result["decision"].sel(system="tanh, 1 layer") == "described"
    kept = {path.suffix for path in (tmp_path / "out").iterdir()}
    assert kept == {".html", ".nc", ".nwb"}


def test_the_demo_goes_from_learners_to_its_page(tmp_path, page, monkeypatch):
    """The same with seven digits, one kind of networks and one of two points, in seconds."""
    monkeypatch.setattr(learners, "NETWORKS", {"tanh, 1 layer": {}})
    monkeypatch.setattr(learners, "POINTS", {"two layers, linear": learners.POINTS["two layers, linear"]})
    monkeypatch.setattr(learners, "digits", lambda: nu.tasks.digits(per_class=1).isel(condition=slice(0, 7)))
    quick = {"other_tasks": False, "rivals": ["static"], "partitions": 1, "n_jobs": 1}  # processes import for seconds
    trial = "neurouniv.demo.steps.universality_test"
    monkeypatch.setattr(trial, lambda systems, **settings: nu.universality_test(systems, **settings | quick))
    text = page()
    for heading in ("The answer", "Digits: the geometry", "Two points: three curves", "What was run"):
        assert heading in text
    assert (tmp_path / "out" / "simulated_mouse.nwb").exists()
    curves = nu.load(tmp_path / "out" / "two_layers_linear.nc")
    assert float(nu.UniversalModel().fit(curves).constants_.r2.sel(variable="h").min()) > 0.999


@pytest.mark.slow
def test_the_learning_monkey(page, real_data):
    fields = {"keep": ("Bs[{}].time", 7, None), "activity": "Bs[{}].latents", "condition": "Bs[{}].target"}
    fields["trial"] = "Bs[{}].trial_index"

    def block(i):
        return {k: (v[0].format(i), *v[1:]) if isinstance(v, tuple) else v.format(i) for k, v in fields.items()}

    text = page(
        real_data / "bci_hennig2021" / "20160728.mat", mapping=block(1), stimulus_mapping=block(0), targets="angles"
    )
    assert "windows of trials, with runs of alternating trials" in text
    assert "The law explains R² = " in text
    assert "20160728" in text.split("</table>")[0]


@pytest.mark.slow
def test_time_within_the_trial_is_said_to_be_that(page, real_data):
    text = page(real_data / "zhang_desimone_7objects" / "zd.mat")
    assert "time within the trial, not learning" in text


def test_recorded_tasks_read_names(make_world):
    rec = nu.simulate_brain(nu.tasks.xor(), sessions=2, repeats=4, neurons=5, width=10, epochs=20)
    names = np.array(["car_low", "car_high", "cat_low", "cat_high"])
    codes = np.unique(rec.condition.values, return_inverse=True)[1]
    from neurouniv.tasks.inferred_task import recorded_task

    task = recorded_task(rec.assign_coords(condition=("trial", names[codes])))
    assert task.label.sel(condition=names).values.tolist() == ["car", "car", "cat", "cat"]
    same = task.targets.sel(condition="car_low") == task.targets.sel(condition="car_high")
    assert bool(same.all())
    with pytest.raises(nu.InputError, match="degrees"):
        recorded_task(rec.assign_coords(condition=("trial", names[codes])), targets="angles")
    from_first = recorded_task(rec, stimuli="first")
    first = rec.activity[(rec.session == 1).values & (rec.condition == "--").values].mean("trial")
    np.testing.assert_allclose(from_first.stimuli.sel(condition="--"), first)
