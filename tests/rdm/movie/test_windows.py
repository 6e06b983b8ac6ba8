"""Sliding windows: rsatoolbox's bins, linearity, laziness, errors."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.data import TemporalDataset

from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.rdm.movie.windows import sliding_windows
from neurouniv.schema import InputError, history


def test_windows_side_by_side_are_the_bins_of_rsatoolbox(make_recording):
    rec = make_recording(latencies=6)
    times = rec.latency.values
    theirs = TemporalDataset(rec.activity.values, time_descriptors={"time": times})
    theirs = theirs.bin_time("time", [times[:2], times[2:4], times[4:]])
    ours = sliding_windows(rec, width=0.2)
    np.testing.assert_allclose(ours.activity, theirs.measurements, rtol=1e-12)
    np.testing.assert_allclose(ours.latency, theirs.time_descriptors["time"], atol=1e-12)
    assert ours.latency.attrs == {"units": "s"}
    assert history(ours)[-1]["settings"] == {"width": 0.2, "every": 0.2}
    assert ours.condition.identical(rec.condition)


@pytest.mark.parametrize(("width", "step", "number"), [(0.1, 0.1, 6), (0.3, 0.1, 4), (0.3, 0.2, 2), (0.6, 0.1, 1)])
def test_every_window_is_whole_and_its_mean_is_that_of_its_latencies(make_recording, width, step, number):
    rec = make_recording(latencies=6)
    made = sliding_windows(rec, width, step)
    assert made.sizes["latency"] == number
    size, every = round(width / 0.1), round(step / 0.1)
    for window in range(number):
        inside = rec.isel(latency=slice(window * every, window * every + size))
        np.testing.assert_allclose(made.activity.isel(latency=window), inside.activity.mean("latency"), rtol=1e-12)
        assert float(made.latency[window]) == pytest.approx(float(inside.latency.mean()))


def test_windows_of_single_latencies_change_nothing(make_recording):
    rec = make_recording(latencies=4)
    xr.testing.assert_allclose(sliding_windows(rec, 0.1).activity, rec.activity)


def test_a_gap_between_latencies_makes_no_wider_windows(make_recording):
    rec = make_recording(latencies=4).isel(latency=[0, 1, 3])
    xr.testing.assert_allclose(sliding_windows(rec, 0.1).activity, rec.activity)


def test_chunked_activity_stays_lazy(make_recording):
    rec = make_recording(latencies=6, sessions=1)
    lazy = sliding_windows(rec.chunk(trial=4, latency=5), 0.3, 0.1)
    assert lazy.activity.chunks is not None
    xr.testing.assert_allclose(lazy.compute(), sliding_windows(rec, 0.3, 0.1))
    assert trajectory(lazy).time.values.round(9).tolist() == [0.0, 0.1, 0.2, 0.3]


def test_a_missing_value_stays_missing(make_recording):
    rec = make_recording(latencies=4)
    rec.activity[3, 1, 2] = np.nan
    assert np.isnan(sliding_windows(rec, 0.2).activity).sum() == 1


def test_what_makes_no_window_is_told(make_recording):
    rec = make_recording(latencies=4)
    with pytest.raises(InputError, match=r"from the step between latencies, 0.1, to the length of a trial, 0.4.*unit"):
        sliding_windows(rec, 200)
    with pytest.raises(InputError, match=r"positive width and step; got width=0.2 and step=0"):
        sliding_windows(rec, 0.2, 0)
    with pytest.raises(InputError, match=r"Sliding windows need the dimension .latency"):
        sliding_windows(make_recording(), 0.2)
    with pytest.raises(InputError, match=r"increase.*sortby"):
        sliding_windows(rec.isel(latency=slice(None, None, -1)), 0.2)
    with pytest.raises(InputError, match="coordinate `latency`"):
        sliding_windows(rec.drop_vars("latency"), 0.2)
