"""`nu.rsa` with models that need no fit: rsatoolbox's numbers, names, known winners, tests and ceilings."""

import numpy as np
import pandas as pd
import pytest
import rsatoolbox
import xarray as xr

import neurouniv as nu
from neurouniv.rdm.comparators import COMPARATORS


def condensed(square):
    i, j = np.triu_indices(len(square), 1)
    return square.to_numpy()[i, j]


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_similarities_are_rsatoolbox_s(world, comparator):
    found = nu.rsa(world.traj, world.models, comparator=comparator, resamples=0, correction="holm")
    models = np.stack([condensed(square) for square in world.models.values()])
    for time in range(world.times):
        expected = rsatoolbox.rdm.compare(models, world.traj.h.values[:, time], method=comparator)
        np.testing.assert_allclose(found.similarity_each.isel(time=time).values, expected, atol=1e-10)
    np.testing.assert_allclose(found.similarity, found.similarity_each.mean("subject"), atol=1e-12)


def test_conditions_are_joined_by_name_whatever_their_order(world):
    shuffled = np.random.default_rng(3).permutation(world.names(world.conditions))
    models = {name: square.loc[shuffled, shuffled] for name, square in world.models.items()}
    pairs = np.random.default_rng(4).permutation(world.traj.sizes["pair"])
    other = nu.rsa(world.traj.isel(pair=pairs), models, resamples=100)
    ours = nu.rsa(world.traj, world.models, resamples=100)
    np.testing.assert_allclose(other.similarity, ours.similarity, atol=1e-12)
    np.testing.assert_allclose(other.ceiling, ours.ceiling, atol=1e-12)
    np.testing.assert_allclose(other.similarity_p, ours.similarity_p, rtol=1e-6)


def test_the_true_model_wins_and_is_told_from_others(world):
    found = nu.rsa(world.traj, world.models)
    assert (found.best == "a").all()
    assert (found.similarity_p_corrected.sel(model="a") < 0.05).all()
    assert (found.difference_p_corrected.sel(model="a", model_=["b", "c"]).isel(time=0) < 0.05).all()
    assert found.similarity_p_corrected.sel(model="c").min() > 0.05
    low, high = found.similarity_interval.transpose("bound", ...)
    assert ((low < found.similarity) & (found.similarity < high)).all()
    assert "'a' is the most similar" in found.text
    assert any("p over 8 subjects is somewhat too small" in doubt for doubt in found.doubts)


def test_differences_are_those_of_similarities_and_change_sign_with_their_order(world):
    found = nu.rsa(world.traj, world.models, resamples=100)
    other = found.similarity.rename(model="model_")
    np.testing.assert_allclose(
        found.difference, (found.similarity - other).transpose(*found.difference.dims), atol=1e-12
    )
    swapped = found.rename(model="model_", model_="model")
    np.testing.assert_allclose(
        found.difference_interval.sel(bound="lower"),
        -swapped.difference_interval.sel(bound="upper").transpose("model", "model_", "time"),
        atol=1e-12,
    )
    np.testing.assert_array_equal(found.difference_p, swapped.difference_p.transpose("model", "model_", "time"))


def test_the_ceiling_is_rsatoolbox_s_and_the_truth_reaches_it(world):
    found = nu.rsa(world.traj, world.models, resamples=100)
    names = {"conds": world.names(world.conditions)}
    for time in range(world.times):
        rdms = rsatoolbox.rdm.RDMs(world.traj.h.values[:, time], pattern_descriptors=names)
        expected = rsatoolbox.inference.boot_noise_ceiling(rdms, method="corr")
        np.testing.assert_allclose(found.ceiling.isel(time=time), expected, atol=1e-10)
    truth = world.square(np.concatenate([world.patterns["a"], world.patterns["b"]], axis=1))
    true = nu.rsa(world.traj.isel(time=[3]), {"truth": truth, "c": world.models["c"]})
    low, high = true.ceiling.squeeze("time")
    assert low - 0.01 < true.similarity.sel(model="truth").item() < high
    assert true.below_ceiling_p.sel(model="truth").item() > 0.5
    assert true.below_ceiling_p.sel(model="c").item() < 0.001


def test_one_rdm_of_one_session_is_a_frame(world):
    rng = np.random.default_rng(0)
    patterns = rng.normal(size=(12, 20))
    found = nu.rsa(
        world.square(patterns), {"itself": world.square(patterns), "other": world.square(rng.normal(size=(12, 20)))}
    )
    assert found.sizes["time"] == 1
    assert found.time.attrs["axis"] == "one_frame"
    assert found.similarity.sel(model="itself").item() == pytest.approx(1.0)
    assert any("is the data itself" in doubt for doubt in found.doubts)
    assert any("ceiling is not known" in doubt for doubt in found.doubts)


