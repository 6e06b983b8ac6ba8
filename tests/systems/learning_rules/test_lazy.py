"""The lazy learner is kernel descent with the tangent kernel of its start, and what wide networks become."""

import numpy as np
import pytest
import torch

from neurouniv.systems.learning_rules import Backprop, Lazy
from neurouniv.systems.networks import MLP, seeded

DOUBLE = torch.float64


def functional(network, nonlinearity):
    """The first member as a function of its parameters."""
    function = {"tanh": torch.tanh, "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.01)}[nonlinearity]

    def output(parameters, stimuli):
        layers, a = list(zip(parameters[::2], parameters[1::2], strict=True)), stimuli
        for W, b in layers[:-1]:
            a = function(a @ W.T + b)
        return a @ layers[-1][0].T + layers[-1][1]

    return output, [part[0].clone() for part in network.parameters]


def jacobian(network, nonlinearity, stimuli):
    output, parameters = functional(network, nonlinearity)
    parts = torch.autograd.functional.jacobian(lambda *p: output(p, stimuli).flatten(), tuple(parameters))
    return torch.cat([part.flatten(1) for part in parts], 1)


@pytest.mark.parametrize("nonlinearity", ["tanh", "leaky_relu"])
@pytest.mark.parametrize("sizes", [(4, 12, 3), (4, 8, 6, 3)])
def test_outputs_follow_kernel_descent_with_the_tangent_kernel_of_autograd(nonlinearity, sizes, make_learner, error_of):
    """f <- f - lr K(., X) dL/df for what is learned from, and for what is only looked at."""
    learner, stimuli, targets = make_learner(Lazy, sizes, nonlinearity, seeds=[5])
    probes = torch.randn(4, 4, dtype=DOUBLE, generator=torch.Generator().manual_seed(8))
    both = torch.cat([stimuli, probes])
    J = jacobian(learner.network.start, nonlinearity, both)
    kernel = J @ J[: targets.numel()].T
    expected = learner.network.forward(both).output[0].flatten().clone()
    start = expected.clone()
    for _ in range(50):
        expected -= 0.05 * kernel @ (expected[: targets.numel()] - targets.flatten()) / targets.numel()
        learner.learn(*error_of(learner, stimuli, targets), 0.05)
    torch.testing.assert_close(learner.network.forward(both).output[0].flatten(), expected, rtol=1e-9, atol=1e-12)
    assert (expected - start).norm() > 0.1 * start.norm()


def test_activity_is_the_first_order_expansion_in_the_parameters(make_learner):
    """Against finite differences, layer by layer."""
    learner, stimuli, _ = make_learner(Lazy)
    start, world = learner.network.start, torch.Generator().manual_seed(1)
    way = [torch.randn(part.shape, dtype=DOUBLE, generator=world) for part in start.parameters]
    for change, step in zip(learner.network.parameters, way, strict=True):
        change.copy_(step)
    linear, origin, small = learner.network.forward(stimuli), start.forward(stimuli), 1e-6
    for part, step in zip(start.parameters, way, strict=True):
        part.add_(step, alpha=small)
    moved = start.forward(stimuli)
    pairs = [*zip(linear.activity, origin.activity, moved.activity, strict=True)]
    pairs.append((linear.output, origin.output, moved.output))
    for expanded, before, after in pairs:
        torch.testing.assert_close(expanded - before, (after - before) / small, rtol=1e-4, atol=1e-4)


def test_its_weights_are_the_start_plus_the_change(make_learner, error_of):
    learner, *task = make_learner(Lazy)
    before = [W.clone() for W in learner.network.start.weights]
    for _ in range(3):
        learner.learn(*error_of(learner, *task), 0.1)
    network = learner.network
    for k, (old, kept) in enumerate(zip(before, network.start.weights, strict=True)):
        assert torch.equal(old, kept)
        assert torch.equal(network.weights[k], old + network.parameters[2 * k])
        assert torch.equal(network.biases[k], network.start.biases[k] + network.parameters[2 * k + 1])


def wide(rule, width, seeds):
    """Inputs of order one to every unit, as in Jacot et al. (2018): the first weights do not shrink with width."""
    generators = seeded(seeds)
    network = MLP([3, width, width, 1], 1.0, "tanh", generators, DOUBLE)
    network.weights[0].mul_(((width + 3) / 2 / 3) ** 0.5)
    return rule(network, generators)


@pytest.mark.slow
def test_hidden_layers_move_as_one_over_the_root_of_width_and_linearisation_becomes_exact():
    world = torch.Generator().manual_seed(0)
    stimuli = torch.randn(5, 3, dtype=DOUBLE, generator=world)
    targets = torch.randn(5, 1, dtype=DOUBLE, generator=world)
    widths, moved, apart = [32, 128, 512], [], []
    for width in widths:
        learners = [wide(rule, width, range(6)) for rule in (Lazy, Backprop)]
        start = learners[0].network.forward(stimuli).activity[2].clone()
        gaps = []
        for _ in range(150):
            lazy, rich = (learner.network.forward(stimuli) for learner in learners)
            gaps.append((lazy.output - rich.output).norm().item())
            for learner, seen in zip(learners, (lazy, rich), strict=True):
                learner.learn(seen, (seen.output - targets) / 5, 2 / width)
        moved.append(((lazy.activity[2] - start).norm() / start.norm()).item())
        apart.append(max(gaps))
        assert (lazy.output - targets).square().mean() < 0.5 * targets.square().mean()
    slope = np.polyfit(np.log(widths), np.log(moved), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)
    assert apart[2] < 0.4 * apart[0]
