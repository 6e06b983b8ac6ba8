"""The batched bootstrap gives rsatoolbox's numbers at the same resamples, and treats missing ones as missing."""

import numpy as np
import pytest
from rsatoolbox.inference import bootstrap_crossval, eval_dual_bootstrap
from rsatoolbox.model import ModelFixed
from rsatoolbox.rdm import RDMs

from neurouniv import InputError
from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.schema import pair_indices
from neurouniv.universality.inference.bootstrap import Fold, Resamples, bootstrap_scores, deal, device_for, draw
from neurouniv.universality.inference.p_values import crossvalidated_variance, dual_variance, infer, variance_of

N, S, L, T = 9, 4, 3, 2


def fold(seed=0, times=T, per_subject=False):
    rng = np.random.default_rng(seed)
    ends = np.stack(pair_indices(N))
    observed = rng.gamma(2.0, size=(S, times, ends.shape[1]))
    predicted = rng.gamma(2.0, size=(L, S if per_subject else 1, times, ends.shape[1]))
    return Fold(observed, predicted, ends)


def same_draws(resamples, seed=0):
    """The draws that rsatoolbox makes after this seed: subjects, then conditions, then two shuffles of its folds."""
    random = np.random.mtrand.RandomState(seed)
    subjects, conditions = [], []
    for _ in range(resamples):
        subjects.append(random.randint(0, S, size=S))
        conditions.append(random.randint(0, N, size=N))
        for drawn in (np.unique(subjects[-1]), np.unique(conditions[-1])):
            random.shuffle(drawn)
        for full in ((np.unique(subjects[-1]), np.arange(N)), (np.arange(S), np.unique(conditions[-1]))):
            for drawn in full:
                random.shuffle(drawn.copy())
    counted = ([np.bincount(d, minlength=size) for d in one] for one, size in ((conditions, N), (subjects, S)))
    return Resamples(*(np.array(one).astype(float) for one in counted))


@pytest.mark.parametrize("comparator", ["cosine", "corr", "cosine_cov", "corr_cov", "rho-a"])
def test_dual_bootstraps_and_their_variance_are_rsatoolboxs(comparator):
    given, drawn = fold(), same_draws(20)
    np.random.seed(0)  # noqa: NPY002 rsatoolbox draws from the global generator
    models = [ModelFixed(str(i), RDMs(law[0, :1])) for i, law in enumerate(given.predicted)]
    theirs = eval_dual_bootstrap(models, RDMs(given.observed[:, 0]), method=comparator, N=20, use_correction=False)
    found = bootstrap_scores([given], drawn, comparator)
    for place, ours in enumerate((found.both, found.subjects, found.conditions)):
        np.testing.assert_allclose(ours[:, :, 0], theirs.evaluations[:, :, 0, 0, place], rtol=5e-14, atol=5e-15)
    variance, _ = variance_of(found, N, S, "dual")
    np.testing.assert_allclose(variance[:, 0], theirs.model_var, rtol=1e-10)
    paired = bootstrap_scores([given], drawn, comparator, reference=0)
    apart, _ = variance_of(paired, N, S, "dual")
    np.testing.assert_allclose(apart[1:, 0], theirs.diff_var[: L - 1], rtol=1e-9)


def dealt_by_rsatoolbox(resamples, folds, partitions, seed=0):
    """The draws and folds of `bootstrap_crossval` over conditions after this seed; only resamples it can fold."""
    random = np.random.mtrand.RandomState(seed)
    conditions, assigned = [], []
    while len(conditions) < resamples:
        drawn = random.randint(0, N, size=N)
        conditions.append(np.bincount(drawn, minlength=N).astype(float))
        assigned.append(np.zeros((partitions, N), dtype=int))
        unique = np.unique(drawn)
        if len(unique) < 3 * folds:
            conditions[-1][:] = np.nan
            continue
        for repeat in range(partitions):
            random.shuffle(np.arange(S))
            order = unique.copy()
            random.shuffle(order)
            size, more = divmod(len(order), folds)
            for k in range(folds):
                assigned[-1][repeat, order[k * size : (k + 1) * size]] = k
                assigned[-1][repeat, order[[-(k + 1)] if k < more else []]] = k
    return np.array(conditions), np.array(assigned).transpose(1, 0, 2)


