"""Series of frames (suite2p, CaImAn, Minian, pynapple, plain arrays) averaged around onsets."""

from datetime import UTC, datetime
from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.io import savemat

import neurouniv as nu
from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.formats.series.samples import Samples, bin_means
from neurouniv.systems.recordings.formats.series.suite2p import baseline
from neurouniv.systems.recordings.formats.timing.frames import Frames

ROIS, FRAMES, FPS = 6, 500, 30.0
IS_CELL = np.array([[1, 0.9], [1, 0.8], [0, 0.1], [1, 0.7], [0, 0.2], [1, 0.6]])
CELLS = [0, 1, 3, 5]
TABLE = pd.DataFrame({"onset": [1.0, 3.51, 6.2, 9.98], "stimulus": list("abab"), "day": 2})
WINDOW = (-0.1, 0.5)


def made(seed=0, rois=ROIS):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(5, 1, (rois, FRAMES)).astype(np.float32) for name in ("F", "Fneu", "spks")}


SERIES = made()


def write_plane(folder, series, is_cell=IS_CELL):
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in series.items():
        np.save(folder / f"{name}.npy", values)
    np.save(folder / "iscell.npy", is_cell)
    np.save(folder / "ops.npy", np.array({"fs": FPS, "nplanes": 1, "tau": 1.0}, dtype=object))
    np.save(folder / "stat.npy", np.array([{"ypix": np.arange(3)}] * len(is_cell), dtype=object))
    return folder


def means(values, onsets=TABLE["onset"], window=WINDOW, fps=FPS):
    """Ten lines of NumPy: the mean over the frames at start <= n / fps < stop."""
    times = np.arange(values.shape[1]) / fps
    rows = []
    for onset in onsets:
        inside = (times >= onset + window[0] - 1e-9) & (times < onset + window[1] - 1e-9)
        rows.append(values[:, inside].astype(float).mean(1))
    return np.array(rows)


def read(source, **settings):
    call = {"trials": TABLE, "condition": "stimulus", "session": "day", "window": WINDOW} | settings
    return nu.read_recording(source, **call)


