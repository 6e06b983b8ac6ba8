"""Noise that differs between sessions, runs or latencies: joined by labels, and as rsatoolbox has it frame by frame."""

import re

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm

import neurouniv as nu
from neurouniv.cli import run_command
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.rdm.noise.precision import precision_of
from neurouniv.schema import InputError

CHANNELS = np.array(["d", "b", "a", "c"])


def labelled_recording(make_recording, **sizes):
    rec = make_recording(**{"sessions": 1, "latencies": 3, "runs": 4, **sizes})
    return rec.assign_coords(channel=CHANNELS, run=("trial", rec.run.values * 10 + 5))


def precisions(seed=0, **dims):
    """A precision for every label, in reverse order of labels, channels in alphabetical order."""
    rng = np.random.default_rng(seed)
    shape = tuple(len(labels) for labels in dims.values())
    roots = rng.normal(size=(*shape, 4, 7))
    matrices = xr.DataArray(
        roots @ roots.swapaxes(-1, -2) + np.eye(4),
        dims=(*dims, "channel", "channel_"),
        coords={**dims, "channel": sorted(CHANNELS), "channel_": sorted(CHANNELS)},
    )
    return matrices.isel({dim: slice(None, None, -1) for dim in dims})


def in_order(noise, **chosen):
    """The matrix of some labels in the order of the recording's channels."""
    return noise.sel(chosen).sel(channel=CHANNELS, channel_=CHANNELS).values


def theirs(rec, latency, noise, method="crossnobis"):
    """rsatoolbox's RDM of one latency, summed over channels, in the order of appearance."""
    coords = {"condition": rec.condition.values, "run": np.char.zfill(rec.run.values.astype(str), 2)}
    data = Dataset(rec.activity.sel(latency=latency).values, obs_descriptors=coords)
    folds = {"cv_descriptor": "run"} if method == "crossnobis" else {}
    rdm = calc_rdm(data, method=method, descriptor="condition", noise=noise, **folds)
    order = [list(rdm.pattern_descriptors["condition"]).index(name) for name in dict.fromkeys(rec.condition.values)]
    square = rdm.get_matrices()[0][np.ix_(order, order)] * rec.sizes["channel"]
    return square[np.triu_indices(len(order), 1)]


def test_noise_of_runs_is_a_list_in_rsatoolbox(make_recording):
    rec = labelled_recording(make_recording)
    noise = precisions(run=[5, 15, 25, 35])
    found = trajectory(rec, metric="crossnobis", noise_precision=noise)
    for time in rec.latency.values:
        expected = theirs(rec, time, [in_order(noise, run=run) for run in (5, 15, 25, 35)])
        np.testing.assert_allclose(found.h.sel(time=time), expected, rtol=1e-10)
    assert "h_var" not in found
    assert found.h.attrs["noise_precision"] == "precision matrix of run (4, 4, 4)"


@pytest.mark.parametrize("metric", ["crossnobis", "mahalanobis"])
@pytest.mark.parametrize("name", ["time", "latency"])
def test_noise_of_latencies_is_that_of_each_frame(make_recording, metric, name):
    rec = labelled_recording(make_recording)
    noise = precisions(**{name: rec.latency.values})
    found = trajectory(rec, metric=metric, noise_precision=noise)
    for time in rec.latency.values:
        expected = theirs(rec, time, in_order(noise, **{name: time}), metric)
        np.testing.assert_allclose(found.h.sel(time=time), expected, rtol=1e-10)


def test_labels_that_are_numbers_are_joined_by_their_value(make_recording):
    """Whole and broken numbers, and times that differ by rounding."""
    rec = labelled_recording(make_recording, sessions=2)
    noise = precisions(session=[1, 2], latency=rec.latency.values)
    alike = noise.assign_coords(session=noise.session.astype(float), latency=noise.latency * (1 + 1e-14))
    found, expected = (trajectory(rec, metric="crossnobis", noise_precision=each) for each in (alike, noise))
    np.testing.assert_array_equal(found.h, expected.h)


