"""Linear two-layer networks whose weights are integrated one by one, by any rule."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.integrate import solve_ivp


class Weights(NamedTuple):
    """Encoder A, its bias, decoder D, its bias, and the feedback B."""

    encoder: np.ndarray
    lift: np.ndarray
    decoder: np.ndarray
    bias: np.ndarray
    feedback: np.ndarray


class Network(NamedTuple):
    """A network with its task: stimuli (feature, condition) and targets (output, condition)."""

    weights: Weights
    stimuli: np.ndarray
    targets: np.ndarray

    @property
    def kernel(self):
        return self.stimuli.T @ self.stimuli

    @property
    def products(self):
        """Everything that a law starts from, by the names of the parts of its state, one element."""
        A, b, D, c, B = self.weights
        hidden = A @ self.stimuli + b[:, None]
        parts = {"gram": hidden.T @ hidden, "output": D @ hidden + c[:, None], "bias": c, "pseudo": B @ hidden}
        parts |= {"decoder": D @ D.T, "product": D @ B.T, "feedback": B @ B.T}
        return {name: part[None] for name, part in parts.items()}


@pytest.fixture
def make_network():
    """A factory of networks; centred, with no biases to learn, or off the mean, with biases."""

    def make(seed, width, means=False, conditions=7, features=4, outputs=3, size=0.3):
        rng = np.random.default_rng(seed)
        stimuli, targets = rng.normal(size=(features, conditions)), rng.normal(size=(outputs, conditions))
        if not means:
            stimuli, targets = (a - a.mean(1, keepdims=True) for a in (stimuli, targets))
        weights = Weights(
            size * rng.normal(size=(width, features)),
            means * 0.1 * rng.normal(size=width),
            size * rng.normal(size=(outputs, width)),
            means * 0.1 * rng.normal(size=outputs),
            rng.normal(size=(outputs, width)) / np.sqrt(width),
        )
        return Network(weights, stimuli, targets)

    return make


@pytest.fixture
def integrated():
    """A function that follows every weight: from a network, d weights/dt by its rule and times, to G and Y at them."""

    def follow(network, change, time):
        shapes = [part.shape for part in network.weights]
        ends = np.cumsum([part.size for part in network.weights])[:-1]

        def weights_of(flat):
            return Weights(*(part.reshape(shape) for part, shape in zip(np.split(flat, ends), shapes, strict=True)))

        def flow(_, flat):
            weights = weights_of(flat)
            hidden = weights.encoder @ network.stimuli + weights.lift[:, None]
            error = weights.decoder @ hidden + weights.bias[:, None] - network.targets
            return np.concatenate([np.ravel(part) for part in change(weights, hidden, error, network.stimuli)])

        begin = np.concatenate([part.ravel() for part in network.weights])
        states = solve_ivp(flow, (0, time[-1]), begin, t_eval=time, rtol=1e-10, atol=1e-12).y.T
        then = [network._replace(weights=weights_of(flat)).products for flat in states]
        return np.concatenate([part["gram"] for part in then]), np.concatenate([part["output"] for part in then])

    return follow