def test_suite2p_gives_what_nwb_gives(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    nwb = pynwb.NWBFile("made by a test", "1", datetime(2020, 5, 17, tzinfo=UTC))
    nwb.add_trial_column("stimulus", "what was shown")
    for onset, stimulus in zip(TABLE["onset"], TABLE["stimulus"], strict=True):
        nwb.add_trial(start_time=onset, stop_time=onset + 1, stimulus=stimulus)
    data = SERIES["spks"][CELLS].T
    nwb.add_acquisition(pynwb.TimeSeries(name="spks", data=data, unit="n.a.", rate=FPS, starting_time=0.0))
    with pynwb.NWBHDF5IO(str(tmp_path / "x.nwb"), "w") as file:
        file.write(nwb)
    write_plane(tmp_path / "plane0", SERIES)
    for settings in ({}, {"bin": 0.2}, {"bin": "frame"}):
        there = nu.read_recording(
            tmp_path / "x.nwb", series="spks", condition="stimulus", window=WINDOW, units="arbitrary", **settings
        )
        here = read(tmp_path / "plane0", **settings)
        np.testing.assert_allclose(here.activity.values, there.activity.values, rtol=1e-12)
        if settings:
            np.testing.assert_allclose(here.latency.values, there.latency.values, rtol=1e-12)


@pytest.mark.parametrize("where", ["plane0", "suite2p/plane0", ""])
def test_a_folder_of_suite2p(tmp_path, where):
    folder = write_plane(tmp_path / where, SERIES)
    rec = read(tmp_path)
    np.testing.assert_allclose(rec.activity.values, means(SERIES["spks"])[:, CELLS], rtol=1e-12)
    assert rec.channel.values.tolist() == CELLS  # suite2p's own numbers among all ROIs
    assert rec.session.values.tolist() == [2] * 4
    with pytest.raises(InputError, match="is one file of a folder of suite2p, which is read as a whole"):
        read(folder / "F.npy", rate=FPS)
    assert 'left out: 2 of 6 ROIs are no cells; quality="all" reads them too' in rec.attrs["notes"]
    assert "deconvolved activity (spks)" in rec.attrs["notes"]
    raw = read(folder, signal="F", quality="all")
    corrected = SERIES["F"] - 0.7 * SERIES["Fneu"].astype(float)
    np.testing.assert_allclose(raw.activity.values, means(corrected), rtol=1e-12)
    less = read(folder, signal="dF").activity.values
    np.testing.assert_allclose(less, means(corrected - baseline(corrected, 1 / FPS))[:, CELLS], rtol=1e-9, atol=1e-9)
    (folder / "spks.npy").unlink()
    with pytest.raises(InputError, match=r"signal spks needs spks; .* has no spks.*signal='F' or 'dF'"):
        read(folder)
    with pytest.raises(InputError, match=r"`signal` of suite2p is one of \('spks', 'F', 'dF'\); got 'dff'"):
        read(folder, signal="dff")


def test_a_rate_is_read_beside_the_series_and_pickles_are_never_opened(tmp_path):
    folder = write_plane(tmp_path / "plane0", SERIES)

    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "run"), "w"))

    np.save(folder / "ops.npy", np.array({"fs": FPS, "x": Bomb()}, dtype=object))
    np.save(folder / "stat.npy", np.array(Bomb(), dtype=object))
    np.testing.assert_allclose(read(folder).activity.values, means(SERIES["spks"])[:, CELLS], rtol=1e-12)
    assert not (tmp_path / "run").exists()
    (folder / "ops.npy").unlink()
    with pytest.raises(InputError, match=r"neurouniv needs the rate of its frames.*rate=\"RATE\""):
        read(folder)
    at_15 = read(folder, rate="15").activity.values
    np.testing.assert_allclose(at_15, means(SERIES["spks"], fps=15)[:, CELLS], rtol=1e-12)
    np.save(folder / "frame_times.npy", 0.5 + np.arange(FRAMES) / FPS)
    own = read(folder, times="frame_times.npy").activity.values
    np.testing.assert_allclose(own, means(SERIES["spks"], TABLE["onset"] - 0.5)[:, CELLS], rtol=1e-12)
    np.save(folder / "spks.npy", np.array([Bomb()], dtype=object))
    with pytest.raises(InputError, match=r"is a Python pickle in a \.npy file"):
        read(folder)
    assert not (tmp_path / "run").exists()


def test_planes_are_channels(tmp_path):
    other = made(1)
    write_plane(tmp_path / "suite2p" / "plane0", SERIES)
    write_plane(tmp_path / "suite2p" / "plane1", other)
    write_plane(tmp_path / "suite2p" / "combined", SERIES)
    rec = read(tmp_path)
    assert rec.plane.values.tolist() == ["plane0"] * 4 + ["plane1"] * 4
    assert rec.channel.values[[0, 7]].tolist() == ["plane0_0", "plane1_5"]
    expected = np.concatenate([means(SERIES["spks"])[:, CELLS], means(other["spks"])[:, CELLS]], axis=1)
    np.testing.assert_allclose(rec.activity.values, expected, rtol=1e-12)


def test_files_of_different_runs_of_suite2p_are_refused(tmp_path):
    folder = write_plane(tmp_path / "plane0", SERIES, IS_CELL[:5])
    with pytest.raises(InputError, match=r"iscell of .* has 5 rows and its series .*6x500"):
        read(folder)
    np.save(folder / "F.npy", SERIES["F"][:, :-1])
    with pytest.raises(InputError, match="need the same ROIs and frames; got spks 6x500, F 6x499, Fneu 6x500"):
        read(folder)


@pytest.fixture
def fall(tmp_path):
    savemat(tmp_path / "Fall.mat", {**SERIES, "iscell": IS_CELL, "ops": {"fs": FPS}})
    return tmp_path / "Fall.mat"


