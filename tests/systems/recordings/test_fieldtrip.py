"""FieldTrip structures in MATLAB files: raw, time-locked and averaged trials are read by their own names."""

import numpy as np
import pytest
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.read import read_recording

LABELS, TIMES = ["a", "b", "c", "d"], np.arange(6) / 10
VALUES = np.random.default_rng(0).normal(size=(12, 4, 6))
CODES = np.arange(12) % 3 + 1


def cells(entries):
    array = np.empty(len(entries), dtype=object)
    for position, entry in enumerate(entries):
        array[position] = entry
    return array


def timelock(values=VALUES, **more):
    return {"label": cells(LABELS), "time": TIMES, "trial": values, "dimord": "rpt_chan_time", **more}


def sensors():
    """Where the sensors are: more numbers than the trials have."""
    tra = np.random.default_rng(1).normal(size=(40, 80))
    return {"tra": tra, "label": cells(LABELS), "chanpos": np.zeros((40, 3)), "chantype": cells(["meggrad"] * 4)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ft.mat"


def test_a_time_locked_structure_of_loose_variables_is_read_with_and_without_its_names(path):
    info = np.c_[CODES, np.arange(12)]
    savemat(path, timelock(trialinfo=info))
    short = read_recording(path, condition="trialinfo[:,0]")
    long = read_recording(path, activity="trial", condition="trialinfo[:,0]", latency="time")
    for rec in (short, long):
        np.testing.assert_array_equal(rec.activity.values, VALUES)
        np.testing.assert_array_equal(rec.latency.values, TIMES)
        assert rec.condition.values.tolist() == [str(code) for code in CODES]
        assert rec.channel.values.tolist() == LABELS


def test_the_suggested_call_is_not_the_geometry_of_sensors_and_works_in_python_and_in_a_shell(path, capsys):
    savemat(path, {"data": timelock(trialinfo=np.c_[CODES, np.arange(12)], grad=sensors())})
    with pytest.raises(InputError, match=r"does not say which field is the condition") as caught:
        read_recording(path)
    text = str(caught.value)
    assert "grad" not in text
    call = f'read_recording("{path}", condition="data.trialinfo[:,0]")'
    assert call in text
    rec = eval(call)
    assert rec.activity.shape == (12, 4, 6)
    assert set(rec.channel_type.values) == {"meggrad"}
    run_command(["read", str(path), "--map", "condition=data.trialinfo[:,0]"])
    assert "12 trials, 4 channels, 3 conditions" in capsys.readouterr().out


def test_one_column_of_trialinfo_is_the_condition_and_that_is_said(path):
    savemat(path, {"data": timelock(trialinfo=CODES[:, None])})
    rec = read_recording(path)
    assert rec.condition.values.tolist() == [str(code) for code in CODES]
    assert rec.attrs["conditions_from"] == "trialinfo"
    savemat(path, {"data": timelock(trialinfo=np.arange(12)[:, None])})  # a number for each trial is no condition
    with pytest.raises(InputError, match=r"No field looks like conditions"):
        read_recording(path)


def test_raw_trials_of_one_channel_and_a_window(path):
    trials = [VALUES[k, :1] for k in range(12)]
    raw = {"label": "a", "trial": cells(trials), "time": cells([TIMES] * 12), "trialinfo": CODES[:, None]}
    savemat(path, {"data": raw})
    rec = read_recording(path, window=(0.1, 0.3))
    np.testing.assert_allclose(rec.activity.values, VALUES[:, :1, 1:4])
    with pytest.raises(InputError, match=r"goes beyond the trials"):
        read_recording(path, window=(0.1, 0.9))


def test_averages_of_several_structures_are_conditions(path):
    face, house = ({"label": cells(LABELS), "time": TIMES, "avg": VALUES[k], "dimord": "chan_time"} for k in (0, 1))
    savemat(path, {"face": face, "house": house})
    with pytest.raises(InputError, match=r'structure="face,house"'):
        read_recording(path)
    rec = read_recording(path, structure="face,house")
    np.testing.assert_array_equal(rec.activity.values, VALUES[:2])
    assert rec.condition.values.tolist() == ["face", "house"]
    with pytest.raises(InputError, match=r"holds one average .*face.*, so one condition"):
        read_recording(path, structure="face")
    with pytest.raises(InputError, match=r"has no FieldTrip structure 'car'"):
        read_recording(path, structure="car")


def test_spectra_continuous_data_and_other_sizes_are_answered(path):
    spectra = {
        "label": cells(LABELS),
        "freq": np.arange(3),
        "powspctrm": np.ones((12, 4, 3)),
        "dimord": "rpt_chan_freq",
    }
    savemat(path, {"data": spectra})
    with pytest.raises(InputError, match=r"holds spectra .*rpt_chan_freq.*avgoverfreq"):
        read_recording(path)
    savemat(path, {"data": {"label": cells(LABELS), "trial": cells([VALUES[0]]), "time": cells([TIMES])}})
    with pytest.raises(InputError, match=r"holds one trial: continuous data"):
        read_recording(path)
    savemat(path, {"data": timelock(VALUES[:, :3])})
    with pytest.raises(InputError, match=r"needs numbers for 4 channels .*\(12, 3, 6\)"):
        read_recording(path)


def test_channels_of_eyes_are_left_out_and_said_and_units_are_not_mixed(path):
    names = ["Fz", "Cz", "EOGv", "STI101"]
    savemat(path, {"data": timelock(trialinfo=CODES, label=cells(names))})
    with pytest.warns(NeurounivWarning, match=r"Left out of .*EOGv, STI101"):
        rec = read_recording(path)
    assert rec.channel.values.tolist() == ["Fz", "Cz"]
    np.testing.assert_array_equal(read_recording(path, channels="EOGv").activity.values, VALUES[:, 2:3])
    grad = sensors() | {"chantype": cells(["megmag", "megmag", "megplanar", "megplanar"])}
    savemat(path, {"data": timelock(trialinfo=CODES, grad=grad)})
    with pytest.raises(InputError, match=r'2 megmag, 2 megplanar.*channels="megmag"'):
        read_recording(path)
    assert read_recording(path, channels="megplanar").channel.values.tolist() == ["c", "d"]


def test_settings_of_structures_are_no_settings_of_plain_files(path):
    savemat(path, {"activity": np.eye(4), "condition": np.arange(4) % 2})
    with pytest.raises(InputError, match=r"`structure` is for FieldTrip structures"):
        read_recording(path, structure="data")
    savemat(path, {"data": timelock(trialinfo=CODES)})
    with pytest.raises(InputError, match=r"holds trials; bin, onset is for series without trials"):
        read_recording(path, onset="x", bin=0.1)
