"""An area driven by the one below: the universal law of a layer whose input moves.

With X(t) (p x N) the patterns of the layer below, H = A X(t) those of the area and Y = D H what is read from it,

    dA/dt = - eta_h D' E X'        dD/dt = - eta_y E H'        E = Y - Y*

In Q = A'A (p x p), C = D A (o x p) and S = D D' (o x o) this closes for **any** movie X(t), whatever the widths and
whatever moves X:

    dQ/dt = - eta_h (C' E X' + X E' C)
    dC/dt = - eta_y E X' Q - eta_h S E X'
    dS/dt = - eta_y (E X' C' + C X E')                    G = X' Q X,    Y = C X

It is exact for the last hidden layer of any deep linear network, with nothing known of the layers below but X. Where X
stands still it is the universal law (G = X'QX, Y = CX, K = X'X).

**What RDMs of the layer below can tell.** In the dual, H(t) = A(0) X(t) - eta_h int D' E(s) K(s, t) ds needs the
products K(s, t) = X(s)'X(t) between frames, which patterns of matched units give, and RDMs, which are K(t, t), do not.
If dX/dt = X M, then K M + M'K = dK/dt, of which RDMs give the symmetric M; a part of X' dX/dt that is antisymmetric, by
which patterns turn among themselves, is in no RDM. So from RDMs alone a law of an area has to assume how its input
turned (`neurouniv.theory.smallest_map`), and is exact where M is symmetric. Unseen too is Q(0) outside the span of
X(0): what the area will make of patterns that its input has not had yet. Where X(0) has all directions that the input
ever has, as in layers with fewer units than conditions, G and Y show all of the start but the part of D that H(0) does
not reach.

Plain arrays, centred over conditions; dims (element, ...).
"""

from __future__ import annotations

import math
from typing import NamedTuple, Self

from array_api_compat import array_namespace, device

from neurouniv.theory.integrate import Array, largest_of, solve
from neurouniv.theory.rules.flow import both

REST = 1e-8
"""Squared singular values of the first patterns below this share of the largest count as 0. A convention: rounding."""
LEAST = 1e-290
"""The least scale of a block that starts at 0 with nothing to change it."""


class Input(NamedTuple):
    """The patterns X (element, frame, p, N) of the layer below and the times of its frames (element, frame).

    Times are ascending, in those of the area, whose start is 0; the input is linear between frames, and outside of them
    as in the nearest. `learned` (element, p) is 1 for rows that weights learn by and 0 for what the area has and its
    input has not.
    """

    patterns: Array
    time: Array
    learned: Array

    @classmethod
    def of(cls, patterns: Array, time: Array) -> Self:
        """The input, with rows added that stand still for what X(0) cannot give of the first G."""
        xp = array_namespace(patterns)
        learned = xp.ones_like(patterns[:, 0, :, 0])
        begin = cls(patterns, time, learned).at(xp.zeros_like(time[:, 0]))
        _, sizes, axes = xp.linalg.svd(begin)
        shown = sizes > REST**0.5 * sizes[:, :1]
        least = int(xp.min(xp.sum(xp.astype(shown, xp.int64), axis=-1)))
        if axes.shape[-1] - least <= 1:  # the mean over conditions alone, which is 0
            return cls(patterns, time, learned)
        absent = xp.concat([~shown, xp.ones_like(axes[:, sizes.shape[-1] :, 0], dtype=shown.dtype)], axis=1)[:, least:]
        size = xp.sqrt(xp.mean(sizes**2, axis=-1))
        rest = axes[:, least:] * xp.astype(absent, axes.dtype)[..., None] * size[:, None, None]
        still = xp.broadcast_to(rest[:, None], (*patterns.shape[:2], *rest.shape[1:]))
        rows = xp.concat([patterns, still], axis=2)
        return cls(rows, time, xp.concat([learned, 0 * rest[..., 0]], axis=1))

    def at(self, time: Array) -> Array:
        """X (element, p, N) at `time` (element,)."""
        xp = array_namespace(self.time)
        before = xp.sum(xp.astype(self.time[:, 1:-1] <= time[:, None], xp.int64), axis=-1)
        element = xp.arange(time.shape[0], device=device(time))
        begin, first = self.time[element, before], self.patterns[element, before]
        length = self.time[element, before + 1] - begin
        share = (time - begin) / xp.where(length > 0, length, 1.0)
        share = xp.where(share < 0, 0.0, xp.where(share > 1, 1.0, share))
        return first + share[:, None, None] * (self.patterns[element, before + 1] - first)

    @property
    def inverse(self) -> Array:
        """X(0)^+ (element, N, p)."""
        xp = array_namespace(self.time)
        return xp.linalg.pinv(self.at(xp.zeros_like(self.time[:, 0])), rtol=REST**0.5)


