"""Recipes of recordings that are got by hand run on made-up files of the layout that their sources describe."""

import re
import shlex
from datetime import date

import h5py
import numpy as np
import pytest
import scipy.io

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.commands import app
from neurouniv.datasets.registry import entry_of, faults, registry
from neurouniv.systems.recordings.help.describe import describe

RNG = np.random.default_rng(0)
RECIPES = {name: entry for name, entry in registry().items() if entry.steps}
GOOD = {"about": "a", "axis": "learning", "conditions": "2", "units": "V", "licence": "CC0", "citation": "us"}
GOOD |= {"obtain": "Ask.", "steps": "neurouniv read FILE", "task": "t", "question": "q", "learning": "l"}


def run(name, folder, monkeypatch, **words):
    """The Python of a recipe, run in `folder` with its capitals replaced; what it has made, by name."""
    monkeypatch.chdir(folder)
    lines = [line for line in RECIPES[name].steps.splitlines() if not line.startswith(("neurouniv ", "#"))]
    text = "\n".join(lines)
    for word, value in words.items():
        text = re.sub(rf"\b{word}\b", value, text)
    made = {}
    exec(compile(text, name, "exec"), made)
    return made


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_was_checked_and_what_was_not(name, capsys):
    assert run_command(["datasets", name]) == 0
    out = capsys.readouterr().out
    for head in ("learning", "task", "question", "not verified", "checked", "not checked", "facts from", "steps"):
        assert head in out
    assert run_command(["datasets"]) == 0
    assert re.search(rf"^{name} .* \? ", capsys.readouterr().out, re.MULTILINE)
    assert not nu.datasets.available().tried.sel(name=name)


@pytest.mark.parametrize("name", RECIPES)
def test_commands_of_recipes_have_the_options_they_name(name):
    for line in RECIPES[name].steps.splitlines():
        if line.startswith("neurouniv "):
            words = shlex.split(line, comments=True)[1:]
            app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize(
    ("about", "fault"),
    [
        ({"verified": False, "checked": "code", "unchecked": "files"}, "says what was checked"),
        ({"verified": False, "unchecked": "files", "facts": ["x"]}, "says what was checked"),
        ({"learning": ""}, "a recipe says the task"),
        ({"question": ""}, "a recipe says the task"),
    ],
)
def test_a_recipe_that_says_too_little_is_a_fault(about, fault):
    assert faults({"mine": GOOD}) == []
    assert any(fault in message for message in faults({"mine": GOOD | about}))
    assert entry_of("mine", GOOD | {"facts": ["a"]}).facts == ("a",)


def test_reinert(tmp_path, monkeypatch, capsys):
    shown = [RNG.permutation(np.repeat([8, 29] if t < 3 else [8, 29, 14, 23], 20)).astype(float) for t in range(8)]
    rates = [RNG.gamma(1.0, size=(len(one), 12)) + (one == 8)[:, None] for one in shown]
    points = np.array(list(zip(shown, rates, strict=True)), dtype=[("stimulus", object), ("rates", object)])
    scipy.io.savemat(tmp_path / "Mouse_M01.mat", {"data": points})
    made = run("reinert2021", tmp_path, monkeypatch, DATA="data", RATES="rates", STIMULUS="stimulus")
    assert "160 trials" not in capsys.readouterr().out
    assert set(made["traj"].condition.values.tolist()) == {"8", "29"}
    assert made["traj"].sizes["time"] == 8
    assert (made["traj"].h > 0).all()
    third = made["rec"].isel(trial=made["rec"].session.values == 4).activity
    np.testing.assert_array_equal(third, rates[3][np.isin(shown[3], [8, 29])])


def goltstein(path, cells, groups, onsets, stimuli, spikes, trained):
    """A recording as the code of Goltstein et al. opens it."""
    with h5py.File(path, "w") as file:
        for name, values in (("onFrames", onsets), ("offFrames", onsets + 3), ("uStimId", stimuli)):
            file[f"rec/X/{name}"] = values[:, None].astype(float)
        layer = file.create_group("layer")
        layer["spike"] = spikes
        layer["nROI"] = np.array([[float(cells)]])
        for number, group in enumerate(groups):
            file[f"group{number}"] = np.array([[float(group)]])
        refs = np.array([[file[f"group{n}"].ref] for n in range(cells)], dtype=h5py.ref_dtype)
        layer.create_dataset("ROI/group", data=refs)
        file.create_dataset("rec/L", data=np.array([[layer.ref]], dtype=h5py.ref_dtype))
        angles, frequencies = np.array([[0.0], [90.0], [180.0], [270.0]]), np.array([[0.02], [0.04], [0.02], [0.04]])
        if trained:
            for side, part in (("LeftCat", slice(0, 2)), ("RightCat", slice(2, 4))):
                file[f"rec/stim/S/{side}/Angles"] = angles[part]
                file[f"rec/stim/S/{side}/spatialF"] = frequencies[part]
        else:
            file["rec/stim/S/Angles"], file["rec/stim/S/spatialF"] = angles, frequencies


