"""NWB: spikes and series of samples of trials, read from files that pynwb wrote, equal what was put in."""

from datetime import UTC, datetime

import numpy as np
import pytest

from neurouniv.schema import InputError, NeurounivWarning
from neurouniv.systems.recordings.assembly.assemble import assemble
from neurouniv.systems.recordings.formats.nwb.nwb_files import read_nwb
from neurouniv.systems.recordings.formats.timing.frames import Frames

h5py = pytest.importorskip("h5py")
pynwb = pytest.importorskip("pynwb")
RATE, FRAMES, ROIS = 10.0, 100, 3
DFF = np.random.default_rng(0).normal(size=(FRAMES, ROIS)).round(3)
STARTS = np.array([1.0, 2.5, 4.0, 6.0])


def new_file(trials=STARTS, length=1.0, subject="m1"):
    nwb = pynwb.NWBFile("made by a test", "1", datetime(2020, 5, 17, 12, tzinfo=UTC), session_id="day 3")
    nwb.subject = pynwb.file.Subject(subject_id=subject, species="Mus musculus")
    nwb.add_trial_column("stimulus", "what was shown")
    for i, start in enumerate(trials):
        nwb.add_trial(start_time=start, stop_time=start + length, stimulus="ab"[i % 2])
    return nwb


def plane_of(nwb, name="plane1", rois=ROIS):
    """An imaging plane and a table of its ROIs, numbered from 100."""
    device = nwb.devices.get("scope") or nwb.create_device("scope")
    channel = pynwb.ophys.OpticalChannel(name="green", description="GCaMP", emission_lambda=510.0)
    plane = nwb.create_imaging_plane(
        name=name,
        optical_channel=channel,
        description="a plane",
        device=device,
        excitation_lambda=920.0,
        indicator="GCaMP6f",
        location="V1",
    )
    table = pynwb.ophys.PlaneSegmentation(name=f"rois of {name}", description="ROIs", imaging_plane=plane)
    for i in range(rois):
        table.add_roi(id=100 + i, pixel_mask=[(i, i, 1.0)])
    return table


def responses(name, table, data, **clock):
    rois = table.create_roi_table_region(region=list(range(len(table))), description="all")
    clock = clock or {"rate": RATE, "starting_time": 0.5}
    return pynwb.ophys.RoiResponseSeries(name=name, data=data, rois=rois, unit="n.a.", **clock)


def add_ophys(nwb, *series):
    module = nwb.create_processing_module("ophys", "imaging")
    tables = {id(one.rois.table): one.rois.table for one in series}
    module.add(pynwb.ophys.ImageSegmentation(name="ImageSegmentation", plane_segmentations=list(tables.values())))
    found = pynwb.ophys.DfOverF(name="DfOverF")
    module.add(found)
    for one in series:
        found.add_roi_response_series(one)


def save(nwb, folder):
    path = folder / "x.nwb"
    with pynwb.NWBHDF5IO(str(path), "w") as file:
        file.write(nwb)
    return path


def imaging(folder, data=DFF, **clock):
    nwb = new_file()
    add_ophys(nwb, responses("dff", plane_of(nwb), data, **clock))
    return save(nwb, folder)


@pytest.fixture(scope="module")
def imaging_file(tmp_path_factory):
    return imaging(tmp_path_factory.mktemp("imaging"))


def refused(message, path, **settings):
    with pytest.raises(InputError, match=message):
        read_nwb(path, "x.nwb", **settings)


@pytest.mark.parametrize("own_times", [False, True])
def test_responses_are_averaged_kept_and_binned(tmp_path, own_times):
    clock = {"timestamps": 0.5 + np.arange(FRAMES) / RATE} if own_times else {}
    path = imaging(tmp_path, **clock)
    first = np.round((STARTS - 0.5) * RATE).astype(int)  # each trial starts at a frame
    whole = read_nwb(path, "x.nwb")
    np.testing.assert_allclose(whole.given["activity"], [DFF[f : f + 10].mean(0) for f in first], rtol=1e-12)
    frames = read_nwb(path, "x.nwb", window=(-0.2, 0.5), bin="frame")
    np.testing.assert_array_equal(frames.given["activity"], [DFF[f - 2 : f + 6].T for f in first])
    np.testing.assert_allclose(frames.given["latency"], np.arange(-2, 6) / RATE, atol=1e-12)
    binned = read_nwb(path, "x.nwb", window=(0, 0.6), bin=0.3).given
    np.testing.assert_allclose(binned["activity"][1, :, 1], DFF[first[1] + 3 : first[1] + 6].mean(0), rtol=1e-12)
    np.testing.assert_allclose(binned["latency"], [0.15, 0.45])


