"""`neurouniv rules`: the answer with its doubts, a row a rule; what is amiss in one message, before any work."""

import re

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.commands.rules import rules_text
from neurouniv.which_rule import rules as door
from neurouniv.which_rule.calibration import measured

TASK = nu.tasks.digits(per_class=1).isel(condition=slice(6))


@pytest.fixture(scope="module")
def traj():
    """A linear network of six conditions and five times."""
    network = {"width": 30, "gain": 0.3, "nonlinearity": "linear", "lr": 0.2, "epochs": 400, "record": 5}
    return nu.trajectory(nu.train(TASK, progress=False, **network)).isel(seed=0, layer=0)


@pytest.fixture
def folder(traj, tmp_path):
    nu.save(traj, tmp_path / "traj.nc")
    nu.save(traj.isel(time=slice(3)), tmp_path / "short.nc")
    nu.save(traj[["h"]].drop_vars(["dx2", "dy2"]), tmp_path / "taskless.nc")
    nu.save(xr.Dataset({"activity": (("trial", "channel"), np.ones((2, 2)))}), tmp_path / "rec.nc")
    (tmp_path / "there.png").write_text("mine")
    return tmp_path


def asked(folder, *words):
    return run_command(["rules", *(str(folder / word) if re.search(r"\.[a-z]+$", word) else word for word in words)])


@pytest.fixture
def at_once(compared_rules, monkeypatch):
    """The door answers at once, with a result of known numbers; a call keeps what it was asked."""
    calls = []

    def answer(traj, rules=None, **settings):
        calls.append({"rules": rules, **settings})
        return compared_rules()

    monkeypatch.setattr(door, "rules", answer)
    return calls


@pytest.mark.slow
def test_a_network_is_asked_from_a_file(folder, capsys):
    words = ["--rules", "backprop", "feedback_alignment", "--resamples", "20", "--out", "rules.nc", "--quiet"]
    assert asked(folder, "traj.nc", *words, "--report", "page.html", "--figure", "rules.png") == 0
    said, result = capsys.readouterr().out, nu.load(folder / "rules.nc")
    assert result["rule"].values.tolist() == ["backprop", "feedback_alignment", "none"]
    assert float(result["probability"].sum()) == pytest.approx(1)
    assert said.startswith(f"{result.attrs['answer']}\n")
    assert rules_text(result) in said
    low, high = measured().like["conditions"]
    assert f"6 conditions (calibrated: {low} to {high})" in said.split("rule  ")[0]  # the doubt stands before the table
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert result.attrs["answer"] in page
    first, out = folder / "traj.nc", folder / "rules.nc"
    again = f"neurouniv rules {first} --rules backprop feedback_alignment --resamples 20 --out {out} --report"
    assert again in page.replace("<wbr>", "")
    assert "--quiet" not in page
    assert "<div data-player=" in page
    assert (folder / "rules.png").stat().st_size > 10_000
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_what_is_said_has_the_answer_first_and_doubts_before_the_table(compared_rules):
    lines = rules_text(compared_rules(members=2)).splitlines()
    heads = ["The rule is backprop (50%) or lazy", "Why these data do not separate them: one is the other.",
             "What would separate them: larger changes.", "Doubts: One doubt. And another.", "rule  "]  # fmt: skip
    assert all(line.startswith(head) for line, head in zip(lines, heads, strict=False))
    rows = [re.split(r"\s{3,}", line) for line in lines[5:9]]
    assert [row[0] for row in rows] == [
        "backprop", "lazy learning", "feedback alignment", "none of these (best curve: gain)",
    ]  # fmt: skip
    assert [row[1] for row in rows] == ["50%", "42%", "8%", "<1%"]
    assert [row[2] for row in rows[:2]] == ["cannot tell"] * 2
    assert rows[1][3:] == ["1.05 [0.945, 1.16]", "−0.100 [−0.300, 0.100]", "0.90"]
    assert "means over 2 x seed" in lines[-2]
    assert lines[-1] == "Shares of 9 movies."


def test_without_probabilities_nothing_is_called_probable(compared_rules):
    text = rules_text(compared_rules([np.nan] * 4, doubts=""))
    assert text.count("not known") == 4
    assert "Doubts" not in text
    assert "There are no probabilities" in text
    assert "Shares of" not in text
    assert "cannot tell" not in text


