"""rsatoolbox data sets are recordings with every descriptor, in memory and on disk, and recordings are data sets."""

import pickle

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rsatoolbox.data import Dataset, TemporalDataset, load_dataset
from rsatoolbox.rdm import RDMs, calc_rdm

import neurouniv as nu
from neurouniv.label_text import NO_LABEL
from neurouniv.rdm.exchange.rsatoolbox import from_rsatoolbox, to_rsatoolbox
from neurouniv.schema import InputError
from neurouniv.systems.recordings.formats.rsatoolbox import from_dataset, is_dataset, is_file
from neurouniv.systems.recordings.read import read_recording

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=5).filter(
    lambda name: name not in NO_LABEL  # such words say that there is no label, and are refused as conditions
)


@st.composite
def recordings(draw):
    """Recordings of any size, with coordinates of any kind along every dimension."""
    trials, channels, latencies = draw(st.integers(2, 6)), draw(st.integers(1, 4)), draw(st.integers(0, 3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    shape = (trials, channels, latencies)[: 3 if latencies else 2]
    first, second = draw(st.lists(NAMES, min_size=2, max_size=2, unique_by=str.casefold))  # "A" and "a" are warned of
    condition = [first, second, *[first] * (trials - 2)]
    coords = {
        "trial": np.arange(trials) + draw(st.integers(0, 3)),
        "channel": draw(st.sampled_from([np.arange(channels) + 5, np.array([f"ch{k}" for k in range(channels)])])),
        "condition": ("trial", np.array(condition), {"long_name": "picture"}),
        "session": ("trial", rng.integers(1, 3, trials), {"units": "days"}),
        "reaction": ("trial", rng.normal(size=trials), {"units": "s"}),
        "correct": ("trial", rng.random(trials) < 0.5),
        "roi": ("channel", np.array(["V4", "IT"])[rng.integers(0, 2, channels)]),
        "depth": ("channel", rng.normal(size=channels), {"units": "um"}),
        "area": draw(NAMES),
    }
    if latencies:
        coords["latency"] = ("latency", np.sort(rng.normal(size=latencies)), {"units": "s"})
        coords["phase"] = ("latency", np.arange(latencies))
    dims = ("trial", "channel", "latency")[: len(shape)]
    attrs = {"window": 0.3, "note": draw(NAMES)}
    return xr.Dataset({"activity": (dims, rng.normal(size=shape), {"units": "spikes/s"})}, coords, attrs)


def plain(rec):
    return rec.drop_attrs(deep=False).assign_attrs({k: v for k, v in rec.attrs.items() if k != "history"})


@settings(max_examples=40, deadline=None)
@given(recordings())
def test_a_recording_comes_back_exactly(rec):
    data = to_rsatoolbox(rec)
    assert data.obs_descriptors.keys() == {n for n, c in rec.coords.items() if c.dims == ("trial",)}
    assert data.channel_descriptors.keys() == {n for n, c in rec.coords.items() if c.dims == ("channel",)}
    xr.testing.assert_identical(plain(from_rsatoolbox(data)), rec)


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(recordings())
def test_a_file_of_rsatoolbox_says_what_the_object_says(tmp_path_factory, rec):
    path = tmp_path_factory.mktemp("rsa") / "data.h5"
    data = to_rsatoolbox(rec)
    save(data, path)
    assert is_file(path)
    memory, disk = read_recording(data), read_recording(path)
    for name in memory.variables:
        xr.testing.assert_equal(memory[name].drop_vars(memory[name].coords), disk[name].drop_vars(disk[name].coords))
    xr.testing.assert_identical(
        plain(from_rsatoolbox(load_dataset(str(path)))).activity.variable, rec.activity.variable
    )


def save(obj, path):
    """rsatoolbox leaves the file open; it is closed here."""
    import gc

    obj.save(str(path))
    gc.collect()


def recorded_partly(seed=0):
    """Two sessions with one channel in common."""
    rng = np.random.default_rng(seed)
    recorded = np.repeat([[True, True, False], [False, True, True]], 4, axis=0)
    return xr.Dataset(
        {"activity": (("trial", "channel"), np.where(recorded, rng.normal(size=(8, 3)), np.nan), {"units": "V"})},
        {
            "trial": np.arange(8),
            "channel": ["a", "b", "c"],
            "condition": ("trial", list("xyxyxyxy")),
            "session": ("trial", [1, 1, 1, 1, 2, 2, 2, 2]),
            "recorded": (("trial", "channel"), recorded),
        },
    )


def test_sessions_with_different_channels_are_a_list_and_come_back():
    rec = recorded_partly()
    sets = to_rsatoolbox(rec)
    assert [data.channel_descriptors["channel"].tolist() for data in sets] == [["a", "b"], ["b", "c"]]
    assert not any(np.isnan(data.measurements).any() for data in sets)
    xr.testing.assert_identical(plain(from_rsatoolbox(sets)), rec)


def data_set(seed=0, names=("u", "v"), **descriptors):
    rng = np.random.default_rng(seed)
    return Dataset(
        rng.normal(size=(4, len(names))),
        descriptors=descriptors,
        obs_descriptors={"stim": list("abab"), "fold": [1, 1, 2, 2]},
        channel_descriptors={"name": list(names), "roi": ["V1"] * len(names)},
    )


def test_a_list_is_one_session_each_with_channels_by_name():
    fields = from_dataset([data_set(0), data_set(1, names=("v", "w"))], "the data sets")
    assert fields["session"].tolist() == [1, 1, 1, 1, 2, 2, 2, 2]
    assert fields.given["channel"].tolist() == ["u", "v", "w"]
    np.testing.assert_array_equal(fields.given["recorded"], np.repeat([[1, 1, 0], [0, 1, 1]], 4, axis=0))
    np.testing.assert_array_equal(fields.given["activity"][4:, 1:], data_set(1).measurements)
    assert fields["fold"].tolist() == [1, 1, 2, 2] * 2
    assert fields.channel_coords["roi"].tolist() == ["V1"] * 3


def test_descriptors_of_a_set_hold_for_all_its_trials():
    sets = [data_set(0, subject="ann", session=3), data_set(1, subject="bob", session=5, age=41)]
    fields = from_dataset(sets, "the data sets")
    assert fields["subject"].tolist() == ["ann"] * 4 + ["bob"] * 4
    assert fields["session"].tolist() == [3] * 4 + [5] * 4
    assert fields["age"].tolist() == [None] * 4 + [41] * 4
    rec = read_recording(sets)
    assert np.unique(rec.subject).tolist() == ["ann", "bob"]
    assert rec.condition.values.tolist() == list("abab" * 2)


@pytest.mark.parametrize("called", ["subj", "participant"])
def test_subjects_called_otherwise_are_subjects_and_no_sessions(called):
    several = [data_set(seed, **{called: name}) for seed, name in enumerate(["ann", "bob", "cy"])]
    for rec in (read_recording(several), from_rsatoolbox(several)):
        assert np.unique(rec.subject).tolist() == ["ann", "bob", "cy"]
        assert "session" not in rec.coords
        assert nu.trajectory(rec).h.dims == ("subject", "time", "pair")
    of_one = [data_set(seed, **{called: "ann"}) for seed in range(2)]
    for rec in (read_recording(of_one), from_rsatoolbox(of_one)):
        assert np.unique(rec.session).tolist() == [1, 2]


def test_distances_of_a_data_set_are_those_of_rsatoolbox_per_channel():
    sets = [data_set(seed, names="uvwxyz") for seed in range(2)]
    for data in sets:
        del data.obs_descriptors["fold"]  # rsatoolbox warns where it averages whole numbers
    theirs = [calc_rdm(data, method="euclidean", descriptor="stim").dissimilarities[0] for data in sets]
    np.testing.assert_allclose(nu.trajectory(from_rsatoolbox(sets)).h, 6 * np.array(theirs), rtol=1e-12)


def test_a_condition_that_cannot_be_told_is_asked_for():
    data = Dataset(np.eye(4), obs_descriptors={"orientation": [0, 90, 0, 90], "block": [1, 1, 2, 2]})
    with pytest.raises(
        InputError, match=r"condition of each trial. Its observation descriptors: orientation 4, block 4"
    ):
        read_recording(data)
    assert read_recording(data, condition="orientation").condition.values.tolist() == ["0", "90", "0", "90"]


def test_sets_with_different_times_are_refused():
    sets = [TemporalDataset(np.zeros((2, 1, n)), obs_descriptors={"stim": ["a", "b"]}) for n in (3, 4)]
    with pytest.raises(
        InputError, match=r"first has 3 times from 0 to 2, number 2 has 4 times from 0 to 3. Cut or bin"
    ):
        from_rsatoolbox(sets)


@pytest.mark.slow
def test_files_that_hold_something_else_are_told(tmp_path):
    save(RDMs(np.ones((1, 3))), tmp_path / "rdms.h5")
    with pytest.raises(InputError, match=r"holds RDMs of rsatoolbox, not activity.*read_rdms"):
        read_recording(tmp_path / "rdms.h5")
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(data_set().to_dict()))
    with pytest.raises(InputError, match="pickle, in spite of its name; unpickling can run any code"):
        read_recording(tmp_path / "x.pkl")
    save(data_set(), tmp_path / "cut.h5")
    (tmp_path / "cut.h5").write_bytes((tmp_path / "cut.h5").read_bytes()[:3000])
    with pytest.raises(InputError, match=r"cannot be read .*copy or export it again"):
        read_recording(tmp_path / "cut.h5")
    assert not is_dataset([])
    assert not is_dataset("x.h5")


def test_the_public_names_do_both_ways():
    rec = recorded_partly()
    assert nu.from_rsatoolbox(nu.to_rsatoolbox(rec)).sizes == rec.sizes
