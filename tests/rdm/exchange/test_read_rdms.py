"""RDMs from every format, form and nesting are the distances they were made of; what is no RDM is refused."""

import pickle
import re

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.rdm import RDMs
from scipy.io import savemat
from scipy.spatial.distance import pdist, squareform
from scipy.stats import spearmanr

from neurouniv.rdm.exchange.condensed import condensed, conditions_of, pair_at
from neurouniv.rdm.exchange.read_rdms import read_rdms
from neurouniv.rdm.exchange.rsatoolbox import to_rsatoolbox
from neurouniv.rdm.exchange.square import to_square
from neurouniv.schema import InputError, check_trajectory, history
from neurouniv.tasks import from_arrays

NAMES = ["face", "car", "house", "tree"]


def vectors(*shape, n=4, seed=0):
    """Squared distances (*shape, pair) of random points."""
    points = np.random.default_rng(seed).normal(size=(int(np.prod(shape)), n, 3))
    return np.array([pdist(p) ** 2 for p in points]).reshape(*shape, -1)


def squares(*shape, n=4, seed=0):
    flat = vectors(*shape, n=n, seed=seed)
    return np.array([squareform(v) for v in flat.reshape(-1, flat.shape[-1])]).reshape(*shape, n, n)


def structs(*shape, seed=0):
    """A cell of structs, as `RDMs{subject, session}` of the MATLAB toolbox."""
    cells = np.empty(shape, dtype=object)
    for k, (at, rdm) in enumerate(zip(np.ndindex(shape), squares(*shape, seed=seed).reshape(-1, 4, 4), strict=True)):
        cells[at] = {"RDM": rdm, "name": f"s{k}", "color": np.array([0.0, 0.0, 1.0])}
    return cells


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.lists(st.integers(1, 3), max_size=2), st.integers(0, 99))
def test_condensed_undoes_square_wherever_the_axes_lie(n, batch, seed):
    square, flat = squares(*batch, n=n, seed=seed), vectors(*batch, n=n, seed=seed)
    dims = len(batch) or None
    np.testing.assert_array_equal(condensed(square, dims, "x"), flat)
    np.testing.assert_array_equal(condensed(flat, dims, "x"), flat)
    if len(batch) == 1 and n not in (batch[0], 2):
        np.testing.assert_array_equal(condensed(square.transpose(1, 2, 0), 1, "x"), flat)
    assert conditions_of(flat.shape[-1]) == n
    i, j = np.triu_indices(n, 1)
    np.testing.assert_array_equal(pair_at(j, i, n), np.arange(i.size))


def test_two_by_two_tables_of_something_are_no_rdms():
    held = {"rdms": squares(3), "counts": np.ones((2, 2, 7))}
    np.testing.assert_array_equal(read_rdms(held, dims=["subject"], squared=True).h, vectors(3))


@pytest.mark.parametrize("kind", ["mat", "npz", "npy", "nc", "zarr", "array", "DataArray"])
@pytest.mark.parametrize("form", [squares, vectors])
def test_every_source_gives_the_same_movie(tmp_path, kind, form):
    values, path = form(2, 3), tmp_path / f"x.{kind}"
    array = xr.DataArray(
        values, dims=("subject", "time", *(["condition", "condition_"] if form is squares else ["pair"]))
    )
    if kind == "mat":
        savemat(path, {"dist": values, "who": [7, 9]})
    elif kind == "npz":
        np.savez(path, dist=values, who=[7, 9])
    elif kind == "npy":
        np.save(path, values)
    elif kind == "nc":
        array.to_dataset(name="dist").to_netcdf(path)
    elif kind == "zarr":
        array.to_dataset(name="dist").to_zarr(path, consolidated=False)
    source = {"array": values, "DataArray": array}.get(kind, path)
    who = "who" if kind in ("mat", "npz") else [7, 9]
    dims = None if kind in ("nc", "zarr", "DataArray") else ("subject", "time")
    traj = read_rdms(source, None, dims, subject=who, time=[1, 2, 5], time_units="days", condition=NAMES, squared=True)
    assert traj.h.dims == ("subject", "time", "pair")
    np.testing.assert_array_equal(traj.h, vectors(2, 3))
    assert traj.subject.values.tolist() == [7, 9]
    assert traj.time.attrs == {"units": "days", "axis": "learning"}
    assert to_square(traj.h).condition.values.tolist() == NAMES
    assert history(traj)[-1]["step"] == "read_rdms"
    check_trajectory(traj)


