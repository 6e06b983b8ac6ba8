"""Tables and series whose parts cannot be what they are called."""

import h5py
import numpy as np
import pytest

import neurouniv as nu
from neurouniv.tasks.tables import read_table
from neurouniv.untrusted import first_line


@pytest.mark.parametrize("read", [nu.read_recording, read_table])
def test_a_first_line_without_end_is_no_header(tmp_path, read):
    (tmp_path / "x.csv").write_text("9," * (first_line.LONGEST // 2) + "9\n")
    with pytest.raises(nu.InputError, match=r"The first line of '.*x.csv' has more than 1048576 letters"):
        read(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"start": np.zeros(1, "V3")}, r"needs numbers as its start; got \|V3"),
        ({"t": np.array(["a", "b", "c"])}, "needs numbers as its t"),
        ({"end": np.zeros(2)}, "1 starts of spans and 2 ends"),
    ],
)
def test_a_damaged_file_of_pynapple_is_named(tmp_path, changed, problem):
    whole = {"type": np.array("Ts"), "start": np.zeros(1), "end": np.ones(1), "t": np.array([0.1, 0.2, 0.3])}
    np.savez(tmp_path / "x.npz", **whole | changed)
    with pytest.raises(nu.InputError, match=problem):
        nu.read_recording(tmp_path / "x.npz", trials=tmp_path / "none.csv", onset="t", window=(0, 1))


def test_a_data_set_of_rsatoolbox_that_holds_itself_or_empty_descriptors(tmp_path):
    for name in ("circle", "empty"):
        with h5py.File(tmp_path / f"{name}.hdf5", "w") as file:
            file.attrs["rsatoolbox_version"] = "0.3.2"
            file["measurements"] = np.ones((6, 2))
            labels = file.create_group("obs_descriptors")
            labels["condition"] = np.repeat(["a", "b", "c"], 2).astype("S1")
            if name == "circle":
                labels["again"] = h5py.SoftLink("/")
            else:
                file["channel_descriptors"] = h5py.Empty("f8")
    with pytest.raises(nu.InputError, match="holds itself"):
        nu.read_recording(tmp_path / "circle.hdf5")
    assert nu.read_recording(tmp_path / "empty.hdf5").condition.values.tolist() == list("aabbcc")


@pytest.mark.parametrize("line", ["|,stimulus_x,|" * 9000, '~"target' * 9000])
def test_a_table_of_a_task_is_refused_soon_however_its_first_line_repeats(tmp_path, line):
    (tmp_path / "x.csv").write_text(line)
    with pytest.raises(nu.InputError, match=r"x\.csv"):
        nu.tasks.read_task(tmp_path / "x.csv")


@pytest.mark.parametrize("read", [nu.read_recording, nu.tasks.read_task])
def test_a_name_of_a_column_longer_than_fields_may_be(tmp_path, read):
    (tmp_path / "x.csv").write_text("trial," + 200_000 * "x" + ",condition\n1,2,a\n")
    with pytest.raises(nu.InputError, match=r"x\.csv.* \(field larger than field limit"):
        read(tmp_path / "x.csv")
