"""The same numbers as rsatoolbox where it is right; where it is not, those of loops from the definition."""

import warnings
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rsatoolbox.data import Dataset, TemporalDataset
from rsatoolbox.data.noise import cov_from_measurements, cov_from_residuals, prec_from_residuals
from rsatoolbox.rdm import calc_rdm, calc_rdm_movie, calc_rdm_unbalanced

from neurouniv.rdm.measures import (
    correlation,
    crossnobis,
    crossnobis_of_precisions,
    mahalanobis,
    poisson,
    poisson_cv,
    sqeuclidean,
)
from neurouniv.rdm.noise.shrinkage import moments, shrunk_covariance
from neurouniv.schema import pair_indices

SAME = {"rtol": 1e-10, "atol": 1e-12}
EVERY = settings(max_examples=25, deadline=None, derandomize=True)


@st.composite
def designs(draw, least=1, most=3, by_fold=True):
    """Trials of some conditions in some folds, their numbers of trials (fold, condition), and a precision."""
    folds, conditions, channels = (draw(st.integers(low, high)) for low, high in ((2, 5), (2, 6), (3, 8)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    counts = rng.integers(least, most + 1, size=(folds if by_fold else 1, conditions))
    counts = np.broadcast_to(counts, (folds, conditions))
    fold, condition = (np.repeat(index, counts.ravel()) for index in (i.ravel() for i in np.indices(counts.shape)))
    order = rng.permutation(len(fold))
    trials = rng.gamma(2.0, size=(len(fold), channels))
    root = rng.normal(size=(channels, 2 * channels))
    return trials[order], condition[order], fold[order], counts, root @ root.T / channels


def dataset(trials, condition, fold):
    return Dataset(trials, obs_descriptors={"condition": [f"c{i}" for i in condition], "fold": fold})


def theirs(function, trials, condition, fold, method, **settings):
    """Their dissimilarities times the number of channels, by which they divide; but correlation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they cast NaN to integers
        made = function(dataset(trials, condition, fold), method=method, descriptor="condition", **settings)
        made.sort_by(condition="alpha")  # the unbalanced ones come in order of appearance
    return made.dissimilarities[0] * (1 if method == "correlation" else trials.shape[1])


def means(trials, condition, fold, counts):
    averages = np.full((*counts.shape, trials.shape[1]), np.nan)
    for cell in zip(*np.nonzero(counts), strict=True):
        averages[cell] = trials[(fold == cell[0]) & (condition == cell[1])].mean(0)
    return averages


@EVERY
@given(designs())
def test_measures_of_means_over_trials(design):
    trials, condition, fold, counts, precision = design
    patterns = np.stack([trials[condition == i].mean(0) for i in range(counts.shape[1])])
    made = {
        "euclidean": (sqeuclidean(patterns), {}),
        "correlation": (correlation(patterns), {}),
        "mahalanobis": (mahalanobis(patterns, precision), {"noise": precision}),
        "poisson": (poisson(patterns, 0.7, 0.2), {"prior_lambda": 0.7, "prior_weight": 0.2}),
    }
    for method, (values, options) in made.items():
        np.testing.assert_allclose(values, theirs(calc_rdm, trials, condition, fold, method, **options), **SAME)
    for method in ("euclidean", "mahalanobis"):
        expected = theirs(calc_rdm_unbalanced, trials, condition, fold, method, **made[method][1])
        np.testing.assert_allclose(made[method][0], expected, **SAME)


@EVERY
@given(designs(by_fold=False))
def test_crossnobis_where_folds_have_as_many_trials(design):
    trials, condition, fold, counts, precision = design
    expected = theirs(calc_rdm, trials, condition, fold, "crossnobis", noise=precision, cv_descriptor="fold")
    np.testing.assert_allclose(crossnobis(means(trials, condition, fold, counts), precision), expected, **SAME)


@EVERY
@given(designs())
def test_crossnobis_weighted_by_training_sets(design):
    trials, condition, fold, counts, precision = design
    expected = theirs(calc_rdm, trials, condition, fold, "crossnobis", noise=precision, cv_descriptor="fold")
    made = crossnobis(means(trials, condition, fold, counts), precision, counts)
    np.testing.assert_allclose(made, expected, **SAME)


@EVERY
@given(designs(least=0))
def test_crossnobis_weighted_by_trials_some_folds_without_some_conditions(design):
    trials, condition, fold, counts, precision = design
    assume(((counts > 0).sum(0) > 1).all())  # else they have no distance at all; see below
    made = crossnobis(means(trials, condition, fold, counts), precision, counts, "trials")
    expected = theirs(calc_rdm_unbalanced, trials, condition, fold, "crossnobis", noise=precision, cv_descriptor="fold")
    np.testing.assert_allclose(made, expected, **SAME)


@EVERY
@given(designs())
def test_crossnobis_with_a_precision_for_every_fold(design):
    trials, condition, fold, counts, precision = design
    precisions = [precision * (1 + i) + np.diag(np.arange(len(precision)) * i) for i in range(len(counts))]
    made = crossnobis_of_precisions(means(trials, condition, fold, counts), np.stack(precisions))
    expected = theirs(calc_rdm, trials, condition, fold, "crossnobis", noise=precisions, cv_descriptor="fold")
    np.testing.assert_allclose(made, expected, **SAME)


@pytest.mark.slow
@EVERY
@given(designs(least=0, most=1))
def test_crossvalidated_poisson_of_single_trials(design):
    trials, condition, fold, counts, _ = design
    assume(((counts > 0).sum(0) > 1).all())
    options = {"prior_lambda": 0.7, "prior_weight": 0.2}
    made = poisson_cv(means(trials, condition, fold, counts), **options, weights=counts, weighting="trials")
    expected = theirs(calc_rdm_unbalanced, trials, condition, fold, "poisson_cv", cv_descriptor="fold", **options)
    np.testing.assert_allclose(made, expected, **SAME)


@pytest.mark.parametrize("method", ["full", "diag", "shrinkage_eye", "shrinkage_diag"])
@EVERY
@given(design=designs(), lost=st.integers(0, 3))
def test_precision_from_residuals(method, design, lost):
    """Residuals of few samples have no inverse unless shrunk, so covariances are compared; precisions where shrunk."""
    rows = design[0] - design[0].mean(0)
    dof = max(1, len(rows) - 1 - lost)
    made = shrunk_covariance(moments(rows, dof), method)
    np.testing.assert_allclose(made, cov_from_residuals(rows, dof=dof, method=method), **SAME)
    if np.linalg.cond(made) < 1e4:
        np.testing.assert_allclose(np.linalg.inv(made), prec_from_residuals(rows, dof=dof, method=method), rtol=1e-8)


# Where rsatoolbox 0.3.2 is wrong.


def slow_poisson_cv(trials, condition, fold, prior_lambda=1.0, prior_weight=0.1):
    """The mean over test folds of (training rates) . (logarithm of test rates), loops from the definition."""
    folds, names = np.unique(fold), np.unique(condition)
    i, j = pair_indices(len(names))
    total = np.zeros((len(folds), len(i)))
    for number, test in enumerate(folds):
        for pair in range(len(i)):
            rates = {}
            for name in (i[pair], j[pair]):
                for part, chosen in (("train", fold != test), ("test", fold == test)):
                    mean = trials[chosen & (condition == name)].mean(0)
                    rates[part, name] = (mean + prior_lambda * prior_weight) / (1 + prior_weight)
            change = rates["train", i[pair]] - rates["train", j[pair]]
            logs = np.log(rates["test", i[pair]]) - np.log(rates["test", j[pair]])
            total[number, pair] = sum(change[k] * logs[k] for k in range(trials.shape[1]))
    return total


def movie_of_theirs(*arguments, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return calc_rdm_movie(*arguments, **settings)


def one_design(seed=0, folds=3, conditions=4, channels=5, repeats=2):
    rng = np.random.default_rng(seed)
    fold, condition, _ = (index.ravel() for index in np.indices((folds, conditions, repeats)))
    counts = np.full((folds, conditions), repeats)
    return rng.gamma(2.0, size=(len(fold), channels)), condition, fold, counts


def test_their_crossvalidated_poisson_is_the_last_fold_only():
    trials, condition, fold, counts = one_design()
    by_fold = slow_poisson_cv(trials, condition, fold)
    found = theirs(calc_rdm, trials, condition, fold, "poisson_cv", cv_descriptor="fold")
    np.testing.assert_allclose(found, by_fold[-1], **SAME)
    assert abs(found - by_fold.mean(0)).max() > 0.1
    np.testing.assert_allclose(poisson_cv(means(trials, condition, fold, counts)), by_fold.mean(0), **SAME)


def slow_crossnobis(folds, precision):
    i, j = pair_indices(folds.shape[1])
    d = folds[:, i] - folds[:, j]
    pairs = list(permutations(range(len(folds)), 2))
    return np.array([np.mean([d[m, p] @ precision @ d[n, p] for m, n in pairs]) for p in range(len(i))])


def test_their_movie_with_noise_for_every_time_uses_the_first_for_folds():
    frames, (trials, condition, fold, counts) = 4, one_design(1)
    rng = np.random.default_rng(1)
    trials = rng.normal(size=(*trials.shape, frames))
    precisions = [np.diag(rng.gamma(2.0, size=trials.shape[1])) for _ in range(frames)]
    descriptors = {"condition": [f"c{i}" for i in condition], "fold": fold}
    temporal = TemporalDataset(trials, obs_descriptors=descriptors, time_descriptors={"time": np.arange(frames)})
    found = (
        movie_of_theirs(
            temporal, "crossnobis", descriptor="condition", noise=np.stack(precisions), cv_descriptor="fold"
        ).dissimilarities
        * trials.shape[1]
    )
    folds = np.stack([means(trials[..., t], condition, fold, counts) for t in range(frames)])
    expected = np.stack([slow_crossnobis(folds[t], precisions[t]) for t in range(frames)])
    np.testing.assert_allclose(crossnobis(folds, np.stack(precisions)), expected, **SAME)
    assert abs(found - expected).max() > 0.1
    np.testing.assert_allclose(found, crossnobis_of_precisions(folds, np.stack(precisions[:3])), **SAME)


def test_their_list_of_data_sets_loses_the_folds():
    rng = np.random.default_rng(2)
    trials, condition, fold, counts = one_design(2)
    fold = rng.permutation(fold.reshape(3, 4, 2).swapaxes(1, 2).reshape(6, 4)).ravel()  # folds in no order
    condition = np.tile(np.arange(4), 6)
    descriptors = {"condition": [f"c{i}" for i in condition], "fold": fold}
    temporal = TemporalDataset(trials[..., None], obs_descriptors=descriptors, time_descriptors={"time": [0.0]})
    settings = {"method": "crossnobis", "descriptor": "condition", "cv_descriptor": "fold"}
    of_list = movie_of_theirs([temporal], **settings).dissimilarities[0] * trials.shape[1]
    alone = movie_of_theirs(temporal, **settings).dissimilarities[0] * trials.shape[1]
    expected = slow_crossnobis(means(trials, condition, fold, counts), np.eye(trials.shape[1]))
    np.testing.assert_allclose(crossnobis(means(trials, condition, fold, counts)), expected, **SAME)
    np.testing.assert_allclose(alone, expected, **SAME)
    assert abs(of_list - expected).max() > 0.1


@pytest.mark.slow
def test_their_covariance_of_measurements_halves_the_variance_of_two_repeats():
    rng = np.random.default_rng(3)
    condition = np.repeat(np.arange(2000), 2)
    trials = rng.normal(size=(4000, 2))
    found = cov_from_measurements(dataset(trials, condition, condition), "condition", method="full")
    np.testing.assert_allclose(np.diag(found), 0.5, atol=0.05)
    left = trials - np.repeat(trials.reshape(2000, 2, 2).mean(1), 2, axis=0)
    np.testing.assert_allclose(np.diag(shrunk_covariance(moments(left, 2000), "full")), 1, atol=0.05)


def test_their_list_of_degrees_of_freedom_gives_every_element_all_residuals():
    rows = np.random.default_rng(4).normal(size=(2, 9, 3))
    found = cov_from_residuals(list(rows), dof=[8, 7], method="full")
    assert np.shape(found) == (2, 2, 3, 3)  # not (2, 3, 3)
    for one, dof in zip(rows, (8, 7), strict=True):
        expected = sum(np.outer(row, row) for row in one - one.mean(0)) / dof
        np.testing.assert_allclose(shrunk_covariance(moments(one - one.mean(0), dof), "full"), expected, **SAME)


def test_their_unbalanced_correlation_with_a_missing_channel_is_not_that_of_the_others():
    trials = np.random.default_rng(5).normal(size=(3, 6))
    trials[0, 0] = np.nan
    found = theirs(calc_rdm_unbalanced, trials, np.arange(3), np.arange(3), "correlation")
    expected = 1 - np.corrcoef(trials[0, 1:], trials[1, 1:])[0, 1]
    assert abs(found[0] - expected) > 0.01
    np.testing.assert_allclose(correlation(trials[:, 1:])[0], expected, **SAME)


def test_their_unbalanced_distances_are_all_missing_where_one_condition_is_in_one_fold():
    trials, condition, fold, counts = one_design(7, repeats=1)
    kept = (condition > 0) | (fold == 0)
    counts = counts * ((np.arange(4) > 0) | (np.arange(3) == 0)[:, None])
    trials, condition, fold = trials[kept], condition[kept], fold[kept]
    assert np.isnan(theirs(calc_rdm_unbalanced, trials, condition, fold, "crossnobis", cv_descriptor="fold")).all()
    averages = means(trials, condition, fold, counts)
    expected = slow_crossnobis(averages[:, 1:], np.eye(trials.shape[1]))
    for options in ({}, {"weights": counts}, {"weights": counts, "weighting": "trials"}):
        made = crossnobis(averages, **options)
        assert np.isnan(made[:3]).all()
        np.testing.assert_allclose(made[3:], expected, **SAME)


def test_their_euclidean_loses_its_digits_to_a_common_offset():
    rng = np.random.default_rng(6)
    patterns = rng.integers(-8, 8, size=(4, 5)) / 8 + 2.0**24  # exact in double precision
    found = theirs(calc_rdm, patterns, np.arange(4), np.arange(4), "euclidean")
    differences = [patterns[m] - patterns[n] for m, n in zip(*pair_indices(4), strict=True)]
    expected = np.array([sum(value**2 for value in one) for one in differences])
    assert abs(found / expected - 1).max() > 1e-3
    np.testing.assert_allclose(sqeuclidean(patterns), expected, rtol=1e-10)
