"""The two-point law of van Rossem & Saxe (2024): three variables, two constants.

For two stimuli, h = |dh|^2 is their squared representational distance, y = |dy|^2 the squared distance of the
predictions and w = y - dy*.dy the alignment error; dx2 = |dx|^2 and dy2 = |dy*|^2 are given. The effective
learning rates eta_h (encoder) and eta_y (decoder) stand for the implementation, per unit of time.

Plain arrays of NumPy or torch; shapes broadcast, and dims are (..., pair) unless said otherwise. The solution over
time is in `neurouniv.theory.closed_form`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array


class Start(NamedTuple):
    """The state of every pair at the first time: h, y and w, each (..., pair); h > 0."""

    h: Array
    y: Array
    w: Array


def velocity(state: Array, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """Time derivative of `state` = (h, y, w), shape (3, ..., pair): eq. 7 of van Rossem & Saxe (2024)."""
    xp = array_namespace(state)
    h, y, w = state[0], state[1], state[2]
    encoder, decoder = eta_h * dx2, eta_y
    dh = -encoder * w
    dy = -w * (decoder * h + encoder * y / h)
    dw = -0.5 * decoder * h * (3 * w - y + dy2) - 0.5 * encoder * (y + w) * w / h
    return xp.stack([dh, dy, dw])


def conserved(h: Array, y: Array, eta_h: Array, eta_y: Array, dx2: Array) -> Array:
    """h/(eta_h dx2) - (y/h)/eta_y, which the law keeps constant."""
    return h / (eta_h * dx2) - (y / h) / eta_y


def structure_scales(start: Start, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> tuple[Array, Array]:
    """(A_low, A_high): the distances that the task and the initialisation ask for."""
    ratio = eta_h / eta_y
    return (ratio * dx2 * dy2) ** 0.5, start.h - start.y / start.h * ratio * dx2


def richness(start: Start, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """A_low / |A_high|: far above 1 in the rich regime (structure from the task), far below in the lazy one.

    Infinite for a balanced start (A_high = 0).

    Examples
    --------
    >>> start = Start(h=0.01, y=0.0, w=0.0)
    >>> round(float(richness(start, 1.0, 1.0, 1.0, 0.25)), 6)
    50.0
    """
    low, high = structure_scales(start, eta_h, eta_y, dx2, dy2)
    with np.errstate(divide="ignore"):
        return low / abs(high)


def final_distance(start: Start, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> Array:
    """h at infinite time: A_high/2 + sqrt(A_high^2/4 + A_low^2).

    Examples
    --------
    >>> start = Start(h=1e-9, y=0.0, w=0.0)
    >>> round(float(final_distance(start, 2.0, 1.0, 1.0, 0.5)), 6)    # rich: sqrt(eta_h/eta_y) dx dy*
    1.0
    """
    low, high = structure_scales(start, eta_h, eta_y, dx2, dy2)
    return high / 2 + (high**2 / 4 + low**2) ** 0.5


def mean_error(error0: Array, eta_mean: Array, elapsed: Array) -> Array:
    """|mean prediction - mean target|^2 at `elapsed` (time,), shape (..., pair, time): exponential decay.

    `error0` (..., pair) is its value at the start; `eta_mean` is one more constant, per unit of time.
    """
    xp = array_namespace(elapsed)
    return _over_time(error0) * xp.exp(-2 * _over_time(eta_mean) * elapsed)


def loss(y: Array, w: Array, mean: Array, dy2: Array) -> Array:
    """The training loss of the pair: 1/4 (2 `mean` + w + (dy2 - y)/2).

    Half the squared error, averaged over the two stimuli and written in what the law follows: `mean` is
    `mean_error`, and the errors' difference has the squared length 2 w - y + dy2. Everything is
    (..., pair, time); dy2 is (..., pair).

    Examples
    --------
    >>> import numpy as np
    >>> y, w, gone = np.array([[0.5]]), np.array([[0.0]]), np.array([[0.0]])
    >>> loss(y, w, gone, np.array([0.5]))            # a pair that is learned
    array([[0.]])
    """
    return 0.25 * (2 * mean + w + (_over_time(dy2) - y) / 2)


def scales(eta_h: Array, eta_y: Array, dx2: Array, dy2: Array) -> tuple[Array, Array]:
    """(H, T): the distance and the time in which the law has no constants left.

    H = sqrt(eta_h/eta_y) dx dy*, T = 1/(sqrt(eta_h eta_y) dx dy*). A pair with equal targets has neither (H = 0).
    """
    told_apart = (dx2 * dy2) ** 0.5
    return (eta_h / eta_y) ** 0.5 * told_apart, 1 / ((eta_h * eta_y) ** 0.5 * told_apart)


def logistic(h0: Array, eta_h: Array, eta_y: Array, dx2: Array, dy2: Array, elapsed: Array) -> Array:
    """h at `elapsed` (time,) in the limit of small balanced starts: H / (1 + (H/h0 - 1) exp(-t/T)).

    The law tends to it where h0 << H, y0 = (eta_y/eta_h) h0^2/dx2 and dy points along dy*.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> logistic(0.5 * one, one, one, one, one, np.array([0.0, 50.0]))
    array([[0.5, 1. ]])
    """
    xp = array_namespace(elapsed)
    height, pace = (_over_time(scale) for scale in scales(eta_h, eta_y, dx2, dy2))
    return height / (1 + (height / _over_time(h0) - 1) * xp.exp(-elapsed / pace))


def _over_time(array: Array) -> Array:
    return array[..., None] if getattr(array, "ndim", 0) else array
