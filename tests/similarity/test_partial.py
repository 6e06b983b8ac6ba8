"""What models add to each other is what is left when the others are regressed out, in every resample, never guessed."""

import numpy as np
import pytest
from scipy.stats import rankdata

from neurouniv import InputError
from neurouniv.rdm.comparators import COMPARATORS, comparator_of
from neurouniv.schema import pair_indices
from neurouniv.similarity.partial import (
    COSINES,
    Similarities,
    doubt_of_same,
    in_units,
    need_cosine,
    partial,
    redundant,
    regression,
    similarities,
)
from neurouniv.similarity.vectors import VectorSpace
from neurouniv.universality.inference.resampled_similarity import Resampled

N, K = 10, 4
ENDS = np.stack(pair_indices(N))


def world(seed=0, frames=5):
    """Models (k, 1, pair) that resemble each other, and frames (frame, pair)."""
    rng = np.random.default_rng(seed)
    models = rng.gamma(2.0, size=(K, 1, ENDS.shape[1])) + rng.gamma(2.0, size=ENDS.shape[1])
    data = np.einsum("fk,kp->fp", rng.normal(size=(frames, K)), models[:, 0])
    return data + 3 * rng.normal(size=data.shape), models


def both(data, models, comparator, counts=None):
    counts = np.ones((1, N)) if counts is None else counts
    return similarities(Resampled(counts, ENDS, comparator), data, models)


def left(rows, others):
    """What others (k, pair) leave of rows (row, pair)."""
    return rows - np.linalg.lstsq(others.T, rows.T, rcond=None)[0].T @ others


def cosine(x, y):
    return (x * y).sum(-1) / np.sqrt((x * x).sum(-1) * (y * y).sum(-1))


def plain(frames, comparator):
    """Frames whose cosine is the comparator."""
    frames = rankdata(frames, axis=-1) if comparator == "spearman" else frames
    return frames - frames.mean(-1, keepdims=True) if comparator != "cosine" else frames


@pytest.mark.parametrize("comparator", ["corr", "cosine", "spearman"])
def test_partial_similarity_is_that_of_what_the_others_leave(comparator):
    data, models = world()
    given = both(data, models, comparator)
    x, y = plain(models[:, 0], comparator), plain(data, comparator)
    found, fixed = partial(*given)[0], partial(*given, control=[1, 3])[0]
    for j in range(K):
        others = np.delete(x, j, 0)
        np.testing.assert_allclose(found[j], cosine(left(y, others), left(x[[j]], others)), rtol=1e-10)
    for j in (0, 2):
        np.testing.assert_allclose(fixed[j], cosine(left(y, x[[1, 3]]), left(x[[j]], x[[1, 3]])), rtol=1e-10)
    assert np.isnan(fixed[[1, 3]]).all()


@pytest.mark.parametrize("comparator", ["cosine_cov", "corr_cov"])
def test_whitened_partial_similarity_is_that_of_whitened_vectors(comparator):
    data, models = world()
    given, definition = both(data, models, comparator), comparator_of(comparator)
    x, y = (VectorSpace(ENDS, definition)(frames) for frames in (models[:, 0], data))
    gram, moment, square = x.times(x), y.times(x), y.square
    for f in range(len(data)):
        whole = np.block([[square[f], moment[f]], [moment[f][:, None], gram]])
        inverse = np.linalg.inv(whole)
        expected = -inverse[0, 1:] / np.sqrt(inverse[0, 0] * np.diag(inverse)[1:])
        np.testing.assert_allclose(partial(*given)[0, :, f], expected, rtol=1e-10)


@pytest.mark.parametrize(("comparator", "metric"), [("corr", "partial"), ("spearman", "partial-spearman")])
def test_partial_similarity_is_mne_rsas(comparator, metric):
    mne_rsa = pytest.importorskip("mne_rsa")
    data, models = world()
    expected = np.stack([mne_rsa.rsa(frame, list(models[:, 0]), metric=metric) for frame in data], axis=1)
    np.testing.assert_allclose(partial(*both(data, models, comparator))[0], expected, rtol=1e-10)