def test_fall_mat_is_no_table_of_conditions(fall):
    with pytest.raises(InputError) as caught:
        nu.read_recording(fall)
    text = str(caught.value)
    assert "holds 6 series of 500 frames at 30/s without trials" in text
    assert "iscell[" not in text
    assert 'trials="trials.csv", onset="onset", condition="COLUMN", window=(0, 1)' in text
    np.testing.assert_allclose(read(fall).activity.values, means(SERIES["spks"])[:, CELLS], rtol=1e-6)


def test_fall_mat_of_the_awkward_inputs(real_data):
    path = real_data / "awkward_inputs" / "Fall.mat"
    with pytest.raises(InputError, match="6 series of 500 frames at 30/s without trials"):
        nu.read_recording(path)


@pytest.fixture
def caiman(tmp_path):
    import h5py

    path = tmp_path / "results.hdf5"
    with h5py.File(path, "w") as file:
        estimates = file.create_group("estimates")
        estimates["C"], estimates["S"], estimates["F_dff"] = SERIES["F"], SERIES["spks"], SERIES["Fneu"]
        estimates["idx_components"] = np.array(CELLS)
        estimates["dims"] = "NoneType"
        estimates.create_group("A")["shape"] = [10, 6]
        file.create_group("params/data")["fr"] = FPS
    return path


def test_results_of_caiman(caiman):
    import h5py

    rec = read(caiman)
    np.testing.assert_allclose(rec.activity.values, means(SERIES["Fneu"])[:, CELLS], rtol=1e-6)
    assert rec.channel.values.tolist() == CELLS
    assert "dF/F (F_dff) of the components that it accepts" in rec.attrs["notes"]
    every = read(caiman, signal="C", quality="all")
    np.testing.assert_allclose(every.activity.values, means(SERIES["F"]), rtol=1e-6)
    with h5py.File(caiman, "a") as file:
        del file["estimates/F_dff"], file["estimates/idx_components"]
        file["estimates/F_dff"] = file["estimates/idx_components"] = "NoneType"
    rec = read(caiman)
    np.testing.assert_allclose(rec.activity.values, means(SERIES["F"]), rtol=1e-6)
    assert "denoised fluorescence (C) of all components" in rec.attrs["notes"]


def minian(first=0, keep=slice(None)):
    coords = {"unit_id": [3, 8, 9, 12, 20, 21], "frame": first + np.arange(FRAMES)}
    data = xr.Dataset({name: (("unit_id", "frame"), SERIES[key]) for name, key in (("C", "F"), ("S", "spks"))}, coords)
    return data.isel(frame=keep)


@pytest.mark.parametrize("place", ["memory", "m.nc", "m.zarr", "folder"])
def test_series_of_minian(tmp_path, place):
    data = minian()
    if place == "folder":
        for name in ("C", "S"):
            data[[name]].to_zarr(tmp_path / "minian" / f"{name}.zarr", consolidated=False)
    elif place != "memory":
        write = data.to_netcdf if place == "m.nc" else partial(data.to_zarr, consolidated=False)
        write(tmp_path / place)
    source = data if place == "memory" else tmp_path / {"folder": "minian"}.get(place, place)
    rec = read(source, rate=FPS)
    np.testing.assert_allclose(rec.activity.values, means(SERIES["F"]), rtol=1e-6)
    assert rec.channel.values.tolist() == [3, 8, 9, 12, 20, 21]
    np.testing.assert_allclose(read(source, rate=FPS, signal="S").activity.values, means(SERIES["spks"]), rtol=1e-6)
    with pytest.raises(InputError, match=r"holds 6 series of 500 frames without trials.*the rate of its frames"):
        read(source)


def test_units_need_names_of_their_own():
    with pytest.raises(InputError, match="Every unit needs its own name; 5 of 6 in the Dataset have that of another"):
        read(minian().assign_coords(unit_id=[0] * 6), rate=FPS)
    with pytest.raises(InputError, match="Give one of `series` and `spike_times`; got both"):
        read({"x": SERIES["F"].T, "st": [[1.0]]}, series="x", spike_times="st", rate=FPS)


