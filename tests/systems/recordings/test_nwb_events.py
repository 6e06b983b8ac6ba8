"""NWB around any event of a trial: the moments that `align` says, what is left out, and what is doubtful of times."""

import shutil
import warnings
from datetime import UTC, datetime

import numpy as np
import pytest

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording

pynwb = pytest.importorskip("pynwb")
TRIALS, SECONDS = 20, 100.0
START = np.arange(TRIALS) * 5.0
CUE = START + np.random.default_rng(0).uniform(1, 3, TRIALS)
SPIKES = [np.sort(np.random.default_rng(unit).uniform(0, SECONDS, 300)) for unit in range(4)]


def spiking(folder, columns=None, start=START, stop=None, spikes=SPIKES, unlike=lambda nwb: None):
    """A file of units and trials (stim A, B, C, D, ...) with these further columns, ragged where they are lists."""
    nwb = pynwb.NWBFile("made by a test", "1", datetime(2020, 5, 17, 12, tzinfo=UTC))
    stop = start + 2 if stop is None else stop
    columns = {"stim": list("ABCD" * 5)[: len(start)]} | (columns or {})
    for name, values in columns.items():
        nwb.add_trial_column(name, name, index=isinstance(values[0], list))
    for i, begin in enumerate(start):
        nwb.add_trial(start_time=begin, stop_time=stop[i], **{name: values[i] for name, values in columns.items()})
    for times in spikes:
        nwb.add_unit(spike_times=times)
    unlike(nwb)
    path = folder / "x.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)
    return path


def rates(moments, window, spikes=SPIKES):
    first, last = window
    return np.array([[((t >= m + first) & (t < m + last)).sum() / (last - first) for t in spikes] for m in moments])


def read(path, **mapping):
    return read_recording(path, condition="stim", **mapping)


def refused(message, path, **mapping):
    with pytest.raises(InputError, match=message):
        read(path, **mapping)


@pytest.mark.parametrize("window", [(0.1, 0.5), (-0.5, 0.25)])
def test_spikes_are_counted_about_the_event(tmp_path, window):
    path = spiking(tmp_path, {"go_cue_time": CUE})
    rec = read(path, align="go_cue_time", window=window)
    np.testing.assert_allclose(rec.activity, rates(CUE, window), rtol=1e-9)
    assert f"trials: {window[0]:g} to {window[1]:g} s from 'go_cue_time' of 'trials'" in describe(rec)
    given = read(path, align=CUE, window=window)
    np.testing.assert_array_equal(given.activity, rec.activity)
    binned = read(path, align="go_cue_time", window=window, bin=(window[1] - window[0]) / 2)
    np.testing.assert_allclose(binned.activity.mean("latency"), rec.activity, rtol=1e-9)
    np.testing.assert_allclose(np.diff(binned.latency), (window[1] - window[0]) / 2)


def test_one_entry_of_several_times(tmp_path):
    licks = [[] if i == 2 else [CUE[i], CUE[i] + 0.3, CUE[i] + 0.5][: 1 + i % 3] for i in range(TRIALS)]
    path = spiking(tmp_path, {"lick_times": [*licks]})
    has = np.array([bool(times) for times in licks])
    for entry, moments in ((0, [times[0] for times in licks if times]), (-1, [times[-1] for times in licks if times])):
        with pytest.warns(NeurounivWarning, match=r"1 of 20 trials .* left out: 1 of 'C'"):
            rec = read(path, align=f"lick_times[{entry}]", window=(0, 0.5))
        np.testing.assert_allclose(rec.activity, rates(moments, (0, 0.5)), rtol=1e-9)
        assert rec.trial.values.tolist() == np.flatnonzero(has).tolist()
    refused(r'several. Say which, counted from 0: align="lick_times\[0\]"', path, align="lick_times", window=(0, 1))
    with pytest.raises(InputError, match=r"Times of events \(align=, with window=\): lick_times\[0\]. Columns"):
        read_recording(path)


