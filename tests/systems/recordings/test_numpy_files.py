"""NumPy's files: arrays are read, pickles never, and a pickle that nobody asked for does not stand in the way."""

import numpy as np
import pytest

from neurouniv.schema import InputError
from neurouniv.systems.recordings.read import read_recording

ACTIVITY, LABELS = np.arange(24.0).reshape(8, 3), np.array(list("abababab"))


class Bomb:
    """Unpickling this would run code."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


def refused(message, source, **mapping):
    with pytest.raises(InputError, match=message):
        read_recording(source, **mapping)


def test_a_pickled_member_that_nobody_asked_for_is_left_out(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, rates=ACTIVITY, condition=LABELS, meta=np.array({"a": Bomb()}))
    rec = read_recording(path, activity="rates")
    assert (rec.activity.values == ACTIVITY).all()
    assert rec.condition.values.tolist() == LABELS.tolist()
    refused(r"rates 8x3, condition 8 \(not read: meta\)", path)
    for word in ("activity", "condition", "session"):
        names = {"activity": "rates", word: "meta"}
        refused("'meta' in .* was not read: it is a pickled object array; unpickling can run any code", path, **names)


def test_the_file_of_a_laboratory_with_a_dict_beside_is_read(real_data):
    rec = read_recording(real_data / "awkward_inputs" / "extra_dict.npz", activity="rates")
    assert rec.activity.shape == (8, 3)
    assert np.unique(rec.condition).tolist() == ["a", "b"]


def test_a_pickle_in_a_npy_file_is_told_as_such(tmp_path):
    np.save(tmp_path / "x.npy", np.array({"rates": ACTIVITY, "bomb": Bomb()}))
    for names in ({}, {"condition": LABELS}):
        refused(r"is a Python pickle in a .npy file .*not read.*np.load\(path, allow_pickle=True\)", tmp_path / "x.npy")
        refused("is a Python pickle", tmp_path / "x.npy", **names)


def test_one_array_is_activity_where_its_labels_are_given(tmp_path):
    np.save(tmp_path / "x.npy", ACTIVITY.astype(">f4"))
    refused(r"one NumPy array without labels, of shape \(8, 3\).*condition=\[...\]", tmp_path / "x.npy")
    rec = read_recording(tmp_path / "x.npy", condition=list(LABELS))
    assert (rec.activity.values == ACTIVITY).all()
    np.save(tmp_path / "y.npy", ACTIVITY.reshape(2, 4, 3)[:1].repeat(8, 0))
    refused("needs `latency`", tmp_path / "y.npy", condition=list(LABELS))


def test_a_table_in_a_npy_file_has_its_columns(tmp_path):
    table = np.zeros(8, dtype=[("rates", float, 3), ("stim", "U1")])
    table["rates"], table["stim"] = ACTIVITY, LABELS
    np.save(tmp_path / "x.npy", table)
    rec = read_recording(tmp_path / "x.npy", activity="rates", condition="stim")
    assert (rec.activity.values == ACTIVITY).all()
    refused("rates 8x3, stim 8", tmp_path / "x.npy")


def test_a_cut_npy_file_is_told(tmp_path):
    np.save(tmp_path / "x.npy", ACTIVITY)
    content = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(content[:-50])
    refused("cannot be read .*cut short", tmp_path / "x.npy", condition=LABELS)


def test_npy_files_beside_recordings_in_a_folder_do_not_stand_in_the_way(tmp_path):
    np.savez(tmp_path / "ses-1.npz", activity=ACTIVITY, condition=LABELS)
    np.save(tmp_path / "notes.npy", ACTIVITY)
    assert read_recording(tmp_path).sizes["trial"] == 8
