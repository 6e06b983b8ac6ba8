"""Trajectories of recordings: rsatoolbox frame by frame, time axes, unbalanced designs, errors."""

import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm, calc_rdm_unbalanced
from scipy.io import loadmat

from neurouniv.rdm.align import align
from neurouniv.rdm.exchange.square import to_square
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning, history

SIZES = {
    "conditions": st.integers(2, 7),
    "runs": st.integers(2, 4),
    "channels": st.integers(1, 9),
    "per_cell": st.integers(1, 3),
    "seed": st.integers(0, 1000),
    "offset": st.sampled_from([0.0, -50.0]),
}


def by_rsatoolbox(frame, conditions, runs, method, order, noise=None):
    """Distances of one frame (trial, channel), summed over channels; conditions in `order`, by name."""
    data = Dataset(frame, obs_descriptors={"condition": conditions, "run": runs.astype(float)})
    folds = {"cv_descriptor": "run"} if method == "crossnobis" else {}
    folds |= {"noise": noise} if method in ("crossnobis", "mahalanobis") else {}
    rdms = calc_rdm(data, method=method, descriptor="condition", **folds)
    return in_order(rdms, order).dissimilarities[0] * (1 if method == "correlation" else frame.shape[1])


def in_order(rdms, names):
    """`rdms` with conditions in this order; rsatoolbox has them by alphabet or by appearance."""
    own = list(rdms.pattern_descriptors["condition"])
    rdms.reorder(np.array([own.index(name) for name in names]))
    return rdms


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
    traj = trajectory(rec, metric="crossnobis", noise_precision=noise)
    for session, latency, trials in frames(rec):
        labels = trials.condition.values, trials.run.values
        theirs = by_rsatoolbox(trials.activity.values, *labels, "crossnobis", traj.condition.values, noise)
        ours = traj.h.sel(time=session).isel(latency=latency).values
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * abs(theirs).max())


@settings(max_examples=12, deadline=None)
@given(**SIZES)
def test_sqeuclidean_is_that_of_rsatoolbox_in_every_frame(make_recording, **sizes):
    rec = make_recording(latencies=2, **sizes)
    traj = trajectory(rec)
    for session, latency, trials in frames(rec):
        labels = trials.condition.values, trials.run.values
        theirs = by_rsatoolbox(trials.activity.values, *labels, "euclidean", traj.condition.values)
        ours = traj.h.sel(time=session).isel(latency=latency).values
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10 * abs(theirs).max())


@settings(max_examples=12, deadline=None)
@given(**SIZES, metric=st.sampled_from(["correlation", "mahalanobis", "poisson"]))
def test_other_metrics_are_those_of_rsatoolbox_in_every_frame(make_recording, metric, channels, seed, **sizes):
    rec = make_recording(channels=channels + 2, seed=seed, latencies=2, **sizes)
    if metric == "poisson":
        rec["activity"] = np.abs(rec.activity)
    root = np.random.default_rng(seed).normal(size=(channels + 2, channels + 5))
    noise = root @ root.T if metric == "mahalanobis" else None
    traj = trajectory(rec, metric=metric, noise_precision=noise)
    for session, latency, trials in frames(rec):
        labels = trials.condition.values, trials.run.values
        theirs = by_rsatoolbox(trials.activity.values, *labels, metric, traj.condition.values, noise)
        ours = traj.h.sel(time=session).isel(latency=latency).values
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * abs(theirs).max())


@pytest.mark.parametrize(("metric", "units"), [("correlation", "1"), ("cosine", "1"), ("poisson_cv", "spikes/s")])
def test_every_metric_has_its_unit(make_recording, metric, units):
    rec = make_recording(latencies=2)
    h = trajectory(rec.assign(activity=np.abs(rec.activity).assign_attrs(rec.activity.attrs)), metric=metric).h
    assert h.attrs["units"] == units
    assert h.attrs["metric"] == metric


def test_rates_cannot_be_negative(make_recording):
    with pytest.raises(InputError, match="never negative"):
        trajectory(make_recording(), metric="poisson")


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


