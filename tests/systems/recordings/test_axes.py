"""Axes of activity are told by names, by what is said, or by lengths; where several fit, it is asked."""

import itertools

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from neurouniv.cli import run_command
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.storage import load
from neurouniv.systems.recordings.read import read_recording

ORDERS = list(itertools.permutations(("presentation", "neuroid", "time_bin")))
TIMES = [0.07, 0.12, 0.17]


def random_activity(trials=20, channels=20, latencies=3):
    """Activity (trial, channel, latency) and the labels of its trials."""
    rng = np.random.default_rng(trials + 7 * channels)
    return rng.normal(size=(trials, channels, latencies)), np.array([f"im{i % 5}" for i in range(trials)])


def named(activity, labels, order=("neuroid", "presentation", "time_bin")):
    """The same with named dimensions in another order, as brain-score keeps assemblies."""
    array = xr.DataArray(activity, dims=("presentation", "neuroid", "time_bin")).transpose(*order)
    coords = {"image_id": ("presentation", labels), "time_bin": TIMES[: activity.shape[2]]}
    return xr.Dataset({"firing": array}, coords)


def distances(rec, first="im0", second="im3"):
    traj = trajectory(rec)
    return traj.h.values[:, ((traj["first"] == first) & (traj["second"] == second)).values].ravel()


def refused(message, source, **mapping):
    with pytest.raises(InputError, match=message) as caught:
        read_recording(source, **mapping)
    return str(caught.value)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["memory", "nc", "zarr", "array"])
def test_dimensions_are_used_by_name_in_any_order(tmp_path, kind, order):
    activity, labels = random_activity()
    source = named(activity, labels, order)
    names = {"activity": "firing", "condition": "image_id", "latency": "time_bin"}
    if kind == "nc":
        source.to_netcdf(tmp_path / "a.nc")
        source = tmp_path / "a.nc"
    elif kind == "zarr":
        source.assign_coords(image_id=source.image_id.astype(object)).to_zarr(tmp_path / "a.zarr", consolidated=False)
        source = tmp_path / "a.zarr"
    elif kind == "array":
        source, names = source.firing, {n: f for n, f in names.items() if n != "activity"}
    rec = read_recording(source, **names)
    assert (rec.activity.values == activity).all()
    assert rec.condition.values.tolist() == labels.tolist()
    assert rec.latency.values.tolist() == TIMES


def test_an_assembly_with_as_many_neurons_as_presentations(real_data):
    path = real_data / "awkward_inputs" / "assembly_square.nc"
    rec = read_recording(path, activity="firing", condition="image_id", latency="time_bin")
    np.testing.assert_allclose(distances(rec), [555.935, 591.381, 564.976], atol=5e-4)


def test_neurons_by_times_by_trials_are_asked_for(real_data):
    path = real_data / "awkward_inputs" / "neurons_time_trials.mat"
    names = {"activity": "spikes", "condition": "stim", "latency": TIMES}
    words = "channel,latency,trial"
    assert words in refused("Which axis of the activity is which", path, **names)
    rec = read_recording(path, dims=words, **names)
    np.testing.assert_allclose(distances(rec, "0", "3"), [555.935, 591.381, 564.976], atol=5e-4)


def test_the_question_is_asked_and_answered_in_a_shell(tmp_path, capsys):
    activity, labels = random_activity(12, 12, 1)
    condition = np.array(labels, dtype=object)
    savemat(tmp_path / "x.mat", {"rates": activity[..., 0].T, "stim": condition, "day": np.arange(12) // 6})
    call = ["rdm", str(tmp_path / "x.mat"), str(tmp_path / "t.nc"), "--task", "none"]
    call += ["--map", "activity=rates", "condition=stim", "session=day"]
    assert run_command(call) == 2
    told = capsys.readouterr().err
    assert "--map dims=channel,trial" in told
    assert "dims='trial,channel'" in told
    assert run_command([*call, "dims=channel,trial"]) == 0
    i, j = [np.flatnonzero((labels == name) & (np.arange(12) < 6)) for name in ("im0", "im1")]
    expected = ((activity[i, :, 0].mean(0) - activity[j, :, 0].mean(0)) ** 2).sum()
    np.testing.assert_allclose(load(tmp_path / "t.nc").h.values[0, 0], expected)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.tuples(st.integers(2, 5), st.integers(1, 5), st.integers(1, 5)),
    order=st.permutations(range(3)),
    data=st.data(),
)
def test_named_axes_of_any_shape_and_order_give_the_recording_made_by_hand(sizes, order, data):
    names = data.draw(st.permutations(["trial", "channel", "latency", "x", "time", "unit"]))[:3]
    activity = np.arange(np.prod(sizes), dtype=float).reshape(sizes)
    array = xr.DataArray(activity, dims=names).transpose(*[names[i] for i in order])
    coords = {"label": (names[0], np.arange(sizes[0]) % 2), "moment": (names[2], np.arange(sizes[2]) / 10)}
    rec = read_recording(xr.Dataset({"a": array}, coords), activity="a", condition="label", latency="moment")
    assert (rec.activity.values == activity).all()
    assert rec.latency.values.tolist() == (np.arange(sizes[2]) / 10).tolist()


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    sizes=st.tuples(st.integers(2, 4), st.integers(1, 4), st.integers(1, 4)),
    order=st.permutations(range(3)),
    flat=st.booleans(),
)
def test_nameless_axes_give_the_recording_made_by_hand_or_a_question(sizes, order, flat):
    axes, latencies = ((0, 1) if flat else (0, 1, 2)), (None if flat else np.arange(sizes[2]) / 10)
    activity = np.arange(np.prod(sizes[: len(axes)]), dtype=float).reshape(sizes[: len(axes)])
    order = [axis for axis in order if axis in axes]
    given_here = {"activity": activity.transpose(order), "condition": np.arange(sizes[0]) % 2, "latency": latencies}
    given_here = {name: values for name, values in given_here.items() if values is not None}
    words = ",".join(("trial", "channel", "latency")[axis] for axis in order)
    said = read_recording(given_here, dims=words)
    assert (said.activity.values == activity).all()
    turned = given_here["activity"]
    readings = {
        reading.tobytes(): reading.shape
        for axes in itertools.permutations(range(turned.ndim))
        if (reading := turned.transpose(axes)).shape[0] == sizes[0] and (flat or reading.shape[2] == sizes[2])
    }
    if len(readings) > 1:
        assert f"dims='{words}'" in refused("Which axis of the activity is which", given_here)
    else:
        assert (read_recording(given_here).activity.values == activity).all()


