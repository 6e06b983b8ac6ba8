"""The same activity of a network and read as a recording: the same RDM by name, whatever the order of trials."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.rdm import compare

import neurouniv as nu
from neurouniv.schema import pair_labels

NAMES = ["pear", "b|c", "apple", "10", "9", "b\\"]


@pytest.fixture(scope="module")
def task():
    rng = np.random.default_rng(0)
    return nu.tasks.from_arrays(rng.normal(size=(6, 4)), rng.normal(size=(6, 2)), NAMES)


@pytest.fixture(scope="module")
def runs(task):
    return nu.train(task, width=12, gain=0.8, lr=0.1, epochs=60, record=4, seeds=[0], progress=False)


def as_recording(runs, seed=0, noise=0.0, subjects=()):
    """The hidden activity as trials in random order, two of a condition in each session; with noise, three runs."""
    hidden = runs["hidden"].isel(seed=0, layer=0, drop=True)
    shape = (hidden.sizes["time"], 3 if noise else 2, hidden.sizes["condition"])
    session, run, condition = np.indices(shape).reshape(3, -1)
    rng = np.random.default_rng(seed)
    order = rng.permutation(session.size)
    session, run, condition = session[order], run[order], condition[order]
    values = hidden.values[session, condition] + noise * rng.normal(size=(order.size, hidden.sizes["unit"]))
    coords = {"condition": runs.condition.values[condition], "session": session + 1, "run": run}
    if subjects:
        coords["subject"] = np.array(subjects)[rng.integers(len(subjects), size=order.size)]
    coords = {name: ("trial", values) for name, values in coords.items()}
    return xr.Dataset({"activity": (("trial", "channel"), values)}, coords)


@pytest.fixture(scope="module")
def network(runs):
    return nu.trajectory(runs).isel(seed=0, layer=0, drop=True)


@pytest.fixture(scope="module", params=range(3))
def recorded(runs, request):
    return nu.trajectory(as_recording(runs, request.param))


def similar(a, b):
    return np.corrcoef(np.ravel(a), np.ravel(b))[0, 1]


def test_xarray_joins_pairs_by_name(network, recorded):
    assert recorded.condition.values.tolist() != NAMES
    a, b = network.h.isel(time=-1, drop=True), recorded.h.isel(time=-1, drop=True)
    assert float(xr.corr(a, b, "pair")) == pytest.approx(1)
    assert (a - b).sizes["pair"] == 15
    np.testing.assert_allclose(a - b, 0, atol=1e-5)
    for one, other in (xr.align(a, b), xr.align(b, a), xr.align(a, b, join="outer")):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_align_joins_them_and_puts_them_in_one_order(network, recorded):
    ours, theirs = nu.align(network, recorded)
    assert ours.pair.values.tolist() == theirs.pair.values.tolist()
    assert theirs.condition.values.tolist() == ours.condition.values.tolist() == NAMES
    assert theirs["first"].values.tolist() == ours["first"].values.tolist()
    np.testing.assert_allclose(ours.h, theirs.h, atol=1e-5)
    assert similar(network.h, recorded.h) < 0.9  # what goes by place needs it


def test_rsa_between_is_one_where_times_agree(network, recorded):
    found = nu.rsa_between(network, recorded, resamples=0)
    np.testing.assert_allclose(np.diagonal(found.similarity), 1, atol=1e-6)


def test_rsatoolbox_takes_them_in_one_order(network, recorded, runs, task):
    with_task = nu.trajectory(as_recording(runs, seed=5), task)
    ours, theirs = nu.align(network, recorded)
    for a, b in ((ours, theirs), (network, with_task)):
        a, b = nu.to_rsatoolbox(a), nu.to_rsatoolbox(b)
        assert a.pattern_descriptors["condition"] == b.pattern_descriptors["condition"] == NAMES
        np.testing.assert_allclose(np.diagonal(compare(a, b, method="corr")), 1, atol=1e-6)


def test_what_leaves_keeps_the_order_of_its_trajectory(recorded):
    names = recorded.condition.values.tolist()
    assert nu.to_rsatoolbox(recorded).pattern_descriptors["condition"] == names
    assert nu.to_square(recorded).condition.values.tolist() == names
    assert nu.to_features(recorded).pair.values.tolist() == recorded.pair.values.tolist()
    assert nu.from_rsatoolbox(nu.to_rsatoolbox(recorded)).pair.values.tolist() == recorded.pair.values.tolist()
    mixed = recorded.isel(pair=np.random.default_rng(1).permutation(15))
    assert nu.to_square(mixed).condition.values.tolist() == names
    assert nu.read_rdms(nu.to_square(recorded), squared=True).pair.values.tolist() == recorded.pair.values.tolist()


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_labels_survive_files(network, recorded, tmp_path, suffix):
    saved = [nu.load(nu.save(traj, tmp_path / f"{name}{suffix}")) for name, traj in (("a", network), ("b", recorded))]
    assert all("pair" in traj.indexes for traj in saved)
    a, b = (traj.h.isel(time=-1, drop=True) for traj in saved)
    assert float(xr.corr(a, b, "pair")) == pytest.approx(1)
    older = nu.save(recorded.drop_vars("pair"), tmp_path / f"older{suffix}")
    assert nu.load(older).pair.values.tolist() == recorded.pair.values.tolist()


def test_batches_noise_and_windows_keep_the_join(runs, task):
    """Subjects, regions, sliding windows and crossnobis with its variance: by name the same as in the task's order."""
    rec = as_recording(runs, noise=0.05)
    late = rec.activity.expand_dims(latency=[0.0, 0.1, 0.2], axis=2) * xr.DataArray([1.0, 2.0, 3.0], dims="latency")
    rec = rec.assign(activity=late).assign_coords(roi=("channel", np.repeat(["V1", "IT"], 6)))
    both = xr.concat([rec.assign_coords(subject=("trial", [who] * rec.sizes["trial"])) for who in "ab"], "trial")
    both = nu.sliding_windows(both, 0.15, 0.1)
    bare, given = (nu.trajectory(both, own, metric="crossnobis", regions="roi") for own in (None, task))
    assert set(bare.h.dims) == {"roi", "subject", "latency", "time", "pair"}
    assert bare.pair.values.tolist() != given.pair.values.tolist()
    for name in ("h", "h_var"):
        apart = bare[name] - given[name]
        assert apart.shape == bare[name].shape
        np.testing.assert_allclose(apart, 0, atol=1e-9)


