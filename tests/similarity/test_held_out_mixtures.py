"""Mixtures are scored on what they were not fitted to: in rsatoolbox's numbers, and near 0 where there is nothing."""

import numpy as np
import pytest
from rsatoolbox.inference import crossval
from rsatoolbox.model import ModelFixed, ModelInterpolate, ModelSelect, ModelWeighted
from rsatoolbox.model.fitter import fit_interpolate, fit_mock, fit_regress_nn, fit_select
from rsatoolbox.rdm import RDMs

from neurouniv import InputError
from neurouniv.schema import pair_indices
from neurouniv.similarity.held_out_mixtures import crossvalidated
from neurouniv.similarity.mixtures import KINDS, Mixture, fit
from neurouniv.universality.inference.bootstrap import bootstrap_scores, draw

N, K, MEMBERS, TIMES = 14, 3, 4, 3
ENDS = np.stack(pair_indices(N))
ALL = [Mixture(kind, range(K)) for kind in KINDS]


def world(seed=0, members=MEMBERS, times=TIMES):
    """Data (member, time, pair), mixes of models (k, 1, pair) and noise."""
    rng = np.random.default_rng(seed)
    models = rng.gamma(2.0, size=(K, 1, ENDS.shape[1]))
    weights = rng.gamma(2.0, size=(times, K))
    return np.einsum("tk,kp->tp", weights, models[:, 0]) + 3 * rng.normal(size=(members, times, ENDS.shape[1])), models


def scores(folds):
    """Of everything (model or mixture, member, time)."""
    return bootstrap_scores(folds, draw(N, len(folds[0].observed), 2), "corr").each


def conditions_of(fold):
    return np.unique(fold.ends)


def groups_of(fold):
    """The members that the last mixture, a weighted one, predicts alike: those of one group."""
    return [np.flatnonzero((fold.predicted[-1] == row).all((1, 2))) for row in fold.predicted[-1]]


@pytest.mark.parametrize("comparator", ["corr", "cosine", "corr_cov"])
def test_scores_of_the_same_folds_are_rsatoolboxs(comparator):
    """Fixed models, and all three mixtures: folds of conditions by two groups of members."""
    data, models = world(times=1)
    folds = crossvalidated(ALL, data, models, ENDS, comparator, folds=2, partitions=2, groups=2)
    rdms = RDMs(data[:, 0], pattern_descriptors={"c": np.arange(N)}, rdm_descriptors={"m": np.arange(MEMBERS)})
    train, test = [], []
    for fold in folds:
        inside = conditions_of(fold)
        outside = np.setdiff1d(np.arange(N), inside)
        for group in {tuple(group) for group in groups_of(fold)}:
            others = np.setdiff1d(np.arange(MEMBERS), group)
            train.append([rdms.subset("m", others).subset_pattern("c", outside), outside])
            test.append([rdms.subset("m", group).subset_pattern("c", inside), inside])
    given = RDMs(models[:, 0], pattern_descriptors={"c": np.arange(N)})
    theirs = [ModelFixed(str(i), given[i]) for i in range(K)]
    theirs += [ModelWeighted("w", given), ModelSelect("s", given), ModelInterpolate("i", given)]
    fitters = [*[fit_mock] * K, fit_regress_nn, fit_select, fit_interpolate]
    expected = crossval(
        theirs, rdms, train, test, method=comparator, fitter=fitters, pattern_descriptor="c", calc_noise_ceil=False
    )
    found = bootstrap_scores(folds, draw(N, MEMBERS, 2), comparator).each[:, :, 0].mean(1)
    expected = expected.evaluations[0].mean(1)
    np.testing.assert_allclose(found[:-1], expected[:-1], rtol=1e-8)
    np.testing.assert_allclose(found[-1], expected[-1], atol=1e-4)  # rsatoolbox's optimiser stops there


@pytest.mark.parametrize("kind", KINDS)
def test_a_fold_has_the_weights_of_other_conditions_and_other_members(kind):
    """What is held out may be anything."""
    data, models = world()
    mixture = [Mixture(kind, range(K)), Mixture("weighted", range(K))]
    fold = crossvalidated(mixture, data, models, ENDS, partitions=1)[0]
    inside = np.isin(ENDS, conditions_of(fold)).any(0)
    anything = np.where(inside, np.random.default_rng(1).normal(size=data.shape), data)
    changed = crossvalidated(mixture, anything, models, ENDS, partitions=1)[0]
    np.testing.assert_array_equal(changed.predicted, fold.predicted)
    [own] = {tuple(group) for group in groups_of(fold) if 0 in group}
    anything = data.copy()
    anything[list(own)] = np.random.default_rng(2).normal(size=anything[list(own)].shape)
    changed = crossvalidated(mixture, anything, models, ENDS, partitions=1)[0]
    np.testing.assert_array_equal(changed.predicted[:, list(own)], fold.predicted[:, list(own)])
    others = np.setdiff1d(np.arange(MEMBERS), own)
    outside = ~inside
    weights = fit(kind, data[others][..., outside].swapaxes(0, 1), models[:, 0][:, outside], ENDS[:, outside])
    test = np.isin(ENDS, conditions_of(fold)).all(0)
    np.testing.assert_allclose(fold.predicted[-2, own[0]], weights @ models[:, 0][:, test], rtol=1e-12)


