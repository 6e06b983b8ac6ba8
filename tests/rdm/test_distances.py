"""Distances against their definition, scipy and known geometry."""

from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from neurouniv.rdm.distances import (
    crossnobis,
    crossnobis_variance,
    difference_products,
    jackknife_variance,
    sqeuclidean,
)
from neurouniv.schema import InputError, pair_indices


def by_definition(folds, precision):
    """Mean over ordered pairs of different folds, with the loops that the definition has; one frame."""
    i, j = pair_indices(folds.shape[1])
    d = folds[:, i] - folds[:, j]
    there = ~np.isnan(d).any(-1)
    result = np.full(len(i), np.nan)
    for pair in range(len(i)):
        used = np.flatnonzero(there[:, pair])
        products = [d[m, pair] @ precision @ d[n, pair] for m, n in permutations(used, 2)]
        result[pair] = np.mean(products) if products else np.nan
    return result


def jackknife(folds, precision):
    left_out = np.stack([by_definition(np.delete(folds, i, 0), precision) for i in range(len(folds))])
    return (len(folds) - 1) / len(folds) * ((left_out - left_out.mean(0)) ** 2).sum(0)


def random_precision(rng, channels):
    root = rng.normal(size=(channels, 2 * channels))
    return root @ root.T / channels


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_sqeuclidean_is_pdist_whatever_the_common_offset(offset):
    x = np.random.default_rng(0).normal(size=(3, 2, 7, 5)) + offset
    expected = np.stack([pdist(frame, "sqeuclidean") for frame in x.reshape(6, 7, 5)]).reshape(3, 2, 21)
    np.testing.assert_allclose(sqeuclidean(x), expected, rtol=1e-12)


def test_a_square_has_sides_one_and_diagonals_two():
    assert sqeuclidean(np.array([[0.0, 0], [0, 1], [1, 1], [1, 0]])).tolist() == [1, 2, 1, 1, 2, 1]


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_never_negative_and_zero_for_equal_patterns(seed):
    x = np.random.default_rng(seed).normal(size=(6, 40)).astype(np.float32)
    x = np.concatenate([x, x + np.float32(1e-7)])
    assert sqeuclidean(x).min() >= 0
    assert sqeuclidean(np.ones((4, 3)) * 7.3).max() == 0


