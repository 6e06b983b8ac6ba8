"""The lazy learner in closed form."""

import numpy as np
import pytest
import torch

from neurouniv.theory.rules import tangent
from neurouniv.theory.rules.weight_decay import State

ETA_H, ETA_Y, TIME = 0.02, 0.05, np.linspace(0, 30, 12)


def law_of(network, means, xp=np.asarray, exposure=None, share=1.0):
    start = State(*(xp(network.products[name]) for name in State._fields))
    rates = {"eta_h": xp(np.array([share * ETA_H])), "eta_y": xp(np.array([share * ETA_Y]))}
    sides = 1.0 if exposure is None else np.sqrt(exposure[0][:, None] * exposure)
    kernel, targets = xp(((network.kernel + means) * sides)[None]), xp(network.targets[None])
    return tangent.Flow(start, rates, kernel, targets, means=means, exposure=exposure)


@pytest.mark.parametrize("means", [False, True], ids=["centred", "means and biases"])
@pytest.mark.parametrize(("seed", "width"), [(0, 3), (1, 12), (2, 60)])
def test_it_is_exact_for_a_network_expanded_at_its_start(make_network, integrated, seed, width, means):
    network = make_network(seed, width, means)
    A, b, D, c, _ = network.weights
    hidden0 = A @ network.stimuli + b[:, None]

    def lazily(w, hidden, error, stimuli):
        moved = D @ (hidden - hidden0) + (w.decoder - D) @ hidden0 + (w.bias - c)[:, None]
        wrong = D @ hidden0 + c[:, None] + moved - network.targets
        taught = D.T @ wrong
        return type(w)(
            -ETA_H * taught @ stimuli.T, -ETA_H * taught.sum(1), -ETA_Y * wrong @ hidden0.T, -ETA_Y * wrong.sum(1),
            0 * w.feedback,
        )  # fmt: skip

    gram, _ = integrated(network, lazily, TIME)
    got, _ = law_of(network, means).at(TIME[None])
    np.testing.assert_allclose(got[0], gram, atol=1e-6)
    assert np.abs(gram[-1] - gram[0]).max() > 0.1


def test_torch_equals_numpy_and_the_end_is_what_it_tends_to(make_network):
    network = make_network(3, 9, means=True)
    flow, other = law_of(network, True), law_of(network, True, torch.as_tensor)
    for one, two in zip(flow.at(TIME[None]), other.at(torch.as_tensor(TIME[None])), strict=True):
        np.testing.assert_allclose(two.numpy(), one, atol=1e-9)
    np.testing.assert_allclose(flow.final, flow.at(np.array([[1e9]]))[0][:, 0], atol=1e-6)


def test_a_decoder_of_one_size_is_the_general_case(make_network):
    """One tangent kernel for all outputs, and one for each, are the same where they have to be."""
    network = make_network(4, 9)
    flow = law_of(network, False)
    start = State(*(network.products[name] for name in State._fields))
    rates = {"eta_h": np.array([ETA_H]), "eta_y": np.array([ETA_Y])}
    kernel, targets = network.kernel[None], network.targets[None]
    one = tangent.Flow(start._replace(decoder=0.4 * np.eye(3)[None]), rates, kernel, targets)
    two = tangent.Flow(start._replace(decoder=np.diag([0.4, 0.4, 0.4 + 1e-7])[None]), rates, kernel, targets)
    assert one._paces.shape[1] == 1
    assert two._paces.shape[1] == flow._paces.shape[1] == 3
    for mine, theirs in zip(one.at(TIME[None]), two.at(TIME[None]), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_conditions_shown_twice_as_often_are_two_conditions(make_network):
    network = make_network(4, 9, means=True)
    twice = [0, 0, *range(1, 7)]
    doubled = network._replace(stimuli=network.stimuli[:, twice], targets=network.targets[:, twice])
    gram, output = law_of(doubled, True).at(TIME[None])
    shown = np.array([[2.0, 1, 1, 1, 1, 1, 1]])
    share = shown.sum() / 7
    got = law_of(network, True, exposure=shown / share, share=share).at(TIME[None])
    np.testing.assert_allclose(got[0][0], gram[0][:, 1:, 1:], atol=1e-8)
    np.testing.assert_allclose(got[1][0], output[0][:, :, 1:], atol=1e-8)