def test_every_option_reaches_the_library(folder, at_once):
    words = ("--rules backprop lazy --outputs --folds 3 --partitions 2 --members subject --resamples 9 --level 0.8 "
             "--seed 4 --quiet")  # fmt: skip
    assert asked(folder, "traj.nc", *words.split()) == 0
    assert at_once == [{
        "rules": ["backprop", "lazy"], "outputs": True, "folds": 3, "partitions": 2, "subjects": "subject",
        "resamples": 9, "level": 0.8, "seed": 4, "progress": False,
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["traj.nc", "--out", "rules.txt"], r"ends in \.nc or \.zarr"),
        (["traj.nc", "--report", "page.pdf"], r"ends in \.html"),
        (["traj.nc", "--figure", "rules.gif"], r"ends in \.png, \.svg, \.pdf; got 'rules\.gif'"),
        (["traj.nc", "--figure", "there.png"], "is there already"),
        (["traj.nc", "--out", "traj.nc", "--overwrite"], "is the input"),
        (["rec.nc"], "holds no trajectory. Make one: neurouniv rdm"),
        (["absent.nc"], "no file .*absent.nc"),
    ],
)
def test_places_and_files_are_checked_before_any_work(words, message, folder, at_once, capsys):
    assert asked(folder, *words) == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert error.count("neurouniv:") == 1
    assert at_once == []
    assert (folder / "there.png").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["traj.nc", "--rules", "backprop", "hebb"], 'Did you mean "hebbian"'),
        (["traj.nc", "--rules", "backprop"], "two or more"),
        (["traj.nc", "--level", "2"], "between 0.5 and 1; got 2"),
        (["short.nc"], "6 conditions and 4 times or more; got 15 pairs and 3 times"),
        (["taskless.nc"], "task"),
    ],
)
def test_what_cannot_be_asked_is_told(words, message, folder, capsys):
    assert asked(folder, *words, "--out", "rules.nc", "--report", "page.html", "--figure", "rules.png") == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert error.count("neurouniv:") == 1
    assert not any((folder / name).exists() for name in ("rules.nc", "page.html", "rules.png"))


@pytest.mark.slow
def test_two_outputs_of_one_name_are_refused_and_a_figure_is_replaced_if_asked(folder, at_once, capsys):
    assert asked(folder, "traj.nc", "--report", "page.html", "--figure", "page.html") == 2
    assert at_once == []
    assert asked(folder, "traj.nc", "--figure", "there.png", "--overwrite") == 0
    assert f"The figure is {folder / 'there.png'}" in capsys.readouterr().out
    assert (folder / "there.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_figures_are_drawn_from_kept_results(folder, compared_rules, capsys):
    nu.save(compared_rules(layers=2), folder / "rules.nc")
    counts = xr.DataArray([[3, 1], [0, 4]], {"true": ["lazy", "none"], "best": ["lazy", "none"]}, ("true", "best"))
    nu.save(counts.to_dataset(name="confusion"), folder / "counts.nc")

    def figure(kind, name, *rest):
        return run_command(["figure", kind, str(folder / name), str(folder / "a.png"), *rest])

    assert figure("rule_probabilities", "rules.nc", "--select", "layer=2") == 0
    assert figure("rule_confusion", "counts.nc", "--title", "Mine", "--overwrite") == 0
    capsys.readouterr()
    for message, words in {
        "neurouniv rules traj.nc --out rules.nc": ["rule_probabilities", "counts.nc"],
        "Count networks of known rules": ["rule_confusion", "rules.nc"],
        "There is no layer '7'": ["rule_probabilities", "rules.nc", "--select", "layer=7"],
        "--select is for layer of this result": ["rule_probabilities", "rules.nc", "--select", "region=V1"],
        "--order is for rdm": ["rule_probabilities", "rules.nc", "--order", "given"],
        "neurouniv figure rule_probabilities": ["rdm", "rules.nc"],
        "neurouniv figure rule_confusion": ["film", "counts.nc"],
    }.items():
        assert figure(*words, "--overwrite") == 2
        error = capsys.readouterr().err
        assert message in error, error
