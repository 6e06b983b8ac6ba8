"""Whiteners of distances: by conditions as by pairs, transposes, and pairs that stay out."""

import numpy as np
import pytest

from neurouniv.fitting import misfit
from neurouniv.fitting.noise import pair_covariance, whitener
from neurouniv.fitting.whiteners import ByConditions, ByFrames, ByMatrix, ByPair, BySystems, whole

TIMES = 5


def drawn(n, dimensions=8):
    """The ends of all pairs in any order and sense, distances, the noise line and errors (1, time, pair)."""
    rng = np.random.default_rng(n)
    ends = rng.permuted(np.stack(np.triu_indices(n, 1)), axis=0)[:, rng.permutation(n * (n - 1) // 2)]
    patterns = rng.normal(size=(1, TIMES, n, dimensions))
    h = ((patterns[..., ends[0], :] - patterns[..., ends[1], :]) ** 2).sum(-1)
    a, b = rng.uniform(0.1, 2, (1, TIMES)), rng.uniform(0, 2, (1, TIMES))
    return ends, h, a, b, rng.normal(size=h.shape)


@pytest.mark.parametrize("dimensions", [2, 8], ids=["few dimensions", "many"])
@pytest.mark.parametrize("n", [3, 4, 9])
def test_whitening_by_conditions_is_whitening_by_pairs(n, dimensions):
    ends, h, a, b, error = drawn(n, dimensions)
    made = ByConditions.of(a, b, h, ends)
    white = made.white(np.swapaxes(error, 1, 2))
    covariance = pair_covariance(a, b, h, ends)
    squares = np.einsum("stp,stpq,stq->st", error, np.linalg.inv(covariance), error)
    np.testing.assert_allclose((white**2).sum(1), squares, rtol=1e-10)
    np.testing.assert_allclose(made.log_determinant, np.linalg.slogdet(covariance)[1], atol=1e-10)
    assert whole(ends)
    assert not whole(ends[:, 1:])


@pytest.mark.parametrize("n", [4, 9])
def test_errors_whitened_there_and_back_are_times_the_inverse_covariance(n):
    ends, h, a, b, error = drawn(n)
    covariance = pair_covariance(a, b, h, ends)
    expected = np.einsum("stpq,stq->spt", np.linalg.inv(covariance), error)
    matrices = whitener(covariance, np.ones(h.shape, bool))
    for made in (ByConditions.of(a, b, h, ends), ByMatrix(list(matrices)), framewise(ends, h, a, b)):
        np.testing.assert_allclose(made.back(made.white(np.swapaxes(error, 1, 2))), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("n", [3, 8])
def test_the_largest_eigenvalue_is_that_of_the_covariance_of_pairs(n):
    ends, h, a, b, _ = drawn(n)
    largest = np.linalg.eigvalsh(pair_covariance(a, b, h, ends))[..., -1]
    np.testing.assert_allclose(ByConditions.of(a, b, h, ends).largest, largest, rtol=1e-3)


def test_pairs_of_other_conditions_stay_out():
    ends, h, a, b, error = drawn(6)
    among = (ends != 2).all(0)
    own = np.unique(ends[:, among], return_inverse=True)[1].reshape(2, -1)
    part = ByConditions.of(a, b, h[..., among], own, among)
    alone = ByConditions.of(a, b, h[..., among], own)
    error = np.swapaxes(error, 1, 2)
    white = part.white(error)
    np.testing.assert_array_equal(white[:, among], alone.white(error[:, among]))
    assert not white[:, ~among].any()
    assert not part.back(white)[:, ~among].any()


def framewise(ends, h, a, b):
    """The first frame by matrices, the others by conditions."""
    first, rest = np.array([0]), np.arange(1, TIMES)
    matrices = whitener(pair_covariance(a[:, first], b[:, first], h[:, first], ends), np.ones(h.shape[-1], bool))
    return ByFrames(
        [(first, ByMatrix(list(matrices))), (rest, ByConditions.of(a[:, rest], b[:, rest], h[:, rest], ends))]
    )


def systemwise(ends, h, a, b):
    """The second system by pairs, the other by conditions."""
    return BySystems(
        [
            (np.array([0]), ByConditions.of(a[:1], b[:1], h[:1], ends)),
            (np.array([1]), ByPair(np.swapaxes(1 / h[1:], 1, 2))),
        ]
    )


@pytest.mark.parametrize("kind", [ByPair, ByMatrix, ByConditions, ByFrames, BySystems])
def test_systems_and_frames_are_taken(kind):
    ends, h, a, b, error = drawn(4)
    h, a, b, error = (np.concatenate([one, 2 * one]) for one in (h, a, b, error))
    by = {
        ByPair: lambda: ByPair(np.swapaxes(1 / h, 1, 2)),
        ByMatrix: lambda: ByMatrix(list(whitener(pair_covariance(a, b, h, ends), np.ones(h.shape, bool)))),
        ByConditions: lambda: ByConditions.of(a, b, h, ends),
        ByFrames: lambda: framewise(ends, h, a, b),
        BySystems: lambda: systemwise(ends, h, a, b),
    }
    made, error = by[kind](), np.swapaxes(error, 1, 2)
    systems, times = np.array([1, 0, 1]), np.array([0, 3])
    kept = error[systems][..., times]
    found = made.taken(systems).seldom(times).white(np.stack([kept, 3 * kept]))
    np.testing.assert_allclose(found[1], 3 * made.white(error)[systems][..., times], rtol=1e-10)


def test_many_pairs_of_systems_that_miss_other_frames_are_whitened_as_those_of_each_alone(monkeypatch):
    monkeypatch.setattr(misfit, "MOST_PAIRS", 5)
    ends, h, _, _, _ = drawn(4)
    h = np.swapaxes(np.concatenate([h, 2 * h]), 1, 2)
    h[0, :, 1] = np.nan  # no distance in a frame
    h[1, ends[0] == 0, 2] = np.nan  # no distance of a condition in another
    variance = 0.01 + 0.1 * h
    error = np.where(np.isfinite(h), h - 1, 0.0)
    together = misfit._known_noise(variance, ends, h, h).white(error)
    for s in range(2):
        alone = misfit._known_noise(variance[[s]], ends, h[[s]], h[[s]])
        np.testing.assert_allclose(together[[s]], alone.white(error[[s]]), rtol=1e-9)
