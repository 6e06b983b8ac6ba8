"""The two-point law of van Rossem & Saxe (2024): three variables, two constants.

For two stimuli, h = |dh|^2 is their squared representational distance, y = |dy|^2 the squared distance of the
predictions and w = y - dy*.dy the alignment error; dx2 = |dx|^2 and dy2 = |dy*|^2 are given. The effective
learning rates eta_h (encoder) and eta_y (decoder) stand for the implementation, per unit of time.

Plain arrays of NumPy or torch; shapes broadcast, and dims are (..., pair) unless said otherwise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array, Solution, solve

CHUNK, MAX_STEPS = 4096, 1500


class Start(NamedTuple):
    """The state of every pair at the first time: h, y and w, each (..., pair); h > 0."""

    h: Array
    y: Array
    w: Array


def velocity(state: Array, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """Time derivative of `state` = (h, y, w), shape (3, ..., pair): eq. 7 of van Rossem & Saxe (2024)."""
    xp = array_namespace(state)
    h, y, w = state
    encoder, decoder = eta_h * dx2, eta_y
    dh = -encoder * w
    dy = -w * (decoder * h + encoder * y / h)
    dw = -0.5 * decoder * h * (3 * w - y + dy2) - 0.5 * encoder * (y + w) * w / h
    return xp.stack([dh, dy, dw])


def conserved(h: Array, y: Array, eta_h: Array, eta_y: Array, dx2: Array) -> Array:
    """h/(eta_h dx2) - (y/h)/eta_y, which the law keeps constant."""
    return h / (eta_h * dx2) - (y / h) / eta_y


def structure_scales(start: Start, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> tuple[Array, Array]:
    """(A_low, A_high): the distances that the task and the initialisation ask for.

    A_low >> A_high is the rich regime, A_high >> A_low the lazy one.
    """
    ratio = eta_h / eta_y
    return (ratio * dx2 * dy2) ** 0.5, start.h - start.y / start.h * ratio * dx2


def final_distance(start: Start, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """h at infinite time: A_high/2 + sqrt(A_high^2/4 + A_low^2).

    Examples
    --------
    >>> start = Start(h=1e-9, y=0.0, w=0.0)
    >>> round(float(final_distance(start, 2.0, 1.0, 1.0, 0.5)), 6)    # rich: sqrt(eta_h/eta_y) dx dy*
    1.0
    """
    low, high = structure_scales(start, eta_h, eta_y, dx2, dy2)
    return high / 2 + (high**2 / 4 + low**2) ** 0.5


class Flow:
    """The solution from `start` at time 0 to `end`, readable at any times between.

    Integrated in the exact reduction g = sqrt(h), v = (y - w)/g, which has no 1/h: with a = y0/h0

        dg/dt = 1/2 (eta_h dx2 (v - a g) - eta_y g (g^2 - h0)),   dv/dt = 1/2 eta_y g (dy2 - g v)
        h = g^2,   y = h (a + (h - h0) eta_y/(eta_h dx2)),   w = y - g v

    Parameters broadcast to (..., pair); `end` too.
    """

    def __init__(
        self, start: Start, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array, end: Array, rtol: float = 1e-9
    ) -> None:
        xp = array_namespace(start.h)
        arrays = xp.broadcast_arrays(start.h, start.y, start.w, eta_h * dx2, eta_y + 0 * dx2, dy2, end + 0 * dx2)
        self.shape = arrays[0].shape
        self._xp = xp
        self._pieces = []
        flat = [xp.reshape(array, (-1,)) for array in arrays]
        for first in range(0, flat[0].shape[0], CHUNK):
            self._pieces.append(_integrate(*(array[first : first + CHUNK] for array in flat), rtol=rtol))

    def at(self, elapsed: Array) -> tuple[Array, Array, Array]:
        """(h, y, w), each (..., pair, time), at `elapsed`: (time,), or (..., pair, time) with own times per pair."""
        xp = self._xp
        moments = elapsed.shape[-1]
        elapsed = xp.reshape(xp.broadcast_to(elapsed, (*self.shape, moments)), (-1, moments))
        read = []
        for piece in self._pieces:
            size = piece[1].shape[-1]
            read.append(_read(xp, *piece, elapsed[:size]))
            elapsed = elapsed[size:]
        return tuple(xp.reshape(xp.concat(part), (*self.shape, moments)) for part in zip(*read, strict=True))


def _integrate(
    h0: Array, y0: Array, w0: Array, encoder: Array, decoder: Array, dy2: Array, end: Array, *, rtol: float
) -> tuple[Solution, Array]:
    """Solve the reduced equations; returns the solution and (h0, y0/h0, eta_y/(eta_h dx2)) for reading it."""
    xp = array_namespace(h0)
    g0, a = h0**0.5, y0 / h0

    def reduced(state: Array) -> Array:
        g, v = state[0], state[1]
        dg = 0.5 * (encoder * (v - a * g) - decoder * g * (g * g - h0))
        dv = 0.5 * decoder * g * (dy2 - g * v)
        return xp.stack([dg, dv])

    solution = solve(reduced, xp.stack([g0, (y0 - w0) / g0]), end, rtol=rtol, max_steps=MAX_STEPS)
    return solution, xp.stack([h0, a, decoder / encoder])


def _read(xp: Any, solution: Solution, invariants: Array, elapsed: Array) -> tuple[Array, Array, Array]:
    h0, a, r = (row[:, None] for row in invariants)
    g, v = solution.at(elapsed)
    h = g * g
    y = h * (a + r * (h - h0))
    return h, y, y - g * v