@pytest.mark.slow
def test_all_forms_of_data_and_models_say_the_same(world):
    traj, square = world.traj.isel(time=3, subject=0), world.models["a"]
    names = world.names(world.conditions)
    rsa_data = rsatoolbox.rdm.RDMs(traj.h.values[None], pattern_descriptors={"condition": names})
    rsa_model = rsatoolbox.rdm.RDMs(condensed(square)[None], pattern_descriptors={"condition": names})
    array = xr.DataArray(square.to_numpy(), {"condition": names}, ("condition", "condition_"))
    pairs = world.movie(condensed(square), dims=()).h
    expected = nu.rsa(traj.drop_vars("time"), {"a": square}, resamples=0, correction="none").similarity.item()
    for data in (traj, rsa_data, nu.to_square(traj.h).to_pandas()):
        for model in (rsa_model, array, pairs, world.movie(condensed(square)[None])):
            found = nu.rsa(data, {"a": model}, resamples=0, correction="none")
            assert found.similarity.item() == pytest.approx(expected, abs=1e-12)


def test_a_table_of_conditions_has_a_model_a_column(world):
    names = world.names(8)
    table = pd.DataFrame({"size": np.arange(8.0) ** 2, "kind": list("aabbccdd")}, index=names)
    data = world.square(np.arange(8.0)[:, None] ** 2, names)
    found = nu.rsa(data, table, test="permutation")
    assert found.model.values.tolist() == ["size", "kind"]
    assert found.similarity.sel(model="size").item() == pytest.approx(1.0)
    assert found.similarity_p.sel(model="size").item() < 0.01


def test_dimensions_of_a_model_are_models_and_members_are_averaged(world):
    h = np.stack([np.stack([condensed(square) * gain for gain in (1.0, 3.0)]) for square in world.models.values()])
    layers = world.movie(h, ("layer", "seed")).assign_coords(layer=[1, 2, 3])
    found = nu.rsa(world.traj, {"network": layers}, resamples=0, correction="none")
    assert found.model.values.tolist() == ["network, layer 1", "network, layer 2", "network, layer 3"]
    expected = nu.rsa(world.traj, world.models, resamples=0, correction="none")
    np.testing.assert_allclose(found.similarity, expected.similarity, atol=1e-12)
    assert "mean of 2 seeds" in found.models_from["network, layer 1"]


def test_a_movie_with_the_data_s_times_is_taken_time_by_time_and_another_by_its_last_frame(world):
    mean = world.traj.mean("subject")
    found = nu.rsa(world.traj, {"mean": mean}, resamples=0, correction="none")
    expected = nu.rsa_between(mean, world.traj, resamples=0).similarity.transpose("time_a", "time_b").values
    np.testing.assert_allclose(found.similarity.values[0], np.diag(expected), atol=1e-12)
    longer = world.movie(np.concatenate([mean.h.values, mean.h.values[:1]]), ("time",), units="epochs")
    last = nu.rsa(world.traj, {"mean": longer}, resamples=0, correction="none")
    np.testing.assert_allclose(last.similarity.values[0], expected[0], atol=1e-12)
    assert "the last of its 5 times (4 epochs)" in last.models_from["mean"]
    assert any("the last of its 5 times (4 epochs)" in doubt for doubt in last.doubts)
    assert not any("of its" in doubt for doubt in found.doubts)


def test_a_pair_that_a_model_lacks_is_left_out_of_all_comparisons(world):
    holed = world.models["b"].copy()
    holed.iloc[0, 1] = holed.iloc[1, 0] = holed.iloc[4, 2] = holed.iloc[2, 4] = np.nan
    found = nu.rsa(world.traj, world.models | {"b": holed}, resamples=50)
    kept = np.isfinite(condensed(holed))
    models = np.stack([condensed(square)[kept] for square in world.models.values()])
    expected = rsatoolbox.rdm.compare(models, world.traj.h.values[:, 1][:, kept], method="corr")
    np.testing.assert_allclose(found.similarity_each.isel(time=1), expected, atol=1e-10)
    assert any(doubt.startswith("2 of 120 pairs") for doubt in found.doubts)


