"""Every rule's law follows a linear network whose weights learn by that rule, with nothing fitted."""

import numpy as np
import pytest
import torch

from neurouniv.theory import all_conditions
from neurouniv.theory.rules import (
    feedback_alignment,
    kolen_pollack,
    perturbation,
    predictive_coding,
    switch,
    weight_decay,
    weight_mirror,
)
from neurouniv.theory.rules.flow import Flow, Task

ETA_H, ETA_Y = 0.02, 0.05
MORE = {"decay": 0.01, "mirror": 0.04, "strength": 1.5, "blur": 0.3, "exploration": 0.0}


def by_backprop(w, hidden, error, stimuli, back=None, read=None):
    """d weights/dt where errors return through `back`, the decoder's own by default, and the decoder reads `read`."""
    read, taught = hidden if read is None else read, (w.decoder if back is None else back).T @ error
    encoder, lift = -ETA_H * taught @ stimuli.T, -ETA_H * taught.sum(1)
    return type(w)(encoder, lift, -ETA_Y * error @ read.T, -ETA_Y * error.sum(1), 0 * w.feedback)


def by_feedback_alignment(w, hidden, error, stimuli):
    return by_backprop(w, hidden, error, stimuli, back=w.feedback)


def by_kolen_pollack(w, hidden, error, stimuli):
    change = by_feedback_alignment(w, hidden, error, stimuli)._replace(feedback=-ETA_Y * error @ hidden.T)
    return type(w)(*(part - MORE["decay"] * weight for part, weight in zip(change, w, strict=True)))


def by_weight_mirror(w, hidden, error, stimuli):
    mirrored = MORE["mirror"] * (w.decoder - w.feedback)
    return by_feedback_alignment(w, hidden, error, stimuli)._replace(feedback=mirrored)


def by_predictive_coding(w, hidden, error, stimuli):
    """Values relax by their energy's own minimum, found without the law's formula: a linear system of the values."""
    s = MORE["strength"]
    values = np.linalg.solve(
        np.eye(len(hidden)) + s * w.decoder.T @ w.decoder, hidden + s * w.decoder.T @ (w.decoder @ hidden - error)
    )
    wrong = w.decoder @ (values - hidden) + error
    relaxed = by_backprop(w, hidden, wrong, stimuli, read=values)
    np.testing.assert_allclose(hidden - values, s * w.decoder.T @ wrong, atol=1e-12)
    return relaxed


def by_weight_decay(w, hidden, error, stimuli):
    change = by_backprop(w, hidden, error, stimuli)
    faded = type(w)(*(part - MORE["decay"] * weight for part, weight in zip(change, w, strict=True)))
    return faded._replace(feedback=change.feedback)


RULES = {
    "feedback_alignment": (feedback_alignment, by_feedback_alignment, ()),
    "kolen_pollack": (kolen_pollack, by_kolen_pollack, ("decay",)),
    "weight_mirror": (weight_mirror, by_weight_mirror, ("mirror",)),
    "predictive_coding": (predictive_coding, by_predictive_coding, ("strength",)),
    "weight_decay": (weight_decay, by_weight_decay, ("decay",)),
}
TIME = np.linspace(0, 30, 12)


def law_of(rule, network, means, xp=np.asarray, exposure=None, start=None, **constants):
    """The law's solution from the network's own start or another, with the constants that its weights learned by."""
    theory, _, names = RULES[rule]
    rates = {"eta_h": ETA_H, "eta_y": ETA_Y} | {name: MORE[name] for name in names} | constants
    rates = {name: xp(np.array([value])) for name, value in rates.items()}
    start = start or theory.State(*(xp(network.products[name]) for name in theory.State._fields))
    if rule == "feedback_alignment":
        rates["feedback"] = xp(network.products["feedback"])
    sides = 1.0 if exposure is None else np.sqrt(exposure[0][:, None] * exposure)
    kernel, targets, end = (xp(part[None]) for part in ((network.kernel + means) * sides, network.targets, TIME[-1]))
    return Flow(theory.velocity, start, rates, kernel, targets, end, means=means, exposure=exposure, rtol=1e-9)


@pytest.mark.parametrize("means", [False, True], ids=["centred", "means and biases"])
@pytest.mark.parametrize(("seed", "width"), [(0, 3), (1, 12), (2, 60)])
@pytest.mark.parametrize("rule", RULES)
def test_the_law_is_exact_whatever_the_width(make_network, integrated, rule, seed, width, means):
    network = make_network(seed, width, means)
    gram, output = integrated(network, RULES[rule][1], TIME)
    got_gram, got_output = law_of(rule, network, means).at(TIME[None])
    np.testing.assert_allclose(got_gram[0], gram, atol=1e-6)
    np.testing.assert_allclose(got_output[0], output, atol=1e-6)
    assert np.abs(gram[-1] - gram[0]).max() > 0.1


@pytest.mark.parametrize("rule", RULES)
def test_torch_equals_numpy(make_network, rule):
    network = make_network(3, 9, means=True)
    ours = law_of(rule, network, True).at(TIME[None])
    theirs = law_of(rule, network, True, torch.as_tensor).at(torch.as_tensor(TIME[None]))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(other.numpy(), one, atol=1e-8)


