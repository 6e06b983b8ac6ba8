"""Fit a brain: the speed is known, the gain is not, and false worlds are seen by what the law leaves."""

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_what_h_alone_tells(run):
    made = run("06")
    found, truth = made["found"], np.sqrt(made["true_h"] * made["true_y"])
    low, high = found.speed.values[1:]
    assert low < truth < high
    np.testing.assert_allclose(found.eta_h / made["gain"], made["true_h"], rtol=0.05)
    np.testing.assert_allclose(found.eta_y * made["gain"], made["true_y"], rtol=0.05)
    ends = made["profiles"].rise.isel(point=-1)
    assert ends.sel(constant="decoder0") < 0.1
    assert ends.sel(constant="eta_h") > 20
    ignored = made["fits"]["plain, noise ignored"].constants_.speed.values
    assert ignored[2] < truth
    low, high = made["fits"]["plain, a floor is fitted"].constants_.speed.values[1:]
    assert low < truth < high
    low, high = made["short"].speed.values[1:]
    assert low < truth < high
    excess = made["verdicts"]["excess"]
    assert abs(excess.pop("the law is true") - 1) < 0.2
    assert (excess > 1.8).all()
    made["check"](4, 1 / 4, 1)
    with pytest.raises(AssertionError, match="squared"):
        made["check"](2, 1 / 2, 1)
