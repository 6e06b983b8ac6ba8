"""Ctrl-C or the system ends a command with one line that says what was kept, and with nothing half-written."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.cli import Ended, main, run_command
from neurouniv.commands.stopped import kept_text, stamps, unless_empty
from neurouniv.studies.yaml_lines import write_yaml

AT_WORK = """
import sys
import neurouniv.progress

neurouniv.progress.LINES = 0.05
from neurouniv.cli import main
main(sys.argv[1:])
"""
"""The command line, with a line of progress twenty times a second: who reads one knows that it is at work."""
PROGRESS = " so far, | of 8 cells done"
NETWORK = {"name": "mlp", "width": 10, "epochs": 20, "record": 4}
STUDY = {"name": "long", "task": "xor", "seeds": 4, "batch": 1, "laws": ["static"]}
STUDY |= {"systems": {"networks": [NETWORK, NETWORK | {"name": "slow", "epochs": 10_000_000}]}}


def stopped(folder, words, is_at_work=None, by=signal.SIGINT):
    """Exit code and stderr of a command that gets Ctrl-C, as a terminal sends it, once it is at work; or a signal."""
    code = [sys.executable, "-c", AT_WORK, *words]
    with subprocess.Popen(code, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True) as command:
        try:
            first = command.stderr.readline()
            assert " of " in first, first + command.stderr.read()
            while is_at_work is not None and not is_at_work():
                assert command.poll() is None
                time.sleep(0.05)
            os.killpg(command.pid, by)
            told = command.stderr.read()
            return command.wait(60), [line for line in told.splitlines() if not re.search(PROGRESS, line)]
        finally:
            if command.poll() is None:
                os.killpg(command.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("words", "by"),
    [
        pytest.param("train digits runs.zarr --epochs 100000000", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("train digits runs.nc --epochs 100000000", signal.SIGHUP, marks=pytest.mark.slow),
        pytest.param("demo --out demo", signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(
            "universality one.nc other.nc --out answer.nc --report page.html --resamples 1000",
            signal.SIGINT,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_nothing_is_left_of_work_that_cannot_be_gone_on_with(tmp_path, words, by):
    if words.startswith("universality"):
        task = nu.tasks.from_arrays(np.eye(4), np.eye(4), list("abcd"))
        for name in ("one", "other"):
            nu.save(nu.trajectory(nu.train(task, width=9, epochs=9, record=6, seeds=4), task), tmp_path / f"{name}.nc")
    before = sorted(tmp_path.iterdir())
    code, told = stopped(tmp_path, words.split(), by=by)
    assert (code, told) == (128 + by, ["neurouniv: Stopped. Nothing was written."])
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_study_keeps_its_cells_and_says_how_to_go_on(tmp_path, workers):
    (tmp_path / "study.yaml").write_text(write_yaml(STUDY))
    words = ["study", "run", "study.yaml", "--out", "study", "--workers", workers]
    done = tmp_path / "study" / "cells"
    code, told = stopped(tmp_path, words, lambda: len(list(done.glob("*.nc"))) == 4)
    kept = "neurouniv: Stopped. Kept: study with 4 of 8 cells; run the same command to go on."
    assert (code, told) == (130, [kept])
    assert len([nu.load(path) for path in done.glob("*.nc")]) == 4


def test_what_was_written_before_is_named(tmp_path, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    ends = {"first": ("pair", list("aab")), "second": ("pair", list("bcc"))}
    nu.save(xr.Dataset({"h": ("pair", [1.0, 2.0, 3.0])}, ends), tmp_path / "rdm.nc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("neurouniv.page.report", interrupted)
    words = "rsa rdm.nc rdm.nc --model each --out rsa.nc --report page.html --resamples 9"
    assert run_command(words.split()) == 130
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == "neurouniv: Stopped. Kept: rsa.nc. The same command with --overwrite begins anew."


def test_what_changed_was_written_by_the_command_whatever_clocks_say(tmp_path):
    old, replaced, new, folder = tmp_path / "old.nc", tmp_path / "replaced.nc", tmp_path / "new.nc", tmp_path / "out"
    folder.mkdir()
    for path in (old, replaced):
        path.touch()
    options = [[old, replaced], new, folder, tmp_path / "absent.nc", 3, "old.nc", None]
    before = stamps(options)
    for path in (new, folder / "page.html", folder / ".hidden", tmp_path / "written"):
        path.touch()
        os.utime(path, (100, 100))  # the clock was set back
    os.replace(tmp_path / "written", replaced)
    assert kept_text(options, before) == (
        f"Kept: {replaced}, {new}, {folder / 'page.html'}. The same command with --overwrite begins anew."
    )
    assert kept_text([old], before) == "Nothing was written."


@pytest.mark.parametrize("end", [KeyboardInterrupt, MemoryError])
def test_an_empty_folder_is_taken_away_if_it_is_ours(tmp_path, end):
    def ended(folder):
        with unless_empty(folder):
            folder.mkdir(exist_ok=True)
            raise end

    (tmp_path / "theirs").mkdir()
    for name in ("ours", "theirs"):
        with pytest.raises(end):
            ended(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize(
    ("place", "told"), [("_load", "Stopped. Nothing was written."), ("run_command", "Stopped twice. What is half-")]
)
@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt(), 130), (Ended(signal.SIGTERM), 143)])
def test_it_may_come_while_commands_are_loaded_and_while_they_end(monkeypatch, capsys, place, told, stop, code):
    def interrupted(*_):
        raise stop

    monkeypatch.setattr(f"neurouniv.cli.{place}", interrupted)
    monkeypatch.setattr("neurouniv.cli._listen", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == code
    assert capsys.readouterr().err.startswith(f"neurouniv: {told}")
