"""Weight mirrors: noise in the hidden units makes the feedback a copy of the decoder (Akrout et al. 2019).

Between steps the hidden units fire at random, xi of unit variance, the outputs answer D xi, and B learns the
correlation, D xi xi' in the mean D, and decays:

    dA/dt = - eta_h B' E X'        dD/dt = - eta_y E H'        dB/dt = mu (D - B)

B settles at a multiple of D, which is absorbed by eta_h, in whose unit B is D there. Then

    dG/dt = - eta_h (Z' E K + K E' Z)
    dY/dt = - eta_y E (G + u u') - eta_h M E K
    dZ/dt = - eta_h R E K + mu (Yh - Z)
    dM/dt = - eta_y E Z' + mu (S - M)
    dR/dt = mu (M + M' - 2 R)
    dS/dt = - eta_y (E Yh' + Yh E')
    dc/dt = - eta_y E u

Constants: eta_h, eta_y and mu, the rate of the mirror. Unseen: the sizes of S(0) and R(0); Z(0) and M(0) have mean 0
over draws of B. The law is backprop's where mu is large, feedback alignment's where it is 0, with every rule of the
kind between.
"""

from __future__ import annotations

from typing import NamedTuple

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, both


class State(NamedTuple):
    """G (element, N, N), Y and Z (element, o, N), M, R and S (element, o, o), c (element, o)."""

    gram: Array
    output: Array
    pseudo: Array
    product: Array
    feedback: Array
    decoder: Array
    bias: Array


def velocity(state: State, task: Task, *, eta_h: Array, eta_y: Array, mirror: Array) -> State:
    """d state/dt; the rates are (element, 1, 1)."""
    error, decoded = state.output - task.targets, task.decoded(state.output, state.bias)
    error_kernel = error @ task.kernel
    return State(
        gram=-eta_h * both(state.pseudo.mT @ error_kernel),
        output=-eta_y * (error @ task.with_mean(state.gram)) - eta_h * (state.product @ error_kernel),
        pseudo=-eta_h * (state.feedback @ error_kernel) + mirror * (decoded - state.pseudo),
        product=-eta_y * (error @ state.pseudo.mT) + mirror * (state.decoder - state.product),
        feedback=mirror * (both(state.product) - 2 * state.feedback),
        decoder=-eta_y * both(error @ decoded.mT),
        bias=-eta_y[..., 0] * task.summed(error),
    )
