"""The commands of a page: they run, and what they make is what was there."""

from __future__ import annotations

import json
import shlex

import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.page.made_by import made_by
from neurouniv.page.options import Unmade
from neurouniv.page.run_again import HERE, again_of
from neurouniv.page.study_data import study_again, study_data, study_player
from neurouniv.schema import history, with_history

TASK = "digits --per-class 1"
MADE = (
    f"train {TASK} runs.nc --width 15 --gain .5 --nonlinearity tanh --lr .2 --epochs 60 --seeds 2 --record 5",
    "rdm runs.nc net.nc",
    f"simulate {TASK} brain.nc --sessions 4 --repeats 4 --neurons 20 --rule feedback_alignment",
    "rdm brain.nc mouse.nc --task digits --per-class 1 --metric crossnobis",
)


def run(line):
    assert run_command(shlex.split(line)) == 0, line


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The files of commands in a folder, by name."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in MADE:
            run(line)
    return {name: nu.load(folder / f"{name}.nc") for name in ("net", "mouse")}


def same(one, other):
    xr.testing.assert_identical(one.drop_attrs(deep=False), other.drop_attrs(deep=False))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["net", "mouse"])
def test_a_trajectory_is_made_again_by_its_commands(made, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = made_by(history(made[name]), "again file.nc", made[name])
    assert len(lines) == 2
    for line in lines:
        assert line.startswith("neurouniv ")
        run(line.removeprefix("neurouniv "))
    same(nu.load("again file.nc"), made[name])


@pytest.mark.slow
def test_a_comparison_is_made_again_by_the_commands_of_its_page(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, traj in made.items():
        nu.save(traj, f"{name}.nc")
    run("compare net.nc mouse.nc --out first.nc --laws exponential static --partitions 1 --seed 3")
    first = nu.load("first.nc")
    again = again_of(first, {name: traj.assign_attrs(file=f"{name}.nc") for name, traj in made.items()})
    assert again.notes == ()
    assert len(again.commands) == 6
    run(again.commands[-2].removeprefix("neurouniv "))
    same(nu.load("comparison.nc"), first)


def test_a_test_of_universality_names_files_systems_and_settings(made):
    told = {"law": "universal", "rivals": ["static"], "resamples": 50, "permutations": 200, "folds": 2, "partitions": 3}
    told |= {"comparator": "cosine", "seed": 4, "controls": ["my mouse"], "alpha": 0.05, "share": 0.97}
    result = with_history(xr.Dataset(), "universality_test", **told)
    given = {"net": made["net"].assign_attrs(file="a b.nc"), "my mouse": made["mouse"]}
    assert again_of(result, given).commands[-1] == (
        "neurouniv universality 'a b.nc' my_mouse.nc --names net 'my mouse' --rivals static --controls 'my mouse' "
        "--no-other-tasks --folds 2 --partitions 3 --resamples 50 --comparator cosine --seed 4 --report page.html"
    )
    assert run_command(["universality", "--help"]) == 0
    other = again_of(with_history(xr.Dataset(), "universality_test", **told | {"alpha": 0.01}), given)
    assert "alpha=0.01" in other.notes[0]
    assert not any(line.startswith("neurouniv universality") for line in other.commands)


def test_a_command_that_is_known_is_the_last_word(made):
    again = again_of(xr.Dataset(), {"data": made["net"]}, ["neurouniv", "rsa", "data.nc", "my models.csv"])
    assert again.commands[-1] == "neurouniv rsa data.nc 'my models.csv'"
    assert again.commands[0].startswith("neurouniv train digits data_runs.nc --per-class 1")


def test_names_that_are_spelled_alike_have_files_of_their_own(made):
    again = again_of(xr.Dataset(), {"a b": made["net"], "a_b": made["net"]})
    assert [line.split()[-3] for line in again.commands if " rdm " in line] == ["a_b.nc", "a_b_2.nc"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seeds": [3]}, "seeds 0, 1, ...; these are"),
        ({"record": [0, 5]}, "listed one by one"),
        ({"kernel": 3}, "kernel=3"),
    ],
)
def test_what_no_command_makes_is_said(made, change, why):
    steps = [line if line["step"] != "train" else line | {"settings": line["settings"] | change} for line in
             history(made["net"])]  # fmt: skip
    with pytest.raises(Unmade, match=why):
        made_by(steps, "net.nc")


def test_a_task_or_a_start_that_the_history_does_not_tell_is_said(made):
    steps = history(made["net"])
    own = [steps[0] | {"settings": {"name": "from_arrays"}}, *steps[1:]]
    with pytest.raises(Unmade, match="from_arrays"):
        made_by(own, "net.nc")
    with pytest.raises(Unmade, match="--draws"):
        made_by(steps, "net.nc", made["net"].assign(start_var=made["net"].h))
    with pytest.raises(Unmade, match="does not say what it was made from"):
        made_by([], "net.nc")
    assert again_of(xr.Dataset(), {}) is None


def test_a_recording_is_read_again_with_its_fields():
    steps = [
        {"step": "read_recording", "settings": {"files": [{"file": "a 1.nwb", "trials": 9}, {"file": "b.nwb"}],
         "condition": "odour", "session": (1, 2), "sessions_from": "from the file names", "sha256_of": {"a": "1"},
         "keep": [["rt", 0.1, None], ["outcome", "hit"]]}},
        {"step": "with_runs", "settings": {"runs": 4}},
        {"step": "trajectory", "settings": {"metric": "crossnobis", "noise_precision": "none", "weighting": "runs"}},
    ]  # fmt: skip
    assert made_by(steps, "mouse.nc", xr.Dataset()) == [
        "neurouniv rdm 'a 1.nwb' b.nwb --out mouse.nc --map condition=odour session=1,2 keep=rt,0.1, keep=outcome,hit "
        "--task none --runs 4 --metric crossnobis --weighting runs"
    ]
    result = with_history(xr.Dataset(), "compare", systems={"mouse": steps}, laws=["static"])
    assert again_of(result, {"mouse": xr.Dataset(attrs={"history": json.dumps(steps)})}).notes == (HERE,)
    [note] = again_of(result, {}).notes
    assert note == "mouse.nc (mouse): its history does not say whether it was given a task."
    nested = [steps[0] | {"settings": steps[0]["settings"] | {"keep": ["odour", ["x", "y"]]}}, *steps[1:]]
    with pytest.raises(Unmade, match="field keep"):
        made_by(nested, "mouse.nc", xr.Dataset())


@pytest.mark.slow
def test_a_study_runs_again_from_its_folder(tmp_path):
    spec = {"task": "xor", "laws": ["static"], "systems": {
        "networks": [{"name": "mlp", "width": [5, 8], "epochs": 10, "record": 3}]}}  # fmt: skip
    nu.run_study(spec, tmp_path / "my study", workers=0)
    study = nu.open_study(tmp_path / "my study")
    lines = study_again(study).commands
    run(f"{lines[0].removeprefix('neurouniv ')} --quiet --workers 0")
    again = nu.open_study(tmp_path / "my study_again")
    xr.testing.assert_equal(study["systems"].to_dataset()["r2"], again["systems"].to_dataset()["r2"])
    assert lines[1].split()[:3] == ["neurouniv", "study", "report"]
    [row] = study_data(study).tables[0].rows
    assert row[:3] == ["mlp", "network", "none"]
    assert row[4:7] == ["2 networks", 4, "epoch 0 to epoch 10, 3 times"]
    shown = study_player(study, "static")
    assert shown.text.startswith("1 of 2 systems: of every entry of the study's file the first.")
    assert [one["name"] for one in shown.player.data["systems"]] == [str(study["systems"]["system"].values[0])]
