"""Tables become the recording they were made of, whatever the order of rows and the kind of table."""

import gzip

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.formats.tables import table_files
from neurouniv.systems.recordings.read import read_recording

SEEDS = st.integers(0, 2**16)


def recording(seed=0, trials=8, units=3, latencies=0, sessions=2):
    """A recording with everything a table can hold, trials numbered anew in every session."""
    rng = np.random.default_rng(seed)
    index = np.arange(trials)
    shape = (trials, units, latencies) if latencies else (trials, units)
    session = index * sessions // trials + 1
    coords = {
        "trial": np.concatenate([np.arange((session == s).sum()) for s in np.unique(session)]),
        "channel": np.array([f"n{k}" for k in range(units)]),
        "condition": ("trial", np.array(["face", "car", "house"])[index % 3]),
        "session": ("trial", session),
        "run": ("trial", index % 2 + 1),
        "roi": ("channel", np.array(["V4", "IT"])[np.arange(units) % 2]),
    }
    if latencies:
        coords["latency"] = np.arange(latencies) / 10 - 0.1
    dims = ("trial", "channel", "latency")[: len(shape)]
    return xr.Dataset({"activity": (dims, rng.normal(size=shape))}, coords)


def long_table(rec):
    """One row for every value."""
    rows = rec.assign_coords(row=("trial", np.arange(rec.sizes["trial"]))).swap_dims(trial="row").reset_coords("trial")
    table = rows.to_dataframe().reset_index().drop(columns="row")
    return table.rename(columns={"activity": "rate", "channel": "unit", "latency": "time", "condition": "stimulus"})


def wide_table(rec):
    columns = {name: rec[name].values for name in ("trial", "session", "run", "condition")}
    return pd.DataFrame(
        columns | {f"unit_{c}": v for c, v in zip(rec.channel.values, rec.activity.values.T, strict=True)}
    )


def assert_same(found, rec):
    """The same, but in the order of trials and channels."""
    assert found.sizes == rec.sizes
    both = []
    for one in (found, rec):
        one = one.assign_coords(key=("trial", one.session.values * 1000 + one.trial.values)).drop_vars("trial")
        both.append(one.swap_dims(trial="key").sortby(["key", "channel"]).drop_attrs())
    xr.testing.assert_identical(both[0].transpose(*both[1].activity.dims), both[1])


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(4, 12), st.integers(2, 5), st.integers(0, 3), st.integers(1, 2))
def test_rows_in_any_order_give_the_recording(seed, trials, units, latencies, sessions):
    rec = recording(seed, trials, units, latencies, sessions)
    table = long_table(rec)
    if latencies != 1:
        assert_same(read_recording(table), rec)
    shuffled = table.sample(frac=1, random_state=seed)
    if latencies == 1:
        shuffled, rec = shuffled.drop(columns="time"), rec.isel(latency=0, drop=True)
    assert_same(read_recording(shuffled), rec)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("latencies", [0, 3])
def test_text_of_any_delimiter_gives_the_numbers_exactly(tmp_path, delimiter, latencies):
    rec = recording(latencies=latencies)
    long_table(rec).to_csv(tmp_path / "x.dat", sep=delimiter, index=False)
    assert_same(read_recording(tmp_path / "x.dat"), rec)


def test_notes_before_the_header_and_quoted_delimiters(tmp_path):
    path = tmp_path / "x.csv"
    text = '# made in 2026, by me\n\n# again\ntrial,unit,rate,stimulus\n1,a,2,"x, y"\n2,a,3,z\n'
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    rec = read_recording(path)
    assert rec.condition.values.tolist() == ["x, y", "z"]
    assert rec.activity.values.ravel().tolist() == [2, 3]


def test_decimal_commas_are_read_when_said_and_told_when_not(tmp_path):
    rec, path = recording(), tmp_path / "x.csv"
    long_table(rec).to_csv(path, sep=";", decimal=",", index=False)
    assert_same(read_recording(path, decimal=","), rec)
    with pytest.raises(InputError, match=r"`decimal` is .* got 'comma'"):
        read_recording(path, decimal="comma")
    with pytest.raises(InputError, match=r'`activity`, needs numbers.*decimal comma, give decimal=","'):
        read_recording(path)


