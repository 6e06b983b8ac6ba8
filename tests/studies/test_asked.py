"""What a study asks of its systems is what the library's own calls give, with all their settings."""

import json
from pathlib import Path

import numpy as np
import pytest

import neurouniv as nu
from neurouniv.studies import cells_of, read_study
from neurouniv.studies.cell.compute import computed
from neurouniv.studies.cell.parts import part

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
DIGITS = {"name": "digits", "per_class": 1}
SETTINGS = {"width": 20, "epochs": 200, "record": 6, "lr": 0.3, "nonlinearity": "tanh", "gain": 0.5}
TASK = str(Path(__file__).parents[2] / "tutorials" / "studies" / "tasks" / "sequences.csv")
BRAIN = {"sessions": 4, "repeats": 4, "runs": 2, "neurons": 20, "world": "gain"}


def only(spec):
    """What the one cell of a study computes."""
    (cell,) = cells_of(read_study(spec))
    return computed(cell)


def networks(task="xor", **settings):
    return {"task": task, "systems": {"networks": [{"name": "mlp", **SETTINGS, **settings}]}}


def trained(task, **settings):
    return nu.trajectory(nu.train(task, **SETTINGS, **settings, device="cpu", progress=False))


@pytest.mark.slow
def test_a_law_with_settings_is_fitted_with_them():
    laws = ["universal", {"law": "universal", "name": "blind", "kernel": "identity"}]
    found = only(networks(seeds=2) | {"laws": laws})
    constants = nu.UniversalModel(kernel="identity").fit(trained(nu.tasks.xor(), seeds=2)).constants_
    assert found.law.values.tolist() == ["universal", "blind"]
    assert np.array_equal(found.loss.sel(law="blind"), constants.loss)
    assert not np.array_equal(found.loss.sel(law="blind"), found.loss.sel(law="universal"))


def test_settings_that_are_defaults_change_nothing():
    plain, written = ([law] for law in ("universal", {"law": "universal", "weighting": None, "depth": 1}))
    ids = [cells_of(read_study(networks() | {"laws": laws}))[0].id for laws in (plain, written)]
    assert ids[0] == ids[1]


@pytest.mark.slow
def test_a_law_of_a_driven_layer_is_that_of_the_layer_below():
    layers = {"hidden_layers": 2, "layers": [0, 1]}
    laws = ["static", {"law": "inherited", "driven_by": "below"}]
    found = only(networks(**layers) | {"laws": laws, "compare": {"split": "times"}})
    traj = trained(nu.tasks.xor(), **layers)
    area = nu.driven_by(traj.sel(layer=[1]), traj.sel(layer=[0]).assign_coords(layer=[1]))
    constants = nu.LAWS["inherited"]().fit(area).constants_
    driven = found.sel(law="inherited")
    assert np.array_equal(driven.loss.sel(layer=1), constants.loss.sel(layer=1))
    assert np.isnan(driven.loss.sel(layer=0)).all()
    assert not driven.converged.sel(layer=0).astype(bool).any()
    assert "layer below is not recorded" in driven.message.sel(layer=0).item()
    assert np.isfinite(found.loss.sel(law="static")).all()
    compared = nu.compare({"static": nu.LAWS["static"](), "inherited": nu.LAWS["inherited"]()}, area, "times")
    assert part(found, "compare").drop_attrs().equals(compared.drop_attrs())


@pytest.mark.slow
def test_the_ceiling_of_networks_is_what_their_start_tells_where_that_is_asked_for():
    asked = {"laws": ["universal", "gain"], "compare": {"partitions": 1}}
    found = only(networks(DIGITS) | asked | {"start_ceiling": {"draws": 2}})
    traj = trained(nu.tasks.digits(per_class=1))
    assert np.array_equal(found.start_var, nu.start_ceiling(traj, draws=2).start_var)
    assert (part(found, "compare").dynamics_ceiling < 1).all()
    assert (part(only(networks(DIGITS) | asked), "compare").dynamics_ceiling == 1).all()


