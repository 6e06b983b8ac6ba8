"""To rsatoolbox and back without loss, and what rsatoolbox itself makes."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.data import TemporalDataset
from rsatoolbox.rdm import RDMs, calc_rdm_movie, compare, concat

from neurouniv.rdm.align import align
from neurouniv.rdm.exchange.rsatoolbox import from_rsatoolbox, to_rsatoolbox
from neurouniv.rdm.exchange.square import to_square
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError, with_pair_labels


def kept(traj):
    """What RDMs have a place for: `h` and coordinates, without those of pairs that a task gives."""
    return traj[["h"]].drop_vars(["dx2", "dy2"], errors="ignore").assign_coords(condition=traj.condition)


def without_history(dataset):
    return dataset.drop_attrs(deep=False)


def back(traj):
    return without_history(from_rsatoolbox(to_rsatoolbox(traj)))


def test_networks_come_back_exactly_with_batches_of_any_size(make_networks):
    traj = trajectory(make_networks()).assign_coords(gain=("seed", [1.0, 1.0]), system="mlp")
    xr.testing.assert_identical(back(traj), without_history(kept(traj)))
    one = traj.isel(seed=[0], time=[2])
    xr.testing.assert_identical(back(one), without_history(kept(one)))
    alone = traj.isel(seed=0, layer=0)
    xr.testing.assert_identical(back(alone), without_history(kept(alone)))


def test_recordings_come_back_exactly(make_recording, make_task):
    traj = trajectory(make_recording(latencies=3), make_task(), metric="crossnobis")
    assert traj.label.dims == ("condition",)
    xr.testing.assert_identical(back(traj), without_history(kept(traj)))
    bare = traj.drop_vars("latency")
    xr.testing.assert_identical(back(bare), without_history(kept(bare)))


@st.composite
def movies(draw):
    """Trajectories with any batch, and coordinates of one, two or no dimensions."""
    conditions, times = draw(st.integers(2, 5)), draw(st.integers(1, 3))
    batch = dict(zip(["subject", "session", "roi"], draw(st.lists(st.integers(1, 3), max_size=3)), strict=False))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    names = rng.permutation([f"c{k}" for k in range(conditions)])
    i, j = np.triu_indices(conditions, 1)
    coords = {
        dim: (dim, draw(st.sampled_from([np.arange(n) + 3, np.array([f"{dim}{k}" for k in range(n)])])))
        for dim, n in batch.items()
    }
    coords |= {"n_channels": (tuple(batch), rng.integers(5, 50, tuple(batch.values()))), "species": "monkey"}
    coords |= {"time": ("time", np.sort(rng.normal(size=times)), {"units": "days", "axis": "learning"})}
    coords |= {"day": ("time", rng.integers(0, 9, times), {"units": "d"})}
    coords |= {"condition": names, "first": ("pair", names[i]), "second": ("pair", names[j])}
    coords |= {"label": ("condition", rng.integers(0, 2, conditions))}
    values = rng.normal(size=(*batch.values(), times, i.size))
    attrs = {"metric": "crossnobis", "units": "(spikes/s)^2", "n_channels": 30}
    return with_pair_labels(xr.Dataset({"h": ((*batch, "time", "pair"), values, attrs)}, coords))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(movies())
def test_any_trajectory_comes_back_exactly(traj):
    xr.testing.assert_identical(back(traj), without_history(traj))


def test_movies_joined_in_rsatoolbox_come_back_with_what_they_agree_on(make_networks):
    traj = trajectory(make_networks()).isel(layer=0, drop=True)
    parts = [traj.sel(seed=[seed]).copy(deep=True) for seed in traj.seed.values]
    parts[1].h.attrs["n_channels"] = 7
    parts[1].time.attrs["units"] = "weeks"
    joined = from_rsatoolbox(concat([to_rsatoolbox(part) for part in parts]))
    np.testing.assert_array_equal(joined.h, traj.h)
    assert joined.h.dims == ("seed", "time", "pair")
    assert joined.time.attrs == {"axis": "learning"}
    assert joined.h.attrs == {name: value for name, value in traj.h.attrs.items() if name != "n_channels"}


def test_conditions_are_joined_by_name_not_by_place(make_networks):
    traj = trajectory(make_networks())
    rdms = to_rsatoolbox(traj)
    order = np.argsort(traj.condition.values)
    rdms.reorder(order)
    found = to_square(from_rsatoolbox(rdms).h)
    ours = to_square(traj.h)
    assert found.condition.values.tolist() == sorted(traj.condition.values.tolist())
    np.testing.assert_array_equal(found.sel(condition=ours.condition, condition_=ours.condition_), ours)


def test_no_measure_is_made_up_where_none_is_known(make_networks):
    traj = trajectory(make_networks())
    traj = traj.assign(h=(traj.h - traj.h.mean()).drop_attrs())
    assert "metric" not in back(traj).h.attrs
    np.testing.assert_array_equal(back(traj).h, traj.h)


def test_missing_distances_stay_missing(make_networks):
    traj = trajectory(make_networks())
    traj.h[0, 0, 1, 3] = np.nan
    xr.testing.assert_identical(back(traj).h, kept(traj).h)


def test_every_rdm_carries_its_time_and_batch(make_networks):
    traj = trajectory(make_networks())
    rdms = to_rsatoolbox(traj)
    assert rdms.n_rdm == 2 * 4
    assert rdms.dissimilarity_measure == "sqeuclidean"
    one = rdms.subset("seed", 11).subset("time", 100.0)
    np.testing.assert_array_equal(one.get_matrices()[0], to_square(traj.h).sel(seed=11, layer=1, time=100.0))
    np.testing.assert_allclose(compare(one, one, method="corr"), 1)


def test_a_selection_made_in_rsatoolbox_comes_back(make_networks):
    traj = trajectory(make_networks())
    some = from_rsatoolbox(to_rsatoolbox(traj).subset("seed", 11))
    xr.testing.assert_identical(some.h, kept(traj.sel(seed=[11])).h)
    fewer = from_rsatoolbox(to_rsatoolbox(traj).subset_pattern("condition", traj.condition.values[1:].tolist()))
    np.testing.assert_array_equal(fewer.h, traj.h.isel(pair=slice(4, None)))


def test_a_movie_of_rsatoolbox_is_our_trajectory(make_recording):
    rec = make_recording(sessions=1, latencies=4)
    descriptors = {"condition": rec.condition.values, "run": rec.run.values.astype(float)}
    data = TemporalDataset(
        rec.activity.values, obs_descriptors=descriptors, time_descriptors={"time": rec.latency.values}
    )
    movie = calc_rdm_movie(data, method="crossnobis", descriptor="condition", cv_descriptor="run")
    theirs, ours = align(from_rsatoolbox(movie, n_channels=4), trajectory(rec, metric="crossnobis"))
    np.testing.assert_allclose(theirs.h, ours.h, rtol=1e-10, atol=1e-9)
    assert theirs.time.attrs == ours.time.attrs
    np.testing.assert_array_equal(theirs.time, ours.time)


def test_a_recording_goes_through_rsatoolbox_and_comes_back_a_trajectory(make_recording):
    rec = make_recording(sessions=1, latencies=4).assign_coords(area="IT")
    rec = rec.assign_coords(run=rec.run.astype(float))  # rsatoolbox warns where it averages whole numbers
    data = to_rsatoolbox(rec.drop_vars("session"))
    movie = calc_rdm_movie(data, method="crossnobis", descriptor="condition", cv_descriptor="run")
    theirs, ours = align(from_rsatoolbox(movie, n_channels=4), trajectory(rec, metric="crossnobis"))
    np.testing.assert_allclose(theirs.h, ours.h, rtol=1e-10, atol=1e-9)
    assert theirs.area.item() == "IT"
    assert theirs.h.attrs["metric"] == "crossnobis"


def test_descriptors_become_batch_dimensions_and_what_follows_from_them_coordinates():
    rdms = RDMs(
        np.arange(12.0).reshape(4, 3),
        rdm_descriptors={"subject": ["b", "b", "a", "a"], "age": [30, 30, 41, 41], "time": [2.0, 1.0, 1.0, 2.0]},
        pattern_descriptors={"conditions": ["x", "y", "z"]},
    )
    rdms.rdm_descriptors["score"] = [np.nan, np.nan, 7.0, 7.0]  # of one subject it is not known
    traj = from_rsatoolbox(rdms, units="days", axis="learning")
    assert traj.score.dims == ("subject",)
    assert traj.h.dims == ("subject", "time", "pair")
    assert traj.h.sel(subject="a", time=2.0).values.tolist() == [9, 10, 11]
    assert traj.age.dims == ("subject",)
    assert traj.age.sel(subject="b") == 30
    assert traj["second"].values.tolist() == ["y", "z", "z"]
    assert traj.time.values.tolist() == [1.0, 2.0]
    assert traj.time.attrs == {"units": "days", "axis": "learning"}


def test_what_makes_no_movie_is_told():
    with pytest.raises(InputError, match=r"2 RDMs need a descriptor in which they differ.*rdm_descriptors\['time'\]"):
        from_rsatoolbox(RDMs(np.ones((2, 3))))
    with pytest.raises(InputError, match=r"got 3 RDMs for 2 time\. 0 are missing and 1 come more than once"):
        from_rsatoolbox(RDMs(np.ones((3, 3)), rdm_descriptors={"time": [0.0, 0.0, 1.0]}))
    ragged = RDMs(np.ones((3, 3)), rdm_descriptors={"time": [0.0, 1.0, 1.0], "s": [1, 1, 2]})
    with pytest.raises(InputError, match=r"got 3 RDMs for 2 s, 2 time\. 1 are missing"):
        from_rsatoolbox(ragged)