def test_goltstein(tmp_path, monkeypatch):
    onsets = 5 + 10 * np.arange(64)
    spikes = [RNG.gamma(1.0, size=(700, 5)) for _ in range(2)]
    stimuli = [RNG.permutation(np.repeat([1, 2, 3, 4], 16)) for _ in range(2)]
    groups = [1, 2, 0, 3, 4], [4, 0, 2, 1, 3]
    for day in range(2):
        goltstein(tmp_path / f"{day}.mat", 5, groups[day], onsets, stimuli[day], spikes[day], trained=bool(day))
    made = run("goltstein2021", tmp_path, monkeypatch, BEFORE="'0.mat'", AFTER="'1.mat'")
    rec = made["rec"].sel(channel="4")
    first, second = (rec.activity.values[rec.session.values == day] for day in (1, 2))
    expected = [spikes[0][onset - 1 : onset + 2, 4].mean() for onset in onsets]
    np.testing.assert_allclose(first, expected)
    np.testing.assert_allclose(second, [spikes[1][onset - 1 : onset + 2, 0].mean() for onset in onsets])
    names = np.array(["0/0.02", "90/0.04", "180/0.02", "270/0.04"])
    assert rec.condition.values.tolist() == [*names[stimuli[0] - 1], *names[stimuli[1] - 1]]
    assert made["traj"].sizes["time"] == 2


def test_pearl(tmp_path, monkeypatch, capsys):
    images, repeats = np.r_[1:13, 261:273], 3  # of 520: the others only take time
    cues = [{"CueID": float(image), "NumApp": float(repeats)} for image in images]
    sessions = [{"ShortName": f"s{number}", "CueInfo": cues} for number in range(1, 10)]
    monkeys = [{"Name": name, "Sessions": sessions} for name in ("Marta", "Max")]
    scipy.io.savemat(tmp_path / "MaxMarta_xma2_behav_and_metaNI.mat", {"Monkeys": monkeys})
    category = np.repeat(images > 260, repeats)
    for number, units, size in ((7, 9, 0.0), (9, 11, 3.0)):
        counts = RNG.poisson(4.0 + size * category[:, None, None], (len(category), units, 4)).astype(float)
        scipy.io.savemat(tmp_path / f"Marta_s{number}_allNeurons_variableBin_1.mat", {"X": counts})
    made = run("pearl2024", tmp_path, monkeypatch)
    assert made["traj"].sizes["pair"] == 24 * 23 // 2
    assert "category" in capsys.readouterr().out.split("follows")[1].split(".")[0]


def test_zhong(tmp_path, monkeypatch, capsys):
    walls, frames = RNG.permutation(np.repeat(["leaf1", "circle1", "leaf2"], 8)), 24 * 6
    (tmp_path / "beh").mkdir()
    (tmp_path / "spk").mkdir()
    known = {}
    for day, kind in enumerate(("sup_train1_before_learning", "sup_train1_after_learning")):
        known[kind] = [{"mname": "TX1", "datexp": str(date(2023, 3, 1 + day)), "blk": 1}]
        key = f"TX1_{known[kind][0]['datexp']}_1"
        told = {"ft_CorrSpc": np.tile([1, 1, 1, 1, 1, 0], 24), "ft_move": np.ones(frames), "ntrials": 24}
        told |= {"ft_trInd": np.repeat(np.arange(24), 6), "WallName": walls}
        np.save(tmp_path / "beh" / f"Beh_{kind}.npy", {key: told}, allow_pickle=True)
        planes = [RNG.gamma(1.0, size=(cells, frames)) for cells in (5, 4 + day)]
        np.save(tmp_path / "spk" / f"{key}_neural_data.npy", {"spks": planes}, allow_pickle=True)
    np.save(tmp_path / "beh" / "Imaging_Exp_info.npy", known, allow_pickle=True)
    made = run("zhong2025", tmp_path, monkeypatch)
    last = made["rec"].activity.values[-1]
    expected = np.concatenate(planes)[:, frames - 6 : frames - 1].mean(1)
    np.testing.assert_allclose(last[np.isfinite(last)], expected)
    assert made["traj"].sizes["time"] == 2
    assert "3 conditions" in describe(made["rec"])
