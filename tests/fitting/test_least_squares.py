"""The optimiser and R2 against known answers."""

import numpy as np
from scipy import optimize

from neurouniv.fitting import least_squares, r_squared


def test_equals_scipy_on_rosenbrock_for_many_systems_at_once():
    centers = np.random.default_rng(0).uniform(0.5, 2, 7)

    def residual(theta, system):
        return np.stack([10 * (theta[..., 1] - theta[..., 0] ** 2), centers[system] - theta[..., 0]], axis=-1)

    far = np.full((7, 2), 50.0)
    fit = least_squares(residual, np.full((2, 7, 2), -1.0), -far, far, max_iterations=500)
    np.testing.assert_allclose(fit.theta[:, 0], centers, rtol=1e-5)
    assert fit.settled.all()
    alone = optimize.least_squares(lambda t: [10 * (t[1] - t[0] ** 2), centers[3] - t[0]], [-1, -1])
    np.testing.assert_allclose(fit.theta[3], alone.x, rtol=1e-5)


def test_bounds_hold_and_are_told():
    fit = least_squares(lambda t, _: t - 5.0, np.zeros((1, 1, 2)), np.array([[-1.0, -9.0]]), np.array([[1.0, 9.0]]))
    np.testing.assert_allclose(fit.theta, [[1.0, 5.0]], atol=1e-6)
    assert fit.at_bound.tolist() == [[1, 0]]


def test_r_squared_leaves_missing_out_and_is_undefined_without_spread():
    observed = np.array([[1.0, 2.0, np.nan], [3.0, 4.0, 5.0]])
    assert r_squared(observed, observed) == 1
    mean = np.full_like(observed, np.nanmean(observed))
    np.testing.assert_allclose(r_squared(observed, mean), 0, atol=1e-12)
    assert np.isnan(r_squared(np.ones((2, 2)), np.zeros((2, 2))))
