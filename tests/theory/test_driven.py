"""An area driven by the one below: exact for the last hidden layer of deep linear networks."""

import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from neurouniv.theory import all_conditions, driven

ETA, CONDITIONS, OUTPUTS = 0.03, 7, 3


def deep_network(seed, widths, frames=200, end=20.0):
    """Patterns of the layers over time, targets and first weights of a deep linear network under gradient flow."""
    rng = np.random.default_rng(seed)
    sizes = [5, *widths, OUTPUTS]
    stimuli, targets = rng.normal(size=(5, CONDITIONS)), rng.normal(size=(OUTPUTS, CONDITIONS))
    stimuli, targets = (part - part.mean(1, keepdims=True) for part in (stimuli, targets))
    first = [rng.normal(size=(b, a)) / np.sqrt(a) for a, b in itertools.pairwise(sizes)]
    ends = np.cumsum([part.size for part in first])[:-1]

    def weights_of(flat):
        return [part.reshape(W.shape) for part, W in zip(np.split(flat, ends), first, strict=True)]

    def layers_of(weights):
        layers = [stimuli]
        for W in weights:
            layers.append(W @ layers[-1])
        return layers

    def flow(_, flat):
        weights = weights_of(flat)
        layers = layers_of(weights)
        taught, moves = layers[-1] - targets, []
        for W, read in zip(weights[::-1], layers[-2::-1], strict=True):
            moves.append(-ETA * taught @ read.T)
            taught = W.T @ taught
        return np.concatenate([part.ravel() for part in moves[::-1]])

    time = np.linspace(0, end, frames)
    states = solve_ivp(
        flow, (0, end), np.concatenate([W.ravel() for W in first]), t_eval=time, rtol=1e-9, atol=1e-11
    ).y.T
    movie = [layers_of(weights_of(state)) for state in states]
    return time, [np.stack(layer) for layer in zip(*movie, strict=True)], targets, first


def start_of(weights):
    A, D = weights[-2:]
    return driven.Start(*(part[None] for part in (A.T @ A, D @ A, D @ D.T)))


@pytest.mark.parametrize(("seed", "widths"), [(0, (8, 6)), (1, (20, 15)), (2, (6, 9, 12))])
def test_the_last_hidden_layer_follows_from_the_patterns_of_the_layer_below(seed, widths):
    time, layers, targets, first = deep_network(seed, widths)
    below, area, output = layers[-3], layers[-2], layers[-1]
    one = np.array([ETA])
    got, outputs = driven.followed(start_of(first), one, one, below[None], targets[None], time[None])
    gram = area.mT @ area
    assert 1 - ((got[0] - gram) ** 2).sum() / ((gram - gram.mean(0)) ** 2).sum() > 0.99999
    np.testing.assert_allclose(outputs[0], output, atol=0.01)
    still = np.broadcast_to(below[:1], below.shape)[None]
    fixed, _ = driven.followed(start_of(first), one, one, still, targets[None], time[None])
    assert ((fixed[0] - gram) ** 2).sum() > 1000 * ((got[0] - gram) ** 2).sum()


def test_with_an_input_that_stands_still_it_is_the_universal_law():
    rng = np.random.default_rng(3)
    x, targets = (part - part.mean(1, keepdims=True) for part in rng.normal(size=(2, 4, 7)))
    A, D = 0.3 * rng.normal(size=(9, 4)), 0.3 * rng.normal(size=(4, 9))
    time, one = np.linspace(0, 30, 8)[None], np.array([0.02])
    begin, still = start_of([A, D]), np.broadcast_to(x, (1, 8, 4, 7))
    got = driven.followed(begin, one, 2 * one, still, targets[None], time)
    hidden = A @ x
    start = all_conditions.Start(*(part[None] for part in (hidden.T @ hidden, D @ hidden, D @ D.T, np.zeros(4))))
    kernel = all_conditions.Kernel.of((x.T @ x)[None])
    flow = all_conditions.Flow(start, one, 2 * one, kernel, targets[None], time[:, -1])
    for ours, theirs in zip(got, flow.at(time), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    tensors = map(torch.as_tensor, (one, 2 * one, np.array(still), targets[None], time))
    in_torch = driven.followed(driven.Start(*map(torch.as_tensor, begin)), *tensors)
    for ours, theirs in zip(got, in_torch, strict=True):
        np.testing.assert_allclose(theirs, ours, atol=1e-9)


def test_two_inputs_with_the_same_rdms_can_drive_an_area_apart():
    """Patterns that turn while no distance changes: RDMs of the layer below do not say what the area becomes."""
    rng = np.random.default_rng(4)
    x, targets = (part - part.mean(1, keepdims=True) for part in rng.normal(size=(2, 4, 7)))
    A, D = 0.5 * rng.normal(size=(9, 4)), 0.5 * rng.normal(size=(4, 9))
    angle = np.linspace(0, 2, 60)
    turn = np.tile(np.eye(4), (60, 1, 1))
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
    turn[:, 0, 1], turn[:, 1, 0] = -np.sin(angle), np.sin(angle)
    movies = np.stack([np.broadcast_to(x, (60, 4, 7)), turn @ x])
    np.testing.assert_allclose(*(movie.mT @ movie for movie in movies), atol=1e-12)
    start = driven.Start(*(np.repeat(part, 2, axis=0) for part in start_of([A, D])))
    rate = np.full(2, 0.02)
    gram, _ = driven.followed(
        start, rate, rate, movies, np.stack([targets] * 2), np.tile(np.linspace(0, 30, 60), (2, 1))
    )
    assert np.abs(gram[0, -1] - gram[1, -1]).max() > 0.1 * np.abs(gram[0, -1]).max()