def test_frames_that_minian_left_out_stay_in_their_places():
    keep = np.r_[0:100, 120:FRAMES]  # frames lost between trials 1 (3.51 s, frame 105) and 2
    with pytest.warns(NeurounivWarning, match="1 of 4 trials lack frames; their means are over the frames"):
        rec = read(minian(keep=keep), rate=FPS)
    np.testing.assert_allclose(rec.activity.values[[0, 2, 3]], means(SERIES["F"])[[0, 2, 3]], rtol=1e-6)
    np.testing.assert_allclose(rec.activity.values[1], SERIES["F"][:, 120], rtol=1e-6)  # the one frame of its window
    later = read(minian(first=60), rate=FPS, trials=TABLE.assign(onset=TABLE["onset"] + 2.0))
    np.testing.assert_allclose(later.activity.values, means(SERIES["F"]), rtol=1e-6)
    numbers = TABLE.assign(onset=[90, 165, 246, 359])
    by_number = read(minian(first=60), rate=FPS, trials=numbers, onset_unit="frame")
    np.testing.assert_allclose(by_number.activity.values, means(SERIES["F"], [1.0, 3.5, 6.2, 299 / 30]), rtol=1e-6)


def test_frames_by_units_in_a_dict_and_a_file(tmp_path):
    table = SERIES["F"].T.copy()
    expected = means(SERIES["F"])
    np.testing.assert_allclose(read({"dff": table, "fs": FPS}, series="dff").activity.values, expected, rtol=1e-6)
    np.save(tmp_path / "dff.npy", table)
    np.testing.assert_allclose(read(tmp_path / "dff.npy", rate=FPS).activity.values, expected, rtol=1e-6)
    with pytest.raises(InputError, match=r"6 frames of 500 units\? If units come first: series_dims"):
        read({"dff": table.T}, series="dff", rate=FPS)
    turned = read({"dff": table.T}, series="dff", rate=FPS, series_dims="unit,frame")
    np.testing.assert_allclose(turned.activity.values, expected, rtol=1e-6)
    by_times = read({"dff": table.T, "t": np.arange(FRAMES) / FPS}, series="dff", times="t")
    np.testing.assert_allclose(by_times.activity.values, expected, rtol=1e-6)
    with pytest.raises(InputError, match=r"is one NumPy array without labels, of shape .500, 6.*rate=RATE"):
        nu.read_recording(tmp_path / "dff.npy")
    np.save(tmp_path / "x.npy", np.array({"a": 1}, dtype=object))
    with pytest.raises(InputError, match=r"is a Python pickle in a \.npy file"):
        read(tmp_path / "x.npy", rate=FPS)


def test_bins_and_single_frames():
    binned = read({"x": SERIES["F"].T}, series="x", rate=FPS, window=(0, 0.6), bin=0.2)
    assert binned.activity.dims == ("trial", "channel", "latency")
    np.testing.assert_allclose(binned.activity.values[0, :, 1], SERIES["F"][:, 36:42].mean(1), rtol=1e-6)
    frames = read({"x": SERIES["F"].T}, series="x", rate=FPS, window=(-0.1, 0.1), bin="frame")
    np.testing.assert_array_equal(frames.activity.values[0], SERIES["F"][:, 27:34])
    np.testing.assert_allclose(frames.latency.values, np.arange(-3, 4) / FPS, atol=1e-12)
    with pytest.raises(InputError, match=r"at least the time between two frames, 0.03333 s; got 0.01 s"):
        read({"x": SERIES["F"].T}, series="x", rate=FPS, window=(0, 0.5), bin=0.01)