def test_packed_text_and_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    rec = recording(latencies=2)
    with gzip.open(tmp_path / "x.csv.gz", "wt") as file:
        long_table(rec).to_csv(file, index=False)
    long_table(rec).to_parquet(tmp_path / "x.parquet")
    assert_same(read_recording(tmp_path / "x.csv.gz"), rec)
    assert_same(read_recording(tmp_path / "x.parquet"), rec)


def test_columns_of_pandas_own_types_are_read():
    rec = recording()
    table = long_table(rec).astype({"session": "Int64", "stimulus": "category", "unit": "string", "rate": "Float64"})
    assert_same(read_recording(table), rec)


def test_a_column_of_lists_is_left_out():
    rec = recording()
    table = long_table(rec).assign(spikes=[[1.0, 2.0]] * 24)
    assert_same(read_recording(table), rec)
    with pytest.raises(InputError, match="columns do not say which is the condition"):
        read_recording(table.rename(columns={"stimulus": "picture"}))


def test_an_index_and_other_names_are_columns_too():
    rec = recording()
    table = long_table(rec).rename(columns={"rate": "hz", "unit": "cluster", "stimulus": "picture", "trial": "no"})
    names = {"activity": "hz", "channel": "cluster", "condition": "picture", "trial": "no"}
    assert_same(read_recording(table.set_index(["no", "cluster"]), **names), rec)


@pytest.mark.parametrize("activity", ["unit_*", "unit_", ["unit_n0", "unit_n1", "unit_n2"]])
def test_a_column_per_unit(activity):
    rec = recording().drop_vars("roi")
    found = read_recording(wide_table(rec), activity=activity)
    assert found.channel.values.tolist() == ["unit_n0", "unit_n1", "unit_n2"]
    assert_same(found.assign_coords(channel=rec.channel), rec)


def test_a_column_per_unit_and_a_row_per_time():
    rec = recording(latencies=3).drop_vars("roi")
    frames = [wide_table(rec.isel(latency=k)).assign(time=rec.latency.values[k]) for k in range(3)]
    found = read_recording(pd.concat(frames).sample(frac=1, random_state=1), activity="unit_*")
    assert_same(found.assign_coords(channel=rec.channel), rec)


def test_a_unit_absent_from_a_session_was_not_recorded_and_absent_from_a_trial_is_missing():
    table = long_table(recording())
    gone = table[~((table.unit == "n1") & (table.session == 2))]
    rec = read_recording(gone)
    np.testing.assert_array_equal(rec.recorded.sel(channel="n1"), rec.session == 1)
    assert rec.recorded.sel(channel=["n0", "n2"]).all()
    assert np.isnan(rec.activity.values[~rec.recorded.values]).all()
    once = table[~((table.unit == "n1") & (table.session == 2) & (table.trial == 0))]
    with pytest.raises(InputError, match=r"1 of .* NaN"):
        read_recording(once)
    assert read_recording(once, missing="drop_trials").sizes["trial"] == 7


def test_subjects_have_their_own_sessions_and_trials():
    one, two = (long_table(recording(seed)).assign(subject=name) for seed, name in ((1, "ann"), (2, "bob")))
    rec = read_recording(pd.concat([one, two]))
    assert rec.sizes["trial"] == 16
    bob = rec.isel(trial=(rec.subject == "bob").values)
    np.testing.assert_array_equal(bob.activity.values, recording(2).activity.values)


def test_a_time_that_is_the_same_throughout_a_trial_is_no_latency():
    table = long_table(recording()).assign(time=lambda t: t.session * 100.0 + t.trial)
    assert read_recording(table).activity.dims == ("trial", "channel")


def test_cut_trials_can_be_dropped_when_said():
    table = long_table(recording(latencies=3))
    cut = table[~((table.session == 1) & (table.trial == 2) & (table.time > 0.05))]
    with pytest.raises(InputError, match=r"same 3 latencies; 1 of 8 trials lack some: trial 2 has none at 0\.1"):
        read_recording(cut)
    assert read_recording(cut, missing="drop_trials").sizes["trial"] == 7


TABLE = long_table(recording())
LATER = long_table(recording(latencies=2))


def twice(table, row=3):
    return pd.concat([table, table.iloc[[row]]])


def two_conditions(table):
    table = table.copy()
    table.loc[1, "stimulus"] = "elsewhat"
    return table


def with_text(table, text):
    return table.assign(rate=table.rate.astype(object).where(table.index != 2, text))


