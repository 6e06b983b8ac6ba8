"""Regions, searchlights, and channels that only some sessions recorded: each equals its own channels alone."""

import numpy as np
import pytest
import torch
import xarray as xr

from neurouniv.rdm.measures import MEASURES
from neurouniv.rdm.movie.movie import Part, Recipe, movie
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning

METRICS = (
    ("sqeuclidean", {}),
    ("correlation", {}),
    ("cosine", {}),
    ("mahalanobis", {}),
    ("mahalanobis", {"shrinkage": "diag", "variance": True}),
    ("crossnobis", {}),
    ("crossnobis", {"noise_precision": "residuals"}),
    ("crossnobis", {"noise_precision": "baseline", "baseline": (-0.2, 0.05)}),
)


@pytest.fixture
def searchlights():
    """Overlapping groups of 9 channels, not all of one size."""
    masks = np.array([np.abs(np.arange(9) - centre) <= 1 + centre % 2 for centre in range(9)])
    return xr.DataArray(masks, dims=("searchlight", "channel"), coords={"x": ("searchlight", np.arange(9) * 2.0)})


@pytest.mark.parametrize(("metric", "options"), METRICS)
def test_a_searchlight_has_the_distances_of_its_channels_alone(make_recording, searchlights, metric, options):
    rec = make_recording(channels=9, latencies=2, runs=3, per_cell=2)
    traj = trajectory(rec, metric=metric, regions=searchlights, **options)
    assert traj.h.dims == ("searchlight", "latency", "time", "pair")
    assert traj.x.values.tolist() == searchlights.x.values.tolist()
    for place in range(9):
        mask = searchlights[place].values
        alone = trajectory(rec.isel(channel=mask), metric=metric, **options)
        assert int(traj.n_channels[place]) == mask.sum() == alone.h.attrs["n_channels"]
        for name in {"h", "h_var"} & set(alone):
            np.testing.assert_allclose(traj[name].isel(searchlight=place), alone[name], rtol=1e-8, atol=1e-10)


def test_a_given_precision_is_marginal_in_a_region(make_recording, searchlights):
    """The precision of some channels is the inverse of their part of the covariance."""
    rec = make_recording(channels=9, sessions=1, latencies=2)
    root = np.random.default_rng(0).normal(size=(9, 12))
    covariance = root @ root.T
    traj = trajectory(rec, metric="mahalanobis", noise_precision=np.linalg.inv(covariance), regions=searchlights)
    part = searchlights[4].values
    own = np.linalg.inv(covariance[np.ix_(part, part)])
    alone = trajectory(rec.isel(channel=part), metric="mahalanobis", noise_precision=own)
    np.testing.assert_allclose(traj.h.isel(searchlight=4), alone.h, rtol=1e-8)


def test_squared_distances_of_areas_add_up_to_those_of_all_channels(make_recording):
    rec = make_recording(channels=6).assign_coords(roi=("channel", ["V4", "IT", "V4", "IT", "IT", "V1"]))
    for metric in ("sqeuclidean", "crossnobis"):
        traj = trajectory(rec, metric=metric, regions="roi")
        assert traj.roi.values.tolist() == ["IT", "V1", "V4"]
        assert traj.n_channels.values.tolist() == [3, 1, 2]
        np.testing.assert_allclose(traj.h.sum("roi"), trajectory(rec, metric=metric).h, rtol=1e-10)
        assert traj.h.attrs["units"] == "(spikes/s)^2"


def test_regions_are_joined_by_the_names_of_channels(make_recording, searchlights):
    rec = make_recording(channels=9, latencies=2).assign_coords(channel=list("abcdefghi"))
    named = searchlights.assign_coords(channel=list("abcdefghi"))
    straight = trajectory(rec, regions=named)
    xr.testing.assert_allclose(trajectory(rec, regions=named.isel(channel=slice(None, None, -1))).h, straight.h)
    with pytest.raises(InputError, match="a, z are in one of the two alone"):
        trajectory(rec, regions=named.assign_coords(channel=list("zbcdefghi")))


def test_regions_that_cannot_be_are_told(make_recording, searchlights):
    rec = make_recording(channels=9, latencies=2)
    with pytest.raises(InputError, match=r"regions='roi' needs a coordinate of that name over channels; found \[\]"):
        trajectory(rec, regions="roi")
    with pytest.raises(InputError, match="Every region needs a channel; 1 have none"):
        trajectory(rec, regions=searchlights.where(searchlights.x != 4, False))
    with pytest.raises(InputError, match="it has 8 of them, the activity 9"):
        trajectory(rec, regions=searchlights.isel(channel=slice(8)))
    with pytest.raises(InputError, match=r"boolean, \(searchlight, channel\)"):
        trajectory(rec, regions=searchlights.astype(float))
    with pytest.raises(InputError, match="got a list"):
        trajectory(rec, regions=[1, 2])


