"""The command line: each command's work, its exit code, and one message for each mistake."""

import pickle
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
import scipy.io
import xarray as xr

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.commands import running
from neurouniv.commands.arguments import activity_of
from neurouniv.commands.fit_text import constants_text
from neurouniv.systems.recordings.formats.arrays import chunks


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


@pytest.mark.slow
def test_from_training_to_constants(tmp_path, capsys):
    runs, traj, constants = (tmp_path / name for name in ("runs.nc", "traj.nc", "constants.nc"))
    settings = ["--gain", ".3", "--lr", ".05", "--epochs", "1500", "--seeds", "2", "--quiet"]
    assert told(capsys, "train", "two_points", runs, *settings) == (0, "")
    assert told(capsys, "rdm", runs, traj) == (0, "")
    assert run_command(["fit", str(traj), "--out", str(constants)]) == 0
    assert "eta_h" in capsys.readouterr().out
    assert nu.load(constants).sizes["seed"] == 2
    assert float(nu.load(constants).r2.sel(variable="h").min()) > 0.9


@pytest.mark.slow
def test_a_trajectory_of_networks_carries_what_their_start_tells(tmp_path, capsys):
    runs, traj, result = (tmp_path / name for name in ("runs.nc", "traj.nc", "result.nc"))
    asked = ["--width", "10", "--epochs", "40", "--record", "4", "--per-class", "1", "--quiet"]
    told(capsys, "train", "digits", runs, *asked)
    assert run_command(["rdm", str(runs), str(traj), "--draws", "2"]) == 0
    assert "with start_var" in capsys.readouterr().out
    assert (nu.load(traj).start_var.isel(time=-1) > 0).all()
    told(capsys, "compare", traj, "--laws", "static", "--out", result, "--partitions", "1")
    assert nu.load(result).attrs["ceiling"].startswith("from networks with the same start")


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_from_recording_to_page(tmp_path, brain, capsys):
    traj, result, page = (tmp_path / name for name in ("traj.nc", "result.nc", "page.html"))
    assert told(capsys, "rdm", brain, traj, "--task", "digits", "--per-class", "1", "--metric", "crossnobis")[0] == 0
    asked = ["compare", traj, "--out", result, "--partitions", "1", "--resamples", "30"]
    assert run_command(list(map(str, asked))) == 0
    said = capsys.readouterr().out.splitlines()
    kept = result.read_bytes()
    assert run_command(["verdict", str(result), "--out", str(result)]) == 2
    assert "would replace" in capsys.readouterr().err
    assert result.read_bytes() == kept
    assert run_command(["verdict", str(result)]) == 0
    verdict = capsys.readouterr().out.splitlines()
    assert said[-len(verdict) :] == verdict
    assert "split only once" in "\n".join(verdict)
    assert told(capsys, "report", result, page) == (0, "")
    assert page.read_text().count("<img") + page.read_text().count("<svg") >= 1
    assert verdict[0].split(":")[0] in page.read_text()


