"""Entries out of order, and tau by their count, are what a double loop and scipy find."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from neurouniv.rdm.comparators import inversions as module
from neurouniv.rdm.comparators import signs as signs_module
from neurouniv.rdm.comparators.inversions import inversions, tau
from neurouniv.rdm.comparators.sorted_frames import levels

SIZES = (1, 3, 64, 128, 129, 190, 1100)
"""All compared at once, blocks that are just full, and blocks that are not."""


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_inversions_are_those_that_a_double_loop_finds(size, ties):
    rng = np.random.default_rng(size)
    rows = [rng.integers(0, max(1, size // 5), size) if ties else rng.permutation(size) for _ in range(4)]
    rows += [np.arange(size), np.arange(size)[::-1]]
    expected = [np.triu(row[:, None] > row, 1).sum() for row in rows]
    np.testing.assert_array_equal(inversions(np.stack(rows)), expected)


def test_more_blocks_than_a_byte_counts():
    """80000 entries, and more places than a small integer has: against sorting by halves."""
    row = np.random.default_rng(0).permutation(80_000)

    def by_halves(some):
        if len(some) < 2:
            return 0
        left, right = np.sort(some[: len(some) // 2]), some[len(some) // 2 :]
        return (
            int((len(left) - np.searchsorted(left, right)).sum()) + by_halves(some[: len(some) // 2]) + by_halves(right)
        )

    assert inversions(row[None]).item() == by_halves(row)


@pytest.mark.parametrize("by_signs", [False, True])
@pytest.mark.parametrize("ties", ["none", "predicted", "both"])
@pytest.mark.parametrize("size", [3, 28, 190, 496])
def test_tau_b_is_scipy_s_and_tau_a_has_all_pairs_below(size, ties, by_signs, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 3 * size)
    monkeypatch.setattr(module, "signs_are_faster", lambda *_: by_signs)
    monkeypatch.setattr(signs_module, "AT_ONCE", 50 * size)
    monkeypatch.setattr(signs_module, "FRAMES", 2)
    rng = np.random.default_rng(size)
    x, y = rng.normal(size=(2, 3, size)), rng.normal(size=(2, 4, size))
    x, y = np.round(x) if ties == "both" else x, y if ties == "none" else np.round(2 * y)
    x[..., :2], y[..., :2] = [7, 8], [7, 8]
    found = {name: tau(levels(x), levels(y), name) for name in (False, True)}
    for many, i, j in np.ndindex(found[True].shape):
        a, b = x[many, i], y[many, j]
        signs = np.sign(a[:, None] - a) * np.sign(b[:, None] - b)
        assert found[True][many, i, j] == pytest.approx(kendalltau(a, b).statistic, rel=1e-12, abs=1e-14)
        assert found[False][many, i, j] == pytest.approx(signs.sum() / (size * (size - 1)), rel=1e-12, abs=1e-14)
