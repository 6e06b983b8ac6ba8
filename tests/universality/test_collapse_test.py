"""The collapse as a test: it comes where the law holds, whatever the constants, and by chance as often as p says."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv import InputError
from neurouniv.universality.collapse_test import _ranked, collapse_test

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


class Known:
    """A law whose constants are known: distances end at 2 dx dy*, at the rate dx dy*/2."""

    constants_ = xr.Dataset({"eta_h": 1.0, "eta_y": 0.25})

    def clone(self):
        return self

    def fit(self, traj):
        return self


@pytest.mark.slow
def test_systems_with_other_constants_collapse_on_one_curve(make_world):
    slow = make_world(n=10, end=300.0, see=("h",), noise=0.01)
    fast = make_world(n=10, end=60.0, eta_h=3.0, eta_y=0.2, seed=1, see=("h",), noise=0.01)
    found = collapse_test({"slow": slow, "fast": fast}, permutations=99)
    assert (found.collapse > 0.9).all()
    assert (found.p <= 0.02).all()
    assert float(found.overall_p) == 0.01
    assert found.system.values.tolist() == ["slow", "fast"]


@pytest.mark.slow
def test_batch_elements_are_systems_with_names(make_world):
    traj = make_world(n=8, see=("h",))
    both = xr.concat([traj, traj.assign(h=2 * traj.h)], xr.Variable("seed", [3, 4]), data_vars=["h"])
    found = collapse_test({"net": both}, permutations=19)
    assert found.system.values.tolist() == ["net, seed 3", "net, seed 4"]
    np.testing.assert_allclose(found.collapse[0], found.collapse[1], rtol=1e-4)


def test_one_that_follows_the_curve_but_for_what_was_not_seen(make_world):
    """A logistic movie by hand: the collapse is whole, also where frames of some pairs are absent."""
    traj = make_world(n=8, end=40.0, see=("h",))
    scale = np.sqrt(traj.dx2 * traj.dy2)
    h = (2 * scale / (1 + np.exp(-(traj.time - 20.0) * scale / 2))).transpose("time", "pair")
    absent = xr.zeros_like(h, bool)
    absent[5:9, ::3] = True
    both = {"whole": traj.assign(h=h), "gaps": traj.assign(h=h.where(~absent))}
    found = collapse_test(both, Known(), permutations=19)
    np.testing.assert_allclose(found.collapse, 1)
    assert (found.null < 0.99).mean() > 0.9


def test_conditions_are_exchanged_by_name(make_world):
    """The same system with its pairs and conditions in another order has the same null."""
    traj = make_world(n=8, see=("h",), noise=0.05)
    other = traj.isel(pair=np.random.default_rng(0).permutation(28), condition=slice(None, None, -1))
    found = collapse_test({"one": traj, "other": other}, Known(), permutations=19)
    np.testing.assert_allclose(found.null[:, 0], found.null[:, 1])


def test_a_movie_without_spread_has_no_p(make_world):
    traj = make_world(n=8, see=("h",))
    still = traj.assign(h=xr.ones_like(traj.h))
    found = collapse_test({"still": still, "moving": traj}, Known(), permutations=19)
    assert found.p.isnull().values.tolist() == [True, False]


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
def test_a_member_without_distances_has_no_collapse(make_world):
    traj = make_world(n=8, times=8, see=("h",))
    lost = xr.Variable("seed", [False, True])
    found = collapse_test(
        {"net": traj.assign(h=traj.h.where(~xr.DataArray(lost)).transpose("seed", ...))}, Known(), permutations=19
    )
    assert found.collapse.isnull().values.tolist() == [False, True]


def test_pairs_that_are_absent_are_told(make_world):
    with pytest.raises(InputError, match="all pairs"):
        collapse_test(make_world(n=8, see=("h",)).isel(pair=slice(None, None, 2)), Known(), permutations=19)


def test_one_system_twice_is_no_more_evidence_than_once(make_world):
    """Systems whose conditions have one geometry: the joint p is that of one."""
    traj = make_world(n=8, see=("h",), noise=0.3)
    other = traj.isel(pair=np.random.default_rng(0).permutation(28))
    found = collapse_test({"one": traj, "other": other}, Known(), permutations=99)
    assert found.overall_p.item() == found.p[0].item() == found.p[1].item()


def test_errors_count_by_their_order():
    """However far off the constants of a fold are; what differs by rounding alone is alike."""
    error = np.array([[0.2, 3e9], [0.1, 1e9], [0.1 + 1e-15, 2e9]])
    np.testing.assert_array_equal(_ranked(error), [[3, 3], [1.5, 1], [1.5, 2]])


@pytest.mark.slow
def test_labels_that_tell_nothing_do_not_collapse(make_world):
    """300 systems of random smooth courses: p at or below .1 in about a tenth of them."""
    rng, time = np.random.default_rng(0), np.linspace(0, 10, 6)
    traj = make_world(n=8, see=("h",)).drop_dims("time")
    end = np.stack([pdist(rng.normal(size=(8, 3))) for _ in range(300)])
    h = end[:, None] / (1 + 20 * np.exp(-time[:, None]))
    made = traj.assign(h=(("study", "time", "pair"), h)).assign_coords(time=time)
    found = collapse_test(made, permutations=39)
    assert 0.05 < float((found.p <= 0.1).mean()) < 0.15


def test_nothing_to_test_is_told():
    with pytest.raises(InputError, match="at least one system"):
        collapse_test({})