def test_noise_of_runs_and_latencies(make_recording):
    rec = labelled_recording(make_recording)
    noise = precisions(latency=rec.latency.values, run=[5, 15, 25, 35])
    found = trajectory(rec, metric="crossnobis", noise_precision=noise)
    for time in rec.latency.values:
        expected = theirs(rec, time, [in_order(noise, latency=time, run=run) for run in (5, 15, 25, 35)])
        np.testing.assert_allclose(found.h.sel(time=time), expected, rtol=1e-10)


def test_means_over_runs_have_the_mean_covariance_of_runs(make_recording):
    rec = labelled_recording(make_recording)
    noise = precisions(run=[5, 15, 25, 35])
    mean = np.linalg.inv(np.linalg.inv(noise.sel(channel=CHANNELS, channel_=CHANNELS).values).mean(axis=0))
    found = trajectory(rec, metric="mahalanobis", noise_precision=noise)
    np.testing.assert_allclose(found.h, trajectory(rec, metric="mahalanobis", noise_precision=mean).h, rtol=1e-10)


@pytest.mark.parametrize("by", ["time", "session"])
def test_noise_of_sessions_is_that_of_each_alone(make_recording, by):
    rec = labelled_recording(make_recording, sessions=3)
    noise = precisions(**{by: [1, 2, 3]})
    found = trajectory(rec, metric="crossnobis", noise_precision=noise)
    for number in (1, 2, 3):
        one = rec.isel(trial=rec.session == number)
        alone = trajectory(one, metric="crossnobis", noise_precision=in_order(noise, **{by: number}))
        aligned = alone.h.sel(pair=found.pair.values)  # the first to appear in a session is another
        np.testing.assert_allclose(found.h.sel(time=number).values, aligned.transpose("time", "pair"), rtol=1e-9)
        np.testing.assert_allclose(
            found.h_var.sel(time=number).values, alone.h_var.sel(pair=found.pair.values), rtol=1e-9
        )


def test_noise_of_subjects_whose_runs_differ(make_recording):
    a, b = labelled_recording(make_recording), labelled_recording(make_recording, runs=3, seed=1)
    names = np.repeat(["ann", "bob"], [a.sizes["trial"], b.sizes["trial"]])
    rec = xr.concat([a, b], dim="trial").assign_coords(subject=("trial", names))
    noise = precisions(subject=["ann", "bob"], run=[5, 15, 25, 35])
    found = trajectory(rec, metric="crossnobis", noise_precision=noise)
    for name, one in (("ann", a), ("bob", b)):
        alone = trajectory(one, metric="crossnobis", noise_precision=noise.sel(subject=name, drop=True))
        np.testing.assert_allclose(
            found.h.sel(subject=name).values, alone.h.sel(pair=found.pair.values).values, rtol=1e-9
        )


def test_parts_of_channels_have_their_part_of_the_covariance(make_recording):
    rec = labelled_recording(make_recording).assign_coords(area=("channel", ["V4", "IT", "V4", "IT"]))
    noise = precisions(run=[5, 15, 25, 35])
    found = trajectory(rec, metric="crossnobis", noise_precision=noise, regions="area")
    part = rec.isel(channel=[0, 2])
    ordered = noise.sel(channel=CHANNELS, channel_=CHANNELS)
    inverse = np.linalg.inv(np.linalg.inv(ordered.values)[:, [[0], [2]], [0, 2]])
    own = xr.DataArray(inverse, dims=ordered.dims, coords={"run": ordered.run})
    expected = trajectory(part, metric="crossnobis", noise_precision=own)
    np.testing.assert_allclose(found.h.sel(area="V4"), expected.h, rtol=1e-9)


