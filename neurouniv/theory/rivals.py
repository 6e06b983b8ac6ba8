"""Rival accounts of how distances change, in closed form, given the same start, stimuli and targets.

Plain arrays; `start`, `dx2`, `dy2` are (..., pair), constants broadcast against them, `elapsed` broadcasts to
(..., pair, time), and so does the result.
"""

from __future__ import annotations

from array_api_compat import array_namespace

from neurouniv.theory.integrate import Array


def static(h: Array, elapsed: Array) -> Array:
    """The RDM never changes: h(t) = h(0)."""
    return h[..., None] + 0 * elapsed


def exponential(h: Array, stimulus: Array, target: Array, rate: Array, dx2: Array, dy2: Array, elapsed: Array) -> Array:
    """Every distance relaxes at one `rate` to a mix of geometries: h(t) = h_inf + (h(0) - h_inf) exp(-rate t).

    The end is h_inf = `stimulus` dx2 + `target` dy2.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> exponential(one, 2 * one, 0 * one, one, one, one, np.array([0.0, 50.0]))
    array([[1., 2.]])
    """
    xp = array_namespace(h)
    end = (stimulus * dx2 + target * dy2)[..., None]
    return end + (h[..., None] - end) * xp.exp(-rate[..., None] * elapsed)


SUDDEN = 20.0
"""A sudden insight lasts about this share of the time until it comes."""


def step(h: Array, stimulus: Array, target: Array, onset: Array, dx2: Array, dy2: Array, elapsed: Array) -> Array:
    """A sudden insight: at `onset` every distance goes from its start to `stimulus` dx2 + `target` dy2.

    The change is logistic and 20 times as fast as it is late, so that it is one step to sessions and can be fitted.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> step(one, 2 * one, 0 * one, 5 * one, one, one, np.array([0.0, 3.0, 7.0])).round(2)
    array([[1., 1., 2.]])
    """
    xp = array_namespace(h)
    end = (stimulus * dx2 + target * dy2)[..., None]
    late = SUDDEN * (elapsed / onset[..., None] - 1)
    return h[..., None] + (end - h[..., None]) / (1 + xp.exp(-xp.clip(late, -500, 500)))


def gain(h: Array, factor: Array, rate: Array, elapsed: Array) -> Array:
    """The RDM grows as a whole, as attention or gain would make it: h(t) = h(0) s(t), s logistic from 1 to `factor`.

    Examples
    --------
    >>> import numpy as np
    >>> gain(np.array([1.0, 2.0]), np.array([3.0]), np.array([1.0]), np.array([0.0, 50.0]))
    array([[1., 3.],
           [2., 6.]])
    """
    xp = array_namespace(h)
    factor = factor[..., None]
    return h[..., None] * factor / (1 + (factor - 1) * xp.exp(-rate[..., None] * elapsed))


def lazy(h: Array, y: Array, w: Array, eta_y: Array, dy2: Array, elapsed: Array) -> tuple[Array, Array, Array]:
    """(h, y, w) of a learner whose representation is fixed and whose outputs learn.

    dy goes from its start to dy* as exp(-1/2 eta_y h t), the two-point law at eta_h = 0.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> [(v.round(6) + 0).tolist() for v in lazy(one, 0 * one, 0 * one, one, one, np.array([0.0, 50.0]))]
    [[[1.0, 1.0]], [[0.0, 1.0]], [[0.0, 0.0]]]
    """
    xp = array_namespace(h)
    remaining = xp.exp(-0.5 * (eta_y * h)[..., None] * elapsed)
    learned, towards = 1 - remaining, (y - w)[..., None]
    aligned = learned * dy2[..., None] + remaining * towards
    now = learned**2 * dy2[..., None] + 2 * learned * remaining * towards + remaining**2 * y[..., None]
    return static(h, elapsed), now, now - aligned
