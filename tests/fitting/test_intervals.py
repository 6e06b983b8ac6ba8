"""Intervals against known answers."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from neurouniv.fitting.intervals import sandwich
from neurouniv.fitting.least_squares import least_squares
from neurouniv.fitting.profile import profile_limits
from neurouniv.laws import LAWS
from neurouniv.schema import pair_indices


@pytest.mark.parametrize("n_conditions", [3, 12])
def test_sandwich_error_of_a_mean_of_independent_noise(n_conditions):
    """For a regression on a constant the standard error is sigma/sqrt(n), whichever correlation is allowed for."""
    rng = np.random.default_rng(1)
    ends = np.stack(pair_indices(n_conditions))
    noise = rng.normal(size=(400, 40, ends.shape[1]))
    residual = noise - noise.mean((1, 2), keepdims=True)
    normal = np.full((400, 1, 1), noise[0].size, dtype=float)
    found = sandwich(residual[..., None], normal, ends)
    assert 0.7 < found.error.mean() * np.sqrt(noise[0].size) < 1.1


def test_sandwich_sees_conditions_that_are_shared():
    """Noise that belongs to conditions makes the naive error too small; dyadic clusters see it."""
    rng = np.random.default_rng(2)
    ends = np.stack(pair_indices(15))
    own = rng.normal(size=(500, 15))
    noise = (own[:, ends[0]] + own[:, ends[1]])[:, None, :].repeat(10, axis=1)
    truth = noise.mean((1, 2)).std()
    residual = noise - noise.mean((1, 2), keepdims=True)
    normal = np.full((500, 1, 1), noise[0].size, dtype=float)
    found = sandwich(residual[..., None], normal, ends).error.mean()
    naive = residual.std() / np.sqrt(noise[0].size)
    assert naive < 0.4 * truth
    assert 0.8 * truth < found < 1.2 * truth


@dataclass(frozen=True)
class Lines:
    """A problem whose residuals are linear: two constants that are seen apart, with errors 0.1 and 0.2."""

    bounds: tuple[np.ndarray, np.ndarray]
    equation = SimpleNamespace(difference=1e-4)
    weighting = SimpleNamespace(whitener="the noise is known")

    def residual(self, theta, system):
        return np.concatenate([theta / [0.1, 0.2], 0 * theta], -1)

    def observed(self):
        return np.zeros((len(self.bounds[0]), 1, 1, 4))

    def taken(self, system):
        return replace(self, bounds=tuple(end[system] for end in self.bounds))


def test_profiles_of_straight_lines_end_at_196_standard_errors_or_at_the_bounds():
    low, high = np.array([[-9.0, -9.0], [-0.1, -9.0], [-9.0, -0.3]]), np.array([[9.0, 9.0], [9.0, 0.2], [0.1, 9.0]])
    problem = Lines((low, high))
    fit = least_squares(problem.residual, np.full((1, 3, 2), 0.05), low, high)
    ends = 1.96 * np.array([0.1, 0.2])
    expected = np.stack([np.maximum(low, -ends), np.minimum(high, ends)], -1)
    for half in (0.001, 0.01, 0.3):
        np.testing.assert_allclose(profile_limits(problem, fit, np.full((3, 2), half)), expected, rtol=1e-4)


@pytest.mark.filterwarnings("ignore::neurouniv.NeurounivWarning")
@pytest.mark.parametrize(("n", "over"), [(3, "times"), (4, "conditions")])
def test_a_bootstrap_is_over_conditions_where_there_are_four(make_world, monkeypatch, n, over):
    monkeypatch.setattr("neurouniv.fitting.refit_bootstrap.REPEATS", 2)
    law = LAWS["exponential"](weighting="none", intervals="bootstrap").fit(make_world(n=n, times=8, see=("h",)))
    assert law.constants_.attrs["interval_method"] == f"bootstrap over {over}, 2 draws"
