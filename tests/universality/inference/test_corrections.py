"""Sign flips agree with MNE's and with enumeration; Holm's correction with its definition."""

import itertools

import numpy as np
import pytest

from neurouniv import InputError
from neurouniv.universality.inference.corrections import cluster_p, holm, max_flip_p, sign_flips


def bumps(subjects=8, times=40, seed=0, size=1.0):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(subjects, times + 4))
    smooth = sum(noise[:, i : times + i] for i in range(5)) / 5
    return smooth + size * np.exp(-((np.arange(times) - 20) ** 2) / 18) * rng.uniform(0, 1, (subjects, 1))


@pytest.mark.parametrize("seed", range(4))
def test_clusters_are_those_of_mne_when_all_flips_are_made(seed):
    mne_stats = pytest.importorskip("mne.stats")
    data = bumps(seed=seed)
    _, clusters, p, _ = mne_stats.permutation_cluster_1samp_test(
        data, n_permutations=1024, tail=0, out_type="mask", verbose="error", seed=0
    )
    expected = np.ones(40)
    for (where,), one in zip(clusters, p, strict=True):
        expected[where] = one
    np.testing.assert_allclose(cluster_p(data), expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_largest_t_over_all_flips_is_enumerated(seed):
    data = bumps(subjects=6, times=5, seed=seed)

    def largest(signs):
        flipped = data * np.array(signs)[:, None]
        return np.abs(flipped.mean(0)) / (flipped.std(0, ddof=1) / np.sqrt(6))

    top = [largest(signs).max() for signs in itertools.product([1, -1], repeat=6)]
    expected = [np.mean(np.array(top) >= t - 1e-9) for t in largest([1] * 6)]
    np.testing.assert_allclose(max_flip_p(data), expected, rtol=1e-12)


def test_flips_are_all_or_many_and_begin_with_none():
    assert len(sign_flips(8)) == 128
    assert len(np.unique(sign_flips(8), axis=0)) == 128
    assert sign_flips(20, 500).shape == (500, 20)
    np.testing.assert_array_equal(np.abs(sign_flips(20, 500)), 1)
    assert abs(sign_flips(20, 500).mean()) < 0.05
    for subjects in (8, 20):
        np.testing.assert_array_equal(sign_flips(subjects)[0], 1)


def test_batches_do_not_touch_each_other_and_the_sign_does_not_matter():
    data = np.stack([bumps(seed=1), bumps(seed=2)], 1)
    for test in (cluster_p, max_flip_p):
        np.testing.assert_array_equal(test(data)[1], test(data[:, 1]))
        np.testing.assert_allclose(test(-data), test(data), rtol=1e-12)


def test_holm_is_its_definition_and_skips_what_was_not_tested():
    p = np.array([[0.01, 0.5], [0.02, np.nan], [0.04, 0.2]])
    np.testing.assert_allclose(holm(p), [[0.03, 0.5], [0.04, np.nan], [0.04, 0.4]])


def test_few_subjects_are_refused():
    with pytest.raises(InputError, match="at least 6 subjects; got 5"):
        cluster_p(bumps(subjects=5))
