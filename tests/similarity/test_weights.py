"""Non-negative weights from inner products are scipy's, and meet the conditions that only the best weights meet."""

import numpy as np
import pytest
from scipy.optimize import nnls

from neurouniv.similarity import weights as module
from neurouniv.similarity.weights import are_dependent, non_negative


def world(k, frames=60, rows=40, seed=0, mixed=False):
    """Models (row, k) of very unlike sizes that resemble each other, and frames (row, frame), half of them mixes."""
    rng = np.random.default_rng(seed)
    models = (rng.normal(size=(rows, k)) + rng.normal(size=(rows, 1))) * 10.0 ** rng.uniform(-3, 3, size=k)
    data = rng.normal(size=(rows, frames))
    data[:, ::2] += models @ rng.normal(size=(k, frames))[:, ::2]
    return models, data


def weights_of(models, data):
    return non_negative(models.T @ models, data.T @ models)


@pytest.mark.parametrize("k", [1, 2, 5, 12])
def test_weights_are_scipys(k):
    models, data = world(k, seed=k)
    size = np.linalg.norm(models, axis=0)
    theirs = np.stack([nnls(models / size, frame)[0] for frame in data.T])
    np.testing.assert_allclose(weights_of(models, data) * size, theirs, rtol=1e-10, atol=1e-10)
    assert (theirs == 0).any()
    assert (theirs > 0).any()


@pytest.mark.parametrize("k", [3, 12])
def test_the_conditions_of_the_best_weights_hold(k):
    """Karush, Kuhn & Tucker: no weight is negative, no slope is positive, and one of the two is 0."""
    models, data = world(k, frames=500, seed=10 + k)
    models = models / np.linalg.norm(models, axis=0)
    found = weights_of(models, data)
    slopes = (data.T - found @ models.T) @ models
    size = np.abs(data.T @ models).max()
    assert (found >= 0).all()
    assert slopes.max() < 1e-10 * size
    np.testing.assert_allclose(found * slopes, 0.0, atol=1e-10 * size**2)


def test_a_mix_of_models_that_say_the_same_is_scipys():
    models, data = world(4)
    models = np.concatenate([models, models[:, :1], models[:, 1:2] + models[:, 2:3]], axis=1)
    models /= np.linalg.norm(models, axis=0)
    theirs = np.stack([models @ nnls(models, frame)[0] for frame in data.T])
    assert are_dependent(models.T @ models)
    found = weights_of(models, data)
    assert (found >= 0).all()
    np.testing.assert_allclose(found @ models.T, theirs, rtol=1e-10, atol=1e-10)


def test_frames_unlike_all_models_have_no_weights():
    rng = np.random.default_rng(0)
    models = rng.gamma(2.0, size=(30, 5))
    assert (weights_of(models, -models @ rng.gamma(2.0, size=(5, 20))) == 0).all()


def test_known_weights_are_recovered_and_units_do_not_matter():
    models, _ = world(5)
    size = np.linalg.norm(models, axis=0)
    truth = np.array([[0.0, 1, 2, 0, 3], [1, 0, 0, 0, 0]])
    frames = models @ (truth / size).T
    np.testing.assert_allclose(weights_of(models, frames) * size, truth, atol=1e-9)
    np.testing.assert_allclose(weights_of(models, 1e9 * frames) * size, 1e9 * truth, atol=1)


def test_frames_that_pivoting_does_not_settle_are_left_to_scipy(monkeypatch):
    models, data = world(8)
    whole = weights_of(models, data)
    monkeypatch.setattr(module, "ROUNDS", 1)
    size = np.linalg.norm(models, axis=0)
    np.testing.assert_allclose(weights_of(models, data) * size, whole * size, rtol=1e-10, atol=1e-10)


def test_every_frame_may_have_models_of_its_own():
    rng = np.random.default_rng(0)
    models, data = rng.normal(size=(7, 3, 20, 4)), rng.normal(size=(3, 20))
    gram, moment = models.swapaxes(-2, -1) @ models, np.einsum("abpk,bp->abk", models, data)
    found = non_negative(gram, moment)
    for place in np.ndindex(7, 3):
        np.testing.assert_allclose(found[place], nnls(models[place], data[place[1]])[0], rtol=1e-10, atol=1e-12)


def test_a_model_without_length_has_no_weight_and_what_is_not_known_stays_so():
    gram, moment = np.diag([1.0, 0.0]), np.array([[2.0, 0.0], [np.nan, 0.0]])
    np.testing.assert_array_equal(non_negative(gram, moment), [[2.0, 0.0], [np.nan, np.nan]])
