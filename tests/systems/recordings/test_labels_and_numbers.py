"""Labels that become one are told; kinds of numbers, what is masked and units of times are read as they are meant."""

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.checks.labels import tidied
from neurouniv.systems.recordings.read import read_recording

LABELS = np.array(list("abc") * 4)
ACTIVITY = np.random.default_rng(0).normal(size=(12, 4)).round(1)


def source(activity=ACTIVITY, condition=LABELS, **more):
    return {"activity": activity, "condition": condition, **more}


def refused(message, source, **mapping):
    with pytest.raises(InputError, match=message):
        read_recording(source, **mapping)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", "a ", "b", "b"], r"'a' \(text, 3 trials\) and 'a ' \(text, 3 trials\)"),
        ([1, "1", 2, 2], r"1 \(number, 3 trials\) and '1' \(text, 3 trials\)"),
        ([b"x", "x", "y", "y"], r"b'x' \(bytes, 3 trials\) and 'x' \(text"),
    ],
)
@pytest.mark.parametrize("kind", ["dict", "dataset"])
def test_labels_that_become_one_are_told(labels, message, kind):
    values = np.array(labels * 3, dtype=object)
    data = source(condition=labels * 3)
    if kind == "dataset":
        data = xr.Dataset({"activity": (("trial", "channel"), ACTIVITY)}, {"condition": ("trial", values)})
    with pytest.warns(NeurounivWarning, match=f"Labels of `condition` that differ only .*{message}.*different names"):
        assert np.unique(read_recording(data).condition).size == 2


@pytest.mark.parametrize(
    "labels", [["a ", "b ", "b "], [1.0, 2, np.int8(1)], [1, 1.5, 2], [None, np.nan, ""], [True, 1], ["A", "a"]]
)
def test_labels_that_stay_apart_or_are_the_same_number_are_not(labels):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tidied(np.array(labels, dtype=object), "condition")


def test_names_of_subjects_that_become_one_are_told():
    with pytest.warns(NeurounivWarning, match="Labels of `subject`"):
        read_recording(source(subject=["m", "m "] * 6))


@pytest.mark.parametrize("kind", ["?", "i1", "u1", ">i2", "u2", "i8", "u8", "f2", ">f4", ">f8", "f16"])
def test_every_kind_of_number_gives_its_own_distances(kind):
    values = np.abs(np.round(ACTIVITY * 50)).astype(kind)
    rec = read_recording(source(np.asfortranarray(values)))
    assert rec.activity.dtype in (np.float32, np.float64)
    assert rec.activity.dtype.isnative
    assert (rec.activity.values == values).all()
    large = read_recording(source(values, session=np.repeat([1, 2], 6)))
    means = np.stack([values[:6][LABELS[:6] == name].astype(float).mean(0) for name in "abc"])
    expected = [((means[i] - means[j]) ** 2).sum() for i, j in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(trajectory(large).h.values[0], expected, rtol=1e-9)


def test_rows_of_small_integers_are_averaged_without_overflow():
    rows = np.full((24, 2), 120, dtype=np.int8)
    rec = read_recording(source(rows, np.repeat(LABELS, 2), trial=np.repeat(np.arange(12, dtype=np.uint8), 2)))
    assert (rec.activity.values == 120).all()


def test_what_is_masked_is_missing():
    refused("1 of 48 are NaN", source(np.ma.masked_equal(ACTIVITY.astype("f4"), ACTIVITY.max().astype("f4"))))
    refused("1 of 48 are NaN", source(np.ma.masked_equal(np.arange(48).reshape(12, 4), 7)))
    refused("4 of 12 have none", source(condition=np.ma.masked_equal(LABELS, "b")))
    assert (read_recording(source(np.ma.masked_greater(ACTIVITY, 99))).activity.values == ACTIVITY).all()


def test_a_value_too_large_to_be_squared_is_told_and_dropped_when_asked():
    activity = ACTIVITY.copy()
    activity[3, 2] = 1e200
    refused(
        r"1 of 48 are .* too large to be squared \(beyond 1e\+150\), in 1 of 12 trials \(3, .* \(2\)", source(activity)
    )
    assert read_recording(source(activity), missing="drop_trials").sizes["trial"] == 11
    assert read_recording(source(np.float32(1e30) * ACTIVITY.astype("f4"))).sizes["trial"] == 12


@pytest.mark.parametrize(
    ("latency", "units"),
    [
        ([0, 10, 20], "ms"),
        ([0.0, 0.01, 0.02], "s"),
        ([0.0, 0.01, 0.02], ""),
        ([0, 10_000, 20_000], "µs"),
        (pd.to_timedelta([0, 10, 20], "ms"), ""),
        (np.array([0, 10, 20], dtype="m8[ms]"), ""),
    ],
)
@pytest.mark.parametrize("name", ["latency", "moment"])
def test_latencies_are_read_in_their_own_unit(latency, units, name):
    times = xr.Variable(name, np.asarray(latency), {"units": units} if units else {})
    activity = xr.DataArray(ACTIVITY[..., None] * np.ones(3), dims=("trial", "channel", name))
    data = activity.to_dataset(name="activity").assign_coords({name: times, "condition": ("trial", LABELS)})
    rec = read_recording(data) if name == "latency" else read_recording(data, latency=name)
    np.testing.assert_allclose(rec.latency, [0, 0.01, 0.02])
    assert rec.latency.attrs.get("units", "s") == "s"


def test_units_of_latencies_and_activity_in_hdf5_are_used(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for name, values in source(ACTIVITY[..., None] * np.ones(3), np.arange(12) % 3, t=np.arange(3) * 10).items():
            file[name] = values
        file["t"].attrs["units"], file["activity"].attrs["units"] = "ms", np.bytes_("spikes/s")
    rec = read_recording(tmp_path / "x.h5", latency="t")
    np.testing.assert_allclose(rec.latency, [0, 0.01, 0.02])
    assert rec.activity.attrs["units"] == "spikes/s"


def test_dates_as_latencies_and_unknown_units_are_told():
    activity = ACTIVITY[..., None] * np.ones(3)
    refused(
        "times in seconds from an event.*got datetime64", source(activity, latency=pd.date_range("2020", periods=3))
    )
    data = xr.Dataset(
        {"activity": (("trial", "channel", "latency"), activity)},
        {"condition": ("trial", LABELS), "latency": ("latency", np.arange(3), {"units": "frames"})},
    )
    with pytest.warns(NeurounivWarning, match="has the units 'frames', which are no known time"):
        read_recording(data)


@pytest.mark.parametrize("kind", ["M8[D]", "m8[h]"])
def test_times_of_trajectories_need_to_be_numbers(kind):
    from neurouniv.schema import check_trajectory

    traj = xr.Dataset({"h": (("time", "pair"), np.ones((3, 1)))}, {"time": np.arange(3).astype(kind)})
    with pytest.raises(InputError, match=r"times as numbers.*got .*assign_coords\(time=.*'D'"):
        check_trajectory(traj)
