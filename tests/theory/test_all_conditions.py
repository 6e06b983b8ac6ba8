"""The universal law against networks integrated directly, and against the two-point law."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from neurouniv.theory import all_conditions, closed_form, kernels, two_point

CONDITIONS, FEATURES, OUTPUTS, UNITS = 7, 4, 3, 12


def network(seed, biases):
    """A two-layer linear network: stimuli, targets, weights, and its flow on summed half squared error."""
    rng = np.random.default_rng(seed)
    x, targets = rng.normal(size=(FEATURES, CONDITIONS)), rng.normal(size=(OUTPUTS, CONDITIONS))
    if not biases:
        x, targets = (a - a.mean(1, keepdims=True) for a in (x, targets))
    encoder, decoder = 0.3 * rng.normal(size=(UNITS, FEATURES)), 0.3 * rng.normal(size=(OUTPUTS, UNITS))
    return x, targets, encoder, decoder


def integrated(x, targets, encoder, decoder, rates, time, biases):
    """Hidden activity and outputs over time, by integrating every weight."""
    sizes = np.cumsum([encoder.size, UNITS, decoder.size])
    eta_h, eta_y = rates

    def parts(state):
        a, b, d, c = np.split(state, sizes)
        return a.reshape(UNITS, FEATURES), b, d.reshape(OUTPUTS, UNITS), c

    def flow(_, state):
        a, b, d, c = parts(state)
        hidden = a @ x + b[:, None]
        error = d @ hidden + c[:, None] - targets
        back = d.T @ error
        moved = [
            eta_h * back @ x.T,
            biases * eta_h * back.sum(1),
            eta_y * error @ hidden.T,
            biases * eta_y * error.sum(1),
        ]
        return -np.concatenate([np.ravel(one) for one in moved])

    begin = np.concatenate([encoder.ravel(), np.zeros(UNITS), decoder.ravel(), np.zeros(OUTPUTS)])
    states = solve_ivp(flow, (0, time[-1]), begin, t_eval=time, rtol=1e-10, atol=1e-12).y.T
    hidden = np.stack([parts(s)[0] @ x + parts(s)[1][:, None] for s in states])
    output = np.stack([parts(s)[2] @ h + parts(s)[3][:, None] for s, h in zip(states, hidden, strict=True)])
    return hidden, output


@pytest.mark.parametrize("biases", [False, True], ids=["centred", "means and biases"])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_exact_for_a_two_layer_linear_network(seed, biases):
    x, targets, encoder, decoder = network(seed, biases)
    rates, time = (0.02, 0.05), np.linspace(0, 30, 12)
    hidden, output = integrated(x, targets, encoder, decoder, rates, time, biases)
    start = all_conditions.Start(hidden[0].T @ hidden[0], output[0], decoder @ decoder.T, np.zeros(OUTPUTS))
    start = all_conditions.Start(*(part[None] for part in start))
    kernel = x.T @ x + biases
    flow = all_conditions.Flow(
        start, *(np.array([r]) for r in rates), all_conditions.Kernel.of(kernel[None]), targets[None], time[-1:],
        means=biases, rtol=1e-9,
    )  # fmt: skip
    gram, predicted = flow.at(time[None])
    np.testing.assert_allclose(gram[0], hidden.mT @ hidden, atol=1e-7)
    np.testing.assert_allclose(predicted[0], output, atol=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_two_conditions_are_the_two_point_law(seed):
    rng = np.random.default_rng(seed)
    dx2, dy2, h, eta_h, eta_y = rng.uniform(0.2, 1.5, 5)
    target, output = np.array([np.sqrt(dy2), 0.0]), 0.3 * rng.normal(size=2)
    time = np.linspace(0, 20, 15)
    halves = np.array([-0.5, 0.5])
    start = all_conditions.Start(
        h * np.outer(halves, halves)[None],
        np.outer(output, halves)[None],
        (np.outer(output, output) / h)[None],
        np.zeros((1, 2)),
    )
    kernel = all_conditions.Kernel.of(kernels.of_distances(dx2 * (1 - np.eye(2)))[None])
    flow = all_conditions.Flow(
        start, np.array([eta_h]), np.array([eta_y]), kernel, np.outer(target, halves)[None], time[-1:]
    )
    gram, predicted = flow.at(time[None])
    dh = gram[0, :, 0, 0] + gram[0, :, 1, 1] - 2 * gram[0, :, 0, 1]
    dy = predicted[0, :, :, 1] - predicted[0, :, :, 0]
    one = np.ones(1)
    begin = two_point.Start(h * one, output @ output * one, output @ (output - target) * one)
    expected = closed_form.solve(begin, eta_h * one, eta_y * one, dx2 * one, dy2 * one, time)
    np.testing.assert_allclose(dh, expected[0][0], atol=1e-7)
    np.testing.assert_allclose((dy**2).sum(-1), expected[1][0], atol=1e-7)


def parts(rank, xp=np.asarray):
    """A start, rates, a kernel of low rank and targets of two systems."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, CONDITIONS, rank))
    kernel = kernels.centred(kernels.linear(features))
    hidden = rng.normal(size=(2, CONDITIONS, 9))
    gram = kernels.centred(kernels.linear(hidden))
    targets = rng.normal(size=(2, OUTPUTS, CONDITIONS))
    targets = targets - targets.mean(-1, keepdims=True)
    start = (gram, 0 * targets, 0.1 * np.eye(OUTPUTS) + 0 * targets[..., :OUTPUTS], np.zeros((2, OUTPUTS)))
    start = all_conditions.Start(*map(xp, start))
    rates = xp(np.array([0.01, 0.02])), xp(np.array([0.03, 0.01]))
    return start, rates, all_conditions.Kernel.of(xp(kernel)), xp(targets)


