"""Inner products of RDMs as vectors are those that comparators take, pairs missing or not."""

import numpy as np
import pytest
from rsatoolbox.util.matrix import get_v

from neurouniv.rdm.comparators import comparator_of
from neurouniv.schema import pair_indices
from neurouniv.similarity.vectors import VectorSpace, alike
from neurouniv.universality.scores.geometry import compare_frames

OF_VECTORS = ("corr", "cosine", "corr_cov", "cosine_cov")


@pytest.mark.parametrize("n", [3, 4, 9, 30])
@pytest.mark.parametrize("comparator", OF_VECTORS)
def test_their_cosine_is_the_comparator(comparator, n):
    rng = np.random.default_rng(n)
    ends = np.stack(pair_indices(n))
    keep = np.sort(rng.choice(ends.shape[1], size=max(3, ends.shape[1] - n // 4), replace=False))
    x, y = rng.gamma(2.0, size=(2, 6, len(keep)))
    definition = comparator_of(comparator)
    first, second = (VectorSpace(ends[:, keep], definition)(frames) for frames in (x, y))
    cosine = np.diagonal(first.times(second)) / np.sqrt(first.square * second.square)
    np.testing.assert_allclose(cosine, compare_frames(x, y, ends[:, keep], definition), rtol=1e-11, atol=1e-12)


def test_whitened_products_are_those_of_the_inverse_covariance_of_pairs():
    """Up to one factor, 4, for all: V as rsatoolbox makes it, a matrix of pairs by pairs."""
    rng = np.random.default_rng(0)
    ends = np.stack(pair_indices(8))
    for keep in (np.arange(28), np.sort(rng.choice(28, 20, replace=False))):
        x = rng.gamma(2.0, size=(5, len(keep)))
        v = get_v(8, None).toarray()[np.ix_(keep, keep)]
        products = VectorSpace(ends[:, keep], comparator_of("cosine_cov"))(x)
        expected = x @ np.linalg.solve(v, x.T)
        factor = products.square[0] / expected[0, 0]
        np.testing.assert_allclose(products.times(products), factor * expected, rtol=1e-11)


def test_a_constant_rdm_has_no_length_about_its_mean():
    ends = np.stack(pair_indices(5))
    assert VectorSpace(ends, comparator_of("corr"))(np.full((1, 10), 0.1)).square.item() == 0


def test_rows_are_grouped_by_the_pairs_they_have():
    rng = np.random.default_rng(0)
    there = rng.random((4, 11))[rng.integers(0, 4, size=50)] > 0.5
    groups = list(alike(there))
    assert sorted(np.concatenate([rows for rows, _ in groups])) == list(range(50))
    for rows, pairs in groups:
        expected = np.isin(np.arange(11), pairs)
        assert (there[rows] == expected).all()
    assert len({tuple(pairs) for _, pairs in groups}) == len(groups)