def test_a_pair_that_data_lack_at_one_time_is_left_out_there(world):
    h = world.traj.h.values.copy()
    h[0, 1, :5] = np.nan
    found = nu.rsa(world.traj.assign(h=(world.traj.h.dims, h)), world.models, resamples=50)
    models = np.stack([condensed(square) for square in world.models.values()])
    expected = rsatoolbox.rdm.compare(models[:, 5:], h[[0], 1, 5:], method="corr")[:, 0]
    np.testing.assert_allclose(found.similarity_each.isel(time=1, subject=0), expected, atol=1e-10)
    assert found.similarity_p.notnull().all()
    assert any(doubt.startswith(f"5 of {h.size} distances of the data are missing") for doubt in found.doubts)


def test_a_condition_of_which_the_data_have_nothing_is_none_of_the_conditions(world):
    """As if it was not there, and it is said; so errors are over the conditions that there are."""
    last = str(world.traj["second"].values[-1])
    has_it = (world.traj["first"] == last) | (world.traj["second"] == last)
    found = nu.rsa(world.traj.assign(h=world.traj.h.where(~has_it)), world.models, resamples=50)
    expected = nu.rsa(world.traj.isel(pair=np.flatnonzero(~has_it)), world.models, join="inner", resamples=50)
    xr.testing.assert_allclose(found.drop_attrs(), expected.drop_attrs())
    assert found.attrs["n_conditions"] == expected.attrs["n_conditions"]
    assert any(repr(last) in doubt for doubt in found.doubts)


def test_regions_are_places_and_p_is_corrected_over_them(world):
    regions = xr.concat([world.traj, world.traj.isel(time=[3, 2, 1, 0]).assign_coords(time=world.traj.time)], "region")
    regions = regions.assign_coords(region=["V1", "IT"])
    both = nu.rsa(regions, world.models, resamples=200)
    one = nu.rsa(world.traj, world.models, resamples=200)
    np.testing.assert_allclose(both.similarity.sel(region="V1"), one.similarity, atol=1e-12)
    np.testing.assert_allclose(both.similarity.sel(region="IT").values[:, ::-1], one.similarity.values, atol=1e-12)
    assert (both.similarity_p_corrected.sel(region="V1") >= one.similarity_p_corrected - 1e-12).all()
    by_name = nu.rsa({"V1": world.traj, "again": world.traj}, world.models, resamples=200)
    np.testing.assert_allclose(by_name.similarity.sel(data="again"), one.similarity, atol=1e-12)


def test_inner_keeps_what_all_have_and_says_what_is_left_out(world):
    few = world.models["a"].iloc[:12, :12]
    found = nu.rsa(world.traj, {"a": few}, join="inner", resamples=0, correction="none")
    assert found.attrs["n_conditions"] == 12
    assert any("4 conditions of the data" in doubt for doubt in found.doubts)
    with pytest.raises(nu.InputError, match="model 'a' lacks 'c12', 'c13', 'c14', 'c15' of the data"):
        nu.rsa(world.traj, {"a": few})


def test_similarities_do_not_depend_on_units_and_the_answer_survives_a_file(world, tmp_path):
    found = nu.rsa(world.traj, world.models, resamples=100)
    scaled = nu.rsa(
        world.traj.assign(h=1e-12 * world.traj.h), {n: 1e6 * m for n, m in world.models.items()}, resamples=100
    )
    np.testing.assert_allclose(found.similarity_p, scaled.similarity_p, rtol=1e-6)
    nu.save(found, tmp_path / "rsa.nc")
    again = nu.load(tmp_path / "rsa.nc")
    assert again.attrs["text"] == found.attrs["text"]
    assert again.attrs["models_from"] == found.attrs["models_from"]
    np.testing.assert_array_equal(again.similarity_each, found.similarity_each)


def test_conditions_that_nobody_named_are_told(world):
    rng = np.random.default_rng(0)
    square = rng.random((6, 6))
    square = nu.read_rdms((square + square.T) * (1 - np.eye(6)), squared=True)
    found = nu.rsa(square, {"other": square.assign(h=square.h**2)}, test="permutation")
    assert sum("joined by their order" in doubt for doubt in found.doubts) == 2


def test_activity_is_made_rdms_and_the_noise_in_them_is_told(world):
    rng = np.random.default_rng(0)
    patterns = rng.normal(size=(6, 20))
    rec = xr.Dataset(
        {"activity": (("trial", "channel"), np.concatenate([patterns, patterns + rng.normal(size=(6, 20))]))},
        {"condition": ("trial", np.tile(world.names(6), 2))},
    )
    found = nu.rsa(rec, {"truth": world.square(patterns)}, test="permutation")
    expected = nu.rsa(nu.trajectory(rec), {"truth": world.square(patterns)}, test="permutation")
    assert found.similarity.item() == expected.similarity.item()
    assert any("contain its noise" in doubt for doubt in found.doubts)


