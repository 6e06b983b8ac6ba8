"""MATLAB's strings, tables, categoricals and times are read; cells of version 7.3 are listed and keep their shape."""

import numpy as np
import pandas as pd
import pytest

from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.matlab.classes import strings_of_pandas
from neurouniv.systems.recordings.formats.recognise import format_of_file
from neurouniv.systems.recordings.read import read_recording

with strings_of_pandas():
    matio = pytest.importorskip("matio")
RATES = np.random.default_rng(0).normal(size=(8, 3))
NAMES = np.array(["face", "house"] * 4)


@pytest.fixture(params=["v7", "v7.3"])
def path(tmp_path, request):
    def write(**variables):
        file = tmp_path / "x.mat"
        matio.save_to_mat(str(file), variables, version=request.param)
        return file

    return write


def fields_of(path):
    return format_of_file(path).read(path, str(path))


def test_strings_are_conditions(path):
    file = path(rates=RATES, stim=NAMES[None].astype(np.dtypes.StringDType()))
    assert fields_of(file).tree["stim"].tolist() == NAMES.tolist()
    rec = read_recording(file, activity="rates", condition="stim")
    np.testing.assert_array_equal(rec.activity.values, RATES)
    assert rec.condition.values.tolist() == NAMES.tolist()


def test_columns_of_a_table_are_fields(path):
    frame = pd.DataFrame({"stim": NAMES, "day": np.repeat([1.0, 2.0], 4)})
    rec = read_recording(path(rates=RATES, T=frame), activity="rates", condition="T.stim", session="T.day")
    np.testing.assert_array_equal(rec.activity.values, RATES)
    assert rec.condition.values.tolist() == NAMES.tolist()
    assert rec.session.values.tolist() == [1] * 4 + [2] * 4


def test_categories_times_and_durations_are_text_and_seconds(path):
    when = np.datetime64("2024-01-30T10:15:00", "ns") + np.arange(8).astype("m8[D]")
    took = (np.arange(8) * 3).astype("m8[s]")
    file = path(rates=RATES, cat=pd.Categorical(NAMES), when=when[None], took=took[None])
    tree = fields_of(file).tree
    assert tree["cat"].tolist() == NAMES.tolist()
    assert tree["when"][:2].tolist() == ["2024-01-30T10:15:00", "2024-01-31T10:15:00"]
    np.testing.assert_allclose(tree["took"], np.arange(8) * 3)


def write_v73(path, **variables):
    matio.save_to_mat(str(path), variables, version="v7.3")
    return path


def cells(entries, shape):
    array = np.empty(len(entries), dtype=object)
    for position, entry in enumerate(entries):
        array[position] = entry
    return array.reshape(shape)


def test_ragged_cells_are_listed_with_the_call_to_make(tmp_path):
    rng = np.random.default_rng(0)
    trials = cells([rng.normal(size=(4, 6 + k % 3)) for k in range(8)], (1, 8))
    spikes = cells([rng.random(2 + k) for k in range(5)], (1, 5))
    stim = cells(NAMES.tolist(), (1, 8))
    file = write_v73(tmp_path / "uneven.mat", trials=trials, stim=stim)
    with pytest.raises(InputError, match=r"stim 8, trials 8.*activity=\"trials\", condition=\"stim\"") as caught:
        read_recording(file)
    assert f"in a shell: neurouniv read {file} --map activity=trials condition=stim" in str(caught.value)
    with pytest.raises(InputError, match=r"has no field 'trails'. Its variables: stim 8, trials 8"):
        read_recording(file, activity="trails", condition="stim")
    file = write_v73(tmp_path / "spikes.mat", rates=RATES, stim=stim, spikes=spikes)
    with pytest.raises(InputError, match=r"rates 8x3, spikes 5, stim 8.*activity=\"rates\", condition=\"stim\""):
        read_recording(file)
    assert read_recording(file, activity="rates", condition="stim").sizes == {"trial": 8, "channel": 3}


def test_real_files_that_fail_give_their_listing(real_data):
    folder = real_data / "awkward_inputs"
    with pytest.raises(InputError, match=r"stim 8, trials 8"):
        read_recording(folder / "v73_uneven_trials.mat", activity="misspelt")
    with pytest.raises(InputError, match=r"rates 8x5, spikes 5, stim 8"):
        read_recording(folder / "v73_spike_cells.mat")
    rec = read_recording(
        folder / "ft_timelock_struct.mat", activity="trial", condition="trialinfo[:,0]", latency="time"
    )
    assert rec.activity.shape == (12, 4, 6)
    assert sorted(set(rec.condition.values)) == ["1", "2", "3"]


def test_cells_of_two_dimensions_keep_their_shape(tmp_path):
    entries = cells([np.full((3, 2), k) for k in range(6)], (2, 3))
    tree = fields_of(write_v73(tmp_path / "x.mat", entries=entries)).tree
    assert tree["entries"].shape == (2, 3)
    assert tree["entries"][1, 2][0, 0] == 5


def test_damaged_tags_are_told_and_do_not_bring_scipy_down(tmp_path):
    from scipy.io import savemat

    path = tmp_path / "x.mat"
    savemat(path, {"d": {"rates": RATES, "stim": np.arange(8) % 2, "text": "abc"}, "c": cells([RATES, "x"], (1, 2))})
    whole = path.read_bytes()
    numbers = RATES.tobytes(order="F")
    tag = whole.index(numbers) - 8
    for damaged in (
        whole[:tag] + b"\x08" + whole[tag + 1 :],  # a type of numbers that there is none of
        whole[: tag + 4] + b"\xff\xff\x00\x00" + whole[tag + 8 :],  # more bytes than the file has
        whole[: len(whole) - 20],
    ):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"begins like a MATLAB file but cannot be read \(.* at byte \d+\)"):
            read_recording(path)


def test_without_matio_classes_are_listed_as_not_read(tmp_path, monkeypatch):
    from neurouniv.systems.recordings.formats.matlab import classes

    path = tmp_path / "x.mat"
    matio.save_to_mat(str(path), {"rates": RATES, "T": pd.DataFrame({"stim": NAMES})}, version="v7")
    monkeypatch.setattr(classes, "can_be_opened", lambda: False)
    with pytest.raises(InputError, match=r"Its variables \(not read: others, a class\): rates 8x3"):
        read_recording(path)
