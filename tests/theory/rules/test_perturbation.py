"""What node perturbation and reward-modulated Hebbian learning add to backprop: the scatter of their steps."""

import numpy as np
import pytest
import torch

from neurouniv.systems.learning_rules import Hebbian, NodePerturbation
from neurouniv.systems.networks import MLP, seeded
from neurouniv.theory.rules import perturbation, weight_decay
from neurouniv.theory.rules.flow import Flow, Task

CONDITIONS, FEATURES, OUTPUTS, EVERY = 6, 4, 3, 50


def learned(rule, width, members, lr, steps):
    """G (member, time, N, N) of linear networks, with their stimuli, targets and first decoder."""
    world = torch.Generator().manual_seed(3)
    stimuli, targets = (torch.randn(CONDITIONS, k, dtype=torch.float64, generator=world) for k in (FEATURES, OUTPUTS))
    stimuli, targets = stimuli - stimuli.mean(0), targets - targets.mean(0)
    generators = seeded(range(members))
    network = MLP((FEATURES, width, OUTPUTS), 0.5, "linear", generators, torch.float64)
    learner, first = rule(network, generators), network.weights[1].clone()
    frames = []
    for step in range(steps + 1):
        seen = network.forward(stimuli)
        if step % EVERY == 0:
            hidden = seen.activity[1] - seen.activity[1].mean(1, keepdim=True)
            frames.append((hidden @ hidden.mT, seen.output.mT.clone()))
        learner.learn(seen, (seen.output - targets) / targets.numel(), lr)
    gram, output = (torch.stack(part, 1).numpy() for part in zip(*frames, strict=True))
    return gram, output, stimuli.numpy(), targets.numpy(), first.numpy()


def expected(network, rate, exploration, blur):
    """G in the mean over members, by the law."""
    gram, output, stimuli, targets, decoder = network
    members, frames = gram.shape[:2]
    state = perturbation.State(gram[:, 0], output[:, 0], decoder @ decoder.swapaxes(1, 2), np.zeros((members, OUTPUTS)))
    rates = {"eta_h": rate, "eta_y": rate, "exploration": exploration, "blur": blur}
    rates = {name: np.full(members, value) for name, value in rates.items()}
    kernel, aims = (np.broadcast_to(part, (members, *part.shape)) for part in (stimuli @ stimuli.T, targets.T))
    time = np.tile(EVERY * np.arange(frames), (members, 1))
    return Flow(perturbation.velocity, state, rates, kernel, aims, time[:, -1].astype(float)).at(time)[0].mean(0)


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "sigma"), [(NodePerturbation, 0.0), (Hebbian, 0.3)])
def test_the_mean_representation_follows_the_law_and_leaves_backprop(monkeypatch, rule, sigma):
    width, lr = 400, 0.005
    if sigma:
        monkeypatch.setattr(Hebbian, "sigma", sigma)
    network = learned(rule, width, members=4, lr=lr, steps=4000)
    rate = lr / (CONDITIONS * OUTPUTS)
    gram = network[0].mean(0)
    scatter = rate**2 * width * (2 / (2 - Hebbian.memory) if sigma else 1)
    law, backprop = (expected(network, rate, *more) for more in ((scatter, sigma**2), (0.0, 0.0)))
    misfit = [((part - gram) ** 2).sum() / ((gram - gram.mean(0)) ** 2).sum() for part in (law, backprop)]
    assert misfit[0] < 0.05
    assert misfit[1] > 0.5
    gained = [np.trace(part[-1]) - np.trace(backprop[-1]) for part in (law, gram)]
    assert gained[0] == pytest.approx(gained[1], rel=0.1)


def test_without_scatter_and_blur_it_is_backprop(make_network):
    """In the limit of small steps nothing of node perturbation is left."""
    network = make_network(0, 12)
    start = perturbation.State(*(network.products[name] for name in perturbation.State._fields))
    constants = {"eta_h": 0.02, "eta_y": 0.05, "exploration": 0.0, "blur": 0.0}
    rates = {name: np.array([[[value]]]) for name, value in constants.items()}
    task = Task(network.kernel[None], network.targets[None], np.ones((1, 7)))
    backprop = {name: rates[name] for name in ("eta_h", "eta_y")} | {"decay": 0 * rates["blur"]}
    for one, other in zip(
        perturbation.velocity(start, task, **rates), weight_decay.velocity(start, task, **backprop), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_torch_equals_numpy(make_network):
    network = make_network(1, 9, means=True)
    constants = {"eta_h": 0.02, "eta_y": 0.05, "exploration": 0.001, "blur": 0.1}
    velocities = []
    for xp in (np.asarray, torch.as_tensor):
        start = perturbation.State(*(xp(network.products[name]) for name in perturbation.State._fields))
        task = Task(
            *(xp(part) for part in (network.kernel[None] + 1, network.targets[None], np.ones((1, 7)))), means=True
        )
        rates = {name: xp(np.array([[[value]]])) for name, value in constants.items()}
        velocities.append(perturbation.velocity(start, task, **rates))
    for ours, theirs in zip(*velocities, strict=True):
        np.testing.assert_allclose(theirs, ours, atol=1e-12)
