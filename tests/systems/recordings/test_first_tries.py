"""What people type first of files as laboratories have them: it is read, or one message says what to type next."""

import re
import shlex

import numpy as np
import pytest
import xarray as xr
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.read import read_recording

ODOURS = np.tile(["hexanal", "limonene", "octanal"], 4)


def test_excel_with_commas_and_a_row_of_units_is_read_by_the_call_of_the_message(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rates = np.round(np.random.default_rng(0).uniform(1, 9, (12, 3)), 3)
    rows = [
        ";".join([odour, *(f"{rate:.3f}".replace(".", ",") for rate in row)])
        for odour, row in zip(ODOURS, rates, strict=True)
    ]
    (tmp_path / "excel.csv").write_text("\n".join(["sep=;", "odour;n1;n2;n3", ";Hz;Hz;Hz", *rows]) + "\n")
    assert run_command(["read", "excel.csv"]) == 2
    message = capsys.readouterr().err
    assert "Numbers with a comma before their decimals" in message
    call = shlex.split(re.search(r"in a shell: neurouniv (.*)", message)[1])
    assert run_command([*call, "--out", "excel.nc"]) == 0
    means = np.array([rates[odour == ODOURS].mean(axis=0) for odour in dict.fromkeys(ODOURS)])
    with pytest.warns(NeurounivWarning, match="holds units"):
        rec = read_recording("excel.csv", activity="n*", condition="odour", decimal=",")
    first, second = np.triu_indices(3, 1)
    wanted = ((means[first] - means[second]) ** 2).sum(axis=1)
    np.testing.assert_allclose(trajectory(rec).h.values.ravel(), wanted, rtol=1e-12)


def assembly(times=3):
    """A Brain-Score assembly, square but for its names."""
    values = np.random.default_rng(1).normal(size=(12, 12, times))
    bins = {"time_bin_start": ("time_bin", np.arange(times) * 0.02), "time_bin_end": ("time_bin", np.arange(times) + 1)}
    names = {"neuroid_id": ("neuroid", [f"n{k}" for k in range(12)]), "image_id": ("presentation", ODOURS)}
    return xr.Dataset({"xr": (("neuroid", "presentation", "time_bin"), values)}, names | bins)


def test_the_only_variable_of_a_dataset_is_its_activity():
    rec = read_recording(assembly(1).isel(time_bin=0, drop=True), condition="image_id")
    np.testing.assert_array_equal(rec.activity.values, assembly(1).xr.values[:, :, 0].T)
    with pytest.raises(InputError, match="which field is the activity"):
        read_recording(assembly().assign(other=lambda data: 2 * data.xr), condition="image_id")


def test_edges_of_bins_are_shown_as_the_latency():
    with pytest.raises(InputError, match='latency="time_bin_start"'):
        read_recording(assembly(), condition="image_id")
    assert read_recording(assembly(), condition="image_id", latency="time_bin_start").sizes["latency"] == 3


def test_one_session_said_twice_is_one_session(tmp_path):
    rates = np.random.default_rng(2).uniform(size=(12, 2))
    stimulus = np.unique(ODOURS, return_inverse=True)[1]
    for unit in range(2):
        fields = {"rates": rates[:, [unit]], "stimulus": stimulus[:, None], "session": [[1, 1]]}
        savemat(tmp_path / f"unit{unit}.mat", fields)
    with pytest.raises(InputError, match='activity="rates", condition="stimulus"'):
        read_recording(tmp_path)
    words = {"activity": "rates", "condition": "stimulus"}
    rec = read_recording(tmp_path, **words, files="channels")
    np.testing.assert_array_equal(rec.activity.values, rates)
    assert np.unique(rec.session.values).tolist() == [1]
    savemat(tmp_path / "unit0.mat", fields | {"session": [[1, 2]]})
    with pytest.raises(InputError, match=r"2 values for 12 conditions .* name another: session=FIELD"):
        read_recording(tmp_path / "unit0.mat", **words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"conditon": "odour"}, "did you mean 'condition'"),
        ({"colour": "odour"}, r"no setting for reading a Dataset\. The settings are condition, "),
    ],
)
def test_a_misspelt_setting_is_shown_the_one_that_is_near(words, message):
    with pytest.raises(InputError, match=message):
        read_recording(assembly(), **words)


def test_trials_of_other_lengths_ask_for_their_times(tmp_path):
    trials = np.empty(12, dtype=object)
    trials[:] = [np.random.default_rng(k).normal(size=(8, 30 + k % 3)) for k in range(12)]
    savemat(tmp_path / "ragged.mat", {"rates": trials, "odour": ODOURS.astype(object)})
    with pytest.warns(NeurounivWarning), pytest.raises(InputError, match=r"numpy.arange\(30\) / RATE"):
        read_recording(tmp_path / "ragged.mat", activity="rates", condition="odour")


def test_a_signal_said_as_activity_is_told(tmp_path):
    np.save(tmp_path / "F.npy", np.ones((3, 90)))
    np.save(tmp_path / "iscell.npy", np.ones((3, 2)))
    with pytest.raises(InputError, match=r"says `signal`, not `activity`: signal='F'"):
        read_recording(tmp_path, trials={"onset": [0.0], "odour": ["a"]}, activity="F")
