"""Backprop is the gradient; the others become it where theory says so, and learn without it."""

import pytest
import torch

from neurouniv.systems.learning_rules import RULES, Backprop, DirectFeedbackAlignment, FeedbackAlignment
from neurouniv.systems.networks import MLP, NONLINEARITIES, seeded

DOUBLE = torch.float64


def make_learner(rule, sizes=(4, 12, 9, 3), nonlinearity="tanh", gain=1.0, seeds=(0, 1), conditions=6):
    """A learner with biases off zero, stimuli and targets."""
    generators = seeded(seeds)
    learner = rule(MLP(sizes, gain, nonlinearity, generators, DOUBLE), generators)
    world = torch.Generator().manual_seed(99)
    for b in learner.network.biases:
        b.normal_(generator=world)
    stimuli = torch.randn(conditions, sizes[0], dtype=DOUBLE, generator=world)
    return learner, stimuli, torch.randn(conditions, sizes[-1], dtype=DOUBLE, generator=world)


def error_of(learner, stimuli, targets):
    seen = learner.network.forward(stimuli)
    return seen, (seen.output - targets) / targets.numel()


def updates(learner, stimuli, targets):
    """What one step with lr 1 takes from every weight."""
    seen, error = error_of(learner, stimuli, targets)
    before = [W.clone() for W in learner.network.weights]
    learner.learn(seen, error, 1.0)
    return [old - new for old, new in zip(before, learner.network.weights, strict=True)]


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
@pytest.mark.parametrize("hidden", [(8,), (8, 5, 7)])
def test_backprop_is_the_gradient_of_half_the_mean_squared_error(nonlinearity, hidden):
    learner, stimuli, targets = make_learner(Backprop, (4, *hidden, 3), nonlinearity)
    parameters = [*learner.network.weights, *learner.network.biases]
    for p in parameters:
        p.requires_grad_()
    loss = (learner.network.forward(stimuli).output - targets).square().mean((1, 2)).sum() / 2
    gradients = torch.autograd.grad(loss, parameters)
    before = [p.detach().clone() for p in parameters]
    with torch.no_grad():
        learner.learn(*error_of(learner, stimuli, targets), 0.1)
    for old, p, gradient in zip(before, parameters, gradients, strict=True):
        torch.testing.assert_close((old - p.detach()) / 0.1, gradient, rtol=1e-9, atol=1e-12)


def test_feedback_through_the_transposed_weights_is_backprop():
    exact, *rest = make_learner(Backprop)
    alignment, *_ = make_learner(FeedbackAlignment)
    alignment.feedback = alignment.network.weights[1:]
    for one, other in zip(updates(exact, *rest), updates(alignment, *rest), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=0)


def test_direct_feedback_is_feedback_alignment_where_there_is_one_hidden_layer():
    learners = [make_learner(rule, (4, 10, 3)) for rule in (FeedbackAlignment, DirectFeedbackAlignment)]
    for one, other in zip(*(updates(*learner) for learner in learners), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("rule", RULES.values())
def test_the_rule_changes_neither_the_start_nor_the_readouts_first_step(rule):
    learner, *rest = make_learner(rule)
    reference, *_ = make_learner(Backprop)
    for one, other in zip(learner.network.weights, reference.network.weights, strict=True):
        assert torch.equal(one, other)
    torch.testing.assert_close(updates(learner, *rest)[-1], updates(reference, *rest)[-1])


@pytest.mark.parametrize("rule", [FeedbackAlignment, DirectFeedbackAlignment])
def test_random_pathways_are_a_members_own_and_stay_fixed(rule):
    learner, *rest = make_learner(rule, seeds=(0, 1))
    other, *_ = make_learner(rule, seeds=(5, 1))
    before = [B.clone() for B in learner.feedback]
    updates(learner, *rest)
    for B, old, foreign in zip(learner.feedback, before, other.feedback, strict=True):
        assert torch.equal(B, old)
        assert torch.equal(B[1], foreign[1])
        assert not torch.equal(B[0], foreign[0])


@pytest.mark.parametrize("rule", [FeedbackAlignment, DirectFeedbackAlignment])
def test_forward_weights_align_with_random_feedback_on_a_linear_task(rule):
    """Lillicrap et al. (2016), fig. 2: the angle to backprop starts near 90 degrees and falls; so does the loss."""
    learner, stimuli, _ = make_learner(rule, (10, 30, 5), "linear", gain=0.1, seeds=range(8), conditions=20)
    targets = stimuli @ torch.randn(10, 5, dtype=DOUBLE, generator=torch.Generator().manual_seed(3))
    angles, losses = [], []
    for _ in range(1500):
        seen, error = error_of(learner, stimuli, targets)
        losses.append(error.square().sum((1, 2)))
        random, exact = learner.taught(0, error, error), Backprop.taught(learner, 0, error, error)
        angles.append(torch.rad2deg(torch.cosine_similarity(random.flatten(1), exact.flatten(1)).acos()))
        learner.learn(seen, error, 0.1)
    assert (angles[0] > 75).all()
    assert (angles[0] < 105).all()
    assert (angles[500] < 60).all()
    assert (losses[-1] < 0.02 * losses[0]).all()


@pytest.mark.parametrize("seed", range(3))
def test_two_linear_layers_conserve_the_balance_of_their_weights(seed):
    """W1 W1' + b1 b1' - W2' W2 is constant under gradient flow (Saxe et al. 2014); a step of lr drifts by O(lr)."""

    def drift(lr):
        learner, stimuli, targets = make_learner(Backprop, (4, 6, 3), "linear", seeds=[seed])
        (W1, W2), (b1, _) = learner.network.weights, learner.network.biases

        def balance():
            return W1 @ W1.mT + b1.mT @ b1 - W2.mT @ W2

        before = balance()
        learned = W1.clone()
        for _ in range(round(4 / lr)):
            learner.learn(*error_of(learner, stimuli, targets), lr)
        assert (W1 - learned).abs().max() > 0.1
        return (balance() - before).abs().max().item()

    coarse, fine = drift(0.01), drift(0.0025)
    assert fine < 0.01
    assert coarse / fine == pytest.approx(4, rel=0.1)
