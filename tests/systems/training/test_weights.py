"""Weights are recorded, and networks go on from them as if they had never stopped."""

import json

import numpy as np
import pytest
import torch
import xarray as xr

import neurouniv as nu
from neurouniv import InputError, tasks, train
from neurouniv.systems.learning_rules import RULES

SETTINGS = {"width": 9, "nonlinearity": "tanh", "lr": 0.1, "dtype": "float64", "device": "cpu", "progress": False}
SAME = ["backprop", "feedback_alignment", "direct_feedback_alignment", "kolen_pollack", "predictive_coding",
        "weight_decay"]  # fmt: skip


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("rule", SAME)
def test_two_parts_are_one_run(rule, layers):
    settings = SETTINGS | {"rule": rule, "hidden_layers": layers, "seeds": [4, 2], "weights": True}
    whole = train(tasks.xor(), epochs=30, record=[0, 20, 25, 30], **settings)
    first = train(tasks.xor(), epochs=20, record=[0, 20], **settings)
    second = train(tasks.xor(), epochs=10, record=3, start=first, **settings)
    assert second.time.values.tolist() == [20, 25, 30]
    for name in ("hidden", "output", "loss", "weights", *(["feedback_weights"] if "feedback_weights" in whole else [])):
        np.testing.assert_array_equal(second[name], whole[name].isel(time=slice(1, None)))
    assert float(abs(whole.hidden.isel(time=-1) - whole.hidden.isel(time=1)).max()) > 1e-4


@pytest.mark.parametrize("architecture", ["residual", "cnn", "recurrent", "gated", "attention"])
def test_any_architecture_goes_on(architecture):
    settings = SETTINGS | {
        "architecture": architecture,
        "hidden_layers": 2,
        "channels": 3,
        "kernel": 3,
        "weights": True,
    }
    whole = train(tasks.digits(1), epochs=6, record=[0, 4, 6], **settings)
    first = train(tasks.digits(1), epochs=4, record=2, **settings)
    second = train(tasks.digits(1), epochs=2, record=2, start=first, **settings)
    np.testing.assert_allclose(second.output.isel(time=-1), whole.output.isel(time=-1), rtol=1e-10)


def test_a_module_of_one_s_own_goes_on():
    def made():
        return torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))

    settings = {"layers": "1", "lr": 0.1, "dtype": "float64", "device": "cpu", "progress": False, "weights": True}
    whole = train(tasks.xor(), made, epochs=9, record=[0, 5, 9], **settings)
    first = train(tasks.xor(), made, epochs=5, record=2, **settings)
    second = train(tasks.xor(), made, epochs=4, record=2, start=first, **settings)
    np.testing.assert_allclose(second.output.isel(time=-1), whole.output.isel(time=-1), rtol=1e-10)


def test_what_is_recorded_are_the_weights_that_make_the_activity():
    runs = train(tasks.xor(), epochs=20, record=3, rule="feedback_alignment", weights=True, **SETTINGS)
    shapes = json.loads(runs.weights.attrs["shapes"])
    assert json.loads(runs.feedback_weights.attrs["shapes"]) == [[1, 9]]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    frame = runs.isel(seed=0, time=-1, layer=0)
    A, b, D, c = (p.reshape(s) for p, s in zip(np.split(frame.weights.values, ends), shapes, strict=True))
    hidden = np.tanh(frame.stimuli.values @ A.T + b)
    np.testing.assert_allclose(frame.hidden, hidden, atol=1e-14)
    np.testing.assert_allclose(frame.output, hidden @ D.T + c, atol=1e-14)


def test_members_go_on_by_their_labels(tmp_path):
    settings = SETTINGS | {"weights": True}
    first = train(tasks.xor(), epochs=8, record=2, gain=[0.5, 1.0], seeds=[3, 1], **settings)
    nu.save(first, tmp_path / "first.nc")
    kept = nu.load(tmp_path / "first.nc")
    second = train(tasks.xor(), epochs=4, record=2, seeds=[1, 3], start=kept, **settings)
    alone = train(tasks.xor(), epochs=12, record=2, gain=0.5, seeds=[1], **settings)
    there = second.weights.sel(gain=0.5, seed=1).isel(time=-1)
    np.testing.assert_allclose(there, alone.weights.isel(seed=0, time=-1), rtol=1e-10)
    earlier = train(tasks.xor(), epochs=12, record=2, seeds=[1, 3], start=first.isel(time=0), **settings)
    np.testing.assert_allclose(earlier.weights.sel(gain=0.5, seed=1).isel(time=-1), there, rtol=1e-10)


def test_another_rule_and_another_task_start_from_what_was_learned():
    task = tasks.digits(1)
    first = train(task, epochs=40, record=2, weights=True, **SETTINGS)
    turned = task.assign(targets=task.targets.copy(data=task.targets.values[::-1]))
    for rule in set(RULES):
        second = train(turned, epochs=3, record=2, rule=rule, start=first, **SETTINGS)
        np.testing.assert_array_equal(second.hidden.isel(time=0), first.hidden.isel(time=-1))
        np.testing.assert_array_equal(second.targets, turned.targets)


def test_chance_goes_on_with_other_numbers():
    settings = SETTINGS | {"rule": "node_perturbation", "lr": 0.01, "weights": True}
    first = train(tasks.xor(), epochs=5, record=2, **settings)
    back = first.isel(time=0).assign_coords(time=first.time[-1])
    second = train(tasks.xor(), epochs=5, record=2, start=back, **settings)
    np.testing.assert_array_equal(second.weights.isel(time=0), first.weights.isel(time=0))
    assert float(abs(second.weights - first.weights.values).isel(time=-1).max()) > 1e-5


def test_what_cannot_go_on_is_refused_with_a_reason():
    first = train(tasks.xor(), epochs=5, record=2, seeds=2, rule="feedback_alignment", weights=True, **SETTINGS)
    diverged = first.assign(weights=first.weights.where(first.seed == 0))
    for message, given in {
        r"holds `weights`.*weights=True": {"start": first.drop_vars("weights")},
        r"got \['condition'": {"start": tasks.xor()},
        r"seeds=start\.seed\.values": {"start": first},
        r"not, at time 5: they diverged": {"start": diverged, "seeds": 2},
        r"`start` has 37": {"start": first, "seeds": 2, "width": 12},
        r"have 9 feedback_weights.*drop_vars\('feedback_weights'\)": {
            "start": first.isel(feedback_weight=slice(5)),
            "seeds": 2,
            "rule": "feedback_alignment",
            "hidden_layers": 1,
        },
        "Give one of the two": {"start": first, "seeds": 2, "above": 0, "draws": 2},
        "has no weights to record": {"rule": "lazy", "weights": True},
    }.items():
        with pytest.raises(InputError, match=message):
            train(tasks.xor(), epochs=2, record=2, **SETTINGS | given)


def test_a_ceiling_of_networks_that_went_on_is_refused():
    first = train(tasks.xor(), epochs=5, record=2, weights=True, **SETTINGS)
    second = train(tasks.xor(), epochs=5, record=2, start=first.isel(time=[0]), **SETTINGS)
    with pytest.raises(InputError, match="went on from weights"):
        nu.start_ceiling(nu.trajectory(second))
    assert isinstance(nu.start_ceiling(nu.trajectory(first)), xr.Dataset)
