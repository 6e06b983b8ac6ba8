"""NWB that would give wrong numbers without a word: other clocks, damaged indices, what was never written, links."""

from datetime import UTC, datetime

import numpy as np
import pytest

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.formats.arrays.hdf5_storage import files_beside, written_rows
from neurouniv.systems.recordings.formats.timing.clocks import Span, need_one_clock
from neurouniv.systems.recordings.read import read_recording

h5py = pytest.importorskip("h5py")
pynwb = pytest.importorskip("pynwb")
START = np.arange(20) * 5.0
SPIKES = [np.sort(np.random.default_rng(unit).uniform(0, 100, 300)) for unit in range(4)]
SAMPLES = np.random.default_rng(9).normal(size=(1000, 3))


def spiking(folder, spikes=SPIKES, start=START, length=2.0, licks=None, **series):
    """A file of units, trials (stim A, B, C, D, ...) and a series `dff` of 10 samples/s."""
    nwb = pynwb.NWBFile("made by a test", "1", datetime(2020, 5, 17, 12, tzinfo=UTC))
    nwb.add_trial_column("stim", "shown")
    if licks is not None:
        nwb.add_trial_column("licks", "times", index=True)
    for i, begin in enumerate(start):
        more = {} if licks is None else {"licks": licks[i]}
        nwb.add_trial(start_time=begin, stop_time=begin + length, stim="ABCD"[i % 4], **more)
    for times in spikes:
        nwb.add_unit(spike_times=times)
    clock = series or {"rate": 10.0, "starting_time": 0.0}
    nwb.add_acquisition(pynwb.TimeSeries(name="dff", data=SAMPLES, unit="n.a.", **clock))
    path = folder / "x.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)
    return path


def read(path, **mapping):
    return read_recording(path, condition="stim", **mapping)


def refused(message, path, **mapping):
    with pytest.raises(InputError, match=message):
        read(path, **mapping)


def rates(start, stop):
    return np.array([[((t >= a) & (t < b)).sum() / (b - a) for t in SPIKES] for a, b in zip(start, stop, strict=True)])


@pytest.mark.parametrize(
    ("scale", "word", "unit"),
    [(1e3, "milliseconds", "ms"), (1e6, "microseconds", "us"), (3e4, "numbers of samples", "1/30000")],
)
def test_spikes_in_another_unit_are_refused_and_can_be_said(tmp_path, scale, word, unit):
    path = spiking(tmp_path, [times * scale for times in SPIKES])
    refused(rf'spikes run from .* trials from 0 to 97 s. Are the times of the spikes {word}\?.*time_unit=.*"s"', path)
    refused(f'"{unit}"', path)
    np.testing.assert_allclose(read(path, time_unit=unit).activity, rates(START, START + 2), rtol=1e-9)
    np.testing.assert_allclose(read(path, time_unit=1 / scale).activity, rates(START, START + 2), rtol=1e-9)


@pytest.mark.parametrize("of_spans", [1e3, 1.0])
def test_spans_of_observation_are_in_the_unit_of_spikes_or_in_s(tmp_path, of_spans):
    path = observed_file(tmp_path, 1e3, of_spans)
    rec = read(path, time_unit="ms", missing="drop_trials")
    np.testing.assert_allclose(rec.activity, rates(START[:10], START[:10] + 2), rtol=1e-9)


def test_spans_of_observation_that_hold_no_trial_are_refused(tmp_path):
    refused("No trial of .* they run from 0 to 0.0999 s, trials from 0 to 97 s", observed_file(tmp_path, 1.0, 1e-3))


def observed_file(folder, of_spikes, of_spans):
    """Units that were observed for 50 s of the 100, which their spikes outlast in no unit but one."""
    nwb = pynwb.NWBFile("made by a test", "1", datetime(2020, 5, 17, 12, tzinfo=UTC))
    nwb.add_trial_column("stim", "shown")
    for i, begin in enumerate(START):
        nwb.add_trial(start_time=begin, stop_time=begin + 2, stim="ABCD"[i % 4])
    for unit, times in enumerate(SPIKES):
        span = [[0.0, (99.9 if unit == 0 else 50.0) * of_spans]]
        nwb.add_unit(spike_times=times * of_spikes, obs_intervals=span)
    with pynwb.NWBHDF5IO(str(folder / "x.nwb"), "w") as file:
        file.write(nwb)
    return folder / "x.nwb"


def test_units_without_any_spike_are_refused(tmp_path):
    refused("The 4 units of .* have no spikes at all", spiking(tmp_path, [np.zeros(0)] * 4))


