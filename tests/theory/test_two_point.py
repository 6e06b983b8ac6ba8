"""Theorems of the two-point law and of its solution in closed form."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from neurouniv.theory import closed_form, two_point
from neurouniv.theory.two_point import Start


def random_system(seed):
    rng = np.random.default_rng(seed)
    eta_h, eta_y = np.exp(rng.normal(0, 1, 2))
    dx2, dy2 = rng.uniform(0.3, 2, 2)
    h, decoder = 10 ** rng.uniform([-3, -3], [0, 0])
    y = h * decoder
    w = y - rng.uniform(-0.9, 0.9) * np.sqrt(y * dy2)
    one = np.ones(1)
    return Start(h * one, y * one, w * one), eta_h * one, eta_y * one, dx2 * one, dy2 * one


def reduced(start, eta_h, eta_y, dx2, dy2, time):
    """h, y, w by integrating the exact reduction to two equations, an independent and slow way."""
    h, y, w, e, d, dy2 = (float(np.ravel(a)[0]) for a in (*start, eta_h * dx2, eta_y, dy2))

    def rates(_, state):
        g, v = state
        return 0.5 * (e * (v - y / h * g) - d * g * (g * g - h)), 0.5 * d * g * (dy2 - g * v)

    begin = [h**0.5, (y - w) / h**0.5]
    g, v = solve_ivp(rates, (0, time[-1]), begin, t_eval=time, method="LSODA", rtol=1e-12, atol=1e-14).y
    now = g * g * (y / h + d / e * (g * g - h))
    return np.stack([g * g, now, now - g * v])


@pytest.mark.parametrize("seed", range(12))
def test_the_closed_form_solves_the_law(seed):
    system, time = random_system(seed), np.linspace(0, 15, 40)
    np.testing.assert_allclose(np.stack(closed_form.solve(*system, time))[:, 0], reduced(*system, time), atol=2e-9)


@given(
    logs=st.tuples(*[st.floats(-4, 1)] * 5),
    dy2=st.floats(0, 2),
    cosine=st.floats(-1, 1),
)
@settings(deadline=None, max_examples=60)
def test_the_closed_form_obeys_the_velocity_everywhere(logs, dy2, cosine):
    """Its slope by finite differences is the law's velocity, over decades of rates and starts, aligned or against."""
    eta_h, eta_y, dx2, h, decoder = (10.0**one * np.ones(1) for one in logs)
    y = h * decoder
    start = Start(h, y, y - cosine * np.sqrt(y * dy2))
    fastest = eta_h * dx2 * decoder + eta_y * h + np.sqrt(eta_h * eta_y * dx2 * dy2)
    time = np.array([0.0, 0.3, 1.0, 3.0])[:, None] / fastest + np.array([0.0, 1e-4, 2e-4]) / fastest
    solved = np.stack(closed_form.solve(start, eta_h, eta_y, dx2, dy2 * np.ones(1), time.reshape(-1)))
    solved = solved[:, 0].reshape(3, 4, 3)
    slope = (solved[..., 2] - solved[..., 0]) / (2e-4 / fastest)
    expected = two_point.velocity(solved[..., 1], eta_h, eta_y, dx2, dy2)
    size = fastest * np.abs(solved).max((1, 2), keepdims=True)[:, 0]
    np.testing.assert_allclose(slope / size, expected / size, atol=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_the_conserved_quantity_is_conserved_to_1e_8(seed):
    system = random_system(seed)
    h, y, _ = closed_form.solve(*system, np.linspace(0, 300, 50))
    kept = two_point.conserved(h, y, *system[1:4])
    size = np.abs(h / (system[1] * system[3])).max()
    assert np.abs(kept - kept[..., :1]).max() < 1e-8 * size


@pytest.mark.parametrize("seed", range(6))
def test_the_end_is_the_final_distance(seed):
    system = random_system(seed)
    h, y, w = closed_form.solve(*system, np.array([5000.0]))
    np.testing.assert_allclose(h[:, 0], two_point.final_distance(*system), rtol=1e-9)
    np.testing.assert_allclose(y[:, 0], system[4], rtol=1e-9)
    np.testing.assert_allclose(w, 0, atol=1e-9)


def small_balanced(h0=1e-8):
    dx2, dy2, eta_h, eta_y = (np.array([v]) for v in (2.0, 0.5, 0.3, 0.6))
    height, pace = two_point.scales(eta_h, eta_y, dx2, dy2)
    h0 = h0 * height
    y0 = eta_y * h0**2 / (eta_h * dx2)  # the zero of the conserved quantity
    return Start(h0, y0, y0 - np.sqrt(y0 * dy2)), eta_h, eta_y, dx2, dy2, np.linspace(0, 30 * pace[0], 60)


def test_small_balanced_starts_are_logistic():
    start, *constants, time = small_balanced()
    h, y, _ = closed_form.solve(start, *constants, time)
    np.testing.assert_allclose(h, two_point.logistic(start.h, *constants, time), rtol=1e-9)
    np.testing.assert_allclose(y / constants[-1], (h / two_point.scales(*constants)[0]) ** 2, rtol=1e-9)
    richness = two_point.richness(start, *constants)
    assert (richness > 1e6).all()


def test_richness_tells_rich_from_lazy_starts():
    one = np.ones(1)
    final = two_point.final_distance(Start(100 * one, 0 * one, 0 * one), one, one, one, one)
    assert two_point.richness(Start(100 * one, 0 * one, 0 * one), one, one, one, one) < 0.02
    np.testing.assert_allclose(final, 100, rtol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_the_loss_is_half_the_mean_squared_error(seed):
    """Two stimuli with any errors: half their mean square is the loss in what the law follows."""
    start, eta_h, eta_y, dx2, dy2 = random_system(seed)
    time = np.linspace(0, 4, 9)
    _, y, w = closed_form.solve(start, eta_h, eta_y, dx2, dy2, time)
    error0, rate = np.array([0.7]), np.array([0.4])
    mean = two_point.mean_error(error0, rate, time)
    np.testing.assert_allclose(mean[0], 0.7 * np.exp(-0.8 * time))
    told = two_point.loss(y, w, mean, dy2)
    apart = 2 * w - y + dy2[:, None]  # |dy - dy*|^2; each stimulus errs by the mean error +- half of this difference
    np.testing.assert_allclose(told, 0.5 * (mean + apart / 4), rtol=1e-12)


def test_gain_of_the_instrument_is_absorbed_by_the_constants():
    start, eta_h, eta_y, dx2, dy2 = random_system(3)
    gain, time = 37.0, np.linspace(0, 10, 20)
    h, y, w = closed_form.solve(start, eta_h, eta_y, dx2, dy2, time)
    scaled = closed_form.solve(start._replace(h=gain * start.h), gain * eta_h, eta_y / gain, dx2, dy2, time)
    np.testing.assert_allclose(scaled[0], gain * h, rtol=1e-9)
    np.testing.assert_allclose(scaled[1:], (y, w), atol=1e-9)


def test_time_rescaling_a_common_factor_of_the_constants_is_a_factor_of_time():
    start, eta_h, eta_y, dx2, dy2 = random_system(4)
    time = np.linspace(0, 8, 30)
    slow = closed_form.solve(start, eta_h, eta_y, dx2, dy2, time)
    fast = closed_form.solve(start, 9 * eta_h, 9 * eta_y, dx2, dy2, time / 9)
    np.testing.assert_allclose(fast, slow, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_in_dimensionless_coordinates_no_constants_are_left(seed):
    """Two systems with the same start in their own units follow one curve."""
    start, *constants = random_system(seed)
    height, pace = two_point.scales(*constants)
    time = np.linspace(0, 5, 20)
    own = closed_form.solve(start, *constants, time * pace)
    one, dy2 = np.ones(1), constants[-1]
    plain = Start(start.h / height, start.y / dy2, start.w / dy2)
    master = closed_form.solve(plain, one, one, one, one, time)
    np.testing.assert_allclose(np.stack(own) / np.stack([height, dy2, dy2])[..., None], np.stack(master), rtol=1e-9)


def test_batches_of_any_shape_equal_single_solutions_and_torch_equals_numpy():
    systems = [random_system(seed) for seed in range(6)]
    start = Start(*(np.array([s[0][i] for s in systems]).reshape(2, 3) for i in range(3)))
    constants = [np.array([s[i] for s in systems]).reshape(2, 3) for i in range(1, 5)]
    time = np.linspace(0, 5, 7)
    batched = closed_form.solve(start, *constants, time)
    for i, system in enumerate(systems):
        for together, single in zip(batched, closed_form.solve(*system, time), strict=True):
            np.testing.assert_allclose(together.reshape(6, 7)[i], single[0], rtol=1e-12)
    as_torch = [torch.as_tensor(a) for a in (*constants, time)]
    by_torch = closed_form.solve(Start(*map(torch.as_tensor, start)), *as_torch)
    np.testing.assert_allclose(np.stack([a.numpy() for a in by_torch]), batched, rtol=1e-10)


def test_a_start_against_the_target_passes_near_zero_and_recovers():
    """Ordinary solvers of the three-variable form give negative h or wrong ends here."""
    one = np.ones(1)
    start = Start(0.2 * one, 0.1 * one, (0.1 + np.sqrt(0.1 * 0.5)) * one)
    h, _, _ = closed_form.solve(start, one, one, one, 0.5 * one, np.linspace(0, 80, 400))
    assert h.min() >= 0
    np.testing.assert_allclose(h[0, -1], two_point.final_distance(start, 1.0, 1.0, 1.0, 0.5)[0], rtol=1e-9)


def test_pairs_with_the_same_target_decay_and_stay_positive():
    one = np.ones(1)
    start = Start(one, 0.5 * one, 0.5 * one)
    h, y, w = closed_form.solve(start, one, one, one, 0 * one, np.linspace(0, 50, 20))
    assert (np.diff(h) <= 1e-12).all()
    assert (h > 0).all()
    np.testing.assert_allclose(y, w)
