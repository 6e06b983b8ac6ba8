"""Kolen-Pollack learning: the feedback takes the decoder's own steps, and all weights decay (Kolen & Pollack 1994).

As Akrout et al. (2019) use it, with the decay lambda on all parameters, biases too:

    dA/dt = - eta_h B' E X' - lambda A
    dD/dt = - eta_y E H' - lambda D        dB/dt = - eta_y E H' - lambda B

so that D - B = (D - B)(0) exp(-lambda t): the feedback becomes the decoder, and the rule backprop with weight decay.
With dH/dt = - eta_h B' E K - lambda H, and the steps of D and B from the left and from the right,

    dG/dt = - eta_h (Z' E K + K E' Z) - 2 lambda G
    dY/dt = - eta_y E (G + u u') - eta_h M E K - lambda (Y + Yh)
    dZ/dt = - eta_y E G - eta_h R E K - 2 lambda Z
    dM/dt = - eta_y (E Z' + Yh E') - 2 lambda M
    dR/dt = - eta_y (E Z' + Z E') - 2 lambda R
    dc/dt = - eta_y E u - lambda c

Y decays as D H by 2 lambda and as c u' by lambda, together lambda (Y + Yh). Constants: eta_h, eta_y and lambda. Unseen:
the size of R(0), whose unit is that of S; Z(0) and M(0) have mean 0 over draws of B. S itself is not needed.
"""

from __future__ import annotations

from typing import NamedTuple

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, both


class State(NamedTuple):
    """G (element, N, N), Y and Z (element, o, N), M and R (element, o, o), c (element, o)."""

    gram: Array
    output: Array
    pseudo: Array
    product: Array
    feedback: Array
    bias: Array


def velocity(state: State, task: Task, *, eta_h: Array, eta_y: Array, decay: Array) -> State:
    """d state/dt; the rates are (element, 1, 1)."""
    error, decoded = state.output - task.targets, task.decoded(state.output, state.bias)
    error_kernel, into_feedback = error @ task.kernel, error @ state.pseudo.mT
    by_encoder = eta_h * (state.product @ error_kernel)
    return State(
        gram=-eta_h * both(state.pseudo.mT @ error_kernel) - 2 * decay * state.gram,
        output=-eta_y * (error @ task.with_mean(state.gram)) - by_encoder - decay * (state.output + decoded),
        pseudo=-eta_y * (error @ state.gram) - eta_h * (state.feedback @ error_kernel) - 2 * decay * state.pseudo,
        product=-eta_y * (into_feedback + decoded @ error.mT) - 2 * decay * state.product,
        feedback=-eta_y * both(into_feedback) - 2 * decay * state.feedback,
        bias=-eta_y[..., 0] * task.summed(error) - decay[..., 0] * state.bias,
    )
