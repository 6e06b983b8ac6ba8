"""Similarities in resamples of conditions are rsatoolbox's, resample by resample."""

import numpy as np
import pytest
from rsatoolbox.rdm import RDMs
from rsatoolbox.rdm import compare as rsatoolbox_compare

from neurouniv import InputError
from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.schema import pair_indices
from neurouniv.universality.inference.resampled_similarity import Resampled, resampled_similarity

PRODUCTS = ("corr", "cosine", "corr_cov", "cosine_cov")


def world(n=9, seed=0, frames=(3,), ties=False):
    rng = np.random.default_rng(seed)
    make = (
        (lambda shape: rng.integers(1, 6, shape).astype(float)) if ties else (lambda shape: rng.gamma(2.0, size=shape))
    )
    ends = np.stack(pair_indices(n))
    draws = rng.integers(0, n, (12, n))
    counts = np.stack([np.bincount(draw, minlength=n) for draw in draws]).astype(float)
    return draws, counts, ends, make((*frames, ends.shape[1])), make((*frames, ends.shape[1]))


def by_rsatoolbox(draws, a, b, comparator):
    """As `eval_bootstrap_pattern` does: subsample the conditions of both, compare what is left."""
    some = [RDMs(x[None]).subsample_pattern("index", draws) for x in (a, b)]
    return rsatoolbox_compare(*some, method=comparator).item()


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("comparator", COMPARATORS)
def test_every_resample_is_what_rsatoolbox_says(comparator, ties):
    draws, counts, ends, a, b = world(ties=ties)
    expected = [[by_rsatoolbox(draw, x, y, comparator) for x, y in zip(a, b, strict=True)] for draw in draws]
    found = resampled_similarity(counts, ends, a, b, comparator)
    np.testing.assert_allclose(found, expected, rtol=5e-14, atol=5e-15)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_pairs_that_were_not_observed_are_left_out(comparator):
    draws, counts, ends, a, b = world()
    rng = np.random.default_rng(1)
    a[rng.random(a.shape) < 0.15] = np.nan
    gaps = np.where(np.isnan(a), np.nan, b)
    expected = [[by_rsatoolbox(draw, x, y, comparator) for x, y in zip(a, gaps, strict=True)] for draw in draws]
    np.testing.assert_allclose(resampled_similarity(counts, ends, a, b, comparator), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_frames_broadcast(comparator):
    _, counts, ends, a, b = world(frames=(2, 3))
    a, b = a[None], b[:, :1][:, :, None]  # (1, subject, time), (law, 1, 1)
    found = resampled_similarity(counts, ends, a, b, comparator)
    assert found.shape == (12, 2, 2, 3)
    one = resampled_similarity(counts, ends, a[0, 1, 2][None], b[1, 0, 0][None], comparator)
    np.testing.assert_allclose(found[:, 1, 1, 2], one[:, 0], rtol=1e-12)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_what_has_no_similarity_is_nan(comparator):
    _, counts, ends, a, b = world()
    counts[0] = 0
    counts[0, :2] = 5  # one pair
    nothing = 0.0 if comparator.startswith("cosine") else 0.3
    b[1], b[2, 0] = nothing, np.inf
    found = resampled_similarity(counts, ends, a, b, comparator)
    assert np.isnan(found[0]).all()
    assert np.isnan(found[:, 1:]).all()
    assert np.isfinite(found[1:, 0]).all()


@pytest.mark.parametrize("comparator", PRODUCTS)
def test_torch_gives_the_same_numbers(comparator):
    torch = pytest.importorskip("torch")
    _, counts, ends, a, b = world()
    for gaps in (False, True):
        a[0, 3] = np.nan if gaps else 1.0
        given = [torch.as_tensor(array) for array in (counts, a, b)]
        found = resampled_similarity(given[0], ends, *given[1:], comparator)
        np.testing.assert_allclose(found, resampled_similarity(counts, ends, a, b, comparator), rtol=1e-12)
    with pytest.raises(InputError, match="on the CPU"):
        resampled_similarity(given[0], ends, given[1][1:], given[2][1:], "tau-a")


@pytest.mark.parametrize("comparator", PRODUCTS)
def test_resamples_of_few_of_many_conditions_are_what_their_conditions_alone_are(comparator):
    """These have sparse weights, and some of them a condition drawn by half of the resample, or very few."""
    _, _, ends, a, b = world(n=30)
    rng = np.random.default_rng(3)
    counts = np.zeros((40, 30))
    for row in counts:
        row[rng.choice(30, rng.integers(3, 8), replace=False)] = 1
        row *= rng.integers(1, 4, 30)
    counts[0, np.flatnonzero(counts[0])[:1]] = counts[0].sum() + 1
    found = resampled_similarity(counts, ends, a, b, comparator)
    for row, one in zip(counts, found, strict=True):
        kept = np.flatnonzero(row)
        inside = np.isin(ends, kept).all(0)
        few = [np.searchsorted(kept, ends[:, inside]), a[:, inside], b[:, inside]]
        np.testing.assert_allclose(one, resampled_similarity(row[None, kept], *few, comparator)[0], rtol=1e-11)


@pytest.mark.parametrize("comparator", ["corr", "corr_cov"])
def test_what_is_not_kept_is_worked_out_again(comparator, monkeypatch):
    _, counts, ends, a, b = world()
    expected = resampled_similarity(counts, ends, a, b, comparator)
    monkeypatch.setattr("neurouniv.rdm.comparators.inner_products.KEPT", 0)
    monkeypatch.setattr("neurouniv.rdm.comparators.inner_products.AT_ONCE", 5)
    again = Resampled(counts, ends, comparator)
    for _ in range(2):
        np.testing.assert_allclose(again(a, b), expected, rtol=1e-12)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_a_condition_drawn_by_half_the_resample_has_a_whitening_too(comparator):
    """n = 6 with counts 4, 1, 1 makes a diagonal entry of the closed form vanish."""
    _, _, ends, a, b = world(n=6)
    counts = np.array([[4.0, 1, 1, 0, 0, 0]])
    expected = [
        by_rsatoolbox(np.repeat(np.arange(6), [4, 1, 1, 0, 0, 0]), x, y, comparator) for x, y in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(resampled_similarity(counts, ends, a, b, comparator)[0], expected, rtol=1e-12)
