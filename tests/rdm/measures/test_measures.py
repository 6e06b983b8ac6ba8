"""Measures of dissimilarity against their definition, scipy and known geometry."""

from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from neurouniv.rdm.measures import (
    MEASURES,
    correlation,
    cosine,
    crossnobis,
    crossnobis_of_precisions,
    crossnobis_variance,
    crossnobis_with_variance,
    difference_products,
    jackknife_variance,
    mahalanobis,
    pairs,
    poisson,
    poisson_cv,
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
def test_sqeuclidean_is_pdist_whatever_the_offset_of_every_channel(offset):
    x = np.random.default_rng(0).normal(size=(3, 2, 7, 5)) + offset * np.linspace(-1, 1, 5)
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


@pytest.mark.parametrize("offset", [0.0, 1e5])
def test_folds_that_lack_conditions_count_for_the_pairs_they_have(offset):
    rng = np.random.default_rng(4)
    folds = rng.normal(size=(3, 5, 4, 3)) + offset
    folds[0, 4] = np.nan  # a fold that is not there
    folds[1, 0, 2] = np.nan  # a condition that one fold lacks
    folds[2, :, 1] = np.nan  # a condition that is nowhere
    expected = np.stack([by_definition(frame, np.eye(3)) for frame in folds])
    assert np.isnan(expected).sum() == 3
    np.testing.assert_allclose(crossnobis(folds), expected, rtol=1e-9)
    np.testing.assert_allclose(crossnobis(folds[:1]), expected[:1], rtol=1e-9)
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


def of_any(name, rng, batch=(3,), folds=4, conditions=5, channels=6):
    shape = (*batch, folds, conditions, channels) if MEASURES[name].crossvalidated else (*batch, conditions, channels)
    return rng.gamma(2.0, size=shape)


@pytest.mark.parametrize("name", MEASURES)
def test_conditions_in_another_order_give_the_same_distances_in_another_order(name):
    rng = np.random.default_rng(10)
    x, order = of_any(name, rng), rng.permutation(5)
    i, j = pair_indices(5)
    square = np.zeros((3, 5, 5))
    square[:, i, j] = square[:, j, i] = MEASURES[name].distances(x)
    made = MEASURES[name].distances(x[..., order, :])
    np.testing.assert_allclose(made, square[:, order][:, :, order][:, i, j], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("kind", ["float32", "torch", "blocks", "integers"])
def test_frames_are_independent_whatever_the_kind_of_array_and_the_blocks(name, kind, monkeypatch):
    x = of_any(name, np.random.default_rng(11), batch=(2, 7))
    x = np.round(4 * x).astype(int) if kind == "integers" else x
    expected = np.stack([[MEASURES[name].distances(frame.astype(float)) for frame in row] for row in x])
    if kind == "blocks":
        monkeypatch.setattr(pairs, "BLOCK", 3 * x[0, 0].nbytes)
    given = {"float32": x.astype(np.float32), "torch": torch.tensor(x)}.get(kind, x)
    made = MEASURES[name].distances(given)
    assert made.dtype == (torch.float64 if kind == "torch" else np.float32 if kind == "float32" else np.float64)
    tolerance = 1e-5 if kind == "float32" else 1e-12
    np.testing.assert_allclose(np.asarray(made), expected, rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("name", ["mahalanobis", "crossnobis"])
def test_every_frame_can_have_a_precision_of_its_own(name):
    rng = np.random.default_rng(12)
    x = of_any(name, rng, batch=(2, 3))
    precision = np.stack([random_precision(rng, 6) for _ in range(3)])
    expected = np.stack([[MEASURES[name].distances(x[i, j], precision[j]) for j in range(3)] for i in range(2)])
    np.testing.assert_allclose(MEASURES[name].distances(x, precision), expected, rtol=1e-10)


def test_mahalanobis_by_definition():
    rng = np.random.default_rng(13)
    x, precision = rng.normal(size=(4, 7, 5)), random_precision(rng, 5)
    expected = [pdist(frame, "mahalanobis", VI=precision) ** 2 for frame in x]
    np.testing.assert_allclose(mahalanobis(x, precision), expected, rtol=1e-10)


def test_correlation_and_cosine_are_those_of_scipy_and_lie_between_0_and_2():
    x = np.random.default_rng(14).normal(size=(4, 7, 5))
    for ours, theirs in ((correlation, "correlation"), (cosine, "cosine")):
        np.testing.assert_allclose(ours(x), [pdist(frame, theirs) for frame in x], rtol=1e-10)
        both_ways = ours(np.concatenate([x, -x], axis=-2))
        assert both_ways.min() >= 0
        assert both_ways.max() <= 2 + 1e-12


def test_gain_and_for_correlation_offset_do_not_change_directions():
    x = np.random.default_rng(15).normal(size=(7, 5))
    gains = np.arange(1, 8)[:, None]
    np.testing.assert_allclose(cosine(gains * x), cosine(x), rtol=1e-10)
    np.testing.assert_allclose(correlation(gains * x + 3 * gains), correlation(x), rtol=1e-10)


def test_patterns_without_direction_have_no_distance():
    x = np.random.default_rng(16).normal(size=(4, 5))
    x[0], x[1] = 7.3, 0.0
    first, second = pair_indices(4)
    assert (np.isnan(correlation(x)) == (np.minimum(first, second) < 2)).all()
    assert (np.isnan(cosine(x)) == ((first == 1) | (second == 1))).all()


@pytest.mark.parametrize("seed", range(3))
def test_poisson_is_the_symmetrised_divergence_of_two_poisson_distributions(seed):
    """Summed over counts: sum_k (p_a(k) - p_b(k)) (log p_a(k) - log p_b(k))."""
    from scipy.stats import poisson as distribution

    rates = np.random.default_rng(seed).gamma(2.0, 2.0, size=(3, 2)) + 0.1
    counts = np.arange(200)[:, None, None]
    logs = distribution.logpmf(counts, rates)
    i, j = pair_indices(3)
    change = np.exp(logs[:, i]) - np.exp(logs[:, j])
    expected = (change * (logs[:, i] - logs[:, j])).sum((0, -1))
    np.testing.assert_allclose(poisson(rates, prior_weight=0.0), expected, rtol=1e-9)
    np.testing.assert_allclose(poisson_cv(np.stack([rates] * 3), prior_weight=0.0), expected, rtol=1e-9)


def poisson_by_definition(folds, prior_lambda, prior_weight):
    rates = (folds + prior_lambda * prior_weight) / (1 + prior_weight)
    i, j = pair_indices(folds.shape[1])
    d, logs = rates[:, i] - rates[:, j], np.log(rates[:, i]) - np.log(rates[:, j])
    there = ~np.isnan(d).any(-1)
    result = np.full(len(i), np.nan)
    for pair in range(len(i)):
        products = [d[m, pair] @ logs[n, pair] for m, n in permutations(np.flatnonzero(there[:, pair]), 2)]
        result[pair] = np.mean(products) if products else np.nan
    return result


@pytest.mark.parametrize("missing", [False, True])
def test_crossvalidated_poisson_by_definition(missing):
    folds = np.random.default_rng(17).poisson(3.0, size=(4, 5, 6)).astype(float)
    if missing:
        folds[0, 2] = folds[1, 3] = folds[:3, 4] = np.nan
    expected = poisson_by_definition(folds, 2.0, 0.3)
    np.testing.assert_allclose(poisson_cv(folds, 2.0, 0.3), expected, rtol=1e-10)


def test_crossvalidated_poisson_of_equal_rates_is_zero_on_average_and_the_plain_one_is_not():
    counts = np.random.default_rng(18).poisson(4.0, size=(3000, 3, 2, 5)).astype(float)
    made = poisson_cv(counts)[:, 0]
    assert abs(made.mean()) < 4 * made.std() / np.sqrt(3000)
    assert poisson(counts.mean(1)).mean() > 1


def test_equal_numbers_of_trials_weigh_nothing():
    rng = np.random.default_rng(19)
    folds, precision = rng.gamma(2.0, size=(2, 4, 5, 3)), random_precision(rng, 3)
    for weighting in ("training", "trials"):
        weights = np.full((4, 5), 3)
        made = crossnobis(folds, precision, weights, weighting)
        np.testing.assert_allclose(made, crossnobis(folds, precision), rtol=1e-10)
        np.testing.assert_allclose(
            poisson_cv(folds, weights=weights, weighting=weighting), poisson_cv(folds), rtol=1e-9
        )


def test_a_shift_of_a_fold_does_not_count_unless_folds_are_weighted_by_their_trials():
    rng = np.random.default_rng(20)
    folds, weights = rng.normal(size=(4, 5, 3)), rng.integers(1, 4, size=(4, 5))
    shifted = folds + 10 * rng.normal(size=(4, 1, 3))
    np.testing.assert_allclose(crossnobis(shifted), crossnobis(folds), rtol=1e-9, atol=1e-12)
    assert abs(crossnobis(shifted, None, weights) - crossnobis(folds, None, weights)).max() > 1


@pytest.mark.parametrize("missing", [False, True])
def test_one_precision_for_all_folds_is_the_same_as_one_for_each(missing):
    rng = np.random.default_rng(21)
    folds, precision = rng.normal(size=(2, 4, 5, 3)), random_precision(rng, 3)
    if missing:
        folds[0, 0, 0] = folds[:, 1:, 2] = np.nan
    made = crossnobis_of_precisions(folds, np.stack([precision] * 4))
    np.testing.assert_allclose(made, crossnobis(folds, precision), rtol=1e-9)


@pytest.mark.parametrize("missing", [False, True])
def test_distances_and_variance_at_once_are_those_one_by_one(missing):
    folds = np.random.default_rng(22).normal(size=(3, 4, 5, 6))
    if missing:
        folds[1, 0, 2] = np.nan
    h, h_var = crossnobis_with_variance(folds)
    np.testing.assert_allclose(h, crossnobis(folds), rtol=1e-12)
    np.testing.assert_allclose(h_var, [crossnobis_variance(frame) for frame in folds], rtol=1e-10)


def test_variance_of_whole_folds_is_that_of_folds_of_which_one_is_not_there():
    """The sum over pairs in closed form, against the pairs one by one."""
    folds = np.random.default_rng(23).normal(size=(4, 6, 5)) + np.arange(6)[:, None]
    more = np.concatenate([folds, np.full((1, 6, 5), np.nan)])
    np.testing.assert_allclose(crossnobis_variance(folds), crossnobis_variance(more), rtol=1e-9)


def test_what_cannot_be_measured_is_told():
    with pytest.raises(InputError, match="takes no precision"):
        MEASURES["correlation"].distances(np.zeros((3, 2)), np.eye(2))
    with pytest.raises(InputError, match="1 of 6 values are"):
        MEASURES["poisson"].check(np.array([[1.0, 2, 3], [0, -1, 2]]))
    with pytest.raises(InputError, match="the largest is 1e-10"):
        MEASURES["poisson"].check(np.array([[0.0, 1e-10], [0.0, 1e-11]]))
    MEASURES["poisson"].check(np.array([[1e-11, 1e-10], [1e-11, 1.0]]))
    for patterns, weight in ((np.array([[1.0], [-0.5]]), 0.1), (np.array([[1.0], [0.0]]), 0.0)):
        with pytest.raises(InputError, match="rates or counts"):
            poisson(patterns, prior_weight=weight)
    with pytest.raises(InputError, match="weighting is one of"):
        crossnobis(np.zeros((2, 3, 2)), None, np.ones((2, 3)), "equal")
    with pytest.raises(InputError, match="got 2 for 3 folds"):
        crossnobis_of_precisions(np.zeros((3, 3, 2)), np.stack([np.eye(2)] * 2))


def test_what_all_patterns_share_counts_only_where_single_trials_are_weighted():
    rng = np.random.default_rng(24)
    folds, weights = rng.normal(size=(4, 5, 3)), rng.integers(1, 4, size=(4, 5))
    moved = folds + 10.0
    np.testing.assert_allclose(
        crossnobis(moved, None, weights), crossnobis(folds, None, weights), rtol=1e-9, atol=1e-12
    )
    changed = crossnobis(moved, None, weights, "trials") - crossnobis(folds, None, weights, "trials")
    assert abs(changed).max() > 0.5
