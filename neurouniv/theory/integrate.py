"""The only ODE integration of the toolkit: every element of a batch at its own pace.

Dormand & Prince (1980), order 5(4), with the order-4 continuous extension of Shampine (1986). Each element has
its own clock and step, so slow and fast systems share one batch. Libraries that integrate in batches either
share one step size among all elements (torchdiffeq, scipy), pin old dependencies (torchode) or bring a second
array framework (diffrax); see `benchmarks/`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace

Array = Any
Velocity = Callable[[Array], Array]

STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
MIDDLE = (
    6025192743 / 60171106304,
    0.0,
    51252292925 / 130801643196,
    -2691868925 / 90256659456,
    187940372067 / 3189068634112,
    -1776094331 / 39487288512,
    11237099 / 470086768,
)


@dataclass(frozen=True)
class Solution:
    """A dense solution: knots (time), states, their velocities and the states halfway, all along steps."""

    time: Array  # (step + 1, element)
    state: Array  # (component, step + 1, element)
    slope: Array  # (component, step + 1, element)
    middle: Array  # (component, step, element)

    def at(self, time: Array) -> Array:
        """The states at `time` (element, moment) -> (component, element, moment); NaN past the last knot, where
        the steps ran out."""
        xp = array_namespace(self.time)
        components, steps, elements = self.middle.shape
        where = _interval(xp, self.time, time) * elements + xp.arange(elements)[:, None]
        length = xp.diff(self.time, axis=0)
        with np.errstate(over="ignore", invalid="ignore"):  # past a blow-up nothing is read
            coefficients = self._quartics(length)
        quartics = xp.stack([self.time[:-1], xp.where(length > 0, length, 1.0), *coefficients], axis=-1)
        row = xp.reshape(quartics, (steps * elements, -1))[where]
        theta = (time - row[..., 0]) / row[..., 1]
        read = []
        for i in range(components):
            k = 2 + 5 * i
            value = row[..., k]
            for power in range(1, 5):
                value = value * theta + row[..., k + power]
            read.append(value)
        return xp.where(time <= self.time[-1][:, None] * (1 + 1e-12), xp.stack(read), xp.nan)

    def _quartics(self, length: Array) -> list[Array]:
        """Coefficients, highest power first, of the quartic through both ends, their slopes and the middle."""
        found = []
        for state, slope, middle in zip(self.state, self.slope, self.middle, strict=True):
            begin, end, out, into = state[:-1], state[1:], length * slope[:-1], length * slope[1:]
            found += [
                2 * (into - out) - 8 * (end + begin) + 16 * middle,
                5 * out - 3 * into + 18 * begin + 14 * end - 32 * middle,
                into - 4 * out - 11 * begin - 5 * end + 16 * middle,
                out,
                begin,
            ]
        return found


def solve(velocity: Velocity, start: Array, end: Array, *, rtol: float = 1e-9, max_steps: int = 20_000) -> Solution:
    """Integrate `d state/dt = velocity(state)` from time 0 to `end`.

    Parameters
    ----------
    velocity : maps a state (component, element) to its time derivative, elementwise over elements.
    start : (component, element), the states at time 0.
    end : (element,), the last time of each element, >= 0.
    rtol : local error allowed per step, relative to the largest value the component has had.
    max_steps : steps after which an element is given up; later times then read as NaN.

    Examples
    --------
    >>> import numpy as np
    >>> decay = solve(lambda x: -x, np.ones((1, 2)), np.array([1.0, 2.0]))
    >>> bool(np.allclose(decay.at(np.array([[1.0], [2.0]]))[0, :, 0], np.exp([-1, -2]), rtol=1e-8))
    True
    """
    with np.errstate(over="ignore", invalid="ignore"):  # a step that overflows is refused and tried smaller
        return _march(velocity, start, end, rtol, max_steps)


def _march(velocity: Velocity, start: Array, end: Array, rtol: float, max_steps: int) -> Solution:
    xp = array_namespace(start, end)
    time, state, slope = xp.zeros_like(end), start, velocity(start)
    largest, resting = xp.abs(state), end < 0
    step = _first_step(xp, state, slope, end)
    times, states, slopes, middles = [time], [state], [slope], []
    for _ in range(max_steps):
        step = xp.where(resting, end - time, xp.minimum(step, end - time))
        if not bool(xp.any(step > 0)):
            break
        proposed, new_slope, error, middle = _dormand_prince(velocity, state, slope, step)
        proposed, middle = xp.where(resting, state, proposed), xp.where(resting, state, middle)
        reached = xp.maximum(largest, xp.abs(proposed))
        size = xp.max(xp.abs(error) / (rtol * reached + 1e-300), axis=0)
        size = xp.where(resting, 0.0, xp.where(xp.isfinite(size), size, 1e10))
        accept = size <= 1
        largest = xp.where(accept, reached, largest)
        resting = resting | (accept & _at_rest(xp, proposed - state, slope, new_slope, largest, rtol))
        time = xp.where(accept, xp.where(step >= end - time, end, time + step), time)
        state, slope = xp.where(accept, proposed, state), xp.where(accept, new_slope, slope)
        slope = xp.where(resting, 0.0, slope)
        step = step * xp.clip(0.9 * xp.where(size > 0, size, 1e-10) ** -0.2, 0.2, 5.0)
        for kept, value in zip((times, states, slopes, middles), (time, state, slope, middle), strict=True):
            kept.append(value)
    if not middles:
        times, states, slopes, middles = times * 2, states * 2, slopes * 2, [state]
    return Solution(xp.stack(times, axis=0), *(xp.stack(knots, axis=1) for knots in (states, slopes, middles)))


def _dormand_prince(velocity: Velocity, state: Array, slope: Array, step: Array) -> tuple[Array, Array, Array, Array]:
    """One step: the new state and slope, the error estimate and the state halfway."""
    slopes = [slope]
    for weights in STAGES:
        reached = state + step * _weighted(weights, slopes)
        slopes.append(velocity(reached))
    return reached, slopes[-1], step * _weighted(ERROR, slopes), state + step * _weighted(MIDDLE, slopes)


def _weighted(weights: tuple[float, ...], slopes: list[Array]) -> Array:
    return sum(weight * slope for weight, slope in zip(weights, slopes, strict=True) if weight)


def _first_step(xp: Any, state: Array, slope: Array, end: Array) -> Array:
    """A hundredth of the time in which some component, as it moves now, would change by its own size."""
    moves = (xp.abs(state) > 0) & (xp.abs(slope) > 0)
    pace = xp.max(xp.where(moves, xp.abs(slope) / xp.where(moves, xp.abs(state), 1.0), 0.0), axis=0)
    return xp.minimum(xp.where(pace > 0, 0.01 / xp.where(pace > 0, pace, 1.0), 1e-3 * end), end)


def _at_rest(xp: Any, moved: Array, before: Array, slope: Array, largest: Array, rtol: float) -> Array:
    """Whether a state that has `moved` while its velocity fell from `before` to `slope` is as good as at its end.

    A velocity that falls in proportion to the way gone leaves |slope| |moved| / |slope - before| to go.
    """
    slowing = xp.abs(slope) <= xp.abs(before)
    little = xp.abs(slope) * xp.abs(moved) <= 10 * rtol * largest * xp.abs(slope - before)
    return xp.all(slowing & little, axis=0)


def _interval(xp: Any, knots: Array, time: Array) -> Array:
    """For each time (element, moment) the step it falls in: one sorted search over all elements at once."""
    last = knots[-1] + (knots[-1] <= 0)
    offset = 2.0 * xp.arange(knots.shape[1], dtype=knots.dtype)
    line = xp.reshape((knots / last + offset).T, (-1,))
    wanted = xp.reshape(time / last[:, None] + offset[:, None], (-1,))
    found = xp.reshape(xp.searchsorted(line, wanted, side="right"), time.shape)
    within = found - 1 - knots.shape[0] * xp.arange(knots.shape[1])[:, None]
    return xp.clip(within, 0, knots.shape[0] - 2)
