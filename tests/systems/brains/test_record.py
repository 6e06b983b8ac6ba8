"""Networks trained once in a batch become recordings; learners of every rule and architecture are brains."""

import time

import numpy as np
import pytest
import xarray as xr

from neurouniv import tasks
from neurouniv.rdm.movie.trajectory import trajectory
from neurouniv.schema import InputError
from neurouniv.systems.brains import record_patterns, simulate_brain, true_means, true_rates, true_trajectory
from neurouniv.systems.learning_rules import RULES
from neurouniv.systems.training.train import train

SETTINGS = {"sessions": 3, "repeats": 4, "runs": 2, "neurons": 10, "epochs": 20}


def test_a_network_of_a_batch_gives_the_recording_it_gives_alone():
    task = tasks.xor()
    network = {"hidden_layers": 1, "width": 20, "gain": 0.4, "nonlinearity": "tanh", "lr": 0.1}
    runs = train(task, seeds=range(3), epochs=20, record=[0, 10, 20], rule="backprop", device="cpu", **network)
    for seed in range(3):
        alone = simulate_brain(task, rule="backprop", seed=seed, behaviour=True, **SETTINGS, **network)
        one = runs.isel(seed=seed, layer=0)
        settings = {"repeats": 4, "runs": 2, "channels": 10, "seed": seed}
        rec = record_patterns(one.hidden, outputs=one.output, targets=task.targets, **settings)
        np.testing.assert_array_equal(rec.activity, alone.activity)
        np.testing.assert_array_equal(rec.output, alone.output)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_makes_a_brain(rule):
    rec = simulate_brain(tasks.xor(), rule=rule, width=12, **SETTINGS)
    assert np.isfinite(rec.activity).all()
    assert rec.attrs["rule"] == rule


@pytest.mark.parametrize("architecture", ["residual", "recurrent", "gated", "cnn"])
def test_every_architecture_makes_a_brain(architecture):
    task = tasks.digits(per_class=1)
    network = {"architecture": architecture, "hidden_layers": 2, "width": 12, "nonlinearity": "relu", "gain": 0.5}
    rec = simulate_brain(task, "backprop", **network, **SETTINGS)
    assert rec.attrs["learner"] == architecture
    assert float(true_trajectory(rec).h.min()) >= 0
    assert float(true_trajectory(rec).h.max()) > 0


@pytest.mark.parametrize("sensors", ["spikes", "meeg"])
def test_crossvalidated_distances_estimate_the_true_trajectory(sensors):
    task = tasks.xor()
    settings = {"world": "exponential", "sessions": 3, "repeats": 300, "runs": 6, "neurons": 16, "width": 16}
    rec = simulate_brain(task, sensors=sensors, **settings)
    found, true = trajectory(rec, task, "crossnobis"), true_trajectory(rec, task)
    for name in ("time", "first", "second", "dx2", "dy2"):
        assert (found[name].values == true[name].values).all(), name
    found = found.h.transpose(*true.h.dims)
    z = ((found - true.h) / np.sqrt(trajectory(rec, task, "crossnobis").h_var)).values
    assert abs(z.mean()) < 0.5
    assert 0.6 < z.std() < 1.4


def test_a_study_takes_a_tenth_of_a_second():
    patterns = xr.DataArray(
        np.random.default_rng(0).normal(size=(8, 40, 100)) / 5,
        {"condition": [f"c{i}" for i in range(40)]},
        ("session", "condition", "unit"),
    )
    took = []
    for _ in range(3):
        start = time.process_time()
        record_patterns(patterns, repeats=8)
        took.append(time.process_time() - start)
    assert min(took) < 0.1


def test_noise_free_activity_is_labelled():
    rec = simulate_brain(tasks.xor(), world="static", **SETTINGS)
    assert true_means(rec).identical(true_rates(rec))
    assert true_means(rec).dims == ("session", "condition", "channel")
    framed = simulate_brain(tasks.xor(), world="static", sensors="meeg", **SETTINGS)
    assert true_means(framed).dims == ("session", "condition", "channel", "latency")
    with pytest.raises(InputError, match="its names differ"):
        true_trajectory(rec, tasks.digits(per_class=1))


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (xr.DataArray(np.zeros((2, 3)), dims=("session", "condition")), "needs the dimensions"),
        (xr.DataArray(np.zeros((2, 3, 4)), dims=("session", "condition", "unit")), "names of its conditions"),
        (
            xr.DataArray(np.zeros((5, 2, 3, 4)), {"condition": list("abc")}, ("seed", "time", "condition", "unit")),
            "no other",
        ),
    ],
)
def test_patterns_that_are_none(patterns, message):
    with pytest.raises(InputError, match=message):
        record_patterns(patterns)
