"""The only ODE integration of the toolkit: every element of a batch at its own pace.

Dormand & Prince (1980), order 5(4), with the order-4 continuous extension of Shampine (1986). Each element has
its own clock and step, so slow and fast systems share one batch. Libraries that integrate in batches either
share one step size among all elements (torchdiffeq, scipy), pin old dependencies (torchode) or bring a second
array framework and seconds of compilation (diffrax); `benchmarks/integrators.py` measures them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

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
LEAST_STEP = 1e-11
"""An element that needs steps this small, as a share of its whole time, has run into a singularity: it is given up."""
NEGLIGIBLE = 1e-6
"""A block's error counts relative to the largest it has been, or to this share of its scale, whichever is larger."""


@dataclass(frozen=True)
class Solution:
    """A dense solution: knots (time), states, their velocities and the states halfway, stacked along steps.

    Elements lie along the axis that is not `axis`, counted without the steps.
    """

    time: Array  # (step + 1, element)
    state: Array  # (step + 1, component, element) or (step + 1, element, component)
    slope: Array
    middle: Array  # (step, ...)
    axis: int

    def at(self, time: Array) -> Array:
        """The states at `time` (element, moment) -> (element, moment, component); NaN past the last knot, where
        the steps ran out."""
        xp = array_namespace(self.time)
        step = _interval(xp, self.time, time)
        element = xp.broadcast_to(xp.arange(time.shape[0], device=device(time))[:, None], time.shape)
        begin = self.time[step, element]
        length = self.time[step + 1, element] - begin
        shares = _quartic((time - begin) / xp.where(length > 0, length, 1.0), length)
        with np.errstate(over="ignore", invalid="ignore"):  # past a blow-up nothing is read
            states = (self._gathered if self.axis == 0 else self._multiplied)(shares, step, element)
        return xp.where((time <= self.time[-1][:, None] * (1 + 1e-12))[..., None], states, xp.nan)

    def _gathered(self, shares: tuple[Array, ...], begins: Array, element: Array) -> Array:
        """Every moment's five knots, weighted: for many small systems."""
        knots = (self.state, begins), (self.state, begins + 1), (self.slope, begins), (self.slope, begins + 1)
        parts = [*knots, (self.middle, begins)]
        return sum(share[..., None] * array[k, :, element] for share, (array, k) in zip(shares, parts, strict=True))

    def _multiplied(self, shares: tuple[Array, ...], where: Array, element: Array) -> Array:
        """All knots times a matrix (element, moment, knot) that is 0 but for five of them: for few large systems."""
        xp = array_namespace(self.time)
        knot = xp.arange(self.state.shape[0], device=device(where))
        before, after = (xp.astype(knot == step[..., None], self.state.dtype) for step in (where, where + 1))
        begin, end, out, into, middle = (share[..., None] for share in shares)
        parts = (
            (begin * before + end * after, self.state),
            (out * before + into * after, self.slope),
            ((middle * before)[..., :-1], self.middle),
        )
        return sum(weights @ xp.permute_dims(array, (1, 0, 2)) for weights, array in parts)


def _quartic(theta: Array, length: Array) -> tuple[Array, ...]:
    """The weights of start, end, the slopes at both, and the middle of a step of `length`, at 0 <= theta <= 1.

    The quartic through both ends, their slopes (times the length of the step) and the middle.
    """
    two, three, four = theta**2, theta**3, theta**4
    return (
        1 - 11 * two + 18 * three - 8 * four,
        -5 * two + 14 * three - 8 * four,
        length * (theta - 4 * two + 5 * three - 2 * four),
        length * (two - 3 * three + 2 * four),
        16 * (two - 2 * three + four),
    )