@pytest.mark.parametrize("trials", [6, 5])
def test_cells_with_as_many_channels_as_times_are_asked_for(tmp_path, trials):
    rng = np.random.default_rng(0)
    activity = rng.normal(size=(trials, 4, 4))
    cells = np.empty(trials, dtype=object)
    cells[:] = list(activity)
    savemat(tmp_path / "x.mat", {"activity": cells, "condition": np.arange(trials) % 2, "latency": np.arange(4) / 10})
    assert "dims='trial,latency,channel' or dims='trial,channel,latency'" in refused("Which axis", tmp_path / "x.mat")
    rec = read_recording(tmp_path / "x.mat", dims=("trial", "latency", "channel"))
    assert (rec.activity.values == activity.swapaxes(1, 2)).all()


def test_cells_of_channels_with_as_many_trials_are_asked_for():
    cells = np.empty(6, dtype=object)
    cells[:] = list(np.random.default_rng(0).normal(size=(6, 6)))
    source = {"activity": cells, "condition": list("ababab")}
    refused("Which axis", source)
    rec = read_recording(source, dims="channel,trial")
    assert (rec.activity.values == np.stack(cells).T).all()


def test_times_of_their_own_make_cells_trials():
    cells, times = np.empty(6, dtype=object), np.empty(6, dtype=object)
    cells[:] = list(np.random.default_rng(0).normal(size=(6, 6, 3)))
    times[:] = [np.arange(3) / 10] * 6
    rec = read_recording({"activity": cells, "latency": times, "condition": list("ababab")})
    assert (rec.activity.values == np.stack(cells)).all()


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        ("trial,odour", 'whether it is "trial", "channel" or "latency".*Got .trial,odour'),
        ("channel,channel", '"trial" comes once'),
        (("trial", "channel", "latency"), r"one word for every axis of the activity; got 3 .* shape \(6, 6\)"),
        ("trial,latency", 'axis 1 of the activity is "latency"; give its times'),
        (3, "Got 3"),
    ],
)
def test_dims_that_do_not_fit_are_told(dims, message):
    refused(message, {"activity": np.eye(6), "condition": list("ababab")}, dims=dims)


def test_dims_that_contradict_lengths_or_names_are_told():
    source = {"activity": np.zeros((6, 4)), "condition": list("ababab")}
    refused('axis 1 of the activity is "trial"; .* length 4, and there are 6 cond', source, dims="channel,trial")
    refused("names no axis of the 4 latencies", source, dims="trial,channel", latency=np.arange(4))
    source = xr.Dataset({"activity": (("p", "n"), np.eye(6)), "condition": ("p", list("ababab"))})
    refused('axis 0 .* is "channel"; in the Dataset it is "trial", the dimension .p.', source, dims="channel,trial")


def test_more_than_one_axis_of_channels_is_flattened_only_when_asked():
    activity = np.random.default_rng(0).normal(size=(12, 3, 4, 5))
    source = {"activity": activity, "condition": np.arange(12) % 2, "latency": np.arange(5) / 10}
    words = "trial,channel,channel,latency"
    assert f'dims="{words}" makes one axis of channels' in refused("axes of length 3 and 4", source)
    assert (read_recording(source, dims=words).activity.values == activity.reshape(12, 12, 5)).all()
    array = xr.DataArray(activity, dims=("p", "x", "y", "t"), coords={"label": ("p", np.arange(12) % 2), "t": range(5)})
    refused(r'\(p, x, y, t\) needs `latency`, .* of one axis: latency="t"\?', array, condition="label")
    refused(words, array, condition="label", latency="t")
    found = read_recording(array, condition="label", latency="t", dims=words)
    assert (found.activity.values == activity.reshape(12, 12, 5)).all()


