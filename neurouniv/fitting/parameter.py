"""One constant of a law: its name, scale and bounds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

OF_SYSTEMS = "center", "most", "reach"
"""What of a constant may differ from system to system."""
TOO_LARGE = 700.0
"""A logarithm of what a double cannot hold."""


class Parameter(NamedTuple):
    """One constant of a law, and, where it cannot be seen, its declared prior.

    `center` (system,) is a value of about the right size; bounds lie `reach` ((system,) or one) away on the fitted
    scale: the logarithm for "positive" and "share" (a positive constant that may vanish), atanh for "correlation", the
    logit of the share of `most` (system,) for "part", the value in units of `center` for "real". A `rate` is per unit
    of time.
    """

    name: str
    kind: str
    center: np.ndarray
    reach: np.ndarray | float = 14.0
    prior_sd: float | None = None
    rate: bool = False
    nuisance: bool = False
    most: np.ndarray | float = 1.0

    def to_scale(self, value: np.ndarray) -> np.ndarray:
        """The fitted scale of `value` (..., system)."""
        if self.kind == "correlation":
            return np.arctanh(value)
        if self.kind == "real":
            return value / self.center
        return np.log(value / (self.most - value)) if self.kind == "part" else np.log(value)

    def from_scale(self, theta: np.ndarray, system: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The constant at `theta` (..., system)."""
        if self.kind == "correlation":
            return np.tanh(theta)
        if self.kind == "real":
            return theta * self.center[system]
        if self.kind == "part":
            most = self.most[system] if isinstance(self.most, np.ndarray) else self.most
            return most / (1 + np.exp(-np.clip(theta, -700.0, 700.0)))
        return np.exp(np.minimum(theta, TOO_LARGE))

    def end(self, theta: np.ndarray) -> np.ndarray:
        """The end of an interval (system,) at `theta`: infinite where it is too large for a number."""
        value = self.from_scale(theta)
        return np.where(theta >= TOO_LARGE, np.inf, value) if self.kind in ("positive", "share") else value
