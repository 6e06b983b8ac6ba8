"""R2 with its errors: p of a bound is the other side of the interval."""

import numpy as np
import pytest
import xarray as xr

from neurouniv import RIVALS, InputError, PairwiseModel, compare
from neurouniv.universality.inference.own_r2 import p_below


@pytest.fixture(scope="module")
def result(make_world):
    world = make_world(n=20, times=8, see=("h", "y"), noise=0.05)
    world = world.assign(y=world.y * np.exp(0.1 * np.random.default_rng(1).normal(size=world.y.shape)))
    return compare([PairwiseModel(), RIVALS["static"]()], world, partitions=1, resamples=50)


@pytest.mark.slow
@pytest.mark.parametrize("score", ["dynamics", "outputs"])
def test_p_at_the_ends_of_the_interval_is_that_of_the_interval(result, score):
    law = result.sel(law="pairwise")
    lower, upper = (law[f"{score}_interval"].sel(bound=bound) for bound in ("lower", "upper"))
    assert float(p_below(law, upper, score)) == pytest.approx(0.025)
    assert float(p_below(law, lower, score)) == pytest.approx(0.975)
    assert float(p_below(law, law[score], score)) == pytest.approx(0.5)


def test_a_law_that_tells_no_outputs_has_no_p_of_them(result):
    assert np.isnan(p_below(result.sel(law="static"), 0.9, "outputs"))
    assert float(p_below(result.sel(law="static"), 0.9)) < 0.001


def test_members_count_by_their_mean():
    errors = {"dynamics_log_error": 0.1, "dynamics_freedom": 9.0}
    of_two = xr.Dataset({"dynamics": ("seed", [0.5, 0.9]), **errors})
    of_one = xr.Dataset({"dynamics": 0.7, **errors})
    xr.testing.assert_allclose(p_below(of_two, 0.75), p_below(of_one, 0.75))


def test_a_comparison_without_errors_is_refused(result):
    with pytest.raises(InputError, match=r"dynamics_log_error.*absent.*resamples=1000"):
        p_below(result.drop_vars("dynamics_log_error"), 0.9)
