"""One session without latencies is one RDM: a movie of a single frame, which no law is fitted to."""

import numpy as np
import pytest
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm
from scipy.io import loadmat, savemat

from neurouniv.laws import RIVALS, UniversalModel
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError
from neurouniv.systems.recordings.help.describe import describe
from neurouniv.systems.recordings.read import read_recording
from neurouniv.universality.compare import compare


@pytest.mark.parametrize("label", [True, False])
def test_one_session_gives_the_rdm_of_rsatoolbox(make_recording, label):
    """The first session's RDM, whether the session has a number or not; rsatoolbox divides by the channels."""
    rec = make_recording(sessions=1)
    rec = rec.assign_coords(session=("trial", np.full(rec.sizes["trial"], 7))) if label else rec.drop_vars("session")
    traj = trajectory(rec, metric="crossnobis")
    data = Dataset(rec.activity.values, obs_descriptors={"c": rec.condition.values, "run": rec.run.values.astype(str)})
    theirs = calc_rdm(data, method="crossnobis", descriptor="c", cv_descriptor="run")
    order = [np.flatnonzero(np.array(theirs.pattern_descriptors["c"]) == name)[0] for name in traj.condition.values]
    square = theirs.get_matrices()[0][np.ix_(order, order)] * rec.sizes["channel"]
    np.testing.assert_allclose(traj.h.values, [square[np.triu_indices(5, 1)]], atol=1e-10)
    assert traj.h.dims == ("time", "pair")
    assert traj.time.values.tolist() == [7 if label else 0]
    assert (traj.time.attrs["axis"], traj.time.attrs["units"]) == ("one_frame", "sessions")


def by_numpy(samples, targets, chunks):
    """Crossnobis without whitening, in a few lines: the mean over pairs of runs of products of differences."""
    kinds, runs = np.unique(targets), np.unique(chunks)
    means = np.array([[samples[(targets == t) & (chunks == r)].mean(axis=0) for t in kinds] for r in runs])
    first, second = np.triu_indices(len(kinds), 1)
    apart = means[:, first] - means[:, second]
    pairs = [(a, b) for a in range(len(runs)) for b in range(len(runs)) if a != b]
    return np.mean([(apart[a] * apart[b]).sum(axis=1) for a, b in pairs], axis=0)


@pytest.mark.parametrize("real", [True, False])
def test_a_data_set_of_cosmomvpa_is_one_rdm(tmp_path, request, real):
    """ds.samples, ds.sa.targets and ds.sa.chunks: fifteen pairs of six conditions."""
    if real:
        path = request.getfixturevalue("real_data") / "awkward_inputs" / "cosmo_ds.mat"
    else:
        path, rng = tmp_path / "ds.mat", np.random.default_rng(0)
        labels = {"targets": np.tile(np.arange(1, 7), 4)[:, None], "chunks": np.repeat(np.arange(1, 5), 6)[:, None]}
        savemat(path, {"ds": {"samples": rng.normal(size=(24, 30)), "sa": labels, "a": {"vol": {"dim": [5, 3, 2]}}}})
    rec = read_recording(path, activity="ds.samples", condition="ds.sa.targets", run="ds.sa.chunks")
    traj = trajectory(rec, metric="crossnobis")
    ds = loadmat(path, simplify_cells=True)["ds"]
    assert traj.h.shape == (1, 15)
    expected = by_numpy(ds["samples"], ds["sa"]["targets"], ds["sa"]["chunks"])
    np.testing.assert_allclose(traj.h.values[0], expected, rtol=1e-10)
    assert "crossnobis, poisson_cv: yes, 15 of 15 pairs" in describe(rec)


def test_one_frame_is_no_learning(make_recording, make_task):
    traj = trajectory(make_recording(sessions=1), make_task())
    for ask in (lambda: UniversalModel().fit(traj), lambda: compare([UniversalModel(), RIVALS["static"]()], traj)):
        with pytest.raises(InputError, match=r"got 1\. One time shows no learning.*learning_axis"):
            ask()


def test_a_time_that_was_asked_for_is_not_made_up(make_recording):
    with pytest.raises(InputError, match="time='session' needs the coordinate `session`"):
        trajectory(make_recording(sessions=1), time="session")
