"""NWB as laboratories write it: the layouts of published data sets, made with pynwb, and NumPy's own counts beside."""

from datetime import UTC, datetime

import numpy as np
import pytest

from neurouniv.schema import InputError
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording

pynwb = pytest.importorskip("pynwb")
UNITS, LENGTH = 5, 60.0


def new_file(session="s1"):
    return pynwb.NWBFile("made by a test", session, datetime(2020, 5, 17, 12, tzinfo=UTC), session_id=session)


def save(nwb, folder, name="x.nwb"):
    with pynwb.NWBHDF5IO(str(folder / name), "w") as file:
        file.write(nwb)
    return folder / name


def spikes_of(rng, units=UNITS):
    return [np.sort(rng.uniform(0, LENGTH, 400)) for _ in range(units)]


def counted(spikes, start, stop):
    """Ten lines without the package: rates (trial, unit) of spikes from start to stop."""
    trials = zip(start, stop, strict=True)
    return np.array([[((t >= a) & (t < b)).sum() / (b - a) for t in spikes] for a, b in trials])


def add_electrodes(nwb, places):
    group = nwb.create_electrode_group("probeA", "a probe", "cortex", nwb.create_device("probe"))
    for place in places:
        nwb.add_electrode(location=place, group=group)


def refusal(path, **mapping):
    with pytest.raises(InputError) as refused:
        read_recording(path, **mapping)
    return str(refused.value)


@pytest.fixture
def allen(tmp_path):
    """Tables of presentations instead of trials; units with labels of quality, waveforms and a peak channel."""
    rng = np.random.default_rng(0)
    nwb, spikes = new_file(), spikes_of(rng)
    add_electrodes(nwb, ["VISp", "VISl", "CA1"])
    start = np.arange(40) * 1.5
    for name, rows in (("drifting_gratings_presentations", 30), ("spontaneous_presentations", 2)):
        table = pynwb.epoch.TimeIntervals(name=name, description="presentations")
        table.add_column("stimulus_name", "name of the stimulus")
        table.add_column("orientation", "degrees")
        for i in range(rows):
            table.add_interval(
                start_time=start[i],
                stop_time=start[i] + 1,
                stimulus_name=name[:8],
                orientation=45.0 * (i % 4),
                tags=["x"],
            )
        nwb.add_time_intervals(table)
    nwb.add_unit_column("quality", "by the pipeline")
    nwb.add_unit_column("peak_channel_id", "electrode of the largest spike")
    nwb.add_unit_column("isi_violations", "share of spikes too close")
    nwb.add_unit_column("spike_amplitudes", "of each spike", index=True)
    for unit, times in enumerate(spikes):
        nwb.add_unit(
            spike_times=times, waveform_mean=np.zeros((4, 3)), spike_amplitudes=times * 0 + 1.0,
            peak_channel_id=unit % 3, quality="noise" if unit == 4 else "good", isi_violations=unit / 10,
        )  # fmt: skip
    return save(nwb, tmp_path), spikes, start[:30]


def test_presentations_stand_for_trials(allen):
    path, spikes, start = allen
    message = refusal(path, condition="orientation")
    assert "'drifting_gratings_presentations' (30 rows: stimulus_name, orientation)" in message
    assert 'trials="drifting_gratings_presentations", condition="orientation"' in message
    rec = read_recording(path, trials="drifting_gratings_presentations", condition="orientation")
    np.testing.assert_allclose(rec.activity, counted(spikes, start, start + 1), rtol=1e-12)
    assert rec.condition.values[:4].tolist() == ["0", "45", "90", "135"]
    assert rec.location.values.tolist() == ["VISp", "VISl", "CA1", "VISp", "VISl"]


def test_labels_of_quality_are_told_and_choose_units(allen):
    path, *_ = allen
    trials = {"trials": "drifting_gratings_presentations", "condition": "orientation"}
    rec = read_recording(path, **trials)
    assert "quality: 4 good, 1 noise" in describe(rec)
    assert 'keep_channels=("quality", "good")' in describe(rec)
    few = read_recording(path, keep_channels=("isi_violations", None, 0.2), **trials)
    assert few.channel.values.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(few.activity, rec.activity[:, :3])
    assert "Labels of its channels" in refusal(path, keep_channels=("snr", 1, None), **trials)