def test_distances_name_their_measure_and_the_history_all_that_was_asked(make_recording):
    rec = make_recording(latencies=3).assign_coords(area="IT")
    traj = trajectory(rec, metric="crossnobis", time="latency", per_channel=True)
    assert traj.area.item() == "IT"
    assert traj.h.attrs == {
        "long_name": "crossvalidated squared distance",
        "units": "(spikes/s)^2 per channel",
        "metric": "crossnobis",
        "noise_precision": "none",
        "weighting": "runs",
        "n_channels": 4,
        "per_channel": 1,
    }
    asked = history(traj)[-1]["settings"]
    assert (asked["metric"], asked["time"], asked["per_channel"]) == ("crossnobis", "latency", True)


def test_latency_is_the_time_where_it_is_asked_for(make_recording):
    rec = make_recording(latencies=3)
    for metric in ("sqeuclidean", "crossnobis"):
        learning, within = (trajectory(rec, metric=metric, time=time) for time in ("session", "latency"))
        assert within.h.dims == ("session", "time", "pair")
        assert within.session.values.tolist() == [1, 2]
        assert within.time.attrs == {"units": "s", "axis": "within_trial"}
        turned = learning.h.transpose("time", "latency", "pair").values
        np.testing.assert_array_equal(within.h.values, turned)
    with pytest.raises(InputError, match=r"at least two sessions; this recording has one session.*learning_axis"):
        trajectory(make_recording(sessions=1, latencies=3), time="session")
    with pytest.raises(InputError, match="this recording has no latency"):
        trajectory(make_recording(), time="latency")
    with pytest.raises(InputError, match=r"time is one of \(None, 'session', 'latency'\); got 'epoch'"):
        trajectory(rec, time="epoch")


@pytest.mark.parametrize(("metric", "noise"), [("sqeuclidean", None), ("crossnobis", None), ("correlation", None)])
def test_a_subject_among_others_is_as_alone(make_recording, metric, noise):
    people = {name: make_recording(seed=seed, latencies=2) for seed, name in enumerate("ba")}
    both = xr.concat([rec.assign_coords(subject=("trial", [name] * 30)) for name, rec in people.items()], "trial")
    traj = trajectory(both, metric=metric, noise_precision=noise)
    assert traj.h.dims == ("subject", "latency", "time", "pair")
    assert traj.subject.values.tolist() == ["a", "b"]
    for name, rec in people.items():
        alone = trajectory(rec, metric=metric, noise_precision=noise)
        for variable in {"h", "h_var"} & set(alone):
            here = traj[variable].sel(subject=name, pair=alone.pair)
            np.testing.assert_allclose(here, alone[variable], rtol=1e-10)


def test_a_session_that_a_subject_lacks_is_missing_and_told(make_recording, make_task):
    task = make_task()
    one, other = make_recording(channels=3), make_recording(seed=1, channels=3)
    other = other.isel(trial=(other.session == 1).values)
    both = xr.concat(
        [
            rec.assign_coords(subject=("trial", [name] * rec.sizes["trial"]))
            for name, rec in zip("ab", (one, other), strict=True)
        ],
        "trial",
    )
    both["output"] = ("trial", "output"), task.targets.sel(condition=both.condition).values
    with pytest.warns(NeurounivWarning, match="Session 2 of subject 'b' has no trials; its distances are missing"):
        traj = trajectory(both, task, metric="crossnobis")
    assert np.isnan(traj.h.sel(subject="b", time=2)).all()
    np.testing.assert_allclose(
        traj.h.sel(subject="b", time=1),
        trajectory(
            other.assign(activity=other.activity.expand_dims(latency=[0.0], axis=2)), metric="crossnobis", task=task
        ).h[0],
        rtol=1e-10,
    )
    assert traj.choices.dims == ("subject", "time", "pair")
    assert np.isnan(traj.choices.sel(subject="b", time=2)).all()
    np.testing.assert_allclose(traj.choices.sel(subject="a", time=2), traj.dy2)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), runs=st.integers(2, 4))