def test_every_pair_inside_a_fold_is_there_once_and_classes_stay_together():
    data, models = world()
    units = np.arange(N) // 2
    for of, folds in ((None, 3), (units, 2)):
        parts = crossvalidated(ALL, data, models, ENDS, folds=folds, partitions=4, units=of)
        assert len(parts) == 4 * folds
        for start in range(0, len(parts), folds):
            some = [conditions_of(part) for part in parts[start : start + folds]]
            assert sorted(np.concatenate(some)) == list(range(N))
            assert all(
                part.ends.shape[1] == len(own) * (len(own) - 1) // 2
                for part, own in zip(parts[start:], some, strict=False)
            )
            if of is not None:
                assert all(not set(units[own]) & set(units[np.setdiff1d(np.arange(N), own)]) for own in some)


def test_in_sample_a_mixture_is_too_good_and_held_out_it_is_not():
    """Where no model has anything to do with the data, 400 times: means within 3 standard errors of 0."""
    rng = np.random.default_rng(0)
    data, models = rng.normal(size=(1, 400, ENDS.shape[1])), rng.gamma(2.0, size=(K, 1, ENDS.shape[1]))
    held_out = scores(crossvalidated(ALL, data, models, ENDS, partitions=5))[K:, 0]
    error = held_out.std(1) / 400**0.5
    assert np.isfinite(held_out).all()
    assert (np.abs(held_out.mean(1)) < 3 * error).all()
    weights = fit("weighted", data[0][:, None], models[:, 0], ENDS)
    in_sample = [np.corrcoef(*both)[0, 1] for both in zip(weights @ models[:, 0], data[0], strict=True)]
    assert np.mean(in_sample) > 10 * np.std(in_sample) / 400**0.5


def test_the_true_mixture_beats_its_parts():
    data, models = world(times=5)
    found = scores(crossvalidated(ALL, data, models, ENDS)).mean((1, 2))
    assert found[K] > found[:K].max()


def test_models_may_move_and_lack_pairs():
    data, models = world()
    parts = crossvalidated(ALL, data, models, ENDS)
    for part, other in zip(parts, crossvalidated(ALL, data, np.repeat(models, TIMES, 1), ENDS), strict=True):
        np.testing.assert_allclose(other.predicted, part.predicted, rtol=1e-10)
    here = np.arange(5, ENDS.shape[1])
    lacking = models.copy()
    lacking[1, 0, :5] = np.nan
    expected = crossvalidated(ALL, data[..., here], models[..., here], ENDS[:, here])
    for part, other in zip(crossvalidated(ALL, data, lacking, ENDS), expected, strict=True):
        np.testing.assert_array_equal(part.predicted, other.predicted)
        np.testing.assert_array_equal(part.ends, other.ends)


def test_stretches_of_times_have_the_same_partitions_and_one_member_has_no_groups():
    data, models = world(members=1)
    whole = crossvalidated(ALL, data, models, ENDS, seed=3)
    for part, some in zip(whole, crossvalidated(ALL, data[:, 1:], models, ENDS, seed=3), strict=True):
        assert part.predicted.shape[1] == 1
        np.testing.assert_allclose(some.predicted, part.predicted[:, :, 1:], rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"folds": 5}, "none of 10 partitions of 14 conditions has them. Use folds=2"),
        ({"folds": 1}, "folds >= 2"),
        ({"partitions": 0}, "partitions >= 1"),
        ({"groups": 5}, "number of members, 4; got 5"),
    ],
)
def test_folds_that_cannot_be_are_refused(given, message):
    data, models = world()
    with pytest.raises(InputError, match=message):
        crossvalidated(ALL, data, models, ENDS, **given)
    few = (ENDS < 5).all(0)
    with pytest.raises(InputError, match=r"of 5 conditions has them\. Use more conditions"):
        crossvalidated(ALL, data[..., few], models[..., few], ENDS[:, few])
