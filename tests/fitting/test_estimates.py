"""What a fit says of its constants, against the linear regression of textbooks."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

from neurouniv import PairwiseModel
from neurouniv.laws import LAWS


def test_likelihood_intervals_of_a_linear_law_are_those_of_ordinary_least_squares(make_world):
    """Standard errors are the roots of RSS/(n - p) (X'X)^-1."""
    traj = make_world(n=2, times=12, see=("h",))
    traj["h"].values[:, 0] += 0.05 * np.random.default_rng(0).normal(size=12)
    law = LAWS["free"](freedom=5, intervals="likelihood", weighting="none").fit(traj)
    knots = np.concatenate([np.zeros(3), [0, 0.5, 1], np.ones(3)])
    design = BSpline.design_matrix(np.linspace(0, 1, 12), knots, 3).toarray()
    levels, squares, *_ = np.linalg.lstsq(design, traj["h"].values[:, 0], rcond=None)
    errors = np.sqrt(squares / (12 - 5) * np.diag(np.linalg.inv(design.T @ design)))
    for i, (level, error) in enumerate(zip(levels, errors, strict=True)):
        low, high = law.constants_[f"level_{i}_interval"].values.squeeze()
        assert float(law.constants_[f"level_{i}"].squeeze()) == pytest.approx(level, rel=1e-6)
        assert (low, high) == pytest.approx((level - 1.959964 * error, level + 1.959964 * error), rel=1e-4)


def test_the_excess_is_the_mean_square_per_degree_of_freedom_in_units_of_the_noise(make_world):
    """Noise as large as it is said to be leaves an excess near 1, of observations less constants."""
    traj = make_world(n=5, times=30, see=("h",), noise=0.01)
    fitted = PairwiseModel().fit(traj).constants_
    constants = sum(f"{name}_interval" in fitted for name in fitted)
    assert float(fitted.excess) == pytest.approx(float(fitted.loss) / (30 * 10 - constants))
    assert 0.8 < float(fitted.excess) < 1.25
