"""The four altered equations of van Rossem & Saxe (2024): the two-point law with one term changed.

Each is a velocity of (h, y, w), shape (3, ..., pair), with the arguments of `two_point.velocity`. They are wrong on
purpose: rivals with the law's own constants.
"""

from __future__ import annotations

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array
from neurouniv.theory.two_point import velocity


def doubled_output(state: Array, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """The velocity with dy/dt doubled."""
    return _scaled(velocity(state, eta_h, eta_y, dx2, dy2), (1.0, 2.0, 1.0))


def doubled_representation(state: Array, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """The velocity with dh/dt doubled."""
    return _scaled(velocity(state, eta_h, eta_y, dx2, dy2), (2.0, 1.0, 1.0))


def reversed_alignment(state: Array, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """The velocity with the opposite sign of the encoder's term of dw/dt."""
    xp = array_namespace(state)
    h, y, w = state[0], state[1], state[2]
    change = eta_h * dx2 * (y + w) * w / h
    return velocity(state, eta_h, eta_y, dx2, dy2) + xp.stack([0 * change, 0 * change, change])


def output_without_encoder(state: Array, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """The velocity without the encoder's term of dy/dt, which leaves -w eta_y h."""
    xp = array_namespace(state)
    h, y, w = state[0], state[1], state[2]
    change = w * eta_h * dx2 * y / h
    return velocity(state, eta_h, eta_y, dx2, dy2) + xp.stack([0 * change, change, 0 * change])


def _scaled(rates: Array, factors: tuple[float, float, float]) -> Array:
    xp = array_namespace(rates)
    return xp.stack([factor * rate for factor, rate in zip(factors, rates, strict=True)])
