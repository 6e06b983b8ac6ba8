"""Nothing of the user's is overwritten: no output over an input ever, none over a file that is there unless asked."""

import os
import shutil

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import storage
from neurouniv.cli import run_command
from neurouniv.commands.outputs import need_file
from neurouniv.systems.recordings.formats.nwb.writer import write_nwb


def told(capsys, *arguments):
    """The exit code and what stands on stderr."""
    code = run_command([str(a) for a in arguments])
    return code, capsys.readouterr().err


def recording():
    coords = {"condition": ("trial", list("abcabc" * 4)), "session": ("trial", np.repeat([1, 2, 3, 4], 6))}
    rng = np.random.default_rng(0)
    return xr.Dataset({"activity": (("trial", "channel"), rng.poisson(5.0, (24, 4)) * 1.0)}, coords)


def content(path):
    """All bytes of a file, or of the files of a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [(file.name, file.read_bytes()) for file in files if file.is_file()]


@pytest.fixture
def made(tmp_path):
    """One file of each kind that a command reads, in a folder: task, recordings, trajectory, comparison."""
    task = nu.tasks.from_arrays(np.eye(3), np.eye(3), condition=list("abc"))
    nu.save(task, tmp_path / "task.nc")
    nu.save(recording(), tmp_path / "rec.nc")
    nu.save(recording(), tmp_path / "rec.zarr")
    write_nwb(recording(), tmp_path / "rec.nwb", window=1.0)
    nu.save(nu.trajectory(recording(), task), tmp_path / "traj.nc")
    return tmp_path


INPUTS = {
    "rdm": ["rec.nc", "--out", "{out}"],
    "rdms": ["traj.nc", "{out}"],
    "read": ["rec.nc", "--out", "{out}"],
    "train": ["task.nc", "{out}"],
    "simulate": ["task.nc", "{out}"],
    "fit": ["traj.nc", "--out", "{out}"],
    "compare": ["traj.nc", "--out", "{out}"],
    "verdict": ["traj.nc", "--out", "{out}"],
    "universality": ["traj.nc", "--out", "{out}"],
    "plan": ["task.nc", "--out", "{out}"],
}


@pytest.mark.parametrize("command", INPUTS)
def test_no_command_writes_over_its_input(made, monkeypatch, capsys, command):
    writes_over_no_input(made, monkeypatch, capsys, command, "itself", ["--overwrite"])


@pytest.mark.parametrize("way", ["itself", "dots", "symbolic link", "hard link", "absolute"])
@pytest.mark.parametrize("asked", [[], ["--overwrite"]])
def test_no_input_is_written_over_by_another_name(made, monkeypatch, capsys, way, asked):
    writes_over_no_input(made, monkeypatch, capsys, "rdms", way, asked)


def writes_over_no_input(made, monkeypatch, capsys, command, way, asked):
    monkeypatch.chdir(made)
    name = INPUTS[command][0]
    kept = content(made / name)
    out = {"itself": name, "dots": f"../{made.name}/{name}", "absolute": str(made / name)}.get(way, "link.nc")
    if way == "symbolic link":
        os.symlink(name, made / out)
    if way == "hard link":
        os.link(made / name, made / out)
    code, error = told(capsys, command, *(word.format(out=out) for word in INPUTS[command]), *asked)
    assert code == 2
    assert f"is the input '{name}' itself, which it would replace" in error
    assert content(made / name) == kept


@pytest.mark.parametrize("command", INPUTS)
def test_what_is_there_is_replaced_only_if_asked_and_this_is_told_before_any_work(made, monkeypatch, capsys, command):
    monkeypatch.chdir(made)
    (made / "there.nc").write_text("years of work")
    (made / INPUTS[command][0]).write_text("damaged, which reading it would tell")
    code, error = told(capsys, command, *(word.format(out="there.nc") for word in INPUTS[command]))
    assert code == 2
    assert "'there.nc' is there already. Give the output another name, or replace it: --overwrite" in error
    assert (made / "there.nc").read_text() == "years of work"


def test_the_second_of_two_recordings_is_not_taken_for_the_output(made, monkeypatch, capsys):
    monkeypatch.chdir(made)
    nu.save(recording().isel(trial=slice(12)), "day2.nc")
    kept = content(made / "day2.nc")
    code, error = told(capsys, "rdm", "rec.nc", "day2.nc")
    assert (code, "If both are recordings, name another for it: --out traj.nc" in error) == (2, True)
    assert content(made / "day2.nc") == kept


def test_overwrite_replaces_whole_or_not_at_all(made, monkeypatch, capsys):
    monkeypatch.chdir(made)
    (made / "there.nc").write_text("old")
    assert told(capsys, "rdm", "rec.nc", "there.nc", "--task", "none", "--overwrite")[0] == 0
    np.testing.assert_allclose(nu.load("there.nc").h, nu.trajectory(recording()).h)
    kept = content(made / "there.nc")

    def broken(dataset, path):
        path.write_text("half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(storage, "_write", broken)
    code, error = told(capsys, "rdm", "rec.nc", "there.nc", "--task", "none", "--overwrite")
    assert (code, "there.nc' cannot be written: the disk is full" in error) == (2, True)
    assert content(made / "there.nc") == kept
    assert not list(made.glob(".there*"))


def test_inputs_in_folders_patterns_and_mappings_are_inputs_too(made, monkeypatch, capsys):
    monkeypatch.chdir(made)
    days = made / "days"
    days.mkdir()
    for day in (1, 2):
        nu.save(recording().isel(trial=slice(6 * day, 6 * day + 6)).drop_vars("session"), days / f"day{day}.nc")
    kept = content(days)
    for source in ("days", "days/*.nc", "days/day?.nc"):
        code, error = told(capsys, "rdm", source, "--out", "days/day2.nc", "--overwrite")
        assert (code, "is the input 'days/day2.nc' itself" in error) == (2, True)
    code, error = told(capsys, "rdm", "rec.nc", "--out", "task.nc", "--task", "task.nc", "--overwrite")
    assert (code, "is the input 'task.nc' itself" in error) == (2, True)
    code, error = told(capsys, "read", "rec.nc", "--map", "keep=task.nc,1", "--out", "task.nc", "--overwrite")
    assert (code, "is the input 'task.nc' itself" in error) == (2, True)
    assert content(days) == kept


def test_a_zarr_folder_is_neither_replaced_nor_written_into(made, monkeypatch, capsys):
    monkeypatch.chdir(made)
    kept = content(made / "rec.zarr")
    for out in ("rec.zarr", "rec.zarr/", "./rec.zarr", "rec.zarr/traj.nc"):
        code, error = told(capsys, "rdm", "rec.zarr", "--out", out, "--overwrite")
        assert code == 2
        assert "itself, which it would replace" in error or "lie in one another" in error
    assert content(made / "rec.zarr") == kept
    shutil.copytree("rec.zarr", "old.zarr")
    assert told(capsys, "rdm", "rec.zarr", "--out", "old.zarr", "--task", "none")[0] == 2
    assert told(capsys, "rdm", "rec.zarr", "--out", "old.zarr", "--task", "none", "--overwrite")[0] == 0
    assert "h" in nu.load("old.zarr")


@pytest.mark.parametrize("name", ["mine.zarr", "mine.nc"])
def test_a_folder_that_is_no_zarr_store_is_never_replaced(made, monkeypatch, capsys, name):
    monkeypatch.chdir(made)
    (made / name).mkdir()
    (made / name / "thesis.txt").write_text("years of work")
    code, error = told(capsys, "rdm", "rec.nc", "--out", name, "--overwrite")
    assert (code, "is a folder, and no zarr store that could be replaced" in error) == (2, True)
    with pytest.raises(nu.InputError, match="is a folder, and no zarr store"):
        nu.save(recording(), made / name)
    assert (made / name / "thesis.txt").read_text() == "years of work"


def test_an_input_within_an_output_folder_is_kept(made):
    (made / "out.zarr").mkdir()
    (made / "out.zarr" / ".zgroup").write_text("{}")
    shutil.copy(made / "rec.nc", made / "out.zarr" / "rec.nc")
    with pytest.raises(nu.InputError, match="lie in one another"):
        need_file(made / "out.zarr", [made / "out.zarr" / "rec.nc"], overwrite=True)


@pytest.mark.parametrize("name", ["brain.nwb", "brain-epo.fif", "brain.nc", "brain.zarr"])
def test_simulate_replaces_no_file_unasked(made, capsys, name):
    out = made / name
    (out.mkdir if name.endswith("zarr") else out.touch)()
    before = content(out)
    code, error = told(capsys, "simulate", "xor", out)
    assert (code, "is there already" in error) == (2, True)
    assert content(out) == before


def test_a_folder_of_simulated_sessions_is_replaced_if_asked_and_mixes_with_no_other(tmp_path, capsys):
    command = ["simulate", "xor", tmp_path / "brain", "--repeats", "4", "--neurons", "5"]
    assert told(capsys, *command, "--sessions", "3")[0] == 0
    code, error = told(capsys, *command, "--sessions", "3")
    assert (code, "is not empty: it holds sub-01_ses-01.nwb" in error) == (2, True)
    assert told(capsys, *command, "--sessions", "3", "--overwrite")[0] == 0
    code, error = told(capsys, *command, "--sessions", "2", "--overwrite")
    assert (code, "holds sub-01_ses-03.nwb, which would be read as more sessions" in error) == (2, True)


def test_demo_needs_a_folder_of_its_own(made, capsys):
    kept = content(made)
    code, error = told(capsys, "demo", "--out", made)
    assert (code, "is not empty" in error) == (2, True)
    code, error = told(capsys, "demo", "--recording", made / "rec.nc", "--out", made, "--overwrite")
    assert (code, "holds the input" in error) == (2, True)
    code, error = told(capsys, "demo", "--out", made / "rec.nc")
    assert (code, "is to be a folder, and a file of that name is there" in error) == (2, True)
    assert content(made) == kept


def test_reproduce_replaces_results_of_the_same_experiment_if_asked(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("neurouniv.experiments.experiment.reproduce", lambda *_: xr.Dataset(attrs={"claim": "holds"}))
    (tmp_path / "xor.nc").write_text("a week of a GPU")
    for experiment in ("xor", "all"):
        code, error = told(capsys, "reproduce", experiment, "--out", tmp_path)
        assert (code, f"{tmp_path / 'xor.nc'} is in the folder already" in error) == (2, True)
    assert told(capsys, "reproduce", "digits", "--out", tmp_path)[0] == 0
    assert told(capsys, "reproduce", "xor", "--out", tmp_path, "--overwrite")[0] == 0


def test_a_file_that_is_called_like_one_of_a_data_set_is_kept(tmp_path, capsys):
    mine = tmp_path / "simulated_sequences.mat"
    mine.write_text("my own")
    code, error = told(capsys, "datasets", "simulated_sequences", "--out", tmp_path)
    assert (code, "is there already and is another file" in error) == (2, True)
    assert mine.read_text() == "my own"
    assert told(capsys, "datasets", "simulated_sequences", "--out", tmp_path, "--overwrite")[0] == 0
    assert mine.read_bytes() != b"my own"
    assert told(capsys, "datasets", "simulated_sequences", "--out", tmp_path)[0] == 0  # the same file again


def test_pages_replace_nothing_unasked(made, monkeypatch, capsys):
    monkeypatch.chdir(made)
    (made / "page.html").write_text("mine")
    (made / "report.html").write_text("mine")
    for command in (["universality", "traj.nc", "--report", "page.html"], ["report", "traj.nc"]):
        code, error = told(capsys, *command)
        assert (code, "is there already" in error) == (2, True)
    code, error = told(capsys, "plan", "xor", "--report", "no/such/page.html")
    assert (code, "does not exist. Make it first" in error) == (2, True)
    assert (made / "page.html").read_text() == (made / "report.html").read_text() == "mine"


def test_a_page_of_a_trajectory_says_what_comes_first(tmp_path, capsys):
    paths = {times: tmp_path / f"{times}.nc" for times in (1, 2, 3)}
    for times, path in paths.items():
        pairs = {"first": ("pair", list("aab")), "second": ("pair", list("bcc"))}
        nu.save(xr.Dataset({"h": (("time", "pair"), np.ones((times, 3)))}, {"time": range(times), **pairs}), path)
    said = {1: "neurouniv rdm --help", 2: f"neurouniv change {paths[2]}", 3: f"neurouniv compare {paths[3]} --out"}
    for times, path in paths.items():
        for command in (["report", str(path), str(tmp_path / "page.html")], ["verdict", str(path)]):
            assert run_command(command) == 2
            assert f"is a trajectory, no comparison. Go on with: {said[times]}" in capsys.readouterr().err