def test_columns_of_one_value_a_row_and_series_of_events(tmp_path):
    """Columns of shape (row, 1), contrasts that are codes, trials of a passive session as a series of events."""
    rng = np.random.default_rng(1)
    nwb, spikes, start = new_file(), spikes_of(rng), np.arange(20) * 2.5
    from hdmf.common import VectorData, VectorIndex

    data = {"start_time": start[:, None], "stop_time": start[:, None] + 2, "visual_stimulus_time": start[:, None] + 0.5}
    data |= {"visual_stimulus_left_contrast": np.tile([0, 0.5], 10)[:, None], "included": np.ones(20, dtype=bool)}
    columns = [VectorData(name=name, description=name, data=values) for name, values in data.items()]
    nwb.trials = pynwb.epoch.TimeIntervals(name="trials", description="trials", columns=columns, id=np.arange(20))
    column = VectorData(name="spike_times", description="in s", data=np.concatenate(spikes)[:, None])
    index = VectorIndex(name="spike_times_index", data=np.arange(1, UNITS + 1) * 400, target=column)
    depths = VectorData(name="cluster_depths", description="in um", data=np.arange(UNITS)[:, None] * 10.0)
    nwb.units = pynwb.misc.Units(name="units", description="u", columns=[column, index, depths], id=np.arange(UNITS))
    onsets, contrast = np.sort(rng.uniform(1, 50, 12)), np.tile([0.25, 1.0], 6)
    nwb.add_stimulus(pynwb.TimeSeries(name="passive_left_contrast", data=contrast, unit="1", timestamps=onsets))
    path = save(nwb, tmp_path)
    about = {"align": "visual_stimulus_time", "window": (0.05, 0.4)}
    rec = read_recording(path, condition="visual_stimulus_left_contrast", **about)
    np.testing.assert_allclose(rec.activity, counted(spikes, start + 0.55, start + 0.9), rtol=1e-9)
    assert rec.cluster_depths.values.tolist() == [0, 10, 20, 30, 40]
    passive = read_recording(path, trials="passive_left_contrast", condition="label", window=(0, 0.5))
    np.testing.assert_allclose(passive.activity, counted(spikes, onsets, onsets + 0.5), rtol=1e-9)
    assert np.unique(passive.condition).tolist() == ["0.25", "1"]
    assert "no column stop_time" in refusal(path, trials="passive_left_contrast", condition="label")


def test_states_in_a_module_of_processing(tmp_path):
    rng = np.random.default_rng(2)
    nwb, spikes = new_file(), spikes_of(rng)
    for label, span in (("pre", (0, 20)), ("maze", (20, 40)), ("post", (40, 60))):
        nwb.add_epoch(*map(float, span), tags=[label])
    states = pynwb.epoch.TimeIntervals(name="states", description="sleep")
    states.add_column("label", "state")
    for i in range(12):
        states.add_interval(start_time=5.0 * i, stop_time=5.0 * i + 4, label=("rem", "wake")[i % 2])
    nwb.create_processing_module("behavior", "b").add(states)
    for times in spikes:
        nwb.add_unit(spike_times=times)
    path = save(nwb, tmp_path)
    message = refusal(path)
    assert "'states' (12 rows: label)" in message
    assert "'epochs' (3 rows)" in message
    assert f'read_recording("{path}", trials="states", condition="label")' in message
    rec = read_recording(path, trials="states", condition="label")
    np.testing.assert_allclose(rec.activity, counted(spikes, np.arange(12) * 5.0, np.arange(12) * 5.0 + 4), rtol=1e-12)


def test_times_counted_from_the_start_of_the_trial(tmp_path):
    """Delay tasks keep the cue as a delay from the trial's start, whatever NWB asks for."""
    rng = np.random.default_rng(3)
    nwb, spikes, start = new_file(), spikes_of(rng), 3.0 * np.arange(18)
    delay = rng.uniform(0.5, 1.5, 18)
    nwb.add_trial_column("CueTime", "in s from the trial's start")
    nwb.add_trial_column("HitR", "1 for a hit")
    for i, begin in enumerate(start):
        nwb.add_trial(start_time=begin, stop_time=begin + 2.8, CueTime=delay[i], HitR=i % 2)
    for times in spikes:
        nwb.add_unit(spike_times=times)
    path = save(nwb, tmp_path)
    message = refusal(path, condition="HitR", align="CueTime", window=(0, 1))
    assert 'counted from each trial\'s start? Then say so: align="start_time+CueTime"' in message
    rec = read_recording(path, condition="HitR", align="start_time+CueTime", window=(0, 1))
    np.testing.assert_allclose(rec.activity, counted(spikes, start + delay, start + delay + 1), rtol=1e-9)
    assert rec.attrs["notes"] == "trials: 0 to 1 s from 'start_time+CueTime' of 'trials'"