@pytest.mark.slow
def test_a_verdict_needs_errors(tmp_path, brain, capsys):
    traj, result = tmp_path / "traj.nc", tmp_path / "result.nc"
    told(capsys, "rdm", brain, traj, "--task", "digits", "--per-class", "1", "--metric", "crossnobis")
    told(capsys, "compare", traj, "--out", result, "--partitions", "1")
    code, message = told(capsys, "verdict", result)
    assert code == 2
    assert "resamples=1000" in message


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
        (["fit"], "`neurouniv fit` needs TRAJECTORY; see neurouniv fit --help"),
        (["compare", "traj.nc"], "`neurouniv compare` needs --out; see neurouniv compare --help"),
        (["fit", "absent.nc"], "There is no file absent.nc."),
        (["fit", "traj.nc", "more.nc"], "`neurouniv fit` has no place for 'more.nc'"),
        (["demo", "brain.nwb"], "`neurouniv demo` has no place for 'brain.nwb'"),
        (["fit", "traj.nc", "--lwa", "gain"], "Did you mean --law?"),
        (["fit", "traj.nc", "--law", "gian"], '"gian" for --law. Choose from: "universal"'),
        (["fit", "traj.nc", "--law"], "--law needs a value; see neurouniv fit --help"),
        (["rdm", "brain.nwb", "t.nc", "--map"], "--map needs a value"),
        (["rdm", "brain.nwb", "t.nc", "--baseline", "1"], "--baseline needs 2 values"),
        (["rdm", "brain.nwb", "t.nc", "--windows", "four"], "--windows is a whole number; got 'four'"),
        (["rdm", "brain.nwb", "t.nc", "--windows", "4.5"], "--windows is a whole number; got '4.5'"),
        (["plan", "xor", "--sessions", "3", "4.5"], "--sessions is a whole number; got '4.5'"),
        (["train", "xor", "runs.nc", "--gain", "big"], "--gain is a number; got 'big'"),
        (["train", "xor"], "`neurouniv train` needs OUT"),
        (["simulate", "xor", "brain.xyz"], "A recording is written as .nwb, -epo.fif, .nc or .zarr"),
        (["study", "rnu"], 'Did you mean "run"?'),
        (["study", "run", "absent.yaml", "--out", "study"], "There is no file 'absent.yaml'"),
        (["--hepl"], "There is no option --hepl. Did you mean --help?"),
        (["-v"], "There is no option -v. Options come after a command"),
        (["train", "digitz", "runs.nc"], "A task is one of two_points, xor, contexts, digits"),
        (["train", "xor", "runs.txt"], ".nc"),
        (["train", "xor", "runs.nc", "--nonlinearity", "sine"], "leaky_relu"),
        (["train", "xor", "runs.nc", "--lr", "fast"], "fast"),
        (["read", "x.mat", "--map", "condition"], "name=field"),
        (
            ["compare", "absent.nc", "--out", "r.nc", "--laws", "newton"],
            '"newton" for --laws. Choose from: "univ',
        ),
        (["report", "absent.nc"], "absent.nc"),
        (["fit", "absent.fif"], "There is no file absent.fif."),
        (["read", "simulated_mouse"], "neurouniv datasets simulated_mouse"),
        (["rdm", "brain.nwb"], "--out traj.nc"),
        (["rdm", "day1.nc", "day2.nc", "day3.nc"], "got 3 paths"),
        (["rdm", "brain.nwb", "t.nc", "--baseline", "-0.2", "0"], "--noise-precision baseline"),
        (["rdm", "brain.nwb", "t.nc", "--shrinkage", "0.1"], "--noise-precision residuals"),
        (["rdm", "brain.nwb", "t.nc", "--step", "0.1"], "--window"),
        (["rdm", "brain.nwb", "t.nc", "--runs", "4"], "--metric crossnobis"),
        (["rdms", "dist.mat", "t.nc", "--map", "metric=cosine"], "--metric"),
        (["rdm", "brain.nwb", "t.nc", "--noise-precision", "white"], "baseline"),
    ],
)
def test_mistakes_are_told_with_what_to_do(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, error = told(capsys, *arguments)
    assert (code, "Traceback" in error) == (2, False)
    assert message in error
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_a_name_like_it_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    nu.save(nu.tasks.xor(), "traj.nc")
    for name in ("trajj.nc", "traj"):
        assert told(capsys, "fit", name) == (2, f"neurouniv: There is no file {name}. Did you mean traj.nc?\n")


def test_help_and_the_version_are_asked_for_as_elsewhere(capsys):
    for words in (["help", "study", "run"], ["study", "run", "--help"]):
        assert run_command(words) == 0
        assert "Usage: neurouniv study run" in capsys.readouterr().out
    for word in ("--version", "-V"):
        assert run_command([word]) == 0
        assert capsys.readouterr().out.strip() == nu.__version__


@pytest.fixture
def epochs():
    """Two sessions of two runs, 5 channels in two areas, 8 latencies from -0.2 s."""
    rng = np.random.default_rng(0)
    condition, session, run = np.array([(c, s, r) for s in "12" for r in "12" for c in "abc" for _ in range(2)]).T
    labels = {"condition": condition, "session": session.astype(int), "run": run.astype(int)}
    coords = {name: ("trial", values) for name, values in labels.items()}
    coords |= {"channel": np.arange(5), "area": ("channel", list("xxyyy")), "latency": np.linspace(-0.2, 0.15, 8)}
    activity = rng.normal(size=(condition.size, 5, 8))
    return xr.Dataset({"activity": (("trial", "channel", "latency"), activity)}, coords)


BASELINE = {"noise_precision": "baseline", "baseline": (-0.2, 0.0)}


@pytest.mark.parametrize(
    ("words", "settings", "windows"),
    [
        ("--metric crossnobis --regions area --axis within_trial", {"regions": "area", "time": "latency"}, None),
        (
            "--metric crossnobis --noise-precision residuals --shrinkage 0.3",
            {"noise_precision": "residuals", "shrinkage": 0.3},
            None,
        ),
        (
            "--metric crossnobis --noise-precision residuals --shrinkage oas",
            {"noise_precision": "residuals", "shrinkage": "oas"},
            None,
        ),
        (
            "--metric mahalanobis --noise-precision baseline --baseline -0.2 0",
            {"metric": "mahalanobis", **BASELINE},
            None,
        ),
        ("--metric crossnobis --weighting trials --no-variance", {"weighting": "trials", "variance": False}, None),
        ("--metric cosine --window 0.1 --step 0.05", {"metric": "cosine"}, (0.1, 0.05)),
        ("--metric crossnobis --chunks 4 --per-channel", {"per_channel": True}, None),
    ],
)
def test_rdm_sets_what_trajectory_does(tmp_path, capsys, epochs, words, settings, windows):
    nu.save(epochs, tmp_path / "rec.nc")
    assert told(capsys, "rdm", tmp_path / "rec.nc", tmp_path / "t.nc", "--task", "none", *words.split()) == (0, "")
    rec = epochs if windows is None else nu.sliding_windows(epochs, *windows)
    expected = nu.trajectory(rec, **({"metric": "crossnobis"} | settings))
    made = nu.load(tmp_path / "t.nc")
    assert set(made.data_vars) == set(expected.data_vars)
    assert list(made.h.coords) == list(expected.h.coords)
    for name, values in expected.data_vars.items():
        assert made[name].dims == values.dims
        np.testing.assert_allclose(made[name], values, rtol=1e-12)


def test_several_files_are_one_movie(tmp_path, capsys, epochs):
    for day in (1, 2):
        nu.save(epochs.isel(trial=epochs.session.values == day), tmp_path / f"day{day}.nc")
    assert run_command(["rdm", *(str(tmp_path / f"day{d}.nc") for d in (1, 2)), "--out", str(tmp_path / "t.nc")]) == 0
    told_of = capsys.readouterr().out
    assert "3 pairs of 3 conditions at 2 times (learning, 1 to 2 sessions), 8 x latency" in told_of
    assert "task: not known; the names of the conditions say nothing of it" in told_of
    np.testing.assert_allclose(nu.load(tmp_path / "t.nc").h, nu.trajectory(epochs).h, rtol=1e-12)


@pytest.mark.slow
def test_the_command_shown_for_a_data_set_can_be_typed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(["datasets", "simulated_mouse"]) == 0
    shown = [line.split("in a shell")[1] for line in capsys.readouterr().out.splitlines() if "in a shell" in line]
    command, task = map(shlex.split, shown)
    assert run_command([*command[1:], *task]) == 0
    expected = nu.trajectory(nu.datasets.load("simulated_mouse"), nu.datasets.truth("simulated_mouse"), "crossnobis")
    np.testing.assert_allclose(nu.load("traj.nc").h, expected.h, rtol=1e-12)


def test_what_read_says_is_next_can_be_done(tmp_path, capsys, epochs):
    mixed = epochs.isel(trial=np.argsort(np.tile(np.arange(8), 3), kind="stable"), latency=0, drop=True)
    mixed = mixed.assign_coords(condition=("trial", list("abc") * 8)).drop_vars(["session", "run"])
    nu.save(mixed, tmp_path / "rec.nc")
    assert run_command(["read", str(tmp_path / "rec.nc")]) == 0
    command = capsys.readouterr().out.split("next: neurouniv ")[1].split()
    command[command.index("traj.nc")] = str(tmp_path / "traj.nc")
    assert run_command(command) == 0
    assert nu.load(tmp_path / "traj.nc").h.attrs["metric"] == "crossnobis"


def test_a_command_given_another_ones_file_names_the_command(tmp_path, capsys, epochs):
    nu.save(epochs, tmp_path / "rec.nc")
    nu.save(nu.trajectory(epochs), tmp_path / "t.nc")
    code, error = told(capsys, "fit", tmp_path / "rec.nc")
    assert (code, "neurouniv rdm" in error) == (2, True)
    code, error = told(capsys, "rdm", tmp_path / "t.nc", tmp_path / "u.nc")
    assert (code, "trajectory" in error, "neurouniv fit" in error) == (2, True, True)
    assert not (tmp_path / "u.nc").exists()


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

    monkeypatch.setattr(running, "help_page", broken)
    code, error = told(capsys, "fit", "--help")
    assert code == 1
    assert "fault of neurouniv" in error
    assert "Traceback" not in error


def test_trials_take_turns_in_runs_to_crossvalidate_over(tmp_path, capsys, epochs):
    nu.save(epochs.drop_vars("run"), tmp_path / "rec.nc")
    assert run_command(["read", str(tmp_path / "rec.nc")]) == 0
    assert "--runs 4 --metric crossnobis" in capsys.readouterr().out
    words = ["--runs", "2", "--metric", "crossnobis", "--task", "none"]
    assert told(capsys, "rdm", tmp_path / "rec.nc", tmp_path / "t.nc", *words) == (0, "")
    expected = nu.trajectory(nu.with_runs(epochs.drop_vars("run"), runs=2), metric="crossnobis")
    np.testing.assert_allclose(nu.load(tmp_path / "t.nc").h, expected.h, rtol=1e-12)


def test_functions_that_a_description_names_are_there(epochs):
    text = nu.describe(epochs.drop_vars(["run", "session"]))
    named = re.findall(r"(\w+)\(rec", text)
    assert {"with_runs", "learning_axis"} <= set(named)
    assert all(callable(getattr(nu, name)) for name in named)


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_large_recording_stays_in_chunks_and_networks_are_read_as_they_stand(tmp_path, monkeypatch, epochs, suffix):
    nu.save(epochs, tmp_path / f"rec{suffix}")
    monkeypatch.setattr(chunks, "LARGE", 100)
    rec = activity_of([tmp_path / f"rec{suffix}"], {}, None, 2)
    assert rec.activity.chunks is not None
    np.testing.assert_array_equal(rec.activity, epochs.activity)
    runs = nu.train(nu.tasks.two_points(), "mlp", width=3, epochs=2, record=2, progress=False)
    nu.save(runs, tmp_path / f"runs{suffix}")
    assert activity_of([tmp_path / f"runs{suffix}"], {}, None, None).identical(nu.load(tmp_path / f"runs{suffix}"))
    for fields, windows, option in (({"chunks": "auto"}, None, "--chunks"), ({}, 3, "--windows")):
        with pytest.raises(nu.InputError, match=f"activity of networks.*{option} is for recordings"):
            activity_of([tmp_path / f"runs{suffix}"], fields, windows, None)


def test_rdms_become_a_trajectory_in_a_shell(tmp_path, capsys):
    rdms = np.random.default_rng(0).random((3, 2, 6))
    np.savez(tmp_path / "dist.npz", dist=rdms, who=np.array(["s1", "s2", "s3"]))
    code, error = told(capsys, "rdm", tmp_path / "dist.npz", tmp_path / "t.nc")
    assert (code, f"neurouniv rdms {tmp_path / 'dist.npz'}" in error) == (2, True)
    fields = ["--map", "rdms=dist", "dims=subject,time", "subject=who", "time=2,5", "condition=a,b,c,d"]
    command = ["rdms", str(tmp_path / "dist.npz"), str(tmp_path / "t.nc"), "--squared", "--time-units", "days"]
    assert run_command([*command, *fields]) == 0
    assert "6 pairs of 4 conditions at 2 times (learning, 2 to 5 days), 3 x subject" in capsys.readouterr().out
    made = nu.load(tmp_path / "t.nc")
    np.testing.assert_array_equal(made.h, rdms)
    assert made.subject.values.tolist() == ["s1", "s2", "s3"]
    assert run_command([*command[:2], str(tmp_path / "u.nc"), "--no-squared", "--map", *fields[1:2], "dims=s,u"]) == 0
    assert "no time, which laws need" in capsys.readouterr().out
    np.testing.assert_allclose(nu.load(tmp_path / "u.nc").h, rdms**2)


def test_constants_are_told_in_four_digits_and_every_message_once():
    seeds = {"seed": [0, 1, 2], "variable": ["h"], "bound": ["lower", "upper"]}
    fit = xr.Dataset({"eta": ("seed", [1 / 3, 123456.0, np.nan])}, seeds)
    fit["eta_interval"] = ("seed", "bound"), np.zeros((3, 2))
    fit["loss"], fit["converged"] = ("seed", [1e-9 / 7] * 3), ("seed", [True, True, False])
    fit["r2"] = ("seed", "variable"), [[0.99]] * 3
    fit["message"] = "seed", ["converged", "data end too early", "data end too early"]
    for one in (fit, fit.isel(seed=1)):
        text = constants_text(one)
        digits = [n.replace(".", "").lstrip("0") for n in re.findall(r"[\d.]+(?=e|\s|$)", text.split("message")[0])]
        assert max(map(len, digits)) == 4
        assert text.count("data end too early") == 1
    assert "message (2 of 3): data end" in constants_text(fit)


def test_lists_of_files_have_no_empty_form(capsys):
    for command in ("rdm", "read", "compare"):
        run_command([command, "--help"])
        assert "--empty" not in capsys.readouterr().out


@pytest.mark.slow
def test_the_universal_laws_kernel_and_exposure_are_chosen(tmp_path, capsys):
    task = nu.tasks.digits(per_class=1)
    rec = nu.simulate_brain(task, world="universal", sessions=4, repeats=4, neurons=30, snr=3.0, seed=0)
    path, out = tmp_path / "traj.nc", tmp_path / "constants.nc"
    nu.save(nu.trajectory(rec, task), path)
    code, _ = told(capsys, "fit", path, "--kernel", "identity", "--exposure", "counts", "--out", out)
    assert code == 0
    settings = nu.load(out).attrs["history"]
    assert '"kernel": "identity"' in settings
    assert '"exposure": "counts"' in settings
    code, error = told(capsys, "fit", path, "--law", "static", "--kernel", "identity")
    assert code == 2
    assert "--kernel belong to the universal law" in error


@pytest.mark.slow
def test_a_reader_of_the_output_may_leave_early():
    words = [sys.executable, "-m", "neurouniv", "datasets"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        command.stdout.close()
        assert command.stderr.read() == ""
        assert command.wait() == 0
