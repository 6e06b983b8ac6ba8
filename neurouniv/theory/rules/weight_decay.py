"""Backprop with weight decay: all parameters, biases too, shrink at the rate lambda.

    dA/dt = - eta_h D' E X' - lambda A        dD/dt = - eta_y E H' - lambda D        dc/dt = - eta_y E u - lambda c

    dG/dt = - eta_h (Yh' E K + K E' Yh) - 2 lambda G
    dY/dt = - eta_y E (G + u u') - eta_h S E K - lambda (Y + Yh)
    dS/dt = - eta_y (E Yh' + Yh E') - 2 lambda S

Y decays as D H by 2 lambda and as c u' by lambda. Constants: eta_h, eta_y and lambda. Unseen: the size of S(0). What
was there at the start and is of no use is forgotten as exp(-2 lambda t), and the end is that of regression with a
penalty on the sum of singular values of the map from x to y: mappings weaker than lambda / sqrt(eta_h eta_y) end at 0.
"""

from __future__ import annotations

from typing import NamedTuple

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, both


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
    moved = eta_h * (state.decoder @ error_kernel)
    return State(
        gram=-eta_h * both(decoded.mT @ error_kernel) - 2 * decay * state.gram,
        output=-eta_y * (error @ task.with_mean(state.gram)) - moved - decay * (state.output + decoded),
        decoder=-eta_y * both(error @ decoded.mT) - 2 * decay * state.decoder,
        bias=-eta_y[..., 0] * task.summed(error) - decay[..., 0] * state.bias,
    )