def test_onsets_that_look_like_frames_are_asked_about():
    numbers = TABLE.assign(onset=[30, 105, 186, 299])
    with pytest.raises(InputError, match=r"whole numbers up to 299, and the recording ends at 16.6667 s.*\"frame\""):
        read({"x": SERIES["F"].T}, series="x", rate=FPS, trials=numbers)
    rec = read({"x": SERIES["F"].T}, series="x", rate=FPS, trials=numbers, onset_unit="frame")
    np.testing.assert_allclose(rec.activity.values, means(SERIES["F"], numbers["onset"] / FPS), rtol=1e-6)
    grid = {"onset": np.arange(1, 13), "stimulus": list("abcd") * 3}
    with pytest.warns(NeurounivWarning, match="are whole numbers and are taken as seconds"):
        read({"x": SERIES["F"].T}, series="x", rate=FPS, trials=grid, session=None)
    read({"x": SERIES["F"].T}, series="x", rate=FPS, trials=grid, session=None, onset_unit="s")
    late = TABLE.assign(onset=[1.0, 3.5, 6.2, 16.4])
    with pytest.warns(NeurounivWarning, match=r"run from 0 to 16.6667 s and do not cover 1 of 4 trials \(3,"):
        read({"x": SERIES["F"].T}, series="x", rate=FPS, trials=late, missing="drop_trials")
    with pytest.raises(
        InputError,
        match=r"do not cover 4 of 4 trials, which last from 101.4 to 110.98 s.*frame numbers",
    ):
        read({"x": SERIES["F"].T}, series="x", rate=FPS, trials=TABLE.assign(onset=TABLE["onset"] + 100.5))


def test_means_do_not_depend_on_how_cells_are_dealt_into_blocks(monkeypatch):
    data = np.random.default_rng(3).normal(size=(7, 40))
    samples = Samples(lambda first, last: data[first:last], 40, Frames(None, 40, 0.0, 10.0), np.arange(7))
    whole = samples.activity(np.array([0.5, 2.0]), (0, 1), 0.5)[0]
    monkeypatch.setattr("neurouniv.systems.recordings.formats.series.samples.BLOCK", 90)
    np.testing.assert_array_equal(samples.activity(np.array([0.5, 2.0]), (0, 1), 0.5)[0], whole)
    np.testing.assert_allclose(whole[1, :, 1], data[:, 25:30].mean(1), rtol=1e-12)
    assert np.isnan(bin_means(data, np.array([[3, 3, 5]]))[:, 0, 0]).all()


def test_tables_that_cannot_be_trials(tmp_path):
    held = {"x": SERIES["F"].T}
    for table, message in (
        (
            {"onset": [1.0, 2.0], "stimulus": ["a"]},
            "one value per trial in every column; 'trials' has onset 2, stimulus 1",
        ),
        ({"onset": ["a", "b"], "stimulus": ["a", "b"]}, "Onsets need to be numbers .* holds 'a'"),
        ({"onset": [np.nan] * 2, "stimulus": ["a", "b"]}, "No row of 'trials' has an onset"),
        ({"go": [1.0, 2.0], "stimulus": ["a", "b"]}, r"needs the onset of each trial.*onset=\"go\""),
        (7, "`trials` is a table with one row per trial.*got int"),
    ):
        with pytest.raises(InputError, match=message):
            read(held, series="x", rate=FPS, trials=table)
    with pytest.raises(FileNotFoundError, match=r"There is no table of trials 'none.csv'"):
        read(held, series="x", rate=FPS, trials="none.csv")
    with pytest.raises(InputError, match=r"`onset` names the column.*got 'on'. Its columns: onset, stimulus, day"):
        read(held, series="x", rate=FPS, onset="on")


def pynapple_file(path, kind, **arrays):
    np.savez(path, type=np.array([kind]), **arrays, _metadata=np.array({}, dtype=object))
    return path


