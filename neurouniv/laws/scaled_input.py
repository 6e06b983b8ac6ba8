"""The rival that an area copies its input: the input's movie times one constant."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.of_input import LawOfInput, need_finite


class ScaledInputModel(LawOfInput):
    """The rival that an area copies its input: h(t) = `gain` h_input(t), for all pairs alike.

    One constant, in units of h over those of the input's. The area's own start is not used: where the area does not
    start as its input does, its first frame is missed too.

    Parameters
    ----------
    driven_by : see `neurouniv.driven_by`; None where the trajectory has its input already.
    settings : see `neurouniv.laws.law.Law`; `per` is "system".

    Raises
    ------
    InputError : on fitting or predicting, where the input is not there, not whole, or shorter than what is asked for.

    Examples
    --------
    >>> pair = {"first": ("pair", ["a"]), "second": ("pair", ["b"]), "dx2": ("pair", [1.0]), "dy2": ("pair", [1.0])}
    >>> h = np.linspace(0.1, 1, 10)[:, None] ** 2
    >>> below = xr.Dataset({"h": (("time", "pair"), h)}, {"time": np.arange(10.0), **pair})
    >>> law = ScaledInputModel(driven_by=below).fit(below.assign(h=5 * below.h))
    >>> round(float(law.constants_.gain), 6)
    5.0
    """

    name = "scaled_input"
    starts_from_h = False

    def with_input(self, traj: xr.Dataset) -> xr.Dataset:
        movie = self.attached(traj)["input_h"]
        need_finite(movie)
        return traj.assign(input_course=movie)

    def parameters(self, seen: Observed) -> list[Parameter]:
        return [Parameter("gain", "positive", self._gain(seen))]

    def guesses(self, seen: Observed) -> np.ndarray:
        return self._gain(seen)[None, :, None]

    def _gain(self, seen: Observed) -> np.ndarray:
        """The gain of least squares (system,), kept above 0."""
        course = _read(seen.start, seen.elapsed[:, None])
        h = seen.values[:, seen.variables.index("h")]
        course = np.where(np.isfinite(h), course, 0.0)
        power = np.maximum((course**2).sum((-2, -1)), 1e-300)
        least = 1e-6 * np.sqrt(np.nansum(h**2, axis=(-2, -1)) / power)
        return np.maximum((course * np.nan_to_num(h)).sum((-2, -1)) / power, np.maximum(least, 1e-300))

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return {"h": constants["gain"][..., None] * _read(start, elapsed)}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return constants["gain"] * start["input_course"][..., -1, :]


def _read(start: Curves, elapsed: np.ndarray) -> np.ndarray:
    """The input's distances (..., pair, time) at `elapsed` (..., 1, time), linear between its frames."""
    knots, course = start["input_elapsed"], start["input_course"]
    moments = np.broadcast_to(elapsed[..., 0, :], (*knots.shape[:-1], elapsed.shape[-1]))
    last = max(knots.shape[-1] - 2, 0)
    before = np.clip((knots[..., None, :] <= moments[..., None]).sum(-1) - 1, 0, last)
    after = np.minimum(before + 1, knots.shape[-1] - 1)
    begin, end = (np.take_along_axis(knots, place, -1) for place in (before, after))
    share = np.clip((moments - begin) / np.where(end > begin, end - begin, 1.0), 0.0, 1.0)[..., None]
    first, second = (np.take_along_axis(course, place[..., None], -2) for place in (before, after))
    return np.swapaxes((1 - share) * first + share * second, -1, -2)
