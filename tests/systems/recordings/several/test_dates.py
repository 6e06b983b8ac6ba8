"""Sessions with dates are days since the first, however the dates are written and wherever they stand."""

import warnings
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.storage import load, save
from neurouniv.systems.recordings.checks.dates import days_of, moments_in, moments_of
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.recordings.several.sessions import labels_of

FIRST = date(2024, 1, 30)
STYLES = ["%Y%m%d", "%Y-%m-%d", "%Y_%m_%d", "%Y.%m.%d"]
TIMED = ["%Y%m%dT%H%M%S", "%Y-%m-%dT%H-%M-%S", "%Y%m%d_%H%M%S", "%Y-%m-%d_%H-%M-%S", "%Y%m%d%H%M%S"]


def one(seed=0, **coords):
    """A recording of 6 trials."""
    coords = {name: ("trial", np.broadcast_to(value, 6)) for name, value in coords.items()}
    coords["condition"] = ("trial", list("abcabc"))
    return xr.Dataset({"activity": (("trial", "channel"), np.random.default_rng(seed).normal(size=(6, 4)))}, coords)


def written(folder, names):
    for seed, name in enumerate(names):
        path = folder / f"{name}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, activity=one(seed).activity.values, condition=np.array(list("abcabc")))
    return folder


def sessions(rec, trials=6):
    return rec.session.values[::trials].tolist()


@pytest.mark.parametrize("style", ["%Y%m%d", "%Y-%m-%d", "%Y%m%dT%H%M%S"])
@pytest.mark.parametrize("name", ["sub-m1_ses-{}_rates", "sub-m1/ses-{}/rates", "mouse_{}", "{}", "{}/rates"])
def test_dates_in_names_are_days_since_the_first(tmp_path, style, name):
    days = [datetime(2024, 1, 30, 10, 15), datetime(2024, 1, 31, 9), datetime(2024, 2, 1, 11), datetime(2024, 3, 1, 8)]
    rec = read_recording(written(tmp_path, [name.format(day.strftime(style)) for day in days]))
    assert sessions(rec) == [0, 1, 2, 31]
    assert rec.session_date.values[::6].astype("U10").tolist() == [day.date().isoformat() for day in days]
    assert "days since 2024-01-30" in rec.attrs["sessions_from"]
    assert "sessions: 4 (0 ... 31), from the file names, by date, days since 2024-01-30" in describe(rec)
    time = trajectory(rec).time
    assert (time.attrs["units"], time.values.tolist()) == ("days", [0, 1, 2, 31])
    assert trajectory(load(save(rec, tmp_path / "rec.nc"))).time.identical(time)


def test_the_recording_that_had_a_gap_of_70(real_data):
    folder = real_data / "awkward_inputs"
    if not folder.is_dir():
        pytest.skip("no folder of awkward inputs")
    rec = read_recording(str(folder / "sub-m1_ses-*_rates.npz"))
    assert sessions(rec, 24) == [0, 1, 2]
    assert trajectory(rec, metric="crossnobis").time.attrs["units"] == "days"


