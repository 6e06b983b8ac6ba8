"""Backprop is the gradient; feedback alignment becomes it where theory says so, and learns without it."""

import pytest
import torch

from neurouniv.systems.learning_rules import Backprop, DirectFeedbackAlignment, FeedbackAlignment
from neurouniv.systems.networks import NONLINEARITIES

DOUBLE = torch.float64


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
@pytest.mark.parametrize("hidden", [(8,), (8, 5, 7)])
def test_backprop_is_the_gradient_of_half_the_mean_squared_error(nonlinearity, hidden, make_learner, error_of):
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


def test_feedback_through_the_transposed_weights_is_backprop(make_learner, asked):
    exact, *rest = make_learner(Backprop)
    alignment, *_ = make_learner(FeedbackAlignment)
    alignment.feedback = alignment.network.weights[1:]
    torch.testing.assert_close(asked(exact, *rest), asked(alignment, *rest), rtol=1e-12, atol=0)


def test_direct_feedback_is_feedback_alignment_where_there_is_one_hidden_layer(make_learner, asked):
    learners = [make_learner(rule, (4, 10, 3)) for rule in (FeedbackAlignment, DirectFeedbackAlignment)]
    assert torch.equal(*(asked(*learner) for learner in learners))


@pytest.mark.parametrize("rule", [FeedbackAlignment, DirectFeedbackAlignment])
def test_the_readouts_first_step_is_backprops(rule, make_learner, error_of):
    learner, *rest = make_learner(rule)
    reference = Backprop(learner.network, []).gradients(*error_of(learner, *rest))
    found = learner.gradients(*error_of(learner, *rest))
    for one, other in zip(found[-2:], reference[-2:], strict=True):
        assert torch.equal(one, other)
    assert not torch.allclose(found[0], reference[0])


@pytest.mark.parametrize("rule", [FeedbackAlignment, DirectFeedbackAlignment])
def test_random_pathways_are_a_members_own_and_stay_fixed(rule, make_learner, error_of):
    learner, *rest = make_learner(rule, seeds=(0, 1))
    other, *_ = make_learner(rule, seeds=(5, 1))
    before = [B.clone() for B in learner.feedback]
    learner.learn(*error_of(learner, *rest), 1.0)
    for B, old, foreign in zip(learner.feedback, before, other.feedback, strict=True):
        assert torch.equal(B, old)
        assert torch.equal(B[1], foreign[1])
        assert not torch.equal(B[0], foreign[0])


@pytest.mark.parametrize("rule", [FeedbackAlignment, DirectFeedbackAlignment])
def test_forward_weights_align_with_random_feedback_on_a_linear_task(rule, make_learner, error_of):
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
def test_two_linear_layers_conserve_the_balance_of_their_weights(seed, make_learner, error_of):
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
