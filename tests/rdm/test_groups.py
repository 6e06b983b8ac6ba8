"""Means of groups of pairs, and their standard errors."""

import numpy as np
import pytest
import xarray as xr

from neurouniv.rdm.groups import group_means, pair_groups


def movie(pairs, variance=0.04, members=0):
    """Distances 1 of the pairs named, with one sampling variance."""
    first, second = (np.array(end) for end in zip(*pairs, strict=True))
    coords = {"time": [0.0, 1.0], "first": ("pair", first), "second": ("pair", second)}
    h = np.ones((members or 1, 2, len(pairs)))
    dims = ("subject", "time", "pair")
    traj = xr.Dataset({"h": (dims, h), "h_var": (dims, np.full(h.shape, variance))}, coords)
    return traj if members else traj.isel(subject=0)


@pytest.mark.parametrize(("pairs", "times_variance"), [
    ([("a", "b")], 1.0), ([("a", "b"), ("c", "d")], 1 / 2), ([("a", "b"), ("a", "c")], (1 + 1 + 2 * 0.5) / 4),
])  # fmt: skip
def test_pairs_that_share_a_condition_have_errors_that_correlate_by_one_half(pairs, times_variance):
    groups = {"all": np.ones(len(pairs), bool)}
    for members in (0, 4):
        means = group_means(movie(pairs, members=members), groups)
        np.testing.assert_allclose(means.h, 1.0)
        np.testing.assert_allclose(means.error, np.sqrt(0.04 * times_variance / max(members, 1)))


@pytest.mark.parametrize(("dy2", "near"), [([1.0, 2.0, 3.0, 4.0], 2), ([0.0, 2.0, 2.0, 2.0], 1)])
def test_pairs_as_far_as_the_third_that_is_farthest_belong_to_it(dy2, near):
    groups = pair_groups(xr.Dataset(coords={"dy2": ("pair", dy2)}))
    place = np.arange(4)
    assert [groups[name].tolist() for name in ("nearest targets", "farthest targets")] == [
        (place < near).tolist(),
        (place >= near).tolist(),
    ]
