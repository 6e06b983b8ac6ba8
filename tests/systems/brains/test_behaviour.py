"""Choices follow the learner's outputs."""

import numpy as np
import pytest

import neurouniv as nu
from neurouniv import tasks
from neurouniv.schema import InputError
from neurouniv.systems.brains import simulate_brain
from neurouniv.systems.brains.behaviour import choices

SETTINGS = {"sessions": 4, "repeats": 20, "runs": 2, "neurons": 12, "behaviour": True}


def test_two_options_make_a_logistic_psychometric_curve():
    outputs = np.linspace(-1, 2, 7)[:, None, None]
    cell = np.repeat(np.arange(7), 20_000), np.zeros(140_000, dtype=int)
    targets = np.array([[0.0], [1.0]])
    made = choices(outputs.repeat(2, axis=1), targets, cell, np.random.default_rng(0), sharpness=4.0)
    exact = 1 / (1 + np.exp(-4 * (2 * outputs[:, 0, 0] - 1)))
    np.testing.assert_allclose(made.probability[:, 0, 1], exact)
    np.testing.assert_allclose(made.outputs.reshape(7, -1).mean(axis=1), exact, atol=0.015)


def test_outputs_at_the_mean_are_chance_and_right_ones_are_sure():
    targets = np.eye(4)[[0, 1, 2, 3, 3]]
    outputs = np.stack([np.full((5, 4), 0.25), targets])
    made = choices(outputs, targets, (np.repeat([0, 1], 5), np.tile(np.arange(5), 2)), np.random.default_rng(0))
    np.testing.assert_allclose(made.probability[0], 0.25)
    assert (made.outputs[5:] == targets).all()
    np.testing.assert_allclose(made.probability.sum(axis=-1), 1.0)


@pytest.mark.parametrize("learner", [{"world": "gain"}, {"rule": "backprop", "width": 20, "epochs": 4000, "lr": 0.3}])
def test_animals_get_better(learner):
    task = tasks.xor()
    rec = simulate_brain(task, **SETTINGS | learner)
    right = (rec.output.values == task.sel(condition=rec.condition.values).targets.values).all(axis=1)
    share = [right[rec.session.values == session].mean() for session in (1, 4)]
    assert abs(share[0] - 0.5) < 0.25
    assert share[1] > 0.9
    assert (rec.option_target.values[rec.choice.values] == rec.output.values).all()


def test_chance_in_worlds_without_learning():
    task = tasks.digits(per_class=1)
    rec = simulate_brain(task, world="drift", **SETTINGS)
    np.testing.assert_allclose(rec.choice_probability, 0.1)


def test_choices_give_the_predictions_of_a_trajectory():
    task = tasks.xor()
    rec = simulate_brain(task, world="exponential", **SETTINGS | {"repeats": 2000})
    traj = nu.trajectory(rec, task)
    probability, options = rec.choice_probability.values, rec.option_target.values
    mean = probability @ options
    first, second = np.triu_indices(4, 1)
    np.testing.assert_allclose(traj.choices, ((mean[:, first] - mean[:, second]) ** 2).sum(-1), atol=0.1)
    assert abs(traj.choices_w.values[-1]).max() < abs(traj.choices_w.values[0]).max()


def test_behaviour_changes_no_neuron():
    task = tasks.xor()
    seen, unseen = (simulate_brain(task, world="gain", **SETTINGS | {"behaviour": on}) for on in (True, False))
    np.testing.assert_array_equal(seen.activity, unseen.activity)
    assert "output" not in unseen
    with pytest.raises(InputError, match="targets that differ"):
        choices(np.zeros((1, 2, 1)), np.ones((2, 1)), (np.zeros(1, int), np.zeros(1, int)), np.random.default_rng(0))
