"""Networks that `train` trained by each rule are followed by its law, with nothing fitted."""

import numpy as np
import pytest
import torch

from neurouniv import tasks, train
from neurouniv.systems.learning_rules import RULES, KolenPollack, PredictiveCoding, WeightDecay
from neurouniv.systems.networks import MLP, seeded
from neurouniv.theory import kernels
from neurouniv.theory.rules import (
    feedback_alignment,
    kolen_pollack,
    predictive_coding,
    tangent,
    weight_decay,
)
from neurouniv.theory.rules.flow import Flow

LR = 0.005
EPOCHS = {"predictive_coding": 1000}  # it relaxes in every one
LAW_OF = {
    "feedback_alignment": (feedback_alignment, {}),
    "direct_feedback_alignment": (feedback_alignment, {}),
    "kolen_pollack": (kolen_pollack, {"decay": LR * KolenPollack.decay}),
    "weight_decay": (weight_decay, {"decay": LR * WeightDecay.decay}),
    "predictive_coding": (predictive_coding, {"strength": 1 / PredictiveCoding.variance}),
    "lazy": (tangent, {}),
}
SIZES = [(10, 8, 4, 3), (100, 10, 5, 4), (40, 20, 12, 2)]  # width, conditions, features, outputs
CASES = [(rule, *size) for rule in LAW_OF for size in SIZES]


def first_products(rule, width, features, outputs, stimuli, seed):
    """What the law starts from, of the very weights that `train` starts from."""
    generators = seeded([seed])
    network = MLP([features, width, outputs], 0.5, "linear", generators, torch.float64)
    D = network.weights[1][0].numpy()
    learner = RULES[rule](network, generators)
    B = learner.feedback[0][0].numpy() if hasattr(learner, "feedback") else D
    hidden = network.forward(torch.as_tensor(stimuli)).activity[1][0].numpy().T
    parts = {"gram": hidden.T @ hidden, "output": D @ hidden, "bias": np.zeros(outputs), "pseudo": B @ hidden}
    parts |= {"decoder": D @ D.T, "product": D @ B.T, "feedback": B @ B.T}
    return {name: part[None] for name, part in parts.items()}


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "width", "conditions", "features", "outputs"), CASES)
def test_the_law_follows_a_trained_network(rule, width, conditions, features, outputs):
    rng = np.random.default_rng(width)
    stimuli, targets = rng.normal(size=(conditions, features)), rng.normal(size=(conditions, outputs))
    stimuli, targets = stimuli - stimuli.mean(0), targets - targets.mean(0)
    settings = {
        "width": width,
        "gain": 0.5,
        "nonlinearity": "linear",
        "lr": LR,
        "epochs": EPOCHS.get(rule, 6000),
        "record": 40,
    }
    runs = train(tasks.from_arrays(stimuli, targets), seeds=[width], rule=rule, **settings)
    hidden = runs.hidden.squeeze().transpose("time", "condition", "unit").values
    gram = kernels.centred(hidden @ hidden.swapaxes(1, 2))
    products = first_products(rule, width, features, outputs, stimuli, width)
    theory, own = LAW_OF[rule]
    rate = LR / (conditions * outputs)
    rates = {name: np.array([value]) for name, value in ({"eta_h": rate, "eta_y": rate} | own).items()}
    if theory is feedback_alignment:
        rates["feedback"] = products["feedback"]
    state = theory.State(*(products[name] for name in theory.State._fields))
    kernel, time = stimuli @ stimuli.T, runs.time.values[None].astype(float)
    if theory is tangent:
        flow = tangent.Flow(state, rates, kernel[None], targets.T[None])
    else:
        flow = Flow(theory.velocity, state, rates, kernel[None], targets.T[None], time[:, -1])
    predicted, _ = flow.at(time)
    assert 1 - ((predicted[0] - gram) ** 2).sum() / ((gram - gram.mean(0)) ** 2).sum() > 0.9999
    assert np.abs(gram[-1] - gram[0]).max() > 0.1 * np.abs(gram[0]).max()
