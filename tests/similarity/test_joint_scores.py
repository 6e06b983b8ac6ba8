"""Scores of all models together, resampled: they are each resample's, and their errors cover."""

from functools import partial as with_settings

import numpy as np
import pytest

from neurouniv.schema import pair_indices
from neurouniv.similarity import joint_scores as module
from neurouniv.similarity.joint_scores import joint_scores
from neurouniv.similarity.partial import partial, similarities
from neurouniv.similarity.variance_partition import unique
from neurouniv.universality.inference.bootstrap import Fold, bootstrap_scores, draw
from neurouniv.universality.inference.p_values import infer
from neurouniv.universality.inference.resampled_similarity import Resampled

N, SUBJECTS, TIMES = 9, 4, 5
ENDS = np.stack(pair_indices(N))


def fold(seed=0, subjects=SUBJECTS, times=TIMES, moving=False):
    rng = np.random.default_rng(seed)
    data = rng.gamma(2.0, size=(subjects, times, ENDS.shape[1]))
    return Fold(data, rng.gamma(2.0, size=(3, 1, times if moving else 1, ENDS.shape[1])), ENDS)


@pytest.mark.parametrize("moving", [False, True])
def test_stretches_of_times_change_nothing_and_means_are_over_the_subjects_drawn(moving, monkeypatch):
    given, drawn = fold(moving=moving), draw(N, SUBJECTS, 20)
    given.observed[1, 2, :4] = np.nan
    whole = joint_scores(partial, given, drawn)
    monkeypatch.setattr(module, "AT_ONCE", 1)
    for array, other in zip(whole, joint_scores(partial, given, drawn), strict=True):
        np.testing.assert_allclose(other, array, rtol=1e-10, atol=1e-13)
    counts = np.concatenate([np.ones((1, N)), drawn.conditions])
    each = partial(*similarities(Resampled(counts, ENDS, "corr"), given.observed, given.predicted))
    np.testing.assert_allclose(whole.each, each[0])
    np.testing.assert_allclose(whole.both, np.einsum("rs,rkst->rkt", drawn.subjects, each[1:]) / SUBJECTS)


def test_the_own_similarities_are_those_of_the_bootstrap_of_single_models():
    given, drawn = fold(), draw(N, SUBJECTS, 20)
    whole = given._replace(predicted=np.repeat(given.predicted, TIMES, 2))
    for ours, theirs in zip(
        joint_scores(lambda _, own: own, given, drawn, "spearman"),
        bootstrap_scores([whole], drawn, "spearman"),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)


@pytest.mark.slow
def test_a_model_that_adds_nothing_is_rarely_said_to_add_something():
    """200 studies of 10 subjects, 16 conditions; the first model resembles the second, of which the data are made."""
    n, subjects = 16, 10
    ends, wrong, power = np.stack(pair_indices(n)), 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        points = rng.normal(size=(3, n, 8))
        points[0] += points[1]
        models = ((points[:, ends[0]] - points[:, ends[1]]) ** 2).sum(-1)
        noise = rng.normal(size=(subjects, n, 8))
        data = models[1] + 2 * ((noise[:, ends[0]] - noise[:, ends[1]]) ** 2).sum(-1)
        drawn = draw(n, subjects, 100, seed)
        scores = joint_scores(with_settings(partial), Fold(data[:, None], models[:, None, None], ends), drawn)
        p = infer(scores, drawn).p[:, 0]
        wrong, power = wrong + (p[0] < 0.05), power + (p[1] < 0.05)
    assert wrong <= 18  # of 200: 5 % and two standard errors
    assert power > 150


def test_unique_parts_have_scores_too():
    scores = joint_scores(unique, fold(), draw(N, SUBJECTS, 10), "corr_cov")
    assert (scores.both > -1e-12).all()
    assert scores.both.shape == (10, 3, TIMES)