class Start(NamedTuple):
    """The state at time 0: Q (element, p, p), C (element, o, p) and S (element, o, o)."""

    weights: Array
    mapping: Array
    decoder: Array

    @classmethod
    def seen(cls, gram: Array, output: Array, decoder: Array, below: Input, inverse: Array) -> Self:
        """The start that G, Y and S (element, ...) show, from X(0)^+ (element, N, p).

        Of weights from what X(0) does not have nothing is seen: they count as those of random encoders do, Q is their
        mean gain tr Q_X K / tr K times the identity there.
        """
        xp = array_namespace(gram)
        begin = below.at(xp.zeros_like(below.time[:, 0]))
        weights = inverse.mT @ gram @ inverse
        learned = begin * below.learned[..., None]
        gain = xp.sum((weights @ learned) * learned, axis=(1, 2)) / xp.sum(learned**2, axis=(1, 2))
        unseen = xp.eye(begin.shape[-2], dtype=begin.dtype, device=device(begin)) - begin @ inverse
        return cls(weights + gain[:, None, None] * unseen, output @ inverse, decoder)


class Flow:
    """The solution from `start` at time 0 to `end` (element,), readable at any times between.

    Parameters
    ----------
    eta_h, eta_y : (element,), per unit of time and of summed squared error.
    below : the input, its first frame no later than time 0.
    targets : (element, o, N).
    exposure : (element, N), how often every condition is shown, of mean 1; None where all are shown alike.

    Examples
    --------
    >>> import numpy as np
    >>> x, one = np.array([[1.0, -1.0]]), np.ones(1)
    >>> below = Input.of(np.stack([x, x, 2 * x])[None], np.array([[0.0, 1.0, 9.0]]))  # still, then twice as large
    >>> start = Start(np.ones((1, 1, 1)), np.ones((1, 1, 1)), np.ones((1, 1, 1)))
    >>> gram, output = Flow(start, one, one, below, x[None], np.array([9.0])).at(below.time)
    >>> output[0, :2, 0, 0].round(3), bool(abs(output[0, 2, 0, 0] - 1) < 0.1)  # what was right becomes right
    (array([1., 1.]), True)
    """

    def __init__(
        self, start: Start, eta_h: Array, eta_y: Array, below: Input, targets: Array, end: Array,
        *, exposure: Array | None = None, rtol: float = 1e-8, max_steps: int = 5000,
    ) -> None:  # fmt: skip
        xp = array_namespace(targets)
        self._rates = eta_h[:, None, None], eta_y[:, None, None]
        self._below, self._targets, self._often = below, targets, exposure
        self._shapes = [tuple(part.shape[1:]) for part in start]
        clock = xp.zeros_like(eta_h)[:, None]
        state = xp.concat([clock, *(xp.reshape(part, (part.shape[0], -1)) for part in start)], axis=1)
        weights, wide, decoder = (largest_of(part) for part in (start.weights, targets, start.decoder))
        scale = [xp.clip(size, LEAST, None) for size in (end, weights, wide * weights**0.5, decoder)]
        self._solution = solve(
            self._velocity, state, end, rtol=rtol, max_steps=max_steps, axis=1,
            blocks=[1, *(math.prod(shape) for shape in self._shapes)], scale=scale,
        )  # fmt: skip

    def at(self, time: Array) -> tuple[Array, Array]:
        """G (element, moment, N, N) and Y (element, moment, o, N) at `time` (element, moment)."""
        xp = array_namespace(time)
        weights, mapping, _ = self._unpacked(self._solution.at(time)[..., 1:])
        patterns = xp.stack([self._below.at(time[:, moment]) for moment in range(time.shape[1])], axis=1)
        return patterns.mT @ weights @ patterns, mapping @ patterns

    def decoder(self, time: Array) -> Array:
        """S (element, moment, o, o) at `time` (element, moment)."""
        return self._unpacked(self._solution.at(time)[..., 1:])[-1]

    def _velocity(self, state: Array) -> Array:
        """d state/dt (element, component)."""
        (eta_h, eta_y), xp = self._rates, array_namespace(state)
        patterns = self._below.at(state[:, 0])
        weights, mapping, decoder = self._unpacked(state[:, 1:])
        error = mapping @ patterns - self._targets
        if self._often is not None:
            error = error * self._often[:, None]
        taught = error @ patterns.mT
        learned = taught * self._below.learned[:, None]
        change = (
            -eta_h * both(mapping.mT @ learned),
            -eta_y * (taught @ weights) - eta_h * (decoder @ learned),
            -eta_y * both(taught @ mapping.mT),
        )
        flat = [xp.reshape(part, (part.shape[0], -1)) for part in change]
        return xp.concat([xp.ones_like(state[:, :1]), *flat], axis=1)

    def _unpacked(self, flat: Array) -> list[Array]:
        parts, first = [], 0
        for shape in self._shapes:
            last = first + math.prod(shape)
            parts.append(flat[..., first:last].reshape((*flat.shape[:-1], *shape)))
            first = last
        return parts