REFUSED = {
    "a row twice": (twice(TABLE), r"another trial, unit and time; 1 of 25 rows repeat one.*trial 1, unit n0"),
    "trials restart": (TABLE.drop(columns="session"), r"12 of 24 rows repeat one.*name \['session'"),
    "two conditions": (two_conditions(TABLE), r"one condition; .* trial 0 has face and elsewhat \(row 2\).*`session`"),
    "text for a rate": (with_text(TABLE, "high"), r"'rate' .*1 of 24 rows have none, the first is 'high' \(row 3\)"),
    "decimal comma": (with_text(TABLE, "1,5"), r'decimal comma, give decimal=","'),
    "no unit": (TABLE.assign(unit=TABLE.unit.where(TABLE.index != 4)), r"needs a unit \(unit\); 1 of 24 .* row 5"),
    "no trial": (TABLE.assign(trial=TABLE.trial.where(TABLE.index != 4)), r"needs a trial \(session, trial\); 1 of 24"),
    "no latency": (LATER.assign(time=LATER.time.where(LATER.index != 4)), r"needs a latency; 1 of 48"),
    "mixed latencies": (
        LATER.assign(time=LATER.time + 0.01 * (LATER.session == 2)),
        r"same 4 latencies; 8 of 8 trials lack some.*Bin the times",
    ),
    "durations": (LATER.assign(time=pd.to_timedelta(LATER.time, "s")), r"holds durations.*total_seconds"),
    "dates": (LATER.assign(time=pd.Timestamp("2026-01-01")), r"holds dates"),
    "lists": (TABLE.assign(rate=[[1, 2]] * 24), r"24 of 24 rows have none, the first is '\[1, 2\]'"),
    "no rows": (TABLE[:0], r"without rows; its columns are \['unit'"),
    "a name twice": (TABLE.rename(columns={"run": "session"}), r"name once; \['session'\] come twice"),
    "levels of names": (pd.concat({"a": TABLE}, axis=1), r"one name per column; it has 2 levels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    table, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        read_recording(table)


def test_the_call_that_is_shown_works():
    rec = recording(trials=12, sessions=1)
    names = {"rate": "hz", "unit": "cluster", "stimulus": "picture", "trial": "no"}
    table = long_table(rec).rename(columns=names)[["cluster", "no", "picture", "hz", "session", "run"]]
    with pytest.raises(InputError, match="which is the trial and the unit and its activity and the condition") as told:
        read_recording(table)
    message = str(told.value)
    assert "cluster (n0), no (0), picture (face), hz (" in message
    call = message[message.index("read_recording(") : message.index("; or")]
    assert call == 'read_recording("the DataFrame", trial="no", channel="cluster", activity="hz", condition="picture")'
    assert_same(eval(call.replace('"the DataFrame"', "table")), rec.drop_vars("roi"))


def test_a_wrong_name_lists_the_columns_with_examples():
    with pytest.raises(
        InputError, match=r"no column 'stim', given as `condition`. Its columns: unit \(n0\), .*rate \("
    ):
        read_recording(TABLE, condition="stim")
    with pytest.raises(InputError, match=r"no column 'neuron_\*', given as `activity`, nor any that begins so"):
        read_recording(TABLE, activity="neuron_*")
    with pytest.raises(InputError, match="`activity` lists no column"):
        read_recording(TABLE, activity=[])
    with pytest.raises(InputError, match=r'which is the condition.*activity=\.\.\., condition="COLUMN"'):
        read_recording(wide_table(recording()).drop(columns="condition"), activity="unit_*")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"trial,unit,rate,stimulus\n1,a,2.0,x\n2,a,3.0,y,9,9\n", "CSV table but cannot be read.*line 3"),
        (b"trial,unit,rate,stimulus\n1,a,2.0,x\n2,a,\xff\xfe,y\n", "needs to be text in UTF-8"),
        (b"trial,unit,rate,stimulus\n1,a,2.0,x\n2,a,3.0\n", "condition"),
        (b"trial,unit,rate,stimulus\n", "without rows"),
        ("trial,unit,rate,stimulus\n1,a,2.0,x\n".encode("utf16")[:41], "needs to be text in UTF-8"),
        (b"PAR1 and no more", "Parquet table but cannot be read"),
    ],
)
def test_damaged_files_are_told(tmp_path, content, message):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_recording(tmp_path / "x.csv")


