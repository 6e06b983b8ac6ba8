"""The id of a cell changes with what determines its result, and with nothing else."""

import numpy as np
import pytest

from neurouniv.studies import cells_of, read_study
from neurouniv.studies.yaml_lines import read_yaml, write_yaml


def ids(spec):
    return [cell.id for cell in cells_of(read_study(spec))]


def changed(spec, **settings):
    """The study with other settings of its networks."""
    return spec | {"systems": {"networks": [spec["systems"]["networks"][0] | settings]}}


def test_a_default_that_is_written_out_changes_nothing(spec):
    assert ids(changed(spec, hidden_layers=1, gain=1.0, nonlinearity="leaky_relu")) == ids(spec)
    assert ids(spec | {"device": "cpu", "threads": 1, "trajectory": {"metric": "sqeuclidean"}}) == ids(spec)


def test_names_of_study_and_systems_change_nothing(spec):
    assert ids(changed(spec, name="other") | {"name": "renamed"}) == ids(spec)


@pytest.mark.parametrize(
    "other",
    [{"task": "two_points"}, {"laws": ["step"]}, {"threads": 2}, {"trajectory": {"metric": "cosine"}},
     {"compare": {"partitions": 1}}],
    ids=str,
)  # fmt: skip
def test_what_all_cells_share_changes_all(spec, other):
    assert not set(ids(spec)) & set(ids(spec | other))


def test_a_changed_list_changes_only_its_cells(spec):
    before, after = ids(spec), ids(changed(spec, rule=["backprop", "weight_decay"]))
    assert after[:2] == before[:2]
    assert not set(after[2:]) & set(before)


def test_more_seeds_keep_the_cells_of_those_before(spec):
    one_more = cells_of(read_study(spec | {"seeds": 6}))
    kept = [cell.id for cell in one_more if max(cell.seeds) < 4]
    assert kept == ids(spec)
    assert [cell.seeds for cell in one_more[:3]] == [[0, 1], [2, 3], [4, 5]]


def test_other_code_changes_all(spec, monkeypatch):
    before = ids(spec)
    monkeypatch.setattr("neurouniv.studies.cells.code_version", lambda: "another")
    assert not set(before) & set(ids(spec))


def test_systems_that_are_the_same_share_their_cells(spec):
    network = spec["systems"]["networks"][0]
    both = ids(spec | {"systems": {"networks": [network, network | {"name": "again"}]}})
    assert both[: len(both) // 2] == both[len(both) // 2 :]


def recordings(folder, **settings):
    return {"systems": {"recordings": [{"name": "mouse", **settings}]}} | {"laws": ["static"]}


def test_recordings_count_by_their_names_and_content(tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        for day in (1, 2):
            np.savez(folder / f"day{day}.npz", activity=np.eye(4) * day, condition=[0, 1, 0, 1])
    found = {}
    for folder in (here, there):
        monkeypatch.chdir(folder)
        found[folder] = (ids(recordings(folder, files="day*.npz")), ids(recordings(folder, each="day*.npz")))
    assert found[here] == found[there]
    assert [len(each) for each in found[here]] == [1, 2]
    np.savez(there / "day2.npz", activity=np.eye(4) * 3, condition=[0, 1, 0, 1])
    together, each = ids(recordings(there, files="day*.npz")), ids(recordings(there, each="day*.npz"))
    assert together != found[here][0]
    assert [a == b for a, b in zip(each, found[here][1], strict=True)] == [True, False]


def test_the_copy_in_the_folder_is_the_same_study(tmp_path, spec, monkeypatch):
    np.savez(tmp_path / "day1.npz", activity=np.eye(4), condition=[0, 1, 0, 1])
    file = tmp_path / "study.yaml"
    spec["systems"] |= {"recordings": [{"name": "mouse", "files": "day*.npz", "map": {"condition": "condition"}}]}
    file.write_text(write_yaml(spec))
    study = read_study(file)
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / "study.yaml"
    copy.write_text(write_yaml(study.canonical))
    monkeypatch.chdir("/")
    assert ids(copy) == ids(file)
    assert read_yaml(copy.read_text(), "copy")[0] == study.canonical