def test_coefficients_are_mne_rsas():
    mne_rsa = pytest.importorskip("mne_rsa")
    data, models = world()
    expected = np.stack([mne_rsa.rsa(frame, list(models[:, 0]), metric="regression") for frame in data], axis=1)
    found = in_units(regression(*both(data, models, "corr"))[0], data, models, ENDS, "corr")
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("comparator", ["corr", "cosine"])
def test_coefficients_are_those_of_least_squares_pairs_missing_or_not(comparator):
    data, models = world()
    data[1, :6], data[3, 20] = np.nan, np.nan
    found = in_units(regression(*both(data, models, comparator))[0], data, models, ENDS, comparator)
    for f, frame in enumerate(data):
        here = np.isfinite(frame)
        x, y = plain(models[:, 0, here], comparator), plain(frame[here], comparator)
        np.testing.assert_allclose(found[:, f], np.linalg.lstsq(x.T, y, rcond=None)[0], rtol=1e-10)
        z, w = x / np.linalg.norm(x, axis=1, keepdims=True), y / np.linalg.norm(y)
        expected = np.linalg.lstsq(z.T, w, rcond=None)[0]
        np.testing.assert_allclose(regression(*both(data, models, comparator))[0, :, f], expected, rtol=1e-10)


def test_known_coefficients_are_recovered():
    _, models = world()
    truth = np.array([2.0, 0.0, -1.0, 5.0])
    data = (truth @ models[:, 0] + 7)[None]
    found = in_units(regression(*both(data, models, "corr"))[0], data, models, ENDS, "corr")
    np.testing.assert_allclose(found[:, 0], truth, atol=1e-10)
    np.testing.assert_allclose(partial(*both(data, models, "corr"))[0, [0, 2, 3], 0], [1, -1, 1], rtol=1e-8)


@pytest.mark.parametrize("control", [None, [0, 2]])
@pytest.mark.parametrize("comparator", ["corr", "spearman"])
def test_a_resample_is_the_pairs_written_out(comparator, control):
    data, models = world()
    data[2, :9] = np.nan
    counts = np.random.default_rng(0).multinomial(N, np.full(N, 1 / N), size=6).astype(float)
    found = partial(*both(data, models, comparator, counts), control)
    for one, m in zip(found, counts, strict=True):
        rows = np.repeat(np.arange(ENDS.shape[1]), (m[ENDS[0]] * m[ENDS[1]]).astype(int))
        for f, frame in enumerate(data):
            here = rows[np.isfinite(frame[rows])]
            x, y = plain(models[:, 0][:, here], comparator), plain(frame[here], comparator)
            for j in range(K):
                fixed = [i for i in (range(K) if control is None else control) if i != j]
                if control is None or j not in control:
                    expected = cosine(left(y, x[fixed]), left(x[j], x[fixed]))
                    np.testing.assert_allclose(one[j, f], expected, rtol=1e-9, atol=1e-12)


def test_the_order_of_models_and_their_units_do_not_matter():
    data, models = world()
    order = [2, 0, 3, 1]
    expected = partial(*both(data, models, "corr_cov"))[:, order]
    scaled = models[order] * 10.0 ** np.arange(K)[:, None, None]
    np.testing.assert_allclose(partial(*both(data, scaled, "corr_cov")), expected, rtol=1e-9)


def test_a_control_that_has_nothing_to_do_with_either_changes_nothing():
    between, own = np.diag([1.0, 1.0])[None], np.array([[0.4, 0.0]])
    np.testing.assert_allclose(partial(between, own, control=[1])[0, 0], 0.4)


