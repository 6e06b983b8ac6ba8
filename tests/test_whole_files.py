"""Files that appear whole or not at all: what killed runs left is swept, what living ones write is not."""

import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv import whole_files
from neurouniv.whole_files import HELD, HOUR, NEW, REPLACED, whole

WRITER = """
import sys, time
from pathlib import Path
from neurouniv.whole_files import whole
with whole(Path(sys.argv[1])) as written:
    written.mkdir() if written.suffix == ".zarr" else written.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writer():
    """Starts a process that is in the middle of writing a path."""
    running = []

    def start(path):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout.readline() == "writing\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def killed(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("name", ["a.nc", "a.zarr"])
def test_the_next_run_sweeps_what_a_killed_one_left(tmp_path, writer, name):
    killed(writer(tmp_path / name))
    assert len(list(tmp_path.iterdir())) == 1
    nu.save(xr.Dataset({"h": ("time", np.arange(3.0))}), tmp_path / name)
    assert [place.name for place in tmp_path.iterdir()] == [name]


def test_what_a_living_run_writes_is_left_alone(tmp_path, writer):
    process = writer(tmp_path / "a.nc")
    with whole(tmp_path / "a.nc") as written:
        written.write_text("whole")
    assert (tmp_path / "a.nc").read_text() == "whole"
    assert len(list(tmp_path.iterdir())) == 2
    killed(process)


def test_what_belongs_to_another_output_is_left_alone(tmp_path, writer):
    killed(writer(tmp_path / "a.nc"))
    (tmp_path / ".b.nc-mine").mkdir()  # of a user, without a lock
    (tmp_path / f".b.nc{NEW}old").mkdir()
    (tmp_path / f".b.nc{NEW}old" / "draft").write_text("of a user, too")
    os.utime(tmp_path / f".b.nc{NEW}old", (time.time() - 2 * HOUR,) * 2)
    for name in ("b.nc", "a", "*.nc"):
        with whole(tmp_path / name) as written:
            written.write_text("whole")
    names = {place.name for place in tmp_path.iterdir()}
    left = names - {".b.nc-mine", f".b.nc{NEW}old", "b.nc", "a", "*.nc"}
    assert len(names) == 6
    assert [name.startswith(f".a.nc{HELD}") for name in left] == [True]


def test_a_folder_whose_lock_was_never_made_is_swept_when_it_is_old(tmp_path):
    young, old = (tmp_path / f".a.nc{NEW}{name}" for name in ("young", "old"))
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (time.time() - 2 * HOUR,) * 2)
    with whole(tmp_path / "a.nc") as written:
        written.write_text("whole")
    assert sorted(place.name for place in tmp_path.iterdir()) == [young.name, "a.nc"]


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(IsADirectoryError), whole(tmp_path / "a.txt") as written:
        written.parent.write_text("half")
    assert [(place.name, place.read_text()) for place in tmp_path.iterdir()] == [("a.txt", "before")]


def test_while_it_is_written_its_folder_is_held(tmp_path):
    with whole(tmp_path / "a.txt") as written:
        assert written.parent.name.startswith(f".a.txt{HELD}")
        written.write_text("all")


@pytest.mark.parametrize("last", [1, 2])
def test_a_folder_that_was_there_is_put_back_when_replacing_it_is_stopped(tmp_path, monkeypatch, last):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "old").touch()
    calls = []

    def replaced(source, target, replace=os.replace):
        replace(source, target)
        calls.append(source)
        if len(calls) == last:
            raise KeyboardInterrupt  # which Python raises between two calls

    monkeypatch.setattr(os, "replace", replaced)

    def write():
        with whole(tmp_path / "a.zarr") as written:
            written.mkdir()
            (written / "new").touch()

    with pytest.raises(KeyboardInterrupt):
        write()
    kept = {1: "old", 2: "new"}[last]
    assert [place.relative_to(tmp_path).as_posix() for place in tmp_path.rglob("*")] == ["a.zarr", f"a.zarr/{kept}"]


def test_the_next_run_puts_back_what_a_killed_one_had_moved_aside(tmp_path, writer):
    killed(writer(tmp_path / "a.zarr"))
    (left,) = tmp_path.iterdir()
    (left / REPLACED).mkdir()
    (left / REPLACED / "old").touch()
    with pytest.raises(KeyboardInterrupt), whole(tmp_path / "a.zarr"):
        raise KeyboardInterrupt
    assert [place.name for place in tmp_path.rglob("*")] == ["a.zarr", "old"]


def test_a_scratch_folder_that_cannot_be_removed_does_not_undo_what_was_written(tmp_path, monkeypatch):
    def held_open(self):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(whole_files.Path, "rmdir", held_open)
    with whole(tmp_path / "a.txt") as written:
        written.write_text("all")
    assert (tmp_path / "a.txt").read_text() == "all"


def interrupted(place, line):
    """Replaces a folder, with Ctrl-C at a line (the number of lines run before) of what writes and removes; whether
    so many lines were run."""
    count = itertools.count()

    def trace(frame, event, argument):
        if frame.f_code.co_filename not in (whole_files.__file__, shutil.__file__):
            return None
        if event == "line" and next(count) == line:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with suppress(KeyboardInterrupt, OSError), whole(place) as written:
            written.mkdir()
            (written / "part").write_text("new")
    finally:
        sys.settrace(before)
    return next(count) > line


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_after_ctrl_c_at_any_line_one_of_both_is_there_and_the_next_run_removes_what_is_left(tmp_path):
    line = 0
    while interrupted(old := folder_with(tmp_path / f"{line}" / "a.zarr"), line):
        for scratch in old.parent.glob(f".a.zarr{NEW}*"):  # without a lock, swept when it is old
            os.utime(scratch, (time.time() - 2 * HOUR,) * 2)
        with pytest.raises(RuntimeError, match="another fault"), whole(old):
            raise RuntimeError("another fault")
        assert [place.name for place in old.parent.iterdir()] == ["a.zarr"]
        assert (old / "part").read_text() in ("old", "new")
        line += 1
    assert line > 80
    gc.collect()  # of files that the standard library was kept from closing


def folder_with(place):
    place.mkdir(parents=True)
    (place / "part").write_text("old")
    return place