@pytest.mark.slow
def test_a_comparison_in_sample_is_one():
    found = only(networks() | {"laws": ["static", "gain"], "compare": {"split": None, "comparator": "cosine"}})
    laws = {name: nu.LAWS[name]() for name in ("static", "gain")}
    again = nu.compare(laws, trained(nu.tasks.xor()), None, comparator="cosine")
    assert part(found, "compare").drop_attrs().equals(again.drop_attrs())
    assert part(found, "compare").attrs["split"] == "none"


@pytest.mark.slow
def test_rules_are_those_of_the_library_and_only_where_they_are_asked_for():
    settings = {"rules": ["backprop", "lazy"], "resamples": 20}
    spec = networks(DIGITS) | {"laws": ["static"]}
    spec["systems"]["networks"][0] |= {"rules": settings}
    spec["systems"]["networks"].append({"name": "other", **SETTINGS, "record": 5})
    first, second = cells_of(read_study(spec))
    found = part(computed(first), "rules")
    expected = nu.rules(trained(nu.tasks.digits(per_class=1)), **settings, progress=False)
    assert np.array_equal(found.probability, expected.probability)
    assert found.attrs["answer"] == expected.attrs["answer"]
    assert second.content["rules"] is None


@pytest.mark.slow
def test_a_question_that_cannot_be_answered_leaves_the_rest_and_its_reason():
    asked = networks() | {"laws": ["static", "gain"], "compare": {"split": "times"}, "rules": {}}
    found = only(asked)
    without = only(asked | {"rules": None})
    assert part(found, "compare").equals(part(without, "compare"))
    assert np.array_equal(found.h, without.h)
    with pytest.raises(nu.InputError, match="no part 'rules'"):
        part(found, "rules")
    ((question, reason),) = json.loads(found.attrs["study_unanswered"]).items()
    assert question == "rules"
    assert "6 conditions" in reason
    assert json.loads(without.attrs["study_unanswered"]) == {}


def test_latencies_are_averaged_between_two():
    task, trajectory = nu.tasks.xor(), {"metric": "crossnobis"}
    brain = {"name": "eeg", "sensors": "meeg", **BRAIN, "latencies": [0.06, 0.3], "trajectory": trajectory}
    found = only({"task": "xor", "laws": ["static"], "systems": {"brains": [brain]}})
    rec = nu.simulate_brain(task, sensors="meeg", **BRAIN)
    mean = rec.activity.sel(latency=slice(0.06, 0.3)).mean("latency")
    expected = nu.trajectory(rec.drop_dims("latency").assign(activity=mean), task, **trajectory)
    assert np.array_equal(found.h, expected.h)
    with pytest.raises(nu.InputError, match=r"none from 3 to 4; they go from -0.1 to 0.5"):
        only({"task": "xor", "laws": ["static"], "systems": {"brains": [brain | {"latencies": [3, 4]}]}})


def test_a_data_set_is_read_as_the_registry_says_and_counts_by_its_files():
    visual = {"name": "visual", "dataset": "simulated_sequences", "split": "visual", "task": {"file": TASK}}
    spec = {"laws": ["static"], "trajectory": {"metric": "crossnobis"}, "systems": {"recordings": [visual]}}
    (cell,) = cells_of(read_study(spec))
    rec = nu.datasets.load("simulated_sequences", "visual")
    assert np.array_equal(computed(cell).h, nu.trajectory(rec, nu.tasks.read_task(TASK), metric="crossnobis").h)
    (path,) = nu.datasets.fetch("simulated_sequences", "visual")
    assert list(cell.content["inputs"]) == [TASK, str(path)]
    assert cell.content["settings"]["files"] == [str(path)]


