"""Feedback that learns becomes the forward weights, and weights that decay forget."""

import pytest
import torch

from neurouniv import InputError, tasks, train
from neurouniv.systems.learning_rules import Backprop, KolenPollack, WeightDecay, WeightMirror

DOUBLE = torch.float64


def between(learner):
    return [W - B for W, B in zip(learner.network.weights[1:], learner.feedback, strict=True)]


def test_weights_decay_by_the_gradient_of_half_their_squares(make_learner, asked):
    decaying, *task = make_learner(WeightDecay)
    plain, *_ = make_learner(Backprop)
    parameters = torch.cat([p.flatten(1) for p in plain.network.parameters], 1)
    expected = asked(plain, *task) + decaying.decay * parameters
    torch.testing.assert_close(asked(decaying, *task), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("lr", [0.2, torch.tensor([0.2, 0.05], dtype=DOUBLE)[:, None, None]])
def test_forward_and_feedback_weights_draw_near_by_the_same_share_at_every_step(lr, make_learner, error_of):
    """Kolen & Pollack (1994): both take the same step, and what is between them decays."""
    learner, *task = make_learner(KolenPollack)
    before = between(learner)
    for _ in range(5):
        learner.learn(*error_of(learner, *task), lr)
    for gap, first in zip(between(learner), before, strict=True):
        torch.testing.assert_close(gap, first * (1 - lr * learner.decay) ** 5, rtol=1e-9, atol=1e-12)


def test_with_the_forward_weights_as_feedback_kolen_pollack_is_weight_decay(make_learner, error_of):
    one, *task = make_learner(KolenPollack)
    other, *_ = make_learner(WeightDecay)
    one.feedback = [W.clone() for W in one.network.weights[1:]]
    for _ in range(5):
        for learner in (one, other):
            learner.learn(*error_of(learner, *task), 0.2)
    for mine, theirs in zip(one.network.parameters, other.network.parameters, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)


def test_a_mirror_s_mean_is_the_forward_weights(many, error_of):
    """The mean over noise of one step of the pathways is lr mirror (W - B)."""
    learner, *task = many(WeightMirror, 4000)
    start = learner.network.weights[1].clone() - learner.feedback[0]
    old = learner.feedback[0].clone()
    seen, error = error_of(learner, *task)
    learner.learn(seen, 0 * error, 0.1)
    step = (learner.feedback[0] - old) / (0.1 * learner.mirror)
    scatter = (step - start).std(0) / len(step) ** 0.5
    assert ((step.mean(0) - start.mean(0)).abs() < 5 * scatter).all()
    assert scatter.max() < 0.1


def test_a_mirror_turns_pathways_towards_the_forward_weights(make_learner, error_of):
    learner, *task = make_learner(WeightMirror, gain=0.5)
    first = [gap.norm() for gap in between(learner)]
    for _ in range(3000):
        learner.learn(*error_of(learner, *task), 0.01)
    assert all(gap.norm() < 0.2 * old for gap, old in zip(between(learner), first, strict=True))


@pytest.mark.parametrize("rule", ["kolen_pollack", "weight_mirror"])
def test_an_optimiser_beside_feedback_that_learns_is_refused(rule):
    with pytest.raises(InputError, match="Use optimizer='sgd'"):
        train(tasks.xor(), rule=rule, optimizer="adam", epochs=3)
