"""Similarities of RDMs have no unit: they are the same whatever the size of distances, as they are and resampled."""

import numpy as np
import pytest

from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.rdm.comparators.own_unit import in_own_unit
from neurouniv.rdm.comparators.table import similarity_table
from neurouniv.schema import pair_indices
from neurouniv.universality.scores.member_ceiling import ceiling_of_members

ENDS = np.stack(pair_indices(5))
FRAMES = np.random.default_rng(0).uniform(0.5, 2, size=(3, 10))
SIZES = [2.0**-1000, 2.0**-530, 2.0**515, 2.0**960]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", COMPARATORS)
def test_similarities_do_not_see_the_unit(name, size):
    comparator = COMPARATORS[name]
    known = similarity_table(FRAMES, FRAMES[::-1], ENDS, comparator)
    np.testing.assert_allclose(similarity_table(size * FRAMES, FRAMES[::-1], ENDS, comparator), known, rtol=1e-12)
    ceiling = ceiling_of_members(FRAMES, ENDS, comparator)
    np.testing.assert_allclose(ceiling_of_members(size * FRAMES, ENDS, comparator), ceiling, rtol=1e-12)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["corr", "cosine", "corr_cov", "cosine_cov"])
def test_resampled_similarities_do_not_see_the_unit(name, size):
    kernel = COMPARATORS[name].kernel(np.array([[1.0, 1, 1, 1, 1], [2, 0, 1, 1, 1]]), ENDS)
    np.testing.assert_allclose(kernel(size * FRAMES, FRAMES[::-1]), kernel(FRAMES, FRAMES[::-1]), rtol=1e-9)


def test_counts_are_compared_as_numbers():
    kernel = COMPARATORS["cosine"].kernel(np.ones((1, 5)), ENDS)
    whole = np.round(10 * FRAMES)
    np.testing.assert_array_equal(kernel(whole.astype(int), whole.astype(int)), kernel(whole, whole))


def test_ordinary_frames_stay_what_they_are():
    assert in_own_unit(FRAMES) is FRAMES