def test_our_own_file_comes_back(tmp_path, make_networks):
    from neurouniv.rdm.movie.trajectory import trajectory

    traj = trajectory(make_networks())
    traj.to_netcdf(tmp_path / "x.nc")
    for source in (traj, tmp_path / "x.nc", to_square(traj.h), to_square(traj.h).to_dataset(name="rdms")):
        found = read_rdms(source)
        xr.testing.assert_identical(
            found.h.drop_attrs(deep=False), traj.h.drop_vars(["dx2", "dy2"]).drop_attrs(deep=False)
        )
        assert found.h.attrs["metric"] == "sqeuclidean"
        assert found.time.attrs == traj.time.attrs


def test_pairs_in_another_order_are_refused_and_put_in_order(make_networks):
    from neurouniv.rdm.movie.trajectory import trajectory

    traj = trajectory(make_networks())
    with pytest.raises(InputError, match=r"every pair once, in the order of scipy's pdist.*to_square"):
        read_rdms(traj.isel(pair=slice(None, None, -1)))
    back = read_rdms(to_square(traj.h.isel(pair=slice(None, None, -1))))
    names = traj.condition.values
    np.testing.assert_array_equal(to_square(back.h).sel(condition=names, condition_=names), to_square(traj.h))


def test_structs_of_matlab_73(tmp_path):
    pytest.importorskip("pymatreader")
    rdms = squares(3)
    write_structs_73(tmp_path / "x.mat", rdms)
    found = read_rdms(tmp_path / "x.mat", dims="subject", subject="RDMs.name", squared=True)
    np.testing.assert_array_equal(found.h, vectors(3))
    assert found.subject.values.tolist() == ["s0", "s1", "s2"]


def write_structs_73(path, rdms):
    """What MATLAB's `save -v7.3` writes of a struct array: HDF5 after 512 bytes of header, every field by reference."""
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        group, refs = file.create_group("RDMs"), file.create_group("#refs#")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        fields = {name: np.empty((len(rdms), 1), dtype=h5py.ref_dtype) for name in ("RDM", "name")}
        for k, rdm in enumerate(rdms):
            matrix = refs.create_dataset(f"r{k}", data=rdm.T)
            matrix.attrs["MATLAB_class"] = np.bytes_("double")
            text = refs.create_dataset(f"n{k}", data=np.array([[ord(c)] for c in f"s{k}"], dtype=np.uint16))
            text.attrs["MATLAB_class"] = np.bytes_("char")
            fields["RDM"][k, 0], fields["name"][k, 0] = matrix.ref, text.ref
        for name, values in fields.items():
            group.create_dataset(name, data=values)
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def test_a_task_is_joined_by_name(make_world):
    from neurouniv.laws import PairwiseModel

    world = make_world(n=5, times=20)
    order = np.random.default_rng(3).permutation(5)
    square = to_square(world.h).transpose("time", ...).values[:, order][..., order]
    task = world[["stimuli", "targets"]]
    names = world.condition.values
    traj = read_rdms(square, dims="time", time=world.time.values, condition=names[order], squared=True, task=task)
    np.testing.assert_array_equal(traj.condition, names)
    np.testing.assert_array_equal(traj.h, world.h)
    np.testing.assert_allclose(traj.dx2, world.dx2)
    np.testing.assert_allclose(traj.dy2, world.dy2)
    found, known = (PairwiseModel().fit(t).constants_ for t in (traj, world[["h", "stimuli", "targets"]]))
    np.testing.assert_allclose(found.eta_h, known.eta_h)
    with pytest.raises(InputError, match="same condition names"):
        read_rdms(square, dims="time", time=world.time.values, squared=True, task=task)