@pytest.mark.parametrize("comparator", ["cosine", "corr", "corr_cov"])
def test_crossvalidation_in_resamples_and_its_correction_are_rsatoolboxs(comparator):
    given = fold()
    conditions, assigned = dealt_by_rsatoolbox(20, 2, 2)
    kept = np.isfinite(conditions).all(1)
    np.random.seed(0)  # noqa: NPY002 rsatoolbox draws from the global generator
    models = [ModelFixed(str(i), RDMs(law[0, :1])) for i, law in enumerate(given.predicted)]
    data, settings = RDMs(given.observed[:, 0]), {"k_pattern": 2, "k_rdm": 1, "N": 20, "boot_type": "pattern"}
    theirs = bootstrap_crossval(models, data, method=comparator, **settings)
    drawn = Resamples(conditions[kept], np.ones((kept.sum(), S)))
    runs = [bootstrap_scores([given], drawn, comparator, assigned=one[None, kept]).conditions for one in assigned]
    for repeat, run in enumerate(runs):
        np.testing.assert_allclose(run[:, :, 0], theirs.evaluations[kept].mean(2)[..., repeat], rtol=1e-12, atol=1e-14)
    variance = crossvalidated_variance(np.stack(runs))[:, 0]
    np.testing.assert_allclose(variance, np.diag(theirs.variances)[:L], rtol=1e-10)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_resamples_one_by_one_are_the_resamples_together(comparator):
    """A draw of everything once is the data; a dealt fold is the fold cut out."""
    given = fold(per_subject=True)
    once = Resamples(np.ones((1, N)), np.ones((1, S)))
    found = bootstrap_scores([given], once, comparator)
    for ours in (found.both, found.subjects, found.conditions):
        np.testing.assert_allclose(ours[0], found.each.mean(1), rtol=1e-12)
    half = np.arange(N) % 2
    dealt = bootstrap_scores([given], once, comparator, assigned=half[None, None])
    cut = []
    for side in (0, 1):
        inside = (half[given.ends] == side).all(0)
        cut.append(Fold(given.observed[..., inside], given.predicted[..., inside], given.ends[:, inside]))
    apart = bootstrap_scores(cut, once, comparator)
    np.testing.assert_allclose(dealt.both, apart.both, rtol=1e-10)
    np.testing.assert_allclose(dealt.each, apart.each, rtol=1e-10)


def test_dealt_folds_hold_every_drawn_condition_once_and_are_even():
    counts = draw(N, S, 50).conditions
    dealt = deal(counts, 3, partitions=2, seed=1)
    assert dealt.shape == (2, 50, N)
    for repeat in dealt:
        sizes = np.stack([((repeat == k) & (counts > 0)).sum(1) for k in range(3)])
        assert (np.ptp(sizes, axis=0) <= 1).all()
    assert (dealt[0] != dealt[1]).any()


def test_data_and_sets_without_one_condition_keep_the_folds_dealt_to_the_first_resample():
    given, drawn = fold(), draw(N, S, 3)
    dealt = deal(drawn.conditions, 2, partitions=1, seed=1)
    assert (dealt[0, 0] != dealt[0, 1]).any()
    found = bootstrap_scores([given], drawn, assigned=dealt)
    first = Resamples(drawn.conditions[:1], drawn.subjects[:1])
    alone = bootstrap_scores([given], first, assigned=dealt[:, :1])
    np.testing.assert_array_equal(found.each, alone.each)
    np.testing.assert_array_equal(found.without, alone.without)


def test_r2_in_resamples_sets_their_mean_error_against_the_variance_of_the_data():
    given, drawn = fold(times=4, per_subject=True), draw(N, S, 6)
    observed = given.observed.copy()
    observed[1, 2, 3] = np.nan
    found = bootstrap_scores([given._replace(observed=observed)], drawn, "r2")
    for r, counts in enumerate(drawn.conditions):
        weights = (counts[given.ends[0]] * counts[given.ends[1]]).astype(int)
        h, expected = (np.repeat(a, weights, axis=-1) for a in (observed[1], given.predicted[2, 1]))
        expected = np.where(np.isnan(h), np.nan, expected)
        r2 = 1 - np.nanmean((h - expected) ** 2) / np.nanvar(observed[1])
        one = bootstrap_scores([given._replace(observed=observed)], Resamples(counts[None], np.eye(S)[[1]]), "r2")
        np.testing.assert_allclose(one.both[0, 2, 0], r2, rtol=1e-10)
        np.testing.assert_allclose(found.conditions[r], one.conditions[0], rtol=1e-10)
        log = bootstrap_scores(
            [given._replace(observed=observed)], Resamples(counts[None], np.eye(S)[[1]]), "log_error"
        )
        np.testing.assert_allclose(np.exp(-log.both[0, 2, 0]), (1 - r2) * np.nanvar(observed[1]), rtol=1e-10)


