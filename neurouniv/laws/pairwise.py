"""The published two-point law of van Rossem & Saxe (2024), applied pair by pair, in closed form."""

from __future__ import annotations

from functools import partial

import numpy as np

from neurouniv.laws.rate_law import RateLaw, Read
from neurouniv.theory import closed_form, two_point


class PairwiseModel(RateLaw):
    """The published two-point law applied pair by pair: every pair learns as if alone, with the same two constants.

    `eta_h` and `eta_y` are the effective learning rates of encoder and decoder, per unit of the trajectory's time.
    Where y and w start when only h is seen, and all settings: see `neurouniv.laws.rate_law.RateLaw` and
    `neurouniv.laws.law.Law`.

    Source: van Rossem & Saxe (2024), eqs. 7-10; solved in closed form (`neurouniv.theory.closed_form`).

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> time = np.linspace(0, 30, 40)
    >>> h = 1 / (1 + 99 * np.exp(-time))                          # the small-start limit is logistic
    >>> traj = xr.Dataset(
    ...     {"h": (("time", "pair"), h[:, None])},
    ...     {"time": time, "first": ("pair", ["a"]), "second": ("pair", ["b"])},
    ... ).assign_coords(dx2=("pair", [1.0]), dy2=("pair", [1.0]))
    >>> law = PairwiseModel().fit(traj)
    >>> bool(law.constants_.r2.sel(variable="h") > 0.999)
    True
    """

    name = "pairwise"
    family = "universal"

    def flow(self, start, eta_h, eta_y, dx2, dy2, end, rtol) -> Read:
        return partial(closed_form.solve, start, eta_h, eta_y, dx2, dy2)

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        begin = self._begin(constants, start, dy2)
        return two_point.final_distance(begin, constants["eta_h"], constants["eta_y"], dx2, dy2)
