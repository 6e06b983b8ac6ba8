"""Rivals in closed form: static, exponential, step, gain, and parts of the law (target, lazy)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from neurouniv.fitting.equation import Curves
from neurouniv.fitting.observed import Observed
from neurouniv.fitting.parameter import Parameter
from neurouniv.laws.law import Law
from neurouniv.laws.rate_law import RateLaw, Read, plateau
from neurouniv.theory import closed_form, rivals, two_point


class StaticModel(Law):
    """The rival that nothing changes: every distance stays at its start. It has no constants of its own.

    Where the first frame is noisy, its start is drawn towards the stimuli's distances, at a fitted level, as every
    law's is.
    """

    name = "static"

    def parameters(self, seen: Observed) -> list[Parameter]:
        return []

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return {"h": rivals.static(start["h"], elapsed)}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return start["h"]


class ExponentialModel(Law):
    """The rival that every distance relaxes, at one rate, to a mix of stimulus and target geometry.

    Constants: `stimulus` and `target` (the weights of dx2 and dy2 at the end) and `rate` (per unit of time).
    """

    name = "exponential"

    def parameters(self, seen: Observed) -> list[Parameter]:
        end, dy2 = plateau(seen).mean(-1), seen.dy2.mean(-1)
        return [
            Parameter("stimulus", "share", end / seen.dx2.mean(-1)),
            Parameter("target", "share", end / np.where(dy2 > 0, dy2, 1.0)),
            Parameter("rate", "positive", 3 / seen.elapsed[:, -1], reach=9.0, rate=True),
        ]

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        stimulus, target, rate = (constants[name] for name in ("stimulus", "target", "rate"))
        return {"h": rivals.exponential(start["h"], stimulus, target, rate, dx2, dy2, elapsed)}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return constants["stimulus"] * dx2 + constants["target"] * dy2


class StepModel(ExponentialModel):
    """The rival of a sudden insight: all distances go at once to a mix of stimulus and target geometry.

    Constants: `stimulus` and `target` (the weights of dx2 and dy2 at the end) and `onset` (in units of time).
    """

    name = "step"

    def parameters(self, seen: Observed) -> list[Parameter]:
        *weights, _ = super().parameters(seen)
        return [*weights, Parameter("onset", "part", seen.elapsed[:, -1] / 2, most=seen.elapsed[:, -1])]

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        stimulus, target, onset = (constants[name] for name in ("stimulus", "target", "onset"))
        return {"h": rivals.step(start["h"], stimulus, target, onset, dx2, dy2, elapsed)}


class GainModel(Law):
    """The rival that the RDM grows (or shrinks) as a whole: h(t) = h(0) s(t), s logistic from 1 to `factor`.

    Constants: `factor` and `rate` (per unit of time).
    """

    name = "gain"

    def parameters(self, seen: Observed) -> list[Parameter]:
        first = np.maximum(seen.start["h"].mean(-1), 1e-3 * plateau(seen).mean(-1))
        return [
            Parameter("factor", "positive", plateau(seen).mean(-1) / first),
            Parameter("rate", "positive", 6 / seen.elapsed[:, -1], reach=9.0, rate=True),
        ]

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        return {"h": rivals.gain(start["h"], constants["factor"], constants["rate"], elapsed)}

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return constants["factor"] * start["h"]


class TargetModel(RateLaw):
    """The rival that knows targets only: the two-point law with the same dx2, 1, for every pair."""

    name = "target"

    def parameters(self, seen: Observed) -> list[Parameter]:
        return super().parameters(_of_one_stimulus(seen))

    def guesses(self, seen: Observed) -> np.ndarray:
        return super().guesses(_of_one_stimulus(seen))

    def flow(self, start, eta_h, eta_y, dx2, dy2, end, rtol) -> Read:
        return partial(closed_form.solve, start, eta_h, eta_y, np.ones_like(dx2), dy2)

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        begin = self._begin(constants, start, dy2)
        return two_point.final_distance(begin, constants["eta_h"], constants["eta_y"], np.ones_like(dx2), dy2)


def _of_one_stimulus(seen: Observed) -> Observed:
    """What was seen, with the dx2 that the rival has, whatever unit stimuli are in."""
    return replace(seen, dx2=np.ones_like(seen.dx2))


class LazyModel(Law):
    """The rival whose representation is fixed and whose outputs learn; its constant is `eta_y`, per unit of time.

    Without outputs it is the static rival, and has no constant.
    """

    name = "lazy"
    predicts = ("h", "y", "w")
    starts_from_h = False

    def parameters(self, seen: Observed) -> list[Parameter]:
        if not {"y", "w"} & set(seen.variables):
            return []
        slowest = seen.elapsed[:, -1] * seen.start["h"].mean(-1)
        return [Parameter("eta_y", "positive", 6 / slowest, rate=True)]

    def curves(self, constants, start, dx2, dy2, elapsed, rtol=1e-9) -> Curves:
        if "eta_y" not in constants:
            return {"h": rivals.static(start["h"], elapsed)}
        state = rivals.lazy(start["h"], start["y"], start["w"], constants["eta_y"], dy2, elapsed)
        return dict(zip(("h", "y", "w"), state, strict=True))

    def final(self, constants, start, dx2, dy2) -> np.ndarray:
        return start["h"]
