"""The solution of a rule's law: what all rules are given, and their states integrated and read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array, largest_of, solve

OF_CONDITIONS = "output", "pseudo"
"""The parts of states that are (element, o, N)."""
LEAST_SCALE = 1e-294
"""The scale of a block that starts at 0, of which nothing else is known: its errors count relative to itself, and it
does not say how short the first step is."""


FROM = 1e4
"""Outputs' errors count relative to a hundredth of the targets (this times `integrate.NEGLIGIBLE`) where they are
smaller: that is exact enough, and the first steps need not be tiny."""


class Task(NamedTuple):
    """The task, the same for all rules: K (element, N, N), Y* (element, o, N) and u (element, N).

    `ones` is P^(1/2) 1, and K and Y* are those of P^(1/2), for conditions that are shown unequally often; without
    `means` everything is centred, and u counts as 0 in all but the number of presentations.
    """

    kernel: Array
    targets: Array
    ones: Array
    means: bool = False

    def decoded(self, output: Array, bias: Array) -> Array:
        """Yh = Y - c u'."""
        return output - bias[..., None] * self.ones[..., None, :] if self.means else output

    def with_mean(self, products: Array) -> Array:
        """G + u u', the products that the decoder and its bias learn by."""
        return products + self.ones[..., :, None] * self.ones[..., None, :] if self.means else products

    def summed(self, error: Array) -> Array:
        """E u (element, o), by which the bias learns; 0 where everything is centred."""
        total = (error @ self.ones[..., None])[..., 0]
        return total if self.means else 0 * total


class Velocity(Protocol):
    """The equations of a rule: d state/dt from the task and the rule's rates.

    A state is a NamedTuple of arrays (element, ...), among them G as `gram`, Y as `output` and c as `bias`.
    """

    def __call__(self, state: Any, task: Task, /, **rates: Array) -> Any:
        """Everything (element, ...); scalar rates are (element, 1, 1)."""


class Flow:
    """The solution from `start` at time 0 to `end` (element,), readable at any times between.

    Parameters
    ----------
    velocity : of one of the rules in `neurouniv.theory.rules`.
    start : its state.
    rates : its constants, by name: (element,), or matrices (element, ...).
    kernel : of the encoder (element, N, N), symmetric; P^(1/2) K P^(1/2) where there is an `exposure`.
    exposure : (element, N), p above 0, of mean 1; None where all conditions are shown equally often.

    Examples
    --------
    >>> import numpy as np
    >>> from neurouniv.theory.rules import feedback_alignment as rule
    >>> kernel, targets = np.eye(3)[None], np.array([[[1.0, 0.0, -1.0]]])
    >>> start = rule.State(0.1 * kernel, 0 * targets, 0 * targets, np.zeros((1, 1, 1)), np.zeros((1, 1)))
    >>> rates = {"eta_h": np.ones(1), "eta_y": np.ones(1), "feedback": np.ones((1, 1, 1))}
    >>> gram, output = Flow(rule.velocity, start, rates, kernel, targets, np.array([60.0])).at(np.array([[60.0]]))
    >>> output.round(3)[0, 0] + 0
    array([[ 1.,  0., -1.]])
    """

    def __init__(
        self, velocity: Velocity, start: Any, rates: Mapping[str, Array], kernel: Array, targets: Array, end: Array,
        *, means: bool = False, exposure: Array | None = None, rtol: float = 1e-8, max_steps: int = 1000,
    ) -> None:  # fmt: skip
        xp = array_namespace(targets)
        often = self._often = None if exposure is None else exposure**0.5
        ones = xp.ones_like(targets[:, 0]) if often is None else often
        start, targets = _by_exposure(start, targets, often)
        rates = {name: rate[:, None, None] if rate.ndim == 1 else rate for name, rate in rates.items()}
        self._kind, self._shapes = type(start), [tuple(part.shape[1:]) for part in start]
        self.blocks = [math.prod(shape) for shape in self._shapes]
        task = Task(kernel, targets, ones, means)

        def change(flat: Array) -> Array:
            return _packed(velocity(self._unpacked(flat), task, **rates))

        self._solution = solve(
            change, _packed(start), end, rtol=rtol, max_steps=max_steps, axis=1, blocks=self.blocks,
            scale=self._scale(start, targets),
        )  # fmt: skip

    def at(self, time: Array) -> tuple[Array, Array]:
        """G (element, moment, N, N) and Y (element, moment, o, N) at `time` (element, moment)."""
        state = self._unpacked(self._solution.at(time))
        if self._often is None:
            return state.gram, state.output
        often = self._often[:, None]
        return state.gram / (often[..., :, None] * often[..., None, :]), state.output / often[..., None, :]

    def state(self, time: Array) -> Any:
        """The whole state, parts (element, ...), at `time` (element,), for a flow that goes on from it."""
        state = self._unpacked(self._solution.at(time[:, None])[:, 0])
        if self._often is None:
            return state
        across = self._often[:, None, :]
        shared = {name: getattr(state, name) / across for name in OF_CONDITIONS if name in state._fields}
        return state._replace(gram=state.gram / (self._often[:, :, None] * across), **shared)

    def _unpacked(self, flat: Array) -> Any:
        parts, first = [], 0
        for size, shape in zip(self.blocks, self._shapes, strict=True):
            parts.append(flat[..., first : first + size].reshape(tuple(flat.shape[:-1]) + shape))
            first += size
        return self._kind(*parts)

    def _scale(self, start: Any, targets: Array) -> list[Array]:
        """How large every block will be about, or that it has to be known by itself."""
        xp = array_namespace(targets)
        sizes = {name: largest_of(part) for name, part in start._asdict().items()}
        of_targets = dict.fromkeys(("output", "bias"), FROM * largest_of(targets))
        return [xp.clip(size, LEAST_SCALE, None) for size in (sizes | of_targets).values()]


def both(product: Array) -> Array:
    """The matrix and its transpose, summed."""
    return product + product.mT


def _packed(state: Any) -> Array:
    xp = array_namespace(state[0])
    return xp.concat([xp.reshape(part, (part.shape[0], -1)) for part in state], axis=1)


def _by_exposure(start: Any, targets: Array, often: Array | None) -> tuple[Any, Array]:
    """The start and Y* in which conditions that are shown unequally often count alike."""
    if often is None:
        return start, targets
    across = often[:, None, :]
    weighed = {name: getattr(start, name) * across for name in OF_CONDITIONS if name in start._fields}
    return start._replace(gram=start.gram * often[:, :, None] * across, **weighed), targets * across