def test_a_damaged_column_that_is_not_asked_for_is_left_out(tmp_path):
    path = spiking(tmp_path, licks=[[1.0, 2.0]] * 20)
    with h5py.File(path, "r+") as file:
        file["intervals/trials/licks_index"][3] = 255
    with pytest.warns(
        NeurounivWarning, match="index of 'trials/licks' .* decreases at row 4 .* The column is left out"
    ):
        np.testing.assert_allclose(read(path).activity, rates(START, START + 2), rtol=1e-12)


def test_spikes_that_are_meant_so_are_read(tmp_path):
    path = spiking(tmp_path, [times * 1e3 for times in SPIKES])
    with pytest.warns(NeurounivWarning, match="No spike|no unit has a spike"):
        rec = read(path, time_unit="s", window=(0.0, 1e-3))
    assert not rec.activity.any()


def test_clocks_with_another_zero_and_trials_in_ms(tmp_path):
    refused(
        "no trial lies between. Is their clock another one .* start 16000000",
        spiking(tmp_path, [t + 1.6e9 for t in SPIKES]),
    )
    path = spiking(tmp_path, start=START * 1e3, length=2e3)
    refused(r"Are the times of the trials milliseconds\? .* align=TIMES / 1000, window=", path)
    with pytest.warns(
        NeurounivWarning, match="18 of 20 times .* lie outside their own trials, and are used as they are"
    ):
        rec = read(path, align=START, window=(0, 2))
    np.testing.assert_allclose(rec.activity, rates(START, START + 2), rtol=1e-9)


def test_long_recordings_about_few_trials_are_one_clock():
    two_hours = Span("spikes", 0.01, 7200.0, 100_000, "x.nwb")
    need_one_clock(two_hours, np.array([600.0, 610.0]), np.array([605.0, 615.0]))
    few = Span("spikes", 3.0, 3.0, 1, "x.nwb")  # a silent unit's only spike tells nothing
    need_one_clock(few, np.array([0.0, 400.0]), np.array([5.0, 405.0]))


def test_trials_after_the_last_spike_are_told(tmp_path):
    path = spiking(tmp_path, [times[times < 50] for times in SPIKES])
    with pytest.warns(
        NeurounivWarning, match=r"9 of 20 trials .*\(11, 12, 13, 14, 15, ..., counted from 0\) lie where no"
    ):
        rec = read(path)
    np.testing.assert_allclose(rec.activity[:10], rates(START[:10], START[:10] + 2), rtol=1e-12)


def test_samples_in_ms(tmp_path):
    path = spiking(tmp_path, timestamps=np.arange(1000) * 100.0)
    refused(r'Are the times of the samples of \'dff\' milliseconds\? Then give time_unit="ms"', path, series="dff")
    rec = read(path, series="dff", time_unit="ms")
    first = (START * 10).astype(int)
    np.testing.assert_allclose(rec.activity, [SAMPLES[f : f + 20].mean(0) for f in first], rtol=1e-12)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([300, 600, 500, 1200], r"index of 'units/spike_times' .* decreases at row 2 \(500 after 600\)"),
        ([300, 600, 900, 1300], "ends at 1300 of 1200 values, beyond them"),
        ([300, 600, 900, 1100], "ends at 1100 of 1200 values, and 100 belong to no row"),
    ],
)
def test_an_index_that_cannot_be_right_is_refused(tmp_path, index, message):
    path = spiking(tmp_path)
    with h5py.File(path, "r+") as file:
        file["units/spike_times_index"][:] = np.array(index)
    refused(message, path)


def test_rows_of_one_id_are_trials_of_their_own(tmp_path):
    path = spiking(tmp_path)
    with h5py.File(path, "r+") as file:
        file["intervals/trials/id"][:] = np.arange(20) // 2
        file["intervals/trials/stim"][:] = [b"AABB"[i % 4 : i % 4 + 1] for i in range(20)]
    with pytest.warns(NeurounivWarning, match="10 of 20 rows of 'trials' .* have the id of another row"):
        rec = read(path)
    np.testing.assert_allclose(rec.activity, rates(START, START + 2), rtol=1e-12)
    with h5py.File(path, "r+") as file:
        file["intervals/trials/id"][:] = np.arange(20)
        file["units/id"][:] = [0, 1, 0, 1]  # of two probes
    with pytest.warns(NeurounivWarning, match="2 of 4 rows of 'units'"):
        assert read(path).channel.values.tolist() == [0, 1, 2, 3]