def test_a_division_by_channels_is_undone():
    flat = vectors(2)
    found = read_rdms(np.sqrt(flat / 7), dims="subject", squared=False, n_channels=7)
    np.testing.assert_allclose(found.h, flat)
    assert found.h.attrs["n_channels"] == 7
    assert history(found)[-1]["settings"] == {"n_channels": 7, "squared": False}


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_nested_structs_are_gone_through(tmp_path, shape):
    savemat(tmp_path / "x.mat", {"RDMs": structs(*shape)})
    dims = ("subject", "session")[: len(shape)]
    for name in (None, "RDMs", "RDMs.RDM"):
        found = read_rdms(tmp_path / "x.mat", name, dims, metric="correlation")
        np.testing.assert_array_equal(found.h, vectors(*shape))
    if len(shape) == 1:
        assert read_rdms(tmp_path / "x.mat", dims=dims, subject="RDMs.name", squared=True).subject.values[2] == "s2"
        one = read_rdms(tmp_path / "x.mat", "RDMs[1].RDM", squared=True)
        np.testing.assert_array_equal(one.h, vectors(3)[1])


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 4), st.integers(2, 5), st.integers(0, 99))
def test_items_at_several_times_are_cut_into_a_movie(times, conditions, seed):
    n = times * conditions
    full, rng = squares(2, n=n, seed=seed), np.random.default_rng(seed)
    names = [f"c{k}" for k in range(conditions)]
    time, name = np.repeat(np.arange(times), conditions), np.tile(names, times)
    blocks = read_rdms(full, dims="subject", time=np.arange(times), condition=names, squared=True, between=True)
    for t in range(times):
        np.testing.assert_array_equal(to_square(blocks.h)[:, t], full[:, time == t][..., time == t])
        for u in range(times):
            np.testing.assert_array_equal(blocks.between[:, t, u], full[:, time == t][..., time == u])
    order = rng.permutation(n)
    mixed = full[:, order][..., order]
    labelled = read_rdms(mixed, dims="subject", time=time[order], condition=name[order], squared=True)
    np.testing.assert_array_equal(to_square(labelled.h).sel(condition=names, condition_=names), to_square(blocks.h))


def test_dissimilarities_between_times_have_the_names_of_both_conditions_in_the_order_of_the_task():
    full, names = squares(n=6), np.array(list("abc"))
    task = from_arrays(np.eye(3), np.eye(3), list("cab"))
    between = read_rdms(full, time=[1, 2], condition=names, squared=True, between=True, task=task).between
    assert between.condition.values.tolist() == between.condition_.values.tolist() == list("cab")
    for k, name in enumerate(names):
        for m, other in enumerate(names):
            assert between.sel(time=1, time_=2, condition=name, condition_=other) == full[k, 3 + m]


def test_a_condition_that_a_time_lacks_is_missing():
    full = squares(n=5)
    found = read_rdms(full, time=[1, 1, 1, 2, 2], condition=list("abcab"), squared=True, missing="keep")
    assert np.isnan(found.h.sel(time=2)).values.tolist() == [False, True, True]


def test_distances_that_are_not_squared_are_squared():
    flat = vectors(3)
    np.testing.assert_allclose(read_rdms(np.sqrt(flat), dims="subject", squared=False).h, flat)


def test_times_are_put_in_order():
    flat = vectors(3)
    found = read_rdms(flat, dims="time", time=[3, 1, 2], squared=True)
    np.testing.assert_array_equal(found.h, flat[[1, 2, 0]])


def test_rounded_numbers_are_symmetric_enough():
    square = squares().astype(np.float32)
    square[0, 1] *= 1 + 1e-7
    np.testing.assert_allclose(read_rdms(square, squared=True).h, vectors(), rtol=1e-6)