def test_stimuli_may_be_the_activity_of_other_trials_of_the_files(tmp_path):
    rng = np.random.default_rng(0)
    names, session = np.tile(["0", "90", "180", "270"], 6), np.repeat([1, 2, 3], 8)
    np.savez(tmp_path / "a.npz", activity=rng.normal(size=(24, 5)), condition=names, session=session,
             before=rng.normal(size=(24, 5)))  # fmt: skip
    fields = {"activity": "before", "condition": "condition"}
    mapping = {"activity": "activity", "condition": "condition", "session": "session"}
    mouse = {"name": "a", "files": str(tmp_path / "a.npz"), "map": mapping, "stimuli": fields, "targets": "angles"}
    found = only({"laws": ["static"], "systems": {"recordings": [mouse]}})
    rec, before = nu.read_recording(tmp_path / "a.npz", **mapping), nu.read_recording(tmp_path / "a.npz", **fields)
    task = nu.tasks.recorded_task(rec, before, "angles")
    assert np.array_equal(found.dx2, nu.trajectory(rec, task).dx2)
    assert np.array_equal(found.h, nu.trajectory(rec, task).h)


def test_paths_may_have_variables(tmp_path, monkeypatch):
    nu.save(nu.simulate_brain(nu.tasks.xor(), **BRAIN), tmp_path / "mouse.nc")
    mouse = {"name": "mouse", "files": "$MICE_OF_MINE/mouse.nc", "task": "xor"}
    spec = {"laws": ["static"], "systems": {"recordings": [mouse]}}
    with pytest.raises(nu.InputError, match=r"is not set. Set it with `export MICE_OF_MINE=FOLDER`"):
        cells_of(read_study(spec))
    monkeypatch.setenv("MICE_OF_MINE", str(tmp_path))
    study = read_study(spec)
    assert cells_of(study)[0].content["settings"]["files"] == [str(tmp_path / "mouse.nc")]
    assert study.canonical["systems"]["recordings"][0]["files"] == str(tmp_path / "mouse.nc")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"laws": [{"law": "universal", "kernal": "identity"}]}, ["laws[0].kernal", "kernel"]),
        ({"laws": [{"law": "universal", "weighting": "noisy"}]}, ["laws[0].weighting", "'noisy'"]),
        ({"laws": ["static", {"law": "static", "restarts": 5}]}, ["laws[1]", "name:"]),
        ({"laws": ["driven"]}, ["laws[0]", "driven_by: below"]),
        ({"laws": [{"law": "driven", "driven_by": "below"}]}, ["laws", "'mlp'", "layers: [0, 1]"]),
        ({"rules": {"rules": ["backdrop"]}}, ["rules.rules[0]", "did you mean backprop?"]),
        ({"rules": {"level": 2}}, ["rules", "level"]),
        ({"start_ceiling": {"draws": 1}}, ["start_ceiling.draws", "at least 2"]),
        ({"compare": {"split": "condition"}}, ["compare.split", "did you mean conditions?"]),
        ({"compare": {"partitions": 0}}, ["compare.partitions", "at least 1"]),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_told_with_its_place(change, words):
    with pytest.raises(nu.InputError) as error:
        cells_of(read_study(networks() | change))
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dataset": "simulated_mous"}, ["simulated_mouse"]),
        ({"dataset": "mnist"}, ["no recording of conditions"]),
        ({"files": "a.nc", "each": "*.nc"}, ["files", "each", "dataset"]),
        ({"files": "a.nc", "split": "visual"}, ["split"]),
        ({"dataset": "simulated_sequences", "latencies": [2, 1]}, ["latencies", "from and to"]),
    ],
    ids=str,
)
def test_recordings_that_cannot_be_read_are_told(change, words):
    with pytest.raises(nu.InputError) as error:
        cells_of(read_study({"systems": {"recordings": [{"name": "a", **change}]}}))
    assert all(word in str(error.value) for word in ["systems.recordings[0]", *words]), str(error.value)
