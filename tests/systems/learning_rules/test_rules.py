"""What holds for every rule: who shares the batch, how steps are taken, what is refused."""

import copy

import numpy as np
import pytest
import torch

from neurouniv import InputError, tasks, train
from neurouniv.systems.learning_rules import RULES, Backprop, FeedbackAlignment, Lazy, LearningRule, LocalRule
from neurouniv.systems.networks import MLP, seeded

DOUBLE = torch.float64
PRESENTING = [name for name, rule in RULES.items() if rule.presents]


@pytest.mark.parametrize("rule", RULES.values())
def test_the_rule_does_not_change_the_start(rule, make_learner):
    learner, stimuli, _ = make_learner(rule)
    reference, *_ = make_learner(Backprop)
    seen, expected = (one.network.forward(stimuli) for one in (learner, reference))
    for one, other in zip(seen.activity, expected.activity, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(seen.output, expected.output)


@pytest.mark.parametrize("rule", RULES.values())
def test_gradients_have_the_shapes_and_the_order_of_the_parameters(rule, make_learner, error_of):
    learner, *task = make_learner(rule)
    gradients = learner.gradients(*error_of(learner, *task))
    assert [g.shape for g in gradients] == [p.shape for p in learner.network.parameters]
    assert [p.shape[1:] for p in learner.network.parameters[:2]] == [(12, 4), (1, 12)]


@pytest.mark.parametrize("rule", RULES.values())
@pytest.mark.parametrize("lr", [0.3, torch.tensor([0.3, 0.05], dtype=DOUBLE)[:, None, None]])
def test_a_step_is_lr_times_what_is_asked_for(rule, lr, make_learner, error_of):
    """The fused step of local rules is the plain one, for one learning rate and for one per member."""
    one, *task = make_learner(rule)
    other, *_ = make_learner(rule)
    gradients = other.gradients(*error_of(other, *task))
    before = [p.clone() for p in one.network.parameters]
    one.learn(*error_of(one, *task), lr)
    for old, new, gradient in zip(before, one.network.parameters, gradients, strict=True):
        torch.testing.assert_close(new, old - lr * gradient, rtol=1e-12, atol=1e-15)
        assert (new != old).any()


@pytest.mark.parametrize("rule", RULES)
def test_a_members_numbers_do_not_depend_on_who_shares_its_batch(rule):
    settings = {"hidden_layers": 2, "width": 20, "nonlinearity": "tanh", "lr": 0.01, "epochs": 25, "rule": rule}
    alone = train(tasks.xor(), seeds=[3], **settings)
    for others in ([3, 1], [5, 8, 3, 2, 9]):
        member = train(tasks.xor(), seeds=others, **settings).sel(seed=[3])
        for name in ("hidden", "output", "loss"):
            assert np.abs(member[name] - alone[name]).max() < 1e-5 * np.abs(alone[name]).max()


@pytest.mark.parametrize("rule", RULES)
def test_single_precision_is_double_precision_rounded(rule):
    settings = {"width": 15, "nonlinearity": "tanh", "lr": 0.01, "epochs": 60, "record": 3, "rule": rule}
    single, double = (train(tasks.xor(), seeds=[0, 1], dtype=kind, **settings) for kind in ("float32", "float64"))
    np.testing.assert_allclose(single.hidden, double.hidden, atol=1e-4)
    assert np.abs(double.hidden[:, :, -1] - double.hidden[:, :, 0]).max() > 1e-3


@pytest.mark.parametrize("rule", PRESENTING)
def test_rules_that_compare_presentations_refuse_dropout(rule):
    generators = seeded([0])
    network = MLP([2, 5, 1], 1.0, "tanh", generators, dropout=0.1)
    with pytest.raises(InputError, match=r"got dropout=0\.1\. Use dropout=0"):
        RULES[rule](network, generators)
    FeedbackAlignment(network, generators)


@pytest.mark.parametrize("rule", ["weight_perturbation", "node_perturbation", "hebbian"])
def test_a_loss_told_is_the_loss_found_from_the_error(rule, make_learner, asked):
    """Half the mean squared error, by itself or as a function; and one number per member, where only that is known."""
    learner, stimuli, targets = make_learner(RULES[rule])
    own, told, total = (copy.deepcopy(learner) for _ in range(3))
    told.loss_of = lambda output: (output - targets).square().sum(-1) / (2 * targets.numel())
    total.loss_of = lambda output: (output - targets).square().mean((1, 2)) / 2
    reference = asked(own, stimuli, targets)
    torch.testing.assert_close(asked(told, stimuli, targets), reference, rtol=1e-6, atol=1e-9)
    same = torch.allclose(asked(total, stimuli, targets), reference, rtol=1e-6)
    assert same == (rule == "weight_perturbation")


@pytest.mark.parametrize("name", ["weight_perturbation", "node_perturbation", "hebbian", "predictive_coding", "lazy"])
def test_two_points_are_learned(name):
    lr = {"weight_perturbation": 0.02, "node_perturbation": 0.1, "hebbian": 0.01}.get(name, 0.2)
    epochs = 300 if name in ("predictive_coding", "lazy") else 2500
    settings = {"width": 10, "gain": 0.7, "nonlinearity": "tanh", "lr": lr, "epochs": epochs, "record": 2, "rule": name}
    runs = train(tasks.two_points(), seeds=range(4), **settings)
    assert (runs.loss[:, -1] < 0.05 * runs.loss[:, 0]).all()


def test_only_lazy_learns_on_another_network_than_it_was_given(make_learner):
    for name, rule in RULES.items():
        learner, *_ = make_learner(rule)
        assert isinstance(learner, LearningRule)
        assert isinstance(learner.network, MLP) == (rule is not Lazy)
        assert isinstance(learner, LocalRule) == (name != "weight_perturbation")
