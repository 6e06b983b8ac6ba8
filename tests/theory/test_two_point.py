"""Theorems of the two-point law."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from neurouniv.theory import two_point
from neurouniv.theory.two_point import Flow, Start


def random_system(seed):
    rng = np.random.default_rng(seed)
    eta_h, eta_y = np.exp(rng.normal(0, 1, 2))
    dx2, dy2 = rng.uniform(0.3, 2, 2)
    h, decoder = 10 ** rng.uniform([-3, -3], [0, 0])
    y = h * decoder
    w = y - rng.uniform(-0.2, 0.9) * np.sqrt(y * dy2)
    one = np.ones(1)
    return Start(h * one, y * one, w * one), eta_h * one, eta_y * one, dx2 * one, dy2 * one


@pytest.mark.parametrize("seed", range(12))
def test_the_reduction_solves_the_three_equations(seed):
    start, eta_h, eta_y, dx2, dy2 = random_system(seed)
    time = np.linspace(0, 15, 40)
    flow = np.stack(Flow(start, eta_h, eta_y, dx2, dy2, time[-1:]).at(time))[:, 0]
    oracle = solve_ivp(
        lambda _, z: two_point.velocity(z[:, None], eta_h, eta_y, dx2, dy2)[:, 0],
        (0, 15), [a[0] for a in start], t_eval=time, method="LSODA", rtol=1e-11, atol=1e-13,
    )  # fmt: skip
    np.testing.assert_allclose(flow, oracle.y, atol=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_the_conserved_quantity_is_conserved_to_1e_8(seed):
    start, eta_h, eta_y, dx2, dy2 = random_system(seed)
    h, y, _ = Flow(start, eta_h, eta_y, dx2, dy2, np.array([300.0])).at(np.linspace(0, 300, 50))
    kept = two_point.conserved(h, y, eta_h, eta_y, dx2)
    size = np.abs(h / (eta_h * dx2)).max()
    assert np.abs(kept - kept[..., :1]).max() < 1e-8 * size


@pytest.mark.parametrize("seed", range(6))
def test_the_end_is_the_closed_form(seed):
    start, eta_h, eta_y, dx2, dy2 = random_system(seed)
    end = np.array([5000.0])
    h, y, w = Flow(start, eta_h, eta_y, dx2, dy2, end).at(end)
    np.testing.assert_allclose(h[:, 0], two_point.final_distance(start, eta_h, eta_y, dx2, dy2), rtol=1e-6)
    np.testing.assert_allclose(y[:, 0], dy2, rtol=1e-6)
    np.testing.assert_allclose(w, 0, atol=1e-6)


def test_small_starts_are_logistic():
    """theory: h/H = 1/(1 + exp(-(t - t0)/T)) when the start is small and balanced."""
    dx2, dy2, eta_h, eta_y = (np.array([v]) for v in (2.0, 0.5, 0.3, 0.6))
    final, pace = np.sqrt(eta_h / eta_y * dx2 * dy2), np.sqrt(eta_h * eta_y * dx2 * dy2)
    h0 = 1e-8 * final
    y0 = eta_y * h0**2 / (eta_h * dx2)  # the zero of the conserved quantity
    start = Start(h0, y0, y0 - np.sqrt(y0 * dy2))
    time = np.linspace(0, 30 / pace[0], 60)
    h = Flow(start, eta_h, eta_y, dx2, dy2, time[-1:]).at(time)[0]
    logistic = 1 / (1 + (final[0] / h0[0] - 1) * np.exp(-time * pace[0]))
    np.testing.assert_allclose(h[0] / final[0], logistic, atol=1e-6)


def test_gain_of_the_instrument_is_absorbed_by_the_constants():
    start, eta_h, eta_y, dx2, dy2 = random_system(3)
    gain, time = 37.0, np.linspace(0, 10, 20)
    h, y, w = Flow(start, eta_h, eta_y, dx2, dy2, time[-1:]).at(time)
    scaled = Flow(start._replace(h=gain * start.h), gain * eta_h, eta_y / gain, dx2, dy2, time[-1:]).at(time)
    np.testing.assert_allclose(scaled[0], gain * h, rtol=1e-9)
    np.testing.assert_allclose(scaled[1:], (y, w), atol=1e-9)


def test_time_rescaling_a_common_factor_of_the_constants_is_a_factor_of_time():
    start, eta_h, eta_y, dx2, dy2 = random_system(4)
    time = np.linspace(0, 8, 30)
    slow = Flow(start, eta_h, eta_y, dx2, dy2, time[-1:]).at(time)
    fast = Flow(start, 9 * eta_h, 9 * eta_y, dx2, dy2, time[-1:] / 9).at(time / 9)
    np.testing.assert_allclose(fast, slow, atol=1e-8)


def test_batches_of_any_shape_equal_single_solutions_and_torch_equals_numpy():
    systems = [random_system(seed) for seed in range(6)]
    start = Start(*(np.array([s[0][i] for s in systems]).reshape(2, 3) for i in range(3)))
    eta_h, eta_y, dx2, dy2 = (np.array([s[i] for s in systems]).reshape(2, 3) for i in range(1, 5))
    time = np.linspace(0, 5, 7)
    batched = Flow(start, eta_h, eta_y, dx2, dy2, np.full((2, 3), 5.0)).at(time)
    for i, (begin, *constants) in enumerate(systems):
        alone = Flow(begin, *constants, np.array([5.0])).at(time)
        for together, single in zip(batched, alone, strict=True):
            np.testing.assert_allclose(together.reshape(6, 7)[i], single[0], rtol=1e-12)
    as_torch = [torch.as_tensor(a) for a in (eta_h, eta_y, dx2, dy2, np.full((2, 3), 5.0))]
    by_torch = Flow(Start(*map(torch.as_tensor, start)), *as_torch).at(torch.as_tensor(time))
    np.testing.assert_allclose(np.stack([a.numpy() for a in by_torch]), batched, rtol=1e-10)


def test_a_start_against_the_target_passes_near_zero_and_recovers():
    """Ordinary solvers of the three-variable form give negative h or wrong ends here."""
    one = np.ones(1)
    start = Start(0.2 * one, 0.1 * one, (0.1 + np.sqrt(0.1 * 0.5)) * one)
    h, _, _ = Flow(start, one, one, one, 0.5 * one, 80 * one).at(np.linspace(0, 80, 400))
    assert h.min() >= 0
    np.testing.assert_allclose(h[0, -1], two_point.final_distance(start, 1.0, 1.0, 1.0, 0.5)[0], rtol=1e-6)
