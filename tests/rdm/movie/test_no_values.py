"""Distances without a value are told: which pattern has no direction, and that all are missing or infinite."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.cli import run_command
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning

LABELS = np.array(list("abcabcabcabc"))


def recording(flat=(), latencies=None, channels=4):
    """A recording of two sessions; `flat` (session, condition) have the same value in all channels."""
    rng = np.random.default_rng(0)
    session = np.repeat([1, 2], 6)
    activity = rng.normal(size=(12, channels, latencies or 1))
    for day, name, value in flat:
        activity[(session == day) & (name == LABELS)] = value
    dims = ("trial", "channel", "latency") if latencies else ("trial", "channel")
    coords = {"condition": ("trial", LABELS)}
    coords |= {"latency": np.arange(latencies) / 10} if latencies else {"session": ("trial", session)}
    return xr.Dataset({"activity": (dims, activity if latencies else activity[..., 0])}, coords)


@pytest.mark.parametrize(("metric", "value", "what"), [("correlation", 3.0, "the same"), ("cosine", 0.0, "zero")])
def test_a_pattern_without_a_direction_is_named(metric, value, what):
    text = f"pattern that is {what} in all channels: that of condition 'b' in session 2; 2 of 6 distances are missing"
    with pytest.warns(NeurounivWarning, match=text):
        traj = trajectory(recording([(2, "b", value)]), metric=metric)
    assert np.isnan(traj.h.values).tolist() == [[False] * 3, [True, False, True]]
    with pytest.warns(NeurounivWarning, match=r"'a' in session 1 \(and 1 more such patterns\); 4 of 6"):
        trajectory(recording([(1, "a", value), (2, "c", value)]), metric=metric)


def test_the_time_within_the_trial_is_named():
    rec = recording(latencies=3)
    rec.activity[{"trial": (rec.condition == "c").values, "latency": 1}] = 2.0
    with pytest.warns(NeurounivWarning, match="that of condition 'c' at latency 0.1; 2 of 9"):
        trajectory(rec, metric="correlation")


def test_where_one_pattern_may_take_all_pairs_with_it_all_are_named():
    rec = recording([(1, "a", 1.0)])
    with pytest.warns(NeurounivWarning, match="that of condition 'a' or 'b' in session 1"):
        trajectory(rec.isel(trial=(rec.condition != "c").values), metric="correlation")


def test_a_condition_without_trials_is_no_flat_pattern():
    rec = recording()
    rec = rec.isel(trial=~((rec.session == 1) & (rec.condition == "a")).values)
    with pytest.warns(NeurounivWarning) as told:
        trajectory(rec, metric="correlation")
    assert len(told) == 1
    assert "'a' has no trial in session 1" in str(told[0].message)


def test_a_silent_layer_of_networks_is_told():
    hidden = np.random.default_rng(0).normal(size=(3, 4, 5))
    hidden[0, 2] = 0
    runs = xr.Dataset(
        {"hidden": (("time", "condition", "unit"), hidden)}, {"time": [0, 1, 2], "condition": list("abcd")}
    )
    with pytest.warns(NeurounivWarning, match="that of condition 'c' at time 0; 3 of 18"):
        trajectory(runs, metric="cosine")


@pytest.mark.filterwarnings("ignore:metric=")
def test_distances_that_are_all_missing_are_refused(tmp_path, capsys):
    rec = recording(channels=1)
    with pytest.raises(InputError, match=r"All 6 distances are missing .NaN.*metric='sqeuclidean' has"):
        trajectory(rec, metric="correlation")
    rec.to_netcdf(tmp_path / "rec.nc")
    for chunks in ([], ["--chunks", "5"]):
        call = ["rdm", str(tmp_path / "rec.nc"), str(tmp_path / "t.nc"), "--metric", "correlation", "--task", "none"]
        assert run_command([*call, *chunks]) == 2
        assert "All 6 distances are missing (NaN)" in capsys.readouterr().err


def test_infinite_distances_are_refused():
    rec = recording()
    rec = rec.assign(activity=100 * rec.activity)
    with pytest.raises(InputError, match=r"4 of 6 distances are infinite, first that of 'a' and 'b'.* precision"):
        trajectory(rec, metric="mahalanobis", noise_precision=8e307 * np.eye(4))
