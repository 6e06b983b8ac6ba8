"""Simulated recordings come back from their files as they were."""

import json

import numpy as np
import pytest

from neurouniv import storage, tasks
from neurouniv.schema import InputError
from neurouniv.systems.brains import SENSORS, simulate_brain, to_epochs, true_trajectory, write_epochs, write_sessions
from neurouniv.systems.brains.sensors import Calcium
from neurouniv.systems.recordings.read import read_recording

SETTINGS = {"world": "exponential", "sessions": 3, "repeats": 4, "runs": 2, "neurons": 10, "width": 15}
SAME = ("condition", "session", "run", "channel")


@pytest.fixture(scope="module")
def task():
    return tasks.digits(per_class=1)


@pytest.mark.parametrize("turnover", [0.0, 0.3])
@pytest.mark.parametrize("sensors", ["spikes", "bursty", "refractory"])
def test_a_file_for_each_session_makes_the_recording_again(task, tmp_path, sensors, turnover):
    pytest.importorskip("pynwb")
    rec = simulate_brain(task, sensors=sensors, turnover=turnover, window=0.5, **SETTINGS)
    paths = write_sessions(rec, tmp_path / "sub-01")
    assert [path.name for path in paths] == [f"sub-01_ses-0{session}.nwb" for session in (1, 2, 3)]
    found = read_recording(tmp_path / "sub-01", match_channels="name").sortby("channel")
    for name in SAME:
        assert (found[name].values.astype(rec[name].dtype) == rec[name].values).all(), name
    np.testing.assert_array_equal(found.activity, rec.activity)
    if turnover:
        np.testing.assert_array_equal(found.recorded, rec.recorded)


def test_epochs_hold_what_was_simulated(task, tmp_path):
    pytest.importorskip("mne")
    rec = simulate_brain(task, sensors="meeg", behaviour=True, **SETTINGS)
    found = read_recording(write_epochs(rec, tmp_path / "brain-epo.fif"))
    for name in SAME:
        assert (found[name].values == rec[name].values).all(), name
    np.testing.assert_allclose(found.activity, rec.activity, rtol=1e-12, atol=1e-20)
    np.testing.assert_allclose(found.latency, rec.latency, atol=1e-9)
    assert found.activity.attrs["units"] == rec.activity.attrs["units"] == "V"
    epochs = to_epochs(rec)
    assert json.loads(epochs.info["description"])["law_rate"] == rec.attrs["law_rate"]
    assert (epochs.metadata["choice"] == rec.choice.values).all()


@pytest.mark.parametrize("sensors", SENSORS)
def test_netcdf_keeps_everything(task, tmp_path, sensors):
    settings = SETTINGS | {"turnover": 0.0 if sensors in ("voxels", "meeg") else 0.2}
    rec = simulate_brain(task, sensors=sensors, behaviour=True, drift=10.0, **settings)
    storage.save(rec, tmp_path / "brain.nc")
    kept = storage.load(tmp_path / "brain.nc")
    assert kept.identical(rec)
    assert true_trajectory(kept, task).identical(true_trajectory(rec, task))
    read = read_recording(tmp_path / "brain.nc")
    np.testing.assert_array_equal(read.activity, rec.activity)
    assert read.attrs["world"] == "exponential"


def test_files_that_cannot_hold_it(task, tmp_path):
    spikes = simulate_brain(task, **SETTINGS)
    with pytest.raises(InputError, match=r"\(trial, channel, latency\).*sensors='meeg'"):
        to_epochs(spikes)
    framed = simulate_brain(task, sensors=Calcium(frames=True), turnover=0.2, **SETTINGS)
    with pytest.raises(InputError, match="not always recorded"):
        to_epochs(framed)
    with pytest.raises(FileNotFoundError, match="Make it first"):
        write_epochs(spikes, tmp_path / "nowhere" / "brain-epo.fif")
    with pytest.raises(InputError, match="coordinate `session`"):
        write_sessions(spikes[["activity"]].drop_vars("session"), tmp_path / "s")
