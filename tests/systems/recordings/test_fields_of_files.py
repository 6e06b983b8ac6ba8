"""What is suggested as activity and condition, and the list of all fields of a file."""

import re
import shlex

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.schema import InputError
from neurouniv.systems.recordings.read import read_recording

RATES = np.random.default_rng(0).normal(size=(24, 5))
STIM = np.arange(24) % 3


def suggested(path):
    """The arguments of the call that the message shows."""
    with pytest.raises(InputError, match=r"does not say which field|A table of trials") as caught:
        read_recording(path)
    return dict(re.findall(r'(\w+)="([^"]+)"', str(caught.value).split("read_recording(")[1]))


@pytest.mark.parametrize(
    "more",
    [
        {"iscell": np.arange(24) % 2, "cluster_ids": np.arange(24) // 5, "trial_number": np.arange(24)},
        {"constant": np.ones(24), "unit": np.arange(24) % 4, "running_index": np.tile(np.arange(12), 2)},
        {"grad": {"tra": np.zeros((24, 900)), "chanpos": np.zeros((300, 3))}, "trialinfo": np.zeros((24, 40))},
        {"xyz": np.zeros((24, 3000)), "time": np.arange(24.0), "elecpos": np.zeros((24, 400))},
    ],
)
def test_ids_counts_constants_times_and_places_are_not_suggested(tmp_path, more):
    path = tmp_path / "x.mat"
    savemat(path, {**more, "rates": RATES, "shown": STIM})
    call = suggested(path)
    assert (call["activity"], call["condition"]) == ("rates", "shown")


def test_where_nothing_repeats_no_condition_is_made_up(tmp_path):
    path = tmp_path / "x.mat"
    savemat(path, {"rates": RATES, "iscell": np.arange(24) % 2, "trial_number": np.arange(24)})
    with pytest.raises(InputError, match=r'condition="FIELD".*No field looks like conditions'):
        read_recording(path)


@pytest.mark.parametrize("name", ["chunks", "runs", "block"])
def test_runs_beside_the_condition_are_in_the_call_which_then_reads_them(tmp_path, name):
    path = tmp_path / "cosmo.mat"
    labels = {"targets": STIM, name: np.repeat([1, 2, 3, 4], 6)}
    savemat(path, {"ds": {"samples": RATES, "sa": labels, "fa": {"voxel_indices": np.ones((3, 5))}}})
    call = suggested(path)
    assert call == {"activity": "ds.samples", "condition": "ds.sa.targets", "run": f"ds.sa.{name}"}
    assert read_recording(path, **call).run.values.tolist() == labels[name].tolist()


def test_runs_that_are_read_unasked_and_labels_of_other_length_are_not_in_the_call(tmp_path):
    path = tmp_path / "x.mat"
    for labels in ({"run": np.repeat([1, 2], 12), "block": STIM + 1}, {"chunks": [1, 2, 3]}, {"runs": np.ones(24)}):
        savemat(path, {"rates": RATES, "shown": STIM, **labels})
        assert suggested(path) == {"activity": "rates", "condition": "shown"}


def test_many_fields_are_listed_the_likely_ones_first_and_all_on_request(tmp_path, capsys):
    path = tmp_path / "many.mat"
    fields = {f"aux{k:02}": np.arange(7.0) + k for k in range(40)}
    savemat(path, {**fields, "rates": RATES, "shown": STIM, "names": np.array(["a", "bb"] * 12, dtype=object)})
    with pytest.raises(InputError, match=r"and 13 more \(neurouniv read FILE --fields lists all\)") as caught:
        read_recording(path)
    assert "rates 24x5, shown 24, names 24, aux00 7" in str(caught.value)
    assert run_command(["read", str(path), "--fields"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 43
    assert re.match(r"rates +24x5 +float64 +0\.1257, -0\.1321", lines[0])
    assert any(re.match(r"names +24 +str +a, bb$", line) for line in lines)
    assert run_command(["read", str(tmp_path / "none.mat"), "--fields"]) == 2


def test_columns_of_tables_are_listed_whatever_they_mean(tmp_path, capsys):
    path = tmp_path / "x.csv"
    pd.DataFrame({"hz": RATES[:, 0], "shown": STIM}).to_csv(path, index=False)
    assert run_command(["read", str(path), "--fields"]) == 0
    assert re.search(r"shown +24 +int64 +0, 1, 2", capsys.readouterr().out)


def test_columns_of_a_table_in_hdf5_are_fields(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "x.h5"
    kinds = [("stim", "S4"), ("name", h5py.string_dtype()), ("day", "i4")]
    table = np.zeros(24, dtype=kinds)
    table["stim"], table["name"], table["day"] = [b"a", b"b"] * 12, ["\u00e9", "b", "c"] * 8, np.repeat([1, 2], 12)
    with h5py.File(path, "w") as file:
        file["rates"] = RATES
        file["session/trials"] = table
    call = suggested(path)
    assert (call["activity"], call["condition"]) == ("rates", "session.trials.stim")
    rec = read_recording(path, activity="rates", condition="session.trials.name", session="session.trials.day")
    assert rec.condition.values[:3].tolist() == ["\u00e9", "b", "c"]
    assert rec.session.values.tolist() == [1] * 12 + [2] * 12
    np.testing.assert_array_equal(rec.activity.values, RATES)


def test_the_call_shown_for_a_shell_works_there(tmp_path, capsys):
    path = tmp_path / "x.mat"
    savemat(path, {"d": {"rates": RATES, "info": np.c_[STIM, np.arange(24)]}})
    assert run_command(["read", str(path)]) == 2
    words = re.search(r"in a shell: neurouniv read .*(--map .*)", capsys.readouterr().err)[1]
    assert run_command(["read", str(path), *shlex.split(words)]) == 0
    assert "24 trials, 5 channels, 3 conditions" in capsys.readouterr().out


def test_fields_of_several_files_are_those_of_the_first(tmp_path, capsys):
    for day in (1, 2):
        np.savez(tmp_path / f"day{day}.npz", rates=RATES, shown=STIM)
    assert run_command(["read", str(tmp_path), "--fields"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == f"the first of 2 files, {tmp_path / 'day1.npz'}"
    assert [line.split()[0] for line in lines] == ["rates", "shown"]


def test_a_folder_of_arrays_lists_them_as_they_stand(tmp_path, capsys):
    np.save(tmp_path / "spike_times.npy", np.arange(50, dtype=np.uint64))
    np.save(tmp_path / "spike_clusters.npy", np.repeat([3, 7], 25))
    np.save(tmp_path / "spike_templates.npy", np.array([{"not": "read"}, 1], dtype=object))
    (tmp_path / "params.py").write_text("sample_rate = 30000.\n")
    (tmp_path / "cluster_group.tsv").write_text("cluster_id\tgroup\n3\tgood\n7\tmua\n")
    assert run_command(["read", str(tmp_path), "--fields"]) == 0
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["spike_times.npy"].split()[1:] == ["50", "uint64", "0,", "1,", "2,", "..."]
    assert lines["cluster_group.tsv group"].endswith("good, mua")
    assert "not read" in lines["spike_templates.npy"]
    assert "pickle" in lines["spike_templates.npy"]