def test_weightings_are_those_of_rsatoolbox(make_recording, seed, runs):
    """Unequal numbers of trials: `calc_rdm` weights by "training", `calc_rdm_unbalanced` by "trials"."""
    rec = make_recording(seed=seed, runs=runs, sessions=1, latencies=1, per_cell=2)
    kept = np.random.default_rng(seed).permutation(rec.sizes["trial"])[: rec.sizes["trial"] * 4 // 5]
    first = np.unique(rec.condition.values.astype(object) + rec.run.values.astype(str), return_index=True)[1]
    rec = rec.isel(trial=np.union1d(kept, first))
    frame, conditions, run = rec.activity.values[..., 0], rec.condition.values, rec.run.values
    traj = trajectory(rec, metric="crossnobis", weighting="training")
    ours, order = traj.h.values[0], traj.condition.values
    theirs = by_rsatoolbox(frame, conditions, run, "crossnobis", order)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * abs(theirs).max())
    data = Dataset(frame, obs_descriptors={"condition": conditions, "run": run.astype(float)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they cast NaN to integers
        rdms = calc_rdm_unbalanced(data, method="crossnobis", descriptor="condition", cv_descriptor="run")
    theirs = in_order(rdms, order).dissimilarities[0] * frame.shape[1]
    ours = trajectory(rec, metric="crossnobis", weighting="trials").h.values[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * abs(theirs).max())


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
        ours, theirs = align(trajectory(rec, metric=metric), trajectory(shuffled, metric=metric))
        np.testing.assert_allclose(ours.h, theirs.h, rtol=1e-10)


def test_runs_count_the_same_whatever_their_number_of_trials(make_recording):
    rec = make_recording(runs=2, sessions=1, latencies=1)
    again = np.flatnonzero(rec.run.values == 0)
    repeated = rec.isel(trial=np.r_[np.arange(rec.sizes["trial"]), again])
    xr.testing.assert_allclose(trajectory(repeated, metric="crossnobis").h, trajectory(rec, metric="crossnobis").h)


def test_run_numbers_need_not_start_again_nor_be_as_many_in_each_session(make_recording):
    rec = make_recording(runs=4)
    fewer = rec.isel(trial=~((rec.session == 2) & (rec.run == 0)).values)
    traj = trajectory(fewer, metric="crossnobis")
    full = trajectory(rec, metric="crossnobis").sel(pair=traj.pair)
    np.testing.assert_allclose(traj.h[0], full.h[0], rtol=1e-12)
    alone = trajectory(fewer.isel(trial=(fewer.session == 2).values).expand_dims(latency=1), metric="crossnobis")
    alone = alone.sel(pair=traj.pair)
    np.testing.assert_allclose(traj.h[1], alone.h[0], rtol=1e-10)
    np.testing.assert_allclose(traj.h_var[1], alone.h_var[0], rtol=1e-10)
    counted_on = fewer.assign_coords(run=fewer.run + 10 * fewer.session)
    xr.testing.assert_allclose(trajectory(counted_on, metric="crossnobis").h, traj.h)


def test_a_condition_that_a_run_lacks_is_compared_over_the_others(make_recording):
    rec = make_recording(runs=3, sessions=1, latencies=1)
    name = rec.condition.values[0]
    some = rec.isel(trial=~((rec.condition == name) & (rec.run == 2)).values)
    traj = trajectory(some, metric="crossnobis").h.isel(time=0)
    without, whole = (
        trajectory(part, metric="crossnobis").h.isel(time=0).sel(pair=traj.pair).values
        for part in (rec.isel(trial=(rec.run < 2).values), rec)
    )
    expected = np.where((traj["first"] == name) | (traj["second"] == name), without, whole)
    np.testing.assert_allclose(traj, expected, rtol=1e-10)


def test_variance_is_there_with_three_runs_only(make_recording):
    assert "h_var" not in trajectory(make_recording(runs=2), metric="crossnobis")
    traj = trajectory(make_recording(runs=3), metric="crossnobis")
    assert traj.h_var.dims == traj.h.dims
    assert (traj.h_var > 0).all()
    assert traj.h_var.attrs["units"] == "(spikes/s)^4"


def test_variance_is_left_out_or_told_to_be_unknown_where_asked(make_recording):
    rec = make_recording(latencies=2)
    assert "h_var" not in trajectory(rec, metric="crossnobis", variance=False)
    assert "h_var" not in trajectory(rec)
    assert trajectory(rec, variance=True).h_var.attrs["units"] == "(spikes/s)^4"
    for metric in ("correlation", "cosine"):
        with pytest.raises(InputError, match=f"sampling variance of metric='{metric}' is not known"):
            trajectory(rec, metric=metric, variance=True)
    with pytest.raises(InputError, match="at least 3 runs"):
        trajectory(make_recording(runs=2), metric="crossnobis", variance=True)
    with pytest.raises(InputError, match="a condition with two repeats"):
        trajectory(make_recording(runs=1), variance=True)


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 3.0])
@pytest.mark.parametrize("by_run", [True, False])
@pytest.mark.parametrize("signal", [0.0, 1.0])
def test_the_variance_from_repeats_is_that_over_experiments(signal, by_run, shift):
    """2000 experiments: 6 conditions x 8 runs, 10 channels of correlated noise; no distance and large distances."""
    if shift and not by_run:
        pytest.skip("what is shared by the conditions of a run is noise where runs are not known")
    rng = np.random.default_rng(0)
    conditions, runs, channels, experiments = 6, 8, 10, 2000
    root = np.eye(channels) + 0.3 * rng.normal(size=(channels, channels))
    patterns = signal * rng.normal(size=(conditions, 1, channels, 1))
    trials = rng.normal(size=(conditions, runs, experiments, channels)) @ root
    trials = trials.transpose(0, 1, 3, 2) + patterns + shift * rng.normal(size=(1, runs, channels, experiments))
    coords = {
        "condition": ("trial", np.repeat(list("abcdef"), runs)),
        "run": ("trial", np.tile(np.arange(runs), conditions)),
        "latency": np.arange(float(experiments)),
    }
    rec = xr.Dataset({"activity": (("trial", "channel", "latency"), trials.reshape(-1, channels, experiments))}, coords)
    traj = trajectory(rec if by_run else rec.drop_vars("run"), variance=True)
    ratio = traj.h_var.mean("time") / traj.h.var("time")
    assert 0.95 < float(ratio.mean()) < (1.1 if signal else 1.4)  # a sum that is not let be negative, where it is 0
    assert ((ratio > 0.6) & (ratio < 1.7)).all()


