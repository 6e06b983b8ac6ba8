"""Patterns that an RDM movie may have come from, moving as little as they can."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from neurouniv.theory import smallest_map

N = 6


def spd(rng, scale=0.3):
    root = np.eye(N) + scale * rng.normal(size=(N, N))
    return root @ root.T


@pytest.mark.parametrize("seed", range(3))
def test_patterns_have_the_rdms_and_move_least(seed):
    rng = np.random.default_rng(seed)
    gram = np.stack([spd(rng) for _ in range(5)])
    patterns = smallest_map.patterns_of(gram)
    np.testing.assert_allclose(patterns.mT @ patterns, gram, atol=1e-10)
    moves = ((patterns[1:] - patterns[:-1]) ** 2).sum((1, 2))
    roots = [sqrtm(part).real for part in gram]
    for move, before, after, root in zip(moves, gram[:-1], gram[1:], roots[:-1], strict=True):  # Bures' distance
        least = np.trace(before) + np.trace(after) - 2 * np.trace(sqrtm(root @ after @ root).real)
        np.testing.assert_allclose(move, least, rtol=1e-6)
    turn = np.linalg.qr(rng.normal(size=(N, N)))[0]
    assert ((turn @ patterns[1] - patterns[0]) ** 2).sum() > moves[0]


def test_patterns_that_stretch_are_found_up_to_one_rotation():
    rng = np.random.default_rng(4)
    movie = [rng.normal(size=(N, N))]
    for _ in range(8):
        movie.append(movie[-1] @ spd(rng, 0.1))
    movie = np.stack(movie)
    found = smallest_map.patterns_of(movie.mT @ movie)
    turn = movie[0] @ np.linalg.inv(found[0])
    np.testing.assert_allclose(turn @ turn.T, np.eye(N), atol=1e-8)
    np.testing.assert_allclose(turn @ found, movie, atol=1e-6)


def test_batches_are_followed_as_each_alone():
    rng = np.random.default_rng(5)
    gram = np.stack([[spd(rng) for _ in range(4)] for _ in range(3)])
    together = smallest_map.patterns_of(gram)
    for one, alone in zip(together, gram, strict=True):
        np.testing.assert_allclose(one, smallest_map.patterns_of(alone), atol=1e-10)


def test_few_rows_hold_the_same_movie():
    rng = np.random.default_rng(6)
    movie = rng.normal(size=(20, 3)) @ rng.normal(size=(2, 5, 3, N))
    small = smallest_map.compressed(movie)
    assert small.shape == (2, 5, 3, N)
    np.testing.assert_allclose(small.mT @ small, movie.mT @ movie, atol=1e-8)


def test_noise_alone_is_left_out_and_what_is_larger_stays():
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(200, 12, 12))
    noise = noise + noise.mT
    cut = smallest_map.positive(noise)
    assert np.linalg.matrix_rank(cut.gram).mean() < 1
    np.testing.assert_allclose(cut.negative.mean(), 0.5, atol=0.02)
    signal = np.diag([40.0] * 3 + [0.0] * 9)
    assert (np.linalg.matrix_rank(smallest_map.positive(signal + noise).gram) >= 3).all()
    whole = smallest_map.positive(signal @ signal)
    np.testing.assert_allclose(whole.gram, signal @ signal)
    assert float(whole.negative) == 0