@pytest.mark.parametrize(("count", "shown"), [(4, "1, 2, 3, 4"), (12, "1, 2, 3, ..., 12")])
def test_as_many_times_are_asked_for_as_shown(count, shown):
    with pytest.raises(InputError, match=f"needs its {count} times.*time=.{re.escape(shown)}.,"):
        read_rdms(squares(count), dims="time", squared=True)


def test_rdms_without_time_say_so_and_how_to_have_one():
    static = read_rdms(vectors(2), dims="subject", metric="crossnobis")
    assert "time=[...]" in static.h.attrs["time_axis"]
    with pytest.raises(InputError, match="'time'"):
        check_trajectory(static)


def rsatoolbox_movie():
    return RDMs(
        vectors(4),
        dissimilarity_measure="crossnobis",
        rdm_descriptors={"subject": ["b", "b", "a", "a"], "time": [0.1, 0.2, 0.1, 0.2]},
        pattern_descriptors={"stim": NAMES},
    )


def test_rdms_of_rsatoolbox_in_memory_and_on_disk(tmp_path):
    movie = rsatoolbox_movie()
    movie.save(str(tmp_path / "x.h5"))
    for source in (movie, tmp_path / "x.h5"):
        traj = read_rdms(source)
        assert traj.h.dims == ("subject", "time", "pair")
        np.testing.assert_array_equal(traj.h.sel(subject="a", time=0.2), vectors(4)[3])
        assert traj.condition.values.tolist() == NAMES
        assert traj.time.attrs == {"units": "s", "axis": "within_trial"}
        days = read_rdms(source, axis="learning", time_units="days", n_channels=3)
        assert days.time.attrs == {"units": "days", "axis": "learning"}
        np.testing.assert_array_equal(days.h, 3 * traj.h)


def test_rdms_of_rsatoolbox_without_time():
    flat = vectors(4)
    two = RDMs(flat, dissimilarity_measure="cosine", rdm_descriptors={"subject": [1, 1, 2, 2], "session": [1, 2, 1, 2]})
    found = read_rdms(two)
    assert found.h.dims == ("subject", "session", "pair")
    np.testing.assert_array_equal(found.h, flat.reshape(2, 2, -1))
    again = read_rdms(to_rsatoolbox(found))
    xr.testing.assert_identical(again.drop_attrs(deep=False), found.drop_attrs(deep=False))
    assert read_rdms(RDMs(flat), squared=True).h.dims == ("rdm", "pair")
    assert read_rdms(RDMs(flat[:1]), metric="cosine", condition=NAMES).h.dims == ("pair",)