LABELS = {
    "texts": ["2024-01-30", "2024-02-01", "2024-03-01"],
    "numbers": [20240130, 20240201, 20240301],
    "MATLAB's numbers": [20240130.0, 20240201.0, 20240301.0],
    "MATLAB's texts": ["30-Jan-2024", "01-Feb-2024", "01-Mar-2024 11:00:00"],
    "slashes": ["2024/01/30", "2024/02/01", "2024/03/01"],
    "stamps": ["2024-01-30T10:15:00", "2024-02-01T09:00:00.25", "2024-03-01T10:00:00Z"],
    "datetimes": [datetime(2024, 1, 30, 10), datetime(2024, 2, 1, 9), datetime(2024, 3, 1)],
    "dates": [date(2024, 1, 30), date(2024, 2, 1), date(2024, 3, 1)],
    "numpy": np.array(["2024-01-30T10", "2024-02-01T09", "2024-03-01"], dtype="datetime64[ns]"),
    "pandas": list(pd.to_datetime(["2024-01-30", "2024-02-01", "2024-03-01"])),
    "bytes": [b"20240130", b"20240201", b"20240301"],
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_kind(tmp_path, kind):
    labels = LABELS[kind]
    files = [str(path) for path in sorted(written(tmp_path, "abc").glob("*.npz"))]
    rec = read_recording(files, session=list(labels))
    assert sessions(rec) == [0, 2, 31]
    assert "as given, by date, days since 2024-01-30" in rec.attrs["sessions_from"]
    whole = one().isel(trial=[0, 1, 2, 3, 4, 5] * 3).assign_coords(trial=np.arange(18))
    per_trial = np.repeat(np.array(labels, dtype=object if kind != "numpy" else None), 6)
    for rec in (
        read_recording(whole, session=per_trial),
        read_recording(whole.assign_coords(session=("trial", per_trial))),
    ):
        assert sessions(rec) == [0, 2, 31]
        assert rec.attrs["sessions_from"] == "by date, days since 2024-01-30"
        assert "sessions: 3 (0 ... 31), by date, days since 2024-01-30" in describe(rec)


def test_a_dataset_of_ones_own_needs_no_reading():
    dates = np.repeat(np.array(["2024-01-30", "2024-02-01"], dtype="datetime64[ns]"), 3)
    time = trajectory(one().isel(trial=[0, 1, 2, 0, 1, 2]).assign_coords(session=("trial", dates))).time
    assert (time.values.tolist(), time.attrs["units"]) == ([0, 2], "days")


def test_dates_of_a_netcdf_file(tmp_path):
    days = np.repeat(np.array(["2024-01-30", "2024-02-01"], dtype="datetime64[ns]"), 3)
    one().assign_coords(session=("trial", days)).to_netcdf(tmp_path / "x.nc")
    assert read_recording(tmp_path / "x.nc").session.values.tolist() == [0, 0, 0, 2, 2, 2]
    one().assign_coords(session=("trial", days - days[0])).to_netcdf(tmp_path / "y.nc")
    assert read_recording(tmp_path / "y.nc").session.values.tolist() == [0, 0, 0, 2, 2, 2]


def test_dates_in_the_files_are_counted_from_the_first_of_all():
    days = [["20240201", "20240203"], ["20240130", "20240131"]]
    recs = [one(i, session=np.repeat(labels, 3)) for i, labels in enumerate(days)]
    rec = read_recording(recs)
    assert rec.session.values.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [4] * 3
    assert rec.attrs["sessions_from"] == "from the files' own fields, by date, days since 2024-01-30"
    apart = [read_recording(rec) for rec in recs]
    assert [sessions(rec, 3) for rec in apart] == [[0, 2], [0, 1]]
    assert read_recording(apart).session.values.tolist() == rec.session.values.tolist()
    with pytest.raises(InputError, match=r"are dates and those of .* are numbers. Give `session`"):
        read_recording([recs[0], one(5, session=3)])


def test_files_read_one_by_one_and_joined_by_hand_are_not_all_day_0(tmp_path):
    folder = written(tmp_path, ["ses-20240130", "ses-20240201"])
    recs = [read_recording(path) for path in sorted(folder.glob("*.npz"))]
    assert [sessions(rec) for rec in recs] == [[0], [0]]
    joined = xr.concat(recs, "trial").assign_coords(trial=np.arange(12))
    assert trajectory(joined).time.values.tolist() == [0, 2]
    weeks = joined.assign_coords(session=("trial", [1] * 12))  # numbers of the user's own stay
    assert read_recording(weeks).session.values.tolist() == [1] * 12


def test_every_subject_starts_at_day_0():
    recs = [one(i).assign_attrs(subject=s) for i, s in enumerate(["m1", "m1", "m2", "m2"])]
    rec = read_recording(recs, session=["2024-01-30", "2024-02-01", "2024-05-01", "2024-05-03"])
    assert sessions(rec) == [0, 2, 0, 2]
    assert "days since each subject's first session" in rec.attrs["sessions_from"]
    assert trajectory(rec).time.values.tolist() == [0, 2]


def test_start_times_are_days_too():
    starts = ["2024-01-31T23:50:00+01:00", "2024-02-01T00:10:00+01:00", "2024-02-03T12:00:00+01:00"]
    rec = read_recording([one(i).assign_attrs(started=when) for i, when in enumerate(starts)])
    assert sessions(rec) == [0, 1, 3]  # by the calendar where it was recorded
    assert rec.attrs["sessions_from"] == "from the files' start times, by date, days since 2024-01-31"
    morning = ["2024-01-31T09:00:00", "2024-01-31T15:00:00", "2024-02-01T09:00:00"]
    rec = read_recording([one(i).assign_attrs(started=when) for i, when in enumerate(morning)])
    assert sessions(rec) == [0.0, 0.25, 1.0]
    assert "parts of days as some days have several sessions" in rec.attrs["sessions_from"]
    same = [f"2024-01-31T09:00:{second:02d}" for second in (5, 1, 3)]
    rec = read_recording([one(i).assign_attrs(started=when) for i, when in enumerate(same)])
    assert sessions(rec) == [1, 2, 3]  # nobody learns for seconds: files made at once, one after the other
    assert rec.attrs["sessions_from"].endswith("in order of their times, all of one day 2024-01-31")
    assert rec.activity.values[0].tolist() == one(1).activity.values[0].tolist()
    assert trajectory(rec).time.attrs["units"] == "sessions"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["2024-01-30", "3"], "all dates or all numbers; '2024-01-30' is a date and '3' is not"),
        ([20240130, 2], "all dates or all numbers; '20240130' is a date and '2' is not"),
        ([20240130, 20240199], "'20240130' is a date and '20240199' is not"),
        (["2024-01-30", "post"], "'2024-01-30' is a date and 'post' is not"),
        (["2024-01-30", "2024-01-30T10:00:00"], "Two sessions are on one day.*2024-01-30 has a date alone"),
        (["30.01.2024", "31.01.2024"], "or dates \\(2024-01-30\\); got"),
    ],
)
def test_mixtures_are_refused(labels, message):
    with pytest.raises(InputError, match=message):
        read_recording([one(), one(1)], session=labels)


