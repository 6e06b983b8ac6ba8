"""Trajectories of recordings: rsatoolbox frame by frame, time axes, unbalanced designs, errors."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm
from scipy.io import loadmat

from neurouniv.rdm import to_square, trajectory
from neurouniv.schema import InputError, NeurounivWarning

SIZES = {
    "conditions": st.integers(2, 7),
    "runs": st.integers(2, 4),
    "channels": st.integers(1, 9),
    "per_cell": st.integers(1, 3),
    "seed": st.integers(0, 1000),
    "offset": st.sampled_from([0.0, -50.0]),
}


def by_rsatoolbox(frame, conditions, runs, method, noise=None):
    """Distances of one frame (trial, channel), summed over channels, in the alphabetical order of conditions."""
    data = Dataset(frame, obs_descriptors={"condition": conditions, "run": runs.astype(float)})
    folds = {"cv_descriptor": "run", "noise": noise} if method == "crossnobis" else {}
    rdms = calc_rdm(data, method=method, descriptor="condition", **folds)
    assert list(rdms.pattern_descriptors["condition"]) == sorted(set(conditions))
    return rdms.dissimilarities[0] * frame.shape[1]


def frames(rec):
    """(session, latency) -> the trials of that frame."""
    for session in np.unique(rec.session):
        for latency in range(rec.sizes["latency"]):
            trials = rec.isel(trial=rec.session.values == session, latency=latency)
            yield session, latency, trials


@settings(max_examples=12, deadline=None)
@given(**SIZES, whitened=st.booleans())
def test_crossnobis_is_that_of_rsatoolbox_in_every_frame(make_recording, whitened, channels, seed, **sizes):
    rec = make_recording(channels=channels, seed=seed, latencies=2, **sizes)
    root = np.random.default_rng(seed).normal(size=(channels, channels + 3))
    noise = root @ root.T if whitened else None
    traj = trajectory(rec, metric="crossnobis", noise=noise)
    for session, latency, trials in frames(rec):
        theirs = by_rsatoolbox(trials.activity.values, trials.condition.values, trials.run.values, "crossnobis", noise)
        ours = traj.h.sel(time=session).isel(latency=latency).values
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * abs(theirs).max())


@settings(max_examples=12, deadline=None)
@given(**SIZES)
def test_sqeuclidean_is_that_of_rsatoolbox_in_every_frame(make_recording, **sizes):
    rec = make_recording(latencies=2, **sizes)
    traj = trajectory(rec)
    for session, latency, trials in frames(rec):
        theirs = by_rsatoolbox(trials.activity.values, trials.condition.values, trials.run.values, "euclidean")
        ours = traj.h.sel(time=session).isel(latency=latency).values
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * abs(theirs).max())


def test_sessions_are_the_time_and_latency_a_batch(make_recording):
    traj = trajectory(make_recording(latencies=3))
    assert traj.h.dims == ("latency", "time", "pair")
    assert traj.time.values.tolist() == [1, 2]
    assert traj.time.attrs == {"units": "sessions", "axis": "learning"}
    assert traj.latency.attrs["units"] == "s"
    assert traj.h.attrs["units"] == "(spikes/s)^2"
    assert traj.h.attrs["n_channels"] == 4


def test_units_of_sessions_are_kept(make_recording):
    rec = make_recording()
    rec.session.attrs["units"] = "trials"
    assert trajectory(rec).time.attrs == {"units": "trials", "axis": "learning"}


def test_one_session_has_latency_as_its_time(make_recording):
    rec = make_recording(sessions=1, latencies=3)
    traj = trajectory(rec)
    assert traj.h.dims == ("time", "pair")
    assert traj.time.values.tolist() == rec.latency.values.tolist()
    assert traj.time.attrs == {"units": "s", "axis": "within_trial"}
    xr.testing.assert_identical(trajectory(rec.drop_vars("session")).h, traj.h)


def test_conditions_follow_the_task_by_name(make_recording, make_task):
    rec, task = make_recording(), make_task()
    traj = trajectory(rec, task)
    assert traj.condition.values.tolist() == task.condition.values.tolist()
    assert traj.label.values.tolist() == task.label.values.tolist()
    names = task.condition.values
    own = to_square(trajectory(rec).h).sel(condition=names, condition_=names)
    np.testing.assert_allclose(to_square(traj.h), own, rtol=1e-12)
    square = to_square(traj.dx2)
    for name in names[1:]:
        expected = ((task.stimuli.sel(condition=name) - task.stimuli.sel(condition=names[0])) ** 2).sum()
        assert float(square.sel(condition=name, condition_=names[0])) == pytest.approx(float(expected))


def test_order_of_trials_does_not_matter(make_recording):
    rec = make_recording()
    shuffled = rec.isel(trial=np.random.default_rng(0).permutation(rec.sizes["trial"]))
    for metric in ("sqeuclidean", "crossnobis"):
        np.testing.assert_allclose(trajectory(rec, metric=metric).h, trajectory(shuffled, metric=metric).h, rtol=1e-10)


def test_runs_count_the_same_whatever_their_number_of_trials(make_recording):
    rec = make_recording(runs=2, sessions=1, latencies=1)
    again = np.flatnonzero(rec.run.values == 0)
    repeated = rec.isel(trial=np.r_[np.arange(rec.sizes["trial"]), again])
    xr.testing.assert_allclose(trajectory(repeated, metric="crossnobis").h, trajectory(rec, metric="crossnobis").h)


def test_run_numbers_need_not_start_again_nor_be_as_many_in_each_session(make_recording):
    rec = make_recording(runs=4)
    fewer = rec.isel(trial=~((rec.session == 2) & (rec.run == 0)).values)
    traj = trajectory(fewer, metric="crossnobis")
    full = trajectory(rec, metric="crossnobis")
    np.testing.assert_allclose(traj.h[0], full.h[0], rtol=1e-12)
    alone = trajectory(fewer.isel(trial=(fewer.session == 2).values).expand_dims(latency=1), metric="crossnobis")
    np.testing.assert_allclose(traj.h[1], alone.h[0], rtol=1e-10)
    np.testing.assert_allclose(traj.h_var[1], alone.h_var[0], rtol=1e-10)
    counted_on = fewer.assign_coords(run=fewer.run + 10 * fewer.session)
    xr.testing.assert_allclose(trajectory(counted_on, metric="crossnobis").h, traj.h)


def test_a_condition_that_a_run_lacks_is_compared_over_the_others(make_recording):
    rec = make_recording(runs=3, sessions=1, latencies=1)
    name = rec.condition.values[0]
    some = rec.isel(trial=~((rec.condition == name) & (rec.run == 2)).values)
    traj = trajectory(some, metric="crossnobis").h.isel(time=0)
    without = trajectory(rec.isel(trial=(rec.run < 2).values), metric="crossnobis").h.isel(time=0)
    its = (traj.first == name) | (traj.second == name)
    expected = xr.where(its, without, trajectory(rec, metric="crossnobis").h.isel(time=0))
    np.testing.assert_allclose(traj, expected, rtol=1e-10)


def test_variance_is_there_with_three_runs_only(make_recording):
    assert "h_var" not in trajectory(make_recording(runs=2), metric="crossnobis")
    traj = trajectory(make_recording(runs=3), metric="crossnobis")
    assert traj.h_var.dims == traj.h.dims
    assert (traj.h_var > 0).all()
    assert traj.h_var.attrs["units"] == "(spikes/s)^4"


def test_residual_noise_makes_distances_free_of_units(make_recording):
    rec = make_recording(runs=4, per_cell=3)
    one = trajectory(rec, metric="crossnobis", noise="residuals")
    other = trajectory(rec.assign(activity=1e3 * rec.activity), metric="crossnobis", noise="residuals")
    np.testing.assert_allclose(one.h, other.h, rtol=1e-8)
    assert one.h.attrs["units"] == "1"


def test_behaviour_gives_y_and_w_of_mean_outputs(make_recording, make_task):
    rec, task = make_recording(), make_task()
    output = task.targets.sel(condition=rec.condition).values / 2
    rec["output"] = ("trial", "output"), output + np.where(rec.run.values == 0, 1, -0.5)[:, None]
    for metric in ("sqeuclidean", "crossnobis"):
        traj = trajectory(rec, task, metric=metric)
        assert traj.y.dims == ("time", "pair")
        np.testing.assert_allclose(traj.y, np.broadcast_to(traj.dy2 / 4, (2, 10)), rtol=1e-9)
        np.testing.assert_allclose(traj.w, np.broadcast_to(-traj.dy2 / 4, (2, 10)), rtol=1e-9)


def test_chunked_activity_stays_lazy_and_gives_the_same(make_recording):
    rec = make_recording(latencies=4)
    lazy = trajectory(rec.chunk(latency=2, trial=7), metric="crossnobis")
    assert lazy.h.chunks is not None
    xr.testing.assert_allclose(lazy.compute(), trajectory(rec, metric="crossnobis"))


def test_a_condition_that_a_session_lacks_is_missing_there_and_told(make_recording):
    rec = make_recording()
    name = rec.condition.values[0]
    some = rec.isel(trial=~((rec.condition == name) & (rec.session == 2)).values)
    for metric in ("sqeuclidean", "crossnobis"):
        with pytest.warns(NeurounivWarning, match=f"'{name}' has no trial in session 2"):
            traj = trajectory(some, metric=metric)
        its = ((traj.first == name) | (traj.second == name)).values
        assert np.isnan(traj.h.values[1, its]).all()
        np.testing.assert_allclose(traj.h[:, ~its], trajectory(rec, metric=metric).h[:, ~its], rtol=1e-10)


def test_numbers_as_names_are_ordered_by_size(make_recording):
    rec = make_recording(conditions=3)
    angles = {"stimz": "180", "stimy": "90", "stimx": "0"}
    rec = rec.assign_coords(condition=("trial", [angles[name] for name in rec.condition.values]))
    assert trajectory(rec).condition.values.tolist() == ["0", "90", "180"]


def test_a_condition_with_one_run_is_named(make_recording):
    rec = make_recording()
    few = rec.isel(trial=~((rec.condition == "stimz") & (rec.session == 2) & (rec.run > 0)).values)
    with pytest.raises(InputError, match=r"at least 2 runs.*condition 'stimz' has 1 run in session 2.*Drop"):
        trajectory(few, metric="crossnobis")
    apart = rec.isel(trial=~((rec.condition == "stimz") & (rec.run == 0)).values)
    apart = apart.isel(trial=~((apart.condition == "stimy") & (apart.run == 1)).values)
    with pytest.raises(InputError, match=r"'stimy' and 'stimz' share 1 run in session 1"):
        trajectory(apart, metric="crossnobis")


def test_what_is_absent_is_told(make_recording, make_task):
    rec = make_recording(latencies=2)
    with pytest.raises(InputError, match=r"needs the coordinate `run`.*learning_axis"):
        trajectory(rec.drop_vars("run"), metric="crossnobis")
    with pytest.raises(InputError, match=r"learning_axis\(rec, windows=6\)"):
        trajectory(rec.isel(latency=0).drop_vars("session"))
    with pytest.raises(InputError, match="`run` needs one value per trial"):
        trajectory(rec.drop_vars("run").assign_coords(run=0), metric="crossnobis")
    with pytest.raises(InputError, match="the activity lacks 1: 'stimu'"):
        trajectory(rec, make_task(6))
    with pytest.raises(InputError, match="noise is None, 'residuals' or a precision matrix; 'ledoit' came"):
        trajectory(rec, metric="crossnobis", noise="ledoit")
    with pytest.raises(InputError, match=r"precision matrix \(4 channels, 4 channels\); \(3, 3\) came"):
        trajectory(rec, metric="crossnobis", noise=np.eye(3))
    with pytest.raises(InputError, match=r"numbers in the order of learning; 'one' came"):
        trajectory(rec.assign_coords(session=("trial", np.full(rec.sizes["trial"], "one"))))


def test_nan_is_told_with_its_place(make_recording):
    rec = make_recording().assign_coords(trial=np.arange(100, 130), channel=["A", "B", "C", "D"])
    rec.activity[3, 1] = np.nan
    rec.activity[5, 1] = np.inf
    with pytest.raises(InputError, match=r"2 of 120 .*trial 103, 105 \(2 of 30\), channel B \(1 of 4\)"):
        trajectory(rec)
    session = make_recording().session.astype(float)
    session[4] = np.nan
    with pytest.raises(InputError, match=r"Every trial needs a session; 1 of 30 have none \(trials 4"):
        trajectory(make_recording().assign_coords(session=session))


def test_real_distances_rise_after_the_stimulus(real_data):
    """Zhang et al. (2011): mean crossvalidated distance, odd against even repeats, as that data's README has it."""
    fields = loadmat(real_data / "zhang_desimone_7objects" / "zd.mat", squeeze_me=True)
    rec = xr.Dataset(
        {"activity": (("trial", "channel", "latency"), fields["activity"].astype(float), {"units": "spikes/s"})},
        {
            "condition": ("trial", np.char.strip(fields["condition"].astype(str))),
            "run": ("trial", fields["repeat"].astype(int) % 2),
            "latency": ("latency", fields["latency"].astype(float), {"units": "s"}),
        },
    )
    traj = trajectory(rec, metric="crossnobis")
    assert traj.time.attrs["axis"] == "within_trial"
    mean = traj.h.mean("pair") / traj.h.attrs["n_channels"]  # the README's figures are per neuron
    assert abs(float(mean.sel(time=slice(None, -0.1)).mean()) - 2) < 1.5
    for time, expected in ((0.075, 10.7), (0.225, 70), (0.425, 39)):
        assert float(mean.sel(time=time, method="nearest")) == pytest.approx(expected, rel=0.02)
