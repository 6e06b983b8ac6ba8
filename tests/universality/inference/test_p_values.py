"""Error rates of tests and intervals in a world where no law is better than another."""

import numpy as np
import pytest

from neurouniv import NeurounivWarning
from neurouniv.schema import InputError, pair_indices
from neurouniv.universality.inference.bootstrap import Fold, Scores, bootstrap_scores, draw
from neurouniv.universality.inference.p_values import infer, max_corrected, variance_of, warn_if_few


def null_study(rng, n=16, subjects=8, laws=3, times=4):
    """Laws see the same points with errors of one distribution; every subject leans to some by chance."""
    ends = np.stack(pair_indices(n))

    def rdm(patterns):
        return ((patterns[..., ends[0], :] - patterns[..., ends[1], :]) ** 2).sum(-1)

    points, errors = rng.normal(size=(n, 10)), rng.normal(size=(laws, times, n, 10))
    leaning = 0.3 * rng.normal(size=(subjects, laws))
    seen = points + np.einsum("sl,ltnf->stnf", leaning, errors) + rng.normal(size=(subjects, times, n, 10))
    return Fold(rdm(seen), rdm(points + errors)[:, None], ends)


@pytest.mark.slow
@pytest.mark.parametrize("score", ["corr", "log_error"])
def test_false_positives_are_as_many_as_is_said(score):
    """400 studies: 5 % within three standard errors (1.1 %), no more than that after correction."""
    rng, alone, corrected = np.random.default_rng(0), 0, 0
    for _ in range(400):
        drawn = draw(16, 8, 200, rng)
        found = infer(bootstrap_scores([null_study(rng)], drawn, score, reference=0), drawn)
        alone += found.p[1, 0] < 0.05
        corrected += (found.p_corrected < 0.05).any()
        misses_zero = (found.lower > 0) | (found.upper < 0)
        np.testing.assert_array_equal(misses_zero[1:], found.p[1:] < 0.05)
    assert 0.017 < alone / 400 < 0.083
    assert corrected / 400 < 0.083


def test_correction_is_bonferronis_for_unrelated_and_nothing_for_equal_comparisons():
    rng = np.random.default_rng(0)
    scores = bootstrap_scores([null_study(rng)], draw(16, 8, 5), reference=0)
    apart = rng.normal(size=(20000, 1, 5))
    p = np.full((1, 5), 0.01)
    unrelated = max_corrected(p, scores._replace(both=apart))
    np.testing.assert_allclose(unrelated, 1 - 0.99**5, atol=0.006)
    equal = max_corrected(p, scores._replace(both=np.repeat(apart[:, :, :1], 5, -1)))
    np.testing.assert_allclose(equal, 0.01, atol=0.004)
    assert (max_corrected(np.ones((1, 5)), scores) == 1).all()
    least = max_corrected(np.full((1, 5), 1e-200), scores._replace(both=apart))
    np.testing.assert_allclose(least, 1 / 20001)  # one of the resamples and itself


@pytest.mark.parametrize(("conditions", "subjects", "few"), [(9, 8, 1), (10, 8, 0), (10, 1, 1), (20, 1, 0), (5, 3, 2)])
def test_few_conditions_and_subjects_are_said(conditions, subjects, few, recwarn):
    warn_if_few(conditions, subjects)
    assert len(recwarn) == (few > 0)
    if few:
        assert issubclass(recwarn[0].category, NeurounivWarning)
        assert str(recwarn[0].message).count("fewer than") == few


def of_variance(variance, count):
    """Numbers (count, 1, 1) of this variance."""
    numbers = np.random.default_rng(0).normal(size=count)
    return ((numbers - numbers.mean()) * np.sqrt(variance / numbers.var(ddof=1)))[:, None, None]


@pytest.mark.parametrize(("of_subjects", "of_conditions"), [(2.0, 3.0), (1.0, 0.01)])
def test_variances_add_up_and_degrees_of_freedom_are_welchs_and_satterthwaites(of_subjects, of_conditions):
    subjects, units = 9, 21
    scores = Scores(
        each=np.zeros((1, subjects, 1)),
        conditions=np.zeros((50, 1, 1)),
        subjects=of_variance(of_subjects * (subjects - 1) / subjects, 50),
        both=np.zeros((50, 1, 1)),
        without=of_variance(of_conditions * units / (units - 1) ** 2, units),
        jackknife_each=np.zeros((1, 1)),
    )
    variance, freedom = variance_of(scores, units, subjects, "jackknife")
    total = of_subjects + of_conditions
    assert variance.item() == pytest.approx(total)
    expected = total**2 / (of_subjects**2 / (subjects - 1) + of_conditions**2 / (units - 1))
    assert freedom.item() == pytest.approx(max(expected, subjects - 1))
    within = scores._replace(jackknife_each=np.full((1, 1), 0.5 * subjects * of_conditions))
    assert variance_of(within, units, subjects, "jackknife")[0].item() == pytest.approx(total - 0.5 * of_conditions)
    with pytest.raises(InputError, match=r"errors is one of .*; got 'jacknife'\. Did you mean 'jackknife'"):
        variance_of(scores, units, subjects, "jacknife")