def test_mixtures_in_names_and_fields_are_refused(tmp_path):
    with pytest.raises(InputError, match="'20240130' is a date and '2' is not"):
        read_recording(written(tmp_path, ["ses-20240130", "ses-2"]))
    with pytest.raises(InputError, match="'20240130' is a date and '3' is not"):
        read_recording(one(session=["20240130", "20240130", "3", "3", "3", "3"]))
    with pytest.raises(InputError, match=r"1 of 6 are not, the first is .*NaT"):
        read_recording(one(session=np.array(["2024-01-30"] * 5 + ["NaT"], dtype="datetime64[ns]")))


@pytest.mark.parametrize(
    "labels", [[20, 21], [20249930, 20249931], [12345678, 22345678], [2024, 2025], [738000, 738002]]
)
def test_numbers_that_are_no_dates_stay_numbers(tmp_path, labels):
    assert sessions(read_recording([one(), one(1)], session=labels)) == labels
    assert sessions(read_recording(written(tmp_path, [f"ses-{label}" for label in labels]))) == labels
    assert read_recording(one(session=labels[0])).session.values[0] == labels[0]


@pytest.mark.parametrize("labels", [[240130, 240201], [10224, 300124], [30012024, 31012024], [1302024, 2012024]])
def test_numbers_that_may_be_dates_of_another_order_are_told(labels):
    with pytest.warns(NeurounivWarning, match=r"taken as numbers.*If they are dates.*2024-01-30"):
        assert sessions(read_recording([one(), one(1)], session=labels)) == labels