SQUARE = squares()
BAD = {
    "asymmetric": (SQUARE + np.triu(np.ones((4, 4)), 1), {}, r"1 of 6|6 of 6 pairs are not, the worst .* one way"),
    "one triangle": (np.triu(SQUARE), {}, r"one triangle .* is empty. Mirror it: rdm \+ rdm.T"),
    "diagonal": (SQUARE + np.diag([0, 0, 2.0, 0]), {}, r"1 of 4 there are not .* first is 2 \(condition 2"),
    "similarities": (np.ones((4, 4)), {}, "look like similarities: give 1 - r"),
    "wrong length": (np.ones(7), {}, r"k \(k - 1\) / 2 values .* 6 for 4 or 10 for 5; got 7"),
    "not square": (np.ones((2, 3, 4)), {"dims": "subject"}, r"as many rows as columns"),
    "several, dims untold": (np.ones((3, 6)), {}, 'holds several RDMs, shape .*dims="subject"'),
    "too many dims": (np.ones((2, 2, 2, 4, 4)), {"dims": "subject"}, "leave 4, but an RDM takes 2"),
    "text": (np.full((4, 4), "x"), {}, "real numbers; got type <U1"),
    "NaN": (np.where(SQUARE[1, 2] == SQUARE, np.nan, SQUARE), {}, r"1 of 6 are NaN.*'1' and '2'.*missing=\"keep\""),
    "infinite": (np.where(SQUARE[1, 2] == SQUARE, np.inf, SQUARE), {"missing": "keep"}, "1 of 6 are NaN or infinite"),
    "squared untold": (SQUARE, {"squared": None, "metric": "euclid"}, "found metric 'euclid'.*squared=True"),
    "negative": (vectors() - 9, {"squared": False}, "cannot be negative"),
    "few names": (SQUARE, {"condition": ["a", "b"]}, "needs 4 names, .* got 2"),
    "names twice": (SQUARE, {"condition": list("abca")}, r"its own name; \['a'\] come more"),
    "times untold": (vectors(3), {"dims": "time"}, r"its 3 times.*time=\[1, 2, 3\]"),
    "times twice": (vectors(3), {"dims": "time", "time": [1, 1, 2]}, "strictly increasing"),
    "times of items": (SQUARE, {"time": [1, 2, 3]}, "4 items; `time` has 3 values and `condition` 0"),
    "items twice": (SQUARE, {"time": [1, 1, 2, 2], "condition": list("aabb")}, "more than once"),
    "labels": (vectors(3), {"dims": "subject", "subject": [1, 2]}, "`subject` needs 3 labels"),
    "a setting": (
        vectors(3),
        {"dims": "subject", "colour": [1]},
        r"\['colour'\] is neither .* dimensions are \['subject'\]",
    ),
    "nothing": (None, {}, "real numbers; got None"),
    "one number": (3.0, {}, "single number 3.0"),
    "one condition": (np.zeros((1, 1)), {}, "at least two conditions"),
    "ragged": ([[0, 1], [1]], {}, r"shapes \[\(1,\), \(2,\)\]"),
    "dims twice": (squares(2, 2), {"dims": ("a", "a")}, r"each once; \['a'\]"),
    "dims reserved": (squares(2), {"dims": "pair"}, r"\['pair'\] cannot be among"),
    "no times": (SQUARE, {"time": []}, "`time` has 0 values"),
    "time NaN": (squares(2), {"dims": "time", "time": [1, np.nan]}, "1 of 2 are NaN or infinite"),
    "name missing": (SQUARE, {"condition": ["a", np.nan, "c", "d"]}, r"number 1 \(from 0\) .* has none"),
    "between": (SQUARE, {"between": True}, "items are conditions. Leave between=False"),
    "channels": (SQUARE, {"n_channels": 0}, "at least 1; got 0"),
    "axis": (SQUARE, {"axis": "trial"}, "'learning' or 'within_trial'; got 'trial'"),
    "missing": (SQUARE, {"missing": "drop"}, "got 'drop'"),
    "rsatoolbox dims": (
        rsatoolbox_movie(),
        {"dims": "subject"},
        r"got \['dims'\] beside them. Set rdms.rdm_descriptors",
    ),
    "time as text": (vectors(2), {"dims": "time", "time": ["pre", "post"]}, "need to be numbers .*got 'pre'"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name):
    source, mapping, message = BAD[name]
    with pytest.raises(InputError, match=message):
        read_rdms(source, **{"squared": True} | mapping)


def test_files_without_rdms(tmp_path):
    path = tmp_path / "x.mat"
    savemat(path, {"a": squares(), "b": squares(), "c": 1})
    with pytest.raises(
        InputError, match=r"more than one field that could be RDMs: \['a', 'b'\]. Choose one: read_rdms"
    ):
        read_rdms(path, squared=True)
    with pytest.raises(InputError, match=r"no field 'd'. Its variables: a, b, c"):
        read_rdms(path, "d", squared=True)
    savemat(path, {"rate": np.ones((5, 7)), "other": np.ones(4)})
    with pytest.raises(InputError, match=r"No field of .* has the shape of RDMs.*rate 5x7, other 4"):
        read_rdms(path)
    cells = structs(2)
    cells[1]["RDM"] = np.zeros((5, 5))
    savemat(path, {"RDMs": cells})
    with pytest.raises(InputError, match=r"same conditions; those in .* have the shapes \[\(4, 4\), \(5, 5\)\]"):
        read_rdms(path)
    with pytest.raises(InputError, match="entry 2 of 2"):
        read_rdms(path, "RDMs[2].RDM")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match="MATLAB file but cannot be read"):
        read_rdms(path)
    with pytest.raises(FileNotFoundError, match="There is no file"):
        read_rdms(tmp_path / "y.mat")


