"""Networks that learn by one rule, then by another, with all that their law needs of the start."""

import json

import numpy as np
import pytest
import xarray as xr

from neurouniv import tasks, train, trajectory
from neurouniv.laws import LAWS
from neurouniv.systems.learning_rules import PredictiveCoding, WeightDecay

LR, CONDITIONS, OUTPUTS = 0.02, 10, 3
SETTINGS = {"width": 30, "gain": 0.5, "lr": LR, "dtype": "float64", "record": 15, "progress": False, "weights": True}
LAW_OF = {"backprop": "universal"}
OWN = {
    "weight_decay": {"decay": LR * WeightDecay.decay},
    "kolen_pollack": {"decay": LR * WeightDecay.decay},
    "predictive_coding": {"strength": 1 / PredictiveCoding.variance},
}


def task_of(sign=1):
    rng = np.random.default_rng(0)
    stimuli, targets = rng.normal(size=(CONDITIONS, 6)), rng.normal(size=(CONDITIONS, OUTPUTS))
    return tasks.from_arrays(stimuli - stimuli.mean(0), sign * (targets - targets.mean(0))[::sign])


def products(runs, feedback):
    """The products of weights at the first frame, by the names that trajectories have for them."""
    shapes, first = json.loads(runs.weights.attrs["shapes"]), runs.isel(time=0, layer=0)
    parts = np.split(first.weights.values, np.cumsum([np.prod(shape) for shape in shapes])[:-1], axis=-1)
    D, H = parts[2].reshape(-1, *shapes[2]), first.hidden.values
    B = np.ones_like(D) if feedback is None else feedback.isel(time=0).values.reshape(D.shape)
    dims = ("seed", "output", "output_")
    found = {name: (dims, one @ other.mT) for name, one, other in
             (("decoder", D, D), ("feedback", B, B), ("product", D, B))}  # fmt: skip
    return found | {"pseudo": (("seed", "condition", "output"), H @ B.mT)}


def known(rule, runs, size):
    """The rule's law with the constants that the networks learned by."""
    law, rate = LAWS[LAW_OF.get(rule, rule)](), LR / (CONDITIONS * OUTPUTS)
    constants = {"eta_h": rate * (size**0.5 if rule == "feedback_alignment" else 1.0), "eta_y": rate, "feedback0": size}
    constants |= OWN.get(rule, {})
    values = {name: ("seed", np.broadcast_to(value, runs.seed.shape)) for name, value in constants.items()}
    intervals = {f"{name}_interval": (("seed", "bound"), np.stack([v[1], v[1]], -1)) for name, v in values.items()}
    law.constants_ = xr.Dataset(values | intervals, {"seed": runs.seed})
    return law


@pytest.fixture
def make_phases():
    """Two phases of learning: trajectories, the first with its start, and the first rule's law with true constants."""

    def make(first, second, new_targets=False, nonlinearity="linear", epochs=300, seeds=2, **settings):
        settings = SETTINGS | settings | {"nonlinearity": nonlinearity, "epochs": epochs, "seeds": range(seeds)}
        before = train(task_of(), rule=first, **settings)
        after = train(task_of(-1 if new_targets else 1), rule=second, start=before, **settings)
        feedback = before.get("feedback_weights", after.get("feedback_weights"))
        phases = [trajectory(runs).squeeze("layer", drop=True) for runs in (before, after)]
        phases[0] = phases[0].assign(products(before, feedback))
        size = np.trace(phases[0].feedback.values, axis1=1, axis2=2) / OUTPUTS
        return *phases, known(first, before, size), OWN.get(second, {})

    return make