@pytest.mark.parametrize("seed", range(3))
def test_rotation_leaves_and_gain_squares_distances(seed):
    rng = np.random.default_rng(seed)
    folds = rng.normal(size=(4, 6, 5))
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    for metric in (sqeuclidean, crossnobis):
        np.testing.assert_allclose(metric(folds @ rotation), metric(folds), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(metric(3 * folds), 9 * metric(folds), rtol=1e-9, atol=1e-12)


def test_difference_products_by_definition():
    a, b = np.random.default_rng(1).normal(size=(2, 4, 5, 3))
    i, j = pair_indices(5)
    np.testing.assert_allclose(
        difference_products(a, b), ((a[:, i] - a[:, j]) * (b[:, i] - b[:, j])).sum(-1), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("offset", [0.0, 1e5])
@pytest.mark.parametrize("seed", range(3))
def test_crossnobis_and_its_variance_by_definition(seed, offset):
    rng = np.random.default_rng(seed)
    folds, precision = rng.normal(size=(2, 5, 4, 3)) + offset, random_precision(rng, 3)
    expected = np.stack([by_definition(frame, precision) for frame in folds])
    np.testing.assert_allclose(crossnobis(folds, precision), expected, rtol=1e-9, atol=1e-10)
    expected = np.stack([jackknife(frame, precision) for frame in folds])
    np.testing.assert_allclose(jackknife_variance(folds, precision), expected, rtol=1e-9)


def test_folds_that_lack_conditions_count_for_the_pairs_they_have():
    rng = np.random.default_rng(4)
    folds = rng.normal(size=(3, 5, 4, 3))
    folds[0, 4] = np.nan  # a fold that is not there
    folds[1, 0, 2] = np.nan  # a condition that one fold lacks
    folds[2, :, 1] = np.nan  # a condition that is nowhere
    expected = np.stack([by_definition(frame, np.eye(3)) for frame in folds])
    assert np.isnan(expected).sum() == 3
    np.testing.assert_allclose(crossnobis(folds), expected, rtol=1e-10)
    np.testing.assert_allclose(crossnobis(folds[:1]), expected[:1], rtol=1e-10)
    np.testing.assert_allclose(jackknife_variance(folds[:1]), [jackknife(folds[0, :4], np.eye(3))], rtol=1e-9)
    assert np.isnan(crossnobis_variance(folds)[2]).sum() == 3


def test_with_equal_folds_crossnobis_is_the_plain_distance():
    x = np.random.default_rng(5).normal(size=(6, 4))
    folds = np.stack([x] * 3)
    np.testing.assert_allclose(crossnobis(folds), pdist(x, "sqeuclidean"), rtol=1e-12)
    np.testing.assert_allclose(crossnobis_variance(folds), 0, atol=1e-25)


def test_crossnobis_of_pure_noise_is_zero_on_average_and_the_plain_distance_is_not():
    noise = np.random.default_rng(6).normal(size=(2000, 4, 3, 10))
    estimate = crossnobis(noise)
    error = estimate.std(0) / np.sqrt(2000)
    assert (abs(estimate.mean(0)) < 4 * error).all()
    np.testing.assert_allclose(sqeuclidean(noise.mean(1)).mean(0), 2 * 10 / 4, rtol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("folds", [3, 4, 8])
def test_jackknife_variance_is_calibrated_for_large_distances_and_conservative_by_a_known_factor_for_none(folds):
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(40_000, folds, 2, 6))
    signal = np.zeros((2, 6))
    signal[1] = 30.0
    for patterns, factor in ((signal, 1.0), (0 * signal, 2 * (folds - 1) / (folds - 2))):
        estimate, variance = crossnobis(patterns + noise), jackknife_variance(patterns + noise)
        assert variance.mean() / estimate.var() == pytest.approx(factor, rel=0.04)


@pytest.mark.parametrize("folds", [3, 4, 8])
@pytest.mark.parametrize(("size", "most"), [(0.0, 1.6), (1.0, 1.12), (30.0, 1.12)])
def test_variance_is_calibrated_on_average_over_pairs(folds, size, most):
    """Against the variance over 1500 repetitions, for noise that differs between channels."""
    rng = np.random.default_rng(9)
    patterns = size * rng.normal(size=(8, 6))
    made = patterns + rng.normal(size=(1500, folds, 8, 6)) * np.linspace(0.5, 2, 6)
    estimate, variance = crossnobis(made), crossnobis_variance(made)
    assert (variance > 0).all()
    assert 0.88 < variance.mean() / estimate.var(0).mean() < most


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_torch_tensors_give_the_same_numbers(dtype):
    folds = np.random.default_rng(8).normal(size=(2, 4, 5, 3))
    folds[0, 0, 0] = np.nan
    precision = np.diag([1.0, 2.0, 3.0])
    tensor, scale = torch.tensor(folds, dtype=dtype), torch.tensor(precision, dtype=dtype)
    rtol = 1e-12 if dtype == torch.float64 else 1e-4
    for ours in (lambda x, p: crossnobis(x, p), lambda x, p: crossnobis_variance(x, p), lambda x, p: sqeuclidean(x)):
        made = ours(tensor, scale)
        assert made.dtype == dtype
        np.testing.assert_allclose(made.numpy(), ours(folds, precision), rtol=rtol, atol=rtol)


def test_too_few_folds_are_told():
    with pytest.raises(InputError, match="at least 2 folds"):
        crossnobis(np.zeros((1, 3, 2)))
    with pytest.raises(InputError, match="at least 3 folds"):
        crossnobis_variance(np.zeros((2, 3, 2)))