def test_what_is_no_file_of_rdms(tmp_path):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps({"dissimilarities": 1}))
    with pytest.raises(InputError, match="is a Python pickle"):
        read_rdms(path)
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="a CSV table, which holds no RDMs"):
        read_rdms(path)
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object))
    with pytest.raises(InputError, match="cannot be read"):
        read_rdms(tmp_path / "x.npy")
    from rsatoolbox.data import Dataset

    Dataset(np.eye(2)).save(str(tmp_path / "data.h5"))
    with pytest.raises(InputError, match=r"holds no RDMs.*read_recording"):
        read_rdms(tmp_path / "data.h5")


def test_motor_sequences_learned_over_five_weeks(real_data):
    path = real_data / "motorseq_berlot2020" / "dist_cosine_sess.mat"
    traj = read_rdms(path, dims="subject", subject="sn", time=[1, 2, 3], metric="cosine")
    assert dict(traj.h.sizes) == {"subject": 26, "time": 3, "pair": 66}
    square = to_square(traj.h).values
    between = square[..., :6, 6:].mean((2, 3))
    np.testing.assert_allclose(between.mean(0), [0.0049, 0.0124, 0.0175], atol=5e-5)
    np.testing.assert_allclose(between.std(0) / np.sqrt(26), [0.0009, 0.0014, 0.0023], atol=5e-5)
    i, j = np.triu_indices(6, 1)
    np.testing.assert_allclose(square[..., i, j].mean((0, 2)), [0.0035, 0.0050, 0.0058], atol=5e-5)
    np.testing.assert_allclose(square[..., i + 6, j + 6].mean((0, 2)), [0.0041, 0.0057, 0.0042], atol=5e-5)
    assert to_rsatoolbox(traj).n_rdm == 78


def test_rdms_of_92_images(real_data):
    folder = real_data / "kriegeskorte92"
    brain = read_rdms(folder / "92_brainRDMs.mat", dims=("subject", "session"), metric="correlation")
    assert dict(brain.h.sizes) == {"subject": 4, "session": 2, "pair": 4186}
    models = read_rdms(folder / "92_modelRDMs.mat", dims="model", model="Models.name", squared=False)
    human = brain.h.mean(("subject", "session"))
    square, animate = to_square(human).values, to_square(models.h).sel(model="animacy").values[0] == 0
    blocks = [square[part][:, part][np.triu_indices(part.sum(), 1)].mean() for part in (animate, ~animate)]
    np.testing.assert_allclose([square[animate][:, ~animate].mean(), np.mean(blocks)], [0.900, 0.796], atol=5e-4)
    behaviour = read_rdms(folder / "92_behavRDMs.mat", dims="subject", subject="rdms_behav_92.name", squared=False)
    assert dict(behaviour.h.sizes) == {"subject": 16, "pair": 4186}
    assert behaviour.subject.values[0] == "simJudge | subject1"
    assert spearmanr(behaviour.h.mean("subject"), human)[0] > 0.3


def test_one_condensed_rdm_beside_the_names_of_its_conditions(tmp_path):
    """As Meadows writes it: a vector of dissimilarities, and as many stimuli as it is of."""
    names = [f"s{i}" for i in range(6)]
    values = np.random.default_rng(0).random(15)
    savemat(tmp_path / "x.mat", {"rdmutv": values[None], "stimuli": np.array(names, dtype=object), "task": "arrange"})
    rdm = read_rdms(tmp_path / "x.mat", condition="stimuli", squared=True)
    np.testing.assert_array_equal(rdm.h.squeeze(), values)
    assert rdm.condition.values.tolist() == names
    savemat(tmp_path / "y.mat", {"rates": values[None], "stimuli": np.array(names[:5], dtype=object)})
    with pytest.raises(InputError, match=r"No field of .* has the shape of RDMs"):
        read_rdms(tmp_path / "y.mat", squared=True)
