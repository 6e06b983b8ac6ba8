"""Tables of all frames with all are what resamples of everything once, rsatoolbox and written-out permutations are."""

import numpy as np
import pytest
from rsatoolbox.rdm import compare

from neurouniv.rdm.comparators import COMPARATORS, table
from neurouniv.rdm.comparators.table import permuted_table, similarities, similarity_table
from neurouniv.schema import pair_indices

KINDS = ("whole", "ties", "some", "ragged", "half")


def frames(kind, n=9, observed=7, predicted=3, seed=0):
    """Observed, predicted and ends; pairs missing in none, in the same, in different ones, of half of them."""
    rng, ends = np.random.default_rng(seed), np.stack(pair_indices(n))
    x, y = (rng.gamma(2.0, size=(count, ends.shape[1])) for count in (observed, predicted))
    if kind == "ties":
        x, y = np.round(x), np.round(2 * y)
    if kind == "some":
        x[:, [0, 5, 9]] = np.nan
    if kind == "ragged":
        x[rng.random(x.shape) < 0.15] = np.nan
    if kind == "half":
        x[2:4, ends[1] > n // 2] = np.nan
    return x, y, ends


def one_by_one(x, y, ends, comparator):
    """Each with each by the kernel of resamples, everything drawn once."""
    found = np.full((len(x), len(y)), np.nan)
    for i, j in np.ndindex(found.shape):
        there = np.isfinite(x[i])
        kernel = comparator.kernel(np.ones((1, ends.max() + 1)), ends[:, there])
        found[i, j] = kernel(x[i : i + 1, there], y[j : j + 1, there])[0, 0]
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COMPARATORS)
def test_a_table_is_each_with_each(name, kind):
    x, y, ends = frames(kind)
    found = similarity_table(x, y, ends, COMPARATORS[name])
    np.testing.assert_allclose(found, one_by_one(x, y, ends, COMPARATORS[name]), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("n", [3, 4, 12, 40])
@pytest.mark.parametrize("name", COMPARATORS)
def test_a_table_is_rsatoolbox_s(name, n):
    x, y, ends = frames("ties" if n == 12 else "whole", n)
    np.testing.assert_allclose(
        similarity_table(x, y, ends, COMPARATORS[name]), compare(x, y, method=name), rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize("name", COMPARATORS)
def test_many_tables_are_tables_one_by_one_whatever_is_missing(name):
    tables = [frames(kind, seed=seed) for seed, kind in enumerate(KINDS)]
    x, y = (np.stack(side) for side in list(zip(*tables, strict=True))[:2])
    ends = tables[0][2]
    found = similarities(x, y, ends, COMPARATORS[name])
    for one, a, b in zip(found, x, y, strict=True):
        np.testing.assert_allclose(one, similarity_table(a, b, ends, COMPARATORS[name]), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", COMPARATORS)
def test_what_has_no_similarity_is_nan_and_the_rest_is_untouched(name):
    x, y, ends = frames("whole")
    expected, nothing = similarity_table(x, y, ends, COMPARATORS[name]), 0.3 if COMPARATORS[name].centred else 0.0
    x[1], y[2], x[3, 2:] = nothing, nothing, np.nan
    y[0, 4], x[4, 4], y[1, 3] = np.inf, np.nan, np.nan
    found = similarity_table(x, y, ends, COMPARATORS[name])
    expected[[1, 3]] = expected[:, [1, 2]] = np.nan
    expected[[0, 2, 5, 6], 0] = np.nan
    expected[4, 0] = one_by_one(x[4:5], y[:1], ends, COMPARATORS[name]).item()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    assert np.isnan(similarity_table(x[:, :1], y[:, :1], ends[:, :1], COMPARATORS[name])).all()
    assert similarity_table(x[:0], y, ends, COMPARATORS[name]).shape == (0, 3)


@pytest.mark.parametrize("kind", [*KINDS, "predicted", "without"])
@pytest.mark.parametrize("name", COMPARATORS)
def test_a_permuted_table_is_the_table_of_permuted_frames(name, kind, monkeypatch):
    x, y, ends = frames(kind)
    if kind == "predicted":
        y[1, 4] = np.nan
    if kind == "without":  # some pairs that nobody has
        x, y, ends = x[:, 3:], y[:, 3:], ends[:, 3:]
    monkeypatch.setattr(table, "AT_ONCE", 4 * y.size)
    orders = np.random.default_rng(1).permuted(np.tile(np.arange(9), (10, 1)), axis=1)
    orders[0] = np.arange(9)
    found = permuted_table(x, y, ends, COMPARATORS[name], orders)
    for order, one in zip(orders, found, strict=True):
        square = np.full((len(y), 9, 9), np.nan)
        square[:, ends[0], ends[1]] = square[:, ends[1], ends[0]] = y
        shuffled = square[:, order[ends[0]], order[ends[1]]]
        expected = similarity_table(x, shuffled, ends, COMPARATORS[name])
        np.testing.assert_allclose(one, expected, rtol=1e-12, atol=1e-13)
    assert np.isfinite(found[0]).any()


def test_two_conditions_are_too_few_to_permute():
    two = np.array([[1.0]])
    assert np.isnan(permuted_table(two, two, np.array([[0], [1]]), COMPARATORS["cosine"], np.array([[1, 0]]))).all()


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("name", COMPARATORS)
def test_frames_are_left_as_they_were(name, count):
    x, y, ends = frames("whole", observed=count, predicted=count)
    given = x.copy(), y.copy()
    similarity_table(x, y, ends, COMPARATORS[name])
    permuted_table(x, y, ends, COMPARATORS[name], np.arange(9)[None])
    similarities(x[:, None], y[:, None], ends, COMPARATORS[name])
    np.testing.assert_array_equal(x, given[0])
    np.testing.assert_array_equal(y, given[1])