@pytest.mark.parametrize("comparator", COSINES)
def test_models_that_say_the_same_have_no_part_of_their_own_and_it_is_said(comparator):
    """A copy in other units, or for vectors a sum; the model that stands apart is as if the copies were one."""
    data, models = world()
    copy = models[:1] * 3 if comparator != "spearman" else models[:1] ** 2
    given = both(data, np.concatenate([models, copy]), comparator)
    expected = both(data, models, comparator)
    same = np.array([True, False, False, False, True])
    assert (same == redundant(given.between)[0].reshape(K + 1, -1).T).all()
    for statistic in (partial, regression):
        found = statistic(*given)[0]
        assert np.isnan(found[same]).all()
        np.testing.assert_allclose(found[~same], statistic(*expected)[0, 1:], rtol=1e-8, atol=1e-10)
    assert np.isnan(partial(*given, control=[0])[0, [0, 4]]).all()
    np.testing.assert_allclose(
        partial(*given, control=[0, 4])[0, 1:4], partial(*expected, control=[0])[0, 1:], rtol=1e-8
    )
    names = ["pixels", "b", "c", "d", "luminance"]
    assert doubt_of_same(given.between, names).startswith("'pixels', 'luminance' are redundant")
    assert doubt_of_same(expected.between, names[:-1]) == ""


def test_a_sum_of_models_is_told_too():
    data, models = world()
    given = both(data, np.concatenate([models, models[:1] + 2 * models[1:2]]), "corr")
    assert redundant(given.between)[0].reshape(K + 1, -1)[:, 0].tolist() == [True, True, False, False, True]


def test_what_is_not_known_stays_so():
    data, models = world()
    models[1] = 2.0  # constant
    given = both(data, models, "corr")
    assert np.isnan(partial(*given)).all()
    assert np.isfinite(partial(*given, control=[0])[0, 2:]).all()
    assert np.isnan(partial(*given, control=[0])[0, 1]).all()


def test_where_controls_tell_all_of_the_data_nothing_is_left():
    _, models = world()
    given = both(models[0], models, "corr")
    assert np.isnan(partial(*given, control=[0])).all()
    assert np.isnan(partial(*given)[0, 1:]).all()
    np.testing.assert_allclose(partial(*given)[0, 0], 1.0)


@pytest.mark.parametrize(("comparator", "weights"), [("corr", K + 1), ("cosine", K)])
def test_few_pairs_that_any_data_would_be_explained_by_tell_nothing(comparator, weights):
    """Also in a resample that draws three conditions, and so three pairs."""
    data, models = world()
    data[0, weights:], data[1, weights + 1 :] = np.nan, np.nan
    found = partial(*both(data, models, comparator))[0]
    assert np.isnan(found[:, 0]).all()
    assert np.isfinite(found[:, 1:]).all()
    counts = np.zeros((1, N))
    counts[0, :3] = 3, 3, 4
    assert np.isnan(partial(*both(data[2:], models, comparator, counts))).all()


def test_both_similarities_are_of_the_pairs_that_the_data_have():
    data, models = world()
    data[:, :8] = np.nan
    here = np.arange(8, ENDS.shape[1])
    expected = similarities(Resampled(np.ones((1, N)), ENDS[:, here], "spearman"), data[:, here], models[..., here])
    found = both(data, models, "spearman")
    assert isinstance(found, Similarities)
    np.testing.assert_allclose(found.own, expected.own, rtol=1e-12)
    np.testing.assert_allclose(found.between, np.broadcast_to(expected.between, found.between.shape), rtol=1e-12)


def test_comparators_that_are_no_cosines_are_refused():
    data, models = world()
    for name in COMPARATORS:
        if name in COSINES:
            need_cosine(name)
        else:
            with pytest.raises(InputError, match=f"corr, cosine, spearman, .*got '{name}'"):
                both(data, models, name)
    with pytest.raises(InputError, match="have no unit; got comparator='spearman'"):
        in_units(np.ones((K, 5)), data, models, ENDS, "spearman")
