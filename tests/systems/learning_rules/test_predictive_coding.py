"""Predictive coding settles where it should, and becomes backprop where theory says so."""

import pytest
import torch

from neurouniv import NeurounivWarning
from neurouniv.systems.learning_rules import Backprop, PredictiveCoding

DOUBLE = torch.float64


@pytest.mark.parametrize("nonlinearity", ["linear", "tanh", "swish"])
@pytest.mark.parametrize("sizes", [(4, 8, 3), (4, 9, 7, 8, 3)])
def test_with_values_near_their_prediction_it_is_backprop(nonlinearity, sizes, make_learner, asked):
    learner, *task = make_learner(PredictiveCoding, sizes, nonlinearity)
    exact = asked(Backprop(learner.network, []), *task)
    distances = []
    for variance in (1.0, 1e2, 1e4):
        learner.variance = variance
        distances.append((asked(learner, *task) - exact).norm(dim=1) / exact.norm(dim=1))
    assert (distances[0] > 0.05).all()
    assert (distances[1] < 0.2 * distances[0]).all()
    assert (distances[2] < 2e-3).all()


@pytest.mark.parametrize("seed", range(3))
def test_errors_of_a_linear_network_at_equilibrium_are_known(seed, make_learner, error_of):
    """eps_out = (1 + W3 W3' + W3 W2 W2' W3')^-1 (y* - y), and the errors below through the transposed weights."""
    learner, stimuli, targets = make_learner(PredictiveCoding, (4, 6, 5, 3), "linear", seeds=[seed])
    learner.tolerance, learner.steps = 1e-12, 20000
    seen, _ = error_of(learner, stimuli, targets)
    state = learner.relax(seen, targets.expand_as(seen.output))
    _, W2, W3 = (W[0] for W in learner.network.weights)
    spread = torch.eye(3, dtype=DOUBLE) + W3 @ W3.T + W3 @ W2 @ W2.T @ W3.T
    output = torch.linalg.solve(spread, (targets - seen.output[0]).T).T
    for found, expected in zip(state.errors, [output @ W3 @ W2, output @ W3, output], strict=True):
        torch.testing.assert_close(found[0], expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("nonlinearity", ["tanh", "leaky_relu", "gelu"])
@pytest.mark.parametrize("gain", [0.5, 1.5])
def test_energy_falls_as_values_settle_and_ends_at_rest(nonlinearity, gain, make_learner, error_of):
    learner, stimuli, targets = make_learner(PredictiveCoding, nonlinearity=nonlinearity, gain=gain)
    seen, _ = error_of(learner, stimuli, targets)
    energies = []
    for steps in [0, 1, 2, 3, 5, 8, 12, 20, 40, 80, 200]:
        learner.steps, learner._warned = steps, True
        state = learner.relax(seen, targets.expand_as(seen.output))
        energies.append(learner.energy(state))
    start = (seen.output - targets).square().sum(-1) / 2
    torch.testing.assert_close(energies[0], start)
    assert (torch.stack(energies).diff(dim=0) <= 1e-9 * start).all()
    assert (energies[-1] < 0.99 * start).all()


def test_forces_are_the_slope_of_the_energy(make_learner):
    learner, stimuli, targets = make_learner(PredictiveCoding, nonlinearity="tanh")
    learner.variance = 3.0
    world = torch.Generator().manual_seed(0)
    values = [torch.randn(2, 6, n, dtype=DOUBLE, generator=world).requires_grad_() for n in (12, 9)]
    state = learner.state(stimuli.expand(2, -1, -1), values, targets.expand(2, -1, -1))
    slopes = torch.autograd.grad(learner.energy(state).sum(), values)
    for force, slope in zip(state.forces, slopes, strict=True):
        torch.testing.assert_close(force, slope)


def test_an_equilibrium_has_no_forces_left_and_does_not_depend_on_how_it_was_reached(make_learner, error_of):
    learner, stimuli, targets = make_learner(PredictiveCoding)
    seen, _ = error_of(learner, stimuli, targets)
    rough = learner.relax(seen, targets.expand_as(seen.output))
    learner.tolerance = 1e-10
    exact = learner.relax(seen, targets.expand_as(seen.output))
    assert max(force.abs().max() for force in exact.forces) < 1e-8
    for one, other in zip(rough.errors, exact.errors, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-2)


def test_a_solved_task_asks_for_nothing(make_learner, asked):
    learner, stimuli, _ = make_learner(PredictiveCoding, (4, 12, 3), seeds=[0])
    assert asked(learner, stimuli, learner.network.forward(stimuli).output[0]).abs().max() < 1e-12


def test_what_does_not_settle_is_told_once(make_learner, error_of):
    learner, *task = make_learner(PredictiveCoding)
    learner.steps = 2
    seen, error = error_of(learner, *task)
    with pytest.warns(NeurounivWarning, match="had not settled after 2 steps in 2 of 2 networks"):
        learner.learn(seen, error, 0.01)
    learner.learn(seen, error, 0.01)  # a second warning would be an error
