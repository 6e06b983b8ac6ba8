"""Feedback alignment: errors return through fixed random weights B (Lillicrap et al. 2016).

With one hidden layer it is direct feedback alignment too (Nøkland 2016). The rule is

    dA/dt = - eta_h B' E X'        dD/dt = - eta_y E H'        dB/dt = 0

From H = A X, dH/dt = - eta_h B' E K; then G = H'H, Y = D H + c u', Z = B H and M = D B' change by

    dG/dt = dH'H + H'dH = - eta_h (Z' E K + K E' Z)
    dY/dt = dD H + D dH + dc u' = - eta_y E (G + u u') - eta_h M E K
    dZ/dt = B dH = - eta_h R E K
    dM/dt = dD B' = - eta_y E Z'
    dc/dt = - eta_y E u

which is closed, with R = B B' fixed. **Conserved: G - Z' R^-1 Z**, since dZ = - eta_h R E K makes dG = Z' R^-1 dZ +
dZ' R^-1 Z. All that the encoder learns lies where B can see it: G changes by a matrix of rank 2 o at most.

Independent entries of B make R = b^2 I for wide layers, and b only scales eta_h: with B / b in place of B and b eta_h
in place of eta_h every equation stays. Z and M have mean 0 over draws of B. So from distances alone the law has the two
constants b eta_h and eta_y, and no unseen number: one fewer than backprop's.
"""

from __future__ import annotations

from typing import NamedTuple

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, both


class State(NamedTuple):
    """G (element, N, N), Y and Z (element, o, N), M (element, o, o), c (element, o)."""

    gram: Array
    output: Array
    pseudo: Array
    product: Array
    bias: Array


def velocity(state: State, task: Task, *, eta_h: Array, eta_y: Array, feedback: Array) -> State:
    """d state/dt; `feedback` is R (element, o, o), the rates are (element, 1, 1)."""
    error = state.output - task.targets
    error_kernel = error @ task.kernel
    return State(
        gram=-eta_h * both(state.pseudo.mT @ error_kernel),
        output=-eta_y * (error @ task.with_mean(state.gram)) - eta_h * (state.product @ error_kernel),
        pseudo=-eta_h * (feedback @ error_kernel),
        product=-eta_y * (error @ state.pseudo.mT),
        bias=-eta_y[..., 0] * task.summed(error),
    )
