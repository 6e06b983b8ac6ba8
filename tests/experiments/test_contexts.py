"""Contexts: how planes lie to each other is measured from distances alone."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

import neurouniv as nu
from neurouniv import tasks
from neurouniv.experiments import contexts
from neurouniv.laws import PairwiseModel

TASK = tasks.contexts(3)
FEATURES = np.stack([TASK.feature_1, TASK.feature_2], axis=1)
IN_A = (TASK.context == "A").values


def rdm(rows):
    first, second = (TASK.condition.values[k] for k in np.triu_indices(len(rows), 1))
    labels = {"first": ("pair", first), "second": ("pair", second)}
    return xr.DataArray(pdist(rows) ** 2, dims="pair").assign_coords(labels)


def in_planes(first, second):
    """Features of context A times `first` (2, unit), of context B times `second`, the contexts apart."""
    return np.where(IN_A[:, None], FEATURES @ first + 3.0, FEATURES @ second)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (np.eye(4)[:2], np.eye(4)[:2], (1, 1)),
        (np.eye(4)[:2], np.eye(4)[2:], (0, 1)),
        (np.eye(4)[:2], np.eye(4)[[0, 2]], (0.5, 1)),
        (np.eye(4)[[0, 0]] * [[1], [0]], np.eye(4)[[1, 1]] * [[0], [1]], (0, 0)),
        (np.eye(4)[[0, 0]] * [[1], [0]], np.eye(4)[[0, 0]] * [[0], [1]], (1, 0)),
        (np.diag([1.0, 0.5]), np.diag([0.5, 1.0]), (2 * 0.25 / 1.0625, 0.25)),
    ],
    ids=["one plane", "orthogonal planes", "a shared line", "orthogonal lines", "one line", "half compressed"],
)
def test_alignment_of_planes_is_what_their_covariances_say(first, second, expected):
    found = contexts.alignment(rdm(in_planes(first, second)), TASK)
    assert found.alignment.item() == pytest.approx(expected[0], abs=1e-12)
    assert found.irrelevant.item() == pytest.approx(expected[1], abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_alignment_does_not_see_turns_scale_or_where_contexts_lie(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(18, 6))
    turned = 2.5 * rows @ np.linalg.qr(rng.normal(size=(6, 6)))[0] + np.where(IN_A[:, None], rng.normal(size=6), 0)
    both = xr.concat([rdm(rows), rdm(turned)], "seed")
    found = contexts.alignment(both, TASK)
    for name in ("alignment", "irrelevant"):
        np.testing.assert_allclose(found[name][1], found[name][0])
    a, b = (rows[k] - rows[k].mean(0) for k in (IN_A, ~IN_A))
    covariances = a.T @ a, b.T @ b
    expected = np.trace(covariances[0] @ covariances[1]) / np.prod([np.linalg.norm(c) for c in covariances])
    assert found.alignment[0].item() == pytest.approx(expected)


@pytest.fixture(scope="module")
def results():
    """A quick look made quicker, with the two-point law in place of the universal one."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(contexts, "QUICK_WIDTH", 8)
        changed.setattr(contexts, "QUICK_EPOCHS", 30)
        both = {"pairwise": PairwiseModel(), "universal": PairwiseModel()}
        changed.setattr(contexts, "laws", lambda depth: both)
        return contexts.run(2, "cpu", False, quick=True)


@pytest.mark.slow
def test_results_are_kept_drawn_and_judged(results, tmp_path):
    assert dict(results.alignment.sizes) == {"network": 2, "scale": 3, "moment": 4, "seed": 2}
    start = results.sel(network="1 hidden layer", scale="rich", moment="start", seed=1)
    assert start.alignment.item() == pytest.approx(contexts.alignment(start.h.isel(time=0), TASK).alignment.item())
    contexts.draw(nu.load(nu.save(results, tmp_path / "r.nc"))).savefig(tmp_path / "r.png")
    assert "quick look" in contexts.claim(results)


@pytest.mark.slow
@pytest.mark.parametrize(("r2", "begins"), [(0.95, "holds:"), (0.5, "does not hold:"), (None, "holds in part:")])
def test_the_claim_follows_the_scores(results, r2, begins):
    some = xr.DataArray([0.95, 0.5, 0.5], dims="scale")
    scored = results.assign(r2_final=0 * results.r2_final.fillna(0) + (some if r2 is None else r2))
    assert contexts.claim(scored).startswith(begins)


@pytest.mark.slow
def test_networks_from_small_weights_drop_the_irrelevant_feature_and_large_ones_keep_it():
    results = contexts.run(1, "cpu", False, quick=True)
    left = results.irrelevant.sel(moment="end", seed=0)
    assert (left.sel(scale="rich") < 0.4).all()
    assert left.sel(scale="lazy", network="1 hidden layer") > 0.7
    aligned = results.alignment.sel(moment="end", seed=0, scale="rich")
    assert aligned.sel(network="1 hidden layer") < 0.3
    assert aligned.sel(network="3 hidden layers") > 0.9