@pytest.mark.parametrize("dims", [{"run": [5, 15, 25, 35]}, {"time": np.arange(3) / 10 - 0.1}])
def test_chunks_change_nothing(make_recording, dims):
    rec = labelled_recording(make_recording)
    settings = {"metric": "crossnobis", "noise_precision": precisions(**dims)}
    found = trajectory(rec.chunk(latency=2), **settings)
    np.testing.assert_allclose(found.h.values, trajectory(rec, **settings).h.values, rtol=1e-10)


def test_one_matrix_is_joined_by_the_names_of_channels(make_recording):
    rec = labelled_recording(make_recording)
    noise = precisions()
    found = trajectory(rec, metric="mahalanobis", noise_precision=noise)
    expected = trajectory(rec, metric="mahalanobis", noise_precision=in_order(noise))
    np.testing.assert_allclose(found.h, expected.h, rtol=1e-12)


def test_a_plain_stack_is_taken_where_it_is_clear(make_recording):
    rec = labelled_recording(make_recording)
    noise = precisions(run=[5, 15, 25, 35])
    stack = [in_order(noise, run=run) for run in (5, 15, 25, 35)]
    found = trajectory(rec, metric="crossnobis", noise_precision=stack)
    np.testing.assert_allclose(found.h, trajectory(rec, metric="crossnobis", noise_precision=noise).h, rtol=1e-12)
    three_runs = labelled_recording(make_recording, runs=3)
    with pytest.raises(InputError, match=r"so many of run and of latency \(3 of run, 3 of latency\).*DataArray"):
        trajectory(three_runs, metric="crossnobis", noise_precision=np.stack(stack[:3]))
    with pytest.raises(InputError, match=r"none of these has so many \(4 of run, 3 of latency\)"):
        trajectory(rec, metric="crossnobis", noise_precision=np.stack([*stack, stack[0]]))


def test_what_does_not_fit_is_named(make_recording):
    rec = labelled_recording(make_recording)
    noise = precisions(run=[5, 15, 25, 35])
    wrong = noise.copy()
    wrong.loc[{"run": 15}] = -wrong.sel(run=15)
    skewed = noise.copy()
    skewed.loc[{"run": 25, "channel": "a", "channel_": "b"}] += 1
    cases = [
        (noise.sel(run=[5, 25, 35]), {}, r"lacks run 15 \(1 in all\), and has 5, 25, 35"),
        (noise.rename(channel="unit"), {}, r"needs the dimensions \('channel', 'channel_'\); it has .*rename"),
        (noise.drop_vars("run"), {}, r"its dimension `run` has none.*assign_coords\(run=\[\.\.\.\]\)"),
        (
            noise.rename(run="area"),
            {},
            r"dimension `area`, which the recording lacks; it has \['session', 'run', 'lat",
        ),
        (noise.sel(channel=["a", "b", "c"]), {}, "lacks channel d"),
        (wrong, {}, "positive definite; the smallest eigenvalue.*It is that of run 15"),
        (skewed, {}, "not symmetric. It is that of run 25"),
        (noise, {"weighting": "training"}, "weighting='training' needs one precision for all runs"),
        (noise, {"variance": True}, "no noise of each run; got metric='crossnobis', 4 runs"),
        (noise.rename(run="time").assign_coords(time=np.arange(4) / 10), {}, r"lacks latency -0\.1"),
        (xr.concat([noise, noise], "run"), {}, "has run 35, 25, 15, 5 more than once"),
    ]
    for given, settings, message in cases:
        with pytest.raises(InputError, match=message):
            trajectory(rec, metric="crossnobis", noise_precision=given, **settings)


