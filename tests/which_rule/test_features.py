"""What rules are told by does not depend on units, on members or on the order of laws; noise counts as noise."""

import numpy as np
import pytest

from neurouniv.which_rule import features as of
from neurouniv.which_rule.features import CERTAIN, WORST


def features(*totals):
    """Misfit of all laws, then nats of all laws."""
    return np.concatenate(of.features(*totals), axis=-1)


@pytest.fixture
def totals():
    rng = np.random.default_rng(0)
    errors = rng.uniform(1, 3, size=(5, 4, 6))
    return errors, 0.5 * errors.min(-1), 50 + 0 * errors[..., 0], 100 + 0 * errors[..., 0]


def test_the_unit_of_distances_does_not_matter(totals):
    errors, noise, squares, count = totals
    assert features(7 * errors, 7 * noise, 7 * squares, count) == pytest.approx(features(*totals), rel=1e-12)


def test_laws_are_treated_alike(totals):
    errors, *rest = totals
    order = np.random.default_rng(1).permutation(6)
    assert features(errors[..., order], *rest) == pytest.approx(features(*totals)[:, np.r_[order, 6 + order]])


def test_without_noise_errors_are_misfit_alone(totals):
    errors, noise, squares, count = totals
    assert not features(errors, 0 * noise, squares, count)[:, 6:].any()


def test_members_of_one_rule_share_a_misfit_and_add_their_nats(totals):
    single = features(*(total[:1, :1] for total in totals))
    repeated = features(*(np.repeat(total[:1, :1], 3, axis=1) for total in totals))
    assert repeated[:, :6] == pytest.approx(single[:, :6])
    assert repeated[:, 6:] == pytest.approx(np.minimum(3 * single[:, 6:], CERTAIN))


def test_pure_noise_is_the_likelihood_with_its_variance_fitted():
    """log L of n Gaussian errors whose variance is fitted is -n/2 log of their sum of squares, and a constant."""
    errors = np.array([[[10.0, 10.2]]])
    found = features(errors, np.array([[10.0]]), np.array([[99.0]]), np.array([[200.0]]))
    assert found[0, 3] == pytest.approx(100 * np.log(1.02))


def test_what_is_hopelessly_wrong_counts_no_more_than_what_is_wrong():
    found = features(np.array([[[1.0, 1e9]]]), np.ones((1, 1)), np.full((1, 1), 1e9), np.full((1, 1), 1e4))
    assert found[0].tolist() == [0, WORST, 0, CERTAIN]


def test_a_law_that_predicts_nothing_is_as_wrong_as_can_be():
    found = features(np.array([[[1.0, np.inf]]]), np.zeros((1, 1)), np.full((1, 1), 9.0), np.full((1, 1), 1e4))
    assert found[0].tolist() == [0, WORST, 0, 0]