def solve(
    velocity: Velocity,
    start: Array,
    end: Array,
    *,
    rtol: float = 1e-9,
    max_steps: int = 20_000,
    axis: int = 0,
    blocks: Sequence[int] | None = None,
    scale: Sequence[Array] | None = None,
) -> Solution:
    """Integrate `d state/dt = velocity(state)` from time 0 to `end`.

    Parameters
    ----------
    velocity : maps a state to its time derivative, of the same shape, element by element.
    start : the states at time 0: (component, element), fast for many small systems, or with axis=1
        (element, component), fast for few large ones.
    end : (element,), the last time of each element, >= 0.
    rtol : local error allowed per step, relative to the largest value the component has had.
    max_steps : steps after which an element is given up, as at a singularity; later times then read as NaN.
    axis : the axis of components in `start`.
    blocks : how many successive components each belong together, as the entries of a matrix do; errors then count
        relative to the largest entry of the block.
    scale : for every block the size of what it will hold (element,), for blocks that start at 0.

    Examples
    --------
    >>> import numpy as np
    >>> decay = solve(lambda x: -x, np.ones((1, 2)), np.array([1.0, 2.0]))
    >>> bool(np.allclose(decay.at(np.array([[1.0], [2.0]]))[:, 0, 0], np.exp([-1, -2]), rtol=1e-8))
    True
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # such a step is refused and tried smaller
        return _March(velocity, start, end, rtol, axis, blocks, scale).run(max_steps)


class _March:
    """The steps of one batch; per-element arrays keep an axis of length 1 for the components."""

    def __init__(self, velocity: Velocity, start: Array, end: Array, rtol: float, axis: int, blocks, scale) -> None:
        self.xp = xp = array_namespace(start, end)
        self.velocity, self.rtol, self.axis = velocity, rtol, axis
        self.end = xp.expand_dims(end, axis=axis)
        self.state, self.slope = start, velocity(start)
        self.blocks = blocks
        self.floor = 1e-300 if scale is None else xp.clip(NEGLIGIBLE * xp.stack(list(scale), axis=axis), 1e-300, None)
        if blocks:
            self.block_of = xp.asarray(np.repeat(np.arange(len(blocks)), blocks), device=device(start))
        rows = [row + (0.0,) * (7 - len(row)) for row in (*STAGES, ERROR, MIDDLE)]
        self.table = xp.asarray(rows, dtype=start.dtype, device=device(start))

    def run(self, max_steps: int) -> Solution:
        xp, end = self.xp, self.end
        time, resting = xp.zeros_like(end), end < 0
        step = self._first_step()
        largest = self._size(self.state)
        times, knots = [time], [(self.state, self.slope)]
        middles = []
        for _ in range(max_steps):
            step = xp.where(resting, end - time, xp.minimum(step, end - time))
            step = xp.where((step < LEAST_STEP * end) & (step < end - time), 0.0, step)
            if not bool(xp.any(step > 0)):
                break
            proposed, slope, error, middle = self._dormand_prince(step)
            proposed = xp.where(resting, self.state, proposed)
            reached = xp.maximum(largest, self._size(proposed))
            off = xp.max(self._size(error) / (self.rtol * (reached + self.floor)), axis=self.axis, keepdims=True)
            off = xp.where(resting, 0.0, xp.where(xp.isfinite(off), off, 1e10))
            accept = off <= 1
            middles.append(xp.where(accept & ~resting, middle, self.state))  # a step that is refused may be infinite
            largest = xp.where(accept, reached, largest)
            resting = resting | (accept & self._at_rest(proposed - self.state, slope, largest))
            time = xp.where(accept, xp.where(step >= end - time, end, time + step), time)
            self.state = xp.where(accept, proposed, self.state)
            self.slope = xp.where(resting, 0.0, xp.where(accept, slope, self.slope))
            step = step * xp.clip(0.9 * xp.where(off > 0, off, 1e-10) ** -0.2, 0.2, 5.0)
            times.append(time)
            knots.append((self.state, self.slope))
        return self._solution(times, knots, middles)

    def _solution(self, times: list[Array], knots: list[tuple[Array, Array]], middles: list[Array]) -> Solution:
        if not middles:
            times, knots, middles = times * 2, knots * 2, [self.state]
        time, states, slopes = (self.xp.stack(list(part)) for part in (times, *zip(*knots, strict=True)))
        flat = self.xp.reshape(time, (time.shape[0], -1))
        return Solution(flat, states, slopes, self.xp.stack(middles), self.axis)

    def _dormand_prince(self, step: Array) -> tuple[Array, Array, Array, Array]:
        """One step: the new state and slope, the error estimate and the state halfway."""
        xp, shape = self.xp, self.state.shape
        slopes = xp.empty((7, *shape), dtype=self.state.dtype, device=device(self.state))
        slopes[0] = self.slope
        flat = xp.reshape(slopes, (7, -1))
        for stage in range(6):
            moved = xp.reshape(self.table[stage, : stage + 1] @ flat[: stage + 1], shape)
            reached = self.state + step * moved
            slopes[stage + 1] = self.velocity(reached)
        error, middle = xp.reshape(self.table[6:] @ flat, (2, *shape))
        return reached, slopes[6], step * error, self.state + step * middle

    def _size(self, state: Array) -> Array:
        """The largest entry of every block, per element; without blocks the size of every component."""
        xp, size = self.xp, self.xp.abs(state)
        if not self.blocks:
            return size
        largest, first = [], 0
        for n in self.blocks:
            part = size[first : first + n] if self.axis == 0 else size[:, first : first + n]
            largest.append(xp.max(part, axis=self.axis, keepdims=True))
            first += n
        return xp.concat(largest, axis=self.axis)

    def _of_components(self, of_blocks: Array) -> Array:
        """For every component the number of its block."""
        return self.xp.take(of_blocks, self.block_of, axis=self.axis) if self.blocks else of_blocks

    def _first_step(self) -> Array:
        """A hundredth of the time in which some component, as it moves now, would change by its own size."""
        xp = self.xp
        size, slope = self._of_components(self._size(self.state) + self.floor), xp.abs(self.slope)
        pace = xp.max(xp.where(size > 1e-299, slope / size, 0.0), axis=self.axis, keepdims=True)
        return xp.minimum(xp.where(pace > 0, 0.01 / xp.where(pace > 0, pace, 1.0), 1e-3 * self.end), self.end)

    def _at_rest(self, moved: Array, slope: Array, largest: Array) -> Array:
        """Whether a state that has `moved` while its velocity fell to `slope` is as good as at its end.

        A velocity that falls in proportion to the way gone leaves |slope| |moved| / |slope - before| to go.
        """
        xp = self.xp
        slowing = xp.abs(slope) <= xp.abs(self.slope)
        enough = 10 * self.rtol * self._of_components(largest)
        little = xp.abs(slope) * xp.abs(moved) <= enough * xp.abs(slope - self.slope)
        return xp.all(slowing & little, axis=self.axis, keepdims=True)


def largest_of(part: Array) -> Array:
    """The size of the largest entry of every element: (element, ...) to (element,)."""
    xp = array_namespace(part)
    return xp.max(xp.abs(xp.reshape(part, (part.shape[0], -1))), axis=1)


def _interval(xp: Any, knots: Array, time: Array) -> Array:
    """For each time (element, moment) the step it falls in: one sorted search over all elements at once."""
    last = knots[-1] + (knots[-1] <= 0)
    element = xp.arange(knots.shape[1], device=device(knots))
    offset = 2.0 * xp.astype(element, knots.dtype)
    line = xp.reshape((knots / last + offset).T, (-1,))
    sought = xp.reshape(time / last[:, None] + offset[:, None], (-1,))
    place = xp.reshape(xp.searchsorted(line, sought, side="right"), time.shape)
    within = place - 1 - knots.shape[0] * element[:, None]
    return xp.clip(within, 0, knots.shape[0] - 2)