def test_residual_noise_makes_distances_free_of_units(make_recording):
    rec = make_recording(runs=4, per_cell=3)
    one = trajectory(rec, metric="crossnobis", noise_precision="residuals")
    other = trajectory(rec.assign(activity=1e3 * rec.activity), metric="crossnobis", noise_precision="residuals")
    np.testing.assert_allclose(one.h, other.h, rtol=1e-8)
    assert one.h.attrs["units"] == "1"


def test_behaviour_gives_y_and_w_of_mean_outputs(make_recording, make_task):
    rec, task = make_recording(), make_task()
    output = task.targets.sel(condition=rec.condition).values / 2
    rec["output"] = ("trial", "output"), output * np.where(rec.run.values == 0, 2, 0.5)[:, None]
    for metric in ("sqeuclidean", "crossnobis"):
        traj = trajectory(rec, task, metric=metric)
        assert traj.choices.dims == ("time", "pair")
        np.testing.assert_allclose(traj.choices, np.broadcast_to(traj.dy2 / 4, (2, 10)), rtol=1e-9)
        np.testing.assert_allclose(traj.choices_w, np.broadcast_to(-traj.dy2 / 4, (2, 10)), rtol=1e-9)
        assert not {"y", "w"} & set(traj)


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


def test_conditions_without_a_task_come_in_the_order_of_their_first_appearance(make_recording):
    rec = make_recording()
    names = list(dict.fromkeys(rec.condition.values.tolist()))
    assert names != sorted(names)
    traj = trajectory(rec)
    assert traj.condition.values.tolist() == names
    assert traj["first"].values.tolist()[:5] == [*names[:1] * 4, names[1]]


def test_pairs_that_share_one_run_are_missing_and_named(make_recording):
    rec = make_recording()
    full = trajectory(rec, metric="crossnobis").h
    few = rec.isel(trial=~((rec.condition == "stimz") & (rec.session == 2) & (rec.run > 0)).values)
    told = r"at least 2 runs.*condition 'stimz' has 1 run in session 2\. 4 of 20 distances are missing.*Drop"
    with pytest.warns(NeurounivWarning, match=told):
        h = trajectory(few, metric="crossnobis").h
    lost = np.isnan(h.values)
    assert (lost == (((h["first"] == "stimz") | (h["second"] == "stimz")) & (h.time == 2)).transpose(*h.dims)).all()
    np.testing.assert_allclose(h.values[~lost], full.values[~lost], rtol=1e-10)
    apart = rec.isel(trial=~((rec.condition == "stimz") & (rec.run == 0)).values)
    apart = apart.isel(trial=~((apart.condition == "stimy") & (apart.run == 1)).values)
    with pytest.warns(NeurounivWarning, match=r"'stimy' and 'stimz' share 1 run in session 1\. 2 of 20"):
        assert np.isnan(trajectory(apart, metric="crossnobis").h).sum() == 2