def test_trials_without_the_event_are_left_out_and_told(tmp_path):
    lick = np.where(np.arange(TRIALS) % 4 == 1, np.nan, CUE)
    lick[0] = np.nan
    path = spiking(tmp_path, {"lick_time": lick, "rank": np.arange(TRIALS)})
    with pytest.warns(
        NeurounivWarning, match=r"6 of 20 trials .* no lick_time \(NaN\) and are left out: 1 of 'A', 5 of"
    ):
        rec = read(path, align="lick_time", window=(0, 0.5))
    kept = np.flatnonzero(np.isfinite(lick))
    np.testing.assert_allclose(rec.activity, rates(CUE[kept], (0, 0.5)), rtol=1e-9)
    assert rec.condition.values.tolist() == [list("ABCD")[i % 4] for i in kept]
    own_names = read_recording(
        path, condition=list("wxyz" * 5), align=np.r_[np.nan, CUE[1:]], window=(0, 1), keep=("rank", 1, None)
    )
    assert own_names.condition.values.tolist() == list("wxyz" * 5)[1:]  # what `keep` took out is not told of again
    refused("all are NaN", path, align=np.full(TRIALS, np.nan), window=(0, 1))
    refused("19 times for 20 trials", path, align=CUE[1:], window=(0, 1))


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (CUE - START, r"counted from each trial's start\? Then say so: align=\"start_time\+cue\""),
        (CUE * 1e3, r"cue runs from .* 20 times lie outside their own trials. Are they in milliseconds\?"),
    ],
)
def test_times_that_are_no_moments_of_the_recording_are_refused(tmp_path, times, message):
    path = spiking(tmp_path, {"cue": times})
    refused(message, path, align="cue", window=(0, 0.5))
    if times[0] < 3:
        rec = read(path, align="start_time+cue", window=(0, 0.5))
        np.testing.assert_allclose(rec.activity, rates(CUE, (0, 0.5)), rtol=1e-9)


def test_a_number_that_stands_for_no_event_is_told(tmp_path):
    cue = np.where(np.arange(TRIALS) == 7, -1.0, CUE)
    with pytest.warns(
        NeurounivWarning, match=r"1 of 20 times of `align=cue` .* The first is -1 s of row 7, which starts at 35"
    ):
        read(spiking(tmp_path, {"cue": cue}), align="cue", window=(0, 0.5))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"align": "go_cue_time"}, r"needs a window about it in s. .* such as window=\(0, 0.5\)"),
        ({"align": "go_cue", "window": (0, 1)}, 'does not have; its columns are .*say align="go_cue_time"'),
        ({"align": "stim", "window": (0, 1)}, "'stim' in .* holds text, such as 'A'"),
        (
            {"align": "go_cue_time[1]", "window": (0, 1)},
            'has one value for each trial, so none to choose: align="go_cue_time"',
        ),
        ({"align": "start_time+wait", "window": (0, 1)}, "names the column 'wait'"),
        ({"align": {"a": 1}, "window": (0, 1)}, "a column of times or the times themselves"),
        ({"time_unit": "minutes"}, "`time_unit` is one of s, ms"),
        ({"time_unit": 0}, "`time_unit` is one of s, ms"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, settings, message):
    refused(message, spiking(tmp_path, {"go_cue_time": CUE}), **settings)


def test_the_call_to_make_keeps_event_and_window(tmp_path):
    with pytest.raises(InputError, match=r'align="go_cue_time", window="0,0.5", condition="stim"\)'):
        read_recording(spiking(tmp_path, {"go_cue_time": CUE}), align="go_cue_time", window=(0, 0.5))


def test_windows_that_reach_into_neighbours_are_told(tmp_path):
    path = spiking(tmp_path, {"go_cue_time": CUE})
    with pytest.warns(NeurounivWarning, match=r"window of 19 of 20 trials .* reaches into a neighbouring trial"):
        rec = read(path, align="go_cue_time", window=(0, 4.5))
    np.testing.assert_allclose(rec.activity, rates(CUE, (0, 4.5)), rtol=1e-9)


def test_order_and_repetition_of_rows_are_told(tmp_path):
    start = START.copy()
    start[[4, 5]] = start[[5, 4]]
    with pytest.warns(NeurounivWarning, match="not in the order of their start_time .* is row 5"):
        read(spiking(tmp_path, start=start))
    start = START.copy()
    start[3] = start[2]
    with pytest.warns(NeurounivWarning, match="1 of 20 trials .* start at the same time"):
        read(spiking(tmp_path, start=start))


