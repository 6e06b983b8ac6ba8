"""What cannot be read is refused with one message that says what to do; nothing in a file is ever run."""

import pickle
import sys

import numpy as np
import pytest
import xarray as xr
from scipy.io import savemat

from neurouniv.schema import InputError
from neurouniv.systems.recordings import learning_axis, read_recording, with_runs, write_nwb

LABELS = np.array(list("abcabc"))
ACTIVITY = np.random.default_rng(0).normal(size=(6, 2))


def dataset(activity=ACTIVITY, condition=LABELS, **coords):
    coords = {name: ("trial", values) for name, values in coords.items()}
    return xr.Dataset({"activity": (("trial", "channel"), activity)}, {"condition": ("trial", condition)} | coords)


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
    refused("is a folder; a recording is a file", tmp_path)
    (tmp_path / "empty.mat").touch()
    refused(r"is empty \(0 bytes\)", tmp_path / "empty.mat")
    (tmp_path / "text.nwb").write_text("hello, I am no HDF5")
    refused("told by their content, and this file begins with b'hello", tmp_path / "text.nwb")
    refused("a path, an mne.Epochs or an xarray.Dataset; a int came", 3)


@pytest.mark.parametrize("name", ["plain.pkl", "renamed.npz", "renamed.nwb"])
def test_pickles_stay_closed(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    refused("is a Python pickle, whatever its name", tmp_path / name)


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


def test_without_labels_the_fields_and_the_call_are_shown(tmp_path):
    path = tmp_path / "x.mat"
    savemat(path, {"rates": np.zeros((9, 4)), "shown": np.arange(9) % 3, "date": "today"})
    text = refused("does not say which field is the condition of each trial", path)
    assert "rates 9x4, shown 9" in text
    call = f'read_recording("{path}", activity="rates", condition="shown")'
    assert call in text
    assert eval(call).sizes["trial"] == 9  # the call that is shown works
    refused("does not say which field is the activity", path, condition="shown")


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
        ({"keep": ("condition", 1, 2)}, "`keep` needs a field with one number"),
        ({"keep": ("condition", "low")}, "`keep` is a field with its lowest and highest"),
        ({"colour": "x"}, r"\['colour'\] is no setting for reading a Dataset"),
        ({"activity": np.full((6, 2), "x")}, "needs to be real numbers"),
    ],
)
def test_labels_and_lengths_that_do_not_fit(mapping, message):
    refused(message, dataset(), **mapping)


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


def test_too_few_trials_for_the_folds_are_named():
    rec = dataset(np.zeros((8, 1)), list("aabaabba"))
    with pytest.raises(InputError, match=r"2 folds need 2 trials.* 'b' in window 1 \(1\)"):
        learning_axis(rec, windows=2, folds=2)
    with pytest.raises(InputError, match=r"'b' in session 1 \(3\)"):
        with_runs(rec, folds=4)
    with pytest.raises(InputError, match="has 2 sessions already"):
        learning_axis(dataset(session=[1, 1, 1, 2, 2, 2]))
    with pytest.raises(InputError, match="7 windows need at least as many trials"):
        learning_axis(dataset(), windows=7, folds=2)


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
