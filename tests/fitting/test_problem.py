"""The least-squares problem of a fit: the scales of its constants, the prior's unit, whitened errors, first guesses."""

import numpy as np
import pytest

from neurouniv.fitting.guesses import starts
from neurouniv.fitting.misfit import weighting_of
from neurouniv.fitting.modelled_start import start_parameters
from neurouniv.fitting.noise import noise_line, pair_covariance
from neurouniv.fitting.observed import observe
from neurouniv.fitting.parameter import Parameter
from neurouniv.fitting.start import start_of
from neurouniv.laws import PairwiseModel


@pytest.mark.parametrize("kind", ["positive", "share", "part", "correlation", "real"])
def test_a_constant_comes_back_from_its_fitted_scale_and_stays_within_its_range(kind):
    constant = Parameter("c", kind, np.array([0.4, 0.4]), most=np.array([2.0, 3.0]))
    value = np.array([0.3, 0.9])
    np.testing.assert_allclose(constant.from_scale(constant.to_scale(value)), value)
    if kind == "part":
        ends = [constant.from_scale(np.full(2, end)) for end in (-900, 900)]
        np.testing.assert_allclose(ends, [[0, 0], [2, 3]], atol=1e-99)
    if kind in ("positive", "share"):
        assert np.isfinite(constant.from_scale(np.full(2, 1000.0))).all()
        assert np.isinf(constant.end(np.full(2, 1000.0))).all()


def test_a_floor_under_a_noisy_start_lies_between_0_and_twice_the_mean_of_the_first_frame(make_world):
    seen = observe(traj := make_world(n=4, times=3, see=("h",), noise=0.1), start_of(traj))
    floor = start_parameters(seen, True, True)[-1]
    centre = floor.to_scale(floor.center)
    ends = [floor.from_scale(centre + side * floor.reach) for side in (-1, 1)]
    np.testing.assert_allclose(ends, [[0.0], 2 * np.abs(seen.start["h"]).mean(-1)], atol=1e-15)


@pytest.mark.parametrize("weighting", ["none", "range"])
def test_a_prior_costs_at_its_standard_deviation_as_much_as_the_noise_in_h(make_world, weighting):
    """One standard deviation of the noise, weighted as h is: 1 % of the root mean square of h where it is not known."""
    traj = make_world(n=4, times=6, see=("h",))
    problem = PairwiseModel(weighting=weighting).problem(traj)
    noise = 0.01 * np.sqrt((traj.h**2).mean().item())
    noise /= np.ptp(traj.h.values) if weighting == "range" else 1
    weak = [i for i, p in enumerate(problem.parameters) if p.prior_sd]
    assert len(weak) == 2
    for row, i in enumerate(weak):
        theta = problem.centers.copy()
        theta[:, i] += problem.parameters[i].prior_sd
        costs = problem.residual(theta, np.arange(1))[0, -len(weak) :]
        np.testing.assert_allclose(costs, noise * (np.arange(len(weak)) == row))


@pytest.mark.parametrize("absent", [[], [1], [0, 1, 2]], ids=["all pairs", "without a pair", "without a condition"])
def test_known_noise_whitens_by_the_covariance_of_the_pairs_that_are_seen(make_world, absent):
    traj = make_world(n=4, times=3, see=("h",), noise=0.1)
    traj.h[:, absent] = np.nan
    seen = observe(traj, start_of(traj))
    white = weighting_of("noise", seen, ["h"])
    kept = np.setdiff1d(np.arange(6), absent)
    error = np.where(np.isin(np.arange(6), absent), 0.0, np.random.default_rng(0).normal(size=(3, 6)))
    h = seen.values[:, 0]
    line = noise_line(seen.variance, np.where(np.isfinite(h), h, np.nanmean(h)))
    covariance = pair_covariance(*line, np.swapaxes(h, 1, 2)[..., kept], seen.ends[:, kept])[0]
    squares = np.einsum("tp,tpq,tq->t", error[:, kept], np.linalg.inv(covariance), error[:, kept])
    found = white(error.T[None, None], np.arange(1))[0, 0]
    np.testing.assert_allclose((found**2).sum(0), squares, rtol=1e-6)


def test_a_law_with_a_floor_starts_from_the_guesses_of_distances_without_it(make_world):
    traj = make_world(n=4, times=6, see=("h",))
    raised = traj.assign(h=traj.h + 0.05)
    plain, with_floor = (
        starts(PairwiseModel(weighting="none", floor=floor).problem(t)) for floor, t in ((False, traj), (True, raised))
    )
    np.testing.assert_allclose(with_floor[..., : plain.shape[-1]], plain, rtol=1e-6)
