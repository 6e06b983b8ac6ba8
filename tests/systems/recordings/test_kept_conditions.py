"""Rows are kept by values and limits of any fields, and conditions are made of several fields, in every format."""

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.commands.arguments import mapping
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.storage import load
from neurouniv.systems.recordings.assembly.fields import Fields
from neurouniv.systems.recordings.assembly.kept import kept_rows
from neurouniv.systems.recordings.formats.nwb.writer import write_nwb
from neurouniv.systems.recordings.read import read_recording

ODOUR = np.array(["hexanal", "hexanal", "limonene", "limonene"] * 3)
REWARDED = np.repeat([0, 1], 6)
OUTCOME = np.array(["hit", "miss", "hit", "false alarm"] * 3)
RT = np.r_[np.linspace(0.05, 0.55, 11), np.nan]
CORRECT = OUTCOME == "hit"
COLUMNS = {"odour": ODOUR, "rewarded": REWARDED, "outcome": OUTCOME, "rt": RT, "correct": CORRECT}
ACTIVITY = np.arange(36.0).reshape(12, 3)
BOTH = [f"{odour}/{rewarded}" for odour, rewarded in zip(ODOUR, REWARDED, strict=True)]


def as_dict(folder):
    return {"rates": ACTIVITY, **COLUMNS}


def as_dataset(folder):
    return xr.Dataset({"rates": (("row", "unit"), ACTIVITY)} | {n: ("row", v) for n, v in COLUMNS.items()})


def as_npz(folder):
    np.savez(folder / "x.npz", rates=ACTIVITY, **COLUMNS)
    return folder / "x.npz"


def as_mat(folder):
    labels = {n: v.astype(object) if v.dtype.kind == "U" else v for n, v in COLUMNS.items()}
    savemat(folder / "x.mat", {"rates": ACTIVITY, "trials": labels})
    return folder / "x.mat"


def as_h5(folder):
    with h5py.File(folder / "x.h5", "w") as file:
        file["rates"] = ACTIVITY
        for name, values in COLUMNS.items():
            file[name] = values.astype("S") if values.dtype.kind == "U" else values
    return folder / "x.h5"


def as_wide_table(folder):
    frame = pd.DataFrame(COLUMNS | {f"u{n}": ACTIVITY[:, n] for n in range(3)})
    frame.to_csv(folder / "x.csv", index=False)
    return folder / "x.csv"


def as_long_table(folder):
    frame = pd.DataFrame(COLUMNS | {"trial": np.arange(12)}).loc[np.repeat(np.arange(12), 3)]
    return frame.assign(unit=np.tile(["a", "b", "c"], 12), rate=ACTIVITY.ravel())


FORMATS = [as_dict, as_dataset, as_npz, as_mat, as_h5, as_wide_table, as_long_table]


def settings_of(made, condition, keep=None):
    """The words for the format, with fields under a struct in MATLAB's."""
    before = "trials." if made is as_mat else ""
    activity = {as_wide_table: {"activity": ["u0", "u1", "u2"]}, as_long_table: {}}.get(made, {"activity": "rates"})
    named = [before + name for name in condition] if isinstance(condition, list) else before + condition
    return activity | {"condition": named} | ({} if keep is None else {"keep": (before + keep[0], *keep[1:])})


@pytest.mark.parametrize("made", FORMATS)
def test_several_fields_are_one_condition(tmp_path, made):
    rec = read_recording(made(tmp_path), **settings_of(made, ["odour", "rewarded"]))
    assert rec.condition.values.tolist() == BOTH
    np.testing.assert_array_equal(rec.activity, ACTIVITY)


@pytest.mark.parametrize("made", FORMATS)
@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (("outcome", "hit"), OUTCOME == "hit"),
        (("outcome", ["hit", "false alarm"]), OUTCOME != "miss"),
        (("rewarded", 1), REWARDED == 1),
        (("rt", 0.1, None), RT >= 0.1),
        (("rt", 0.1, 0.3), (RT >= 0.1) & (RT <= 0.3)),
        (("correct", True), CORRECT),
        (("correct", 1), CORRECT),
        (("correct", 0), ~CORRECT),
    ],
)
def test_rows_are_kept_by_value_or_by_limits(tmp_path, made, keep, kept):
    if made is as_mat and keep[-1] is True:
        keep = ("correct", 1)  # MATLAB files hold truth as numbers
    rec = read_recording(made(tmp_path), **settings_of(made, "odour", keep))
    np.testing.assert_array_equal(rec.activity, ACTIVITY[kept])


def test_nwb_takes_them_too(tmp_path):
    coords = {"condition": ("trial", ODOUR), "run": ("trial", REWARDED)}
    write_nwb(xr.Dataset({"activity": (("trial", "channel"), ACTIVITY)}, coords), tmp_path / "x.nwb", window=1.0)
    rec = read_recording(tmp_path / "x.nwb", condition=["condition", "run"], keep={"run": 1, "start_time": (9, 15)})
    assert rec.condition.values.tolist() == BOTH[6:11]


