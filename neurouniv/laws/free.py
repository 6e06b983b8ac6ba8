"""The upper bound: a smooth curve of its own for every pair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np
import xarray as xr

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed, clock_of, elapsed_since
from neurouniv.fitting.parameter import Parameter
from neurouniv.fitting.prediction import Inputs
from neurouniv.laws.law import Law
from neurouniv.schema import InputError, need_variables

DEGREE = 3


class FreeModel(Law):
    """A smooth curve for every pair, with nothing in common: how much of a movie any account of its pairs can explain.

    A cubic spline of `freedom` coefficients (`level_0`, ...) per pair, least squares; flat after the last time, which
    `constants_` holds as `span` (...), the time since the system's first frame. It cannot predict pairs it was not
    fitted to, and knows nothing of stimuli and targets.

    Parameters
    ----------
    freedom : coefficients per pair, at least 4; at most one less than the number of times is used.
    settings : see `neurouniv.laws.law.Law`; `per` is "pair".
    """

    name = "free"
    family = "universal"  # what it bounds from above
    starts_from_h = False
    fits_zeros = True

    def __init__(self, *, freedom: int = 9, per: str = "pair", **settings: Any):
        super().__init__(per=per, **settings)
        if freedom <= DEGREE:
            raise InputError(f"freedom is at least {DEGREE + 1}, the coefficients of one cubic; got {freedom}.")
        self.freedom = freedom

    def fit(self, traj: xr.Dataset) -> Self:
        if self.per != "pair":
            raise InputError(f"Free curves are per pair; got per={self.per!r}.")
        super().fit(traj)
        begin = self.begin(traj)["begin"]
        elapsed = elapsed_since(begin, traj["time"], clock_of(traj, self.clock))
        span = begin.copy(data=elapsed[:, -1].reshape(begin.shape))
        self.constants_ = self.constants_.assign(span=span.assign_attrs(long_name="time that was fitted"))
        return self

    def observed(self, traj: xr.Dataset) -> Observed:
        seen = super().observed(traj)
        return replace(seen, start=seen.start | {"span": np.maximum(seen.elapsed[:, -1:], 1e-300)})

    def parameters(self, seen: Observed) -> list[Parameter]:
        count = max(DEGREE + 1, min(self.freedom, seen.elapsed.shape[1] - 1))
        size = np.nanmax(np.abs(seen.values[:, 0]), axis=(-2, -1))
        size = np.where(size > 0, size, 1.0)
        return [Parameter(f"level_{i}", "real", size, reach=1e3) for i in range(count)]

    def guesses(self, seen: Observed) -> np.ndarray:
        """The linear least squares of every pair, where it was seen."""
        count = len(self.parameters(seen))
        h = seen.values[:, seen.variables.index("h"), 0]
        observed = np.isfinite(h)
        basis = _basis(seen.elapsed / seen.start["span"], count) * observed[..., None]
        normal = np.swapaxes(basis, 1, 2) @ basis
        right = np.swapaxes(basis, 1, 2) @ np.where(observed, h, 0.0)[..., None]
        return (np.linalg.pinv(normal, hermitian=True) @ right)[None, ..., 0]

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        levels = np.stack([value for name, value in constants.items() if name.startswith("level_")], -1)
        basis = _basis(np.minimum(elapsed / start["span"][..., None], 1.0), levels.shape[-1])
        return {"h": (basis @ levels[..., None])[..., 0]}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return self.curves(constants, start, dx2, dy2, start["span"][..., None])["h"][..., 0]

    def _inputs(self, traj: xr.Dataset) -> Inputs:
        need_variables(self.constants_, ("span",), "The free law's constants", "Fit it again.")
        inputs = super()._inputs(traj)
        template = inputs.start["h"].isel(pair=[0])
        span = self.constants_["span"].broadcast_like(template).transpose(*template.dims)
        return replace(inputs, more={"span": np.maximum(span.to_numpy(), 1e-300)})


def _basis(share: np.ndarray, count: int) -> np.ndarray:
    """Clamped cubic B-splines at shares of the span in [0, 1], (..., count)."""
    from scipy.interpolate import BSpline  # slow to import, and help texts need the laws' names

    inner = np.linspace(0, 1, count - DEGREE + 1)
    knots = np.concatenate([np.zeros(DEGREE), inner, np.ones(DEGREE)])
    return BSpline.design_matrix(share.reshape(-1), knots, DEGREE).toarray().reshape(*share.shape, count)