def test_files_of_pynapple(tmp_path):
    t, index = np.array([1.1, 1.2, 3.6, 6.3, 6.4, 10.1]), np.array([0, 3, 0, 3, 3, 0])
    group = pynapple_file(
        tmp_path / "g.npz", "TsGroup", t=t, index=index, keys=np.array([0, 3, 5]), start=[1.1], end=[10.1]
    )
    rec = read(group, window=(0, 0.5))
    assert rec.channel.values.tolist() == [0, 3, 5]
    np.testing.assert_array_equal(rec.activity.values * 0.5, [[1, 1, 0], [1, 0, 0], [0, 2, 0], [1, 0, 0]])
    times = np.arange(FRAMES) / FPS
    frame = pynapple_file(
        tmp_path / "f.npz", "TsdFrame", t=times, d=SERIES["F"].T, start=[0.0], end=times[-1:],
        columns=np.array(list("uvwxyz"), dtype=object),
    )  # fmt: skip
    np.testing.assert_allclose(read(frame).activity.values, means(SERIES["F"]), rtol=1e-6)
    spans = {"start": [0.0, 6.0], "end": [3.8, times[-1]]}
    paused = pynapple_file(tmp_path / "p.npz", "TsdFrame", t=times, d=SERIES["F"].T, **spans)
    with pytest.warns(NeurounivWarning, match=r"do not cover 1 of 4 trials \(1,"):
        assert read(paused, missing="drop_trials").trial.values.tolist() == [0, 2, 3]
    intervals = pynapple_file(tmp_path / "i.npz", "IntervalSet", start=[0.0], end=[1.0])
    with pytest.raises(InputError, match="is a table of intervals"):
        read(intervals)


def test_objects_of_pynapple():
    nap = pytest.importorskip("pynapple")
    group = nap.TsGroup({4: nap.Ts(np.array([1.1, 3.6, 10.1])), 9: nap.Ts(np.array([1.2, 6.3, 6.4]))})
    trials = nap.IntervalSet(TABLE["onset"], TABLE["onset"] + 0.5, metadata=TABLE[["stimulus", "day"]])
    rec = read(group, trials=trials, window=(0, 0.5))
    assert rec.channel.values.tolist() == [4, 9]
    np.testing.assert_array_equal(rec.activity.values * 0.5, [[1, 1], [1, 0], [0, 2], [1, 0]])
    frame = nap.TsdFrame(t=np.arange(FRAMES) / FPS, d=SERIES["F"].T, columns=list("uvwxyz"))
    rec = read(frame)
    np.testing.assert_allclose(rec.activity.values, means(SERIES["F"]), rtol=1e-6)
    assert rec.channel.values.tolist() == list("uvwxyz")


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "npz", "mat", "struct", "npy", "records", "index"])
def test_tables_of_trials_of_many_kinds(tmp_path, kind):
    columns = {name: TABLE[name].to_numpy() for name in TABLE}
    columns["stimulus"] = columns["stimulus"].astype(str)
    path = tmp_path / f"table.{'mat' if kind == 'struct' else kind}"
    if kind in ("csv", "tsv"):
        TABLE.to_csv(path, index=False, sep="," if kind == "csv" else "\t")
    elif kind == "parquet":
        pytest.importorskip("pyarrow")
        TABLE.to_parquet(path)
    elif kind == "npz":
        np.savez(path, **columns, note=np.array({}, dtype=object))
    elif kind in ("mat", "struct"):
        cells = columns | {"stimulus": columns["stimulus"].astype(object)}
        savemat(path, {"trials": cells} if kind == "struct" else cells)
    elif kind == "npy":
        np.save(
            path,
            TABLE.astype({"stimulus": "S1"})
            .to_records(index=False)
            .astype([("onset", "f8"), ("stimulus", "U1"), ("day", "i8")]),
        )
    table = {"records": TABLE.to_dict("records"), "index": TABLE.set_index("onset")}.get(kind, path)
    rec = read({"x": SERIES["F"].T}, series="x", rate=FPS, trials=table)
    np.testing.assert_allclose(rec.activity.values, means(SERIES["F"]), rtol=1e-6)
    assert rec.condition.values.tolist() == list("abab")


@pytest.mark.parametrize("even", [True, False])
def test_cells_of_spike_times_for_each_unit(tmp_path, even):
    trains = [np.array([1.1, 1.3, 6.3]), np.array([3.6, 10.1, 10.2][: 3 if even else 2])]
    cells = np.empty(2, dtype=object)
    cells[:] = trains
    savemat(tmp_path / "s.mat", {"spikes": cells})
    for source in (tmp_path / "s.mat", {"spikes": trains}):
        rec = read(source, spike_times="spikes", window=(0, 0.5))
        np.testing.assert_array_equal(rec.activity.values * 0.5, [[2, 0], [0, 1], [1, 0], [0, 2 if even else 1]])