def test_spikes_out_of_order_are_counted_all_the_same(tmp_path):
    rng = np.random.default_rng(3)
    path = spiking(tmp_path, [rng.permutation(times) for times in SPIKES])
    np.testing.assert_allclose(read(path).activity, rates(START, START + 2), rtol=1e-12)


def again(path, name, whole, chunks, rows):
    """The dataset `name` with only its first `rows` rows written: a copy that was cut off."""
    with h5py.File(path, "r+") as file:
        attributes = dict(file[name].attrs)
        del file[name]
        dataset = file.create_dataset(name, whole.shape, whole.dtype, chunks=chunks)
        if rows:
            dataset[:rows] = whole[:rows]
        dataset.attrs.update(attributes)


@pytest.mark.parametrize(("chunks", "rows"), [((100,), 600), (None, 0)])
def test_spikes_that_were_never_written_are_refused(tmp_path, chunks, rows):
    path = spiking(tmp_path)
    again(path, "units/spike_times", np.concatenate(SPIKES), chunks, rows)
    refused(f"'units/spike_times' in .* was not written whole: {1200 - rows} of 1200 values", path)


def test_samples_that_were_never_written_are_missing(tmp_path):
    path = spiking(tmp_path)
    again(path, "acquisition/dff/data", SAMPLES, (100, 3), 700)
    with pytest.warns(NeurounivWarning) as told:
        rec = read(path, series="dff", missing="drop_trials")
    assert "300 of 1000 samples are not in the file (the first is number 700)" in str(told[0].message)
    assert rec.trial.values.tolist() == list(range(14))
    first = (START[:14] * 10).astype(int)
    np.testing.assert_allclose(rec.activity, [SAMPLES[f : f + 20].mean(0) for f in first], rtol=1e-12)


def test_rows_of_chunks_and_of_virtual_datasets(tmp_path):
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["a"] = np.ones((4, 2))
    layout = h5py.VirtualLayout((10, 2), "f8")
    layout[:4] = h5py.VirtualSource(str(tmp_path / "part.h5"), "a", (4, 2))
    layout[4:8] = h5py.VirtualSource(str(tmp_path / "gone.h5"), "a", (4, 2))
    layout[8:] = h5py.VirtualSource(str(tmp_path / "part.h5"), "of_another_name", (2, 2))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_virtual_dataset("virtual", layout)
        chunked = file.create_dataset("chunked", (10, 4), "f8", chunks=(3, 2))
        chunked[0:3] = 1
        chunked[3:6, :2] = 1  # half of these rows
        file["external"] = h5py.ExternalLink("part.h5", "a")
        assert written_rows(file["virtual"]).tolist() == [True] * 4 + [False] * 6
        assert written_rows(chunked).tolist() == [True] * 3 + [False] * 7
        assert written_rows(file["external"]).all()
        assert written_rows(file.create_dataset("none", (3,), "f8")).tolist() == [False] * 3
    parts = [str(tmp_path / "part.h5"), str(tmp_path / "gone.h5")]
    assert files_beside(tmp_path / "x.h5") == (["part.h5"], parts)


def test_files_beside_that_are_not_there_are_told(tmp_path):
    path = spiking(tmp_path)
    with h5py.File(path, "r+") as file:
        del file["acquisition/dff"]
        file["acquisition/dff"] = h5py.ExternalLink("samples.h5", "dff")
    with pytest.warns(NeurounivWarning) as told:
        rec = read(path)
    assert any("in files that are not there (samples.h5); these are not read" in str(line.message) for line in told)
    np.testing.assert_allclose(rec.activity, rates(START, START + 2), rtol=1e-12)


def test_spikes_in_another_file_are_told_and_read(tmp_path):
    path, spikes = spiking(tmp_path), np.concatenate(SPIKES)
    with h5py.File(tmp_path / "spikes.h5", "w") as other:
        other["times"] = spikes
    layout = h5py.VirtualLayout((1200,), "f8")
    layout[:] = h5py.VirtualSource("spikes.h5", "times", (1200,))
    with h5py.File(path, "r+") as file:
        attributes = dict(file["units/spike_times"].attrs)
        del file["units/spike_times"]
        file["units"].create_virtual_dataset("spike_times", layout).attrs.update(attributes)
    with pytest.warns(NeurounivWarning, match=r"Parts of datasets of .* are in other files \(spikes.h5\)"):
        np.testing.assert_allclose(read(path).activity, rates(START, START + 2), rtol=1e-12)
    (tmp_path / "spikes.h5").unlink()
    with pytest.warns(NeurounivWarning):
        refused("was not written whole: 1200 of 1200", path)