@pytest.mark.parametrize("chunks", [None, {"latency": 1}])
def test_noise_is_estimated_of_each_session_or_run(make_recording, chunks):
    """By hand: the precision of what conditions (and runs) leave in each, given as matrices."""
    rec = labelled_recording(make_recording, sessions=2, per_cell=4)
    condition = np.unique(rec.condition, return_inverse=True)[1]
    zeros = np.zeros(rec.sizes["trial"], dtype=int)
    matrices = {"session": [], "run": []}
    for number in (1, 2):
        here = (rec.session == number).values
        values, runs = rec.activity.values[here], np.unique(rec.run.values[here], return_inverse=True)[1]
        matrices["session"].append(precision_of(values, condition[here], zeros[here], runs))
        of_runs = [
            precision_of(values[runs == k], condition[here][runs == k], *[zeros[here][runs == k]] * 2) for k in range(4)
        ]
        matrices["run"].append(of_runs)
    coords = {"session": [1, 2], "run": [5, 15, 25, 35]}
    data = rec if chunks is None else rec.chunk(chunks)
    for by, dims in (("session", ("session",)), ("run", ("session", "run"))):
        given = xr.DataArray(
            np.array(matrices[by]), dims=(*dims, "channel", "channel_"), coords={dim: coords[dim] for dim in dims}
        )
        expected = trajectory(rec, metric="crossnobis", noise_precision=given)
        found = trajectory(data, metric="crossnobis", noise_precision="residuals", noise_by=by)
        np.testing.assert_allclose(found.h, expected.h, rtol=1e-8)
        assert found.h.attrs["noise_by"] == by
        together = trajectory(data, metric="crossnobis", noise_precision="residuals")
        assert not np.allclose(found.h, together.h, rtol=1e-3)


def test_the_command_line_takes_noise_of_each_run(tmp_path, make_recording):
    rec = labelled_recording(make_recording, per_cell=4)
    nu.save(rec, tmp_path / "rec.nc")
    command = ["rdm", str(tmp_path / "rec.nc"), str(tmp_path / "traj.nc"), "--metric", "crossnobis"]
    assert run_command([*command, "--noise-by", "run"]) == 2
    assert run_command([*command, "--noise-by", "run", "--noise-precision", "residuals"]) == 0
    expected = trajectory(rec, metric="crossnobis", noise_precision="residuals", noise_by="run")
    xr.testing.assert_allclose(nu.load(tmp_path / "traj.nc").h, expected.h)


def test_noise_that_cannot_be_estimated_of_each_is_told(make_recording):
    rec = labelled_recording(make_recording)
    message = (
        "noise_by='run' needs more trials than conditions have means; .* in run number 1 of session 1.*noise_by=None"
    )
    with pytest.raises(InputError, match=message):
        trajectory(rec, metric="crossnobis", noise_precision="residuals", noise_by="run")
    with pytest.raises(InputError, match=re.escape("noise_by is one of (None, 'session', 'run'); got 'day'")):
        trajectory(rec, metric="crossnobis", noise_precision="residuals", noise_by="day")
    with pytest.raises(InputError, match=r"DataArray \(run, channel, channel_\)"):
        trajectory(rec, metric="crossnobis", noise_by="run")


def test_noise_of_runs_needs_no_variance_to_be_unbiased():
    """Equal conditions whose noise grows tenfold from run to run: crossnobis is 0 on average, within 4 standard errors
    of 400 movies of 20 frames."""
    rng = np.random.default_rng(0)
    scale = np.array([1.0, 3.0, 10.0, 30.0])
    run, condition = (index.ravel() for index in np.indices((4, 3)))
    activity = rng.normal(size=(12, 5, 8000)) * scale[run][:, None, None]
    coords = {"condition": ("trial", condition.astype(str)), "run": ("trial", run), "latency": np.arange(8000.0)}
    rec = xr.Dataset({"activity": (("trial", "channel", "latency"), activity)}, coords)
    noise = xr.DataArray(
        np.eye(5) / scale[:, None, None] ** 2, dims=("run", "channel", "channel_"), coords={"run": np.arange(4)}
    )
    h = trajectory(rec, metric="crossnobis", noise_precision=noise).h.mean("pair").values
    assert abs(h.mean()) < 4 * h.std() / np.sqrt(len(h))
