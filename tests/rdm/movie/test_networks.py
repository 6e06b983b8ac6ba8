"""Trajectories of networks: distances and predictions by hand, labels, batches, errors."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, NeurounivWarning, history, pair_indices


def test_h_is_pdist_of_every_frame_in_the_order_of_the_task(make_networks):
    runs = make_networks()
    shuffled = runs.isel(condition=[3, 0, 4, 1, 2])
    traj = trajectory(shuffled, task=runs[["stimuli", "targets"]])
    assert traj.h.dims == ("seed", "layer", "time", "pair")
    frames = runs.hidden.values.astype(float).reshape(-1, 5, 6)
    expected = np.stack([pdist(frame, "sqeuclidean") for frame in frames]).reshape(traj.h.shape)
    np.testing.assert_allclose(traj.h, expected, rtol=1e-12)
    assert traj.condition.values.tolist() == runs.condition.values.tolist()
    assert traj.label.values.tolist() == runs.label.values.tolist()


@pytest.mark.parametrize("metric", ["correlation", "cosine"])
def test_distances_of_direction_are_those_of_pdist(make_networks, metric):
    runs = make_networks()
    frames = runs.hidden.values.astype(float).reshape(-1, 5, 6)
    traj = trajectory(runs, metric=metric)
    expected = np.stack([pdist(frame, metric) for frame in frames]).reshape(traj.h.shape)
    np.testing.assert_allclose(traj.h, expected, rtol=1e-10)
    np.testing.assert_allclose(traj.y, trajectory(runs).y)


def test_mahalanobis_of_networks_takes_a_matrix(make_networks):
    runs = make_networks()
    root = np.random.default_rng(0).normal(size=(6, 8))
    traj = trajectory(runs, metric="mahalanobis", noise_precision=root @ root.T)
    whitened = runs.hidden.values.astype(float) @ root
    expected = np.stack([pdist(frame, "sqeuclidean") for frame in whitened.reshape(-1, 5, 8)])
    np.testing.assert_allclose(traj.h.values.reshape(expected.shape), expected, rtol=1e-9)
    for noise in (None, "residuals"):
        with pytest.raises(InputError, match="no trials to estimate noise from"):
            trajectory(runs, metric="mahalanobis", noise_precision=noise)


def test_distances_per_unit(make_networks):
    runs = make_networks()
    traj = trajectory(runs, per_channel=True)
    np.testing.assert_allclose(traj.h, trajectory(runs).h / 6, rtol=1e-12)
    assert traj.h.attrs["units"] == "1 per channel"
    np.testing.assert_allclose(traj.norm, (runs.hidden.astype(float) ** 2).mean("unit"), rtol=1e-12)
    assert traj.norm.attrs["long_name"] == "squared length of the representation"


def test_y_and_w_by_their_definition(make_networks):
    runs = make_networks()
    traj = trajectory(runs)
    i, j = pair_indices(5)
    dy = runs.output.values[..., i, :] - runs.output.values[..., j, :]
    target = runs.targets.values[i] - runs.targets.values[j]
    np.testing.assert_allclose(traj.y, (dy**2).sum(-1), rtol=1e-12)
    np.testing.assert_allclose(traj.w, (dy**2).sum(-1) - (dy * target).sum(-1), rtol=1e-9, atol=1e-12)
    assert traj.y.dims == traj.w.dims == ("seed", "time", "pair")


def test_two_points_by_hand():
    runs = xr.Dataset(
        {
            "hidden": (("time", "condition", "unit"), [[[0.0, 0.0], [3.0, 4.0]]]),
            "output": (("time", "condition", "output"), [[[0.0], [2.0]]]),
            "stimuli": (("condition", "feature"), [[-1.0], [0.0]]),
            "targets": (("condition", "output"), [[1.0], [4.0]]),
        },
        {"condition": ["A", "B"], "time": [0]},
    )
    traj = trajectory(runs).isel(time=0, pair=0)
    assert [float(traj[name]) for name in ("h", "y", "w", "dx2", "dy2")] == [25, 4, 4 - 2 * 3, 1, 9]
    assert (str(traj.first.values), str(traj.second.values)) == ("A", "B")


def test_w_vanishes_where_predictions_are_right_up_to_a_constant(make_networks):
    runs = make_networks()
    runs["output"] = runs.output.copy(data=np.broadcast_to(runs.targets.values + 1e3, runs.output.shape))
    traj = trajectory(runs)
    np.testing.assert_allclose(traj.w, 0, atol=1e-12)
    np.testing.assert_allclose(traj.y - traj.dy2, 0, atol=1e-11)


def test_labels_units_and_history_travel(make_networks):
    traj = trajectory(make_networks())
    assert traj.seed.values.tolist() == [10, 11]
    assert traj.time.attrs == {"units": "epochs", "axis": "learning"}
    assert traj.h.attrs["metric"] == "sqeuclidean"
    assert traj.h.attrs["n_channels"] == 6
    assert history(traj)[-1]["step"] == "trajectory"
    assert {"stimuli", "targets"} <= set(traj)


def test_without_task_or_output_there_is_h_alone(make_networks):
    traj = trajectory(make_networks()[["hidden"]])
    assert set(traj.data_vars) == {"h", "norm"}
    assert "dx2" not in traj.coords
    seen = trajectory(make_networks()[["hidden", "output"]])
    assert {"h", "norm", "y", "output"} <= set(seen.variables)
    assert "w" not in seen


def test_chunked_activity_stays_lazy_and_gives_the_same(make_networks):
    runs = make_networks()
    lazy = trajectory(runs.chunk(time=2, unit=3))
    assert lazy.h.chunks is not None
    xr.testing.assert_allclose(lazy.compute(), trajectory(runs), rtol=1e-12)


def test_a_network_that_diverged_is_told_and_is_missing(make_networks):
    runs = make_networks()
    runs.hidden[1, 0, 2:] = np.nan
    with pytest.warns(NeurounivWarning, match=r"1 of 2 networks.*first at time 100"):
        traj = trajectory(runs)
    assert np.isnan(traj.h).sum() == 2 * 10
    assert np.isnan(traj.h.sel(seed=11).isel(time=slice(2, None))).all()


def test_what_does_not_match_is_named(make_networks, make_task):
    runs = make_networks()
    other = make_task(5).assign_coords(condition=["stimz", "stimy", "stimx", "stimw", "new"])
    with pytest.raises(InputError, match=r"the task lacks 1: 'stimv'; the activity lacks 1: 'new'"):
        trajectory(runs, other)
    with pytest.raises(InputError, match=r"`output` has 2, the task's targets 3"):
        trajectory(runs, make_task(5, outputs=3))
    twice = runs.assign_coords(condition=["a", "a", "b", "c", "d"])
    with pytest.raises(InputError, match=r"different name for every condition; got 'a' more than once"):
        trajectory(twice)
    with pytest.raises(InputError, match="coordinate `condition`"):
        trajectory(runs.drop_vars("condition"))
    with pytest.raises(InputError, match="at least two conditions; got 1"):
        trajectory(runs.isel(condition=[0]))


def test_what_is_asked_wrongly_is_told(make_networks):
    runs = make_networks()
    with pytest.raises(InputError, match=r"metric is one of \('sqeuclidean', .*'poisson_cv'\); got 'manhattan'"):
        trajectory(runs, metric="manhattan")
    with pytest.raises(InputError, match="networks do not have"):
        trajectory(runs, metric="crossnobis")
    with pytest.raises(InputError, match=r"regions='roi' is for recordings"):
        trajectory(runs, regions="roi")
    with pytest.raises(InputError, match=r"device is 'cpu', .*; got 'tpu'"):
        trajectory(runs, device="tpu")
    with pytest.raises(InputError, match="noise_precision needs"):
        trajectory(runs, noise_precision="residuals")
    with pytest.raises(InputError, match=r"found str. Read the file first: neurouniv.read_recording\('a.nwb'\)"):
        trajectory("a.nwb")
    with pytest.raises(InputError, match="it is a trajectory already"):
        trajectory(xr.Dataset({"h": (("time", "pair"), [[1.0]])}))
    with pytest.raises(InputError, match=r"needs activity.*found \['loss'"):
        trajectory(runs[["loss"]])
    with pytest.raises(InputError, match="found ndarray"):
        trajectory(np.zeros((3, 3)))
