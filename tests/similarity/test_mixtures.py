"""Mixtures of model RDMs are rsatoolbox's, and reach the largest similarity that there is."""

from functools import partial

import numpy as np
import pytest
import scipy.sparse.linalg
from rsatoolbox.model import ModelInterpolate, ModelSelect, ModelWeighted
from rsatoolbox.model.fitter import fit_interpolate, fit_regress_nn, fit_select
from rsatoolbox.rdm import RDMs

from neurouniv import InputError
from neurouniv.rdm.comparators import COMPARATORS, comparator_of
from neurouniv.schema import pair_indices
from neurouniv.similarity import mixtures as module
from neurouniv.similarity.mixtures import KINDS, fit, fitted_by, mixed, same_terms
from neurouniv.universality.scores.geometry import compare_frames

N, K, MEMBERS, TIMES = 9, 4, 5, 6
ENDS = np.stack(pair_indices(N))
LONG = 100
"""fit_regress_nn may go on for ever with long models: it waits for slopes of 2e-14, which are rounding errors there."""
OF_VECTORS = ("corr", "cosine", "corr_cov", "cosine_cov")


def world(seed=0, missing=0, unlike=False):
    """Data (time, member, pair), mixes of models (k, pair) and noise; `missing` pairs are observed nowhere."""
    rng = np.random.default_rng(seed)
    models = rng.gamma(2.0, size=(K, ENDS.shape[1]))
    truth = rng.normal(size=(TIMES, 1, K)) - (3 if unlike else 0)
    data = (
        5 + mixed(truth, models) + rng.normal(size=(TIMES, MEMBERS, ENDS.shape[1])) * rng.gamma(2.0, size=(MEMBERS, 1))
    )
    gone = rng.choice(ENDS.shape[1], missing, replace=False)
    data[..., gone] = np.nan
    return data, models, gone


def similarity(data, mixtures, comparator):
    """Of mixtures (frame, pair) with data (frame, member, pair), the mean over members (frame,)."""
    both = np.broadcast_arrays(data, mixtures[:, None])
    flat = (array.reshape(-1, array.shape[-1]) for array in both)
    return compare_frames(*flat, ENDS, comparator_of(comparator)).reshape(data.shape[:2]).mean(1)


def lacking(models, gone):
    models = models.copy()
    models[:, gone] = np.nan
    return models


