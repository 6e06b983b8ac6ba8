"""Predictive coding: activity settles between prediction and target, then weights learn (Whittington & Bogacz 2017).

The hidden values v of one condition relax to the minimum of |v - h|^2 + s |y* - c - D v|^2, s being the strength of the
output's error (one over its variance). With h = A x and e = y - y* there, that is v = h - s D' f, where

    f = (I + s S)^-1 e

since the output's error at the minimum, D v + c - y* = e - s S f, has to be f. The weights then change by their own
error times the relaxed activity that they read; in units in which s = 0 is backprop, with F = (I + s S)^-1 E and
V = H - s D' F,

    dA/dt = - eta_h D' F X'        dD/dt = - eta_y F V'        dc/dt = - eta_y F u

From V'H = G - s F'Yh and D V = Yh - s S F = Yh - E + F,

    dG/dt = - eta_h (Yh' F K + K F' Yh)
    dY/dt = - eta_y F (G + u u' - s F' Yh) - eta_h S F K
    dS/dt = - eta_y (F (Yh - E + F)' + (Yh - E + F) F')

So the rule is not backprop with F in place of E: the decoder reads relaxed activity, which brings the term
eta_y s F F'Yh. Constants: eta_h, eta_y and s, in units of h over those of y. Unseen: the size of S(0). Where s S is
small the law is backprop's, and the two cannot be told apart.
"""

from __future__ import annotations

from typing import NamedTuple

from array_api_compat import array_namespace, device

from neurouniv.theory.integrate import Array
from neurouniv.theory.rules.flow import Task, both

LOST = 1e12
"""Where I + cS is larger, I is lost in rounding, and a step that tries it is refused."""


class State(NamedTuple):
    """G (element, N, N), Y (element, o, N), S (element, o, o), c (element, o)."""

    gram: Array
    output: Array
    decoder: Array
    bias: Array


def velocity(state: State, task: Task, *, eta_h: Array, eta_y: Array, strength: Array) -> State:
    """d state/dt; the rates and the strength are (element, 1, 1)."""
    xp, outputs = array_namespace(state.output), state.decoder.shape[-1]
    error, decoded = state.output - task.targets, task.decoded(state.output, state.bias)
    unit = xp.eye(outputs, dtype=error.dtype, device=device(error))
    spread = unit + strength * state.decoder
    known = xp.max(xp.abs(spread), axis=(-2, -1), keepdims=True) < LOST
    residual = xp.where(known, xp.linalg.solve(xp.where(known, spread, unit), error), xp.nan)
    error_kernel = residual @ task.kernel
    products = task.with_mean(state.gram) - strength * (residual.mT @ decoded)
    return State(
        gram=-eta_h * both(decoded.mT @ error_kernel),
        output=-eta_y * (residual @ products) - eta_h * (state.decoder @ error_kernel),
        decoder=-eta_y * both(residual @ (decoded - error + residual).mT),
        bias=-eta_y[..., 0] * task.summed(residual),
    )