NAMES = [f"c{number:02d}" for number in range(5)]
PLAIN = pd.DataFrame(1.0 - np.eye(5), NAMES, NAMES)


@pytest.mark.parametrize(
    ("data", "models", "settings", "message"),
    [
        (np.eye(5), {"a": PLAIN}, {}, "conditions have names"),
        (PLAIN, {"a": np.eye(5)}, {}, "The model 'a' needs RDMs whose conditions have names"),
        ("brain.nc", {"a": PLAIN}, {}, "read from its file first"),
        (PLAIN, {}, {}, "at least one model"),
        (PLAIN, {"c00": 1, "c01": 2}, {}, "Models come by name"),
        (PLAIN, {"a": {"c00": 1, "c01": 2}}, {}, "lacks 'c02', 'c03', 'c04'"),
        (PLAIN, {"a": PLAIN}, {"comparator": "pearson"}, "comparator is one of"),
        (PLAIN, {"a": PLAIN}, {"test": "subjects"}, "needs at least 6 subjects; the data has 1"),
        (PLAIN, {"a": PLAIN}, {"correction": "cluster"}, "needs test='subjects'"),
        (PLAIN, {"a": PLAIN}, {"model": "all"}, "model is 'one' or 'each'"),
        (PLAIN, {"a": PLAIN}, {"resamples": 3}, "resamples is at least 20, such as 1000"),
        (PLAIN, {"a": PLAIN}, {"resamples": 0}, "rests on resamples"),
        (PLAIN, {"a": PLAIN}, {"control": "b"}, "control names models, 'a'; got 'b'"),
        (PLAIN, {"a": PLAIN}, {"partition": True}, "at least two models"),
        (PLAIN, {"a": PLAIN}, {"weighted": ["a", "b"]}, "The mixture 'weighted' names models"),
        (PLAIN, {"a": PLAIN}, {"weighted": ["a"]}, "takes two models or more"),
        (PLAIN, {"a": PLAIN}, {"join": "outer"}, "join is one of"),
        (PLAIN, {"a": PLAIN}, {"times": "same"}, "needs model='each'"),
        (PLAIN, {"a": PLAIN}, {"partitions": 4}, "partitions needs models that are fitted"),
        (PLAIN, PLAIN, {"model": "each", "test": "permutation"}, "tests nothing"),
        (PLAIN.iloc[:2, :2], {"a": PLAIN.iloc[:2, :2]}, {}, "at least 3 conditions"),
        ({}, {"a": PLAIN}, {}, "empty dict"),
        ({"V1": PLAIN, "IT": PLAIN.iloc[:4, :4]}, {"a": PLAIN}, {}, "'IT' and 'V1' differ in conditions"),
        (PLAIN * np.nan, {"a": PLAIN}, {}, "no distance that is a number"),
        (np.ones((5, 9)), {"a": PLAIN}, {}, r"got ndarray of shape \(5, 9\).*read_recording\({\"activity\""),
        (PLAIN, [PLAIN], {}, r"Models come by name, {'name': model, ...}; got a list"),
        (PLAIN + np.triu(np.ones((5, 5))), {"a": PLAIN}, {}, "not symmetric"),
        (xr.Dataset({"x": ("time", [1.0])}), {"a": PLAIN}, {}, r"needs RDMs, the variable h"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_one_message(data, models, settings, message):
    with pytest.raises(nu.InputError, match=message):
        nu.rsa(data, models, **settings)


def test_a_test_that_can_find_nothing_says_so(world):
    few = nu.rsa(world.traj.isel(subject=slice(6)), world.models, test="subjects", correction="cluster", resamples=0)
    assert any(
        "32 sign flips: no p of a similarity, corrected for 3 tests, is below 0.094" in doubt for doubt in few.doubts
    )
    assert few.similarity_p_corrected.min() >= 3 / 32 - 1e-12
    small = world.traj.isel(subject=0, pair=[0, 1, 2, 15, 16, 29])
    models = {name: square.iloc[:4, :4] for name, square in world.models.items()}
    four = nu.rsa(small, models, test="permutation")
    assert any("24 orders: no p is below 0.042" in doubt for doubt in four.doubts)
    assert four.similarity_p.min() >= 1 / 24 - 1e-12