@pytest.mark.parametrize(
    "text", ["Brain Vision Data Exchange\n; created, by\nx", "one line, only", "{\n 'a': 1,\n}", ""]
)
def test_what_is_no_table_is_not_taken_for_one(tmp_path, text):
    path = tmp_path / "x"
    path.write_text(text)
    assert not table_files.is_text_table(path, text.encode())


LONG = "trial,unit,rate,stimulus\n" + "".join(f"{k // 2},{k % 2},{k}.5,{'ab'[k // 2 % 2]}\n" for k in range(8))
NUMBERS = np.arange(8).reshape(4, 2) + 0.5


@pytest.mark.parametrize("line", ["sep=;\n", '"sep=;"\n'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_excels_first_line_and_its_encodings_are_read(tmp_path, line, encoding):
    path = tmp_path / "x.csv"
    path.write_text(line + LONG.replace(",", ";"), encoding=encoding)
    rec = read_recording(path)
    np.testing.assert_array_equal(rec.activity.values, NUMBERS)
    assert rec.condition.values.tolist() == ["a", "b", "a", "b"]


def test_a_line_of_units_is_left_out_and_said(tmp_path):
    path = tmp_path / "x.csv"
    head, rest = LONG.split("\n", 1)
    for units in (",,(Hz),", "#,no,Hz,text"):
        path.write_text(f"{head}\n{units}\n{rest}")
        with pytest.warns(NeurounivWarning, match="the line under its names, which holds units .*rate .?Hz"):
            rec = read_recording(path)
        np.testing.assert_array_equal(rec.activity.values, NUMBERS)
    path.write_text("cond,u1,u2\nnone,1,2\nb,3,4\na,3,5\nb,3,4\n")  # a condition called none is a row as others
    assert read_recording(path, activity=["u1", "u2"], condition="cond", keep=None).sizes["trial"] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LONG.split("\n", 1)[1], "needs a first line with the names of its columns; it begins with 0, 0, 0.5, a"),
        ("1.5,2,2\n2.5,3,1\n0.1,3,2\n", "needs a first line with the names .*pandas.read_csv"),
        (LONG.replace("unit", "rate", 1), r"needs every column's name once; \['rate'\] come twice"),
        (LONG.replace(",0.5,", ',"1,234.5",'), "Save the numbers without commas between thousands"),
    ],
)
def test_tables_without_a_header_or_with_one_name_twice_are_asked_about(tmp_path, text, message):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_recording(path)


def test_units_called_by_numbers_are_names(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("condition,1,2,3\na,1,2,3\nb,1,2,4\na,3,2,1\nb,0,0,1\n")
    assert read_recording(path, activity=["1", "2", "3"]).sizes == {"trial": 4, "channel": 3}


def test_the_real_file_of_excel(real_data):
    rec = read_recording(real_data / "awkward_inputs" / "excel_sep.csv", activity="rate", condition="stimulus")
    table = np.genfromtxt(real_data / "awkward_inputs" / "excel_sep.csv", delimiter=";", skip_header=2)
    np.testing.assert_array_equal(np.sort(rec.activity.values.ravel()), np.sort(table[:, 2]))


@pytest.mark.parametrize("name", ["stim", "what"])
def test_a_table_with_a_column_for_every_unit_gets_the_call_that_reads_it(tmp_path, name):
    units = pd.DataFrame(np.random.default_rng(0).random((6, 300)), columns=[f"unit_{i}" for i in range(300)])
    path = tmp_path / "wide.csv"
    units.assign(**{name: list("abc") * 2}).to_csv(path, index=False)
    with pytest.raises(InputError, match="do not say which are the units") as told:
        read_recording(path)
    text = str(told.value)
    assert f"{name} (a), unit_0 (0.637), unit_1 (0.2698)" in text
    assert "and 297 more of numbers" in text
    asked = {"activity": "unit_*", "condition": name}
    assert ", ".join(f'{role}="{value}"' for role, value in asked.items()) in text
    assert read_recording(path, **asked).sizes["channel"] == 300


def test_units_without_a_common_name_are_listed(tmp_path):
    path = tmp_path / "wide.csv"
    units = pd.DataFrame(np.random.default_rng(0).random((6, 5)), columns=list("pqrst"))
    units.assign(stim=list("abc") * 2).to_csv(path)
    with pytest.raises(InputError, match=r'activity=\["p", "q", "r", ...\], condition="stim"'):
        read_recording(path)
