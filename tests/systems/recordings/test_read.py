"""Every format gives the same recording, and real recordings give the figures their sources state."""

import hashlib
import itertools
import struct

import numpy as np
import pytest
import xarray as xr
from scipy.io import savemat

from neurouniv.memory import size_text
from neurouniv.schema import InputError, NeurounivWarning, history
from neurouniv.systems.recordings.assembly.axes import axes_by_length, oriented
from neurouniv.systems.recordings.formats.nwb.writer import write_nwb
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording
from neurouniv.systems.recordings.several.learning_axis import learning_axis, with_runs

TRIALS, CHANNELS, LATENCIES = 24, 5, 7


@pytest.fixture(params=[0, 1])
def rec(request):
    """A recording with everything: condition, session, run, latency."""
    rng = np.random.default_rng(request.param)
    trial = np.arange(TRIALS)
    latency = ("latency", np.linspace(-0.1, 0.5, LATENCIES), {"units": "s"})
    return xr.Dataset(
        {
            "activity": (
                ("trial", "channel", "latency"),
                1e-5 * rng.normal(size=(TRIALS, CHANNELS, LATENCIES)),
                {"units": "V"},
            )
        },
        {
            "trial": trial,
            "channel": np.arange(CHANNELS),
            "latency": latency,
            "condition": ("trial", np.array(["a", "b", "c"])[trial % 3]),
            "session": ("trial", trial // 12 + 1),
            "run": ("trial", trial // 6 % 2 + 1),
        },
    )


@pytest.fixture
def spikes():
    """A recording of spike counts in trials of 0.3 s."""
    rng = np.random.default_rng(0)
    counts, trial = rng.poisson(3.0, (TRIALS, CHANNELS)), np.arange(TRIALS)
    coords = {
        "trial": trial,
        "channel": 10 + np.arange(CHANNELS),
        "condition": ("trial", np.array(["45", "90"])[trial % 2]),
        "session": ("trial", trial // 8 + 1),
        "run": ("trial", trial // 4 % 2 + 1),
    }
    data = {"activity": (("trial", "channel"), counts / 0.3, {"units": "spikes/s"})}
    return xr.Dataset(data, coords, {"window": 0.3})


def arrays(rec):
    """The recording as plain named arrays, as a .mat or .npz holds them."""
    return {name: rec[name].values for name in ("activity", "condition", "session", "run", "latency")}


def same(found, rec):
    return found.drop_attrs(deep=False).drop_vars("trial").identical(rec.drop_attrs(deep=False).drop_vars("trial"))


def write(rec, path, kind):
    if kind == "nc":
        rec.to_netcdf(path)
    elif kind == "zarr":
        rec.assign_coords(condition=rec.condition.astype(object)).to_zarr(path, consolidated=False)
    elif kind == "npz":
        np.savez(path, **arrays(rec))
    else:
        savemat(path, arrays(rec) | {"condition": rec.condition.values.astype(object)})


@pytest.mark.parametrize("kind", ["nc", "zarr", "npz", "mat"])
def test_every_format_gives_the_same_recording(rec, tmp_path, kind):
    path = tmp_path / f"rec.{kind}"
    write(rec, path, kind)
    found = read_recording(path, units="V" if kind in ("npz", "mat") else None)
    assert same(found, rec)
    if kind != "zarr":
        assert history(found)[-1]["settings"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_content_tells_the_format_not_the_name(rec, tmp_path):
    write(rec, tmp_path / "rec.npz", "npz")
    renamed = (tmp_path / "rec.npz").rename(tmp_path / "rec.mat")
    assert same(read_recording(renamed, units="V"), rec)


def test_matlab_73_is_read_as_matlab_5(rec, tmp_path):
    path = tmp_path / "rec73.mat"
    write_matlab_73(path, {"activity": rec.activity.values, "latency": rec.latency.values}, rec.condition.values)
    found = read_recording(path, condition="info.condition")
    assert (found.activity.values == rec.activity.values).all()
    assert found.condition.values.tolist() == rec.condition.values.tolist()


def write_matlab_73(path, numbers, condition):
    """What MATLAB's `save -v7.3` writes: HDF5 after 512 bytes of header, axes reversed, cells by reference."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in numbers.items():
            data = file.create_dataset(name, data=np.atleast_2d(values).T)
            data.attrs["MATLAB_class"] = np.bytes_("double")
        info, refs = file.create_group("info"), file.create_group("#refs#")
        info.attrs["MATLAB_class"] = np.bytes_("struct")
        cells = np.empty((1, len(condition)), dtype=h5py.ref_dtype)
        for i, label in enumerate(condition.tolist()):
            text = refs.create_dataset(f"c{i}", data=np.array([[ord(letter)] for letter in label], dtype=np.uint16))
            text.attrs["MATLAB_class"] = np.bytes_("char")
            cells[0, i] = text.ref
        info.create_dataset("condition", data=cells).attrs["MATLAB_class"] = np.bytes_("cell")
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_axes_are_told_by_their_lengths(order):
    activity = np.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    turned = activity.transpose(order)
    assert (oriented(turned, axes_by_length(turned.shape, 2, 4, {}, "x")) == activity).all()


def test_rows_of_a_trial_are_averaged_after_what_is_kept(tmp_path):
    rng = np.random.default_rng(0)
    trials, steps = 12, 5
    activity, step = rng.normal(size=(trials, steps, 3)), np.tile(np.arange(steps), trials)
    block = {
        "x": activity.reshape(-1, 3),
        "time": step,
        "target": np.repeat(np.arange(trials) % 4 * 45.0, steps),
        "trial": np.repeat(np.arange(trials, dtype=np.uint8) + 250, steps),
    }
    path = tmp_path / "nested.mat"
    savemat(path, {"B": np.array([{"x": 1}, block], dtype=object)})
    names = {"activity": "B[1].x", "condition": "B[1].target", "trial": "B[1].trial"}
    for keep in (("B[1].time", 2, None), "B[1].time,2,"):
        found = read_recording(path, keep=keep, **names)
        np.testing.assert_allclose(found.activity.values, activity[:, 2:].mean(1), rtol=1e-14)
        assert found.condition.values[:5].tolist() == ["0", "45", "90", "135", "0"]


@pytest.mark.parametrize(("values", "labels"), [([45.0, 0.1], ["45", "0.1"]), ([True, False], ["True", "False"])])
def test_conditions_become_tidy_text(values, labels):
    rec = xr.Dataset({"activity": (("trial", "channel"), np.eye(2))}, {"condition": ("trial", values)})
    assert read_recording(rec).condition.values.tolist() == labels


def test_nwb_gives_back_what_was_written(spikes, tmp_path):
    pytest.importorskip("pynwb")
    path = tmp_path / "simulated.nwb"
    path.write_text("replaced in one step")
    write_nwb(spikes, path)
    assert same(read_recording(path), spikes)
    assert [file.name for file in tmp_path.iterdir()] == ["simulated.nwb"]


def test_nwb_says_when_a_unit_was_recorded(spikes, tmp_path):
    pytest.importorskip("pynwb")
    recorded = np.ones((TRIALS, CHANNELS), dtype=bool)
    recorded[:8, 1] = recorded[16:, 1] = recorded[8:, 4] = False
    partly = spikes.assign_coords(recorded=(("trial", "channel"), recorded)).assign_attrs(subject="m1")
    partly["activity"] = partly.activity.where(recorded)
    path = write_nwb(partly, tmp_path / "partly.nwb")
    with pytest.raises(InputError, match='missing="not_recorded"'):
        read_recording(path)
    found = read_recording(path, missing="not_recorded")
    assert same(found, partly)
    assert found.attrs["subject"] == "m1"


def test_nwb_bins_add_up_to_the_window(spikes, tmp_path):
    pytest.importorskip("pynwb")
    path = write_nwb(spikes, tmp_path / "simulated.nwb")
    binned = read_recording(path, window=(0, 0.3), bin=0.1)
    np.testing.assert_allclose(binned.latency, [0.05, 0.15, 0.25])
    np.testing.assert_allclose(binned.activity.mean("latency").values, spikes.activity.values)
    later = read_recording(path, window="0.1,0.3")
    np.testing.assert_allclose(later.activity.values, binned.activity.isel(latency=[1, 2]).mean("latency").values)


def test_a_unit_that_was_not_observed_is_missing_not_silent(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    path = write_nwb_by_hand(pynwb, tmp_path / "partly.nwb", observed=[[0.0, 10.0], [0.0, 2.5]])
    with pytest.raises(InputError, match=r"2 of 8 are NaN .* in 2 of 4 trials \(2, 3.* 1 of 2 channels \(1\)"):
        read_recording(path, condition="stimulus")
    rec = read_recording(path, condition="stimulus", missing="drop_channels")
    assert rec.activity.values.ravel().tolist() == [1, 1, 1, 1]


def write_nwb_by_hand(pynwb, path, observed=None, labels=("a", "b", "a", "b"), spikes=True):
    """Row by row with pynwb's own calls, as a laboratory would: trials of 1 s, a spike in each."""
    from datetime import UTC, datetime

    nwb = pynwb.NWBFile("by hand", "1", datetime(2020, 1, 1, tzinfo=UTC))
    nwb.add_trial_column("stimulus", "what was shown")
    for i, label in enumerate(labels):
        nwb.add_trial(start_time=float(i), stop_time=i + 1.0, stimulus=label)
    for unit in range(2 if spikes else 0):
        interval = {} if observed is None else {"obs_intervals": [observed[unit]]}
        nwb.add_unit(spike_times=np.arange(4) + 0.5, **interval)
    with pynwb.NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)
    return path


@pytest.fixture
def epochs():
    mne = pytest.importorskip("mne")
    rng = np.random.default_rng(0)
    info = mne.create_info(["e1", "e2", "e3"], 100.0, "eeg")
    events = np.c_[np.arange(8) * 100, np.zeros(8, int), np.arange(8) % 2 + 1]
    import pandas as pd

    metadata = pd.DataFrame({"angle": np.arange(8) % 4 * 45.0, "session": np.arange(8) // 4 + 1})
    data, ids = 1e-5 * rng.normal(size=(8, 3, 11)), {"face": 1, "car": 2}
    return mne.EpochsArray(data, info, events, -0.05, ids, metadata=metadata, verbose="error")


@pytest.mark.parametrize("name", ["x-epo.fif", "x-epo.fif.gz"])
def test_epochs_are_the_same_in_memory_and_on_disk(epochs, tmp_path, name):
    epochs.save(tmp_path / name, fmt="double", verbose="error")
    memory, disk = read_recording(epochs), read_recording(tmp_path / name)
    assert memory.condition.values[:3].tolist() == ["face", "car", "face"]
    assert (memory.activity.values == epochs.get_data()).all()
    assert memory.activity.attrs["units"] == "V"
    np.testing.assert_allclose(memory.latency, epochs.times)
    assert memory.session.values.tolist() == [1] * 4 + [2] * 4
    xr.testing.assert_allclose(memory, disk)
    assert read_recording(epochs, condition="angle").condition.values[:4].tolist() == ["0", "45", "90", "135"]


@pytest.mark.parametrize(("windows", "runs"), [(1, 2), (2, 3), (3, 2)])
def test_windows_are_equal_and_runs_are_balanced(windows, runs):
    rng = np.random.default_rng(windows)
    labels = np.concatenate([rng.permutation(np.repeat(["a", "b"], 6)) for _ in range(6)])
    rec = xr.Dataset({"activity": (("trial", "channel"), rng.normal(size=(72, 2)))}, {"condition": ("trial", labels)})
    out = learning_axis(rec, windows=windows, runs=runs)
    assert np.unique(out.session, return_counts=True)[1].tolist() == [72 // windows] * windows
    assert (np.diff(out.session) >= 0).all()
    cells = out.to_dataframe()[["session", "condition", "run"]].droplevel("channel").iloc[::2]
    counts = cells.groupby(["session", "condition", "run"]).size().unstack()
    assert counts.shape == (windows * 2, runs)
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()


def test_windows_and_runs_are_those_of_each_subject(rec):
    second = rec.isel(trial=slice(0, 18)).assign_coords(trial=rec.trial[:18] + 100)
    both = xr.concat(
        [r.assign_coords(subject=("trial", [s] * r.trial.size)) for r, s in ((rec, "m"), (second, "n"))], "trial"
    )
    both = both.isel(trial=np.argsort(np.r_[np.arange(24.0), np.arange(18) + 0.5]))  # their trials alternate
    out = learning_axis(both.drop_vars(["session", "run"]), windows=3, runs=2)
    for subject in ("m", "n"):
        own = out.isel(trial=(both.subject == subject).values)
        assert np.unique(own.session, return_counts=True)[1].tolist() == [own.trial.size // 3] * 3


def test_a_session_may_lack_a_condition(rec):
    lacking = rec.drop_vars("run").isel(trial=~((rec.session == 1) & (rec.condition == "b")).values)
    out = with_runs(lacking, runs=2)
    assert (out.run.values[:4] == [1, 1, 2, 2]).all()


def test_runs_within_the_sessions_that_there_are(rec):
    out = with_runs(rec.drop_vars("run"), runs=2)
    assert out.session.variable.identical(rec.session.variable)
    first = out.isel(trial=(out.session == 1).values & (out.condition == "b").values)
    assert first.run.values.tolist() == [1, 2, 1, 2]


def test_describe_is_one_screen(rec):
    text = describe(rec)
    assert "24 trials, 5 channels, 3 conditions" in text
    assert "7 latencies from -0.1 to 0.5 s" in text
    assert_one_screen(text)


def test_describe_counts_one_in_the_singular(rec):
    text = describe(rec.isel(channel=[0], latency=[3]))
    assert "24 trials, 1 channel, 3 conditions" in text
    assert "time within the trial: 1 latency, 0.2 s" in text


def assert_one_screen(text):
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 100


def test_describe_of_a_large_recording_is_one_screen_too():
    trials = np.arange(6000)
    coords = {
        "condition": ("trial", [f"a stimulus with a long name, number {i % 60}" for i in trials]),
        "session": ("trial", trials // 300),
        "run": ("trial", trials // 100 % 3),
        "subject": ("trial", np.repeat(["m1", "m2"], 3000)),
        "channel": [f"u{i}" for i in range(3)],
        "recorded": (("trial", "channel"), np.stack([trials < 4000, trials >= 0, trials > 2000], axis=1)),
    }
    text = describe(xr.Dataset({"activity": (("trial", "channel"), np.ones((6000, 3)))}, coords))
    assert_one_screen(text)
    assert "... 50 more conditions" in text
    assert "subjects: 2 (m1 ... m2)" in text


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda rec: rec, "learning: yes, over 2 sessions"),
        (lambda rec: rec.drop_vars("session"), "learning: no, one session; learning_axis"),
        (lambda rec: rec, "within the trial: yes, over 7 latencies, at every session"),
        (lambda rec: rec.isel(latency=0), "within the trial: no, there is no latency"),
        (lambda rec: rec, "crossnobis, poisson_cv: yes, 6 of 6 pairs"),
        (lambda rec: rec, "h_var (needs 3 runs): no, 0 of 6 pairs"),
        (lambda rec: rec.assign_coords(run=rec.trial % 12 // 3), "h_var (needs 3 runs): yes, 6 of 6 pairs"),
        (lambda rec: rec.drop_vars("run"), "crossnobis, poisson_cv: no, there are no runs; with_runs"),
        (lambda rec: rec.isel(trial=[0, 1, 2, 4, 6, 7, 9, 12, 14]), "crossnobis, poisson_cv: yes, 1 of 4 pairs"),
        (lambda rec: rec.isel(trial=[0, 1, 2]), "mahalanobis: no, no condition has two trials in a session"),
        (lambda rec: rec.isel(channel=[0, 1]), "sqeuclidean, cosine: yes, correlation no, it needs 3 channels and 2"),
        (lambda rec: rec, "poisson: no, it needs counts or rates; the smallest value is -"),
        (lambda rec: abs(rec), "poisson: yes"),
    ],
)
def test_describe_tells_what_can_be_computed(rec, change, line):
    assert f"\n  {line}" in describe(change(rec))


def test_describe_writes_whole_runs_without_a_point(rec):
    assert "runs: 2 (1 ... 2)" in describe(rec.assign_coords(run=rec.trial % 2 + 1.0))


def cells(trials):
    """A MATLAB cell array."""
    array = np.empty(len(trials), dtype=object)
    array[:] = list(trials)
    return array


def test_trials_kept_in_cells_are_stacked(rec, tmp_path):
    path = tmp_path / "cells.mat"
    savemat(path, arrays(rec) | {"activity": cells(rec.activity.values), "condition": cells(rec.condition.values)})
    assert same(read_recording(path, units="V"), rec)


def test_trials_of_different_lengths_keep_the_times_that_all_have(rec, tmp_path):
    ends = LATENCIES - np.arange(TRIALS) % 3
    starts = np.arange(TRIALS) % 2
    trial = [a[:, i:j] for a, i, j in zip(rec.activity.values, starts, ends, strict=True)]
    time = [rec.latency.values[i:j] for i, j in zip(starts, ends, strict=True)]
    info = np.c_[np.unique(rec.condition, return_inverse=True)[1], np.arange(TRIALS)]
    path = tmp_path / "fieldtrip.mat"
    label = cells([f"e{i}" for i in range(CHANNELS)])
    savemat(path, {"data": {"trial": cells(trial), "time": cells(time), "label": label, "trialinfo": info}})
    with pytest.raises(InputError, match="does not say") as caught:
        read_recording(path)
    assert f'read_recording("{path}", condition="data.trialinfo[:,0]")' in str(caught.value)
    named = read_recording(path, condition="data.trialinfo[:,0]")
    assert (named.activity.values == rec.activity.values[..., 1:-2]).all()
    names = {"activity": "data.trial", "latency": "data.time", "condition": "data.trialinfo[:,0]"}
    found = read_recording(path, channel="data.label", **names)
    np.testing.assert_allclose(found.latency, rec.latency[1:-2], atol=1e-12)
    assert (found.activity.values == rec.activity.values[..., 1:-2]).all()
    assert found.channel.values.tolist() == [f"e{i}" for i in range(CHANNELS)]
    with pytest.warns(NeurounivWarning, match=r"last 4 to 7 samples; the first 4 of each are kept"):
        unaligned = read_recording(path, **names | {"latency": rec.latency.values})
    assert (unaligned.activity.values[2] == trial[2][:, :4]).all()


def test_sparse_activity_and_rows_of_letters_are_read(rec, tmp_path):
    import scipy.sparse

    sparse = scipy.sparse.csc_array(np.round(rec.activity.values[..., 0] * 1e5))
    savemat(tmp_path / "x.mat", {"activity": sparse, "condition": np.array(["one ", "two ", "four"] * 8)})
    found = read_recording(tmp_path / "x.mat")
    assert (found.activity.values == sparse.toarray()).all()
    assert found.condition.values[:3].tolist() == ["one", "two", "four"]


def test_a_function_handle_is_passed_over_and_never_called(rec, tmp_path):
    path, inner = tmp_path / "x.mat", tmp_path / "inner.mat"
    write(rec, path, "mat")
    savemat(inner, {"f": np.ones(3)})
    body = struct.pack("<IIIIIIii", 6, 8, 16, 0, 5, 8, 1, 1)  # an array of class 16, function handle, 1 x 1
    body += struct.pack("<II", 1, 3) + b"fun".ljust(8, b"\0") + inner.read_bytes()[128:]
    path.write_bytes(path.read_bytes() + struct.pack("<II", 14, len(body)) + body)
    assert same(read_recording(path, units="V"), rec)


def test_hdf5_of_ones_own_making_is_read_by_its_groups(rec, tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "own.h5", "w") as file:
        for name, values in arrays(rec).items():
            file[f"day/{name}"] = values.astype("S") if values.dtype.kind == "U" else values
    found = read_recording(tmp_path / "own.h5", units="V", **{name: f"day.{name}" for name in arrays(rec)})
    assert same(found, rec)


def test_what_a_dataset_says_of_its_channels_and_itself_is_kept(rec):
    rec = rec.assign_coords(roi=("channel", list("xxyyz"))).assign_attrs(laboratory="A")
    for found in (read_recording(rec, units="V"), read_recording(rec.rename(condition="shown"), condition="shown")):
        assert found.roi.values.tolist() == list("xxyyz")
        assert found.attrs["laboratory"] == "A"
        assert same(found, rec)


def test_arrays_and_tables_in_memory(rec):
    assert same(read_recording(arrays(rec), units="V"), rec)
    table = rec.activity.isel(latency=0).to_dataframe("rate").reset_index().drop(columns="latency")
    found = read_recording(table, channel="channel", activity="rate", trial="trial", condition="condition", units="V")
    assert (found.activity.values == rec.activity.values[..., 0]).all()


@pytest.mark.parametrize("kind", ["nc", "zarr"])
def test_chunked_files_stay_chunked_and_give_the_same(rec, tmp_path, kind):
    path = tmp_path / f"rec.{kind}"
    write(rec, path, kind)
    lazy = read_recording(path, chunks={"trial": 5, "latency": 3})
    assert lazy.activity.chunks == ((5, 5, 5, 5, 4), (5,), (3, 3, 1))
    assert same(lazy.compute(), rec)
    assert with_runs(learning_axis(lazy.drop_vars("session"), windows=2, runs=2), runs=2).activity.chunks
    assert describe(lazy).replace(f"in chunks, read as needed; {size_text(rec.activity.nbytes)}\n", "") == describe(
        read_recording(path)
    )


def test_values_missing_in_chunks_are_told_by_describe_and_dropped_when_asked(rec, tmp_path):
    rec.activity[3, 1, 2] = np.nan
    rec.to_netcdf(tmp_path / "rec.nc")
    lazy = read_recording(tmp_path / "rec.nc", chunks={"trial": 5})
    assert "1 of 840 values missing (NaN)" in describe(lazy)
    assert "no measure until values are complete" in describe(lazy)
    left = read_recording(tmp_path / "rec.nc", chunks={"trial": 5}, missing="drop_trials")
    assert left.activity.chunks is not None
    assert 3 not in left.trial.values
    assert left.sizes["trial"] == TRIALS - 1


@pytest.mark.parametrize("chunk", [1, 4, 7, 60])
def test_rows_of_a_trial_are_averaged_in_chunks_too(tmp_path, chunk):
    rng = np.random.default_rng(chunk)
    trial = np.repeat(np.arange(14), rng.integers(1, 8, 14))
    rows = xr.Dataset(
        {"rate": (("row", "unit"), rng.normal(size=(trial.size, 3)))},
        {"trial": ("row", trial), "condition": ("row", trial % 3)},
    )
    rows.to_netcdf(tmp_path / "rows.nc")
    lazy = read_recording(tmp_path / "rows.nc", activity="rate", chunks={"row": chunk})
    assert lazy.activity.chunks
    np.testing.assert_allclose(lazy.activity, read_recording(rows, activity="rate").activity, rtol=1e-14)


def crossvalidated(activity, condition, half):
    """Mean crossvalidated squared distance of all pairs between two halves of the trials; (..., ) over latencies."""
    names = np.unique(condition)
    a, b = (np.stack([activity[(condition == n) & (half == k)].mean(0) for n in names]) for k in (0, 1))
    i, j = np.triu_indices(len(names), 1)
    return ((a[i] - a[j]) * (b[i] - b[j])).mean(0)


def test_bci_distances_grow_as_its_source_says(real_data):
    names = {"activity": "latents", "condition": "target", "trial": "trial_index"}
    rec = read_recording(
        real_data / "bci_hennig2021" / "20160728.mat",
        keep=("Bs[1].time", 7, None),
        **{name: f"Bs[1].{field}" for name, field in names.items()},
    )
    assert dict(rec.activity.sizes) == {"trial": 600, "channel": 10}
    rec = learning_axis(rec, windows=6, runs=2)
    parts = [rec.isel(trial=(rec.session == s).values) for s in range(1, 7)]
    found = [crossvalidated(p.activity.values, p.condition.values, p.run.values % 2).sum() for p in parts]
    np.testing.assert_allclose(found, [30.3, 46.6, 55.3, 61.3, 68.9, 68.9], atol=0.06)


def test_zd_distances_rise_after_onset_as_its_source_says(real_data):
    rec = read_recording(real_data / "zhang_desimone_7objects" / "zd.mat")
    assert dict(rec.activity.sizes) == {"trial": 378, "channel": 132, "latency": 18}
    movie = crossvalidated(rec.activity.values, rec.condition.values, rec.run.values % 2).mean(0)
    found = np.interp([0.075, 0.225, 0.425], rec.latency, movie)
    np.testing.assert_allclose(found, [10.7, 70, 39], rtol=0.01)
    assert abs(movie[rec.latency.values < -0.05].mean() - 2) < 0.5


def test_real_nwb_without_trials_says_so(real_data):
    with pytest.raises(InputError, match=r"3 units but no table 'trials'.*'epochs'"):
        read_recording(real_data / "nwb_pynapple" / "A8604-211122.nwb")


def test_real_averages_are_one_trial_each(real_data):
    path = real_data / "mne_sample_evoked" / "test-ave.fif.gz"
    with pytest.raises(InputError, match=r'grad \(T/m\), mag \(T\), eeg \(V\).*channels="grad"'):
        read_recording(path)
    rec = read_recording(path, channels="grad")
    assert rec.condition.values.tolist() == ["Left Auditory", "Right Auditory", "Left visual", "Right visual"]
    assert rec.activity.attrs["units"] == "T/m"
