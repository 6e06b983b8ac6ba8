"""Least squares and likelihood over what was observed: many systems, starting points and perturbations at once."""

from neurouniv.fitting.least_squares import Fit, least_squares
from neurouniv.fitting.score import r_squared

__all__ = ["Fit", "least_squares", "r_squared"]
