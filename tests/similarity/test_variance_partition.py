"""Parts of the explained variance sum to it, and are those of known worlds."""

import numpy as np
import pytest

from neurouniv.schema import pair_indices
from neurouniv.similarity.partial import similarities
from neurouniv.similarity.variance_partition import unique, variance_partition
from neurouniv.universality.inference.resampled_similarity import Resampled

N = 12
ENDS = np.stack(pair_indices(N))


def given(k, seed=0, frames=4, comparator="corr", resamples=3):
    rng = np.random.default_rng(seed)
    models = rng.gamma(2.0, size=(k, 1, ENDS.shape[1])) + rng.gamma(2.0, size=ENDS.shape[1])
    data = np.einsum("fk,kp->fp", rng.normal(size=(frames, k)), models[:, 0])
    data += 3 * rng.normal(size=data.shape)
    counts = rng.multinomial(N, np.full(N, 1 / N), size=resamples).astype(float)
    return (
        data,
        models,
        similarities(Resampled(np.concatenate([np.ones((1, N)), counts]), ENDS, comparator), data, models),
    )


def r2(data, models):
    """Of least squares with a constant."""
    x = np.column_stack([*models, np.ones(len(data))])
    rest = data - x @ np.linalg.lstsq(x, data, rcond=None)[0]
    return 1 - rest.var() / data.var()


@pytest.mark.parametrize("comparator", ["corr", "cosine", "spearman", "corr_cov"])
@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_parts_sum_to_what_all_explain(k, comparator):
    """In every resample and frame, with more models than combinations are told of, too."""
    *_, both = given(k, comparator=comparator)
    found = variance_partition(*both)
    np.testing.assert_allclose(found.unique.sum(1) + found.shared.sum(1), found.r2, rtol=1e-9)
    assert not (found.r2 > 1 - 1e-6).any()
    assert not (found.unique < -1e-12).any()
    np.testing.assert_allclose(unique(*both), found.unique, rtol=1e-7, atol=1e-10)
    assert len(found.combinations) == found.shared.shape[1] == (2**k - 1 - k if k <= 8 else 1)


def test_parts_are_differences_of_r2():
    data, models, both = given(3)
    found, x = variance_partition(*both), models[:, 0]
    for f, y in enumerate(data):
        whole = r2(y, x)
        without = [r2(y, np.delete(x, j, 0)) for j in range(3)]
        alone = [r2(y, x[[j]]) for j in range(3)]
        np.testing.assert_allclose(found.r2[0, f], whole, rtol=1e-10)
        np.testing.assert_allclose(found.unique[0, :, f], whole - np.array(without), rtol=1e-9, atol=1e-12)
        expected = {
            (0, 1): without[0] + without[1] - alone[2] - whole,
            (0, 2): without[0] + without[2] - alone[1] - whole,
            (1, 2): without[1] + without[2] - alone[0] - whole,
            (0, 1, 2): sum(alone) - sum(without) + whole,
        }
        assert found.combinations == list(expected)
        np.testing.assert_allclose(found.shared[0, :, f], list(expected.values()), rtol=1e-9, atol=1e-12)


def test_independent_models_share_nothing_and_a_common_cause_is_shared():
    found = variance_partition(np.eye(3)[None], np.array([[0.5, 0.3, 0.1]]))
    np.testing.assert_allclose(found.unique[0], [0.25, 0.09, 0.01])
    np.testing.assert_allclose(found.shared, 0.0, atol=1e-15)
    copies = variance_partition(np.array([[[1.0, 1.0], [1.0, 1.0]]]), np.array([[0.6, 0.6]]))
    np.testing.assert_allclose([copies.r2[0], *copies.unique[0], *copies.shared[0]], [0.36, 0, 0, 0.36], atol=1e-12)


def test_suppression_is_a_shared_part_below_0():
    """The second model has nothing to do with the data, but with what is noise in the first."""
    found = variance_partition(np.array([[[1.0, 0.8], [0.8, 1.0]]]), np.array([[0.5, 0.0]]))
    assert found.r2[0] > 0.25
    np.testing.assert_allclose(found.shared[0, 0], 0.25 - found.unique[0, 0])
    assert found.shared[0, 0] < 0


def test_models_that_say_the_same_share_all_and_have_nothing_alone():
    data, models, _ = given(3)
    more = np.concatenate([models, 2 * models[:1]])
    found, whole = (
        variance_partition(*similarities(Resampled(np.ones((1, N)), ENDS, "corr"), data, some))
        for some in (more, models)
    )
    np.testing.assert_allclose(found.r2, whole.r2, rtol=1e-9)
    np.testing.assert_allclose(found.unique[0, [0, 3]], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.unique[0, 1:3], whole.unique[0, 1:], rtol=1e-8)
    np.testing.assert_allclose(found.shared[0, found.combinations.index((0, 3))], whole.unique[0, 0], rtol=1e-8)