def test_what_the_file_says_of_session_channels_and_units(imaging_file):
    fields = read_nwb(imaging_file, "x.nwb")
    assert fields.given["subject"] == "m1"
    assert fields.given["started"] == "2020-05-17T12:00:00+00:00"
    assert fields.given["channel"].tolist() == [100, 101, 102]
    assert fields.channel_coords["location"].tolist() == ["V1"] * 3
    assert fields.attrs["session_id"] == "day 3"
    assert fields.units == "n.a."
    rec = assemble(fields, {"condition": "stimulus"})
    assert dict(rec.activity.sizes) == {"trial": 4, "channel": 3}
    assert rec.condition.values.tolist() == ["a", "b", "a", "b"]


@pytest.mark.slow
def test_planes_are_listed_and_chosen_by_name(tmp_path):
    nwb = new_file()
    one, two = plane_of(nwb), plane_of(nwb, "plane2", 2)
    add_ophys(nwb, responses("dff1", one, DFF), responses("dff2", two, DFF[:, :2]))
    path = save(nwb, tmp_path)
    refused(
        r"2 series.*'ophys/DfOverF/dff1' 100x3 n.a., 'ophys/DfOverF/dff2' 100x2.*series=\"ophys/DfOverF/dff1\"", path
    )
    refused("needs to name one series; x.nwb has 2 series of that name", path, series="DfOverF")
    refused("needs to name one series; x.nwb has no such series: 'ophys", path, series="dff3")
    fields = read_nwb(path, "x.nwb", series="dff2")
    assert fields.given["activity"].shape == (4, 2)
    assert fields.channel_coords["plane"].tolist() == ["plane2"] * 2


def test_a_trial_beyond_the_series_is_missing_and_said(tmp_path):
    nwb = new_file([1.0, 2.5, 10.4])
    add_ophys(nwb, responses("dff", plane_of(nwb), DFF))
    path = save(nwb, tmp_path)
    with pytest.warns(NeurounivWarning, match=r"runs from 0.5 to 10.5 s and does not cover 1 of 3 trials \(2,"):
        fields = read_nwb(path, "x.nwb")
    assert np.isnan(fields.given["activity"]).all(1).tolist() == [False, False, True]


def test_dropped_frames_are_missing_not_shifted(tmp_path):
    keep = np.r_[0:20, 25:FRAMES]  # five frames lost during the second trial, which starts at frame 20
    path = imaging(tmp_path, DFF[keep], timestamps=0.5 + keep / RATE)
    with pytest.warns(NeurounivWarning, match=r"does not cover 1 of 4 trials \(1,"):
        found = read_nwb(path, "x.nwb", window=(0, 0.9), bin="frame").given["activity"]
    np.testing.assert_array_equal(found[[0, 2, 3]], [DFF[f : f + 10].T for f in (5, 35, 55)])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": (0, 0.5), "bin": 0.05}, "at least the time between two samples, 0.1 s"),
        ({"bin": "frame"}, "needs `window="),
        ({"bin": 0.1}, "needs `window="),
        ({"window": (0, 1), "bin": "frames"}, "width of a bin in s; got 'frames'"),
        ({"window": (0, 1), "bin": -0.1}, "needs to be positive; got -0.1"),
        ({"window": (0, 1), "bin": 0.3}, "does not divide the window"),
        ({"window": (1, 0)}, "stop after it starts"),
        ({"window": "soon"}, r"`window` is \(start, stop\)"),
        ({"window": (0, np.nan)}, "stop after it starts"),
        ({"trials": "runs"}, "no table 'runs' of trials.*'trials'"),
    ],
)
def test_settings_that_do_not_fit(imaging_file, settings, message):
    refused(message, imaging_file, **settings)


@pytest.mark.slow
def test_clocks_and_shapes_that_cannot_be_meant(tmp_path):
    back = 0.5 + np.arange(FRAMES) / RATE
    back[50] = 1.0
    refused(r"times of 'dff' .* need to increase; 1 s follows 5.4 s \(sample 50\)", imaging(tmp_path, timestamps=back))
    path = imaging(tmp_path, timestamps=np.arange(FRAMES) / RATE)
    replace(path, "timestamps", np.arange(FRAMES - 1) / RATE)
    refused("has 99 times for 100 samples", path)
    path = imaging(tmp_path)
    replace(path, "data", DFF.T)
    refused("100 channels for 3 rows of its table. Samples come first.* stored sideways", path)