def lacking(rec, session, channels, name="session"):
    """The recording without some channels in a session."""
    recorded = xr.DataArray(np.ones((rec.sizes["trial"], rec.sizes["channel"]), bool), dims=("trial", "channel"))
    recorded.values[np.ix_((rec[name] == session).values, channels)] = False
    return rec.assign(activity=rec.activity.where(recorded)).assign_coords(recorded=recorded)


@pytest.mark.parametrize(("metric", "options"), METRICS)
def test_a_session_uses_the_channels_it_recorded(make_recording, metric, options):
    rec = make_recording(channels=6, latencies=2, per_cell=2)
    some = lacking(rec, 2, [1, 4])
    traj = trajectory(some, metric=metric, **options)
    assert traj.n_channels.dims == ("time",)
    assert traj.n_channels.values.tolist() == [6, 4]
    divides = MEASURES[metric].power > 0
    assert traj.h.attrs["per_channel"] == divides
    assert traj.h.attrs["units"].endswith("per channel") == divides
    for session, channels in ((1, np.arange(6)), (2, [0, 2, 3, 5])):
        there = (rec.session == session).values
        alone = trajectory(rec.isel(trial=there, channel=channels), metric=metric, time="latency", **options)
        for name, power in (("h", 1), ("h_var", 2)):
            if name in alone:
                expected = alone[name].values / (len(channels) ** power if divides else 1)
                here = traj[name].sel(time=session, pair=alone.pair)
                np.testing.assert_allclose(here, expected, rtol=1e-8, atol=1e-12)
    if divides:
        whole = trajectory(some, metric=metric, per_channel=False, **options)
        np.testing.assert_allclose(whole.h, traj.h * traj.n_channels, rtol=1e-10)


def test_as_many_channels_in_every_session_are_summed(make_recording):
    rec = make_recording(channels=6, latencies=2)
    both = lacking(rec, 1, [0])
    both = lacking(both.drop_vars("recorded"), 2, [5]).assign_coords(
        recorded=both.recorded & ((rec.session != 2) | (xr.DataArray(np.arange(6), dims="channel") != 5))
    )
    traj = trajectory(both)
    assert traj.h.attrs["n_channels"] == 5
    assert traj.h.attrs["per_channel"] == 0
    assert trajectory(both, per_channel=True).h.attrs["units"] == "(spikes/s)^2 per channel"


def test_a_region_without_channels_in_a_session_is_missing_there(make_recording):
    rec = make_recording(channels=4).assign_coords(roi=("channel", ["V4", "IT", "IT", "V4"]))
    traj = trajectory(lacking(rec, 2, [0, 3]), regions="roi")
    assert np.isnan(traj.h).all("pair").sel(roi="V4").values.tolist() == [False, True]
    np.testing.assert_allclose(traj.h.sel(roi="IT"), trajectory(rec, regions="roi").h.sel(roi="IT"))


def test_a_channel_lost_within_a_session_is_left_out_and_told(make_recording):
    rec = make_recording(channels=4, latencies=2)
    recorded = np.ones((rec.sizes["trial"], 4), bool)
    recorded[0, 3] = False
    some = rec.assign_coords(recorded=(("trial", "channel"), recorded))
    session = int(rec.session[0])
    with pytest.warns(NeurounivWarning, match=f"1 channels were recorded in some trials only of session {session}"):
        traj = trajectory(some)
    assert int(traj.n_channels.sel(time=session)) == 3


def test_nan_where_something_was_recorded_is_an_error(make_recording):
    rec = lacking(make_recording(channels=6), 2, [1, 4])
    rec.activity[0, 0] = np.nan
    with pytest.raises(InputError, match=r"1 of 180 values are NaN or infinite, in trial 0 .*channel 0 "):
        trajectory(rec)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there_is_told(make_recording):
    with pytest.raises(InputError, match=r"device='cuda' needs a GPU.*Use device='cpu'"):
        trajectory(make_recording(), device="cuda")
    xr.testing.assert_identical(trajectory(make_recording(), device="auto").h, trajectory(make_recording()).h)


def test_memory_is_bounded_over_searchlights(monkeypatch):
    """In steps of one region and one frame, the result is that of one step."""
    rng = np.random.default_rng(0)
    averages = rng.normal(size=(2, 1, 4, 5, 7))
    channels = np.array([[0, 1, 2], [2, 3, 4], [0, 2, 4]])
    parts = [Part(np.arange(2), np.arange(3), channels)]
    whole = movie(averages, parts, Recipe(MEASURES["correlation"]), regions=3)
    monkeypatch.setattr("neurouniv.rdm.movie.movie.FRAMES", 1)
    monkeypatch.setattr("neurouniv.rdm.movie.movie.LEAST", 1)
    monkeypatch.setattr("neurouniv.rdm.movie.movie.GATHERED", 1)
    np.testing.assert_allclose(movie(averages, parts, Recipe(MEASURES["correlation"]), regions=3), whole, rtol=1e-12)
