"""Activity kept condition by condition, in cells or in axes of an array, is read trial by trial."""

import numpy as np
import pytest
from scipy.io import savemat

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.assembly.nested import flattened
from neurouniv.systems.recordings.formats.matlab.classes import strings_of_pandas
from neurouniv.systems.recordings.read import read_recording

VALUES = np.random.default_rng(0).normal(size=(3, 4, 5, 6))  # condition, repeat, channel, latency
TIMES = np.arange(6) / 10


def cells(entries, shape=None):
    array = np.empty(len(entries), dtype=object)
    for position, entry in enumerate(entries):
        array[position] = entry
    return array if shape is None else array.reshape(shape)


@pytest.fixture(params=["v5", "v7.3"])
def write(tmp_path, request):
    def writer(**variables):
        path = tmp_path / "x.mat"
        if request.param == "v5":
            savemat(path, variables)
        else:
            with strings_of_pandas():
                matio = pytest.importorskip("matio")
            matio.save_to_mat(str(path), variables, version="v7.3")
        return path

    return writer


def test_cells_of_conditions_by_repeats(write):
    path = write(rates=cells([VALUES[c, r] for c in range(3) for r in range(4)], (3, 4)))
    with pytest.raises(InputError, match=r'3 conditions \(rows\) x 4 repeats: read_recording\(.*condition="cells"\)'):
        read_recording(path)
    with pytest.warns(NeurounivWarning, match=r'3 conditions x 4 repeats: .* condition="cells.T"'):
        rec = read_recording(path, activity="rates", condition="cells", latency=TIMES)
    np.testing.assert_array_equal(rec.activity.values, VALUES.reshape(12, 5, 6))
    assert rec.condition.values.tolist() == ["1"] * 4 + ["2"] * 4 + ["3"] * 4
    with pytest.warns(NeurounivWarning, match="4 conditions x 3 repeats"):
        turned = read_recording(path, activity="rates", condition="cells.T", latency=TIMES)
    np.testing.assert_array_equal(turned.activity.values, VALUES.swapaxes(0, 1).reshape(12, 5, 6))


def test_cells_of_cells_with_as_many_trials_as_there_are(write):
    groups = [[VALUES[c, r, :, 0] for r in range(2 + c % 2)] for c in range(3)]
    path = write(rates=cells([cells(group, (1, len(group))) for group in groups], (1, 3)))
    with pytest.raises(InputError, match=r"3 conditions, each a cell of trials: .*condition=\"cells\""):
        read_recording(path)
    rec = read_recording(path, activity="rates", condition="cells")
    np.testing.assert_array_equal(rec.activity.values, np.concatenate([np.stack(group) for group in groups]))
    assert rec.condition.values.tolist() == ["1", "1", "2", "2", "2", "3", "3"]


def test_cells_of_arrays_whose_trials_differ_in_number(write):
    parts = [VALUES[c, : 2 + c, :, 0] for c in range(3)]  # trial, channel
    rec = read_recording(write(rates=cells(parts, (1, 3))), activity="rates", condition="cells")
    np.testing.assert_array_equal(rec.activity.values, np.concatenate(parts))
    assert rec.condition.values.tolist() == ["1"] * 2 + ["2"] * 3 + ["3"] * 4
    turned = read_recording(write(rates=cells([p.T for p in parts], (1, 3))), activity="rates", condition="cells")
    np.testing.assert_array_equal(turned.activity.values, np.concatenate(parts))
    same = cells([VALUES[c, :, :, 0] for c in range(3)], (1, 3))
    with pytest.raises(InputError, match=r"cannot be distinguished, because arrays of all conditions are 4x5"):
        read_recording(write(rates=same), activity="rates", condition="cells")
    with pytest.raises(InputError, match=r"is for cells; the activity is an array of shape \(4, 5\)"):
        read_recording(write(rates=VALUES[0, :, :, 0]), activity="rates", condition="cells")


def test_two_axes_of_an_array_are_conditions_and_repeats():
    values = VALUES.copy()
    values[1, 3] = np.nan
    fields = Fields({"r": values.transpose(2, 0, 3, 1), "names": np.array(["a", "b", "c"])}, "x.npz", "Its arrays", {})
    said = {"activity": "r", "condition": "names", "dims": "channel,condition,latency,repeat"}
    with pytest.warns(NeurounivWarning, match="1 of 12 repeats in x.npz are empty"):
        flat = flattened(fields, said)
    assert flat["dims"] == "trial,channel,latency"
    kept = [k for k in range(12) if k != 7]
    np.testing.assert_array_equal(flat["activity"], VALUES.reshape(12, 5, 6)[kept])
    assert flat["condition"].tolist() == [*"aaaa", *"bbb", *"cccc"]
    with pytest.raises(InputError, match="of 3 conditions; `condition` gives 2 labels"):
        flattened(fields, said | {"condition": ["a", "b"]})
    with pytest.raises(InputError, match=r"`dims` says condition, channel, and the activity has the shape"):
        flattened(fields, said | {"dims": "condition,channel"})
