"""A disk that is full, read-only or broken is told in words, nothing half-written stays, and what was there does."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import neurouniv as nu
from neurouniv import unwritten
from neurouniv.cli import run_command
from neurouniv.commands.pictures import write_picture
from neurouniv.page import Section, report
from neurouniv.studies.durable import write_text
from neurouniv.systems.recordings.formats.nwb import writer

DATA = xr.Dataset({"h": ("time", np.arange(3.0))})
WRITES = {
    "a.nc": (xr.Dataset, "to_netcdf", lambda path: nu.save(DATA, path)),
    "a.zarr": (xr.Dataset, "to_zarr", lambda path: nu.save(DATA, path)),
    "a.html": (Path, "write_text", lambda path: report(Section("Said", "It holds."), path)),
    "a.png": (Figure, "savefig", lambda path: write_picture(Figure(), path)),
    "a.json": (Path, "write_text", lambda path: write_text("a", path, path.parent)),
}
TOLD = {
    errno.ENOSPC: r"the disk is full \(.* free in .*Free some space",
    errno.EDQUOT: "your quota on the disk is used up .*Free some space",
    errno.EROFS: "the disk is read-only.*a folder that you can write to",
    errno.EACCES: "you have no permission to write there",
    errno.EIO: "the disk has an error.*Ask whoever",
}


def breaking(monkeypatch, owner, name, error):
    """Have one function write a part of its file, then fail."""

    def broken(*arguments, **_):
        part = next(Path(a) for a in arguments if isinstance(a, (str, os.PathLike)))
        (part / "part" if part.is_dir() else part).write_bytes(b"half")
        raise error

    monkeypatch.setattr(owner, name, broken)


@pytest.mark.parametrize("number", TOLD, ids=errno.errorcode.get)
@pytest.mark.parametrize("name", WRITES)
def test_why_nothing_was_written_is_told_and_nothing_of_it_stays(tmp_path, monkeypatch, name, number):
    owner, function, write = WRITES[name]
    breaking(monkeypatch, owner, function, OSError(number, os.strerror(number)))
    with pytest.raises(nu.InputError, match=rf"{name}' cannot be written: {TOLD[number]}") as caught:
        write(tmp_path / name)
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == number
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [RuntimeError("NetCDF: HDF error"), PermissionError(errno.EACCES, "Denied")])
def test_a_full_disk_is_known_though_a_library_calls_it_otherwise(tmp_path, monkeypatch, error):
    (tmp_path / "a.nc").write_bytes(b"before")
    breaking(monkeypatch, xr.Dataset, "to_netcdf", error)
    monkeypatch.setattr(unwritten, "_no_room", lambda path, size: errno.ENOSPC)
    with pytest.raises(nu.InputError, match=r"the disk is full .*about 4.12 kB needed\). Nothing was changed there"):
        nu.save(DATA, tmp_path / "a.nc")
    assert (tmp_path / "a.nc").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.nc"]


def test_room_is_tried_by_writing(tmp_path, monkeypatch):
    assert unwritten._no_room(tmp_path / "a", 100) is None

    class Full(io.BytesIO):
        def write(self, content):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unwritten.tempfile, "TemporaryFile", lambda dir: Full())
    assert unwritten._no_room(tmp_path / "a", 100) == errno.ENOSPC


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), OSError(errno.EACCES, "no", "/elsewhere/input.nc")])
def test_other_errors_while_writing_stay_what_they_are(tmp_path, error):
    with pytest.raises(type(error)) as caught, unwritten.writing(tmp_path / "a.nc"):
        raise error
    assert caught.value is error


def test_nwb_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    coords = {"condition": ("trial", ["a", "b"])}
    rec = xr.Dataset({"activity": (("trial", "channel"), [[1.0, 2.0], [0.0, 1.0]])}, coords)
    breaking(monkeypatch, writer, "_write", OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(writer, "_file", lambda *_: None)
    with pytest.raises(nu.InputError, match="cannot be written: the disk is full"):
        writer.write_nwb(rec, tmp_path / "a.nwb", window=1.0)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_absent_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"to write a.html into does not exist. Make it first"):
        report(Section("Said", "It holds."), tmp_path / "no" / "a.html")


def test_the_command_line_blames_the_disk(tmp_path, make_world, monkeypatch, capsys):
    nu.save(make_world(n=4, times=4), tmp_path / "traj.nc")
    breaking(monkeypatch, xr.Dataset, "to_netcdf", OSError(errno.ENOSPC, "No space left on device"))
    words = ["fit", str(tmp_path / "traj.nc"), "--law", "static", "--out", str(tmp_path / "fit.nc")]
    assert run_command(words) == 2
    assert "fit.nc' cannot be written: the disk is full (" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["traj.nc"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_what_is_printed_to_a_full_disk_is_told_once():
    with open("/dev/full", "w") as full:
        run = subprocess.run([sys.executable, "-m", "neurouniv", "fit", "--help"], stdout=full, stderr=-1, text=True)
    assert run.returncode == 2
    assert run.stderr == (
        "neurouniv: What is printed cannot be written: the disk is full. Let it go elsewhere; files are whole.\n"
    )
