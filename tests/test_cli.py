"""The command line: each command's work, its exit code, and one message for each mistake."""

import pickle

import numpy as np
import pytest
import scipy.io

import neurouniv as nu
from neurouniv import cli
from neurouniv.cli import run_command


def told(capsys, *arguments):
    """The exit code and what stands on stderr."""
    code = run_command([str(a) for a in arguments])
    return code, capsys.readouterr().err


@pytest.fixture
def brain(tmp_path):
    path = tmp_path / "brain.nc"
    task = nu.tasks.digits(per_class=1)
    rec = nu.simulate_brain(task, sessions=4, repeats=6, runs=3, neurons=20, width=30, epochs=300)
    nu.save(rec, path)
    return path


def test_from_training_to_constants(tmp_path, capsys):
    runs, traj, constants = (tmp_path / name for name in ("runs.nc", "traj.nc", "constants.nc"))
    settings = ["--gain", ".3", "--lr", ".05", "--epochs", "1500", "--seeds", "2", "--quiet"]
    assert told(capsys, "train", "two_points", runs, *settings) == (0, "")
    assert told(capsys, "rdm", runs, traj) == (0, "")
    assert run_command(["fit", str(traj), "--out", str(constants)]) == 0
    assert "eta_h" in capsys.readouterr().out
    assert nu.load(constants).sizes["seed"] == 2
    assert float(nu.load(constants).r2.sel(variable="h").min()) > 0.9


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_from_recording_to_page(tmp_path, brain, capsys):
    traj, result, page = (tmp_path / name for name in ("traj.nc", "result.nc", "page.html"))
    assert told(capsys, "rdm", brain, traj, "--task", "digits", "--per-class", "1", "--metric", "crossnobis")[0] == 0
    assert told(capsys, "compare", traj, "--out", result, "--repeats", "1")[0] == 0
    assert told(capsys, "report", result, page) == (0, "")
    assert page.read_text().count("<img") + page.read_text().count("<svg") >= 1


def test_simulate_writes_nwb_that_read_describes(tmp_path, capsys):
    path = tmp_path / "brain.nwb"
    code, _ = told(capsys, "simulate", "xor", path, "--sessions", "2", "--repeats", "4", "--neurons", "5")
    assert code == 0
    assert run_command(["read", str(path)]) == 0
    assert "5 channels" in capsys.readouterr().out


def write_text(path):
    path.write_text("hello world, this is no recording")


def write_unlabelled(path):
    scipy.io.savemat(path, {"activity": np.ones((6, 3)), "speed": np.ones(6)})


def write_nan(path):
    data = np.ones((6, 3))
    data[2, 1] = np.nan
    scipy.io.savemat(path, {"activity": data, "condition": np.array(["a", "b"] * 3, dtype=object)})


def write_pickle(path):
    path.write_bytes(pickle.dumps({"activity": [1, 2, 3]}))


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("absent.nwb", lambda path: None, "no file"),
        ("text.nwb", write_text, "content"),
        ("unlabelled.mat", write_unlabelled, "condition="),
        ("holes.mat", write_nan, "NaN"),
        ("pickle.npz", write_pickle, "pickle"),
        ("empty.mat", lambda path: path.touch(), "empty"),
    ],
)
@pytest.mark.parametrize("command", ["read", "demo"])
def test_files_that_cannot_be_used_end_in_one_message(tmp_path, capsys, command, name, write, message):
    path, out = tmp_path / name, tmp_path / "out"
    write(path)
    arguments = [command, path] if command == "read" else [command, "--recording", path, "--out", out]
    code, error = told(capsys, *arguments)
    assert code == 2
    assert message in error
    assert "Traceback" not in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fitt", "x.nc"], 'Did you mean "fit"?'),
        (["fit"], "requires an argument"),
        (["fit", "absent.nc"], "absent.nc"),
        (["train", "digitz", "runs.nc"], "A task is one of two_points, xor, contexts, digits"),
        (["train", "xor", "runs.txt"], ".nc"),
        (["train", "xor", "runs.nc", "--nonlinearity", "sine"], "leaky_relu"),
        (["train", "xor", "runs.nc", "--lr", "fast"], "fast"),
        (["read", "x.mat", "--map", "condition"], "name=field"),
        (["compare", "absent.nc", "--out", "r.nc", "--laws", "newton"], "A law is one of universal"),
        (["report", "absent.nc"], "absent.nc"),
    ],
)
def test_mistakes_are_told_with_what_to_do(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, error = told(capsys, *arguments)
    assert (code, "Traceback" in error) == (2, False)
    assert message in error
    assert list(tmp_path.iterdir()) == []


def test_one_run_where_two_are_needed(tmp_path, brain, capsys):
    rec = nu.load(brain)
    nu.save(rec.assign_coords(run=("trial", np.ones(rec.sizes["trial"], dtype=int))), tmp_path / "one.nc")
    arguments = ["rdm", tmp_path / "one.nc", tmp_path / "t.nc", "--task", "digits", "--per-class", "1"]
    code, error = told(capsys, *arguments, "--metric", "crossnobis")
    assert code == 2
    assert "run" in error
    assert not (tmp_path / "t.nc").exists()


def test_a_fault_of_ours_is_told_as_one(monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr(cli, "app", broken)
    code, error = told(capsys, "fit", "x.nc")
    assert code == 1
    assert "fault of neurouniv" in error
    assert "Traceback" not in error