def batch(rank, xp=np.asarray):
    start, rates, kernel, targets = parts(rank, xp)
    return all_conditions.Flow(start, *rates, kernel, targets, xp(np.array([40.0, 40.0])), rtol=1e-9)


def test_a_kernel_of_low_rank_needs_fewer_numbers_and_gives_the_same(monkeypatch):
    time = np.broadcast_to(np.linspace(0, 40, 9), (2, 9))
    few = batch(rank=2)
    monkeypatch.setattr(all_conditions, "FULL", 0.0)
    full = batch(rank=2)
    assert sum(few._system.blocks) < sum(full._system.blocks)
    for small, large in zip(few.at(time), full.at(time), strict=True):
        np.testing.assert_allclose(small, large, atol=1e-7)


def test_a_solution_does_not_depend_on_those_beside_it():
    start, rates, kernel, targets = parts(4)
    sizes = np.array([1.0, 1e-8])[:, None, None]
    start = start._replace(gram=start.gram * sizes, decoder=start.decoder * sizes)
    time, end = np.tile(np.linspace(0, 40, 9), (2, 1)), np.full(2, 40.0)
    both = all_conditions.Flow(start, *rates, kernel, targets, end, rtol=1e-4).at(time)
    for one in (slice(1), slice(1, 2)):
        some = all_conditions.Start(*(part[one] for part in start)), *(rate[one] for rate in rates)
        of = all_conditions.Kernel(*(part[one] for part in kernel))
        alone = all_conditions.Flow(*some, of, targets[one], end[one], rtol=1e-4).at(time[one])
        for part, expected in zip(both, alone, strict=True):
            np.testing.assert_allclose(part[one], expected, rtol=1e-9, atol=1e-12)


def test_torch_equals_numpy():
    time = np.tile(np.linspace(0, 40, 9), (2, 1))
    for ours, theirs in zip(batch(4).at(time), batch(4, torch.as_tensor).at(torch.as_tensor(time)), strict=True):
        np.testing.assert_allclose(theirs.numpy(), ours, atol=1e-8)


@pytest.mark.parametrize("means", [False, True], ids=["centred", "means"])
@pytest.mark.parametrize("xp", [np.asarray, torch.as_tensor], ids=["numpy", "torch"])
def test_the_velocity_of_the_rows_that_move_is_that_of_all(xp, means):
    start, rates, kernel, targets = parts(2, xp)
    start = start._replace(output=0.3 * targets, bias=start.bias + 0.1)
    rates, ones = [rate[:, None, None] for rate in rates], 1 + 0 * targets[:, 0] if means else None
    full = all_conditions._System(*rates, kernel.matrix, targets, ones)
    basis = kernel.vectors[..., :2]
    few = all_conditions._LowRank(*rates, kernel.values[:, None, :2], basis, start.gram, targets, ones)
    (gram, *rest), (rows, *others) = (one.unpacked(one.velocity(one.begun(start))) for one in (full, few))
    np.testing.assert_allclose(rows, basis.mT @ gram, atol=1e-10)
    for ours, theirs in zip(others, rest, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)
