"""What cannot be read is refused with one message that says what to do; nothing in a file is ever run."""

import gzip
import pickle
import re
import sys
import zipfile

import numpy as np
import pytest
import xarray as xr
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.formats.nwb.writer import write_nwb
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.recordings.several.learning_axis import learning_axis, with_runs

LABELS = np.array(list("abcabc"))
ACTIVITY = np.random.default_rng(0).normal(size=(6, 2))


def dataset(activity=ACTIVITY, condition=LABELS, **coords):
    coords = {name: ("trial", values) for name, values in coords.items()}
    return xr.Dataset({"activity": (("trial", "channel"), activity)}, {"condition": ("trial", condition)} | coords)


def write_matlab_73(path, numbers, condition):
    """What MATLAB's `save -v7.3` writes, of numbers only: HDF5 after 512 bytes of header, axes reversed."""
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in (numbers | {"condition": np.unique(condition, return_inverse=True)[1]}).items():
            file.create_dataset(name, data=np.atleast_2d(values).T).attrs["MATLAB_class"] = np.bytes_("double")
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


class Bomb:
    """Unpickling this would run code."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


def refused(message, source, **mapping):
    with pytest.raises(InputError, match=message) as caught:
        read_recording(source, **mapping)
    return str(caught.value)


def test_missing_file_suggests_a_near_one(tmp_path):
    (tmp_path / "monkey1.mat").touch()
    with pytest.raises(FileNotFoundError, match=r"There is no file .*monkey_1.mat'. Did you mean 'monkey1.mat'\?"):
        read_recording(tmp_path / "monkey_1.mat")
    with pytest.raises(FileNotFoundError, match=r"no folder '.*nowhere' either"):
        read_recording(tmp_path / "nowhere" / "x.nwb")


def test_folder_empty_file_text(tmp_path):
    refused("The folder .* holds no recording that can be read.*no file that could be one", tmp_path)
    (tmp_path / "empty.mat").touch()
    refused(r"is empty \(0 bytes\)", tmp_path / "empty.mat")
    (tmp_path / "text.nwb").write_text("hello, I am no HDF5")
    refused("told by their content, and this file begins with b'hello", tmp_path / "text.nwb")
    refused("a path, an mne.Epochs, an xarray.Dataset.* got a int", 3)


@pytest.mark.parametrize("name", ["plain.pkl", "renamed.npz", "renamed.nwb"])
def test_pickles_stay_closed(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    refused("is a Python pickle, in spite of its name", tmp_path / name)


def test_object_arrays_in_npz_stay_closed(tmp_path):
    np.savez(tmp_path / "x.npz", activity=ACTIVITY, condition=np.array([Bomb()] * 6, dtype=object))
    refused("'condition' in .* is a pickled object array", tmp_path / "x.npz")
    np.save(tmp_path / "x.npy", ACTIVITY)
    refused("one NumPy array without labels", tmp_path / "x.npy")


@pytest.mark.parametrize("kind", ["mat", "nc", "nwb", "fif", "fif.gz", "npz"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_cut_files_are_refused(tmp_path, kind, share):
    path = tmp_path / f"whole-epo.{kind}"
    write_whole(path, kind)
    content = path.read_bytes()
    cut = tmp_path / f"cut-epo.{kind}"
    cut.write_bytes(content[: int(share * len(content))])
    refused("cannot be read .*cut short|cut short", cut)


def write_whole(path, kind):
    activity = np.random.default_rng(0).normal(size=(60, 20))
    labels = np.array(list("abc"))[np.arange(60) % 3]
    if kind == "mat":
        savemat(path, {"activity": activity, "condition": labels.astype(object)}, do_compression=True)
    elif kind == "nc":
        dataset(activity, labels).to_netcdf(path)
    elif kind == "npz":
        np.savez(path, activity=activity, condition=labels)
    elif kind == "nwb":
        pytest.importorskip("pynwb")
        write_nwb(dataset(np.round(np.abs(activity) * 9), labels), path, window=1.0)
    else:
        mne = pytest.importorskip("mne")
        info = mne.create_info(20, 100.0, "eeg")
        events = np.c_[np.arange(60), np.zeros(60, int), np.arange(60) % 3 + 1]
        mne.EpochsArray(activity[:, :, None] * np.ones(30), info, events, verbose="error").save(path, verbose="error")


def damaged(path, at):
    """The file with the bits of one byte turned round."""
    content = bytearray(path.read_bytes())
    content[at] ^= 255
    path.write_bytes(content)


def mat(path, activity=ACTIVITY, condition=LABELS, **settings):
    savemat(path, {"activity": activity, "condition": condition.astype(object)}, **settings)


def cells(trials):
    """A MATLAB cell array."""
    array = np.empty(len(trials), dtype=object)
    array[:] = trials
    return array


def matlab_4(path):
    savemat(path, {"activity": ACTIVITY, "condition": np.arange(6.0)}, format="4")


def matlab_of_another_version(path):
    mat(path)
    content = bytearray(path.read_bytes())
    content[124:126] = b"\x00\x09"
    path.write_bytes(content)


def matlab_header_only(path):
    mat(path)
    path.write_bytes(path.read_bytes()[:128])


def matlab_text(path):
    savemat(path, {"activity": "none", "condition": LABELS.astype(object)})


def matlab_cells_of_different_channels(path):
    mat(path, cells([np.ones((2 + i % 2, 5 + i % 2)) for i in range(6)]))


def matlab_cells_with_an_empty_one(path):
    mat(path, cells([np.ones((2, 5 * (i != 3))) for i in range(6)]))


def matlab_cells_of_text(path):
    mat(path, cells([np.ones((2, 5)), *"abcde"]))


def matlab_times_do_not_fit(path):
    trials, times = [np.ones((2, 5 + i % 2)) for i in range(6)], [np.arange(5.0)] * 6
    savemat(path, {"activity": cells(trials), "latency": cells(times), "condition": LABELS.astype(object)})


def matlab_73_cut(path):
    write_matlab_73(path, {"activity": ACTIVITY}, LABELS)
    path.write_bytes(path.read_bytes()[:600])


def npz_of_text(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sheet.xml", "<x/>")


def npz_with_a_false_array(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("activity.npy", "no array")


def npz_damaged(path):
    np.savez(path, activity=ACTIVITY, condition=LABELS)
    damaged(path, 120)


def npz_short(path):
    np.savez(path, activity=ACTIVITY[:5], condition=LABELS)


def npz_of_objects(path):
    np.savez(path, activity=ACTIVITY.astype(object), condition=LABELS)


def hdf5_empty(path):
    import h5py

    h5py.File(path, "w").close()


def hdf5_in_groups(path):
    import h5py

    with h5py.File(path, "w") as file:
        file["day/rates"], file["day/shown"] = ACTIVITY, np.arange(6) % 3


def netcdf_3_cut(path):
    dataset().to_netcdf(path, format="NETCDF3_64BIT", engine="scipy")
    path.write_bytes(path.read_bytes()[:100])


def zarr_of_no_json(path):
    dataset().to_zarr(path, zarr_format=2, consolidated=False)
    (path / "activity" / ".zarray").write_text("{")


def gzip_cut(path):
    path.write_bytes(gzip.compress(bytes(range(256)) * 99)[:40])


FILES = [
    (matlab_4, "m.mat", r"of version 4, or text; versions 5 to 7.3 are read.*save\(\"new.mat\""),
    (matlab_of_another_version, "m.mat", "Unknown mat file type.*copy or export it again"),
    (matlab_header_only, "m.mat", "no field with more than one value.*Is it the right file"),
    (matlab_text, "m.mat", "real numbers; got type <U4. Check the field given as `activity`"),
    (matlab_cells_of_different_channels, "m.mat", "may differ in length only; .*2x5, 3x6. Leave out the trials"),
    (matlab_cells_with_an_empty_one, "m.mat", "may differ in length only; .*Leave out the trials that are empty"),
    (matlab_cells_of_text, "m.mat", r"an array of real numbers for each; trial 1 \(counted from 0\)"),
    (matlab_times_do_not_fit, "m.mat", "has 6 samples and 5 times; `latency` needs one time per sample"),
    (matlab_73_cut, "m.mat", "begins like a MATLAB 7.3 file but cannot be read .*truncated.*copy or export it again"),
    (npz_of_text, "x.npz", "zip archive without NumPy arrays; it holds sheet.xml.*save its sheet as CSV"),
    (npz_with_a_false_array, "x.npz", "'activity' in .* is no NumPy array. Save it again with np.savez"),
    (npz_damaged, "x.npz", "Bad CRC-32.*copy or export it again"),
    (npz_short, "x.npz", "no axis as long as the 6 conditions.*of the same trials"),
    (npz_of_objects, "x.npz", "is a pickled object array.*is not read. Save"),
    (hdf5_empty, "x.h5", "no field with more than one value"),
    (hdf5_in_groups, "x.h5", r'Its datasets: day.rates 6x2.*activity="day.rates", condition="day.shown"\)'),
    (netcdf_3_cut, "x.nc", "begins like a netCDF or HDF5 file but cannot be read.*copy or export it again"),
    (zarr_of_no_json, "x.zarr", "begins like a zarr store but cannot be read"),
    (gzip_cut, "x.fif.gz", "begins like a gzip file but cannot be read.*cut short"),
]


@pytest.mark.parametrize(("make", "name", "message"), FILES, ids=[make.__name__ for make, _, _ in FILES])
def test_malformed_files_get_one_message_that_says_what_to_do(tmp_path, capsys, make, name, message):
    make(tmp_path / name)
    refused(message, tmp_path / name)
    assert run_command(["read", str(tmp_path / name)]) == 2
    told = capsys.readouterr().err
    assert re.search(message, told)
    assert told.count("\n") == 1
    assert "Traceback" not in told


def test_without_labels_the_fields_and_the_call_are_shown(tmp_path):
    path = tmp_path / "x.mat"
    savemat(path, {"rates": np.zeros((9, 4)), "shown": np.arange(9) % 3, "date": "today"})
    text = refused("does not say which field is the condition of each trial", path)
    assert "rates 9x4, shown 9" in text
    call = f'read_recording("{path}", activity="rates", condition="shown")'
    assert call in text
    assert eval(call).sizes["trial"] == 9  # the call that is shown works
    assert f"in a shell: neurouniv read {path} --map activity=rates condition=shown" in text
    refused("does not say which field is the activity", path, condition="shown")


@pytest.mark.parametrize("name", ["odour", "sequence", "stim_id", "shown"])
def test_the_condition_proposed_is_no_block_or_day(tmp_path, name):
    path = tmp_path / "x.mat"
    fields = {"block": np.arange(24) % 3, "week": np.arange(24) // 6, "correct": np.arange(24) % 2}
    savemat(path, {"rates": np.zeros((24, 4)), **fields, name: np.arange(24) % 8})
    refused(f'condition="{name}"', path)


def test_an_object_in_memory_is_no_path_in_the_call():
    text = refused(r'read_recording\(dict, activity="rates", condition="FIELD"\)', {"rates": np.zeros((4, 3))})
    assert "in a shell" not in text
    assert "No field looks like conditions" in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("target", "no field 'target'. Its variables: Bs.*latents 6x2"),
        ("Bs[2].latents", r"entry 2 of 2 \(counted from 0\)"),
        ("Bs[1]", "is a struct; name one of its fields"),
        ("Bs[-1].latents", "is no name of a field"),
        ("__import__('os').getcwd()", "is no name|no field"),
    ],
)
def test_a_dotted_name_is_parsed_and_told_when_wrong(tmp_path, name, message):
    path = tmp_path / "x.mat"
    block = {"latents": ACTIVITY, "target": np.arange(6)}
    savemat(path, {"Bs": np.array([block, block], dtype=object)})
    refused(message, path, activity="Bs[1].latents", condition=name)


def test_activity_with_nan_says_where_and_can_be_dropped():
    activity = ACTIVITY.copy()
    activity[[1, 4], 1] = np.nan
    refused(r"2 of 12 are NaN or infinite, in 2 of 6 trials \(1, 4.*1 of 2 channels \(1\)", dataset(activity))
    assert read_recording(dataset(activity), missing="drop_trials").sizes["trial"] == 4
    assert read_recording(dataset(activity), missing="drop_channels").sizes["channel"] == 1
    refused("would drop every trial", dataset(activity * np.nan), missing="drop_trials")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"activity": np.zeros((5, 2))}, r"shape \(5, 2\) has no axis as long as the 6 conditions"),
        ({"session": np.ones(5)}, "`session` has 5 values for 6 conditions"),
        ({"activity": np.zeros((6, 2, 4))}, "needs `latency`"),
        ({"activity": np.zeros((6, 2, 4)), "latency": np.arange(3)}, "no axis for the 3 latencies"),
        ({"condition": ["a", "", "b", None, "a", "b"]}, r"2 of 6 have none \(trials 1, 3"),
        ({"condition": [0.0, np.nan, 1.0, 1.0, 0.0, 1.0]}, r"1 of 6 have none \(trials 1"),
        ({"condition": ["a"] * 6}, "at least two conditions; all 6 trials are 'a'"),
        ({"session": list("uvwuvw")}, "Sessions need to be numbers.* 6 of 6"),
        ({"run": [1, 1, np.nan, 2, 2, 2]}, "Every trial needs a run"),
        ({"trial": [1, 1, 2, 2, 3, 3]}, "Trial 1 has more than one condition: a and b"),
        ({"trial": [1, 2, 3, 1, 2, 3]}, "trial 1 lie in separate places"),
        ({"keep": ("condition", 1, 2)}, "needs a field of numbers"),
        ({"keep": ("condition", "low")}, "keeps no row; .condition. holds"),
        ({"colour": "x"}, r"\['colour'\] is no setting for reading a Dataset"),
        ({"activity": np.full((6, 2), "x")}, "needs to be real numbers"),
        ({"activity": ACTIVITY + 1j}, "got type complex128. Take its real part, or its power"),
        ({"activity": ACTIVITY.astype(object)}, "got type object. It may be ragged, or hold text"),
        ({"activity": np.zeros((6, 2, 3)), "latency": [0.0, 0.2, 0.1]}, "increasing times in seconds; 0.1 follows 0.2"),
        ({"activity": np.zeros((6, 2, 3)), "latency": [0.0, 0.2, np.nan]}, "finite times in seconds; 1 are not"),
        ({"activity": np.zeros((6, 2, 3)), "latency": list("abc")}, "`latency` needs times in seconds; got <U1"),
        ({"session": np.array(["2024-01-30", "NaT"] * 3, dtype="M8[D]")}, r"or dates .*; 3 of 6 are not.*NaT"),
        ({"subject": ["m", "", "m", "m", "n", "n"]}, "Every trial needs a subject where subjects are given; 1 of 6"),
        ({"condition": np.zeros((6, 2))}, r'one value per trial; got shape \(6, 2\) .*condition="FIELD\[:,0\]"'),
        ({"channel": ["u"]}, "`channel` has 1 values for 2 channels"),
        ({"missing": "ignore"}, "`missing` is one of .*got 'ignore'"),
    ],
)
def test_labels_and_lengths_that_do_not_fit(mapping, message):
    refused(message, dataset(), **mapping)


@pytest.mark.parametrize(
    ("rec", "message"),
    [
        (dataset(trial=[1, 2, 3] * 2), "trial 1 comes 2 times, and 3 of 6 .*give `session` or `run`; .* the copies"),
        (dataset(trial=[1, 2, 3, 1, 2, 2], session=[1, 1, 1, 2, 2, 2]), "trial 2 comes 2 times in session 2, and 1"),
        (dataset().expand_dims(latency=3), "The 3 latencies of the activity need their times"),
        (dataset(recorded=[True] * 6), r"`recorded` says, true or false.*\(trial, channel\); got bool \('trial',\)"),
        (
            dataset().assign_coords(recorded=(("trial", "channel"), np.arange(12).reshape(6, 2) > 1)),
            r"Every trial needs a recorded channel; 1 of 6 have none \(trials 0",
        ),
    ],
)
def test_datasets_that_are_no_recordings(rec, message):
    refused(message, rec)


def test_numbers_of_trials_may_start_again_with_every_session_or_run():
    again = [1, 2, 3, 1, 2, 3]
    for name in ("session", "run", "subject"):
        rec = read_recording(dataset(trial=again, **{name: [1, 1, 1, 2, 2, 2]}))
        assert rec.trial.values.tolist() == again


def test_a_channel_that_a_session_lacks_is_not_missing_but_not_recorded():
    activity, session = ACTIVITY.copy(), [1, 1, 1, 2, 2, 2]
    activity[3:, 1] = np.nan
    refused('give `missing="not_recorded"` for channels that a session lacks', dataset(activity, session=session))
    rec = read_recording(dataset(activity, session=session), missing="not_recorded")
    assert rec.recorded.values.tolist() == [[True, True]] * 3 + [[True, False]] * 3
    assert read_recording(rec).equals(rec)
    activity[0, 0] = np.nan
    refused("1 of 12 are NaN", dataset(activity, session=session), missing="not_recorded")


@pytest.mark.parametrize(
    ("units", "scale", "told"),
    [("V", 1.0, "above"), ("V", 1e-12, "below"), ("T", 1e-3, "above"), ("µV", 1e-6, "below"), ("Hz", 1e5, "above")],
)
def test_values_that_do_not_fit_their_unit_are_doubted(units, scale, told):
    rec = dataset(ACTIVITY * scale)
    rec.activity.attrs["units"] = units
    with pytest.warns(NeurounivWarning, match=f"is said to be in {units}, and half of it is {told}"):
        read_recording(rec)


@pytest.mark.parametrize(("units", "scale"), [("V", 1e-5), ("T", 1e-13), ("µV", 10), ("spikes/s", 5), ("a.u.", 1e9)])
def test_values_that_fit_their_unit_are_not(units, scale):
    rec = dataset(ACTIVITY * scale)
    rec.activity.attrs["units"] = units
    assert read_recording(rec).activity.attrs["units"] == units


def test_conditions_that_differ_in_capitals_or_spaces_are_doubted():
    with pytest.warns(NeurounivWarning, match="capitals or spaces .*'Face' and 'face'; 'red car' and 'redcar'"):
        read_recording(dataset(condition=["Face", "face", "red car", "redcar", "x", "x"]))


def test_nwb_without_spikes_or_labels(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    from datetime import UTC, datetime

    nwb = pynwb.NWBFile("no spikes", "1", datetime(2020, 1, 1, tzinfo=UTC))
    nwb.add_trial_column("stimulus", "what was shown")
    for i, label in enumerate("abab"):
        nwb.add_trial(start_time=float(i), stop_time=i + 1.0, stimulus=label)
    path = tmp_path / "x.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)
    refused("trials but no units with spike times", path)
    path = write_nwb(dataset(np.round(np.abs(ACTIVITY) * 9)), tmp_path / "y.nwb", window=1.0)
    refused("no field 'stimulus'. Columns of its table 'trials': .*condition 6", path, condition="stimulus")
    refused("stop after it starts", path, window=(1, 0))
    refused("does not divide the window", path, window=(0, 1), bin=0.3)


@pytest.mark.parametrize(("name", "package"), [("x.nwb", "pynwb"), ("x-epo.fif", "mne")])
def test_an_extra_that_is_not_installed_is_named(tmp_path, monkeypatch, name, package):
    pytest.importorskip(package)
    write_whole(tmp_path / name, name.split(".")[1])
    monkeypatch.setitem(sys.modules, package, None)
    refused(rf"needs the package '{package}'.*pip install neurouniv\[recordings\]", tmp_path / name)


def test_continuous_data_in_memory_are_answered_with_the_call_that_cuts_them():
    mne = pytest.importorskip("mne")
    raw = mne.io.RawArray(np.zeros((1, 10)), mne.create_info(1, 100.0, "eeg"), verbose="error")
    refused(r"needs trials, and an mne RawArray has none. Cut them: mne.Epochs\(", raw)


def test_too_few_trials_for_the_runs_are_named():
    rec = dataset(np.zeros((8, 1)), list("aabaabba"))
    with pytest.raises(InputError, match=r"2 runs need 2 trials.* 'b' in window 1 \(1\)"):
        learning_axis(rec, windows=2, runs=2)
    with pytest.raises(InputError, match=r"'b' in session 1 \(3\)"):
        with_runs(rec, runs=4)
    with pytest.raises(InputError, match="has 2 sessions already"):
        learning_axis(dataset(session=[1, 1, 1, 2, 2, 2]))
    with pytest.raises(InputError, match="7 windows need at least as many trials"):
        learning_axis(dataset(), windows=7, runs=2)


@pytest.mark.parametrize(
    ("rec", "window", "message"),
    [(dataset(ACTIVITY), 1.0, "whole number of spikes"), (dataset(np.ones((6, 2))), None, "length of a trial")],
)
def test_nwb_holds_whole_spikes_only(tmp_path, rec, window, message):
    with pytest.raises(InputError, match=message):
        write_nwb(rec, tmp_path / "x.nwb", window=window)
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError, match="no folder"):
        write_nwb(rec, tmp_path / "nowhere" / "x.nwb", window=1.0)
