"""The bound on a change holds where many pairs change by much."""

import numpy as np
import pytest
from scipy import stats

from neurouniv.fitting.change import noncentral_f


@pytest.mark.parametrize(("freedom", "estimated", "ratio", "size"), [(700, 1e5, 4, 6300.0), (2340, 1e5, 2, 6552.0)])
def test_the_noncentral_f_is_known_where_scipys_is_not(freedom, estimated, ratio, size):
    near = stats.ncf.cdf(ratio, freedom, estimated, size * np.array([0.95, 0.97, 1.02]))
    mine = noncentral_f(ratio, freedom, estimated, size)
    assert 0 <= mine < 0.01
    assert mine <= np.nanmax(near) + 1e-9


@pytest.mark.parametrize("freedom", [84, 2340])
@pytest.mark.parametrize("share", [0.5, 0.8, 1.0, 1.3])
def test_the_central_f_that_stands_in_is_near(freedom, share, monkeypatch):
    size = share * freedom
    exact = stats.ncf.cdf(2.0, freedom, 500, size)
    monkeypatch.setattr(stats.ncf, "cdf", lambda *_: np.nan)
    assert noncentral_f(2.0, freedom, 500, size) == pytest.approx(exact, abs=0.01)
