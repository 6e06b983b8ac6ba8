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
turned, and is exact where M is symmetric. Unseen too is Q(0) outside the span of X(0): what the area will make of
patterns that its input has not had yet.

Plain arrays, centred over conditions; dims (element, ...).
"""

from __future__ import annotations

from typing import NamedTuple

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array, solve
from neurouniv.theory.rules.flow import both


class Start(NamedTuple):
    """The state at the first frame: Q (element, p, p), C (element, o, p) and S (element, o, o)."""

    weights: Array
    mapping: Array
    decoder: Array


def followed(
    start: Start, eta_h: Array, eta_y: Array, patterns: Array, targets: Array, time: Array, *, rtol: float = 1e-8
) -> tuple[Array, Array]:
    """G (element, frame, N, N) and Y (element, frame, o, N) at the frames of the layer below.

    Parameters
    ----------
    eta_h, eta_y : (element,), per unit of time and of summed squared error.
    patterns : X (element, frame, p, N), between frames linear in time.
    targets : (element, o, N).
    time : (element, frame), of the frames, ascending.

    Examples
    --------
    >>> import numpy as np
    >>> x, one = np.array([[1.0, -1.0]]), np.ones(1)
    >>> patterns = np.stack([x, x, 2 * x])[None]                   # still, then twice as large
    >>> start = Start(np.ones((1, 1, 1)), np.ones((1, 1, 1)), np.ones((1, 1, 1)))
    >>> gram, output = followed(start, one, one, patterns, x[None], np.array([[0.0, 1.0, 9.0]]))
    >>> output[0, :2, 0, 0].round(3), bool(abs(output[0, 2, 0, 0] - 1) < 0.1)  # what was right becomes right
    (array([1., 1.]), True)
    """
    xp = array_namespace(patterns)
    state = xp.concat([xp.zeros_like(eta_h)[:, None], *(xp.reshape(part, (len(part), -1)) for part in start)], axis=1)
    states = [state]
    for frame in range(patterns.shape[1] - 1):
        length = time[:, frame + 1] - time[:, frame]
        moves = (patterns[:, frame + 1] - patterns[:, frame]) / xp.where(length > 0, length, 1.0)[:, None, None]
        between = _Between(start, eta_h, eta_y, patterns[:, frame], moves, targets)
        last = solve(between.velocity, state, length, rtol=rtol, axis=1, blocks=between.blocks).at(length[:, None])
        state = xp.concat([xp.zeros_like(state[:, :1]), last[:, 0, 1:]], axis=1)
        states.append(state)
    shapes = tuple(part.shape[1:] for part in start)
    weights, mapping, _ = _unpacked(xp.stack(states, axis=1)[..., 1:], shapes)
    return patterns.mT @ weights @ patterns, mapping @ patterns


class _Between:
    """The equations between two frames, for a state of the time since the first, Q, C and S."""

    def __init__(self, start: Start, eta_h: Array, eta_y: Array, patterns: Array, moves: Array, targets: Array) -> None:
        self.xp = array_namespace(patterns)
        self.rates = eta_h[:, None, None], eta_y[:, None, None]
        self.patterns, self.moves, self.targets = patterns, moves, targets
        self.shapes = tuple(part.shape[1:] for part in start)
        self.blocks = [1, *(rows * columns for rows, columns in self.shapes)]

    def velocity(self, state: Array) -> Array:
        """d state/dt (element, component)."""
        (eta_h, eta_y), xp = self.rates, self.xp
        weights, mapping, decoder = _unpacked(state[:, 1:], self.shapes)
        patterns = self.patterns + state[:, :1, None] * self.moves
        error = (mapping @ patterns - self.targets) @ patterns.mT
        change = (
            -eta_h * both(mapping.mT @ error),
            -eta_y * (error @ weights) - eta_h * (decoder @ error),
            -eta_y * both(error @ mapping.mT),
        )
        flat = [xp.reshape(part, (len(part), -1)) for part in change]
        return xp.concat([xp.ones_like(state[:, :1]), *flat], axis=1)


def _unpacked(flat: Array, shapes: tuple[tuple[int, ...], ...]) -> list[Array]:
    parts, first = [], 0
    for rows, columns in shapes:
        last = first + rows * columns
        parts.append(flat[..., first:last].reshape((*flat.shape[:-1], rows, columns)))
        first = last
    return parts
