"""`neurouniv simulate` writes what it is asked for, in the format that the path names."""

import pytest

from neurouniv import storage
from neurouniv.cli import run_command
from neurouniv.commands.simulate import SPIKING
from neurouniv.systems.brains import SENSORS
from neurouniv.systems.recordings.read import read_recording

SMALL = ["--sessions", "3", "--repeats", "4", "--runs", "2", "--neurons", "6"]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("brain.nc", ["--world", "step", "--sensors", "calcium", "--snr", "0.2", "--turnover", "0.3", "--behaviour"]),
        ("brain.zarr", ["--world", "gain", "--sensors", "voxels"]),
        ("brain-epo.fif", ["--world", "target", "--sensors", "meeg"]),
        ("sessions", ["--world", "exponential", "--drift", "20"]),
        ("brain.nwb", ["--world", "static", "--sensors", "bursty", "--noise", "2"]),
    ],
)
def test_worlds_sensors_and_formats(tmp_path, name, options):
    pytest.importorskip("pynwb")
    pytest.importorskip("mne")
    assert run_command(["simulate", "xor", str(tmp_path / name), *SMALL, *options]) == 0
    rec = read_recording(tmp_path / name)
    assert sorted(set(rec.session.values.tolist())) == [1, 2, 3]
    assert sorted(set(rec.run.values.tolist())) == [1, 2]


def test_everything_asked_for_is_kept(tmp_path):
    options = ["--world", "step", "--snr", "0.2", "--turnover", "0.3", "--behaviour", "--seed", "7"]
    assert run_command(["simulate", "xor", str(tmp_path / "brain.nc"), *SMALL, *options]) == 0
    rec = storage.load(tmp_path / "brain.nc")
    told = {name: rec.attrs[name] for name in ("world", "snr", "turnover", "seed", "sensors")}
    assert told == {"world": "step", "snr": 0.2, "turnover": 0.3, "seed": 7, "sensors": "spikes"}
    assert "output" in rec


def test_a_mistake_is_told_once(tmp_path, capsys):
    assert run_command(["simulate", "xor", str(tmp_path / "brain.nc"), "--world", "osmosis"]) == 2
    assert 'Choose from: "universal"' in capsys.readouterr().err
    assert not (tmp_path / "brain.nc").exists()


@pytest.mark.parametrize(
    ("name", "sensors", "told"),
    [
        ("brain.nwb", "voxels", ".nwb files hold what is recorded by spikes"),
        ("sessions", "calcium", "Folders of NWB files hold"),
        ("brain-epo.fif", "spikes", ".fif files hold what is recorded by meeg"),
    ],
)
def test_sensors_that_a_format_does_not_hold_are_told_at_once(tmp_path, capsys, monkeypatch, name, sensors, told):
    monkeypatch.setattr("neurouniv.systems.brains.simulate_brain", lambda *_, **__: pytest.fail("simulated"))
    assert run_command(["simulate", "xor", str(tmp_path / name), "--sensors", sensors]) == 2
    assert told in capsys.readouterr().err
    assert set(SPIKING) == {kind for kind, sensor in SENSORS.items() if sensor.units == "spikes/s"}


def test_choices_that_a_file_does_not_hold_are_told(tmp_path, capsys):
    pytest.importorskip("pynwb")
    for name in ("brain.nwb", "sessions"):
        assert run_command(["simulate", "xor", str(tmp_path / name), *SMALL, "--world", "step", "--behaviour"]) == 0
        assert "hold no choices" in capsys.readouterr().err