@pytest.mark.parametrize(
    "keep",
    [
        {"outcome": "hit", "rt": (0.1, None)},
        {"outcome": ["hit"], "rt": (0.1, None), "rewarded": [0, 1]},
        [("outcome", "hit"), ("rt", 0.1, None)],
        [("outcome", "hit"), "rt,0.1,"],
        ["outcome,hit", "rt,0.1,"],
        [{"outcome": "hit"}, {"rt": (0.1, None)}],
    ],
)
def test_several_conditions_all_hold(keep):
    rec = read_recording(as_dict(None), activity="rates", condition="odour", keep=keep, missing="raise")
    np.testing.assert_array_equal(rec.activity, ACTIVITY[(OUTCOME == "hit") & (RT >= 0.1)])


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        (("outcome", "hits"), "keeps no row; 'outcome' holds false alarm, hit, miss"),
        (("rewarded", 2), "keeps no row; 'rewarded' holds 0, 1"),
        (("correct", "yes"), "keeps no row; 'correct' holds False, True"),
        (("rt", 3, None), r"keeps no row; 'rt' runs from 0.05 to 0.55"),
        (("outcome", 0, 1), "needs a field of numbers; 'outcome' holds .*Name those that are kept"),
        (("outcom", "hit"), "has no field 'outcom'"),
        (("outcome",), "`keep` is a field and the value"),
        ("outcome", "`keep` is a field and the value"),
        (("outcome", "hit", None), "`keep` is a field and the value"),
        (("outcome", []), "`keep` is a field and the value"),
        ([], "`keep` is a field and the value"),
        (3, "`keep` is a field and the value"),
        (("rates", 1), "one value for each of 12 rows; 'rates' has 36"),
        ({"outcome": "hit", "rewarded": 0, "rt": (0.5, None)}, "hold one by one, and never together"),
    ],
)
def test_what_keeps_nothing_is_told_with_what_there_is(keep, message):
    with pytest.raises(InputError, match=message):
        read_recording(as_dict(None), activity="rates", condition="odour", keep=keep)


def test_one_value_of_a_list_that_no_row_has_is_told():
    with pytest.warns(NeurounivWarning, match="no row has mis; 'outcome' holds false alarm, hit, miss"):
        rec = read_recording(as_dict(None), activity="rates", condition="odour", keep=("outcome", ["hit", "mis"]))
    assert rec.sizes["trial"] == 6


def test_texts_that_look_like_numbers_stay_apart():
    fields = Fields({"id": np.array(["7", "007", "x"])}, "x", "Its fields", {})
    assert kept_rows(fields, ("id", "007"), 3).tolist() == [False, True, False]
    assert kept_rows(fields, ("id", 7), 3).tolist() == [True, True, False]


def test_lists_that_are_values_stay_values():
    values = ["odour", "rewarded"] * 6
    assert read_recording(as_dict(None), activity="rates", condition=values).condition.values.tolist() == values
    two = {"activity": np.eye(2, 3), "a": np.array([1, 2]), "b": np.array([3, 4])}
    assert read_recording(two, condition=["a", "b"]).condition.values.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (["odour", "rewardd"], "needs fields of the dict, or one value per row; 'rewardd' is no field"),
        (["odor", "reward"], "'odor' is no field. Its entries: rates 12x3"),
        (["odour", "few"], "needs one value per row of each; they have {'odour': 12, 'few': 5}"),
        (["slash", "slash2"], "two different conditions would be called the same"),
    ],
)
def test_fields_that_make_no_condition(condition, message):
    made = as_dict(None) | {"few": np.arange(5), "slash": ["a/b", "a"] * 6, "slash2": ["c", "b/c"] * 6}
    with pytest.raises(InputError, match=message):
        read_recording(made, activity="rates", condition=condition)


def test_a_missing_part_is_a_missing_condition():
    made = as_dict(None) | {"rewarded": np.r_[np.nan, REWARDED[1:]]}
    with pytest.raises(InputError, match="1 of 12 have none"):
        read_recording(made, activity="rates", condition=["odour", "rewarded"])
    rec = read_recording(made, activity="rates", condition=["odour", "rewarded"], keep=("rt", 0.1, None))
    assert rec.condition.values.tolist() == BOTH[1:11]


def test_a_shell_says_them(tmp_path, capsys):
    path, out = str(as_npz(tmp_path)), str(tmp_path / "out.nc")
    words = ["--map", "activity=rates", "condition=odour,rewarded", "keep=outcome,hit,false alarm", "keep=rt,0.1,"]
    assert run_command(["read", path, *words, "--out", out]) == 0
    kept = (OUTCOME != "miss") & (RT >= 0.1)
    assert load(out).condition.values.tolist() == np.array(BOTH)[kept].tolist()
    assert run_command(["read", path, *words, "condition=odour"]) == 2
    assert "--map takes condition= once" in capsys.readouterr().err
    np.savez(tmp_path / "y.npz", rates=ACTIVITY, info=np.stack([REWARDED, np.arange(12)], axis=1))
    words = ["--map", "activity=rates", "condition=info[:,0]", "keep=info[:,1],4,8"]
    assert run_command(["read", str(tmp_path / "y.npz"), *words, "--out", out, "--overwrite"]) == 0
    assert load(out).condition.values.tolist() == ["0", "0", "1", "1", "1"]


def test_words_of_a_shell():
    assert mapping(["keep=correct,1"]) == {"keep": [("correct", 1.0)]}
    assert mapping(["condition=info[:,0]", "session=1,2"]) == {"condition": "info[:,0]", "session": (1.0, 2.0)}


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(st.sampled_from(["a", "b", "c d", "1", "2.5"]), min_size=2, max_size=20))
def test_any_values_of_a_field_keep_their_rows(data, labels):
    kinds = sorted(set(labels))
    wanted = data.draw(st.lists(st.sampled_from(kinds), min_size=1, unique=True))
    fields = Fields({"x": np.array(labels)}, "x", "Its fields", {})
    kept = np.isin(labels, wanted).tolist()
    assert kept_rows(fields, ("x", wanted), len(labels)).tolist() == kept
    assert kept_rows(fields, {"x": wanted}, len(labels)).tolist() == kept