def test_mirrored_pairs_have_one_label_and_unlike_pairs_unlike_labels():
    assert pair_labels(np.array(["a", "b"]), np.array(["b", "a"])).tolist() == ["a | b", "a | b"]
    odd = ["a", "a | b", "b | c", "a|b", "b", "b|c", "a\\", "|", "\\|", "\\", "||"]
    first, second = np.triu_indices(len(odd), 1)
    labels = pair_labels(np.array(odd)[first], np.array(odd)[second])
    assert np.unique(labels).size == labels.size


def test_names_changed_by_hand_are_joined_by_the_new_ones(network):
    other = network.assign_coords({end: ("pair", np.char.add("x", network[end].values)) for end in ("first", "second")})
    back = other.assign_coords({end: ("pair", [name[1:] for name in other[end].values]) for end in ("first", "second")})
    ours, theirs = nu.align(network, back)
    assert theirs.pair.values.tolist() == ours.pair.values.tolist()


@pytest.mark.slow
def test_laws_take_pairs_in_any_order(make_world):
    """One movie in two orders: the same constants, and predictions that xarray joins to either."""
    movie = make_world(see=("h",))
    mixed = movie.isel(pair=np.random.default_rng(2).permutation(15))
    laws = [nu.PairwiseModel().fit(traj) for traj in (movie, mixed)]
    np.testing.assert_allclose(laws[0].constants_.eta_h, laws[1].constants_.eta_h, rtol=1e-3)
    apart = laws[0].predict(mixed).h - laws[0].predict(movie).h
    assert apart.shape == movie.h.shape
    np.testing.assert_allclose(apart, 0, atol=1e-6)