def test_chunks_change_nothing(monkeypatch):
    given, drawn = fold(times=7), draw(N, S, 10)
    whole = bootstrap_scores([given], drawn, reference=1)
    monkeypatch.setattr("neurouniv.universality.inference.bootstrap.AT_ONCE", 1)
    for one, other in zip(whole, bootstrap_scores([given], drawn, reference=1), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-14)


def test_a_prediction_of_one_time_stands_for_all(monkeypatch):
    given, drawn = fold(times=5), draw(N, S, 4)
    one = given._replace(predicted=given.predicted[:, :, :1])
    repeated = given._replace(predicted=np.repeat(one.predicted, 5, axis=2))
    expected = bootstrap_scores([repeated], drawn)
    monkeypatch.setattr("neurouniv.universality.inference.bootstrap.AT_ONCE", 1)
    for ours, theirs in zip(bootstrap_scores([one], drawn), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)


@pytest.mark.parametrize(("device", "comparator", "expected"), [
    ("auto", "corr", "cuda"), ("auto", "spearman", "cpu"), ("cuda", "cosine", "cuda"),
])  # fmt: skip
def test_ranks_are_compared_on_the_cpu_and_products_on_the_device_that_is_there(
    monkeypatch, device, comparator, expected
):
    monkeypatch.setattr("neurouniv.universality.inference.bootstrap.device_of", lambda _: "cuda")
    assert device_for(device, comparator) == expected
    with pytest.raises(InputError, match="sorted on the CPU"):
        device_for("cuda", "tau-a")


def test_a_subject_without_a_frame_counts_where_it_has_one():
    given, drawn = fold(), draw(N, S, 10)
    given.observed[0, 1] = np.nan
    found = bootstrap_scores([given], drawn)
    others = bootstrap_scores(
        [Fold(given.observed[1:], given.predicted, given.ends)], Resamples(drawn.conditions, np.ones((10, 3)))
    )
    np.testing.assert_allclose(found.conditions[:, :, 1], others.conditions[:, :, 1], rtol=1e-12)
    np.testing.assert_allclose(found.conditions[:, :, 0], bootstrap_scores([fold()], drawn).conditions[:, :, 0])


def test_fewer_conditions_than_pairs_have_are_refused():
    with pytest.raises(InputError, match="draw from 5"):
        bootstrap_scores([fold()], draw(5, S, 3))


@pytest.mark.parametrize("seed", range(3))
def test_both_variances_are_those_of_a_mean_of_what_subjects_and_conditions_add(seed):
    """Scores that are linear in a subject's and a condition's effect: V = V_s + V_c, which both estimates find."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=30), rng.normal(size=200)
    drawn = draw(200, 30, 4000, seed)
    weights = [drawn.conditions / 200, drawn.subjects / 30]
    by_c, by_s = weights[0] @ b + a.mean(), weights[1] @ a + b.mean()
    both = by_c + by_s - a.mean() - b.mean()
    v = [x.var(ddof=1) for x in (both, by_s, by_c)]
    expected = a.var(ddof=1) / 30 + b.var(ddof=1) / 200
    assert dual_variance(*map(np.array, v), 30, 200) == pytest.approx(expected, rel=0.15)


def test_infer_gives_students_t_where_only_subjects_differ():
    """With one score per subject whatever the conditions, it is the paired t test."""
    from scipy import stats

    rng = np.random.default_rng(0)
    d = rng.normal(0.3, 1, size=12)
    drawn = draw(20, 12, 8000)
    by_s = (drawn.subjects @ d / 12)[:, None, None]
    found = bootstrap_scores([fold()], same_draws(3))._replace(
        each=d[None, :, None],
        conditions=np.full((8000, 1, 1), d.mean()),
        subjects=by_s,
        both=by_s,
        without=np.full((20, 1, 1), d.mean()),
        jackknife_each=np.zeros((1, 1)),
    )
    told = infer(found, drawn)
    assert told.freedom[0, 0] == pytest.approx(11)
    assert told.p[0, 0] == pytest.approx(stats.ttest_1samp(d, 0).pvalue, rel=0.1)
    low, high = stats.ttest_1samp(d, 0).confidence_interval()
    assert (told.lower[0, 0], told.upper[0, 0]) == pytest.approx((low, high), rel=0.05)
    assert told.p_corrected[0, 0] == pytest.approx(told.p[0, 0], abs=0.02)
