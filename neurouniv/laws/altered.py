"""Rivals given by a velocity of (h, y, w): the four altered equations of van Rossem & Saxe (2024), and your own."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from neurouniv.laws.rate_law import RateLaw, Read
from neurouniv.theory import altered
from neurouniv.theory.integrate import solve

MAX_STEPS = 300
LONG = 300.0
"""What counts as infinite time: so many times the slowest pair's 1/(sqrt(eta_h eta_y) dx dy*). By hand."""


class VelocityLaw(RateLaw):
    """A law given by its velocity; constants, starting values, fitting, prediction and scores are inherited.

    Examples
    --------
    A rival whose decoder does not learn, and its fit:

    >>> import numpy as np, xarray as xr
    >>> from neurouniv.theory.two_point import velocity
    >>> class StuckDecoder(VelocityLaw):
    ...     name = "stuck decoder"
    ...
    ...     def velocity(self, state, eta_h, eta_y, dx2, dy2):
    ...         return velocity(state, eta_h, 1e-9 * eta_y, dx2, dy2)
    >>> time, pair = np.linspace(0, 30, 20), {"first": ("pair", ["a"]), "second": ("pair", ["b"])}
    >>> h = 1 / (1 + 99 * np.exp(-time))
    >>> traj = xr.Dataset({"h": (("time", "pair"), h[:, None])}, {"time": time, **pair})
    >>> traj = traj.assign_coords(dx2=("pair", [1.0]), dy2=("pair", [1.0]))
    >>> law = StuckDecoder(start={"y0": 0.01, "w0": -0.09}, weighting="none").fit(traj)  # these have no noise
    >>> bool(law.score(traj).h < 0.99)
    True
    """

    difference = 1e-4
    rtol = 1e-6

    @abstractmethod
    def velocity(self, state: Any, eta_h: Any, eta_y: Any, dx2: Any, dy2: Any) -> Any:
        """Time derivative of `state` = (h, y, w), shape (3, pair), proportional to the two rates together."""

    def flow(self, start, eta_h, eta_y, dx2, dy2, end, rtol) -> Read:
        """Integrated as g = sqrt(h), y/h and (y - w)/g, in which the law is smooth where h passes 0."""
        shape = start.h.shape
        h, y, w, eta_h, eta_y, dx2, dy2, end = (np.reshape(a, -1) for a in (*start, eta_h, eta_y, dx2, dy2, end))

        def smooth(state: np.ndarray) -> np.ndarray:
            g, q, v = state
            h, y = g * g, g * g * q
            dh, dy, dw = self.velocity(np.stack([h, y, y - g * v]), eta_h, eta_y, dx2, dy2)
            dg = dh / (2 * g)
            return np.stack([dg, (dy - q * dh) / h, (dy - dw - v * dg) / g])

        g = np.sqrt(h)
        solution = solve(smooth, np.stack([g, y / h, (y - w) / g]), end, rtol=rtol, max_steps=MAX_STEPS)

        def read(elapsed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            full = np.broadcast_to(elapsed, (*shape, elapsed.shape[-1]))
            states = solution.at(full.reshape(-1, elapsed.shape[-1])).reshape(*full.shape, 3)
            g, q, v = np.moveaxis(states, -1, 0)
            y = g * g * q
            return g * g, y, y - g * v

        return read

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        pace = np.sqrt(constants["eta_h"] * constants["eta_y"] * np.mean(dx2 * dy2, axis=-1, keepdims=True))
        return self.curves(constants, start, dx2, dy2, (LONG / pace)[..., None], rtol=1e-6)["h"][..., 0]


class DoubledOutput(VelocityLaw):
    """The rival whose predictions change twice as fast: dy/dt doubled."""

    name = "doubled output"

    def velocity(self, state, eta_h, eta_y, dx2, dy2):
        return altered.doubled_output(state, eta_h, eta_y, dx2, dy2)


class DoubledRepresentation(VelocityLaw):
    """The rival whose representation changes twice as fast: dh/dt doubled."""

    name = "doubled representation"

    def velocity(self, state, eta_h, eta_y, dx2, dy2):
        return altered.doubled_representation(state, eta_h, eta_y, dx2, dy2)


class ReversedAlignment(VelocityLaw):
    """The rival in which the encoder's term of dw/dt has the opposite sign."""

    name = "reversed alignment"

    def velocity(self, state, eta_h, eta_y, dx2, dy2):
        return altered.reversed_alignment(state, eta_h, eta_y, dx2, dy2)


class OutputWithoutEncoder(VelocityLaw):
    """The rival whose predictions learn by the decoder alone: dy/dt = -w eta_y h."""

    name = "output without encoder"

    def velocity(self, state, eta_h, eta_y, dx2, dy2):
        return altered.output_without_encoder(state, eta_h, eta_y, dx2, dy2)
