"""The integrator against problems with known answers."""

import numpy as np
import pytest

from neurouniv.theory.integrate import Solution, solve


def test_every_element_keeps_its_own_pace():
    """Rates over eight decades in one batch, each read along its own exponential."""
    rates = 10.0 ** np.arange(-4, 5)
    solution = solve(lambda x: -rates * x, np.ones((1, 9)), 3 / rates)
    moments = np.linspace(0, 3, 50) / rates[:, None]
    np.testing.assert_allclose(solution.at(moments)[..., 0], np.exp(-rates[:, None] * moments), rtol=1e-7)


def test_oscillation_keeps_its_energy():
    solution = solve(lambda s: np.stack([s[1], -s[0]]), np.array([[1.0], [0.0]]), np.array([100.0]))
    state = solution.at(np.linspace(0, 100, 300)[None])
    np.testing.assert_allclose((state**2).sum(-1), 1.0, atol=1e-6)


def test_rest_is_recognised_and_costs_nothing():
    """A stiff decay followed by a million idle relaxation times takes few steps and reads as zero."""
    solution = solve(lambda x: 1 - x, np.zeros((1, 1)), np.array([1e6]))
    assert len(solution.time) < 300
    np.testing.assert_allclose(solution.at(np.array([[50.0, 1e5, 1e6]]))[0], 1.0, rtol=1e-8)


def test_a_saddle_is_not_taken_for_rest():
    """Growth from 1e-12 of the final size must not be cut off."""
    solution = solve(lambda x: x * (1 - x), np.full((1, 1), 1e-12), np.array([100.0]))
    np.testing.assert_allclose(solution.at(np.array([[100.0]])), 1.0, rtol=1e-8)


def test_blow_up_reads_as_nan_after_the_steps_ran_out():
    solution = solve(lambda x: x * x, np.array([[1.0, 0.1]]), np.array([2.0, 2.0]), max_steps=200)
    read = solution.at(np.array([[0.5, 2.0], [0.5, 2.0]]))[..., 0]
    np.testing.assert_allclose(read[0, 0], 2.0, rtol=1e-7)
    assert np.isnan(read[0, 1])
    np.testing.assert_allclose(read[1], [1 / 9.5, 1 / 8], rtol=1e-7)


def test_no_time_at_all():
    np.testing.assert_array_equal(solve(lambda x: x, np.ones((1, 2)), np.zeros(2)).at(np.zeros((2, 1))), 1.0)


def test_few_large_systems_are_read_as_many_small_ones():
    """By one matrix product, or knot by knot: the same polynomial, times of refused steps and at the end included."""

    def flow(x):
        return -x * (1 + 50 * x**4)

    large = solve(flow, np.linspace(0.5, 3, 6).reshape(3, 2), np.array([1.0, 2.0, 3.0]), axis=1)
    small = Solution(large.time, *(np.swapaxes(a, 1, 2) for a in (large.state, large.slope, large.middle)), axis=0)
    time = np.linspace(0, 1, 40) * large.time[-1][:, None]
    np.testing.assert_allclose(large.at(time), small.at(time), atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1])
def test_every_block_is_accurate_in_its_own_size(axis):
    """A rotation of size 1 beside a block 1e10 times as large, which alone would allow long steps."""

    def flow(state):
        large, a, b = np.moveaxis(state, axis, 0)
        return np.stack([-0.1 * large, 2 * np.pi * b, -2 * np.pi * a], axis=axis)

    start = np.expand_dims(np.array([1e10, 1.0, 0.0]), 1 - axis)
    end = solve(flow, start, np.ones(1), axis=axis, blocks=[1, 2]).at(np.ones((1, 1)))[0, 0]
    np.testing.assert_allclose(end, [1e10 * np.exp(-0.1), 1.0, 0.0], rtol=1e-7, atol=1e-7)
