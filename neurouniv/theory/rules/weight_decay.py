"""Backprop with weight decay: all parameters, biases too, shrink at the rate lambda.

    dA/dt = - eta_h D' E X' - lambda A        dD/dt = - eta_y E H' - lambda D        dc/dt = - eta_y E u - lambda c

    dG/dt = - eta_h (Yh' E K + K E' Yh) - 2 lambda G
    dY/dt = - eta_y E (G + u u') - eta_h S E K - lambda (Y + Yh)
    dS/dt = - eta_y (E Yh' + Yh E') - 2 lambda S

Y decays as D H by 2 lambda and as c u' by lambda. Constants: eta_h, eta_y and lambda. Unseen: the size of S(0). What
was there at the start and is of no use is forgotten as exp(-2 lambda t), and the end is that of regression with a
penalty on the sum of singular values of the map W = D A from x to y, mu = lambda / sqrt(eta_h eta_y) times it: the
least of 1/2 |W X + c u' - Y*|^2 + mu |W|_* + lambda |c|^2 / (2 eta_y). There the weights are balanced, A'A / eta_h and
D D' / eta_y of one spectrum, so that G = sqrt(eta_h / eta_y) X' (W'W)^(1/2) X. What is weaker than mu ends at 0.
"""

from __future__ import annotations

from typing import NamedTuple

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, both

NULL = 1e-12
"""Eigenvalues of K below this share of the largest count as 0."""
ROUNDS, SETTLED = 20_000, 1e-10
"""The most rounds of descent, and the share of the map by which the last one changes it."""


class State(NamedTuple):
    """G (element, N, N), Y (element, o, N), S (element, o, o), c (element, o)."""

    gram: Array
    output: Array
    decoder: Array
    bias: Array


def velocity(state: State, task: Task, *, eta_h: Array, eta_y: Array, decay: Array) -> State:
    """d state/dt; the rates are (element, 1, 1)."""
    error, decoded = state.output - task.targets, task.decoded(state.output, state.bias)
    error_kernel = error @ task.kernel
    by_encoder = eta_h * (state.decoder @ error_kernel)
    return State(
        gram=-eta_h * both(decoded.mT @ error_kernel) - 2 * decay * state.gram,
        output=-eta_y * (error @ task.with_mean(state.gram)) - by_encoder - decay * (state.output + decoded),
        decoder=-eta_y * both(error @ decoded.mT) - 2 * decay * state.decoder,
        bias=-eta_y[..., 0] * task.summed(error) - decay[..., 0] * state.bias,
    )


def final(
    kernel: Array, targets: Array, eta_h: Array, eta_y: Array, decay: Array, *, means: bool = False,
    exposure: Array | None = None,
) -> Array:  # fmt: skip
    """G (element, N, N) at infinite time, whatever the start; arguments as of `neurouniv.theory.rules.flow.Flow`.

    The map is found by accelerated proximal descent with restarts (Beck & Teboulle 2009; O'Donoghue & Candes 2015).

    Examples
    --------
    >>> import numpy as np
    >>> one, targets = np.ones(1), np.array([[[1.0, 0.0, -1.0]]])
    >>> final(np.eye(3)[None], targets, one, one, 0.1 * one)[0].round(4)      # sqrt(2) - .1, along the targets
    array([[ 0.6571,  0.    , -0.6571],
           [ 0.    ,  0.    ,  0.    ],
           [-0.6571,  0.    ,  0.6571]])
    """
    xp = array_namespace(kernel)
    often = xp.ones_like(targets[:, 0]) if exposure is None else exposure**0.5
    values, vectors = xp.linalg.eigh(kernel)
    values = xp.where(values > NULL * values[:, -1:], values, 0.0)
    stimuli = values[:, :, None] ** 0.5 * vectors.mT
    inputs, aims = stimuli, targets * often[:, None]
    if means:  # the best c u' taken out: both sides times (I - u u' / (u'u + lambda / eta_y))^(1/2)
        square = xp.sum(often**2, axis=-1)
        share = (1 - (1 - square / (square + decay / eta_y)) ** 0.5) / square
        inputs, aims = (
            part - share[:, None, None] * (part @ often[..., None]) * often[:, None, :] for part in (inputs, aims)
        )
    mapping = _mapping(inputs, aims, decay / (eta_h * eta_y) ** 0.5)
    square, turn = xp.linalg.eigh(mapping.mT @ mapping)
    half = xp.clip(square, 0.0, None)[:, :, None] ** 0.25 * turn.mT @ stimuli
    return (eta_h / eta_y)[:, None, None] ** 0.5 * (half.mT @ half) / (often[:, :, None] * often[:, None, :])


def _mapping(stimuli: Array, targets: Array, penalty: Array) -> Array:
    """W (element, o, r), the least of 1/2 |W X - Y|^2 + `penalty` |W|_*."""
    xp = array_namespace(stimuli)
    products, across = stimuli @ stimuli.mT, targets @ stimuli.mT
    step = 1 / xp.max(xp.linalg.eigvalsh(products), axis=-1)[:, None, None]
    mapping = ahead = 0 * across
    speed = xp.ones_like(step)
    for _ in range(ROUNDS):
        left, size, right = xp.linalg.svd(ahead - step * (ahead @ products - across), full_matrices=False)
        size = xp.clip(size - step[..., 0] * penalty[:, None], 0.0, None)
        new = (left * size[:, None, :]) @ right
        change = new - mapping
        back = xp.sum((ahead - new) * change, axis=(-2, -1), keepdims=True) > 0
        later = xp.where(back, 1.0, 0.5 * (1 + (1 + 4 * speed**2) ** 0.5))
        ahead = xp.where(back, new, new + (speed - 1) / later * change)
        mapping, speed = new, later
        if bool(xp.all(xp.abs(change) <= SETTLED * xp.max(xp.abs(new)))) and not bool(xp.any(back)):
            break
    return mapping