def test_names_that_share_a_date_are_files_in_order(tmp_path):
    with pytest.warns(NeurounivWarning, match="hold dates, and some share one"):
        rec = read_recording(written(tmp_path, ["20240130_a", "20240130_b", "20240131_a"]))
    assert sessions(rec) == [1, 2, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sessions(read_recording(written(tmp_path / "x", ["20240130_a", "20240130_b"]))) == [1, 2]
    rec = read_recording(written(tmp_path / "y", ["sub-20190101_a", "sub-20190101_b"]))
    assert sessions(rec) == [1, 2]  # the name of a subject is no date of a session


@pytest.mark.parametrize("gap", [None, np.nan, pd.NaT, "", "n/a"])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d", None])
def test_missing_dates_are_counted(gap, form):
    days = [date(2024, 1, 30), date(2024, 2, 1)] * 3
    labels = np.array([gap, *(day.strftime(form) if form else day for day in days[1:])], dtype=object)
    arrays = {"activity": np.eye(6, 3), "condition": list("abcabc"), "session": labels, "trial": np.arange(6)}
    for source in (one().assign_coords(session=("trial", labels)), arrays):
        with pytest.raises(InputError, match=r"1 of 6 are not, the first is '(None|nan|NaT|n/a|)' \(trial 0\)"):
            read_recording(source)


moments = st.datetimes(datetime(1950, 1, 1), datetime(2099, 12, 31)).map(lambda t: t.replace(microsecond=0))


@settings(max_examples=200, deadline=None)
@given(st.lists(moments, min_size=2, max_size=6, unique_by=lambda t: t.date()), st.sampled_from(STYLES + TIMED))
def test_any_dates_written_in_any_way_are_their_days(times, style):
    texts = [time.strftime(style) for time in times]
    first = min(times).date()
    expected = [(time.date() - first).days for time in times]
    assert days_of(moments_of(texts), [""] * len(texts)).numbers == expected
    assert days_of(moments_in([f"m1_{text}_rates" for text in texts]), [""] * len(texts)).numbers == expected
    digits = [text for text in texts if text.isdigit()]
    assert not digits or days_of(moments_of([float(text) for text in digits]), digits and [""] * len(digits))


FORMS = ["sub-{s}_ses-{d}_x", "sub-{s}/ses-{d}/x", "sub-{s}_ses-{d}_run-1_x", "sub-{s}/{d}/x", "sub-{s}_{d}"]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["m1", "m2"]), moments),
        min_size=2,
        max_size=7,
        unique_by=lambda p: (p[0], p[1].date()),
    ),
    st.sampled_from(FORMS),
    st.sampled_from(STYLES[:3] + TIMED[:4]),
)
def test_any_names_of_files_give_days_of_each_subject(parts, form, style):
    if "ses-" in form:
        style = style.replace("_", "-") if "%Y_" in style else style  # an underscore ends a BIDS value
    if len({time.date() for _, time in parts}) == 1 and "ses-" not in form:
        return  # one date says nothing of the order
    names = [form.format(s=subject, d=time.strftime(style)) + ".npz" for subject, time in parts]
    labels = labels_of([one()] * len(names), names, {})
    first = {owner: min(time.date() for subject, time in parts if subject == owner) for owner, _ in parts}
    if len(first) == len(parts) and "ses-" not in form:
        assert labels.session is None  # a file each
        return
    assert labels.subject == [subject for subject, _ in parts]
    assert list(labels.session) == [(time.date() - first[subject]).days for subject, time in parts]
    assert labels.session_attrs["units"] == "days"


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(moments, min_size=2, max_size=6, unique=True), st.sampled_from(TIMED), st.integers(-11, 12))
def test_sessions_of_one_day_are_in_order_and_as_far_apart_as_they_were(times, style, hours):
    zone = timezone(timedelta(hours=hours))
    for labels in ([time.strftime(style) for time in times], [time.replace(tzinfo=zone).isoformat() for time in times]):
        found = moments_of(labels)
        if any(moment.instant is None for moment in found) and len({m.day for m in found}) < len(found):
            continue  # midnight counts as no time
        numbers = days_of(found, [""] * len(times)).numbers
        assert np.argsort(numbers, kind="stable").tolist() == np.argsort(times, kind="stable").tolist()
        if len({time.date() for time in times}) < len(times) and len({time.date() for time in times}) > 1:
            elapsed = [(time - min(times)) / timedelta(days=1) for time in times]
            np.testing.assert_allclose(numbers, elapsed, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_any_number_is_itself_or_a_date(numbers):
    def is_date(number):
        try:
            return 1900 <= datetime.strptime(str(number), "%Y%m%d").replace(tzinfo=UTC).year < 2100
        except ValueError:
            return False

    kinds = {len(str(n)) == 8 and is_date(n) for n in numbers}
    if kinds == {True, False}:
        with pytest.raises(InputError, match="all dates or all numbers"):
            moments_of(numbers)
    else:
        assert (moments_of(numbers) is not None) == (kinds == {True})
