"""Pipes, sockets and devices are told and never opened; links to nothing are told as what they are."""

import os
import socket

import nibabel
import numpy as np
import pytest

from neurouniv import figures, load, open_study
from neurouniv.cli import run_command
from neurouniv.commands import figure_inputs
from neurouniv.commands.arguments import movie
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
    for trials in ("trials.csv", "trials"):  # the name whole, and without its ending
        with pytest.raises(InputError, match=r"A file or a folder is needed; '.*trials.csv' is a pipe"):
            read_recording(spikes, trials=str(tmp_path / trials), onset="onset", window=(0, 1), condition="c")


def test_a_pipe_given_beside_a_recording_trajectory_or_study_is_told_alike(tmp_path, make_world):
    for name in ("x.tsv", "x.nii.gz", "x.png", "cells.json"):
        os.mkfifo(tmp_path / name)
    traj, betas = make_world(n=4, times=4), tmp_path / "b.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.random.default_rng(0).random((2, 2, 2, 4)), np.eye(4)), betas)
    image, table = str(tmp_path / "x.nii.gz"), str(tmp_path / "x.tsv")
    calls = [
        lambda: read_recording(betas, conditions=list("abab"), mask=image),
        lambda: read_recording(betas, conditions=list("abab"), residuals=image),
        lambda: read_recording(betas, conditions=table),
        lambda: read_recording(betas, events=table),
        lambda: figures.rdm(traj, icons={"c0": tmp_path / "x.png"}),
        lambda: open_study(tmp_path),
        lambda: open_study(tmp_path / "x.tsv"),
        lambda: figure_inputs.held(tmp_path / "x.tsv"),
        lambda: movie(tmp_path / "x.tsv"),
    ]
    for call in calls:
        with pytest.raises(InputError, match=r"^A file or a folder is needed; '.*' is a pipe. Copy its content"):
            call()


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
