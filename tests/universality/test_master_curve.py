"""The collapse as a test: it comes where the law holds, whatever the constants, and by chance as often as p says."""

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from neurouniv import InputError
from neurouniv.universality.master_curve import collapse_test

pytestmark = pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")


def test_systems_with_other_constants_collapse_on_one_curve(make_world):
    slow = make_world(n=10, end=300.0, see=("h",), noise=0.01)
    fast = make_world(n=10, end=60.0, eta_h=3.0, eta_y=0.2, seed=1, see=("h",), noise=0.01)
    found = collapse_test({"slow": slow, "fast": fast}, permutations=99)
    assert (found.collapse > 0.9).all()
    assert (found.p <= 0.02).all()
    assert float(found.overall_p) == 0.01
    assert found.system.values.tolist() == ["slow", "fast"]


def test_batch_elements_are_systems_with_names(make_world):
    traj = make_world(n=8, see=("h",))
    both = xr.concat([traj, traj.assign(h=2 * traj.h)], xr.Variable("seed", [3, 4]), data_vars=["h"])
    found = collapse_test({"net": both}, permutations=19)
    assert found.system.values.tolist() == ["net, seed 3", "net, seed 4"]
    np.testing.assert_allclose(found.collapse[0], found.collapse[1], rtol=1e-4)


@pytest.mark.slow
def test_labels_that_tell_nothing_do_not_collapse(make_world):
    """300 systems of random smooth courses: p at or below .1 in about a tenth of them."""
    rng, time = np.random.default_rng(0), np.linspace(0, 10, 6)
    traj = make_world(n=8, see=("h",)).drop_dims("time")
    end = np.stack([pdist(rng.normal(size=(8, 3))) for _ in range(300)])
    h = end[:, None] / (1 + 20 * np.exp(-time[:, None]))
    found = collapse_test(traj.assign(h=(("system", "time", "pair"), h)).assign_coords(time=time), permutations=39)
    assert 0.05 < float((found.p <= 0.1).mean()) < 0.15


def test_nothing_to_test_is_told():
    with pytest.raises(InputError, match="at least one system"):
        collapse_test({})
