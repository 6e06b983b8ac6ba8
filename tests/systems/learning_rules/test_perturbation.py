"""Trial and error follows the gradient on average, with the noise that theory has for it."""

import pytest
import torch

from neurouniv.systems.learning_rules import Backprop, Hebbian, NodePerturbation, WeightPerturbation
from neurouniv.systems.learning_rules.noise import Noise, disturbed, per_unit
from neurouniv.systems.networks import seeded

DOUBLE = torch.float64


def draws(rule, many, asked, conditions=3, times=8, told=None):
    """Many estimates (draw, parameter) of one gradient, and the gradient."""
    learner, *task = many(rule, 2000, conditions=conditions)
    if told:
        learner.loss_of = told(task[1])
    exact = asked(Backprop(learner.network, []), *task)[0]
    return torch.cat([asked(learner, *task) for _ in range(times)]), exact


def total_loss(targets):
    return lambda output: (output - targets).square().mean((1, 2)) / 2


@pytest.mark.parametrize("rule", [WeightPerturbation, NodePerturbation])
@pytest.mark.parametrize("told", [None, total_loss])
def test_the_mean_update_is_the_gradient(rule, told, many, asked):
    found, exact = draws(rule, many, asked, told=told)
    error = found.std(0) / len(found) ** 0.5
    assert ((found.mean(0) - exact).abs() < 5 * error).all()
    assert error.max() < 0.2 * exact.norm()


def test_perturbing_weights_is_as_noisy_as_there_are_parameters(many, asked):
    """E|g|^2 = (n + 2) |gradient|^2 for n Gaussian trials of a linear loss (Werfel et al. 2005)."""
    found, exact = draws(WeightPerturbation, many, asked)
    expected = (found.shape[1] + 2) * exact.square().sum()
    assert found.square().sum(1).mean() == pytest.approx(float(expected), rel=0.05)


def test_perturbing_nodes_is_as_noisy_as_there_are_units(many, asked):
    """For one condition E|delta_est|^2 = (units + 2) |delta|^2, and every layer's update is its own delta times |a|."""
    found, exact = draws(NodePerturbation, many, asked, conditions=1)
    biases = torch.cat([torch.arange(8, 12), torch.arange(20, 22)])
    expected = (len(biases) + 2) * exact[biases].square().sum()
    assert found[:, biases].square().sum(1).mean() == pytest.approx(float(expected), rel=0.05)


def test_conditions_told_apart_make_node_perturbation_less_noisy(many, asked):
    apart, _ = draws(NodePerturbation, many, asked, times=2)
    together, _ = draws(NodePerturbation, many, asked, times=2, told=total_loss)
    assert apart.var(0).sum() < 0.6 * together.var(0).sum()


def test_the_mean_hebbian_update_is_the_gradient_of_the_blurred_loss(many, asked):
    """Unbiased whatever reward is expected; by the noise it differs from the gradient itself a little."""
    learner, *task = many(Hebbian, 2000)
    learner.sigma = 0.02
    exact = asked(Backprop(learner.network, []), *task)[0]
    found = torch.cat([asked(learner, *task) for _ in range(8)])
    error = found.std(0) / len(found) ** 0.5
    assert ((found.mean(0) - exact).abs() < 5 * error + 0.02**2 * exact.norm()).all()
    assert torch.cosine_similarity(found.mean(0), exact, dim=0) > 0.99
    wrong = learner.expected + 0.02
    biased = torch.cat([_expecting(learner, wrong, asked, task) for _ in range(4)])
    assert torch.cosine_similarity(biased.mean(0), exact, dim=0) > 0.9
    assert biased.var(0).sum() > 2 * found.var(0).sum()


def _expecting(learner, expected, asked, task):
    learner.expected = expected
    return asked(learner, *task)


def test_expected_reward_approaches_the_mean_reward_of_every_condition(make_learner, error_of):
    learner, *task = make_learner(Hebbian, (4, 12, 3))
    seen, error = error_of(learner, *task)
    learner.local(seen, error)
    learner.expected = torch.zeros_like(learner.expected)
    means = []
    for step in range(600):
        learner.local(seen, error)
        if step >= 100:
            means.append(learner.expected)
    clean = learner.losses(seen.output, seen, error)
    torch.testing.assert_close(torch.stack(means).mean(0), clean, rtol=0.1, atol=2e-3)
    assert clean.max() > 3 * clean.min()


def test_a_stream_of_noise_is_the_same_however_much_is_made_at_a_time():
    like = torch.zeros(1, dtype=DOUBLE)
    streams = [Noise(seeded([3, 1]), like, steps, room) for steps, room in [(1, 1), (7, 1000), (256, 2**18)]]
    for _ in range(20):
        (one, two), *others = [stream.draw((3, 5), (4,)) for stream in streams]
        assert one.shape == (2, 3, 5)
        assert two.shape == (2, 4)
        for other in others:
            assert torch.equal(other[0], one)
            assert torch.equal(other[1], two)


def test_a_members_noise_is_its_own_new_every_step_and_standard_normal():
    like = torch.zeros(1)
    among, alone = Noise(seeded([7, 3]), like), Noise(seeded([3]), like)
    first, again = among.draw((100, 100))[0], among.draw((100, 100))[0]
    assert torch.equal(first[1], alone.draw((100, 100))[0][0])
    assert abs(first.mean()) < 0.03
    assert abs(first.std() - 1) < 0.03
    for one, other in [(first[0], first[1]), (first[0], again[0])]:
        assert abs((one * other).mean()) < 0.05


def test_a_network_under_no_noise_is_the_network(make_learner):
    learner, stimuli, _ = make_learner(Backprop)
    seen = learner.network.forward(stimuli)
    quiet = [torch.zeros(2, *shape, dtype=DOUBLE) for shape in per_unit(learner.network, len(stimuli))]
    activity, output = disturbed(learner.network, seen.activity[0], quiet)
    assert torch.equal(output, seen.output)
    for one, other in zip(activity, seen.activity, strict=True):
        assert torch.equal(one, other)
