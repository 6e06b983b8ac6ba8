"""SPM M/EEG files: the header of a file_array object, and its numbers beside it in channel, time, trial order."""

import numpy as np
import pytest
from scipy.io import savemat
from scipy.io.matlab import MatlabObject

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.read import read_recording

VALUES = np.random.default_rng(0).normal(size=(3, 5, 8)).astype("f4")  # channel, time, trial


def structs(rows):
    array = np.zeros((1, len(rows)), dtype=[(name, object) for name in rows[0]])
    for position, row in enumerate(rows):
        array[0, position] = tuple(row.values())
    return array


def write_spm(path, bad=(), kind="single", transform="time", dtype="<f4", code=16, units=("uV",) * 3, numbers=VALUES):
    numbers.astype(dtype).ravel(order="F").tofile(path.with_suffix(".dat"))
    none = np.zeros((0, 0))
    data = {"fname": rf"C:\data\{path.stem}.dat", "dim": np.array([[3.0, 5.0, 8.0]]), "dtype": code}
    data |= {"be": float(dtype[0] == ">"), "offset": 0.0, "pos": np.ones((1, 3)), "scl_slope": none, "scl_inter": none}
    labels, types = ("Cz", "Pz", "VEOG"), ("EEG", "EEG", "EOG")
    channels = [{"label": n, "bad": 0.0, "type": t, "units": u} for n, t, u in zip(labels, types, units, strict=True)]
    trials = [
        {"label": ("face", "house")[k % 2], "onset": k / 2, "bad": float(k in bad), "repl": 1.0, "events": none}
        for k in range(8 if kind == "single" else 1)
    ]
    header = {"type": kind, "Nsamples": 5.0, "Fsample": 100.0, "timeOnset": -0.02, "trials": structs(trials)}
    header |= {"channels": structs(channels), "data": MatlabObject(structs([data]), classname="file_array")}
    sensors = {"eeg": {"tra": np.eye(90), "label": "all"}}
    savemat(path, {"D": header | {"transform": {"ID": transform}, "sensors": sensors}})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "espm.mat"


@pytest.mark.parametrize(("dtype", "code"), [("<f4", 16), (">f4", 16), ("<f8", 64)])
def test_trials_are_read_with_labels_units_and_times(path, dtype, code):
    write_spm(path, dtype=dtype, code=code)
    with pytest.warns(NeurounivWarning, match="Left out of .*VEOG"):
        rec = read_recording(path)
    np.testing.assert_array_equal(rec.activity.values, np.moveaxis(VALUES[:2], -1, 0))
    assert rec.condition.values.tolist() == ["face", "house"] * 4
    assert rec.activity.attrs["units"] == "uV"
    np.testing.assert_allclose(rec.latency.values, [-0.02, -0.01, 0, 0.01, 0.02], atol=1e-12)
    part = read_recording(path, channels="Pz", window=(0, 0.01))
    np.testing.assert_array_equal(part.activity.values, np.moveaxis(VALUES[1:2, 2:4], -1, 0))


def test_bad_trials_are_left_out_and_said(path):
    write_spm(path, bad=(0, 3))
    with pytest.warns(NeurounivWarning, match="2 of 8 trials, which are marked bad"):
        rec = read_recording(path, channels="EEG")
    np.testing.assert_array_equal(rec.activity.values, np.moveaxis(VALUES[:2], -1, 0)[[1, 2, 4, 5, 6, 7]])
    assert rec.condition.values.tolist() == ["house", "face", "face", "house", "face", "house"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "continuous"}, "of type 'continuous' with 1 trial.*spm_eeg_epochs"),
        ({"transform": "TF"}, r"of frequencies \(TF\)"),
        ({"numbers": VALUES[..., :7]}, r"needs 480 bytes of numbers \(3, 5, 8: channels, times, trials\)"),
        ({"bad": tuple(range(8))}, "no good trial: all 8 are marked bad"),
        ({"units": ("uV", "mV", "uV")}, "needs one type of channel, because their units differ"),
        ({"code": 32}, "of SPM's type 32, which is not read"),
    ],
)
def test_what_cannot_be_read_is_answered(path, settings, message):
    write_spm(path, **settings)
    with pytest.raises(InputError, match=message):
        read_recording(path, channels="EEG")


def test_a_header_without_its_numbers(path):
    write_spm(path)
    path.with_suffix(".dat").unlink()
    with pytest.raises(InputError, match=r"keeps its numbers in 'espm.dat', which is not beside it"):
        read_recording(path, channels="EEG")
