"""Pipes, sockets and devices are told and never opened; links to nothing are told as what they are."""

import os
import socket

import numpy as np
import pytest

from neurouniv import load
from neurouniv.cli import run_command
from neurouniv.schema import InputError
from neurouniv.studies import read_study
from neurouniv.systems.recordings.read import read_recording

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without pipes in folders")


@pytest.mark.parametrize("name", ["x.nwb", "x.npz", "x.csv", "x.nc"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"A file or a folder is needed; '.*{name}' is a pipe. Copy its content"):
        read_recording(tmp_path / name)


def test_other_doors_are_closed_to_pipes_too(tmp_path, capsys):
    for name in ("x.nc", "x.npy", "x.yaml"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="is a pipe"):
        load(tmp_path / "x.nc")
    with pytest.raises(InputError, match="is a pipe"):
        read_study(tmp_path / "x.yaml")
    assert run_command(["rdms", str(tmp_path / "x.npy"), str(tmp_path / "o.nc")]) == 2
    assert run_command(["rdm", str(tmp_path / "x.nc"), "--out", str(tmp_path / "o.nc")]) == 2
    assert capsys.readouterr().err.count("is a pipe") == 2


def test_a_pipe_among_the_files_of_a_folder_or_of_a_call(tmp_path):
    np.savez(tmp_path / "b.npz", activity=np.ones((4, 2)), condition=list("abab"))
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(InputError, match=r"'.*a.npz' cannot be read, and 1 files beside it"):
        read_recording(tmp_path)
    spikes = {"spike_times": np.arange(90) / 10, "spike_clusters": np.arange(90) % 3}
    os.mkfifo(tmp_path / "trials.csv")
    with pytest.raises(FileNotFoundError, match="There is no table of trials"):
        read_recording(spikes, trials=str(tmp_path / "trials.csv"), onset="onset", window=(0, 1), condition="c")


def test_a_socket_a_device_and_links(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    held = socket.socket(socket.AF_UNIX)
    held.bind("x.mat")
    held.close()
    with pytest.raises(InputError, match="is a socket"):
        read_recording(tmp_path / "x.mat")
    (tmp_path / "x.npz").symlink_to("/dev/zero")
    with pytest.raises(InputError, match="is a device"):
        read_recording(tmp_path / "x.npz")
    (tmp_path / "x.nwb").symlink_to(tmp_path / "x.nwb")
    with pytest.raises(FileNotFoundError, match=r"is a link to .*x\.nwb', where no file is"):
        read_recording(tmp_path / "x.nwb")