def test_levels_of_a_multiindex_are_labels_of_trials_and_channels():
    activity, labels = random_activity(12, 12, 1)
    trials = pd.MultiIndex.from_arrays([labels, np.arange(12) // 6], names=["image_id", "repetition"])
    units = pd.MultiIndex.from_arrays([[f"u{i}" for i in range(12)], ["V4", "IT"] * 6], names=["neuroid_id", "region"])
    coords = {
        **xr.Coordinates.from_pandas_multiindex(trials, "presentation"),
        **xr.Coordinates.from_pandas_multiindex(units, "neuroid"),
    }
    array = xr.DataArray(activity[..., 0].T, dims=("neuroid", "presentation"), coords=coords)
    rec = read_recording(array, condition="image_id", run="repetition", channel="neuroid_id")
    assert (rec.activity.values == activity[..., 0]).all()
    assert rec.run.values.tolist() == [0] * 6 + [1] * 6
    assert rec.region.values.tolist() == ["V4", "IT"] * 6
    assert rec.channel.values.tolist() == [f"u{i}" for i in range(12)]
    tidy = array.rename(neuroid="channel", presentation="trial", image_id="condition")
    assert (read_recording(tidy.to_dataset(name="activity")).activity.values == activity[..., 0]).all()


def test_labels_need_to_lie_on_the_dimension_that_they_are_of():
    square = xr.Dataset(
        {"activity": (("p", "n"), np.random.default_rng(0).normal(size=(6, 6)))},
        {"condition": ("p", list("ababab")), "session": ("n", np.arange(6)), "day": ("n", np.arange(6))},
    )
    assert "session" not in read_recording(square).coords  # of the channels, not of the trials
    refused("`session` needs a field that lies on 'p'.*'day' in the Dataset lies on 'n'", square, session="day")
    refused("`channel` needs a field that lies on 'n', the dimension of the channels", square, channel="condition")


def test_a_condition_on_another_dimension_of_the_same_length_is_told():
    source = xr.Dataset({"activity": (("a", "b"), np.zeros((6, 3))), "condition": ("c", list("ababab"))})
    with pytest.warns(NeurounivWarning, match="lies on the dimension 'c', which the activity .a, b. lacks; 'a', of"):
        read_recording(source)
    assert read_recording(source, dims="trial,channel").sizes["trial"] == 6


def test_names_that_only_a_library_gave_tell_nothing():
    arrays = {"activity": xr.DataArray(np.eye(6)), "condition": xr.DataArray(list("ababab"))}
    refused("Which axis", xr.Dataset(arrays))
    refused("Which axis", arrays)


def test_an_array_given_as_activity_keeps_its_names():
    square = xr.DataArray(np.arange(36.0).reshape(6, 6), dims=("channel", "trial"))
    rec = read_recording({"stim": list("ababab")}, activity=square, condition="stim")
    assert (rec.activity.values == square.values.T).all()


def test_labels_of_dimensions_in_hdf5_are_used(tmp_path):
    h5py = pytest.importorskip("h5py")
    square = np.arange(36.0).reshape(6, 6)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["rates"], file["stim"] = square, np.arange(6) % 2
        file["rates"].dims[0].label, file["rates"].dims[1].label = "neuron", "trial"
        file["bare"] = square
    names = {"condition": "stim"}
    assert (read_recording(tmp_path / "x.h5", activity="rates", **names).activity.values == square.T).all()
    refused("Which axis", tmp_path / "x.h5", activity="bare", **names)


def test_chunked_activity_is_turned_without_being_read(tmp_path):
    activity, labels = random_activity()
    named(activity, labels).to_netcdf(tmp_path / "a.nc")
    names = {"activity": "firing", "condition": "image_id", "latency": "time_bin"}
    lazy = read_recording(tmp_path / "a.nc", chunks={"presentation": 7}, **names)
    assert lazy.activity.chunks is not None
    assert (lazy.activity.values == activity).all()


def test_one_condition_for_the_whole_is_told():
    refused("it is one value, 'a'", xr.Dataset({"activity": (("trial", "channel"), np.eye(4))}, {"condition": "a"}))


def test_dims_are_understood_in_other_words_too():
    activity = np.random.default_rng(0).normal(size=(6, 6, 3))
    source = {"activity": activity, "condition": list("ababab"), "latency": np.arange(3)}
    rec = read_recording(source, dims="Neuron, presentation, time_bin")
    assert (rec.activity.values == activity.swapaxes(0, 1)).all()


def test_dims_of_formats_that_know_their_axes_are_refused():
    table = pd.DataFrame({"trial": [1, 1, 2, 2], "unit": ["u", "v"] * 2, "rate": 1.0, "stim": ["a", "a", "b", "b"]})
    refused("`dims` is for arrays whose axes have no names; those of .* are known", table, dims="trial,channel")
