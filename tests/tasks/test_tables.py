"""Stimuli and targets by the names of conditions: tables, files, dicts, labelled arrays, trial coordinates."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import neurouniv as nu
from neurouniv.tasks.tables import by_condition

NAMES = ["limonene", "hexanal", "octanal"]
CHAIN = {"hexanal": 6.0, "octanal": 8.0, "limonene": 10.0, "another": 1.0}


def recording(condition, **coords):
    values = np.random.default_rng(0).normal(size=(len(condition), 3))
    coords = {"condition": condition, **coords}
    return xr.Dataset({"activity": (("trial", "channel"), values)}, {n: ("trial", v) for n, v in coords.items()})


def sources(folder):
    """The same table in every form that is read."""
    (folder / "comma.csv").write_text("condition,chain\n" + "".join(f"{n},{v}\n" for n, v in CHAIN.items()))
    (folder / "excel.csv").write_text("\ufeffodour;chain\r\n" + "".join(f"{n};{v}\r\n" for n, v in CHAIN.items()))
    (folder / "tabs.tsv").write_text("chain\tname\n" + "".join(f"{v}\t{n}\n" for n, v in CHAIN.items()))
    names, values = list(CHAIN), np.array(list(CHAIN.values()))
    np.savez(folder / "arrays.npz", condition=names, stimuli=values)
    array = xr.DataArray(values, {"condition": names}, "condition")
    nu.save(xr.Dataset({"stimuli": array}), folder / "task.nc")
    paths = [folder / name for name in ("comma.csv", "excel.csv", "tabs.tsv", "arrays.npz", "task.nc")]
    frame = pd.DataFrame({"chain": values}, index=names)
    frames = [frame, frame["chain"], frame.reset_index(names="condition"), frame.reset_index(names="odour")]
    return [*paths, *map(str, paths), *frames, array, CHAIN, {name: [value] for name, value in CHAIN.items()}]


def test_every_form_of_a_table_is_joined_by_name(tmp_path):
    for source in sources(tmp_path):
        assert by_condition(source, NAMES, "stimuli").tolist() == [[10.0], [6.0], [8.0]]


def test_words_are_one_hot_and_numbers_stay(tmp_path):
    path = tmp_path / "odours.csv"
    rows = [
        "condition,chain,class,sweet",
        "hexanal,6,aldehyde,True",
        "octanal,8,aldehyde,False",
        "limonene,10,terpene,1",
    ]
    path.write_text("\n".join(rows))
    assert by_condition(path, NAMES, "stimuli").tolist() == [[10, 0, 1, 1], [6, 1, 0, 1], [8, 1, 0, 0]]


def test_a_table_of_both_gives_each_its_columns(tmp_path):
    path = tmp_path / "task.csv"
    rows = ["condition,stimulus_chain,stimulus_rings,target", "hexanal,6,0,go", "limonene,10,1,stop", "octanal,8,0,go"]
    path.write_text("\n".join(rows))
    assert by_condition(path, NAMES, "stimuli").tolist() == [[10, 1], [6, 0], [8, 0]]
    assert by_condition(path, NAMES, "targets").tolist() == [[0, 1], [1, 0], [1, 0]]
    task = nu.tasks.read_task(path)
    assert task.condition.values.tolist() == ["hexanal", "limonene", "octanal"]
    assert task.stimuli.sel(condition="limonene").values.tolist() == [10, 1]


def test_tasks_are_read_from_arrays_and_files_of_ours(tmp_path):
    task = nu.tasks.from_arrays(np.eye(3), [[0.0], [1.0], [2.0]], NAMES)
    nu.save(task, tmp_path / "task.nc")
    np.savez(tmp_path / "task.npz", condition=NAMES, stimuli=np.eye(3), targets=np.arange(3.0)[:, None])
    for name in ("task.nc", "task.npz"):
        read = nu.tasks.read_task(tmp_path / name)
        xr.testing.assert_equal(read[["stimuli", "targets"]], task)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("condition,chain\nhexanal,6\n", r"no stimuli for 2 of 3 conditions: 'limonene', 'octanal'; it has 'hexanal'"),
        ("condition,chain\nhexanal,6\nhexanal,7\noctanal,8\nlimonene,9\n", "'hexanal' come more than once"),
        ("condition,chain\nhexanal,6\noctanal,\nlimonene,9\n", "has none for 'octanal'"),
        ("condition,chain\nhexanal,6 C\noctanal,8\nlimonene,9\n", "numbers alone or words alone; got '9', '6 C', '8'"),
        ("condition;chain\nhexanal;6,5\noctanal;8,1\nlimonene;9,0\n", "decimal point, no comma"),
        ("name,chain\nhex,6\noct,8\n", "needs a column `condition`.*columns are name, chain"),
        ("condition,target\nhexanal,1\noctanal,2\nlimonene,3\n", "holds no stimuli beside the conditions"),
    ],
)
def test_what_a_table_lacks_is_told(tmp_path, table, told):
    (tmp_path / "odours.csv").write_text(table)
    with pytest.raises(nu.InputError, match=told):
        by_condition(tmp_path / "odours.csv", NAMES, "stimuli")


def test_what_is_no_table_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*odours\.csv"):
        by_condition(tmp_path / "odours.csv", NAMES, "stimuli")
    with pytest.raises(nu.InputError, match=r"stimuli=dict\(zip\(names, array\)\)"):
        by_condition(np.eye(3), NAMES, "stimuli")
    (tmp_path / "odours.xlsx").write_bytes(b"PK")
    with pytest.raises(nu.InputError, match="Save a table as CSV"):
        by_condition(tmp_path / "odours.xlsx", NAMES, "stimuli")
    np.savez(tmp_path / "pickled.npz", condition=np.array(NAMES, dtype=object), stimuli=np.eye(3))
    with pytest.raises(nu.InputError, match="plain arrays"):
        by_condition(tmp_path / "pickled.npz", NAMES, "stimuli")
    (tmp_path / "half.csv").write_text("condition,stimulus\na,1\nb,2\n")
    with pytest.raises(nu.InputError, match=r"target is absent from half\.csv"):
        nu.tasks.read_task(tmp_path / "half.csv")


def test_targets_are_a_field_of_the_file(tmp_path):
    path = tmp_path / "day.npz"
    odour, rewarded, side = NAMES * 2, [1, 0, 1] * 2, ["l", "r", "l", "r", "l", "r"]
    np.savez(path, rates=np.eye(6, 7), odour=odour, rewarded=rewarded, side=side, day=np.repeat([1, 2], 3))
    words = {"activity": "rates", "condition": "odour", "session": "day"}
    rec = nu.read_recording(path, **words, targets="rewarded")
    assert rec.target.values.tolist() == rewarded
    for task in (nu.tasks.recorded_task(rec), nu.tasks.recorded_task(rec, targets="rewarded")):
        assert task.condition.values.tolist() == NAMES
        assert task.targets.values.tolist() == [[1], [0], [1]]
        assert task.attrs["task_from"].endswith("targets: `rewarded` of the trials")
    again = nu.read_recording([path, path], **{**words, "session": [1, 2]}, targets="rewarded")
    assert again.target.values.tolist() == rewarded * 2
    saved = nu.read_recording(nu.save(rec, tmp_path / "rec.nc"))
    assert nu.tasks.recorded_task(saved, targets="rewarded").targets.values.tolist() == [[1], [0], [1]]
    assert "targets: rewarded, 2 (0 ... 1)" in nu.describe(rec)
    both = nu.read_recording(path, **words, targets="side")
    told = r"`side` has several in 3 of 3: 'limonene' \(l, r\).*condition=FIELD,side"
    with pytest.raises(nu.InputError, match=told):
        nu.tasks.recorded_task(both)
    with pytest.raises(nu.InputError, match=r"--map targets=reward\."):
        nu.tasks.recorded_task(nu.read_recording(path, **words), targets="reward")
    assert "target" not in nu.read_recording(path, **words).coords


def test_a_field_called_targets_is_not_taken_unasked(tmp_path):
    np.savez(tmp_path / "day.npz", activity=np.eye(4, 5), condition=list("abab"), targets=[0, 1, 0, 1])
    assert "target" not in nu.read_recording(tmp_path / "day.npz").coords
    assert nu.read_recording(tmp_path / "day.npz", targets="targets").target.values.tolist() == [0, 1, 0, 1]


def test_trial_coordinates_are_numbers_or_words():
    rec = recording(list("abcabc"), angle=[0.0, 45.0, 90.0] * 2, kind=["x", "y", "x"] * 2)
    task = nu.tasks.recorded_task(rec, stimuli="angle", targets="kind")
    assert task.stimuli.values.ravel().tolist() == [0, 45, 90]
    assert task.targets.values.tolist() == [[1, 0], [0, 1], [1, 0]]
    rec.kind[0] = ""
    with pytest.raises(nu.InputError, match=r"several in 1 of 3: 'a' \(, x\)"):
        nu.tasks.recorded_task(rec, targets="kind")
    rec.angle[:] = np.nan
    with pytest.raises(nu.InputError, match="`angle` has none for 'a', 'b', 'c'"):
        nu.tasks.recorded_task(rec, targets="angle")


def test_rows_of_one_trial_need_one_target(tmp_path):
    table = {"trial": [1, 1, 2, 2], "condition": list("aabb"), "unit": ["u", "v"] * 2, "rate": [1.0, 2, 3, 4]}
    frame = pd.DataFrame(table | {"rewarded": [1, 1, 0, 0]})
    assert nu.read_recording(frame, targets="rewarded").target.values.tolist() == [1, 0]
    np.savez(tmp_path / "x.npz", activity=np.eye(4, 5), condition=list("aabb"), trial=[1, 1, 2, 2], go=[1, 0, 0, 0])
    with pytest.raises(nu.InputError, match="more than one target: 1 and 0"):
        nu.read_recording(tmp_path / "x.npz", targets="go")