@pytest.mark.parametrize("rule", RULES)
def test_conditions_shown_twice_as_often_are_two_conditions(make_network, rule):
    """A condition shown twice is the same as two conditions with one stimulus, and rates of twice the mean share."""
    network = make_network(4, 9, means=True)
    twice = [0, 0, *range(1, 7)]
    doubled = network._replace(stimuli=network.stimuli[:, twice], targets=network.targets[:, twice])
    gram, output = law_of(rule, doubled, True).at(TIME[None])
    shown = np.array([[2.0, 1, 1, 1, 1, 1, 1]])
    share = shown.sum() / 7
    faster = {"eta_h": share * ETA_H, "eta_y": share * ETA_Y}
    got = law_of(rule, network, True, exposure=shown / share, **faster).at(TIME[None])
    np.testing.assert_allclose(got[0][0], gram[0][:, 1:, 1:], atol=1e-6)
    np.testing.assert_allclose(got[1][0], output[0][:, :, 1:], atol=1e-6)


@pytest.mark.parametrize(
    ("rule", "constants"),
    [("weight_decay", {"decay": 0.0}), ("predictive_coding", {"strength": 0.0}), ("weight_mirror", {"mirror": 30.0})],
)
def test_backprop_is_where_the_rule_s_own_constant_does_nothing(make_network, rule, constants):
    network = make_network(5, 9, means=True)
    network = network._replace(weights=network.weights._replace(feedback=network.weights.decoder))
    gram, output = law_of(rule, network, True, **constants).at(TIME[None])
    start = all_conditions.Start(*(network.products[name] for name in ("gram", "output", "decoder", "bias")))
    rates, kernel = (np.array([ETA_H]), np.array([ETA_Y])), all_conditions.Kernel.of(network.kernel[None] + 1)
    backprop = all_conditions.Flow(start, *rates, kernel, network.targets[None], TIME[-1:], means=True, rtol=1e-9)
    for one, other in zip(backprop.at(TIME[None]), (gram, output), strict=True):
        np.testing.assert_allclose(other, one, atol=0.03 if rule == "weight_mirror" else 1e-7)


def test_a_weight_mirror_that_learns_nothing_is_feedback_alignment(make_network):
    network = make_network(6, 9)
    still = law_of("weight_mirror", network, False, mirror=0.0).at(TIME[None])
    for one, other in zip(law_of("feedback_alignment", network, False).at(TIME[None]), still, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-7)


def test_feedback_alignment_keeps_what_its_feedback_does_not_reach(make_network):
    """G - Z' R^-1 Z never changes, and by that G changes by 2 o dimensions at most."""
    network = make_network(7, 20, conditions=12, features=10)
    flow = law_of("feedback_alignment", network, False)
    state = flow._unpacked(flow._solution.at(TIME[None]))
    inverse = np.linalg.inv(network.products["feedback"][:, None])
    kept = state.gram - state.pseudo.mT @ inverse @ state.pseudo
    np.testing.assert_allclose(kept[0], kept[:1, 0].repeat(len(TIME), 0), atol=1e-7)
    assert np.linalg.matrix_rank(state.gram[0, -1] - state.gram[0, 0], tol=1e-6) == 6


def test_kolen_pollack_is_backprop_with_weight_decay_once_the_feedback_is_the_decoder(make_network):
    network = make_network(8, 20, means=True)
    same = network._replace(weights=network.weights._replace(feedback=network.weights.decoder))
    flows = law_of("kolen_pollack", same, True), law_of("weight_decay", network, True)
    for one, other in zip(*(flow.at(TIME[None]) for flow in flows), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


def by_hebbian(w, hidden, error, stimuli):
    """In the mean, the scatter of steps left out."""
    change = by_backprop(w, hidden, error, stimuli)
    return change._replace(decoder=change.decoder - ETA_Y * MORE["blur"] * error.shape[1] * w.decoder)


STEPS = RULES | {"perturbation": (perturbation, by_hebbian, ("exploration", "blur"))}


@pytest.mark.parametrize("means", [False, True], ids=["centred", "means and biases"])
@pytest.mark.parametrize("rule", STEPS)
def test_all_products_of_the_weights_are_followed_under_every_rule(make_network, rule, means):
    """Products are squares of weights, whose central differences are exact."""
    network = make_network(9, 11, means)
    w, (theory, change, names) = network.weights, STEPS[rule]
    hidden = w.encoder @ network.stimuli + w.lift[:, None]
    step = change(w, hidden, w.decoder @ hidden + w.bias[:, None] - network.targets, network.stimuli)
    if not means:
        step = step._replace(lift=0 * step.lift, bias=0 * step.bias)
    ahead, behind = (
        network._replace(weights=type(w)(*(part + sign * moved for part, moved in zip(w, step, strict=True)))).products
        for sign in (0.5, -0.5)
    )
    rates = {"eta_h": ETA_H, "eta_y": ETA_Y} | {name: MORE[name] for name in names}
    task = Task(network.kernel[None] + means, network.targets[None], np.ones((1, 7)), means)
    state = switch.State(*(network.products[name] for name in switch.State._fields))
    got = switch.followed(theory)(state, task, **{name: np.full((1, 1, 1), value) for name, value in rates.items()})
    for name, part in got._asdict().items():
        if means or name != "bias":
            np.testing.assert_allclose(part, ahead[name] - behind[name], atol=1e-12, err_msg=name)


@pytest.mark.parametrize("exposure", [None, np.array([[2.0, 0.5, 1, 1, 1, 0.5, 1]])], ids=["alike", "unequally"])
@pytest.mark.parametrize("rule", RULES)
def test_a_state_on_the_way_leads_on_as_if_it_had_not_stopped(make_network, rule, exposure):
    network = make_network(10, 9, means=True)
    whole = law_of(rule, network, True, exposure=exposure)
    half = whole.state(TIME[5:6])
    gram, output = law_of(rule, network, True, exposure=exposure, start=half).at(TIME[None, 5:] - TIME[5])
    np.testing.assert_allclose(gram, whole.at(TIME[None, 5:])[0], atol=1e-6)
    np.testing.assert_allclose(output, whole.at(TIME[None, 5:])[1], atol=1e-6)