def test_fields_of_rows_of_other_tables_and_words_of_enumerations(tmp_path):
    """A reference to rows of a table of stimuli gives that table's columns; codes of an enumeration give its words."""
    from hdmf.common import DynamicTable

    nwb, spikes = new_file(), spikes_of(np.random.default_rng(4))
    stimuli = DynamicTable(name="stimuli", description="what was shown")
    stimuli.add_column("odour", "name")
    for odour in ("hexanal", "limonene"):
        stimuli.add_row(odour=odour)
    nwb.add_scratch(stimuli)
    for i in range(8):
        nwb.add_trial(start_time=7.0 * i, stop_time=7.0 * i + 5)
    nwb.trials.add_column("stimulus", "row of stimuli", data=[0, 1] * 4, table=stimuli)
    codes = np.array([0, 1, 1, 0] * 2, dtype=np.uint8)
    with pytest.warns(UserWarning, match="experimental"):
        nwb.trials.add_column("outcome", "of the trial", data=codes, enum=["miss", "hit"])
    for times in spikes:
        nwb.add_unit(spike_times=times)
    path = save(nwb, tmp_path)
    assert read_recording(path, condition="stimulus.odour").condition.values[:2].tolist() == ["hexanal", "limonene"]
    assert read_recording(path, condition="outcome").condition.values[:4].tolist() == ["miss", "hit", "hit", "miss"]


@pytest.mark.slow
def test_several_series_of_one_plane(tmp_path):
    """Suite2p's export: fluorescence, neuropil and deconvolved traces of the same ROIs; one has to be named."""
    rng = np.random.default_rng(5)
    nwb, start = new_file(), 4.0 * np.arange(10)
    optics = pynwb.ophys.OpticalChannel(name="green", description="GCaMP", emission_lambda=510.0)
    plane = nwb.create_imaging_plane(
        name="plane", optical_channel=optics, description="p", device=nwb.create_device("scope"),
        excitation_lambda=920.0, indicator="GCaMP6f", location="V1",
    )  # fmt: skip
    segmentation = pynwb.ophys.ImageSegmentation()
    table = segmentation.create_plane_segmentation(name="PlaneSegmentation", description="s", imaging_plane=plane)
    for i in range(3):
        table.add_roi(pixel_mask=[(i, i, 1.0)])
    table.add_column("iscell", "whether a cell, and how surely", data=[[1.0, 0.9], [0.0, 0.2], [1.0, 0.8]])
    module = nwb.create_processing_module("ophys", "imaging")
    module.add(segmentation)
    traces = rng.normal(size=(3, 450, 3))
    for name, data in zip(("Fluorescence", "Neuropil", "Deconvolved"), traces, strict=True):
        rois = table.create_roi_table_region(region=[0, 1, 2], description="all")
        series = pynwb.ophys.RoiResponseSeries(name=name, data=data, rois=rois, unit="lumens", rate=10.0)
        traces_of = pynwb.ophys.Fluorescence(name=name)
        module.add(traces_of)
        traces_of.add_roi_response_series(series)
    nwb.add_trial_column("orientation", "degrees")
    nwb.add_trial_column("go_time", "when to go")
    for i, begin in enumerate(start):
        nwb.add_trial(
            start_time=begin, stop_time=begin + 3, orientation=i % 2 * 90, go_time=np.nan if i == 3 else begin + 1
        )
    path = save(nwb, tmp_path)
    assert 'series="ophys/Deconvolved/Deconvolved"' in refusal(path, condition="orientation")
    rec = read_recording(path, series="Deconvolved", condition="orientation")
    assert 'iscell_0: 1 of 3 are no cells; without them: keep_channels=("iscell_0", 1, None)' in describe(rec)
    cells = read_recording(path, series="Deconvolved", condition="orientation", keep_channels=("iscell_0", 1, None))
    np.testing.assert_array_equal(cells.activity, rec.activity[:, [0, 2]])
    first = (start * 10).astype(int)
    np.testing.assert_allclose(rec.activity, [traces[2, f : f + 30].mean(0) for f in first], rtol=1e-12)
    with pytest.warns(match=r"1 of 10 trials .* have no go_time \(NaN\) and are left out: 1 of '90'"):
        about = read_recording(path, series="Deconvolved", condition="orientation", align="go_time", window=(0.2, 0.8))
    np.testing.assert_allclose(
        about.activity, [traces[2, f + 12 : f + 18].mean(0) for f in np.delete(first, 3)], rtol=1e-12
    )
