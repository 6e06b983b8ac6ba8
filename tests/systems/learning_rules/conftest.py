"""Small learners, and what one step takes from them."""

import pytest
import torch

from neurouniv.systems.networks import MLP, seeded

DOUBLE = torch.float64


@pytest.fixture
def make_learner():
    """A learner with biases off zero, stimuli and targets."""

    def make(rule, sizes=(4, 12, 9, 3), nonlinearity="tanh", gain=1.0, seeds=(0, 1), conditions=6):
        generators = seeded(seeds)
        network = MLP(sizes, gain, nonlinearity, generators, DOUBLE)
        world = torch.Generator().manual_seed(99)
        for b in network.biases:
            b.normal_(generator=world)
        stimuli = torch.randn(conditions, sizes[0], dtype=DOUBLE, generator=world)
        return rule(network, generators), stimuli, torch.randn(conditions, sizes[-1], dtype=DOUBLE, generator=world)

    return make


@pytest.fixture
def error_of():
    """What is seen of the stimuli, and the slope of half the mean squared error in the outputs."""

    def error(learner, stimuli, targets):
        seen = learner.network.forward(stimuli)
        return seen, (seen.output - targets) / targets.numel()

    return error


@pytest.fixture
def asked(error_of):
    """What a rule asks for in the gradient's place, as one vector (member, parameter)."""

    def gradients(learner, stimuli, targets):
        parts = learner.gradients(*error_of(learner, stimuli, targets))
        return torch.cat([part.flatten(1) for part in parts], 1)

    return gradients


@pytest.fixture
def many(make_learner):
    """A small learner many times over: members differ in their noise only."""

    def make(rule, count, sizes=(2, 4, 2), conditions=3):
        learner, *task = make_learner(rule, sizes, seeds=range(count), conditions=conditions)
        for part in learner.network.parameters:
            part.copy_(part[:1].expand_as(part).clone())
        return learner, *task

    return make
