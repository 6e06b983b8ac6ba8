"""Counts and ranks of many weighted pairs, by blocks, are those of pairs written out one by one."""

import numpy as np
import pytest
from scipy import stats

from neurouniv.rdm.comparators import COMPARATORS, ranks
from neurouniv.rdm.comparators.kendall import discordance, discordant
from neurouniv.rdm.comparators.sorted_frames import Sorted, Workspace, doubled_ranks, weighed
from neurouniv.schema import pair_indices

RANKED = [name for name, comparator in COMPARATORS.items() if comparator.ranked]
SIZES = (3, 16, 29, 130, 256)
"""Less than a block, blocks that are just full, and blocks that are not."""


def world(size, seed=0, ties=False):
    rng = np.random.default_rng(seed)
    x, y = rng.gamma(2.0, size=(2, size))
    weights = rng.integers(0, 4, (size, 6)).astype(float)
    return weights, *((np.round(2 * x), np.round(2 * y)) if ties else (x, y))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_twice_the_rank_counts_what_is_below_and_with_a_pair(size, ties):
    weights, x, _ = world(size, ties=ties)
    below, same = x[None, :] < x[:, None], x[None, :] == x[:, None]
    found = doubled_ranks(weighed(weights), Sorted(x), Workspace())
    np.testing.assert_array_equal(found, 2 * below @ weights + same @ weights)


@pytest.mark.parametrize("size", SIZES)
def test_discordant_pairs_are_those_that_a_double_loop_finds(size):
    weights, x, y = world(size)
    unlike = (x[:, None] < x[None]) & (y[:, None] > y[None])
    order = np.argsort(x)
    rows = discordance(order, np.argsort(np.argsort(y[order])))
    found = discordant(weighed(weights).columns, rows, Workspace())
    np.testing.assert_array_equal(found, np.einsum("pr,pq,qr->r", weights, unlike, weights))


@pytest.mark.parametrize("most", [3, 40])
@pytest.mark.parametrize("ties", [False, True])
def test_a_weight_is_a_pair_so_many_times(ties, most):
    """Also of so many pairs that sums are not exact in single precision."""
    ends = np.stack(pair_indices(8))
    _, x, y = world(ends.shape[1], seed=1, ties=ties)
    counts = np.random.default_rng(2).integers(0, most, (4, 8)).astype(float)
    times = (counts[:, ends[0]] * counts[:, ends[1]]).astype(int)
    many = [(np.repeat(x, one), np.repeat(y, one)) for one in times]
    spearman = [stats.spearmanr(*both).statistic for both in many]
    np.testing.assert_allclose(
        COMPARATORS["spearman"].kernel(counts, ends)(x[None], y[None])[:, 0], spearman, rtol=1e-13
    )
    if most > 3:
        assert COMPARATORS["tau-a"].kernel(counts, ends).blocks[0].columns.dtype == float
        return
    signs = [np.sign(a[:, None] - a) * np.sign(b[:, None] - b) for a, b in many]
    tau = [sign.sum() / (len(sign) * (len(sign) - 1)) for sign in signs]
    np.testing.assert_allclose(COMPARATORS["tau-a"].kernel(counts, ends)(x[None], y[None])[:, 0], tau, rtol=1e-13)


@pytest.mark.parametrize("comparator", RANKED)
def test_blocks_of_resamples_change_nothing(comparator, monkeypatch):
    ends = np.stack(pair_indices(10))
    rng = np.random.default_rng(0)
    counts = rng.multinomial(10, np.full(10, 0.1), size=9).astype(float)
    x, y = rng.gamma(2.0, size=(1, 3, 45)), rng.gamma(2.0, size=(2, 1, 45))
    whole = COMPARATORS[comparator].kernel(counts, ends)(x, y)
    monkeypatch.setattr(ranks, "AT_ONCE", 1)
    monkeypatch.setattr(ranks, "LEAST", 2)
    assert whole.shape == (9, 2, 3)
    np.testing.assert_allclose(COMPARATORS[comparator].kernel(counts, ends)(x, y), whole, rtol=1e-14)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("comparator", RANKED)
def test_few_pairs_compared_two_by_two_are_all_pairs_sorted(comparator, ties, monkeypatch):
    ends = np.stack(pair_indices(12))
    rng = np.random.default_rng(0)
    counts = np.stack([rng.permutation([3.0, 2, 1, 1, *[rng.integers(0, 2)] * 2, *[0] * 6]) for _ in range(20)])
    draw = (lambda shape: rng.integers(0, 3, shape).astype(float)) if ties else (lambda shape: rng.gamma(2, size=shape))
    x, y = draw((1, 3, 66)), draw((2, 1, 66))
    few = COMPARATORS[comparator].kernel(counts, ends)
    assert not len(few.rows)
    assert len(few.few) == 2
    monkeypatch.setattr(ranks, "FEW", 0)
    many = COMPARATORS[comparator].kernel(counts, ends)
    assert not many.few
    np.testing.assert_allclose(few(x, y), many(x, y), rtol=1e-13, atol=1e-15)
