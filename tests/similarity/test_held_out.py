"""Mixtures are scored on what they were not fitted to: in rsatoolbox's numbers, and near 0 where there is nothing."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.inference import crossval
from rsatoolbox.model import ModelFixed, ModelInterpolate, ModelSelect, ModelWeighted
from rsatoolbox.model.fitter import fit_interpolate, fit_mock, fit_regress_nn, fit_select
from rsatoolbox.rdm import RDMs

import neurouniv as nu
from neurouniv.schema import pair_indices
from neurouniv.similarity.held_out import MEMBER_FOLDS, folds_of, parts_of, weights_of
from neurouniv.similarity.mixtures import KINDS, fit
from neurouniv.similarity.settings import Settings
from neurouniv.universality.inference.bootstrap import bootstrap_scores, draw

N, MEMBERS, TIMES = 14, 4, 3
LONG = 100
"""fit_regress_nn may go on for ever with long models: it waits for slopes of 2e-14, which are rounding errors there."""
ENDS = np.stack(pair_indices(N))
MODELS = ["a", "b", "c"]
NAMES = np.array([f"c{k:02d}" for k in range(N)])
LABELS = {"first": ("pair", NAMES[ENDS[0]]), "second": ("pair", NAMES[ENDS[1]])}


def trajectory(h):
    """Of h (member, time, pair)."""
    time = ("time", np.arange(h.shape[1], dtype=float), {"axis": "learning"})
    return xr.Dataset({"h": (("subject", "time", "pair"), h)}, LABELS | {"time": time})


def world(seed=0, members=MEMBERS, times=TIMES):
    """Data (member, time, pair), mixes of models by name (pair,) and noise."""
    rng = np.random.default_rng(seed)
    models = rng.gamma(2.0, size=(len(MODELS), ENDS.shape[1]))
    data = rng.gamma(2.0, size=(times, len(MODELS))) @ models + 3 * rng.normal(size=(members, times, ENDS.shape[1]))
    return data, {name: xr.DataArray(h, dims="pair", coords=LABELS) for name, h in zip(MODELS, models, strict=True)}


def held_out(data, models, kinds=KINDS, comparator="corr", partitions=2, dealt=None):
    """All folds of the models and of mixtures of all of them, dealt by what `dealt` has of conditions, or the data."""
    mixtures = {kind: (kind, list(models)) for kind in kinds}
    settings = Settings(comparator=comparator, mixtures=mixtures, partitions=partitions)
    parts = parts_of(trajectory(data if dealt is None else dealt), settings, laws=False)
    return folds_of(trajectory(data), parts, [*models, *kinds], models, {}, settings, progress=False)


def conditions_of(fold):
    return np.unique(fold.ends)


def groups_of(fold, weighted):
    """The members that a weighted mixture, at this place, predicts alike: those of one group."""
    return {tuple(np.flatnonzero((fold.predicted[weighted] == row).all((1, 2)))) for row in fold.predicted[weighted]}


@pytest.mark.parametrize("members", [MEMBERS, 10])
@pytest.mark.parametrize("comparator", ["corr", "cosine", "corr_cov"])
def test_scores_of_the_same_folds_are_rsatoolboxs(comparator, members):
    """Fixed models and all three mixtures, in folds of conditions by groups of members, of one each or of two."""
    data, models = world(times=1, members=members)
    folds = held_out(data, models, comparator=comparator)
    given = RDMs(np.stack(list(models.values())) / LONG, pattern_descriptors={"c": np.arange(N)})
    rdms = RDMs(data[:, 0], pattern_descriptors={"c": np.arange(N)}, rdm_descriptors={"m": np.arange(members)})
    train, test = [], []
    for fold in folds:
        inside = conditions_of(fold)
        outside = np.setdiff1d(np.arange(N), inside)
        groups = groups_of(fold, len(MODELS))
        assert len(groups) == min(members, MEMBER_FOLDS)
        for group in groups:
            others = np.setdiff1d(np.arange(members), group)
            train.append([rdms.subset("m", others).subset_pattern("c", outside), outside])
            test.append([rdms.subset("m", group).subset_pattern("c", inside), inside])
    theirs = [ModelFixed(name, given[i]) for i, name in enumerate(MODELS)]
    theirs += [ModelWeighted("w", given), ModelSelect("s", given), ModelInterpolate("i", given)]
    fitters = [*[fit_mock] * len(MODELS), fit_regress_nn, fit_select, fit_interpolate]
    settings = {"method": comparator, "fitter": fitters, "pattern_descriptor": "c", "calc_noise_ceil": False}
    expected = crossval(theirs, rdms, train, test, **settings).evaluations[0].mean(1)
    found = bootstrap_scores(folds, draw(N, members, 2), comparator).each[:, :, 0].mean(1)
    np.testing.assert_allclose(found[:-1], expected[:-1], rtol=1e-8)
    np.testing.assert_allclose(found[-1], expected[-1], atol=1e-4)  # rsatoolbox's optimiser stops there


@pytest.mark.parametrize("kind", KINDS)
def test_a_fold_has_the_weights_of_other_conditions_and_other_members(kind):
    """What is held out may be anything."""
    data, models = world()
    fold = held_out(data, models, [kind, "weighted"])[0]
    inside = np.isin(ENDS, conditions_of(fold)).any(0)
    anything = np.where(inside, np.random.default_rng(1).normal(size=data.shape), data)
    changed = held_out(anything, models, [kind, "weighted"], dealt=data)[0]
    np.testing.assert_array_equal(changed.predicted, fold.predicted)
    [own] = [list(group) for group in groups_of(fold, -1) if 0 in group]
    anything = data.copy()
    anything[own] = np.random.default_rng(2).normal(size=anything[own].shape)
    changed = held_out(anything, models, [kind, "weighted"], dealt=data)[0]
    np.testing.assert_array_equal(changed.predicted[:, own], fold.predicted[:, own])
    others, test = np.setdiff1d(np.arange(MEMBERS), own), np.isin(ENDS, conditions_of(fold)).all(0)
    given = np.stack(list(models.values()))
    weights = fit(kind, data[others][..., ~inside].swapaxes(0, 1), given[:, ~inside], ENDS[:, ~inside])
    np.testing.assert_allclose(fold.predicted[len(MODELS), own[0]], weights @ given[:, test], rtol=1e-12)


def test_in_sample_a_mixture_is_too_good_and_held_out_it_is_not():
    """Where no model has anything to do with the data, 400 times: means within 3 standard errors of 0."""
    rng = np.random.default_rng(0)
    data, (_, models) = rng.normal(size=(1, 400, ENDS.shape[1])), world()
    folds = held_out(data, models, partitions=5)
    scores = bootstrap_scores(folds, draw(N, 1, 2), "corr").each[len(MODELS) :, 0]
    error = scores.std(1) / 400**0.5
    assert np.isfinite(scores).all()
    assert (np.abs(scores.mean(1)) < 3 * error).all()
    given = np.stack(list(models.values()))
    weights = fit("weighted", data[0][:, None], given, ENDS)
    in_sample = [np.corrcoef(*both)[0, 1] for both in zip(weights @ given, data[0], strict=True)]
    assert np.mean(in_sample) > 10 * np.std(in_sample) / 400**0.5


def test_models_that_move_are_mixed_time_by_time():
    """One that stands still, written out at every time, and one that grows with the data."""
    data, models = world()
    still = {name: h.expand_dims(time=np.arange(float(TIMES))) for name, h in models.items()}
    for fold, other in zip(held_out(data, models), held_out(data, models | {"a": still["a"]}), strict=True):
        np.testing.assert_allclose(other.predicted, np.broadcast_to(fold.predicted, other.predicted.shape), rtol=1e-9)
    truth = models["a"] + xr.DataArray(np.arange(TIMES), dims="time") * models["b"]
    moving = models | {"b": (truth - models["a"]).transpose("time", "pair")}
    settings = Settings(mixtures={"w": ("weighted", ["a", "b"])})
    exact = trajectory(np.broadcast_to(truth.transpose("time", "pair").values, (2, TIMES, ENDS.shape[1])))
    weights = weights_of(exact, moving, settings).isel(mixture=0, time=slice(1, None))
    np.testing.assert_allclose(weights.sel(term=["a", "b"]), 0.5**0.5, rtol=1e-9)


def test_weights_of_models_that_say_the_same_are_doubted_and_their_mixture_is_not():
    data, models = world()
    copy = models | {"copy": 3 * models["a"]}
    settings = {"resamples": 0, "correction": "none", "partitions": 2}
    found = nu.rsa(trajectory(data), copy, weighted=list(copy), selected=["a", "copy"], **settings)
    [doubt] = [doubt for doubt in found.attrs["doubts"] if "their single weights" in doubt]
    assert doubt.startswith("'a', 'copy' predict the same, so their single weights in the mixture 'weighted'")
    alone = nu.rsa(trajectory(data), models, weighted=list(models), **settings)
    assert not any("their single weights" in doubt for doubt in alone.attrs["doubts"])
    same = [each.similarity.sel(model="weighted").values for each in (found, alone)]
    np.testing.assert_allclose(*same, rtol=1e-8)


def test_the_true_mixture_beats_its_parts():
    data, models = world(times=5)
    found = nu.rsa(trajectory(data), models, weighted=MODELS, resamples=0, correction="none").similarity.mean("time")
    assert found.sel(model="weighted") > found.sel(model=MODELS).max()


@pytest.mark.slow
def test_mixtures_of_what_says_nothing_are_rarely_certain():
    """300 studies of 8 subjects, 14 conditions, who share a geometry that no model knows: p < .05 in 5 % or fewer."""
    wrong = np.zeros(len(KINDS))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        models, shared = rng.normal(size=(len(MODELS), N, 4)), rng.normal(size=(1, 100, N, 6))
        rdms, data = (
            ((patterns[..., ENDS[0], :] - patterns[..., ENDS[1], :]) ** 2).sum(-1)
            for patterns in (models, shared + rng.normal(size=(8, 100, N, 6)))
        )
        named = {name: xr.DataArray(h, dims="pair", coords=LABELS) for name, h in zip(MODELS, rdms, strict=True)}
        kinds = {kind: {kind: MODELS} for kind in KINDS}
        found = nu.rsa(trajectory(data), named, **kinds, partitions=4, resamples=50, correction="none", seed=seed)
        wrong += (found.similarity_p.sel(model=list(KINDS)) < 0.05).sum("time").values
    assert (wrong <= 22).all()  # of 300: 5 % and two standard errors
