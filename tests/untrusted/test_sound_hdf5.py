"""HDF5 files that would spin or end this process are refused by the process that looks through them."""

import os
import re

import h5py
import numpy as np
import pytest
import xarray as xr

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.arrays import groups
from neurouniv.systems.recordings.read import read_recording
from neurouniv.untrusted import look, sound_hdf5

LABELS = np.array(list("abcabc"))
ACTIVITY = np.random.default_rng(0).normal(size=(6, 2))


def write_netcdf(path):
    data = {"activity": (("trial", "channel"), ACTIVITY)}
    xr.Dataset(data, {"condition": ("trial", LABELS), "trial": np.arange(6.0)}).to_netcdf(path)


def test_a_netcdf_file_whose_references_lead_to_nothing_ends_another_process(tmp_path):
    """netCDF-C 4.10 reads through a reference to a dimension that is gone, and ends whoever calls it."""
    path = tmp_path / "x.nc"
    write_netcdf(path)
    assert read_recording(path).sizes == {"trial": 6, "channel": 2}
    with h5py.File(path, "r+") as file:
        del file["trial"]
        file["trial"] = np.zeros(9, "V7")
    with pytest.raises(InputError, match=r"cannot be read: reading it ends the library|cannot be read"):
        read_recording(path)


def test_a_file_that_netcdf_fails_to_open_is_not_opened_by_the_reader_itself(tmp_path):
    """It would stay open there, and files that are read later end the process."""
    path = tmp_path / "a.nc"
    write_netcdf(path)
    whole, refused = path.read_bytes(), 0
    for header in re.finditer(b"OHDR|OCHK", whole):
        damaged = bytearray(whole)
        damaged[header.start() + 12] ^= 1
        path.write_bytes(damaged)
        try:
            sound_hdf5.need_sound_netcdf(path)
        except InputError as error:
            refused += "netCDF cannot open it (NetCDF: HDF error)" in str(error)
    assert refused >= 3


def test_a_group_within_itself_is_told(tmp_path):
    path = tmp_path / "x.nc"
    write_netcdf(path)
    with h5py.File(path, "r+") as file:
        file["g/back"] = file["/"]
    with pytest.raises(InputError, match=r"its '/g/back' holds itself\. It is damaged"):
        read_recording(path)


def test_links_that_stand_for_billions_are_told(tmp_path, monkeypatch):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["g0/x"] = np.zeros(3)
        for n in range(1, 40):
            file[f"g{n}/left"], file[f"g{n}/right"] = file[f"g{n - 1}"], file[f"g{n - 1}"]
    with pytest.raises(InputError, match="its links make more than 1000000 parts"):
        read_recording(path)
    monkeypatch.setattr(groups, "MOST", 300)
    with h5py.File(path, "r") as file, pytest.raises(InputError, match="more than 300 arrays"):
        for _ in groups.nodes(file):
            pass


def test_long_words_behind_short_references_are_counted(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["words"] = ["a" * 3000] * 2000
    with h5py.File(path, "r") as file:
        words = look.Words(ends=1e9)
        words.add(file["words"])
    assert words.size == 6_000_000
    sound_hdf5.need_sound_hdf5(path)
    assert sound_hdf5._seen(str(path.resolve()), "hdf5", path.stat().st_mtime_ns, path.stat().st_size) == ("", 6e6)


@pytest.mark.skipif(os.name == "nt", reason="the clock of a process ends it")
def test_a_library_that_spins_is_ended_and_the_next_file_is_looked_through(tmp_path, monkeypatch):
    """In place of libhdf5 a program that never answers; what ended it is told, and another one is begun."""
    spinning = tmp_path / "look.py"
    spinning.write_text("import signal\nsignal.setitimer(signal.ITIMER_PROF, 0.05)\nwhile True: pass\n")
    looker = sound_hdf5._Looker()
    with monkeypatch.context() as patch:
        patch.setattr(sound_hdf5, "__file__", str(tmp_path / "sound_hdf5.py"))
        assert looker.seen("x.nc", "netcdf") == ("reading it does not come to an end", 0.0)
        spinning.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
        assert looker.seen("x.nc", "netcdf") == ("reading it ends the library that reads it", 0.0)
    write_netcdf(tmp_path / "x.nc")
    assert looker.seen(str(tmp_path / "x.nc"), "netcdf") == ("", 0.0)
    looker.end()
