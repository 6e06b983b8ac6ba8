"""An area driven by the one below: exact for the last hidden layer of deep linear networks."""

import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from neurouniv.theory import all_conditions, driven, smallest_map

ETA, CONDITIONS, OUTPUTS = 0.03, 7, 3


def random_network(seed, widths):
    """Stimuli, targets and first weights of a deep linear network."""
    rng = np.random.default_rng(seed)
    sizes = [5, *widths, OUTPUTS]
    stimuli, targets = rng.normal(size=(5, CONDITIONS)), rng.normal(size=(OUTPUTS, CONDITIONS))
    stimuli, targets = (part - part.mean(1, keepdims=True) for part in (stimuli, targets))
    return stimuli, targets, [rng.normal(size=(b, a)) / np.sqrt(a) for a, b in itertools.pairwise(sizes)]


def aligned_network(seed, layers=3):
    """The same with modes that start aligned: every weight maps one mode of the task to one direction."""
    rng = np.random.default_rng(seed)
    modes = np.linalg.svd(rng.normal(size=(3, CONDITIONS)) @ (np.eye(CONDITIONS) - 1 / CONDITIONS))[2][:3]
    turns = [np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(layers + 1)]
    first = [after @ np.diag(rng.uniform(0.3, 1.0, 3)) @ before.T for before, after in itertools.pairwise(turns)]
    return turns[0] @ np.diag([2.0, 1.5, 1.0]) @ modes, turns[-1] @ np.diag([3.0, 2.0, 1.0]) @ modes, first


def trained(stimuli, targets, first, frames=200, end=20.0):
    """Patterns of the layers over time under gradient flow."""
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
    return time, [np.stack(layer) for layer in zip(*movie, strict=True)]


def followed(start, eta_h, eta_y, patterns, targets, time):
    """G and Y of the law at the frames of its input."""
    below = driven.Input(patterns, time, 0 * patterns[:, 0, :, 0] + 1)
    return driven.Flow(start, eta_h, eta_y, below, targets, time[:, -1]).at(time)


def explained(predicted, observed):
    return 1 - ((predicted - observed) ** 2).sum() / ((observed - observed.mean(0)) ** 2).sum()


def start_of(weights):
    A, D = weights[-2:]
    return driven.Start(*(part[None] for part in (A.T @ A, D @ A, D @ D.T)))


@pytest.mark.parametrize(("seed", "widths"), [(0, (8, 6)), (1, (20, 15)), (2, (6, 9, 12))])
def test_the_last_hidden_layer_follows_from_the_patterns_of_the_layer_below(seed, widths):
    stimuli, targets, first = random_network(seed, widths)
    time, layers = trained(stimuli, targets, first)
    below, area, output = layers[-3], layers[-2], layers[-1]
    one = np.array([ETA])
    got, outputs = followed(start_of(first), one, one, below[None], targets[None], time[None])
    gram = area.mT @ area
    assert explained(got[0], gram) > 0.99999
    np.testing.assert_allclose(outputs[0], output, atol=0.01)
    still = np.broadcast_to(below[:1], below.shape)[None]
    fixed, _ = followed(start_of(first), one, one, still, targets[None], time[None])
    assert ((fixed[0] - gram) ** 2).sum() > 1000 * ((got[0] - gram) ** 2).sum()


@pytest.mark.parametrize("seed", range(3))
def test_where_modes_are_aligned_rdms_of_the_layer_below_are_enough(seed):
    stimuli, targets, first = aligned_network(seed)
    time, layers = trained(stimuli, targets, first)
    below, area, output = layers[-3:]
    gram, one = area.mT @ area, np.array([ETA])
    patterns = smallest_map.compressed(smallest_map.patterns_of(below.mT @ below))[None]
    law = driven.Input.of(patterns, time[None])
    decoder = (first[-1] @ first[-1].T)[None]
    start = driven.Start.seen(gram[:1], output[:1], decoder, law, law.inverse)
    got, outputs = driven.Flow(start, one, one, law, targets[None], time[-1:]).at(time[None])
    assert explained(got[0], gram) > 0.9999
    assert explained(outputs[0], output) > 0.9999
    assert explained((below.mT @ below) * gram[0].trace() / (below[0].T @ below[0]).trace(), gram) < 0.9