@pytest.mark.parametrize("missing", [0, 4])
@pytest.mark.parametrize("comparator", OF_VECTORS)
def test_weighted_models_are_rsatoolboxs(comparator, missing, monkeypatch):
    """Where it whitens without some pairs, its solver stops at 1e-5, unless told to go on."""
    monkeypatch.setattr(scipy.sparse.linalg, "cg", partial(scipy.sparse.linalg.cg, rtol=1e-13))
    data, models, gone = world(missing=missing)
    theirs = ModelWeighted("w", RDMs(lacking(models, gone) / LONG))
    expected = [fit_regress_nn(theirs, RDMs(frame), method=comparator) for frame in data]
    np.testing.assert_allclose(fit("weighted", data, models, ENDS, comparator), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("comparator", ["corr", "cosine", "corr_cov", "cosine_cov", "spearman", "rho-a", "tau-a"])
def test_selected_models_are_rsatoolboxs(comparator):
    data, models, _ = world()
    theirs = ModelSelect("s", RDMs(models))
    expected = [fit_select(theirs, RDMs(frame), method=comparator) for frame in data]
    np.testing.assert_array_equal(fit("selected", data, models, ENDS, comparator), np.eye(K)[expected])


@pytest.mark.parametrize("unlike", [False, True])
@pytest.mark.parametrize("comparator", OF_VECTORS)
def test_interpolated_models_are_rsatoolboxs_and_never_worse(comparator, unlike):
    data, models, _ = world(unlike=unlike)
    data = data - 8 if unlike and not COMPARATORS[comparator].centred else data
    theirs = ModelInterpolate("i", RDMs(models))
    expected = np.stack([fit_interpolate(theirs, RDMs(frame), method=comparator) for frame in data])
    found = fit("interpolated", data, models, ENDS, comparator)
    ours, rsatoolboxs = (similarity(data, mixed(weights, models), comparator) for weights in (found, expected))
    assert (ours >= rsatoolboxs - 1e-13).all()
    np.testing.assert_allclose(ours, rsatoolboxs, atol=1e-5)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    np.testing.assert_allclose(found.sum(-1), 1.0)


@pytest.mark.parametrize("unlike", [False, True])
@pytest.mark.parametrize("comparator", OF_VECTORS)
def test_no_other_weights_reach_a_larger_similarity(comparator, unlike):
    """Also where every similarity is below 0, and the least unlike model is taken."""
    data, models, _ = world(unlike=unlike)
    data = data - 30 if unlike else data
    rng = np.random.default_rng(1)
    others = np.concatenate([np.eye(K), rng.gamma(0.3, size=(400, K))])
    weighted = similarity(data, mixed(fit("weighted", data, models, ENDS, comparator), models), comparator)
    for weights in others:
        mix = np.broadcast_to(mixed(weights, models), (TIMES, models.shape[1]))
        assert (similarity(data, mix, comparator) <= weighted + 1e-12).all()
    assert (weighted < 0).any() == unlike


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_alone_is_fitted_as_in_a_batch_and_models_may_differ_by_frame(kind):
    data, models, _ = world()
    rng = np.random.default_rng(2)
    moving = models + rng.gamma(2.0, size=(TIMES, 1, 1)) * rng.gamma(2.0, size=(TIMES, *models.shape))
    data[1, 2, :5], data[3, :, 7], data[4, 0] = np.nan, np.nan, np.nan
    for some in (np.broadcast_to(models, moving.shape), moving):
        whole = fit(kind, data, models if some is not moving else moving, ENDS, "corr_cov")
        alone = np.stack([fit(kind, *frame, ENDS, "corr_cov") for frame in zip(data, some, strict=True)])
        np.testing.assert_allclose(whole, alone, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_that_are_missing_do_not_exist(kind):
    """Whether data lack them or a model does."""
    data, models, _ = world()
    here = np.setdiff1d(np.arange(ENDS.shape[1]), [2, 8, 30])
    some = data.copy()
    some[..., [2, 8]] = np.nan
    rest = fit(kind, data[..., here], models[:, here], ENDS[:, here], "cosine_cov")
    np.testing.assert_allclose(fit(kind, some, lacking(models, [30]), ENDS, "cosine_cov"), rest, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_units_of_members_and_of_data_do_not_matter(kind):
    data, models, _ = world()
    scaled = data * 10.0 ** np.arange(MEMBERS)[:, None]
    expected = fit(kind, data, models, ENDS, "corr")
    np.testing.assert_allclose(fit(kind, scaled, models, ENDS, "corr"), expected, rtol=1e-9, atol=1e-12)


def test_known_weights_are_recovered():
    _, models, _ = world()
    truth = np.array([[0.0, 0.6, 0.0, 0.8], [1.0, 0, 0, 0]])
    data = mixed(truth, models)[:, None]
    np.testing.assert_allclose(fit("weighted", data, models, ENDS, "corr_cov"), truth, atol=1e-10)
    between = np.array([[0.0, 0.3, 0.7, 0.0], [0.0, 0.0, 0.0, 1.0]])
    np.testing.assert_allclose(fit("interpolated", mixed(between, models)[:, None], models, ENDS), between, atol=1e-10)


def test_a_comparator_by_ranks_has_the_weights_of_correlation_and_says_so():
    data, models, _ = world()
    expected = fit("weighted", data, models, ENDS, "corr")
    for name, comparator in COMPARATORS.items():
        assert fitted_by("weighted", name) == ("corr" if comparator.ranked else name)
        assert fitted_by("selected", name) == name
        if comparator.ranked:
            np.testing.assert_array_equal(fit("weighted", data, models, ENDS, name), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_what_says_nothing_gets_no_weights(kind):
    data, models, _ = world()
    data[0], data[1, :, 2:] = 1.0, np.nan
    found = fit(kind, data, models, ENDS, "corr")
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2:]).all()
    assert np.isnan(fit(kind, data, np.ones_like(models), ENDS, "corr")).all()
    models[1] = 3.0
    assert (fit(kind, data[2:], models, ENDS, "corr")[:, 1] == 0).all()


def test_blocks_of_frames_change_nothing(monkeypatch):
    data, models, _ = world()
    data[2, 1, 3] = np.nan
    moving = models * np.random.default_rng(0).gamma(2.0, size=(TIMES, *models.shape))
    whole = [fit(kind, data, some, ENDS, "corr_cov") for kind in KINDS for some in (models, moving)]
    monkeypatch.setattr(module, "AT_ONCE", 1)
    parts = [fit(kind, data, some, ENDS, "corr_cov") for kind in KINDS for some in (models, moving)]
    np.testing.assert_allclose(parts, whole, rtol=1e-10, atol=1e-12)


def test_models_that_are_mixes_of_others_are_known():
    _, models, _ = world()
    more = np.concatenate([models, models[:1] + 2 * models[1:2], np.ones((1, models.shape[1]))])
    for comparator in (*OF_VECTORS, "spearman"):
        assert same_terms(more, ENDS, comparator).tolist() == [True, True, False, False, True, False]
        assert not same_terms(models, ENDS, comparator).any()
    assert not same_terms(np.full_like(models, np.nan), ENDS, "corr").any()


def test_what_is_no_mixture_is_refused():
    data, models, _ = world()
    with pytest.raises(InputError, match="one of weighted, selected, interpolated; got 'best'"):
        fit("best", data, models, ENDS)
    with pytest.raises(InputError, match="two models or more, in their order; got 1"):
        fit("interpolated", data, models[:1], ENDS)
