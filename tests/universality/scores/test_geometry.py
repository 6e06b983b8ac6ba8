"""Similarity of RDMs is rsatoolbox's number at every frame, and NaN where there is none."""

import numpy as np
import pytest
import xarray as xr
from rsatoolbox.rdm import compare

from neurouniv import InputError
from neurouniv.rdm.comparators import COMPARATORS
from neurouniv.schema import pair_indices
from neurouniv.universality.scores.geometry import similarity


def movie(times=40, conditions=6, seed=0, batch=()):
    rng = np.random.default_rng(seed)
    names = np.array([f"c{i}" for i in range(conditions)])
    first, second = pair_indices(conditions)
    dims = (*(f"b{i}" for i in range(len(batch))), "time", "pair")
    coords = {"first": ("pair", names[first]), "second": ("pair", names[second])}
    return xr.DataArray(rng.gamma(2.0, size=(*batch, times, len(first))), dims=dims, coords=coords)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_every_frame_is_what_rsatoolbox_says(comparator):
    a, b = movie(seed=1), movie(seed=2)
    expected = [compare(x[None], y[None], method=comparator).item() for x, y in zip(a.values, b.values, strict=True)]
    np.testing.assert_allclose(similarity(a, b, comparator), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(similarity(a, a, comparator), 1, rtol=1e-12)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_missing_pairs_are_left_out_frame_by_frame(comparator):
    a, b = movie(seed=1), movie(seed=2)
    a = a.where(np.random.default_rng(0).random(a.shape) > 0.15)
    expected = []
    for x, y in zip(a.values, b.values, strict=True):
        expected.append(compare(x[None], np.where(np.isnan(x), np.nan, y)[None], method=comparator).item())
    np.testing.assert_allclose(similarity(a, b, comparator), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_the_order_of_pairs_does_not_matter(comparator):
    a, b = movie(seed=1), movie(seed=2)
    order = np.random.default_rng(0).permutation(a.sizes["pair"])
    found = similarity(a.isel(pair=order), b.isel(pair=order), comparator)
    np.testing.assert_allclose(found, similarity(a, b, comparator), rtol=1e-10)


def test_batches_are_dimensions():
    a, b = movie(seed=1, batch=(2, 3), times=5), movie(seed=2, batch=(2, 3), times=5)
    found = similarity(a, b)
    assert found.dims == ("b0", "b1", "time")
    np.testing.assert_array_equal(found.isel(b0=1, b1=2), similarity(a.isel(b0=1, b1=2), b.isel(b0=1, b1=2)))


def test_two_frames_alone_and_whole_numbers_are_compared_too():
    a, b = movie(seed=1).isel(time=0), movie(times=3, seed=2)
    assert similarity(a, b.isel(time=1)).dims == ()
    assert float(similarity(a, b.isel(time=1))) == float(similarity(a, b)[1])
    assert similarity(a, b).dims == similarity(b, a).dims == ("time",)
    whole = (10 * b).astype(int)
    np.testing.assert_array_equal(similarity(a, whole), similarity(a, whole.astype(float)))
    assert similarity(a, b.isel(time=slice(0))).shape == (0,)


@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("comparator", COMPARATORS)
def test_dimensions_of_one_side_alone_are_compared_all_with_all(comparator, missing):
    """Equal to writing all combinations out, dimensions in the same order."""
    a = movie(times=3, seed=1, batch=(2,)).transpose("time", "b0", "pair")
    a = a.where(np.random.default_rng(0).random(a.shape) >= missing)
    b = movie(times=3, seed=2, batch=(4,)).rename(b0="model").assign_coords(model=list("pqrs"))
    for models in (b, b.isel(time=0, drop=True), b.isel(model=0)):
        found = similarity(a, models, comparator)
        written_out = similarity(*xr.broadcast(a, models), comparator)
        assert found.dims == written_out.dims
        xr.testing.assert_allclose(found, written_out, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_what_has_no_similarity_is_nan_without_a_warning(comparator):
    a, b = movie(times=3, seed=1), movie(times=3, seed=2)
    nothing = 0.0 if comparator.startswith("cosine") else 0.3
    spoilt = b.copy(data=[b.values[0], b.values[1], np.full(b.sizes["pair"], nothing)])
    spoilt[0, 4] = np.inf
    np.testing.assert_array_equal(np.isnan(similarity(a, spoilt, comparator)), [True, False, True])
    few = a.copy()
    few[1, 2:] = np.nan
    np.testing.assert_array_equal(np.isnan(similarity(few, b, comparator)), [False, True, False])
    assert np.isnan(similarity(a.isel(pair=slice(0, 1)), b.isel(pair=slice(0, 1)), comparator)).all()


def test_wrong_words_are_refused():
    with pytest.raises(InputError, match="got 'pearson'"):
        similarity(movie(), movie(), "pearson")
    with pytest.raises(InputError, match="first and second"):
        similarity(movie().drop_vars("first"), movie(), "corr_cov")