def test_with_an_input_that_stands_still_it_is_the_universal_law():
    rng = np.random.default_rng(3)
    x, targets = (part - part.mean(1, keepdims=True) for part in rng.normal(size=(2, 4, 7)))
    A, D = 0.3 * rng.normal(size=(9, 4)), 0.3 * rng.normal(size=(4, 9))
    time, one = np.linspace(0, 30, 8)[None], np.array([0.02])
    begin, still = start_of([A, D]), np.broadcast_to(x, (1, 8, 4, 7))
    got = followed(begin, one, 2 * one, still, targets[None], time)
    hidden = A @ x
    start = all_conditions.Start(*(part[None] for part in (hidden.T @ hidden, D @ hidden, D @ D.T, np.zeros(4))))
    kernel = all_conditions.Kernel.of((x.T @ x)[None])
    flow = all_conditions.Flow(start, one, 2 * one, kernel, targets[None], time[:, -1])
    for ours, theirs in zip(got, flow.at(time), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    tensors = map(torch.as_tensor, (one, 2 * one, np.array(still), targets[None], time))
    in_torch = followed(driven.Start(*map(torch.as_tensor, begin)), *tensors)
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
    gram, _ = followed(start, rate, rate, movies, np.stack([targets] * 2), np.tile(np.linspace(0, 30, 60), (2, 1)))
    assert np.abs(gram[0, -1] - gram[1, -1]).max() > 0.1 * np.abs(gram[0, -1]).max()


def test_what_the_area_has_and_its_input_has_not_is_learned_from_as_by_the_universal_law():
    """A start with parts in no row of the input: G is free, and only K says what weights learn by."""
    rng = np.random.default_rng(5)
    x, hidden, targets = (part - part.mean(1, keepdims=True) for part in (rng.normal(size=(k, 7)) for k in (3, 9, 4)))
    D = 0.3 * rng.normal(size=(4, 9))
    gram, output, decoder = (part[None] for part in (hidden.T @ hidden, D @ hidden, D @ D.T))
    time, one = np.linspace(0, 20, 6)[None], np.array([0.02])
    law = driven.Input.of(np.broadcast_to(x, (1, 6, 3, 7)), time)
    start = driven.Start.seen(gram, output, decoder, law, law.inverse)
    got = driven.Flow(start, one, 2 * one, law, targets[None], time[:, -1]).at(time)
    begin = all_conditions.Start(gram, output, decoder, np.zeros((1, 4)))
    flow = all_conditions.Flow(
        begin, one, 2 * one, all_conditions.Kernel.of((x.T @ x)[None]), targets[None], time[:, -1]
    )
    for ours, theirs in zip(got, flow.at(time), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_each_input_of_many_has_the_rows_that_it_alone_has():
    rng = np.random.default_rng(6)
    movies = np.broadcast_to(rng.normal(size=(4, 1, 2, 4)), (4, 3, 2, 4))
    movies = movies - movies.mean(-1, keepdims=True)
    time = np.tile(np.arange(3.0), (4, 1))
    together = driven.Input.of(movies, time)
    for e in range(4):
        alone = driven.Input.of(movies[e : e + 1], time[:1])
        ours, theirs = (law.patterns[k].mT @ law.patterns[k] for law, k in ((together, e), (alone, 0)))
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
        assert np.linalg.matrix_rank(ours[0]) == 4


def test_an_area_whose_steps_run_out_reads_as_nan():
    rng = np.random.default_rng(7)
    x, targets = (part - part.mean(1, keepdims=True) for part in rng.normal(size=(2, 3, 5)))
    below = driven.Input(np.stack([x, x])[None], np.array([[0.0, 5.0]]), np.ones((1, 3)))
    start, one = start_of([rng.normal(size=(4, 3)), rng.normal(size=(3, 4))]), np.full(1, 0.05)
    read = [
        driven.Flow(start, one, one, below, targets[None], below.time[:, -1], max_steps=steps).at(below.time)[1]
        for steps in (3, 5000)
    ]
    assert [np.isnan(outputs[0, -1]).all() for outputs in read] == [True, False]