def test_crossvalidation_needs_two_runs(make_recording):
    with pytest.raises(InputError, match="at least 2 runs in a session; there is one"):
        trajectory(make_recording(runs=1), metric="crossnobis")
    rec = make_recording(conditions=2, runs=2, sessions=1, latencies=2)
    apart = rec.isel(trial=((rec.condition == "stimz") ^ (rec.run == 0)).values)
    with pytest.raises(InputError, match="no pair of conditions has them"):
        trajectory(apart, metric="crossnobis")


def test_what_is_absent_is_told(make_recording, make_task):
    rec = make_recording(latencies=2)
    with pytest.raises(InputError, match=r"needs the coordinate `run`.*learning_axis"):
        trajectory(rec.drop_vars("run"), metric="crossnobis")
    with pytest.raises(InputError, match=r"learning_axis\(rec, windows=6\)"):
        trajectory(rec.isel(latency=0).drop_vars("session"), time="session")
    with pytest.raises(InputError, match="`run` needs one value per trial"):
        trajectory(rec.drop_vars("run").assign_coords(run=0), metric="crossnobis")
    with pytest.raises(InputError, match="the activity lacks 1: 'stimu'"):
        trajectory(rec, make_task(6))
    with pytest.raises(
        InputError, match="noise_precision is None, 'residuals', 'baseline' or a precision matrix; got 'ledoit'"
    ):
        trajectory(rec, metric="crossnobis", noise_precision="ledoit")
    with pytest.raises(InputError, match=r"precision matrix \(4 channels, 4 channels\); got \(3, 3\)"):
        trajectory(rec, metric="crossnobis", noise_precision=np.eye(3))
    with pytest.raises(InputError, match=r"numbers in the order of learning; got 'one'"):
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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "euclidean"}, "Did you mean 'sqeuclidean'"),
        ({"metric": "CrossNobis"}, "Did you mean 'crossnobis'"),
        ({"metric": "corr"}, "Did you mean 'correlation'"),
        ({"baseline": (-0.1, 0.0)}, "needs noise_precision='baseline', which is estimated"),
        (
            {"metric": "crossnobis", "noise_precision": "residuals", "baseline": (-0.1, 0.0)},
            "needs noise_precision='baseline', which is estimated",
        ),
        ({"shrinkage": "ledoit"}, "needs noise that is estimated"),
        ({"metric": "crossnobis", "shrinkage": 0.1}, "needs noise that is estimated"),
        ({"time": "latency"}, "times within the trial.*one value per trial and channel.*latency=..."),
    ],
)
def test_settings_that_would_change_nothing_or_cannot_be_used_are_told(make_recording, settings, message):
    with pytest.raises(InputError, match=message):
        trajectory(make_recording(), **settings)


def test_sessions_as_time_need_a_session(make_recording):
    rec = make_recording(sessions=1, latencies=3).drop_vars("session")
    with pytest.raises(InputError, match=r"this recording has no session.*session=\.\.\."):
        trajectory(rec, time="session")


@pytest.mark.parametrize("chunks", [None, {"trial": 4}])
def test_a_baseline_beyond_the_latencies_is_told_and_one_in_ms_refused(make_recording, chunks):
    rec = make_recording(latencies=8)  # from -0.1 to 0.6 s
    rec = rec if chunks is None else rec.chunk(chunks)
    settings = {"metric": "mahalanobis", "noise_precision": "baseline"}
    whole = trajectory(rec, baseline=(None, 0.05), **settings)
    xr.testing.assert_allclose(trajectory(rec, baseline=(-0.15, 0.05), **settings), whole)
    with pytest.warns(NeurounivWarning, match="from -0.5 to 0.05, the latencies from -0.1 to 0.6"):
        xr.testing.assert_allclose(trajectory(rec, baseline=(-0.5, 0.05), **settings), whole)
    with pytest.raises(InputError, match=r"Is it in ms\? .*baseline=\(-0.1, 0\)"):
        trajectory(rec, baseline=(-100, 0), **settings)
