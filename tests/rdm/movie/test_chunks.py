"""Chunked activity: the same numbers as in memory, each chunk read once, errors when it is computed."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError

CASES = (
    ("sqeuclidean", {}),
    ("sqeuclidean", {"variance": True}),
    ("correlation", {}),
    ("mahalanobis", {}),
    ("mahalanobis", {"noise_precision": "baseline", "baseline": (None, 0.05), "shrinkage": "oas"}),
    ("crossnobis", {}),
    ("crossnobis", {"noise_precision": "residuals", "shrinkage": "shrinkage_diag"}),
    ("crossnobis", {"noise_precision": "residuals", "regions": "roi"}),
    ("crossnobis", {"weighting": "trials"}),
)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(
    case=st.sampled_from(CASES),
    trial=st.integers(4, 40),
    channel=st.integers(2, 6),
    latency=st.integers(2, 4),
    per_cell=st.integers(1, 2),
    seed=st.integers(0, 100),
)
def test_any_chunks_give_the_same_as_memory(make_recording, case, trial, channel, latency, per_cell, seed):
    metric, options = case
    rec = make_recording(channels=6, latencies=4, per_cell=per_cell, seed=seed, conditions=4)
    rec = rec.assign_coords(roi=("channel", list("aabbbc")))
    lazy = trajectory(rec.chunk(trial=trial, channel=channel, latency=latency), metric=metric, **options)
    expected = trajectory(rec, metric=metric, **options)
    assert set(lazy.variables) == set(expected.variables)
    scale = float(np.abs(expected.h).max())
    xr.testing.assert_allclose(lazy.compute(), expected, rtol=1e-8, atol=1e-9 * scale**2)


def counted(rec, sizes):
    """The recording with its activity in chunks, and the number of times that each was read."""
    reads = {}
    values = rec.activity.values

    def read(block_info=None):
        place = tuple(map(tuple, block_info[None]["array-location"]))
        reads[place] = reads.get(place, 0) + 1
        return values[tuple(slice(*edges) for edges in place)]

    chunks = da.core.normalize_chunks(sizes, values.shape)
    array = da.map_blocks(read, chunks=chunks, dtype=float, meta=np.empty((0, 0, 0)))
    return rec.assign(activity=(rec.activity.dims, array)), reads


@pytest.mark.parametrize(
    ("metric", "options", "times"),
    [
        ("sqeuclidean", {}, 1),
        ("crossnobis", {}, 1),
        ("crossnobis", {"noise_precision": "residuals"}, 2),
        ("mahalanobis", {}, 2),
        ("sqeuclidean", {"variance": True}, 1),
    ],
)
def test_every_chunk_is_read_once_and_once_more_for_its_residuals(make_recording, metric, options, times):
    rec, reads = counted(make_recording(channels=6, latencies=4, sessions=1), (7, 3, 2))
    traj = trajectory(rec, metric=metric, **options)
    if times == 1:
        assert not reads
    traj.compute()
    assert set(reads.values()) == {times}


def test_what_is_not_finite_is_told_when_it_is_computed(make_recording):
    rec = make_recording(channels=6, latencies=4)
    name, session = rec.condition.values[3], rec.session.values[3]
    rec.activity[3, 1, 2] = np.nan
    lazy = trajectory(rec.chunk(trial=7, latency=2))
    with pytest.raises(InputError, match=rf"condition '{name}' in session {session}, in channels 1 of this chunk"):
        lazy.compute()
    rec.activity[3, 1, 2] = np.inf
    with pytest.raises(InputError, match="NaN or infinite"):
        trajectory(rec.chunk(trial=7, latency=2), metric="crossnobis").compute()


def test_channels_that_were_not_recorded_may_be_nan_in_chunks(make_recording):
    rec = make_recording(channels=6, latencies=4)
    recorded = xr.DataArray(np.ones((rec.sizes["trial"], 6), bool), dims=("trial", "channel"))
    recorded[(rec.session == 2).values, 1] = False
    rec = rec.assign(activity=rec.activity.where(recorded)).assign_coords(recorded=recorded)
    for metric, options in (("sqeuclidean", {}), ("crossnobis", {"noise_precision": "residuals"})):
        expected = trajectory(rec, metric=metric, **options)
        lazy = trajectory(rec.chunk(trial=7, channel=2, latency=2), metric=metric, **options).compute()
        xr.testing.assert_allclose(lazy, expected, rtol=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "int16", "bool"])
def test_other_types_and_orders_of_memory_are_summed_in_double_precision(make_recording, dtype):
    rec = make_recording(latencies=4)
    values = (100 * rec.activity).astype(dtype)
    expected = trajectory(rec.assign(activity=values.astype(float))).h
    xr.testing.assert_allclose(trajectory(rec.assign(activity=values)).h, expected, rtol=1e-12)
    turned = values.transpose("latency", "channel", "trial").copy()
    xr.testing.assert_allclose(trajectory(rec.assign(activity=turned)).h, expected, rtol=1e-12)