def test_a_trial_without_an_end_needs_a_window(tmp_path):
    stop = START + 2
    stop[4] = np.nan
    path = spiking(tmp_path, stop=stop)
    refused(r"no stop_time in 1 of 20 rows \(NaN; the first is row 4\), .* window=\(0, 0.5\)", path)
    np.testing.assert_allclose(read(path, window=(0, 0.5)).activity, rates(START, (0, 0.5)), rtol=1e-9)
    stop[4] = START[4] - 1
    refused(r"1 of 20 in .* do not, the first is trial 4 \(20 to 19 s\)", spiking(tmp_path, stop=stop))


def test_a_table_without_a_column_of_stops(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = spiking(tmp_path, {"go_cue_time": CUE})
    with h5py.File(path, "r+") as file:
        table = file["intervals/trials"]
        del table["stop_time"]
        table.attrs["colnames"] = [name for name in table.attrs["colnames"] if name != "stop_time"]
    refused("table 'intervals/trials' of .* has no column 'stop_time', which every table of intervals", path)


def test_a_real_file_with_trials_of_ones_own(real_data, tmp_path):
    path = tmp_path / "x.nwb"
    shutil.copyfile(real_data / "nwb_pynapple" / "A8604-211122.nwb", path)
    start = 10.0 + 12 * np.arange(60)
    cue = start + np.random.default_rng(1).uniform(1, 4, 60)
    with warnings.catch_warnings(action="ignore"), pynwb.NWBHDF5IO(str(path), "r+") as file:
        nwb = file.read()
        for name in ("stim", "cue"):
            nwb.add_trial_column(name, name)
        for i, begin in enumerate(start):
            nwb.add_trial(
                start_time=begin, stop_time=begin + 6, stim="ABC"[i % 3], cue=np.nan if i % 10 == 4 else cue[i]
            )
        file.write(nwb)
        spikes = [np.asarray(nwb.units["spike_times"][i]) for i in range(len(nwb.units))]
    np.testing.assert_allclose(read(path).activity, rates(start + 3, (-3, 3), spikes), rtol=1e-9)
    with pytest.warns(NeurounivWarning, match="6 of 60 trials"):
        rec = read(path, align="cue", window=(-0.2, 0.8), bin=0.1)
    kept = np.arange(60) % 10 != 4
    for k in range(10):
        edges = (-0.2 + 0.1 * k, -0.1 + 0.1 * k)
        np.testing.assert_allclose(rec.activity[:, :, k], rates(cue[kept], edges, spikes), rtol=1e-9)


def test_the_whole_way_of_a_file_of_another_laboratory(real_data):
    path = real_data / "awkward_inputs" / "go_cue.nwb"
    with pynwb.NWBHDF5IO(str(path), "r") as file:
        nwb = file.read()
        cue, spikes = nwb.trials["go_cue_time"][:], [nwb.units["spike_times"][i] for i in range(len(nwb.units))]
    rec = read(path, align="go_cue_time", window=(0, 0.5))
    np.testing.assert_allclose(rec.activity, rates(cue, (0, 0.5), spikes), rtol=1e-9)
    assert read(path.with_name("column_vectors.nwb")).activity.mean() == 3.0625


def test_outcomes_and_quality_are_kept_by_their_words(tmp_path):
    """An event, the trials and units kept by text, and a condition of two fields, all at once."""
    outcome, quality = np.array(["hit", "hit", "miss", "miss"] * 5), ["good", "mua", "good", "noise"]

    def with_quality(nwb):
        nwb.add_unit_column("quality", "of the sorting", data=quality)

    path = spiking(tmp_path, {"go_cue_time": CUE, "outcome": outcome}, unlike=with_quality)
    rec = read_recording(
        path, condition=["stim", "outcome"], align="go_cue_time", window=(0, 0.5), keep=("outcome", "hit"),
        keep_channels=("quality", "good"),
    )  # fmt: skip
    hits = np.flatnonzero(outcome == "hit")
    assert rec.condition.values[:2].tolist() == ["A/hit", "B/hit"]
    assert rec.channel.values.tolist() == [0, 2]
    np.testing.assert_allclose(rec.activity, rates(CUE, (0, 0.5))[hits][:, [0, 2]], rtol=1e-9)