def replace(path, name, values):
    """Damage a file as pynwb itself would not: another array in the place of one of the series."""
    with h5py.File(path, "r+") as file:
        series = file["processing/ophys/DfOverF/dff"]
        attributes = dict(series[name].attrs)
        del series[name]
        series.create_dataset(name, data=values).attrs.update(attributes)


def test_electrical_series_are_scaled_to_volts(tmp_path):
    nwb = new_file()
    group = nwb.create_electrode_group("shank", "a shank", "CA1", nwb.create_device("probe"))
    for _ in range(2):
        nwb.add_electrode(location="CA1", group=group)
    region = nwb.create_electrode_table_region([0, 1], "all")
    counts = np.random.default_rng(1).integers(-999, 999, (800, 2), dtype=np.int16)
    scale = {"conversion": 1e-6, "offset": 1e-4, "channel_conversion": [1.0, 2.0]}
    nwb.add_acquisition(
        pynwb.ecephys.ElectricalSeries(
            name="lfp", data=counts, electrodes=region, rate=100.0, starting_time=0.0, filtering="none", **scale
        )
    )
    nwb.add_acquisition(pynwb.TimeSeries(name="speed", data=np.arange(80.0), unit="cm/s", rate=10.0))
    path = save(nwb, tmp_path)
    refused(
        r"no units and no ROI responses, but other series: 'lfp' 800x2 volts, 'speed' 80 cm/s.*series=\"lfp\"", path
    )
    fields = read_nwb(path, "x.nwb", series="lfp", window=(0, 0.19), bin="frame")
    np.testing.assert_allclose(
        fields.given["activity"][2], (counts[400:420] * [1e-6, 2e-6] + 1e-4).T, rtol=1e-12, atol=1e-18
    )
    assert fields.units == "V"
    assert fields.channel_coords["location"].tolist() == ["CA1", "CA1"]
    speed = read_nwb(path, "x.nwb", series="speed", window=(0, 0.5))
    np.testing.assert_allclose(speed.given["activity"][:, 0], STARTS * 10 + 2)
    assert speed.units == "cm/s"


@pytest.mark.parametrize("seed", [0, 1])
def test_spikes_are_counted_in_bins_and_units_keep_their_labels(tmp_path, seed):
    rng = np.random.default_rng(seed)
    nwb, spikes = new_file(), [np.sort(rng.uniform(0, 8, 200)) for _ in range(3)]
    nwb.add_unit_column("quality", "by hand")
    for times, quality in zip(spikes, ("good", "mua", "good"), strict=True):
        nwb.add_unit(spike_times=times, quality=quality)
    add_ophys(nwb, responses("dff", plane_of(nwb), DFF))
    path = save(nwb, tmp_path)
    fields = read_nwb(path, "x.nwb", window=(-0.5, 1.0), bin=0.25)
    edges = STARTS[:, None] + np.arange(-0.5, 1.01, 0.25)
    counts = [[np.histogram(times, trial)[0] for times in spikes] for trial in edges]
    np.testing.assert_array_equal(fields.given["activity"], np.array(counts) / 0.25)
    assert fields.units == "spikes/s"
    assert fields.channel_coords["quality"].tolist() == ["good", "mua", "good"]
    assert read_nwb(path, "x.nwb", series="dff").given["activity"].shape == (4, ROIS)  # asked for, beside spikes


def test_spikes_without_a_time_are_refused(tmp_path):
    nwb = new_file()
    nwb.add_unit(spike_times=[0.1, np.nan, 0.3])
    refused("finite; 1 of 3 in x.nwb are not", save(nwb, tmp_path))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_rate_and_the_same_times_are_the_same_clock(seed):
    rng = np.random.default_rng(seed)
    rate, start, count = rng.uniform(1, 50), rng.uniform(-5, 5), 40
    by_rate = Frames(None, count, start, rate)
    by_times = Frames(start + np.arange(count) / rate, count)
    moments = np.r_[start + np.arange(count) / rate, rng.uniform(start - 1, start + count / rate + 1, 50)]
    np.testing.assert_array_equal(by_rate.before(moments), by_times.before(moments))
    np.testing.assert_array_equal(by_rate.nearest(moments), by_times.nearest(moments))
    np.testing.assert_allclose(by_rate.span(), by_times.span())
